// callbacks.hpp: the STK callback, as Safaricom posts it to CallBackURL (daraja.md 2.4, 2.5).
//
// Nothing in it is signed, and the format is public: a caller must tie it to a push it made (secret path segment, both
// ids, amount) before believing it (6.1). Items are found by name; a missing Value, a number or a string are all fine.
// C2B bodies are in c2b.hpp, Result bodies in result.hpp. Tested by daraja/callbacks_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/money.hpp"

namespace clinicpro::daraja {

inline constexpr size_t kIdentifierMax = 128;  // Safaricom's own are up to 64 characters (daraja.md 0.4)

struct StkCallback {
    std::string merchant_request_id;
    std::string checkout_request_id;
    std::string result_code;  // as text; see codes.hpp
    std::string result_desc;  // not stable: show it to operators, never branch on it. Clipped to 300 bytes

    struct Metadata {  // only when result_code is "0"
        Money amount;
        std::string receipt;  // the M-Pesa code; the same as C2B's TransID
        std::optional<Instant> transaction_at;
        std::string phone;  // digits, masked, or empty (daraja.md 2.4 E): do not depend on it, never log it
    };
    std::optional<Metadata> metadata;

    bool is_paid() const { return result_code == "0"; }  // then metadata is there
};

// Error kInvalid that names the path: not JSON, an id or ResultCode missing, or a success without a receipt or amount.
Result<StkCallback> read_stk_callback(std::string_view body);

// The answer to any STK or Result callback: HTTP 200 with this. Its content is evidently unchecked (daraja.md 6.3).
std::string ack_body();

}  // namespace clinicpro::daraja
