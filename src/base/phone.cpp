#include "base/phone.hpp"

namespace clinicpro {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::unexpected<Error> bad_phone() {
    return fail(Code::kInvalid,
                "This is not a Kenyan mobile number. Write it like 0712 345 678 or +254712345678.");
}

}  // namespace

Result<Msisdn> Msisdn::parse(std::string_view text) {
    constexpr size_t kLongest = 40;  // generous for spaces and brackets; a bound against nonsense
    if (text.size() > kLongest) return bad_phone();
    std::string digits;
    bool plus = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_digit(c)) {
            digits += c;
        } else if (c == '+' && digits.empty() && !plus) {
            plus = true;
        } else if (c == '-' && digits.empty()) {
            return bad_phone();  // a negative number, not a phone
        } else if (c != ' ' && c != '-' && c != '(' && c != ')' && c != '.' && c != '\t') {
            return bad_phone();
        }
    }
    if (digits.starts_with("00254")) digits.erase(0, 2);
    // +254 (0)712...: the trunk zero people leave in.
    if (digits.size() == 13 && digits.starts_with("2540")) digits.erase(3, 1);
    if (!plus && digits.size() == 10 && digits[0] == '0') digits = "254" + digits.substr(1);
    if (!plus && digits.size() == 9) digits = "254" + digits;
    if (digits.size() != 12 || !digits.starts_with("254") || (digits[3] != '7' && digits[3] != '1')) {
        return bad_phone();
    }
    return Msisdn(std::move(digits));
}

std::string Msisdn::masked() const { return digits_.substr(0, 4) + "*****" + digits_.substr(9); }

bool Msisdn::fits_mask(std::string_view masked) const {
    std::string compact;
    for (const char c : masked) {
        if (c == ' ') continue;
        if (!is_digit(c) && c != '*') return false;
        compact += c;
    }
    // The count of stars varies between samples, so the head is compared from the left and the tail from the right.
    const size_t head = compact.find('*');
    if (head == std::string::npos) return compact == digits_;
    const size_t tail = compact.size() - compact.find_last_of('*') - 1;
    if (head < 3 || head + tail > digits_.size()) return false;
    return digits_.compare(0, head, compact, 0, head) == 0 &&
           digits_.compare(digits_.size() - tail, tail, compact, compact.size() - tail, tail) == 0;
}

}  // namespace clinicpro
