// Anything may be posted to a callback address: reading it never crashes, and what reads as paid names an amount and a receipt.
#include <cstdint>
#include <cstdlib>

#include "daraja/c2b.hpp"
#include "daraja/callbacks.hpp"
#include "daraja/result.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    if (const auto read = clinicpro::daraja::read_stk_callback(body); read && read->is_paid()) {
        if (!read->metadata || read->metadata->receipt.empty() || !read->metadata->amount.is_positive()) std::abort();
    }
    if (const auto read = clinicpro::daraja::read_c2b(body)) {
        if (read->receipt.empty() || !read->amount.is_positive()) std::abort();
    }
    (void)clinicpro::daraja::read_result(body);
    return 0;
}
