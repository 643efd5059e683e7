// transfers.hpp: money going out: reversal of a customer's payment, and B2C pay-out (daraja.md 5.4, 5.5).
//
// Acknowledgements are read by read_ack (result.hpp). A reversal has no idempotency key, but a second one for the same
// receipt ends in R000001; B2C v3 has one, OriginatorConversationID: a repeat is AlreadyAccepted. B2C cannot be
// reversed. Field names are Safaricom's, misspellings and all (5.1). Tested by daraja/transfers_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/money.hpp"
#include "base/phone.hpp"
#include "daraja/environment.hpp"
#include "daraja/initiator.hpp"
#include "daraja/result.hpp"
#include "net/http.hpp"

namespace clinicpro::daraja {

struct Reversal {
    std::string receipt;    // the C2B or STK payment to undo
    Money amount;           // whole shillings, above zero
    std::string shortcode;  // ours: the one that was paid
    std::string remarks = "Refund";
    std::string occasion;  // at most kRemarksMax; left out when empty
};
// Errors name the field; nothing is sent.
Result<net::ClientRequest> reversal_request(const Endpoint& endpoint, const Secret<>& token, const Initiator& initiator,
                                            const ResultUrls& urls, const Reversal& reversal);

struct ReversalResult {
    std::string receipt;           // of the reversal itself
    std::string original_receipt;  // may be empty
    std::optional<Money> amount;
    std::optional<Instant> completed_at;
};
// Errors: error_of(callback) (result.hpp); kConflict means it was reversed before. kInvalid when a success has no
// receipt.
Result<ReversalResult> read_reversal_result(const ResultCallback& callback);

inline constexpr Money kB2cMin = Money::from_shillings(10);
inline constexpr Money kB2cMax = Money::from_shillings(250'000);
inline constexpr size_t kOriginatorIdMax = 64;

enum class B2cPurpose { kBusinessPayment, kSalaryPayment, kPromotionPayment };

struct B2cPayment {
    std::string originator_conversation_id;  // ours, unique for ever: letters, digits, - and _, 1 .. kOriginatorIdMax
    B2cPurpose purpose = B2cPurpose::kBusinessPayment;
    Money amount;           // whole shillings, kB2cMin .. kB2cMax; leaves the Utility account
    std::string shortcode;  // the B2C shortcode
    Msisdn payee;
    std::string remarks = "Refund";
    std::string occasion;  // at most kRemarksMax; left out when empty
};
Result<net::ClientRequest> b2c_request(const Endpoint& endpoint, const Secret<>& token, const Initiator& initiator,
                                       const ResultUrls& urls, const B2cPayment& payment);

struct B2cResult {
    std::string receipt;
    std::optional<Money> amount;
    std::string receiver;  // "2547... - NAME": personal data
    std::optional<bool> receiver_is_registered;
    std::optional<Instant> completed_at;
    std::optional<Money> utility_funds, working_funds;
};
// Errors: error_of(callback); kInvalid when a success has no receipt.
Result<B2cResult> read_b2c_result(const ResultCallback& callback);

}  // namespace clinicpro::daraja
