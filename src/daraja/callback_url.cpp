// callback_url.cpp: the rules of daraja.md 4.2 and 2.7 as one list of refusals, each with its remedy.
//
// Rejected: a real URL library here. The rules are about bytes that Safaricom's validator sees, not about what the URL
// means, and Boost.URL belongs to net. Tested by daraja/callback_url_test.
#include "daraja/callback_url.hpp"

#include <string>

#include "base/text.hpp"
#include "daraja/fields.hpp"

namespace clinicpro::daraja {
namespace {

// daraja.md 4.2; "exec" is covered by "exe". As Safaricom's portal lists them.
constexpr std::string_view kForbiddenWords[] = {"m-pesa", "mpesa", "safaricom", "exe", "cmd", "sql", "query"};

constexpr std::string_view kTunnels[] = {"ngrok",         "mockbin",   "requestbin",  "webhook.site",
                                         "trycloudflare", "loca.lt",   "localtunnel", "localhost.run",
                                         "serveo",        "pipedream", "beeceptor",   "requestcatcher"};

// Names and networks that only we can reach (RFC 1918, 2606, 6761, 6762).
constexpr std::string_view kPrivateSuffixes[] = {".local",   ".localhost", ".internal", ".lan",
                                                 ".invalid", ".test",      ".example"};
constexpr std::string_view kPrivatePrefixes[] = {"127.", "10.", "192.168.", "169.254.", "0."};

std::unexpected<Error> bad(std::string why) {
    return fail(Code::kConfig, "Safaricom will not call this address: " + std::move(why), "callback_url");
}

bool is_private(std::string_view host) {
    if (host.starts_with('[')) return host == "[::1]" || host.starts_with("[f");
    if (host.find('.') == std::string_view::npos) return true;
    for (const std::string_view suffix : kPrivateSuffixes) {
        if (host.ends_with(suffix)) return true;
    }
    // A prefix counts only for an address: 10.example.co.ke is a name.
    if (host.find_first_not_of("0123456789.") != std::string_view::npos) return false;
    for (const std::string_view prefix : kPrivatePrefixes) {
        if (host.starts_with(prefix)) return true;
    }
    if (!host.starts_with("172.")) return false;
    const std::string_view second = host.substr(4, host.find('.', 4) - 4);
    return second.size() == 2 && second >= "16" && second <= "31";
}

Result<> check_host(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) {
        const std::string_view inside = host.substr(1, host.size() - 2);
        if (!inside.empty() && inside.find_first_not_of("0123456789abcdef:.") == std::string_view::npos) return {};
        return bad("its host is not an address.");
    }
    if (text::lower(host) != host) return bad("its host must be in lower case.");
    if (host.empty() || host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") != std::string_view::npos ||
        host.front() == '.' || host.front() == '-') {
        return bad("it has no proper host name.");
    }
    return {};
}

}  // namespace

Result<> check_callback_url(std::string_view url, bool production) {
    if (url.size() > kCallbackUrlMax) return bad("it is longer than 512 characters.");
    for (const char c : url) {
        if (c <= 0x20 || c > 0x7e || std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos) {
            return bad("it has spaces or characters that need percent encoding.");
        }
    }
    const bool secure = url.starts_with("https://");
    if (!secure && !url.starts_with("http://")) return bad("write it as https://host/path.");
    if (url.find('#') != std::string_view::npos) return bad("it has a fragment (#).");
    const std::string_view rest = url.substr(secure ? 8 : 7);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    if (authority.find('@') != std::string_view::npos) return bad("it names a user.");
    const size_t bracket = authority.rfind(']');
    const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const std::string_view host = authority.substr(0, colon);
    TRY(check_host(host));
    if (colon != std::string_view::npos) {
        const std::string_view port = authority.substr(colon + 1);
        if (!fields::is_digits(port) || port.size() > 5 || std::stoi(std::string(port)) > 65535) {
            return bad("its port is not a number.");
        }
    }
    for (const std::string_view word : kForbiddenWords) {
        if (text::contains_ignoring_case(url, word)) {
            return bad("it contains \"" + std::string(word) +
                       "\", a word they forbid. Choose a neutral host and path.");
        }
    }
    if (!production) return {};
    if (!secure) return bad("in production it must be https.");
    for (const std::string_view tunnel : kTunnels) {
        if (host.find(tunnel) != std::string_view::npos)
            return bad("public tunnels are blocked in production. Use your own host.");
    }
    if (is_private(host))
        return bad("it cannot be reached from the internet. Use the public host name of this server.");
    return {};
}

}  // namespace clinicpro::daraja
