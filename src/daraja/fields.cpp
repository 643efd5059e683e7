// fields.cpp: what every request checks and every answer tolerates.
#include "daraja/fields.hpp"

#include "base/text.hpp"

namespace clinicpro::daraja::fields {
namespace {

bool is_printable_ascii(std::string_view text) {
    for (const char c : text) {
        if (c <= 0x20 || c > 0x7e) return false;
    }
    return true;
}

}  // namespace

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_letters_and_digits(std::string_view text) {
    for (const char c : text) {
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return false;
    }
    return !text.empty();
}

Result<> check_shillings(Money amount, Money least, Money most, std::string_view field) {
    if (!amount.is_whole_shillings()) {
        return fail(Code::kInvalid, "M-Pesa moves whole shillings only. Round the amount.", std::string(field));
    }
    if (amount < least || amount > most) {
        return fail(Code::kInvalid,
                    "M-Pesa moves between " + least.to_display() + " and " + most.to_display() + " at a time.",
                    std::string(field));
    }
    return {};
}

Result<> check_text(std::string_view text, size_t least, size_t most, std::string_view field) {
    bool clean = text::is_utf8(text);
    for (const char c : text) clean = clean && uint8_t(c) >= 0x20 && uint8_t(c) != 0x7f;
    if (clean && text.size() >= least && text.size() <= most) return {};
    return fail(Code::kInvalid,
                "This text must be " + std::to_string(least) + " to " + std::to_string(most) +
                    " characters without line breaks.",
                std::string(field));
}

Result<> check_identifier(std::string_view text, std::string_view field) {
    constexpr size_t kMost = 128;
    if (!text.empty() && text.size() <= kMost && is_printable_ascii(text)) return {};
    return fail(Code::kInvalid, "This identifier must be 1 to 128 printable characters without spaces.",
                std::string(field));
}

Result<std::string> identifier(const json::View& view, size_t most) {
    TRY(const std::string raw, view.scalar());
    const std::string_view trimmed = text::trim(raw);
    if (trimmed.empty()) return fail(Code::kInvalid, "\"" + view.path() + "\" is empty.", view.path());
    if (trimmed.size() > most || !is_printable_ascii(trimmed)) {
        return fail(Code::kInvalid, "\"" + view.path() + "\" is not an identifier that Safaricom would send.",
                    view.path());
    }
    return std::string(trimmed);
}

std::string optional_text(const json::View& view, size_t most) {
    const auto raw = view.scalar_if_any();
    return raw ? std::string(text::trim(text::clip(text::trim(*raw), most))) : std::string();
}

std::optional<Money> signed_money(std::string_view text) {
    text = text::trim(text);
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const auto size = Money::parse(text);
    if (!size) return std::nullopt;
    return negative ? Money::from_cents(-size->cents()) : *size;
}

std::optional<Instant> time(std::string_view text) {
    text = text::trim(text);
    std::string stamp(text);
    const auto part = [&](size_t from, size_t count) { return std::string(text.substr(from, count)); };
    if (text.size() == 19 && text[2] == '.' && text[5] == '.' && text[10] == ' ') {
        stamp = part(6, 4) + part(3, 2) + part(0, 2) + part(11, 2) + part(14, 2) + part(17, 2);
    } else if (text.size() >= 19 && text[4] == '-' && text[7] == '-' && (text[10] == 'T' || text[10] == ' ')) {
        stamp = part(0, 4) + part(5, 2) + part(8, 2) + part(11, 2) + part(14, 2) + part(17, 2);
    }
    const auto at = parse_eat_stamp(stamp);
    if (!at) return std::nullopt;
    return *at;
}

}  // namespace clinicpro::daraja::fields
