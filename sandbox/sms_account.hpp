// sms_account.hpp: one application at the SMS provider: who may send, under which names, and where reports go.
#pragma once

#include <set>
#include <string>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"

namespace clinicpro::sandbox {

struct SmsAccount {
    std::string username;
    Secret<> api_key;
    std::set<std::string> senders;  // registered sender ids
    std::string report_url;         // set in the dashboard; empty: no delivery reports
};

// Who may hand mails to the sandbox's mail server.
struct MailUser {
    std::string username;
    Secret<> password;
};

Result<SmsAccount> read_sms_account(json::View object);
void write_sms_account(json::Writer& out, const SmsAccount& account, bool with_secrets);

}  // namespace clinicpro::sandbox
