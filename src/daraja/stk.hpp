// stk.hpp: STK push (M-Pesa Express): asks one phone to pay one amount (daraja.md 2.1 - 2.3).
//
// Daraja has no idempotency key for it: two pushes are two prompts and can be two payments. So read_push_reply keeps
// "certainly no prompt" (Refused, InvalidToken, NotSent) apart from Unknown, and an Unknown push must not be sent
// again. Accepted means the prompt is queued, never that money moved. Tested by daraja/stk_test.
#pragma once

#include <string>
#include <variant>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/money.hpp"
#include "base/phone.hpp"
#include "daraja/environment.hpp"
#include "daraja/reply.hpp"
#include "net/http.hpp"

namespace clinicpro::daraja {

inline constexpr Money kPushMin = Money::from_shillings(1);
inline constexpr Money kPushMax = Money::from_shillings(250'000);  // daraja.md 8
inline constexpr size_t kAccountReferenceMax = 12;                 // daraja.md 2.1, shown on the prompt
inline constexpr size_t kDescriptionMax = 13;

struct Push {
    ShortcodeKind kind = ShortcodeKind::kPaybill;
    std::string business_shortcode;  // paybill: the paybill. Till: the STORE or head-office number, not the till
    std::string party_b;             // paybill: empty or the same. Till: the till number
    Secret<> passkey;
    Money amount;  // whole shillings, kPushMin .. kPushMax
    Msisdn payer;
    std::string callback_url;       // one per payment, with an unguessable segment (daraja.md 2.7, 6.1)
    std::string account_reference;  // 1 .. kAccountReferenceMax ASCII letters and digits
    std::string description;        // 0 .. kDescriptionMax ASCII letters, digits and spaces; empty is left out
};

// Error kInvalid or kConfig naming the field, before anything is sent.
Result<net::ClientRequest> push_request(const Endpoint& endpoint, const Secret<>& token, const Push& push, Instant now);

struct Accepted {
    std::string merchant_request_id;
    std::string checkout_request_id;  // holds the payer's phone number: personal data, opaque, up to 64 characters
};
using PushReply = std::variant<Accepted, Refused, InvalidToken, NotSent, Unknown>;
PushReply read_push_reply(const net::Outcome& outcome);

// base64(shortcode + passkey + timestamp); `stamp` is yyyyMMddHHmmss in EAT and must equal the Timestamp field.
Secret<> push_password(std::string_view shortcode, const Secret<>& passkey, std::string_view stamp);

}  // namespace clinicpro::daraja
