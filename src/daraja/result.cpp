// result.cpp: reads the acknowledgement and the Result body, in every shape the portal's samples have.
#include "daraja/result.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "daraja/callbacks.hpp"
#include "daraja/fields.hpp"
#include "daraja/gateway.hpp"

namespace clinicpro::daraja {
namespace {

constexpr size_t kDescMax = 300;
constexpr size_t kValueMax = 4096;  // AccountBalance is the longest: about 400

// An array of entries, or one entry on its own (daraja.md 5.1).
Result<std::vector<ResultEntry>> read_entries(const json::View& list) {
    std::vector<ResultEntry> out;
    const bool single = list.kind() == json::Kind::kObject;
    const size_t count = single ? 1 : list.size();
    if (count > kResultEntriesMax) {
        return fail(Code::kTooLarge, "\"" + list.path() + "\" has more entries than Safaricom ever sends.",
                    list.path());
    }
    for (size_t i = 0; i < count; ++i) {
        const json::View entry = single ? list : list.at(i);
        auto key = entry["Key"].text();
        if (!key) continue;
        ResultEntry read{*std::move(key), std::nullopt};
        if (auto value = entry["Value"].scalar_if_any()) read.value = text::clip(*value, kValueMax);
        out.push_back(std::move(read));
    }
    return out;
}

Result<std::vector<ResultEntry>> read_list(const json::View& outer, std::string_view inner) {
    return read_entries(outer.kind() == json::Kind::kArray ? outer : outer[inner]);
}

AckReply read_acknowledged(const net::Response& response) {
    const auto document = json::Document::parse(response.body);
    if (!document) return Unknown{"Safaricom answered yes, but not in JSON"};
    const json::View root = document->root();
    const std::string code = fields::optional_text(root["ResponseCode"], 64);
    if (code.empty()) return Unknown{"Safaricom's answer has no ResponseCode"};
    if (code != "0") {
        return Refused{
            .code = code,
            .sentence = "Safaricom did not queue the request. Check the M-Pesa settings, or try again later."};
    }
    Acknowledged out{fields::optional_text(root["OriginatorConversationID"], kIdentifierMax),
                     fields::optional_text(root["ConversationID"], kIdentifierMax)};
    if (out.originator_conversation_id.empty() && out.conversation_id.empty()) {
        return Unknown{"Safaricom accepted the request but named no id for it"};
    }
    return out;
}

}  // namespace

AckReply read_ack(const net::Outcome& outcome) {
    if (const auto* response = std::get_if<net::Response>(&outcome); response != nullptr && response->status >= 400) {
        if (read_fault(*response).code == "500.002.1001") return AlreadyAccepted{};
    }
    gateway::Judged judged = gateway::judge(outcome);
    if (auto* refused = std::get_if<Refused>(&judged)) return std::move(*refused);
    if (std::holds_alternative<InvalidToken>(judged)) return InvalidToken{};
    if (auto* not_sent = std::get_if<NotSent>(&judged)) return std::move(*not_sent);
    if (auto* unknown = std::get_if<Unknown>(&judged)) return std::move(*unknown);
    return read_acknowledged(*std::get<const net::Response*>(judged));
}

std::optional<std::string> ResultCallback::parameter(std::string_view key) const {
    for (const ResultEntry& entry : parameters) {
        if (entry.key == key && entry.value) return entry.value;
    }
    return std::nullopt;
}

std::vector<std::string> ResultCallback::parameters_named(std::string_view key) const {
    std::vector<std::string> out;
    for (const ResultEntry& entry : parameters) {
        if (entry.key == key && entry.value) out.push_back(*entry.value);
    }
    return out;
}

Error error_of(const ResultCallback& callback) {
    CHECK(!callback.is_success());
    struct Row {
        std::string_view codes;  // separated by spaces
        Code code;
        std::string_view sentence;
    };
    static constexpr Row kRows[] = {
        {" R000001 15 ", Code::kConflict, "M-Pesa has done this before. Nothing more moved."},
        {" 2040 ", Code::kConflict, "The receiver is not registered with M-Pesa. Use another number."},
        {" R000002 ", Code::kNotFound, "M-Pesa does not know this transaction. Check the receipt and the shortcode."},
        {" 11 18 20 21 22 2001 2006 2008 2028 8006 SFC_IC0003 ", Code::kConfig,
         "M-Pesa refused the initiator or the shortcode. Check the initiator's name, password and roles before "
         "trying again: repeated failures lock it."},
        {" 17 26 1001 ", Code::kUnavailable, "M-Pesa is too busy. Try again in a few minutes."},
        {" 1 ", Code::kInvalid, "There is not enough money in the account. Top up the Utility account and try again."},
        {" 2 3 4 8 ", Code::kInvalid, "The amount is outside an M-Pesa limit. Use another amount, or try tomorrow."},
        {" 24 25 29 ", Code::kInvalid,
         "M-Pesa found a field missing or malformed. Check the receipt and the shortcode."},
    };
    const std::string detail = "result " + callback.code;
    if (callback.code.find(' ') == std::string::npos) {
        const std::string wanted = " " + callback.code + " ";
        for (const Row& row : kRows) {
            if (row.codes.find(wanted) != std::string_view::npos)
                return {row.code, std::string(row.sentence), {}, detail};
        }
    }
    return {Code::kUnknown,
            "M-Pesa answered with a code we do not know (" + callback.code +
                "). Look at the transaction in the M-Pesa portal before doing it again.",
            {},
            detail};
}

Result<ResultCallback> read_result(std::string_view body) {
    TRY(const auto document, json::Document::parse(body));
    const json::View result = document.root()["Result"];
    ResultCallback out;
    TRY(out.code, fields::identifier(result["ResultCode"], kIdentifierMax));
    out.more_follow = fields::optional_text(result["ResultType"], 8) == "1";
    out.desc = fields::optional_text(result["ResultDesc"], kDescMax);
    out.originator_conversation_id = fields::optional_text(result["OriginatorConversationID"], kIdentifierMax);
    out.conversation_id = fields::optional_text(result["ConversationID"], kIdentifierMax);
    if (out.originator_conversation_id.empty() && out.conversation_id.empty()) {
        return fail(Code::kInvalid, "This result names neither OriginatorConversationID nor ConversationID.",
                    "Result.ConversationID");
    }
    out.transaction_id = fields::optional_text(result["TransactionID"], kIdentifierMax);
    constexpr std::string_view kDummyTail = "0000000";
    if (!out.is_success() && out.transaction_id.ends_with(kDummyTail)) out.transaction_id.clear();
    TRY(out.parameters, read_list(result["ResultParameters"], "ResultParameter"));
    TRY(out.references, read_list(result["ReferenceData"], "ReferenceItem"));
    return out;
}

}  // namespace clinicpro::daraja
