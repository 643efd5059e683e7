#include "sandbox/sms_account.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kSendersMax = 20;

}  // namespace

Result<SmsAccount> read_sms_account(json::View object) {
    if (object.kind() != json::Kind::kObject) {
        return fail(Code::kInvalid, "An SMS account must be a JSON object.", object.path());
    }
    SmsAccount account;
    TRY(account.username, object["username"].text());
    TRY(std::string key, object["api_key"].text());
    if (account.username.empty() || key.empty()) {
        return fail(Code::kInvalid, "An SMS account needs a username and an api_key.", object.path());
    }
    account.api_key = Secret<>(std::move(key));
    account.report_url = object["report_url"].scalar_if_any().value_or("");
    const json::View senders = object["senders"];
    if (senders.size() > kSendersMax) return fail(Code::kInvalid, "At most 20 sender ids.", senders.path());
    for (size_t i = 0; i < senders.size(); ++i) {
        TRY(std::string sender, senders.at(i).text());
        account.senders.insert(std::move(sender));
    }
    return account;
}

void write_sms_account(json::Writer& out, const SmsAccount& account, bool with_secrets) {
    out.begin_object().field("username", account.username);
    if (with_secrets) out.field("api_key", account.api_key.reveal());
    out.key("senders").begin_array();
    for (const std::string& sender : account.senders) out.value(sender);
    // The address is a secret of whoever set it: reports are not signed.
    out.end_array().field("report_url", with_secrets ? account.report_url : account.report_url.empty() ? "" : "(set)");
    out.end_object();
}

}  // namespace clinicpro::sandbox
