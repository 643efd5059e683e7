// codes.cpp: table 2.5 of daraja.md, one row a code, each with the sentence for the desk.
//
// Where sources disagree the row takes the reading that cannot lose money: 1037 stays open, an unknown code settles
// nothing. Tested by daraja/codes_test.
#include "daraja/codes.hpp"

namespace clinicpro::daraja {
namespace {

struct Row {
    std::string_view code;
    ResultMeaning meaning;
};

constexpr Duration kGap = 60s;         // between two pushes to one phone (daraja.md 8)
constexpr Duration kRepeatGap = 120s;  // same amount, same customer (code 17)
constexpr Duration kLockGap = 120s;    // one to three minutes (code 1001)
constexpr Duration kBusyGap = 180s;    // "a few minutes"
constexpr Duration kDayGap = 86'400s;  // a daily limit
constexpr Duration kAskAgain = 15s;    // daraja.md 3

// A final answer after which the same patient can be asked again.
constexpr ResultMeaning again(ResultClass result_class, Duration wait, std::string_view sentence) {
    return {
        .result_class = result_class, .final = true, .new_push_makes_sense = true, .wait = wait, .sentence = sentence};
}

// A final answer that the same push would only get again.
constexpr ResultMeaning stop(ResultClass result_class, std::string_view sentence) {
    return {.result_class = result_class, .final = true, .sentence = sentence};
}

constexpr std::string_view kSetup =
    "M-Pesa refused the clinic's shortcode settings. Take the payment another way and tell the administrator to "
    "check the paybill or till number and its kind.";
constexpr std::string_view kTexts =
    "The text on the payment prompt is too long for M-Pesa. Tell the administrator to shorten the clinic's account "
    "names.";
constexpr std::string_view kCancelled =
    "The request was cancelled on the phone, or nobody answered it in time. Ask the patient, then send it again.";
constexpr std::string_view kRule =
    "M-Pesa could not complete this for the patient's account. Try once more, or let the patient pay to the paybill "
    "directly.";

constexpr Row kRows[] = {
    {"0", {.result_class = ResultClass::kPaid, .final = true, .sentence = "Paid. Nothing more to do."}},
    {"1",
     again(
         ResultClass::kInsufficientFunds, kGap,
         "There is not enough money in this M-Pesa account. The patient can top up, use Fuliza or another number; then "
         "send the request again.")},
    {"2",
     stop(ResultClass::kLimit, "The amount is below M-Pesa's minimum. Take it in cash or add it to another invoice.")},
    {"3", stop(ResultClass::kLimit,
               "The amount is above M-Pesa's limit for one payment. Ask for it in smaller, unequal parts.")},
    {"4", again(ResultClass::kLimit, kDayGap,
                "The patient has reached the M-Pesa limit for today. Use another number, or try again tomorrow.")},
    {"8",
     stop(
         ResultClass::kLimit,
         "The clinic's own M-Pesa account is full. Tell the administrator to move money out; take this payment another "
         "way.")},
    {"11", stop(ResultClass::kConfiguration, kSetup)},
    {"17",
     again(
         ResultClass::kRepeated, kRepeatGap,
         "M-Pesa refuses the same amount from the same phone within two minutes. Wait two minutes and send it again.")},
    {"20", stop(ResultClass::kConfiguration, kSetup)},
    {"21", stop(ResultClass::kConfiguration, kSetup)},
    {"26", again(ResultClass::kBusy, kBusyGap, "M-Pesa is overloaded. Wait a few minutes and send the request again.")},
    {"1001",
     again(ResultClass::kBusy, kLockGap,
           "Another M-Pesa request is open on this phone. Let the patient close it, wait two minutes and send again.")},
    {"1019", again(ResultClass::kExpired, kGap, "The request ran out before it was answered. Send it again.")},
    {"1025",
     again(ResultClass::kConfiguration, kGap,
           "M-Pesa could not show the request on the phone. Try once more; if it happens again, tell the administrator "
           "that the names on the prompt are too long.")},
    {"1031", again(ResultClass::kCancelled, kGap, kCancelled)},
    {"1032", again(ResultClass::kCancelled, kGap, kCancelled)},
    {"1036", again(ResultClass::kNoAnswer, kGap,
                   "The phone could not be reached. Check that it is on and has signal, then send the request again.")},
    {"1037",
     {.result_class = ResultClass::kNoAnswer,
      .final = false,
      .disputed = true,
      .new_push_makes_sense = true,
      .wait = kGap,
      .sentence =
          "The phone was not reached, or the answer came too late. Check that no M-Pesa message arrived, then send the "
          "request again or let the patient pay to the paybill directly."}},
    {"1101", stop(ResultClass::kConfiguration, kTexts)},
    {"1102", stop(ResultClass::kConfiguration, kTexts)},
    {"2001", again(ResultClass::kWrongPin, kGap,
                   "The M-Pesa PIN was wrong. Send the request again; three wrong PINs lock the patient's account.")},
    {"2006", again(ResultClass::kBlocked, kGap, kRule)},
    {"2008", again(ResultClass::kBlocked, kGap, kRule)},
    {"2026", again(ResultClass::kExpired, kGap, kRule)},
    {"2028", stop(ResultClass::kConfiguration, kSetup)},
    {"4999",
     {.result_class = ResultClass::kStillProcessing,
      .final = false,
      .wait = kAskAgain,
      .sentence = "The patient has not finished yet. Wait; this page follows by itself."}},
    {"8006", stop(ResultClass::kBlocked,
                  "The patient's M-Pesa is locked. The patient must call Safaricom on 100 or 200; take the payment "
                  "another way.")},
    {"9999",
     again(ResultClass::kBusy, kBusyGap, "M-Pesa could not send the request. Wait a few minutes and send it again.")},
    {"SFC_IC0003", stop(ResultClass::kConfiguration, kSetup)},
};

constexpr ResultMeaning kNotInTable = {
    .result_class = ResultClass::kUnknown,
    .final = false,
    .wait = kAskAgain,
    .sentence =
        "M-Pesa gave an answer we do not know. It may still be paid: check the patient's M-Pesa message before asking "
        "again."};

}  // namespace

std::string_view to_string(ResultClass result_class) {
    switch (result_class) {
        case ResultClass::kPaid: return "paid";
        case ResultClass::kCancelled: return "cancelled";
        case ResultClass::kNoAnswer: return "no_answer";
        case ResultClass::kWrongPin: return "wrong_pin";
        case ResultClass::kInsufficientFunds: return "insufficient_funds";
        case ResultClass::kLimit: return "limit";
        case ResultClass::kRepeated: return "repeated";
        case ResultClass::kBusy: return "busy";
        case ResultClass::kExpired: return "expired";
        case ResultClass::kBlocked: return "blocked";
        case ResultClass::kConfiguration: return "configuration";
        case ResultClass::kStillProcessing: return "still_processing";
        case ResultClass::kUnknown: return "unknown";
    }
    return "unknown";
}

const ResultMeaning& meaning_of(std::string_view result_code) {
    for (const Row& row : kRows) {
        if (row.code == result_code) return row.meaning;
    }
    return kNotInTable;
}

std::vector<std::string_view> known_result_codes() {
    std::vector<std::string_view> codes;
    for (const Row& row : kRows) codes.push_back(row.code);
    return codes;
}

}  // namespace clinicpro::daraja
