// What people type: phones, amounts, times, ids and links. Never a crash; what is read is written and read again.
#include <cstdint>
#include <cstdlib>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/phone.hpp"
#include "base/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace clinicpro;
    const std::string_view typed(reinterpret_cast<const char*>(data), size);
    if (const auto phone = Msisdn::parse(typed)) {
        const auto again = Msisdn::parse(phone->digits());
        if (!again || *again != *phone || !phone->fits_mask(phone->masked())) std::abort();
    }
    if (const auto amount = Money::parse(typed)) {
        const auto again = Money::parse(amount->to_text());
        if (!again || *again != *amount) std::abort();
    }
    if (const auto at = parse_iso(typed)) {
        const auto again = parse_iso(to_iso(*at));
        if (at->micros % 1'000 == 0 && (!again || *again != *at)) std::abort();
    }
    if (const auto id = InvoiceId::parse(typed)) {
        if (id->to_text() != typed) std::abort();
    }
    if (const auto bytes = text::from_base64url(typed)) {
        if (text::to_base64url(*bytes) != typed) std::abort();
    }
    (void)text::percent_decode(typed);
    (void)text::is_utf8(typed);
    return 0;
}
