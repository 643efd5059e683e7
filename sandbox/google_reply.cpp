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

net::Response edge(int status) {
    return made(status, "text/html; charset=UTF-8",
                "<!doctype html><html><head><title>Error</title></head><body><p>Your client's request was stopped on "
                "its way. That's all we know.</p></body></html>");
}

}  // namespace clinicpro::sandbox::google_reply
