#include "sandbox/google_oauth.hpp"

#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "crypto/rsa.hpp"
#include "sandbox/google_reply.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr int64_t kTokenSeconds = 3599;
constexpr int64_t kAssertionMost = 3600;
constexpr int64_t kAheadMost = 60;  // Google is said to allow some minutes
constexpr Duration kTestingLife = 7 * 24h;
constexpr Duration kUnusedLife = 180 * 24h;

net::Response invalid_grant(std::string_view description) {
    return google_reply::oauth(400, "invalid_grant", description);
}

bool is_known_scope(std::string_view scope) {
    for (const std::string_view known :
         {"calendar", "calendar.events", "calendar.events.owned", "calendar.app.created", "calendar.readonly",
          "calendar.calendars", "calendar.calendars.readonly", "meetings.space.created", "meetings.space.readonly",
          "meetings.space.settings"}) {
        if (scope == known) return true;
    }
    return false;
}

bool is_delegated(const Switches& switches, const std::set<std::string>& scopes) {
    if (!switches.google_delegation) return false;
    if (switches.google_delegated_scopes == "all") return true;
    const auto granted = text::split(switches.google_delegated_scopes, ' ');
    return std::all_of(scopes.begin(), scopes.end(), [&](const std::string& scope) {
        return std::find(granted.begin(), granted.end(), scope) != granted.end();
    });
}

bool is_client(const std::map<std::string, std::string>& form) {
    return form_value(form, "client_id") == kGoogleClient.id &&
           form_value(form, "client_secret") == kGoogleClient.secret;
}

std::string bearer(const net::Request& request) {
    const std::string_view header = request.header("Authorization");
    return header.starts_with("Bearer ") ? std::string(header.substr(7)) : std::string();
}

}  // namespace

std::map<std::string, std::string> read_form(std::string_view text) {
    std::map<std::string, std::string> out;
    for (const std::string_view pair : text::split(text, '&')) {
        const size_t equals = pair.find('=');
        const auto name = text::percent_decode(pair.substr(0, equals), true);
        const auto decoded =
            text::percent_decode(equals == pair.npos ? std::string_view() : pair.substr(equals + 1), true);
        if (name && decoded && !name->empty()) out[*name] = *decoded;
    }
    return out;
}

std::string form_value(const std::map<std::string, std::string>& form, const std::string& name) {
    const auto found = form.find(name);
    return found == form.end() ? std::string() : found->second;
}

std::optional<std::set<std::string>> read_google_scopes(std::string_view text) {
    std::set<std::string> scopes;
    for (const std::string_view scope : text::split(text, ' ')) {
        if (scope.empty()) continue;
        if (!scope.starts_with(kGoogleScope) || !is_known_scope(scope.substr(kGoogleScope.size()))) return std::nullopt;
        scopes.emplace(scope.substr(kGoogleScope.size()));
    }
    return scopes.empty() ? std::nullopt : std::optional(scopes);
}

std::string join_google_scopes(const std::set<std::string>& scopes) {
    std::string out;
    for (const std::string& scope : scopes) out += (out.empty() ? "" : " ") + std::string(kGoogleScope) + scope;
    return out;
}

net::Response GoogleOauth::token(GoogleCall& call) {
    if (!call.request.header("Content-Type").starts_with("application/x-www-form-urlencoded"))
        return google_reply::oauth(400, "invalid_request", "The request must be a form.");
    // Google took parameters from the address once; it is better that a secret there is not taken at all.
    if (!call.request.query.empty())
        return google_reply::oauth(400, "invalid_request", "Parameters belong in the body.");
    const auto form = read_form(call.request.body);
    const std::string grant = form_value(form, "grant_type");
    if (grant == "urn:ietf:params:oauth:grant-type:jwt-bearer") return by_assertion(call, form);
    if (grant == "refresh_token") return by_refresh(call, form);
    if (grant == "authorization_code") return by_code(call, form);
    return google_reply::oauth(400, "unsupported_grant_type", "Invalid grant_type: " + grant);
}

