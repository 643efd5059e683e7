// join.hpp: what the page behind a patient's /j/ link may show, and the door behind it.
//
// `join_view` is pure. Looking (GET) reveals nothing and changes nothing: bots open links in messages
// (meetings.md 5.6). Opening the door is an act of its own (POST): it is checked again, audited, and only then the
// provider's address is given. The link itself was verified before (clinics::LinkSigner); its generation is compared
// here, so it can be revoked. Tested by invoices/join_test.
#pragma once

#include <optional>
#include <string>

#include "invoices/meeting.hpp"
#include "invoices/meeting_settings.hpp"

namespace clinicpro::invoices {

inline constexpr Duration kJoinOpensBefore = 15min;  // meetings.md 5.6
inline constexpr Duration kJoinEndsAfter = 60min;    // a late consultation is not locked out

enum class JoinView {
    kUnpaid,     // held: the invoice is not paid yet
    kOnsite,     // come to the clinic; there is no meeting
    kTooEarly,   // come back at opens_at
    kBeingMade,  // it may be entered by now, but the provider's link is not there yet: the page asks again
    kOpen,       // the door can be opened
    kEnded,
    kCancelled,  // cancelled, released or completed before its time
};
std::string_view to_string(JoinView view);  // "too_early"

JoinView join_view(const Visit& visit, bool has_link, Instant now);

struct JoinPage {
    JoinView view = JoinView::kCancelled;
    Instant starts_at;
    Instant ends_at;
    Instant opens_at;
    std::string clinic;   // its name
    std::string colour;   // of its pages; empty: none of its own
    std::string account;  // of the unpaid invoice, when view is kUnpaid
    InvoiceId invoice;    // the same
};
// Error kNotFound when the link was revoked or the visit is not this clinic's: the same answer on purpose.
Result<JoinPage> look(store::ClinicTx& tx, const clinics::Link& link, Instant now);

struct Door {
    Secret<> url;
    std::optional<Secret<>> passcode;
};
// Error kConflict with a sentence when the view is not kOpen. Where the provider's doors are personal, this one is made
// now and kept nowhere.
Result<Door> open_door(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, MeetingSettings& settings,
                       const clinics::Link& link);

}  // namespace clinicpro::invoices
