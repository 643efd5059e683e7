#include "sandbox/result_codes.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr ResultTexts kTexts[] = {
    {"0", "The service request is processed successfully.", "The service request is processed successfully."},
    {"1", "The balance is insufficient for the transaction.", "The balance is insufficient for the transaction"},
    {"2", "Declined due to limit rule: less than the minimum transaction amount.",
     "The amount is less than the minimum"},
    {"3", "Declined due to limit rule: greater than the maximum transaction amount.",
     "The amount is above the maximum"},
    {"4", "Declined due to limit rule: would exceed daily transfer limit.", "Would exceed daily transfer limit"},
    {"8", "Declined due to limit rule: would exceed the account maximum balance.", "Would exceed maximum balance"},
    {"17", "Rule limited.", "Rule limited"},
    {"11", "The DebitParty is in an invalid state.", "The DebitParty is in an invalid state"},
    {"21", "The initiator is not allowed to initiate this request.", "The initiator is not allowed"},
    {"25", "The request parameter is invalid.", "The request parameter is invalid"},
    {"26", "System busy. The service request is rejected.", "System busy"},
    {"1001", "Unable to lock subscriber, a transaction is already in process for the current subscriber",
     "A transaction is already in process for the current subscriber"},
    {"1019", "Transaction has expired", "The transaction has expired."},
    {"1025", "An error occurred while sending a push request", "Unable to send push request"},
    {"1031", "Request cancelled by user", "Request Cancelled by user."},
    {"1032", "Request cancelled by user", "Request Cancelled by user."},
    {"1036", "SMSC ACK timeout.", "SMSC ACK timeout"},
    {"1037", "No response from user.", "DS timeout user cannot be reached."},
    {"1101", "The STK prompt prefix is too long.", "STK prompt prefix too long"},
    {"1102", "The STK authentication message is too long.", "STK authentication message too long"},
    {"2001", "The initiator information is invalid.", "The initiator information is invalid"},
    {"2006", "Declined due to account rule: The account status does not allow this transaction.",
     "Declined due to account rule"},
    {"2040", "Credit party customer type is not supported: unregistered customer.", "Unregistered customer"},
    {"2028", "The request is not permitted according to product assignment.",
     "The request is not permitted according to product assignment"},
    {"8006", "The security credential is locked.", "The security credential is locked"},
    {"9999", "An error occurred while sending a push request", "Request failed"},
    {"R000001", "The transaction has already been reversed.", "The transaction has already been reversed"},
    {"R000002", "The OriginalTransactionID is invalid.", "The OriginalTransactionID is invalid"},
    {"SFC_IC0003", "The operator does not exist.", "The operator does not exist"},
};

const ResultTexts* find(std::string_view code) {
    for (const ResultTexts& row : kTexts) {
        if (row.code == code) return &row;
    }
    return nullptr;
}

}  // namespace

std::string callback_text(std::string_view code, bool other) {
    const ResultTexts* row = find(code);
    if (row == nullptr) return "Request failed with code " + std::string(code);
    return std::string(other ? row->query : row->callback);
}

std::string query_text(std::string_view code, bool other) {
    const ResultTexts* row = find(code);
    if (row == nullptr) return "Failed: " + std::string(code);
    return std::string(other ? row->callback : row->query);
}

bool is_numeric(std::string_view code) {
    if (code.size() > 1 && code.front() == '0') return false;  // 03 is not a JSON number
    return !code.empty() && code.size() <= 9 && code.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace clinicpro::sandbox
