// Anything may be posted to a callback address. Reading it never crashes; what reads as paid names an amount and a
// receipt; and no text that is kept of it is longer than its limit or unreadable.
#include <cstdint>

#include "base/json.hpp"
#include "base/text.hpp"
#include "daraja/c2b.hpp"
#include "daraja/callbacks.hpp"
#include "daraja/result.hpp"
#include "messaging/sms_africas_talking.hpp"

namespace {

using namespace clinicpro;

constexpr size_t kDescMax = 300;

void check_identifier(std::string_view id) {
    CHECK(!id.empty() && id.size() <= daraja::kIdentifierMax && text::is_utf8(id));
}

void stk(std::string_view body) {
    const auto read = daraja::read_stk_callback(body);
    if (!read) return CHECK(!read.error().message.empty());
    check_identifier(read->merchant_request_id);
    check_identifier(read->checkout_request_id);
    CHECK(!read->result_code.empty() && read->result_desc.size() <= kDescMax && text::is_utf8(read->result_desc));
    CHECK(read->is_paid() == read->metadata.has_value());
    if (!read->metadata) return;
    check_identifier(read->metadata->receipt);
    CHECK(read->metadata->amount.is_positive());
}

void c2b(std::string_view body) {
    static const Msisdn patient = *Msisdn::parse("0708374149");
    const auto read = daraja::read_c2b(body);
    if (!read) return CHECK(!read.error().message.empty());
    check_identifier(read->receipt);
    CHECK(read->amount.is_positive() && !read->shortcode.empty());
    for (const std::string& text : {read->transaction_type, read->bill_reference, read->invoice_number,
                                    read->third_party_id, read->msisdn, read->first_name, read->last_name}) {
        CHECK(text.size() <= daraja::kC2bTextMax && text::is_utf8(text));
    }
    (void)daraja::match_payer(patient, read->msisdn);
    // What validation answers repeats a stranger's words: it is JSON whatever they are.
    CHECK(json::Document::parse(daraja::accept_validation(read->third_party_id)));
    CHECK(json::Document::parse(daraja::reject_validation(daraja::C2bReject::kOther, read->bill_reference)));
}

void result(std::string_view body) {
    const auto read = daraja::read_result(body);
    if (!read) return CHECK(!read.error().message.empty());
    CHECK(!read->code.empty() && read->desc.size() <= kDescMax && text::is_utf8(read->desc));
    CHECK(!read->originator_conversation_id.empty() || !read->conversation_id.empty());
    CHECK(read->parameters.size() <= daraja::kResultEntriesMax && read->references.size() <= daraja::kResultEntriesMax);
    for (const auto& entry : read->parameters) {
        const auto first = read->parameter(entry.key);
        CHECK(!entry.value || first);
    }
    if (!read->is_success()) CHECK(!daraja::error_of(*read).message.empty());
}

void delivery_report(std::string_view body) {
    const auto report = messaging::read_delivery_report(body);
    if (!report) return CHECK(!report.error().message.empty());
    CHECK(!report->provider_id.empty());
    CHECK(!messaging::may_follow(messaging::Handset::kDelivered, report->handset));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(data), size);
    stk(body);
    c2b(body);
    result(body);
    delivery_report(body);
    // Not posted to us, and a stranger's words as well: an answer to a request of ours.
    const net::Outcome answer = net::Response{.status = 201, .headers = {}, .body = std::string(body)};
    (void)messaging::SmsAfricasTalking::read_answer(answer);
    (void)daraja::read_ack(answer);
    return 0;
}
