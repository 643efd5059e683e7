// simple_adapter.hpp: rooms on a server the clinic already has (Jitsi and its like), named by an unguessable token.
//
// It contacts nobody, so it cannot fail, wait or be unsure: https://meet.clinic.example/r/<22 characters, 128 random
// bits>. The room opens when somebody enters it. Nothing is kept here: create makes a new room each time, so the caller
// stores the answer; find, update and cancel only read the token back out of provider_id. Cancelling cannot close a
// room: the caller stops showing the link, which stands behind our own (meetings.md 5.6).
//
// With the shared secret of a Jitsi server (jitsi.hpp) the rooms are locked: patient_url alone opens nothing, and the
// way in is personal, signed when the door is opened (Adapter::door, and kHostLink for the host, who moderates).
// Tested by meetings/contract_test and meetings/jitsi_test.
#pragma once

#include <memory>

#include "crypto/entropy.hpp"
#include "meetings/adapter.hpp"
#include "meetings/jitsi.hpp"

namespace clinicpro::meetings {

class SimpleAdapter final : public Adapter {
public:
    // "https://meet.clinic.example", with or without a path. Plain http only for this machine. Error kConfig.
    // `entropy` must outlive the adapter and be thread-safe.
    static Result<std::unique_ptr<SimpleAdapter>> create(std::string_view base_url, crypto::Entropy& entropy);
    // The same with signed doors. Error kConfig names the setting.
    static Result<std::unique_ptr<SimpleAdapter>> create(JitsiSettings settings, crypto::Entropy& entropy);

    Kind kind() const override { return Kind::kSimple; }
    std::optional<Secret<>> door(const Knock& knock, Instant now) const override;
    Step next(const Operation& operation, const Position& position, Instant now) const override;
    Turn absorb(const Operation& operation, std::string_view step, const Position& position,
                const net::Outcome& outcome, Instant now) const override;

private:
    SimpleAdapter(std::string base_url, std::optional<JitsiSettings> jitsi, crypto::Entropy& entropy)
        : base_url_(std::move(base_url)), jitsi_(std::move(jitsi)), entropy_(entropy) {}
    Ready room(std::string token) const;
    const std::string base_url_;  // without a slash at the end
    const std::optional<JitsiSettings> jitsi_;
    crypto::Entropy& entropy_;
};

}  // namespace clinicpro::meetings
