// google_accounts.hpp: who exists at the sandbox's Google: a service account, a Workspace of three people, one private
// account, one OAuth client, and the calendars they have. All invented and always the same.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/log.hpp"

namespace clinicpro::sandbox {

struct GoogleRobot {  // a service account
    std::string_view email;
    std::string_view client_id;
    std::string_view key_id;
};
inline constexpr GoogleRobot kGoogleRobot{"clinicpro@mlimani-visits.iam.gserviceaccount.com", "108642975310864297531",
                                          "5a17c0ffee5a17c0ffee5a17c0ffee5a17c0ffee"};
const Secret<>& google_robot_key();  // PEM; everybody knows it, and it opens nothing but this sandbox

struct GoogleClient {  // the clinic's OAuth client
    std::string_view id;
    std::string_view secret;
};
inline constexpr GoogleClient kGoogleClient{"700700700700-clinic.apps.googleusercontent.com",
                                            "GOCSPX-SandboxSecret0001"};

struct GooglePerson {
    std::string_view email;
    std::string_view name;
    bool workspace;  // of the domain whose admin may delegate
};
std::span<const GooglePerson> google_people();
const GooglePerson* google_person(std::string_view email);

struct GoogleCalendar {
    std::string_view id;
    std::string_view summary;
    std::string_view owner;
    std::string_view shared_with;  // may make changes, too; separated by a space
};
// Everybody's own calendar (id: the address), and shared ones. Nothing when it does not exist or is not shown to `who`.
const GoogleCalendar* google_calendar(std::string_view id, std::string_view who);

// The JSON key file of the service account, with token_uri at `base_url`.
void write_google_robot(json::Writer& out, std::string_view base_url);
// For --print-config: the file, the OAuth client, the people and the calendars.
void write_google_accounts(json::Writer& out, std::string_view base_url);

}  // namespace clinicpro::sandbox
