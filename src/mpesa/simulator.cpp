#include "mpesa/simulator.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "mpesa/callback.hpp"
#include "mpesa/provider_ids.hpp"

namespace clinicpro::mpesa::simulator {
namespace {

using payments::Evidence;
using payments::Witness;


Result<Config> load_for_play(store::ClinicTx& tx, clinics::Vault& vault) {
    TRY(Config config, config::load(tx, vault));
    if (config.environment == Environment::kProduction) {
        return fail(Code::kForbidden,
                    "This clinic is in production, where a simulated payment would be forged money. Use a sandbox clinic.");
    }
    return config;
}

std::string receipt_of(const Payment& payment, Instant now, crypto::Entropy& entropy) {
    return payment.receipt.empty() ? make_receipt(now, entropy) : payment.receipt;
}

}  // namespace

std::string make_receipt(Instant now, crypto::Entropy& entropy) {
    static constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const std::string stamp = to_eat_stamp(now);
    const int year = std::stoi(stamp.substr(0, 4)), month = std::stoi(stamp.substr(4, 2)), day = std::stoi(stamp.substr(6, 2));
    std::string receipt;
    receipt += char('A' + (year - 2006) % 26);
    receipt += char('A' + month - 1);
    receipt += char(day < 10 ? '0' + day : 'A' + day - 10);
    for (const char byte : entropy.bytes(7)) receipt += kLetters[uint8_t(byte) % kLetters.size()];
    return receipt;
}

std::string stk_body(const std::string& merchant_request_id, const std::string& checkout_request_id, const Payment& payment,
                     const std::string& receipt, Instant now) {
    const bool paid = payment.result_code == "0";
    json::Writer w;
    w.begin_object().key("Body").begin_object().key("stkCallback").begin_object();
    w.field("MerchantRequestID", merchant_request_id).field("CheckoutRequestID", checkout_request_id);
    const bool numeric = payment.result_code.find_first_not_of("0123456789") == std::string::npos;
    w.key("ResultCode");
    numeric ? w.raw(payment.result_code) : w.value(payment.result_code);
    w.field("ResultDesc", paid ? "The service request is processed successfully." : "Request not completed");
    if (paid) {
        const auto item = [&](std::string_view name, const std::string& json) {
            w.begin_object().field("Name", name).key("Value").raw(json).end_object();
        };
        w.key("CallbackMetadata").begin_object().key("Item").begin_array();
        item("Amount", payment.amount.to_text());
        item("MpesaReceiptNumber", "\"" + receipt + "\"");
        w.begin_object().field("Name", "Balance").end_object();
        item("TransactionDate", to_eat_stamp(now));
        item("PhoneNumber", payment.payer.digits());
        w.end_array().end_object();
    }
    w.end_object().end_object().end_object();
    return w.take();
}

std::string c2b_body(const Config& config, const Payment& payment, const std::string& receipt, Instant now) {
    const bool till = config.shortcode_kind == daraja::ShortcodeKind::kTill;
    // v1 hashes the number, v2 masks it (daraja.md 4.6).
    const std::string& digits = payment.payer.digits();
    const std::string msisdn = config.c2b_version == daraja::C2bVersion::kV1
                                   ? text::to_hex(crypto::sha256(digits))
                                   : digits.substr(0, 4) + " ***** " + digits.substr(9);
    json::Writer w;
    w.begin_object()
        .field("TransactionType", till ? "Customer Merchant Payment" : "Pay Bill")
        .field("TransID", receipt)
        .field("TransTime", to_eat_stamp(now))
        .field("TransAmount", payment.amount.to_text())
        .field("BusinessShortCode", config.shortcode)
        .field("BillRefNumber", till ? std::string() : payment.account)
        .field("InvoiceNumber", "")
        .field("OrgAccountBalance", payment.amount.to_text())
        .field("ThirdPartyTransID", "")
        .field("MSISDN", msisdn)
        .field("FirstName", "SIMULATED")
        .end_object();
    return w.take();
}

Result<Post> stk(jobs::Context& context, store::ClinicTx& tx, const Parts& parts, InvoiceId invoice, const Payment& payment) {
    TRY(const Config config, load_for_play(tx, parts.vault));
    const Instant now = context.now();
    TransactionId id;
    ProviderIds ids;
    TRY(const auto attempts, payments::ledger::of_invoice(tx, invoice));
    for (const payments::Transaction& t : attempts) {
        if (t.method != kStkMethod || t.state != payments::State::kPending) continue;
        TRY(ids, load_provider_ids(tx, parts.vault, t.id));
        id = t.id;
    }
    if (!ids.known()) {
        TRY(const crypto::DataKey* key, parts.vault.key(tx));
        id = context.ids().make<TransactionId>();
        TRY(payments::ledger::insert(context, tx,
                                     {.id = id,
                                      .method = std::string(kStkMethod),
                                      .invoice = invoice,
                                      .amount_expected = payment.amount,
                                      .account = payment.account,
                                      .payer_masked = payment.payer.masked(),
                                      .payer_mark = key->fingerprint(payment.payer.digits(), payments::kPayerPurpose),
                                      .payer_sealed = key->seal(payment.payer.digits() + "\nsimulated", payments::kPayerPurpose, parts.entropy),
                                      .actor = "simulator"}));
        const std::string& digits = payment.payer.digits();
        const std::string stamp = to_eat_stamp(now);
        ids = {parts.entropy.hex(2) + "-" + parts.entropy.hex(2) + "-" + parts.entropy.hex(2) + "-" + parts.entropy.hex(6) + "1",
               "ws_CO_" + stamp.substr(6, 2) + stamp.substr(4, 2) + stamp.substr(0, 4) + stamp.substr(8) +
                   std::to_string(now.micros / 1000 % 1000) + digits.substr(3)};
        TRY(save_provider_ids(tx, parts.vault, id, ids));
        for (const auto kind : {Evidence::Kind::kSendStarted, Evidence::Kind::kAccepted}) {
            TRY(const payments::Transaction t, payments::ledger::find(tx, id));
            TRY(payments::ledger::record(context, tx, t, {.kind = kind, .witness = Witness::kPerson}));
        }
    }
    const std::string url = callback::stk_url(config, parts.links, tx.clinic(), id);
    return Post{url.substr(config.callback_base_url.size()),
                stk_body(ids.merchant_request_id, ids.checkout_request_id, payment, receipt_of(payment, now, parts.entropy), now), id};
}

Result<Post> c2b(store::ClinicTx& tx, const Parts& parts, const Payment& payment, Instant now) {
    TRY(const Config config, load_for_play(tx, parts.vault));
    const std::string url = callback::c2b_confirmation_url(config, parts.links, tx.clinic());
    return Post{url.substr(config.callback_base_url.size()),
                c2b_body(config, payment, receipt_of(payment, now, parts.entropy), now),
                {}};
}

}  // namespace clinicpro::mpesa::simulator
