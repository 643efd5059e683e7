// google_meet_adapter.hpp: meetings as events of a Google calendar, each with a Meet link (meetings.md 1, 2).
//
// Promises: the event's id follows from the intent's key, so a create whose answer was lost is found or refused as a
// duplicate and adopted, never made twice. A key whose event was deleted is used up: create answers Absent, and the
// caller takes a new key. Moving keeps the link; cancelling what is gone succeeds; Google mails nobody, since our own
// notices tell the patient. A link is handed out only once it exists and the Meet settings the clinic turned on hold.
//
// A provider_id is "<event> <calendar>", or "<event> <calendar> <account>" where a service account acts for somebody: a
// meeting stays where it was made when the clinic's settings change. Grant::api_url names the account of the token.
// Tested by meetings/contract_test, meetings/google_*_test and, with the official clients, tests/google_peer_test.sh.
#pragma once

#include <memory>

#include "crypto/entropy.hpp"
#include "meetings/adapter.hpp"
#include "meetings/google_errors.hpp"
#include "meetings/google_event.hpp"
#include "meetings/google_settings.hpp"

namespace clinicpro::meetings {

class GoogleMeetAdapter final : public Adapter {
public:
    // Error kConfig, naming the setting. `entropy` must outlive the adapter and be thread-safe.
    static Result<std::unique_ptr<GoogleMeetAdapter>> create(GoogleSettings settings, crypto::Entropy& entropy);

    Kind kind() const override { return Kind::kGoogleMeet; }
    std::string account(const Intent& intent) const override { return settings_.account_for(intent.host); }
    Step next(const Operation& operation, const Position& position, Instant now) const override;
    Turn absorb(const Operation& operation, std::string_view step, const Position& position,
                const net::Outcome& outcome, Instant now) const override;

private:
    GoogleMeetAdapter(GoogleSettings settings, crypto::Entropy& entropy)
        : settings_(std::move(settings)), entropy_(entropy) {}

    struct Place {  // where the meeting is
        std::string event, calendar, account;
        std::string provider_id() const;
    };
    std::variant<Place, Failed> place_of(const Operation& operation) const;

    // What remains to be done in this operation; its text is Position::memo.
    struct Note {
        bool renewed = false;  // the token was refused once
        std::optional<Ready::Held> held;  // found at another time than the intent's
        std::string todo;      // empty: the verb's own first request
        int asked = 0;         // conferences asked for anew
        std::string more;      // todo's own
        static Note parse(std::string_view memo);
        std::string text() const;
    };
    struct Turning {
        const Operation& operation;
        const Position& position;
        Place place;
        Note note;
        Instant now;
    };

    Send request(const Turning& t, std::string step, std::string method, std::string url, std::string body = {}) const;
    std::string events_url(const Place& place) const;
    std::string event_url(const Place& place, std::string_view query = {}) const;
    Step first(const Turning& t) const;
    Step list(const Turning& t) const;

    Turn absorb_token(Turning& t, const net::Outcome& outcome) const;
    Turn answered(Turning& t, std::string_view step, const net::Response& response) const;
    Turn with_event(Turning& t, std::string_view step, const net::Response& response) const;
    Turn judge(Turning& t, const GoogleEvent& event) const;
    Turn with_space(Turning& t, std::string_view step, const net::Response& response) const;
    Turn with_page(Turning& t, const net::Response& response) const;
    Turn gone(Turning& t, std::string_view step) const;
    Turn refused(Turning& t, std::string_view step, const net::Response& response) const;
    static Turn lost(const Operation& operation, std::string reason);
    static Turn onward(Turning& t, std::string todo, std::string more = {});

    // A meeting code between two turns: it opens the room, so it travels sealed by the token, which is a secret anyway.
    std::string seal_code(const Turning& t, const std::string& code) const;
    std::optional<std::string> open_code(const Turning& t) const;

    const GoogleSettings settings_;
    crypto::Entropy& entropy_;
};

}  // namespace clinicpro::meetings
