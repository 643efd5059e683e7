#include "messaging/account_check.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace clinicpro::messaging {
namespace {

using Level = AccountCheck::Level;

constexpr Duration kPatience = 6s;  // a person waits
constexpr size_t kBalanceMax = 40;  // "KES 1234.5000"
constexpr std::string_view kMessaging = "messaging";

AccountCheck warning(std::string sentence) {
    return {Level::kWarning, std::move(sentence)};
}
AccountCheck problem(std::string sentence) {
    return {Level::kProblem, std::move(sentence)};
}

// Without a digit above nought there is no money in it.
bool is_empty(std::string_view balance) {
    return balance.find_first_of("123456789") == balance.npos;
}

}  // namespace

net::ClientRequest ask_sms_account(const SmsAccount& account) {
    std::string url = account.endpoint();
    url.resize(url.size() - kMessaging.size());
    return {.method = "GET",
            .url = url + "user?username=" + text::percent_encode(account.username),
            .headers = {{"Accept", "application/json"}, {"apiKey", account.api_key.reveal()}},
            .body = {},
            .timeout = kPatience};
}

AccountCheck read_sms_account(const net::Outcome& outcome) {
    if (const auto* not_sent = std::get_if<net::NotSent>(&outcome)) {
        return problem("Africa's Talking cannot be reached: " + not_sent->reason + ".");
    }
    if (const auto* unknown = std::get_if<net::Unknown>(&outcome)) {
        return warning("Africa's Talking did not answer in time: " + unknown->reason + ". Try again in a minute.");
    }
    const auto& response = std::get<net::Response>(outcome);
    if (response.status == 401 || response.status == 403) {
        return problem(
            "Africa's Talking refuses the user name and API key. Copy both from its dashboard; those of its sandbox "
            "work in the sandbox only.");
    }
    const auto document = json::Document::parse(response.body);
    const bool is_account = document && document->root()["UserData"].kind() == json::Kind::kObject;
    if (response.status != 200 || !is_account) {
        return warning("Africa's Talking answered " + std::to_string(response.status) +
                       " instead of telling the account's balance. Try again in a minute.");
    }
    const std::string said = document->root()["UserData"]["balance"].scalar_if_any().value_or("");
    const std::string balance(text::clip(text::trim(said), kBalanceMax));
    if (balance.empty()) return {Level::kGood, "Africa's Talking accepts the user name and API key."};
    if (is_empty(balance)) {
        return problem("Africa's Talking accepts the user name and API key, but the account has no money (" + balance +
                       "). Top it up, or messages will not go out.");
    }
    return {Level::kGood, "Africa's Talking accepts the user name and API key; the balance is " + balance + "."};
}

net::MailRequest ask_mail_account(const MailAccount& account) {
    return {.host = account.host,
            .port = uint16_t(account.port),
            .security = account.security,
            .username = account.username,
            .password = account.password,
            .hello = account.from.substr(account.from.rfind('@') + 1),
            .from = account.from,
            .to = {},
            .content = {},
            .timeout = kPatience,
            .connect_timeout = kPatience};
}

AccountCheck read_mail_account(const net::Outcome& outcome) {
    if (const auto* not_sent = std::get_if<net::NotSent>(&outcome)) {
        return problem("The mail server cannot be used: " + not_sent->reason +
                       ". Check its host name, port and security.");
    }
    if (const auto* unknown = std::get_if<net::Unknown>(&outcome)) {
        return warning("The mail server did not answer in time: " + unknown->reason + ". Try again in a minute.");
    }
    const auto& verdict = std::get<net::Response>(outcome);
    const std::string said = " (" + verdict.body + ")";
    if (verdict.status < 300) return {Level::kGood, "The mail server lets this clinic in."};
    if (verdict.status < 500) return warning("The mail server said not now" + said + ". Try again in a minute.");
    const bool of_sign_in =
        verdict.status == 530 || verdict.status == 534 || verdict.status == 535 || verdict.status == 538;
    return problem(of_sign_in ? "The mail server does not take the user name and password" + said + ". Correct them."
                              : "The mail server refused" + said + ". Check its settings.");
}

}  // namespace clinicpro::messaging
