// environment.cpp: checks a base URL and a shortcode before a credential is sent to either.
#include "daraja/environment.hpp"

#include <charconv>

#include "daraja/fields.hpp"

namespace clinicpro::daraja {
namespace {

constexpr size_t kHostMax = 253;  // RFC 1035

std::unexpected<Error> bad_base(std::string why) {
    return fail(Code::kConfig,
                "The Daraja base URL " + std::move(why) + " Write it like " + std::string(kSandboxUrl) + ".",
                "base_url");
}

bool is_host(std::string_view host) {
    if (host.empty() || host.size() > kHostMax || host.front() == '.' || host.front() == '-') return false;
    return host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos;
}

bool is_port(std::string_view port) {
    int number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    return error == std::errc() && end == port.data() + port.size() && number >= 1 && number <= 65535;
}

}  // namespace

Result<Endpoint> Endpoint::parse(std::string_view base_url) {
    if (base_url.ends_with('/')) base_url.remove_suffix(1);
    const bool secure = base_url.starts_with("https://");
    if (!secure && !base_url.starts_with("http://")) return bad_base("must begin with https://.");
    const std::string_view authority = base_url.substr(secure ? 8 : 7);
    std::string_view host = authority;
    if (host.starts_with("[::1]")) {
        host = "localhost";
        const std::string_view rest = authority.substr(5);
        if (!rest.empty() && (rest[0] != ':' || !is_port(rest.substr(1))))
            return bad_base("has a port that is not a number.");
    } else if (const size_t colon = authority.find(':'); colon != std::string_view::npos) {
        host = authority.substr(0, colon);
        if (!is_port(authority.substr(colon + 1))) return bad_base("has a port that is not a number.");
    }
    if (!is_host(host)) return bad_base("must be a host in lower case, without a path, a query or a user name.");
    const bool nearby = host.find('.') == std::string_view::npos || host.starts_with("127.");
    if (!secure && !nearby) return bad_base("must use https: the consumer secret would travel in clear.");
    return Endpoint{std::string(base_url)};
}

bool Endpoint::is_production() const {
    if (!base_url.starts_with("https://")) return false;
    const std::string_view rest = std::string_view(base_url).substr(8);
    constexpr std::string_view kSandboxHost = kSandboxUrl.substr(8);
    return rest != kSandboxHost && !rest.starts_with(std::string(kSandboxHost) + ":");
}

std::string_view to_string(ShortcodeKind kind) {
    switch (kind) {
        case ShortcodeKind::kPaybill: return "paybill";
        case ShortcodeKind::kTill: return "till";
    }
    return "paybill";
}

Result<ShortcodeKind> parse_shortcode_kind(std::string_view text) {
    if (text == "paybill") return ShortcodeKind::kPaybill;
    if (text == "till") return ShortcodeKind::kTill;
    return fail(Code::kInvalid, "The kind of shortcode must be \"paybill\" or \"till\".", "kind");
}

Result<> check_shortcode(std::string_view shortcode, std::string_view field) {
    if (shortcode.size() >= 5 && shortcode.size() <= 7 && fields::is_digits(shortcode)) return {};
    return fail(Code::kInvalid, "A shortcode is the 5 to 7 digits of a paybill, till or store number.",
                std::string(field));
}

}  // namespace clinicpro::daraja
