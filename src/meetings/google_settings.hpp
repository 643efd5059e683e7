// google_settings.hpp: how a clinic is connected to Google: by a service account that acts for its clinicians
// (Workspace, domain-wide delegation), or by one user's consent (any Google account). meetings.md 1.8, 1.9.
//
// Tested by meetings/google_settings_test.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/log.hpp"

namespace clinicpro::meetings {

// Who enters a meeting without knocking (meetings.md 1.10).
enum class GoogleAccess {
    kLeave,       // as the host's account has it
    kOpen,        // everybody with the link
    kTrusted,     // the host's organisation and those invited
    kRestricted,  // those invited only
};
std::string_view to_string(GoogleAccess access);  // "leave", "open", "trusted", "restricted"
Result<GoogleAccess> parse_google_access(std::string_view text);

struct GoogleSettings {
    // Service account: the fields of its JSON file. `client_id` is the number that the Workspace admin authorises.
    // User's consent: `client_id` and `client_secret` of the clinic's OAuth client, and what connecting brought.
    std::string client_id;
    std::string client_email;    // service account only
    std::string private_key_id;  // service account only; may be empty
    Secret<> private_key;        // service account only: PEM
    std::string subject;         // service account only: the user it acts for; Intent::host takes its place
    Secret<> client_secret;      // user's consent only
    Secret<> refresh_token;      // user's consent only

    std::string calendar_id = "primary";
    // The Meet API is called only when one of these is set.
    GoogleAccess access = GoogleAccess::kLeave;
    bool recording = false;  // record by itself: only with the patient's consent
    bool transcription = false;

    std::string calendar_url = "https://www.googleapis.com/calendar/v3";
    std::string meet_url = "https://meet.googleapis.com";
    std::string token_url = "https://oauth2.googleapis.com/token";
    std::string consent_url = "https://accounts.google.com/o/oauth2/v2/auth";

    bool is_service_account() const { return !private_key.empty(); }
    bool changes_space() const { return access != GoogleAccess::kLeave || recording || transcription; }
    // Whose calendar and meeting it is: the host asked for, else `subject`; empty for a user's own consent.
    std::string account_for(const std::string& host) const;
};

// Fills in a service account from the text of the JSON file that Google's console gives; the other settings stay. Error
// kConfig with the field, and a sentence that says what the text is instead.
Result<> read_service_account(std::string_view json, GoogleSettings& settings);

// Checks everything and brings the addresses into one form. Error kConfig with the field.
Result<GoogleSettings> check(GoogleSettings settings);

// What access is asked for, separated by a space: exactly what the Workspace admin must authorise.
std::string google_scopes(const GoogleSettings& settings);
bool is_account(std::string_view text);  // looks like an e-mail address

}  // namespace clinicpro::meetings
