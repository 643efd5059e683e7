// jitsi.cpp: the claims and their signature.
#include "meetings/jitsi.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "meetings/config.hpp"

namespace clinicpro::meetings::jitsi {
namespace {

constexpr size_t kSettingMax = 200;

bool is_plain(std::string_view text) {
    return !text.empty() && text.size() <= kSettingMax &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string host_of(std::string_view url) {
    url.remove_prefix(url.find("://") + 3);
    return std::string(url.substr(0, url.find_first_of(":/")));
}

int64_t seconds(Instant at) {
    return at.micros / 1'000'000;
}

}  // namespace

Result<JitsiSettings> check(JitsiSettings settings) {
    TRY(settings.base_url, check_base_url(settings.base_url));
    if (!is_plain(settings.app_id)) {
        return fail(Code::kConfig, "Give the app id of the Jitsi server: JWT_APP_ID of its settings.", "app_id");
    }
    if (settings.app_secret.reveal().size() < JitsiSettings::kSecretMin ||
        settings.app_secret.reveal().size() > 4 * kSettingMax) {
        return fail(Code::kConfig,
                    "The app secret of the Jitsi server (JWT_APP_SECRET) must have at least 32 characters. Make a "
                    "longer one, enter it on both sides and restart the Jitsi server.",
                    "app_secret");
    }
    if (settings.subject.empty()) settings.subject = host_of(settings.base_url);
    if (!is_plain(settings.subject)) {
        return fail(Code::kConfig, "The subject is the domain or tenant of the Jitsi server.", "subject");
    }
    return settings;
}

Secret<> door(const JitsiSettings& settings, const Pass& pass, Instant now) {
    const bool host = pass.role == Role::kHost;
    const Instant end = std::clamp(pass.ends_at + kAfterEnd, now + kShortest, now + kLongest);
    json::Writer header, claims;
    header.begin_object().field("alg", "HS256").field("typ", "JWT").end_object();
    claims.begin_object()
        .field("iss", settings.app_id)
        .field("aud", settings.app_id)
        .field("sub", settings.subject)
        .field("room", pass.room)
        .field("nbf", seconds(now - kClockSkew))
        .field("iat", seconds(now))
        .field("exp", seconds(end));
    claims.key("context").begin_object().key("user").begin_object();
    // All are texts: numbers and nulls are refused by the server. No name: the room shows who it is by the voice.
    claims.field("id", host ? "host" : "patient").field("name", host ? "Clinic" : "Patient");
    claims.field("moderator", host ? "true" : "false").field("affiliation", host ? "owner" : "member");
    claims.end_object().end_object().end_object();
    const std::string signed_part = text::to_base64url(header.take()) + "." + text::to_base64url(claims.take());
    const std::string signature = text::to_base64url(crypto::hmac_sha256(settings.app_secret, signed_part));
    return Secret<>(settings.base_url + "/" + std::string(pass.room) + "?jwt=" + signed_part + "." + signature);
}

bool is_room(std::string_view text) {
    return text.size() == kRoomChars && text.find_first_not_of("0123456789abcdef") == text.npos;
}

}  // namespace clinicpro::meetings::jitsi
