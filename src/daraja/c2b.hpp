// c2b.hpp: the customer pays the paybill or till himself (daraja.md 4).
//
// Registering the two URLs, answering validation, reading a confirmation (which means: money has moved), and telling
// whether a payer could be a patient of ours. STK payments arrive here too, with the same receipt, so keep receipts
// unique across channels (4.4). Tested by daraja/c2b_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/money.hpp"
#include "base/phone.hpp"
#include "daraja/callback_url.hpp"
#include "daraja/environment.hpp"
#include "daraja/reply.hpp"
#include "net/http.hpp"

namespace clinicpro::daraja {

// --- register ---

enum class C2bVersion { kV1 = 1, kV2 = 2 };  // must match the app's product: a setting (daraja.md 4.1 E)

struct C2bUrls {
    C2bVersion version = C2bVersion::kV2;
    std::string shortcode;
    std::string confirmation_url;
    std::string validation_url;
    // What M-Pesa does when our validation does not answer within about 8 s: complete the payment, or cancel it.
    bool complete_when_unreachable = true;
};

// Error kInvalid or kConfig naming the field; both URLs pass check_callback_url first.
Result<net::ClientRequest> register_request(const Endpoint& endpoint, const Secret<>& token, const C2bUrls& urls);

struct Registered {};
struct AlreadyRegistered {  // production allows one registration: change it in the portal (Self Services, URL
                            // Management)
    std::string sentence;
};
// Unknown is harmless here: registering again either works or is AlreadyRegistered.
using RegisterReply = std::variant<Registered, AlreadyRegistered, Refused, InvalidToken, NotSent, Unknown>;
RegisterReply read_register_reply(const net::Outcome& outcome);

// --- simulate (sandbox only) ---

struct C2bSimulation {
    C2bVersion version = C2bVersion::kV2;
    ShortcodeKind kind = ShortcodeKind::kPaybill;
    std::string shortcode;
    Money amount;  // whole shillings
    Msisdn payer;
    std::string bill_reference;  // null is sent for a till
};
// Error kConfig against a production endpoint: it is not supported there (daraja.md 4.7).
Result<net::ClientRequest> simulate_request(const Endpoint& endpoint, const Secret<>& token,
                                            const C2bSimulation& payment);
// Answers like a registration.
RegisterReply read_simulate_reply(const net::Outcome& outcome);

// --- validation and confirmation ---

inline constexpr size_t kC2bTextMax = 128;  // free text is clipped to this, never refused: the money has moved

struct C2bPayment {
    std::string transaction_type;  // "Pay Bill", "Buy Goods", "Customer Merchant Payment", ...: do not branch on it
    std::string receipt;           // TransID: the dedupe key
    std::optional<Instant> paid_at;
    Money amount;  // above zero
    std::string shortcode;
    std::string bill_reference;  // what the customer typed, trimmed; empty for tills
    std::string invoice_number;
    std::optional<Money> org_balance;  // absent in validation
    std::string third_party_id;
    std::string msisdn;  // opaque: digits, masked, SHA-256, masked SHA-256, or empty; personal data in every form
    std::string first_name, middle_name, last_name;
};

// The same reader for validation and confirmation: their keys are the same (daraja.md 4.4). Every scalar may be a
// string or a number. Error kInvalid naming TransID, TransAmount or BusinessShortCode; everything else may be missing.
Result<C2bPayment> read_c2b(std::string_view body);

enum class C2bReject { kMsisdn, kAccountNumber, kAmount, kKyc, kShortcode, kOther };  // C2B00011 .. C2B00016
inline constexpr size_t kC2bRejectTextMax = 90;

std::string accept_validation(std::string_view third_party_id = {});
// `text` is clipped to kC2bRejectTextMax bytes; empty means "Rejected".
std::string reject_validation(C2bReject why, std::string_view text = {});
std::string confirmation_ack();

// --- who paid ---

enum class PayerMatch {
    kNo,        // somebody else, or the field says nothing
    kPossible,  // the digits that are shown agree: about one number in 100,000 does
    kExact,     // the whole number, its SHA-256, or a masked SHA-256 that still shows 64 bits
};
// A hint for a person or a tie-break: match payments by account number and receipt first (daraja.md 4.6).
PayerMatch match_payer(const Msisdn& payer, std::string_view msisdn_field);

}  // namespace clinicpro::daraja
