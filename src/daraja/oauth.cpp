// oauth.cpp: asks for a token, and tells wrong credentials from a bad day.
#include "daraja/oauth.hpp"

#include <charconv>

#include "base/json.hpp"
#include "base/text.hpp"
#include "daraja/gateway.hpp"
#include "daraja/reply.hpp"

namespace clinicpro::daraja {
namespace {

constexpr size_t kTokenMax = 4096;  // 28 characters today; room for a signed token

std::unexpected<Error> again(std::string detail) {
    return fail(Code::kUnavailable, "Safaricom gave no access token. Try again in a minute.", {}, std::move(detail));
}

std::unexpected<Error> wrong_keys(const Fault& fault, std::string_view why) {
    return fail(Code::kConfig, std::string(why), "consumer_key", gateway::describe(fault));
}

bool can_be_a_header(std::string_view token) {
    for (const char c : token) {
        if (c <= 0x20 || c > 0x7e) return false;
    }
    return !token.empty() && token.size() <= kTokenMax;
}

Result<Token> read_success(const net::Response& response) {
    const auto document = json::Document::parse(response.body);
    if (!document) return again("the answer is not JSON");
    const json::View root = document->root();
    const auto value = root["access_token"].text();
    if (!value || !can_be_a_header(*value)) return again("the answer has no usable access_token");
    const auto lifetime = root["expires_in"].scalar_if_any();  // 3599 or "3599" (daraja.md 1)
    int64_t seconds = 0;
    if (lifetime) {
        const auto [end, error] = std::from_chars(lifetime->data(), lifetime->data() + lifetime->size(), seconds);
        if (error != std::errc() || end != lifetime->data() + lifetime->size()) seconds = 0;
    }
    if (seconds <= 0) return again("expires_in is not a positive number of seconds");
    if (seconds > kTokenLifetimeMax / 1s) seconds = kTokenLifetimeMax / 1s;
    return Token{Secret<>(*value), std::chrono::seconds(seconds)};
}

}  // namespace

net::ClientRequest token_request(const Endpoint& endpoint, const Secret<>& consumer_key,
                                 const Secret<>& consumer_secret) {
    net::ClientRequest request;
    request.method = "GET";
    request.url = endpoint.base_url + "/oauth/v1/generate?grant_type=client_credentials";
    request.headers = {
        {"Authorization", "Basic " + text::to_base64(consumer_key.reveal() + ":" + consumer_secret.reveal())},
        {"Accept", "application/json"}};
    return request;
}

Result<Token> read_token(const net::Outcome& outcome) {
    if (const auto* not_sent = std::get_if<net::NotSent>(&outcome)) return again("not sent: " + not_sent->reason);
    if (const auto* unknown = std::get_if<net::Unknown>(&outcome)) return again(unknown->reason);
    const auto& response = std::get<net::Response>(outcome);
    if (response.status >= 200 && response.status <= 299) return read_success(response);
    const Fault fault = read_fault(response);
    const bool refused = response.status == 400 || response.status == 401 || response.status == 404;
    if (!refused || fault.is_html) return again(gateway::describe(fault));
    if (fault.code == "400.008.02") {
        return wrong_keys(fault, "Safaricom did not see the grant type. Check the base URL and the proxy in between.");
    }
    if (response.status == 404) return wrong_keys(fault, "There is no token service at this base URL. Check it.");
    return wrong_keys(
        fault,
        "Safaricom refused the consumer key and secret. Copy both again from the app in the Daraja portal, and "
        "check that they belong to this environment.");
}

}  // namespace clinicpro::daraja
