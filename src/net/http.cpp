#include "net/http.hpp"

#include <condition_variable>
#include <optional>

#include "base/json.hpp"
#include "base/text.hpp"

namespace clinicpro::net {
namespace {

Response make(int status, std::string_view type, std::string body) {
    Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", type);
    response.body = std::move(body);
    return response;
}

// The type is about:blank, so the title is the status phrase (RFC 9457 4.2.1) and `code` is what a program switches on.
Response make_problem(int status, std::string_view code, std::string_view sentence, std::string_view field,
                      std::string_view request_id) {
    json::Writer w;
    w.begin_object();
    w.field("type", "about:blank").field("title", reason_phrase(status)).field("status", status);
    w.field("detail", sentence).field("code", code);
    if (!field.empty()) w.field("field", field);
    if (!request_id.empty()) w.field("request_id", request_id);
    w.end_object();
    return make(status, "application/problem+json", w.take());
}

}  // namespace

std::string_view find_header(const Headers& headers, std::string_view name) {
    for (const auto& [key, value] : headers) {
        if (text::equal_ignoring_case(key, name)) return value;
    }
    return {};
}

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 301: return "Moved Permanently";
        case 302: return "Found";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 307: return "Temporary Redirect";
        case 308: return "Permanent Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 402: return "Payment Required";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 410: return "Gone";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 422: return "Unprocessable Content";
        case 428: return "Precondition Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 507: return "Insufficient Storage";
        default: return "Unknown";
    }
}

std::string Request::query_value(std::string_view name) const {
    for (const std::string_view pair : text::split(query, '&')) {
        const size_t equals = pair.find('=');
        const auto key = text::percent_decode(pair.substr(0, equals), true);
        if (!key || *key != name) continue;
        if (equals == std::string_view::npos) return {};
        return text::percent_decode(pair.substr(equals + 1), true).value_or(std::string());
    }
    return {};
}

Response Response::json(int status, std::string body) {
    return make(status, "application/json", std::move(body));
}
Response Response::html(int status, std::string body) {
    return make(status, "text/html; charset=utf-8", std::move(body));
}
Response Response::text(int status, std::string body) {
    return make(status, "text/plain; charset=utf-8", std::move(body));
}

Response Response::problem(const Error& error, std::string_view request_id) {
    return make_problem(http_status(error.code), to_string(error.code), error.message, error.field, request_id);
}

Response Response::problem(int status, std::string_view code, std::string_view sentence, std::string_view request_id) {
    return make_problem(status, code, sentence, {}, request_id);
}

Response Response::redirect(std::string location) {
    Response response;
    response.status = 303;
    response.headers.emplace_back("Location", std::move(location));
    return response;
}

Outcome wait_for(const std::function<void(std::function<void(Outcome)>)>& start) {
    struct Shared {
        std::mutex mutex;
        std::condition_variable arrived;
        std::optional<Outcome> outcome;
    };
    // Shared, because the notifier may still hold the mutex when the waiter returns.
    const auto shared = std::make_shared<Shared>();
    start([shared](Outcome outcome) {
        const std::lock_guard lock(shared->mutex);
        shared->outcome = std::move(outcome);
        shared->arrived.notify_one();
    });
    std::unique_lock lock(shared->mutex);
    shared->arrived.wait(lock, [&] { return shared->outcome.has_value(); });
    return std::move(*shared->outcome);
}

Outcome send_and_wait(Client& client, ClientRequest request) {
    return wait_for([&](std::function<void(Outcome)> done) { client.send(std::move(request), std::move(done)); });
}

}  // namespace clinicpro::net
