#include "net/peer.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.hpp"

namespace clinicpro::net {
namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool is_mapped(const IpBytes& ip) {
    return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), ip.begin());
}

bool same_prefix(const IpBytes& a, const IpBytes& b, int bits) {
    const int whole = bits / 8;
    if (std::memcmp(a.data(), b.data(), size_t(whole)) != 0) return false;
    if (bits % 8 == 0) return true;
    const uint8_t mask = uint8_t(0xFF << (8 - bits % 8));
    return (a[size_t(whole)] & mask) == (b[size_t(whole)] & mask);
}

// "1.2.3.4", "1.2.3.4:5678", "[::1]:5678", "::1": proxies write all of these.
std::optional<IpBytes> parse_forwarded(std::string_view item) {
    item = text::trim(item);
    if (item.starts_with('[')) {
        const size_t close = item.find(']');
        return close == std::string_view::npos ? std::nullopt : parse_ip(item.substr(1, close - 1));
    }
    if (std::count(item.begin(), item.end(), ':') == 1) item = item.substr(0, item.find(':'));
    return parse_ip(item);
}

}  // namespace

std::optional<IpBytes> parse_ip(std::string_view text) {
    char buffer[INET6_ADDRSTRLEN];
    if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
    std::memcpy(buffer, text.data(), text.size());
    buffer[text.size()] = '\0';
    if (std::memchr(buffer, '\0', text.size()) != nullptr) return std::nullopt;
    IpBytes ip{};
    if (inet_pton(AF_INET6, buffer, ip.data()) == 1) return ip;
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), ip.begin());
    if (inet_pton(AF_INET, buffer, ip.data() + kMappedPrefix.size()) == 1) return ip;
    return std::nullopt;
}

std::string ip_text(const IpBytes& ip) {
    char buffer[INET6_ADDRSTRLEN];
    return is_mapped(ip) ? inet_ntop(AF_INET, ip.data() + kMappedPrefix.size(), buffer, sizeof buffer)
                         : inet_ntop(AF_INET6, ip.data(), buffer, sizeof buffer);
}

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& items) {
    TrustedProxies proxies;
    for (const std::string& item : items) {
        const std::string_view all = text::trim(item);
        const size_t slash = all.find('/');
        const auto ip = parse_ip(all.substr(0, slash));
        bool good = ip.has_value();
        int bits = 128;
        if (good && slash != std::string_view::npos) {
            const std::string_view number = all.substr(slash + 1);
            const int offset = is_mapped(*ip) && all.find(':') == std::string_view::npos ? 96 : 0;
            const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
            good = error == std::errc() && end == number.data() + number.size() && bits >= 0 && bits + offset <= 128;
            bits += offset;
        }
        if (!good) {
            return fail(Code::kConfig,
                        "The trusted proxy \"" + std::string(text::clip(item, 60)) +
                            "\" is not an IP address or network. Write it like 10.0.0.1 or 10.0.0.0/8.",
                        "trusted_proxies");
        }
        proxies.networks_.push_back(Network{*ip, bits});
    }
    return proxies;
}

bool TrustedProxies::trusts(const IpBytes& ip) const {
    return std::any_of(networks_.begin(), networks_.end(),
                       [&](const Network& network) { return same_prefix(network.ip, ip, network.bits); });
}

std::string TrustedProxies::client_of(const std::string& socket_peer, const Headers& headers) const {
    if (networks_.empty()) return socket_peer;
    auto hop = parse_ip(socket_peer);
    if (!hop || !trusts(*hop)) return socket_peer;
    // Several header lines are one list in their order, so the right-most value is the last of the last line.
    for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
        if (!text::equal_ignoring_case(header->first, "X-Forwarded-For")) continue;
        const auto items = text::split(header->second, ',');
        for (auto item = items.rbegin(); item != items.rend(); ++item) {
            const auto ip = parse_forwarded(*item);
            if (!ip) return ip_text(*hop);  // what stands left of nonsense is nonsense too
            hop = ip;
            if (!trusts(*ip)) return ip_text(*ip);
        }
    }
    return ip_text(*hop);
}

}  // namespace clinicpro::net
