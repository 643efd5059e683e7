// zoom_adapter.hpp: Zoom, through a clinic's own server-to-server OAuth app.
//
// Promise P-06 without an idempotency key: every meeting of ours carries a mark in its agenda (zoom_meeting.hpp), and
// after an Unknown the host's list is looked through, twice, before a meeting is made again; copies are deleted. What
// the clinic's policy asks for is read back: Zoom drops and rewrites settings silently (meetings.md 3.2), and a meeting
// that would be recorded against the policy, or stands open to anybody, is deleted again and Failed with the cure; what
// is only weaker is a warning. The host's start_url is fetched when it is used and never stored.
// Facts: meetings.md 3. Tested by meetings/contract_test and meetings/zoom_test.
#pragma once

#include <memory>

#include "meetings/adapter.hpp"
#include "meetings/zoom_memo.hpp"

namespace clinicpro::meetings {

enum class Recording { kNone, kLocal, kCloud };

struct ZoomPolicy {
    bool waiting_room = true;
    bool passcode = true;
    bool join_before_host = false;           // Zoom ignores it while the waiting room is on
    Recording recording = Recording::kNone;  // anything else needs the patient's consent
};

struct ZoomSettings {
    std::string account_id;
    std::string client_id;
    Secret<> client_secret;
    std::string host;  // e-mail or user id of who holds the meetings; Intent::host comes before it; never "me"
    ZoomPolicy policy = {};
    std::string token_url;    // empty: kTokenUrl
    std::string api_url;      // empty: where the token says, else kApiUrl
    Secret<> webhook_secret;  // of the app's event subscription; may be empty (zoom_webhook.hpp)

    static constexpr std::string_view kTokenUrl = "https://zoom.us/oauth/token";
    static constexpr std::string_view kApiUrl = "https://api.zoom.us";
};

class ZoomAdapter final : public Adapter {
public:
    // Error kConfig names the setting.
    static Result<std::unique_ptr<ZoomAdapter>> create(ZoomSettings settings);

    Kind kind() const override { return Kind::kZoom; }
    Step next(const Operation& operation, const Position& position, Instant now) const override;
    Turn absorb(const Operation& operation, std::string_view step, const Position& position,
                const net::Outcome& outcome, Instant now) const override;

    static constexpr int kLooks = 2;            // at the list before "certainly not made"
    static constexpr Duration kLookAgain = 5s;  // between them: the list may lag behind
    static constexpr int kPageRestarts = 2;     // a paging token lives 15 minutes
    static constexpr size_t kListedMax = 1000;  // meetings of ours in one listing
    static constexpr size_t kMatchesMax = 100;  // copies of one meeting: two are rare

private:
    explicit ZoomAdapter(ZoomSettings settings) : settings_(std::move(settings)) {}

    std::string api(const Position& position) const;
    std::string host_of(const Operation& operation) const;
    Send token() const;
    Send call(std::string step, std::string method, const Position& position, const std::string& path,
              std::string body = {}) const;
    Step page(const Operation& operation, const Position& position, const ZoomMemo& memo) const;

    struct Heard;  // one answer under reading
    Turn read_token(const Heard& heard, const net::Outcome& outcome) const;
    Turn made_or_read(const Heard& heard, const net::Response& response) const;
    Turn refused(const Heard& heard, const net::Response& response) const;
    Turn listed(const Heard& heard, const net::Response& response) const;
    Turn matched(const Heard& heard) const;
    Turn examined(const Heard& heard, std::string_view step, const net::Outcome& outcome) const;

    const ZoomSettings settings_;
};

}  // namespace clinicpro::meetings
