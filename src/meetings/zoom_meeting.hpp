// zoom_meeting.hpp: a meeting as Zoom spells it: what we ask for, what came back, and whether that is what was asked.
//
// The mark: the last line of the agenda is "[clinicpro:<key>]". The agenda and not a tracking field, because tracking
// fields must be set up on the account first and are not in the list's answer (meetings.md 3.2, 3.6). It holds no
// patient data. Tested by meetings/zoom_test, with golden files.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "meetings/zoom_adapter.hpp"

namespace clinicpro::meetings::zoom {

std::string agenda_of(std::string_view key);
// The key of the mark in an agenda; nothing when there is none. A person may have written around it.
std::optional<std::string> key_in(std::string_view agenda);

// The passcode of a meeting: the same for the same key, so that nothing is drawn or kept. About 38 bits, easy to read
// over the phone: it is the second lock, behind the waiting room and our own link. 10 characters with letters, a digit
// and a sign satisfy every rule an account can set but "digits only" (meetings.md 3.2).
std::string passcode(const Secret<>& client_secret, std::string_view key, bool digits_only);

// Bodies of POST and PATCH. A change repeats the policy, for the clinic may have changed it since; it leaves the
// passcode alone, for the link carries it.
std::string create_body(const ZoomSettings& settings, const Intent& intent, bool digits_only);
std::string update_body(const ZoomSettings& settings, const Intent& intent);

struct Seen {
    std::string id;  // digits; beyond 32 bits
    Ready ready;     // without the warning
    std::optional<Instant> start;
};
// A meeting in an answer to create, read or list. Error when id or join_url are not there or not usable: all else may
// be missing.
Result<Seen> read(json::View meeting);
bool is_id(std::string_view text);  // digits, as in provider_id

// What Zoom made of the policy. `refuse`: the meeting must not be used. `warning`: it may, but the clinic should know.
struct Judgement {
    std::string refuse;
    std::string warning;
    bool unsaid = false;  // the answer has no settings: read the meeting itself
};
Judgement judge(const ZoomPolicy& policy, json::View meeting);

}  // namespace clinicpro::meetings::zoom
