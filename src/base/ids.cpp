#include "base/ids.hpp"

#include <algorithm>

namespace clinicpro {
namespace {

constexpr int64_t kEpochMillis = 1'735'689'600'000;  // 2025-01-01T00:00:00Z
constexpr int kSequenceBits = 14;
constexpr int kNodeBits = 8;
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford base 32
constexpr size_t kDigits = 13;                                              // 65 bits hold 63

}  // namespace

std::string encode_id(std::string_view prefix, int64_t value) {
    std::string text(prefix.size() + 1 + kDigits, '0');
    std::copy(prefix.begin(), prefix.end(), text.begin());
    text[prefix.size()] = '_';
    for (size_t i = 0; i < kDigits; ++i, value >>= 5) {
        text[text.size() - 1 - i] = kAlphabet[size_t(value & 31)];
    }
    return text;
}

Result<int64_t> decode_id(std::string_view prefix, std::string_view text) {
    const auto bad = [&] {
        return fail(Code::kNotFound, "There is nothing here under this id. It should start with \"" +
                                         std::string(prefix) + "_\" and have 13 characters after that.");
    };
    if (text.size() != prefix.size() + 1 + kDigits || !text.starts_with(prefix) || text[prefix.size()] != '_') {
        return bad();
    }
    uint64_t value = 0;
    for (const char c : text.substr(prefix.size() + 1)) {
        const size_t digit = kAlphabet.find(c);
        if (digit == std::string_view::npos || value >> 58 != 0) return bad();
        value = value << 5 | digit;
    }
    if (value == 0 || value > uint64_t(INT64_MAX)) return bad();
    return int64_t(value);
}

int64_t first_id_at(Instant at) {
    const int64_t millis = at.micros / 1000 - kEpochMillis;
    return millis <= 0 ? 0 : millis << (kNodeBits + kSequenceBits);
}

IdMaker::IdMaker(const Clock& clock, int node) : clock_(clock), node_(node) {
    CHECK(node >= 0 && node < 1 << kNodeBits);
}

int64_t IdMaker::next() {
    const std::lock_guard lock(mutex_);
    // A clock that steps back, or a full millisecond, borrows from the future rather than repeat an id.
    const int64_t millis = std::max(clock_.now().micros / 1000 - kEpochMillis, last_millis_);
    sequence_ = millis == last_millis_ ? sequence_ + 1 : 0;
    last_millis_ = millis;
    if (sequence_ >> kSequenceBits != 0) {
        ++last_millis_;
        sequence_ = 0;
    }
    return (last_millis_ << (kNodeBits + kSequenceBits)) | (node_ << kSequenceBits) | sequence_;
}

}  // namespace clinicpro
