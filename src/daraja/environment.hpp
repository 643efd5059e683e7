// environment.hpp: which Daraja is spoken to, and as what kind of shortcode.
//
// The paths are the same on both hosts (daraja.md 0.3); consumer key, passkey, initiator and certificate differ per
// environment (6.5), so an Endpoint is chosen together with its credentials. Tested by daraja/environment_test.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace clinicpro::daraja {

inline constexpr std::string_view kSandboxUrl = "https://sandbox.safaricom.co.ke";
inline constexpr std::string_view kProductionUrl = "https://api.safaricom.co.ke";

struct Endpoint {
    std::string base_url;  // scheme://host[:port], no path, no trailing slash

    static Endpoint sandbox() { return {std::string(kSandboxUrl)}; }
    static Endpoint production() { return {std::string(kProductionUrl)}; }

    // A base URL from settings: Safaricom's hosts, a proxy in front of them, or a simulator. Takes one trailing slash
    // off. Error kConfig when it is not scheme://host[:port], or when it is plain http to anything but this machine or
    // a bare host name on the same private network ("http://sandbox:8090"): the consumer secret would travel in clear.
    static Result<Endpoint> parse(std::string_view base_url);

    // Whether the strict production rules apply (callback URLs, simulate). Any https host other than Safaricom's
    // sandbox counts: a proxy we do not know must not loosen a rule.
    bool is_production() const;
};

enum class ShortcodeKind {
    kPaybill,  // customers type an account number
    kTill,     // buy goods: no account number; STK then also needs the store number (daraja.md 2.1)
};
std::string_view to_string(ShortcodeKind kind);  // "paybill", "till"
Result<ShortcodeKind> parse_shortcode_kind(std::string_view text);

// 5 to 7 digits (daraja.md 2.1, 4.4). Error kInvalid that names `field`.
Result<> check_shortcode(std::string_view shortcode, std::string_view field);

}  // namespace clinicpro::daraja
