// meeting_consent.hpp: connecting a clinic to Google by one user's consent, from the link to the stored refresh token.
//
// `begin` gives the address to open in a browser. Its state is signed, names the clinic and one attempt, which holds the
// PKCE verifier sealed, is taken once and lapses in ten minutes; so nobody can finish another's attempt, and an answer
// that was overheard opens nothing. The exchange itself is the caller's to send. Tested by web/connect_test.
#pragma once

#include "clinics/link.hpp"
#include "invoices/meeting_settings.hpp"
#include "meetings/google_consent.hpp"

namespace clinicpro::invoices::meeting_consents {

inline constexpr Duration kGoodFor = 10min;  // choosing an account and reading what is asked
inline constexpr int kOpenMax = 20;          // of one clinic at a time: more is a mistake or mischief
inline constexpr std::string_view kPath = "/connect/google";

struct Begun {
    std::string url;           // where the person goes
    std::string redirect_uri;  // what the OAuth client must allow
    Instant expires_at;
};
// For the Google settings of the clinic of `tx` (0: the default's). Error kConflict or kConfig with what is missing.
Result<Begun> begin(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, MeetingSettings& settings,
                    const clinics::LinkSigner& links, std::string_view public_url, std::string_view actor);

struct Attempt {
    meetings::GoogleSettings google;
    Secret<> verifier;
    std::string redirect_uri;
    std::string actor;
};
// The attempt behind a state that came back: it is gone afterwards. Error kNotFound when it was used, is too old or was
// never ours.
Result<Attempt> take(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, MeetingSettings& settings,
                     const clinics::Link& link);

}  // namespace clinicpro::invoices::meeting_consents
