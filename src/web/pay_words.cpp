#include "web/pay_words.hpp"

#include "daraja/codes.hpp"

namespace clinicpro::web {

std::string_view reason_of(std::string_view code) {
    struct Row {
        std::string_view code, reason;
    };
    // daraja.md 2.5. Codes that a patient can do the same about share a reason.
    static constexpr Row kReasons[] = {
        {"1", "funds"},         {"2", "too_little"},   {"3", "too_much"},     {"4", "daily"},
        {"8", "clinic_full"},   {"11", "setup"},       {"17", "repeated"},    {"20", "setup"},
        {"21", "setup"},        {"26", "busy"},        {"1001", "session"},   {"1019", "expired"},
        {"1025", "display"},    {"1031", "cancelled"}, {"1032", "cancelled"}, {"1036", "unreached"},
        {"1037", "unreached"},  {"1101", "setup"},     {"1102", "setup"},     {"2001", "pin"},
        {"2006", "account"},    {"2008", "account"},   {"2026", "expired"},   {"2028", "setup"},
        {"4999", "processing"}, {"8006", "locked"},    {"9999", "busy"},      {"SFC_IC0003", "setup"}};
    if (code.empty()) return "not_sent";
    for (const Row& row : kReasons) {
        if (row.code == code) return row.reason;
    }
    return "other";
}

bool is_hopeless(std::string_view code) {
    const auto reason = reason_of(code);
    return reason == "setup" || reason == "clinic_full" || reason == "too_little";
}

Why why_failed(const payments::Transaction& failed, const Words& words) {
    const std::string reason(reason_of(failed.result_code));
    return {words("pay.why." + reason), words("pay.then." + reason)};
}

}  // namespace clinicpro::web
