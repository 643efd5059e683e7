// meeting_consent.cpp: rows of `meeting_consents`.
#include "invoices/meeting_consent.hpp"

#include "meetings/provider_fields.hpp"

namespace clinicpro::invoices::meeting_consents {
namespace {

using clinics::Link;
using meetings::Kind;

constexpr std::string_view kVerifier = "meeting.consent";

constexpr store::Sql kForgetOld = "DELETE FROM meeting_consents WHERE clinic_id = $1 AND expires_at <= $2";
constexpr store::Sql kCount = "SELECT COUNT(*) FROM meeting_consents WHERE clinic_id = $1";
constexpr store::Sql kAdd =
    "INSERT INTO meeting_consents (clinic_id, id, provider, verifier_sealed, redirect_uri, actor, expires_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";
constexpr store::Sql kTake =
    "SELECT verifier_sealed, redirect_uri, actor FROM meeting_consents WHERE clinic_id = $1 AND id = $2 "
    "AND expires_at > $3";
constexpr store::Sql kForget = "DELETE FROM meeting_consents WHERE clinic_id = $1 AND id = $2";

Result<meetings::GoogleSettings> google_of(store::ClinicTx& tx, MeetingSettings& settings) {
    TRY(const auto choice, MeetingSettings::of_kind(tx, Kind::kGoogleMeet, tx.clinic()));
    if (!choice) {
        return fail(Code::kConflict,
                    "Choose Google first, with the client id and secret of the clinic's OAuth client; then connect.",
                    "provider");
    }
    TRY(const auto whole, settings.with_secrets(tx, *choice));
    TRY(meetings::GoogleSettings google, meetings::google_settings(whole));
    if (google.is_service_account()) {
        return fail(Code::kConflict,
                    "Google is reached by a service account here; there is nobody to ask for consent. `clinicpro "
                    "meetings check` tries it.",
                    "provider");
    }
    return google;
}

}  // namespace

Result<Begun> begin(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, MeetingSettings& settings,
                    const clinics::LinkSigner& links, std::string_view public_url, std::string_view actor) {
    TRY(const meetings::GoogleSettings google, google_of(tx, settings));
    TRY(tx.execute(kForgetOld, context.now()));
    int64_t open = 0;
    TRY(tx.each(kCount, [&](const store::Row& row) { open = row.integer(0); }));
    if (open >= kOpenMax) {
        return fail(Code::kTooMany, "Too many links to connect are open. Use one of them, or wait ten minutes.");
    }
    const int64_t id = context.ids().next();
    Begun begun{.redirect_uri = std::string(public_url) + std::string(kPath), .expires_at = context.now() + kGoodFor};
    TRY(const auto consent, meetings::begin_google_consent(
                                google, begun.redirect_uri, vault.entropy(),
                                links.short_form({Link::Purpose::kConnect, tx.clinic(), id, 0})));
    begun.url = consent.url;
    TRY(const crypto::DataKey* key, vault.key(tx));
    const std::string sealed = key->seal(consent.verifier.reveal(), kVerifier, vault.entropy());
    TRY(tx.execute(kAdd, id, meetings::to_string(Kind::kGoogleMeet), store::Blob{sealed}, begun.redirect_uri, actor,
                   begun.expires_at));
    return begun;
}

Result<Attempt> take(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, MeetingSettings& settings,
                     const Link& link) {
    std::string sealed;
    Attempt attempt;
    TRY(tx.each(
        kTake,
        [&](const store::Row& row) {
            sealed = row.text(0);
            attempt.redirect_uri = row.text(1);
            attempt.actor = row.text(2);
        },
        link.subject, context.now()));
    if (sealed.empty()) {
        return fail(Code::kNotFound,
                    "This link to connect Google was used already or is too old. Start again: at the desk's "
                    "set-up, or with 'clinicpro meetings connect google'.");
    }
    TRY(tx.execute(kForget, link.subject));
    TRY(const crypto::DataKey* key, vault.key(tx));
    TRY(attempt.verifier, key->open(sealed, kVerifier));
    TRY(attempt.google, google_of(tx, settings));
    return attempt;
}

}  // namespace clinicpro::invoices::meeting_consents
