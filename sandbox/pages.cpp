#include "sandbox/pages.hpp"

namespace clinicpro::sandbox {
namespace {

net::Response page(std::string_view type, std::string_view body) {
    net::Response response;
    response.headers = {
        {"Content-Type", std::string(type)},
        {"Cache-Control", "no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
         "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    };
    response.body = std::string(body);
    return response;
}

}  // namespace

std::optional<net::Response> page_for(const net::Request& request) {
    if (request.method != "GET") return std::nullopt;
    if (request.path == "/") return page("text/html; charset=utf-8", kPhoneHtml);
    if (request.path == "/phone.css") return page("text/css; charset=utf-8", kPhoneCss);
    if (request.path == "/phone.js") return page("text/javascript; charset=utf-8", kPhoneJs);
    if (request.path == "/zoom") return page("text/html; charset=utf-8", kZoomHtml);
    if (request.path == "/zoom.js") return page("text/javascript; charset=utf-8", kZoomJs);
    if (request.path == "/favicon.ico") {
        net::Response none;
        none.status = 204;
        return none;
    }
    return std::nullopt;
}

}  // namespace clinicpro::sandbox
