#include "invoices/join.hpp"

#include "clinics/audit.hpp"

namespace clinicpro::invoices {
namespace {

constexpr store::Sql kLook =
    "SELECT a.kind, a.state, a.starts_at, a.ends_at, a.link_generation, a.meeting_generation, m.url_sealed, "
    "m.passcode_sealed, m.state, c.name, c.colour, m.provider, m.provider_id, m.owner FROM appointments a LEFT JOIN "
    "meetings m ON m.clinic_id = a.clinic_id "
    // The newest that has a link: while a meeting is moved to another provider, the earlier one serves.
    "AND m.appointment_id = a.id AND m.generation = (SELECT MAX(l.generation) FROM meetings l WHERE l.clinic_id = "
    "a.clinic_id AND l.appointment_id = a.id AND l.state <> 'cancelled' AND l.url_sealed IS NOT NULL) "
    "LEFT JOIN clinics c ON c.clinic_id = a.clinic_id WHERE a.clinic_id = $1 AND a.id = $2";
constexpr store::Sql kUnpaid =
    "SELECT account, id FROM invoices WHERE clinic_id = $1 AND appointment_id = $2 AND appointment_id IS NOT NULL "
    "AND state IN ('open', 'part_paid') ORDER BY id LIMIT 1";

struct Seen {
    Visit visit;
    int64_t link_generation = 0;
    std::string url_sealed, passcode_sealed, clinic, colour, provider, provider_id;
    ClinicId owner = kAnyOwner;
};

Result<Seen> see(store::ClinicTx& tx, const clinics::Link& link) {
    std::optional<Seen> seen;
    if (link.purpose == clinics::Link::Purpose::kJoin && link.clinic == tx.clinic()) {
        TRY(tx.each(
            kLook,
            [&](const store::Row& row) {
                const auto kind = appointment_kind_from(row.text(0));
                const auto state = appointment_state_from(row.text(1));
                CHECK(kind && state);
                seen =
                    Seen{{AppointmentId{link.subject}, *kind, *state, row.instant(2), row.instant(3), row.integer(5)},
                         row.integer(4),
                         {},
                         {},
                         row.string(9),
                         row.string(10),
                         {},
                         {}};
                if (row.text(8) == "cancelled") return;
                seen->url_sealed = row.text(6);
                seen->passcode_sealed = row.text(7);
                seen->provider = row.text(11);
                seen->provider_id = row.text(12);
                seen->owner = ClinicId{row.integer(13)};
            },
            link.subject));
    }
    if (!seen || uint8_t(seen->link_generation) != link.generation) {
        return fail(Code::kNotFound, "This link is no longer valid. Ask the clinic for a new one.");
    }
    return *std::move(seen);
}

std::string_view why_closed(JoinView view) {
    switch (view) {
        case JoinView::kUnpaid: return "This visit is not paid yet. Pay first; the link then works by itself.";
        case JoinView::kOnsite: return "This visit is at the clinic. There is nothing to join online.";
        case JoinView::kTooEarly: return "It is too early. The door opens 15 minutes before the visit.";
        case JoinView::kBeingMade: return "The meeting is still being prepared. Try again in a minute.";
        case JoinView::kEnded: return "This visit is over.";
        case JoinView::kCancelled: return "This visit is cancelled. Ask the clinic for a new time.";
        case JoinView::kOpen: break;
    }
    return {};
}

}  // namespace

std::string_view to_string(JoinView view) {
    switch (view) {
        case JoinView::kUnpaid: return "unpaid";
        case JoinView::kOnsite: return "onsite";
        case JoinView::kTooEarly: return "too_early";
        case JoinView::kBeingMade: return "being_made";
        case JoinView::kOpen: return "open";
        case JoinView::kEnded: return "ended";
        case JoinView::kCancelled: return "cancelled";
    }
    return {};
}

JoinView join_view(const Visit& visit, bool has_link, Instant now) {
    if (visit.is_off()) return JoinView::kCancelled;
    if (now >= visit.ends_at + kJoinEndsAfter || visit.state == AppointmentState::kCompleted) return JoinView::kEnded;
    if (visit.state == AppointmentState::kHeld) return JoinView::kUnpaid;
    if (visit.kind == AppointmentKind::kOnsite) return JoinView::kOnsite;
    if (now < visit.starts_at - kJoinOpensBefore) return JoinView::kTooEarly;
    return has_link ? JoinView::kOpen : JoinView::kBeingMade;
}

Result<JoinPage> look(store::ClinicTx& tx, const clinics::Link& link, Instant now) {
    TRY(Seen seen, see(tx, link));
    JoinPage page{.view = join_view(seen.visit, !seen.url_sealed.empty(), now),
                  .starts_at = seen.visit.starts_at,
                  .ends_at = seen.visit.ends_at,
                  .opens_at = seen.visit.starts_at - kJoinOpensBefore,
                  .clinic = std::move(seen.clinic),
                  .colour = std::move(seen.colour)};
    if (page.view == JoinView::kUnpaid) {
        TRY(tx.each(
            kUnpaid,
            [&](const store::Row& row) {
                page.account = row.text(0);
                page.invoice = row.id<InvoiceId>(1);
            },
            link.subject));
    }
    return page;
}

Result<Door> open_door(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, MeetingSettings& settings,
                       const clinics::Link& link) {
    TRY(const Seen seen, see(tx, link));
    const JoinView view = join_view(seen.visit, !seen.url_sealed.empty(), context.now());
    if (view != JoinView::kOpen) return fail(Code::kConflict, std::string(why_closed(view)));
    TRY(const crypto::DataKey* key, vault.key(tx));
    Door door;
    TRY(door.url, key->open(seen.url_sealed, meeting_rows::kUrl));
    // The stored address stays the way in when the provider was since set up away: it can do no harm to try it.
    if (const auto kind = meetings::parse_kind(seen.provider)) {
        if (const auto provider = settings.provider(tx, *kind, seen.owner)) {
            auto personal = provider->adapter->door({seen.provider_id, seen.visit.ends_at}, context.now());
            if (personal) door.url = *std::move(personal);
        }
    }
    if (!seen.passcode_sealed.empty()) {
        TRY(door.passcode, key->open(seen.passcode_sealed, meeting_rows::kPasscode));
    }
    TRY(clinics::audit::append(tx, {context.now(), "patient", "meeting.opened", seen.visit.id.to_text()}));
    return door;
}

}  // namespace clinicpro::invoices
