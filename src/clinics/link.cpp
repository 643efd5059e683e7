// link.cpp: the 28 bytes of a token.
#include "clinics/link.hpp"

#include "base/text.hpp"
#include "crypto/hash.hpp"

namespace clinicpro::clinics {
namespace {

constexpr size_t kPayload = 3 + 8 + 1;
constexpr size_t kMac = 16;

void append_big_endian(std::string& out, uint64_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += char(value >> shift & 0xFF);
}

uint64_t read_big_endian(std::string_view bytes) {
    uint64_t value = 0;
    for (const char c : bytes) value = value << 8 | uint8_t(c);
    return value;
}

std::string mac_of(const Secret<>& key, Link::Purpose purpose, std::string_view payload) {
    std::string message(1, char(purpose));
    message += payload;
    return crypto::mac(key.reveal(), message, kMac);
}

}  // namespace

LinkSigner::LinkSigner(const crypto::DataKey& system) : key_(system.derive("link")) {}

std::string LinkSigner::sign(const Link& link) const {
    CHECK(link.clinic.value >= 0 && link.clinic.value <= kClinicMax && link.subject >= 0);
    std::string bytes;
    bytes.reserve(kPayload + kMac);
    append_big_endian(bytes, uint64_t(link.clinic.value), 3);
    append_big_endian(bytes, uint64_t(link.subject), 8);
    append_big_endian(bytes, link.generation, 1);
    bytes += mac_of(key_, link.purpose, bytes);
    return bytes;
}

std::string LinkSigner::hex(const Link& link) const {
    return text::to_hex(sign(link));
}
std::string LinkSigner::short_form(const Link& link) const {
    return text::to_base64url(sign(link));
}

std::optional<Link> LinkSigner::verify_hex(Link::Purpose purpose, std::string_view text) const {
    // Lower case only: one link, one spelling.
    if (text.size() != kHexSize || text.find_first_not_of("0123456789abcdef") != text.npos) return std::nullopt;
    const auto bytes = text::from_hex(text);
    return bytes ? verify(purpose, *bytes) : std::nullopt;
}

std::optional<Link> LinkSigner::verify_short(Link::Purpose purpose, std::string_view text) const {
    if (text.size() != kShortSize) return std::nullopt;
    const auto bytes = text::from_base64url(text);
    return bytes ? verify(purpose, *bytes) : std::nullopt;
}

std::optional<Link> LinkSigner::verify(Link::Purpose purpose, std::string_view bytes) const {
    if (bytes.size() != kPayload + kMac) return std::nullopt;
    const std::string_view payload = bytes.substr(0, kPayload);
    if (!crypto::equal_in_constant_time(mac_of(key_, purpose, payload), bytes.substr(kPayload))) return std::nullopt;
    return Link{.purpose = purpose,
                .clinic = ClinicId{int64_t(read_big_endian(payload.substr(0, 3)))},
                .subject = int64_t(read_big_endian(payload.substr(3, 8))),
                .generation = uint8_t(payload[11])};
}

}  // namespace clinicpro::clinics
