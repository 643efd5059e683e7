// gateway.cpp: judges an answer before any API looks at it.
//
// The order matters: a product missing from the app also answers 401, a rate limit also answers 500, and only what is
// left of the 4xx is a plain refusal. Everything not listed as certain is Unknown. Tested by daraja/stk_test.
#include "daraja/gateway.hpp"

#include "base/text.hpp"

namespace clinicpro::daraja::gateway {
namespace {

constexpr Duration kSpikeWait = 60s;   // the published spike arrest counts per minute
constexpr Duration kBusyWait = 180s;   // "please try again in few minutes"
constexpr Duration kQuotaWait = 600s;  // a quota is not over in a minute
constexpr Duration kEdgeWait = 600s;   // an edge block outlasts a burst; "yes, much later"
constexpr Duration kLockWait = 60s;    // an open session on the handset: at least a minute

Refused config(std::string code, std::string sentence) {
    return {.code = std::move(code), .sentence = std::move(sentence), .is_config = true};
}

Refused later(std::string code, std::string sentence, Duration wait) {
    return {.code = std::move(code), .sentence = std::move(sentence), .retry_later = true, .wait = wait};
}

// Safaricom's words inside a sentence of ours.
std::string quoted(const Fault& fault, std::string_view otherwise) {
    const std::string_view words = text::trim(fault.text);
    return std::string(words.empty() ? otherwise : words.ends_with('.') ? words.substr(0, words.size() - 1) : words);
}

bool says(const Fault& fault, std::string_view words) {
    return text::contains_ignoring_case(fault.text, words);
}

// 400.002.02 names the field in its text. What the person at the desk entered is theirs to correct; the rest is set up.
Refused bad_field(const Fault& fault) {
    struct Row {
        std::string_view field;
        bool is_config;
        std::string_view sentence;
    };
    static constexpr Row kRows[] = {
        {"PhoneNumber", false, "Safaricom does not accept this phone number. Check it, or use another M-Pesa number."},
        {"PartyA", false, "Safaricom does not accept this phone number. Check it, or use another M-Pesa number."},
        {"Amount", false, "Safaricom does not accept this amount. Use whole shillings within the M-Pesa limits."},
        {"AccountReference", false,
         "Safaricom does not accept this account reference. Use up to 12 letters and digits."},
        {"TransactionDesc", false, "Safaricom does not accept this description. Use up to 13 letters and digits."},
        {"CheckoutRequestID", false, "Safaricom does not know this payment request (yet). Ask again a little later."},
        {"CallBackURL", true, "Safaricom does not accept our callback address. Check the public URL in the settings."},
        {"BusinessShortCode", true, "Safaricom does not accept the shortcode. Check the paybill or store number."},
        {"ShortCode", true, "Safaricom does not accept the shortcode. Check the paybill or till number."},
        {"PartyB", true, "Safaricom does not accept the receiver. Check the paybill or till number."},
        {"TransactionType", true, "The shortcode is not of this kind. Check whether it is a paybill or a till."},
        {"Password", true, "Safaricom does not accept the passkey. Check the passkey of this shortcode."},
        {"Timestamp", true, "Safaricom does not accept our clock. Check the server's date and time."},
    };
    for (const Row& row : kRows) {
        if (says(fault, "Invalid " + std::string(row.field))) {
            return {.code = fault.code, .sentence = std::string(row.sentence), .is_config = row.is_config};
        }
    }
    return {.code = fault.code,
            .sentence = "Safaricom refused a field of the request (" + quoted(fault, "it did not say which") +
                        "). Check the M-Pesa settings."};
}

// 500.001.1001 stands for five things; only these texts are a certain refusal (daraja.md 2.3).
std::optional<Refused> known_1001(const Fault& fault) {
    if (says(fault, "merchant does not exist")) {
        return config(fault.code,
                      "Safaricom does not know this shortcode. Check the paybill number, or a till's store number.");
    }
    if (says(fault, "wrong credentials")) {
        return config(fault.code,
                      "The passkey and the shortcode do not belong together. Check both in the M-Pesa settings.");
    }
    if (says(fault, "unable to lock subscriber") || says(fault, "transaction is already in process")) {
        return later(fault.code, "Another M-Pesa request is open on this phone. Close it, wait a minute and try again.",
                     kLockWait);
    }
    return std::nullopt;
}

}  // namespace

net::ClientRequest post(const Endpoint& endpoint, std::string_view path, const Secret<>& token, std::string body) {
    net::ClientRequest request;
    request.method = "POST";
    request.url = endpoint.base_url + std::string(path);
    request.headers = {{"Authorization", "Bearer " + token.reveal()},
                       {"Content-Type", "application/json"},
                       {"Accept", "application/json"}};
    request.body = std::move(body);
    return request;
}

std::string describe(const Fault& fault) {
    std::string out = "http " + std::to_string(fault.status);
    if (fault.is_html) return out + ", a web page";
    if (!fault.code.empty()) out += " " + fault.code;
    if (!fault.text.empty()) out += ": " + fault.text;
    return out;
}

std::optional<Refused> certain_refusal(const net::Response& response, const Fault& fault) {
    const std::string http = "http " + std::to_string(fault.status);
    if (says(fault, "no apiproduct match")) {
        return config(fault.code.empty() ? http : fault.code,
                      "The Daraja app does not have this product. Add the product to the app in Safaricom's portal.");
    }
    if (fault.code == "500.003.02") {
        const Duration least = says(fault, "spike") ? kSpikeWait : kBusyWait;
        return later(fault.code, "Safaricom is busy. Try again in a few minutes.", retry_after(response, least));
    }
    if (fault.code == "500.003.03") {
        return later(fault.code, "Safaricom's quota for this app is used up. Try again in ten minutes.",
                     retry_after(response, kQuotaWait));
    }
    if (fault.status == 429 || fault.code.starts_with("policies.ratelimit.")) {
        return later(fault.code.empty() ? http : fault.code,
                     "Safaricom wants fewer requests a minute. Try again shortly.", retry_after(response, kSpikeWait));
    }
    if (fault.code == "500.001.1001") {
        if (auto known = known_1001(fault)) return known;
    }
    // 408 is a proxy's word about its own patience: the request may have passed.
    if (fault.status < 400 || fault.status > 499 || fault.status == 408) return std::nullopt;
    if (fault.is_html && fault.status == 403) {
        return later(http, "Safaricom's edge blocks this server for now. It must send less; try again in ten minutes.",
                     retry_after(response, kEdgeWait));
    }
    if (fault.is_html) {
        return config(http,
                      "Something in front of Safaricom answered with a web page. Check the base URL and the proxy.");
    }
    if (fault.code == "400.002.02") return bad_field(fault);
    if (fault.code == "404.001.01" || fault.code == "404.003.01") {
        return config(fault.code, "Safaricom does not know this address. Check the base URL and the API version.");
    }
    if (fault.code == "405.001" || fault.code == "404.001.04") {
        return config(fault.code, "Safaricom did not get our request as we sent it. Check the proxy in between.");
    }
    if (fault.status == 403) {
        return config(
            fault.code.empty() ? http : fault.code,
            "Safaricom does not allow this app to do that. Check the app's products and the shortcode's rights.");
    }
    return Refused{.code = fault.code.empty() ? http : fault.code,
                   .sentence = "Safaricom refused the request (" + quoted(fault, http) +
                               "). Check the M-Pesa settings, or ask Safaricom with this code."};
}

Judged judge(const net::Outcome& outcome) {
    if (const auto* not_sent = std::get_if<net::NotSent>(&outcome)) return NotSent{not_sent->reason};
    if (const auto* unknown = std::get_if<net::Unknown>(&outcome)) return Unknown{unknown->reason};
    const auto& response = std::get<net::Response>(outcome);
    if (response.status >= 200 && response.status <= 299) return &response;
    if (is_invalid_token(response)) return InvalidToken{};
    const Fault fault = read_fault(response);
    if (auto refused = certain_refusal(response, fault)) return *std::move(refused);
    return Unknown{describe(fault)};
}

Answered judge_question(const net::Outcome& outcome) {
    Judged judged = judge(outcome);
    if (auto* response = std::get_if<const net::Response*>(&judged)) return *response;
    if (std::holds_alternative<InvalidToken>(judged)) return InvalidToken{};
    if (auto* not_sent = std::get_if<NotSent>(&judged)) return NoInformation{std::move(not_sent->reason), kAskAgain};
    if (auto* unknown = std::get_if<Unknown>(&judged)) {
        const auto* response = std::get_if<net::Response>(&outcome);
        return NoInformation{std::move(unknown->reason), response ? retry_after(*response, kAskAgain) : kAskAgain};
    }
    auto& refused = std::get<Refused>(judged);
    if (refused.is_config) return Misconfigured{std::move(refused.code), std::move(refused.sentence)};
    const Duration wait = refused.retry_later ? refused.wait : kAskAgain;
    return NoInformation{refused.code + ": " + refused.sentence, wait};
}

}  // namespace clinicpro::daraja::gateway
