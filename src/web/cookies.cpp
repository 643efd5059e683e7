#include "web/cookies.hpp"

#include "base/text.hpp"

namespace clinicpro::web {
namespace {

bool is_loopback(std::string_view public_url) {
    constexpr std::string_view kScheme = "http://";
    if (!public_url.starts_with(kScheme)) return false;
    std::string_view host = public_url.substr(kScheme.size());
    if (host.starts_with('[')) return host.starts_with("[::1]");
    host = host.substr(0, host.find_first_of(":/"));
    return host == "localhost" || host == "127.0.0.1";
}

}  // namespace

Cookies::Cookies(std::string_view public_url)
    : https_(public_url.starts_with("https://")), loopback_(is_loopback(public_url)) {}

std::string Cookies::name(std::string_view what) const {
    return std::string(https_ ? "__Host-clinicpro" : "clinicpro-local") + std::string(what);
}

std::string Cookies::read(const net::Request& request, std::string_view what) const {
    const std::string wanted = name(what) + "=";
    for (const auto& [header, value] : request.headers) {
        if (!text::equal_ignoring_case(header, "Cookie")) continue;
        for (const std::string_view part : text::split(value, ';')) {
            const std::string_view pair = text::trim(part);
            if (pair.starts_with(wanted)) return std::string(pair.substr(wanted.size()));
        }
    }
    return {};
}

std::string Cookies::session(const net::Request& request) const {
    return read(request, "");
}
std::string Cookies::form(const net::Request& request) const {
    return read(request, "-form");
}

void Cookies::set(net::Response& response, std::string_view what, std::string_view value, bool ends) const {
    response.headers.emplace_back("Set-Cookie", name(what) + "=" + std::string(value) +
                                                    "; Path=/; HttpOnly; SameSite=Lax" + (https_ ? "; Secure" : "") +
                                                    (ends ? "; Max-Age=0" : ""));
}

void Cookies::set_session(net::Response& response, const Secret<>& token) const {
    set(response, "", token.reveal(), false);
}
void Cookies::set_form(net::Response& response, std::string_view value) const {
    set(response, "-form", value, false);
}
void Cookies::end_session(net::Response& response) const {
    set(response, "", "", true);
}

}  // namespace clinicpro::web
