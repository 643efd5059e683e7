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

// What the items say that are looked for. They stand in any order, and some have no Value; of two with one the first counts.
struct Items {
    std::optional<std::string> amount, receipt, date, phone;

    std::optional<std::string>* named(std::string_view name) {
        if (name == "Amount") return &amount;
        if (name == "MpesaReceiptNumber") return &receipt;
        if (name == "TransactionDate") return &date;
        if (name == "PhoneNumber") return &phone;
        return nullptr;
    }
};

Items read_items(const json::View& items) {
    Items found;
    const bool single = items.kind() == json::Kind::kObject;
    const size_t count = single ? 1 : std::min(items.size(), kItemsMax);
    for (size_t i = 0; i < count; ++i) {
        const json::View entry = single ? items : items.at(i);
        const auto name = entry["Name"].text();
        std::optional<std::string>* const place = name ? found.named(*name) : nullptr;
        if (place != nullptr && !*place) *place = entry["Value"].scalar_if_any();
    }
    return found;
}

std::unexpected<Error> lacks(const json::View& items, std::string_view name) {
    const std::string path = items.path() + "[" + std::string(name) + "]";
    return fail(Code::kInvalid, "This callback says paid but has no usable \"" + std::string(name) + "\".", path);
}

Result<StkCallback::Metadata> read_metadata(const json::View& items) {
    const Items found = read_items(items);
    StkCallback::Metadata metadata;
    if (!found.amount) return lacks(items, "Amount");
    const auto money = Money::parse(text::trim(*found.amount));
    if (!money || !money->is_positive()) return lacks(items, "Amount");
    metadata.amount = *money;

    const auto& receipt = found.receipt;
    if (!receipt || receipt->size() > kIdentifierMax || !fields::is_letters_and_digits(text::trim(*receipt))) {
        return lacks(items, "MpesaReceiptNumber");
    }
    metadata.receipt = text::trim(*receipt);
    if (found.date) metadata.transaction_at = fields::time(*found.date);
    if (found.phone) metadata.phone = text::clip(text::trim(*found.phone), kPhoneMax);
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
