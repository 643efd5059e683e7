#include "sandbox/fields.hpp"

#include "base/text.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kUrlMax = 512;  // far above any sensible callback URL
constexpr std::string_view kForbidden[] = {"m-pesa", "mpesa", "safaricom", "exe", "cmd", "sql", "query"};
constexpr std::string_view kTesters[] = {"ngrok", "mockbin", "requestbin"};
constexpr std::string_view kPathCharacters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/%?&=+:@!$'()*,;";

bool is_host(std::string_view host) {
    if (host == "[::1]") return true;
    if (host.empty() || host.front() == '.' || host.front() == '-' || host.back() == '.' || host.back() == '-')
        return false;
    for (const char c : host) {
        const bool good =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
        if (!good) return false;
    }
    return host.find("..") == std::string_view::npos;
}

}  // namespace

bool is_digits(std::string_view text, size_t least, size_t most) {
    if (text.size() < least || text.size() > most) return false;
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_payer(std::string_view text) {
    return is_digits(text, 12, 12) && (text.starts_with("2547") || text.starts_with("2541"));
}

bool is_shortcode(std::string_view text) {
    return is_digits(text, 5, 7);
}

std::optional<std::string> field(json::View body, std::string_view name) {
    const json::View value = body[name];
    if (value.kind() == json::Kind::kString) {
        auto read = value.text();
        return read ? std::optional(std::move(*read)) : std::nullopt;
    }
    if (value.kind() == json::Kind::kNumber) {
        const auto read = value.integer();
        return read ? std::optional(std::to_string(*read)) : std::nullopt;
    }
    return std::nullopt;
}

std::optional<int64_t> whole_amount(json::View body, std::string_view name) {
    const auto text = field(body, name);
    if (!text || !is_digits(*text, 1, 9)) return std::nullopt;
    int64_t amount = 0;
    for (const char c : *text) amount = amount * 10 + (c - '0');
    return amount > 0 ? std::optional(amount) : std::nullopt;
}

bool is_callback_url(std::string_view url, const UrlRules& rules) {
    if (url.size() > kUrlMax) return false;
    const bool https = url.starts_with("https://");
    if (!https && !url.starts_with("http://")) return false;
    const std::string_view rest = url.substr(https ? 8 : 7);
    const size_t slash = rest.find_first_of("/?");
    std::string_view host = rest.substr(0, slash);
    const std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    const size_t colon = host.rfind(':');
    if (colon != std::string_view::npos && host.back() != ']') {
        if (!is_digits(host.substr(colon + 1), 1, 5)) return false;
        host = host.substr(0, colon);
    }
    if (!is_host(host) || path.find_first_not_of(kPathCharacters) != std::string_view::npos) return false;
    if (rules.upper_case_host_refused && text::lower(host) != host) return false;
    const bool loopback = host == "127.0.0.1" || host == "localhost" || host == "[::1]";
    if (!https && !rules.http_anywhere && !(rules.http_on_loopback && loopback)) return false;
    if (rules.forbidden_words) {
        for (const std::string_view word : kForbidden) {
            if (text::contains_ignoring_case(url, word)) return false;
        }
    }
    if (rules.public_testers) {
        for (const std::string_view word : kTesters) {
            if (text::contains_ignoring_case(host, word)) return false;
        }
    }
    return true;
}

}  // namespace clinicpro::sandbox
