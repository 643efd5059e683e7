// zoom_webhook.cpp: signature first, JSON second.
#include "meetings/zoom_webhook.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "meetings/zoom_meeting.hpp"

namespace clinicpro::meetings {
namespace {

constexpr size_t kTokenMax = 500;
constexpr size_t kInstanceMax = 100;  // real ones have 24

// Seconds, as Zoom's samples have it, or milliseconds.
std::optional<Instant> read_timestamp(std::string_view text) {
    if (text.size() < 10 || text.size() > 13 || text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
    const int64_t number = std::stoll(std::string(text));
    return Instant{number * (text.size() >= 12 ? 1'000 : 1'000'000)};
}

}  // namespace

Result<std::variant<ZoomEvent, ZoomChallenge, ZoomNews>> read_zoom_webhook(const net::Headers& headers,
                                                                           std::string_view body,
                                                                           const Secret<>& secret, Instant now) {
    CHECK(!secret.empty());
    const std::string_view timestamp = net::find_header(headers, "x-zm-request-timestamp");
    std::string message = "v0:";
    message += timestamp;
    message += ':';
    message += body;
    const std::string right = "v0=" + text::to_hex(crypto::hmac_sha256(secret, message));
    if (!crypto::equal_in_constant_time(right, net::find_header(headers, "x-zm-signature"))) {
        return fail(
            Code::kUnauthorised,
            "The signature does not fit. Check that the secret token here is the one on the app's page in Zoom's "
            "marketplace, under Features.");
    }
    const auto at = read_timestamp(timestamp);
    if (!at || std::chrono::abs(now - *at) > kZoomReplayWindow) {
        return fail(Code::kUnauthorised, "The timestamp is more than 5 minutes off. Check this server's clock.");
    }
    TRY(const auto document, json::Document::parse(body));
    const json::View root = document.root();
    TRY(const std::string event, root["event"].text());
    if (event == "endpoint.url_validation") {
        TRY(const std::string plain, root["payload"]["plainToken"].text());
        if (plain.empty() || plain.size() > kTokenMax) return fail(Code::kInvalid, "The plain token is too long.");
        json::Writer out;
        out.begin_object()
            .field("plainToken", plain)
            .field("encryptedToken", text::to_hex(crypto::hmac_sha256(secret, plain)))
            .end_object();
        return ZoomChallenge{out.take()};
    }
    if (event != "meeting.started" && event != "meeting.ended") return ZoomNews{};
    ZoomEvent read{.started = event == "meeting.started", .provider_id = {}, .instance = {}, .at = {}};
    TRY(read.provider_id, root["payload"]["object"]["id"].scalar());  // a text here, a number in other events
    TRY(read.instance, root["payload"]["object"]["uuid"].text());
    TRY(const int64_t millis, root["event_ts"].integer());
    const bool sane = zoom::is_id(read.provider_id) && !read.instance.empty() && read.instance.size() <= kInstanceMax &&
                      millis > 0 && millis < 4'102'444'800'000;  // the year 2100
    if (!sane) return fail(Code::kInvalid, "The event names no meeting, or no real time.");
    read.at = Instant{millis * 1000};
    return read;
}

}  // namespace clinicpro::meetings
