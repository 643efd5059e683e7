// simulator.hpp: faithful callback bodies, for trying a clinic's flow without a phone or a till.
//
// Posts to a running server what Safaricom would post: `clinicpro simulate stk --invoice INV-123456 --clinic 1 --amount 1000
// --phone 254712345678`, and the same with `c2b`. Refused for a clinic in production: it would be forging money.
// Tested by mpesa/simulator_test and the demo.
#pragma once

#include <string>

#include "mpesa/stk_push.hpp"

namespace clinicpro::mpesa::simulator {

struct Payment {
    Money amount;
    Msisdn payer;
    std::string account;  // as the payer would type it
    std::string result_code = "0";
    std::string receipt = {};  // empty: drawn by make_receipt, so that one in 78 thousand million is like another
};

// A receipt as M-Pesa writes them: year, month and day letters, then seven random ones (daraja.md 2.4).
std::string make_receipt(Instant now, crypto::Entropy& entropy);

// The success or failure callback of a prompt (daraja.md 2.4, 2.5).
std::string stk_body(const std::string& merchant_request_id, const std::string& checkout_request_id, const Payment& payment,
                     const std::string& receipt, Instant now);
// The confirmation of a paybill or till payment (daraja.md 4.4), in the clinic's C2B version.
std::string c2b_body(const Config& config, const Payment& payment, const std::string& receipt, Instant now);

// What to post where.
struct Post {
    std::string path;  // of this server
    std::string body;
    TransactionId transaction;  // the attempt an STK callback is about
};
// Takes the invoice's open prompt, or commits an attempt as if one had been accepted, and writes its callback. The attempt
// never reaches Safaricom. kForbidden in production.
Result<Post> stk(jobs::Context& context, store::ClinicTx& tx, const Parts& parts, InvoiceId invoice, const Payment& payment);
Result<Post> c2b(store::ClinicTx& tx, const Parts& parts, const Payment& payment, Instant now);

}  // namespace clinicpro::mpesa::simulator
