// public_address.cpp: the special ranges of RFC 6890 and its successors.
#include "net/public_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace clinicpro::net {
namespace {

struct Range {
    uint32_t first;
    int bits;
};
constexpr Range kNotPublic[] = {
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // shared, behind a provider's NAT
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // protocol assignments
    {0xC0000200, 24},  // documentation
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarks
    {0xC6336400, 24},  // documentation
    {0xCB007100, 24},  // documentation
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved, broadcast
};

bool is_public_v4(uint32_t address) {
    for (const Range& range : kNotPublic) {
        if ((address ^ range.first) >> (32 - range.bits) == 0) return false;
    }
    return true;
}

uint32_t number(const uint8_t* bytes) {
    return uint32_t(bytes[0]) << 24 | uint32_t(bytes[1]) << 16 | uint32_t(bytes[2]) << 8 | bytes[3];
}

bool is_public_v6(const std::array<uint8_t, 16>& a) {
    constexpr std::array<uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    constexpr std::array<uint8_t, 12> kNat64{0, 0x64, 0xFF, 0x9B};
    if (std::memcmp(a.data(), kMapped.data(), 12) == 0) return is_public_v4(number(a.data() + 12));
    if (std::memcmp(a.data(), kNat64.data(), 12) == 0) return is_public_v4(number(a.data() + 12));
    if (a[0] == 0x20 && a[1] == 0x02) return is_public_v4(number(a.data() + 2));  // 6to4
    if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0D && a[3] == 0xB8) return false;  // documentation
    return (a[0] & 0xE0) == 0x20;  // 2000::/3 is all that was given out
}

}  // namespace

bool is_public_address(const sockaddr* address) {
    if (address->sa_family == AF_INET) {
        sockaddr_in v4;
        std::memcpy(&v4, address, sizeof v4);
        return is_public_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6;
        std::memcpy(&v6, address, sizeof v6);
        std::array<uint8_t, 16> bytes;
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return is_public_v6(bytes);
    }
    return false;
}

}  // namespace clinicpro::net
