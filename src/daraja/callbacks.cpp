// callbacks.cpp: reads the STK callback by item name, and insists on amount and receipt when it says paid.
#include "daraja/callbacks.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "daraja/fields.hpp"

namespace clinicpro::daraja {
namespace {

constexpr size_t kItemsMax = 32;  // five today; a bound for the scan
constexpr size_t kDescMax = 300;
constexpr size_t kPhoneMax = 64;

// The Value of the item with this Name. The items stand in any order and some have no Value.
std::optional<std::string> item(const json::View& items, std::string_view name) {
    const bool single = items.kind() == json::Kind::kObject;
    const size_t count = single ? 1 : std::min(items.size(), kItemsMax);
    for (size_t i = 0; i < count; ++i) {
        const json::View entry = single ? items : items.at(i);
        const auto key = entry["Name"].text();
        if (!key || *key != name) continue;
        if (auto value = entry["Value"].scalar_if_any()) return value;
    }
    return std::nullopt;
}

std::unexpected<Error> lacks(const json::View& items, std::string_view name) {
    const std::string path = items.path() + "[" + std::string(name) + "]";
    return fail(Code::kInvalid, "This callback says paid but has no usable \"" + std::string(name) + "\".", path);
}

Result<StkCallback::Metadata> read_metadata(const json::View& items) {
    StkCallback::Metadata metadata;
    const auto amount = item(items, "Amount");
    if (!amount) return lacks(items, "Amount");
    const auto money = Money::parse(text::trim(*amount));
    if (!money || !money->is_positive()) return lacks(items, "Amount");
    metadata.amount = *money;

    const auto receipt = item(items, "MpesaReceiptNumber");
    if (!receipt || receipt->size() > kIdentifierMax || !fields::is_letters_and_digits(text::trim(*receipt))) {
        return lacks(items, "MpesaReceiptNumber");
    }
    metadata.receipt = text::trim(*receipt);
    if (const auto date = item(items, "TransactionDate")) metadata.transaction_at = fields::time(*date);
    if (const auto phone = item(items, "PhoneNumber")) metadata.phone = text::clip(text::trim(*phone), kPhoneMax);
    return metadata;
}

}  // namespace

Result<StkCallback> read_stk_callback(std::string_view body) {
    TRY(const auto document, json::Document::parse(body));
    const json::View callback = document.root()["Body"]["stkCallback"];
    StkCallback out;
    TRY(out.merchant_request_id, fields::identifier(callback["MerchantRequestID"], kIdentifierMax));
    TRY(out.checkout_request_id, fields::identifier(callback["CheckoutRequestID"], kIdentifierMax));
    TRY(out.result_code, fields::identifier(callback["ResultCode"], kIdentifierMax));
    out.result_desc = fields::optional_text(callback["ResultDesc"], kDescMax);
    if (out.is_paid()) {
        TRY(out.metadata, read_metadata(callback["CallbackMetadata"]["Item"]));
    }
    return out;
}

std::string ack_body() {
    return R"({"ResultCode":0,"ResultDesc":"Accepted"})";
}

}  // namespace clinicpro::daraja
