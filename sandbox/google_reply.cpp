#include "sandbox/google_reply.hpp"

#include "base/json.hpp"

namespace clinicpro::sandbox::google_reply {
namespace {

net::Response made(int status, std::string_view type, std::string body) {
    net::Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", std::string(type));
    response.body = std::move(body);
    return response;
}

constexpr std::string_view kType = "application/json; charset=UTF-8";

}  // namespace

net::Response ok(std::string json, int status) {
    return made(status, kType, std::move(json));
}

net::Response nothing() {
    net::Response response;
    response.status = 204;
    return response;
}

net::Response calendar(int status, std::string_view domain, std::string_view reason, std::string_view message) {
    json::Writer out;
    out.begin_object().key("error").begin_object().key("errors").begin_array().begin_object();
    out.field("domain", domain).field("reason", reason).field("message", message).end_object().end_array();
    out.field("code", status).field("message", message).end_object().end_object();
    return made(status, kType, out.take());
}

net::Response meet(int status, std::string_view name, std::string_view reason, std::string_view message) {
    json::Writer out;
    out.begin_object().key("error").begin_object().field("code", status).field("message", message);
    out.field("status", name);
    if (!reason.empty()) {
        out.key("details").begin_array().begin_object();
        out.field("@type", "type.googleapis.com/google.rpc.ErrorInfo").field("reason", reason);
        out.field("domain", "googleapis.com").end_object().end_array();
    }
    out.end_object().end_object();
    return made(status, kType, out.take());
}

net::Response oauth(int status, std::string_view error, std::string_view description) {
    json::Writer out;
    out.begin_object().field("error", error).field("error_description", description).end_object();
    return made(status, kType, out.take());
}

std::string http_date(Instant at) {
    constexpr std::string_view kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};  // 1970 began on a Thursday
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::string iso = to_iso(at);  // 2026-11-24T10:00:00Z
    const size_t month = size_t(std::stoi(iso.substr(5, 2)) - 1);
    return std::string(kDays[size_t(at.micros / 86'400'000'000 % 7)]) + ", " + iso.substr(8, 2) + " " +
           std::string(kMonths.substr(month * 3, 3)) + " " + iso.substr(0, 4) + " " + iso.substr(11, 8) + " GMT";
}

net::Response edge(int status) {
    return made(status, "text/html; charset=UTF-8",
                "<!doctype html><html><head><title>Error</title></head><body><p>Your client's request was stopped on "
                "its way. That's all we know.</p></body></html>");
}

}  // namespace clinicpro::sandbox::google_reply
