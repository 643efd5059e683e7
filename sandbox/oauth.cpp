#include "sandbox/oauth.hpp"

#include "base/text.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr Duration kTokenLife = 3599s;

}  // namespace

std::string Oauth::bearer(const net::Request& request) {
    const std::string_view header = request.header("Authorization");
    constexpr std::string_view kScheme = "Bearer ";
    return header.starts_with(kScheme) ? std::string(header.substr(kScheme.size())) : std::string();
}

Answer Oauth::generate(const net::Request& request, Instant now) {
    const std::string_view header = request.header("Authorization");
    constexpr std::string_view kScheme = "Basic ";
    if (!header.starts_with(kScheme)) return world_.refuse(400, "400.008.01", "Invalid Authentication passed");
    if (request.query_value("grant_type") != "client_credentials") {
        return world_.refuse(400, "400.008.02", "Invalid grant type passed");
    }
    const auto pair = text::from_base64(header.substr(kScheme.size()));
    const size_t colon = pair ? pair->find(':') : std::string::npos;
    const Merchant* merchant = colon == std::string::npos ? nullptr : world_.config.by_key(pair->substr(0, colon));
    if (merchant == nullptr || merchant->consumer_secret.reveal() != pair->substr(colon + 1)) {
        if (world_.config.switches.bad_credentials == "empty") {
            net::Response empty;
            empty.status = 400;
            return {empty, {}};
        }
        return world_.refuse(400, "400.008.01", "Invalid Authentication passed");
    }
    if (world_.config.switches.new_token_kills_old) {
        std::erase_if(tokens_, [&](const auto& entry) { return entry.second.app == merchant->consumer_key; });
    }
    std::erase_if(tokens_, [&](const auto& entry) { return entry.second.until <= now; });
    const std::string token = world_.ids.token();
    tokens_[token] = {merchant->consumer_key, now + kTokenLife};
    json::Writer out;
    out.begin_object().field("access_token", token).key("expires_in");
    if (world_.config.switches.expires_in_number) {
        out.value(3599);
    } else {
        out.value("3599");
    }
    out.end_object();
    return {envelope::ok(out.take()), {}};
}

Oauth::Check Oauth::check(const net::Request& request, Instant now, std::string& app) const {
    const std::string token = bearer(request);
    if (token.empty()) return Check::kNoHeader;
    const auto found = tokens_.find(token);
    if (found == tokens_.end() || found->second.until <= now) return Check::kBadToken;
    app = found->second.app;
    return Check::kGood;
}

void Oauth::kill(const net::Request& request) {
    tokens_.erase(bearer(request));
}

}  // namespace clinicpro::sandbox