net::Response GoogleOauth::by_assertion(GoogleCall& call, const std::map<std::string, std::string>& form) {
    const std::string proof = form_value(form, "assertion");
    const auto parts = text::split(proof, '.');
    if (parts.size() != 3) return invalid_grant("Invalid JWT");
    const auto head_bytes = text::from_base64url(parts[0]);
    const auto claim_bytes = text::from_base64url(parts[1]);
    const auto signature = text::from_base64url(parts[2]);
    if (!head_bytes || !claim_bytes || !signature) return invalid_grant("Invalid JWT");
    const auto head = json::Document::parse(*head_bytes);
    const auto claims = json::Document::parse(*claim_bytes);
    if (!head || !claims) return invalid_grant("Invalid JWT");
    if (head->root()["alg"].scalar_if_any() != "RS256" || head->root()["typ"].scalar_if_any().value_or("JWT") != "JWT")
        return invalid_grant("Invalid JWT: unsupported algorithm.");
    const json::View c = claims->root();
    if (c["iss"].scalar_if_any() != std::string(kGoogleRobot.email))
        return invalid_grant("Invalid grant: account not found");
    const auto key = crypto::rsa_public_key(google_robot_key());
    const std::string signed_part = proof.substr(0, proof.rfind('.'));
    if (head->root()["kid"].scalar_if_any().value_or(std::string(kGoogleRobot.key_id)) != kGoogleRobot.key_id || !key ||
        !crypto::rs256_matches(*key, signed_part, *signature))
        return invalid_grant("Invalid JWT Signature.");
    if (c["aud"].scalar_if_any() != call.origin() + "/google/token")
        return invalid_grant("Invalid JWT: Failed audience check.");
    const auto issued = c["iat"].integer();
    const auto expires = c["exp"].integer();
    const int64_t seconds = call.now.micros / 1'000'000;
    if (!issued || !expires || *expires - *issued > kAssertionMost || *expires <= seconds ||
        *issued > seconds + kAheadMost || *issued < seconds - kAssertionMost) {
        return invalid_grant(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat "
            "and exp values in the JWT claim.");
    }
    const auto scopes = read_google_scopes(c["scope"].scalar_if_any().value_or(""));
    if (!scopes) return google_reply::oauth(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
    GoogleToken token{.who = std::string(kGoogleRobot.email), .scopes = *scopes, .until = {}};
    if (c["sub"].exists()) {
        const std::string who = c["sub"].scalar_if_any().value_or("");
        const GooglePerson* person = google_person(who);
        if (person == nullptr) return invalid_grant("Invalid email or User ID");
        if (!person->workspace || !is_delegated(call.world.config.switches, *scopes)) {
            return google_reply::oauth(401, "unauthorized_client",
                                       "Client is unauthorized to retrieve access tokens using this method, or client "
                                       "not authorized for any of "
                                       "the scopes requested.");
        }
        token.who = who;
    }
    return give(call, std::move(token), {}, false);
}

net::Response GoogleOauth::by_refresh(GoogleCall& call, const std::map<std::string, std::string>& form) {
    if (!is_client(form)) return google_reply::oauth(401, "invalid_client", "The OAuth client was not found.");
    const auto found = call.state.refreshes.find(form_value(form, "refresh_token"));
    if (found == call.state.refreshes.end() || found->second.revoked ||
        call.now - found->second.given > (found->second.testing ? kTestingLife : kUnusedLife)) {
        return invalid_grant("Token has been expired or revoked.");
    }
    return give(call, {.who = found->second.who, .scopes = found->second.scopes, .until = {}}, {}, true);
}

net::Response GoogleOauth::by_code(GoogleCall& call, const std::map<std::string, std::string>& form) {
    if (!is_client(form)) return google_reply::oauth(401, "invalid_client", "Unauthorized");
    const auto found = codes_.find(form_value(form, "code"));
    if (found == codes_.end()) return invalid_grant("Malformed auth code.");
    const Code code = std::move(found->second);
    codes_.erase(found);  // once, whatever comes of it
    if (code.until < call.now) return invalid_grant("Bad Request");
    if (code.redirect_uri != form_value(form, "redirect_uri"))
        return google_reply::oauth(400, "redirect_uri_mismatch", "Bad Request");
    if (!code.challenge.empty() &&
        text::to_base64url(crypto::sha256(form_value(form, "code_verifier"))) != code.challenge)
        return invalid_grant("Invalid code verifier.");
    const std::string refresh =
        code.lasting ? connect(call.state, call.world, code.who, code.scopes, call.now) : std::string();
    return give(call, {.who = code.who, .scopes = code.scopes, .until = {}}, refresh, true);
}

std::string GoogleOauth::connect(GoogleState& state, World& world, std::string_view who, std::set<std::string> scopes,
                                 Instant now) {
    const std::string token = "1//03" + world.dice.pick(kTokenLetters, 48);
    state.refreshes[token] = {.who = std::string(who),
                              .scopes = std::move(scopes),
                              .given = now,
                              .testing = world.config.switches.google_consent_testing};
    return token;
}

net::Response GoogleOauth::give(GoogleCall& call, GoogleToken token, const std::string& refresh, bool tell_scopes) {
    const std::string text = "ya29." + call.world.dice.pick(kTokenLetters, 60);
    token.until = call.now + std::chrono::seconds(kTokenSeconds);
    json::Writer out;
    out.begin_object().field("access_token", text).field("expires_in", kTokenSeconds);
    if (!refresh.empty()) out.field("refresh_token", refresh);
    if (tell_scopes) out.field("scope", join_google_scopes(token.scopes));
    out.field("token_type", "Bearer").end_object();
    call.state.tokens[text] = std::move(token);
    return google_reply::ok(out.take());
}

std::optional<net::Response> GoogleOauth::authorise(GoogleCall& call, bool meet) {
    const std::string text = bearer(call.request);
    const auto found = call.state.tokens.find(text);
    if (!text.empty() && found != call.state.tokens.end() && call.now < found->second.until) {
        call.token = found->second;
        return std::nullopt;
    }
    net::Response refusal =
        meet ? google_reply::meet(401, "UNAUTHENTICATED", "", "Request had invalid authentication credentials.")
        : text.empty() ? google_reply::calendar(401, "global", "required", "Login Required.")
                       : google_reply::calendar(401, "global", "authError", "Invalid Credentials");
    refusal.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"https://accounts.google.com/\"");
    return refusal;
}

void GoogleOauth::kill(GoogleState& state, const net::Request& request) {
    state.tokens.erase(bearer(request));
}

}  // namespace clinicpro::sandbox
