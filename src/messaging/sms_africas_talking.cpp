#include "messaging/sms_africas_talking.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace clinicpro::messaging {
namespace {

using Why = Refused::Why;

constexpr Duration kAnswerMax = 30s;  // with enqueue=1 it answers in about a second
constexpr size_t kIdMax = 100;        // "ATXid_" and 32 characters in practice
constexpr size_t kShownMax = 120;     // of the provider's own words in a sentence

struct CodeRow {
    std::string_view code;
    Why why;
    std::string_view sentence;
};
// The status of one recipient (meetings.md 6.1). 100 to 102 are acceptance and stand in accepted().
constexpr CodeRow kCodes[] = {
    {"401", Why::kAccount,
     "Africa's Talking holds this message back for a risk check. Ask its support, then send it again."},
    {"402", Why::kAccount,
     "Africa's Talking does not know the sender id. Correct it in the messaging settings, then send this again."},
    {"403", Why::kRecipient, "This phone number cannot get SMS. Correct the patient's number, then send this again."},
    {"404", Why::kRecipient,
     "This kind of phone number cannot get SMS. Correct the patient's number, then send this again."},
    {"405", Why::kAccount, "The SMS account has no money left. Top it up, then send this again."},
    {"406", Why::kRecipient, "This person has blocked messages of this sender. Call, or send it by mail."},
    {"407", Why::kPassing, "No network could be found for this phone."},
    {"409", Why::kRecipient, "This person takes no SMS of this kind. Call, or send it by mail."},
    {"500", Why::kPassing, "Africa's Talking had a fault of its own."},
    {"501", Why::kPassing, "Africa's Talking could not reach the mobile network."},
    {"502", Why::kRecipient, "The mobile network refused this message. Check the number and the text."},
};

struct StatusRow {
    std::string_view status;
    Handset handset;
    std::string_view sentence;
};
constexpr StatusRow kStatuses[] = {
    {"Sent", Handset::kUnderWay, ""},
    {"Submitted", Handset::kUnderWay, ""},
    {"Buffered", Handset::kUnderWay, ""},
    {"Success", Handset::kDelivered, ""},
    {"AbsentSubscriber", Handset::kUndelivered, "The phone was switched off or out of reach."},
    {"Expired", Handset::kUndelivered, "The mobile network dropped this message for its content or sender id."},
    {"Rejected", Handset::kFailed, "The message was rejected"},
    {"Failed", Handset::kFailed, "The message did not arrive"},
};

struct ReasonRow {
    std::string_view reason;
    std::string_view sentence;
};
constexpr ReasonRow kReasons[] = {
    {"InsufficientCredit", "the SMS account has no money left: top it up, then send this again."},
    {"InvalidLinkId", "the message was sent as a premium one."},
    {"UserIsInactive", "the phone is switched off or its line is not active."},
    {"UserInBlackList", "this person has blocked messages of this sender."},
    {"UserAccountSuspended", "this person's line is suspended."},
    {"NotNetworkSubcriber", "the number is with no network that could be reached."},
    {"UserNotSubscribedToProduct", "the message was sent as a premium one."},
    {"UserDoesNotExist", "the number does not exist: correct it, then send this again."},
    {"DeliveryFailure", "the network gave no reason."},
};

bool accepted(std::string_view code) {
    return code == "100" || code == "101" || code == "102";
}

std::string shown(std::string_view words) {
    const std::string_view line = text::trim(words.substr(0, words.find_first_of("\r\n")));
    const std::string_view clipped = text::clip(line, kShownMax);
    return text::is_utf8(clipped) ? std::string(clipped) : std::string();
}

Refused account_refused(std::string_view words) {
    const std::string said = shown(words);
    return {Why::kAccount, "Africa's Talking refused the clinic's account" + (said.empty() ? "" : " (" + said + ")") +
                               ". Correct the user name and API key in the messaging settings, then send this again."};
}

Delivery read_recipient(json::View recipient) {
    const std::string code = recipient["statusCode"].scalar_if_any().value_or("");
    const std::string id = recipient["messageId"].scalar_if_any().value_or("");
    const bool has_id = !id.empty() && id != "None" && id.size() <= kIdMax;
    if (accepted(code)) return Sent{has_id ? id : std::string()};
    for (const CodeRow& row : kCodes) {
        if (row.code == code) return Refused{row.why, std::string(row.sentence)};
    }
    const std::string status = shown(recipient["status"].scalar_if_any().value_or(""));
    if (has_id) return Unknown{"Africa's Talking answered with the status " + code + " " + status + "."};
    return Refused{Why::kRecipient, "Africa's Talking refused this message (" + code + " " + status + ")."};
}

Delivery read_accepted(const std::string& body) {
    const auto document = json::Document::parse(body);
    // XML although JSON was asked for, or half an answer: the message is probably on its way.
    if (!document) return Unknown{"Africa's Talking took the request, but its answer cannot be read."};
    const json::View data = document->root()["SMSMessageData"];
    const json::View recipients = data["Recipients"];
    if (recipients.kind() != json::Kind::kArray) {
        return Unknown{"Africa's Talking took the request, but its answer names no recipients."};
    }
    if (recipients.size() > 0) return read_recipient(recipients.at(0));  // one request has one recipient
    const std::string words = shown(data["Message"].scalar_if_any().value_or(""));
    if (text::contains_ignoring_case(words, "sender")) {
        return Refused{Why::kAccount,
                       "Africa's Talking does not know the sender id. Correct it in the messaging "
                       "settings, then send this again."};
    }
    if (text::contains_ignoring_case(words, "balance")) {
        return Refused{Why::kAccount, "The SMS account has no money left. Top it up, then send this again."};
    }
    return Refused{Why::kRecipient, "Africa's Talking took no recipient of this message" +
                                        (words.empty() ? "" : " (" + words + ")") +
                                        ". Correct the patient's number, then send this again."};
}

}  // namespace

std::string_view to_string(SmsEnvironment environment) {
    switch (environment) {
        case SmsEnvironment::kLive: return "live";
        case SmsEnvironment::kSandbox: return "sandbox";
        case SmsEnvironment::kCustom: return "custom";
    }
    return "";
}

std::optional<SmsEnvironment> sms_environment_from(std::string_view word) {
    for (const auto one : {SmsEnvironment::kLive, SmsEnvironment::kSandbox, SmsEnvironment::kCustom}) {
        if (to_string(one) == word) return one;
    }
    return std::nullopt;
}

std::string SmsAccount::endpoint() const {
    switch (environment) {
        case SmsEnvironment::kLive: return "https://api.africastalking.com/version1/messaging";
        case SmsEnvironment::kSandbox: return "https://api.sandbox.africastalking.com/version1/messaging";
        case SmsEnvironment::kCustom: return base_url + "/version1/messaging";
    }
    return {};
}

Step SmsAfricasTalking::send(const Message& message) {
    net::ClientRequest request;
    request.url = account_.endpoint();
    request.headers = {{"Accept", "application/json"},  // or it answers in XML
                       {"Content-Type", "application/x-www-form-urlencoded"},
                       {"apiKey", account_.api_key.reveal()}};
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!request.body.empty()) request.body += '&';
        request.body += std::string(name) + "=" + text::percent_encode(value);
    };
    add("username", account_.username);
    add("to", "+" + message.to.digits());
    add("message", message.body);
    if (!account_.sender_id.empty()) add("from", account_.sender_id);
    add("bulkSMSMode", "1");
    add("enqueue", "1");  // it answers at once and queues on its side
    request.timeout = kAnswerMax;
    return request;
}

Delivery SmsAfricasTalking::read_answer(const net::Outcome& outcome) {
    if (const auto* not_sent = std::get_if<net::NotSent>(&outcome)) {
        return Refused{Why::kPassing, "Africa's Talking cannot be reached: " + not_sent->reason + "."};
    }
    if (const auto* unknown = std::get_if<net::Unknown>(&outcome)) return Unknown{unknown->reason};
    const auto& response = std::get<net::Response>(outcome);
    switch (response.status) {
        case 200:  // documented is 201; one that says 200 with the same body means the same
        case 201: return read_accepted(response.body);
        case 401:
        case 403: return account_refused(response.body);
        case 429:
        case 503: return Refused{Why::kPassing, "Africa's Talking is busy."};
        default: break;
    }
    // A gateway's 500, 502 or 504 may come after the message was taken.
    if (response.status >= 500) return Unknown{"Africa's Talking answered " + std::to_string(response.status) + "."};
    return Refused{Why::kAccount, "Africa's Talking refused the request with " + std::to_string(response.status) +
                                      ". Check the messaging settings, then send this again."};
}

std::string_view to_string(Handset handset) {
    switch (handset) {
        case Handset::kUnderWay: return "under_way";
        case Handset::kUndelivered: return "undelivered";
        case Handset::kFailed: return "failed";
        case Handset::kDelivered: return "delivered";
    }
    return "";
}

std::optional<Handset> handset_from(std::string_view word) {
    for (const auto one : {Handset::kUnderWay, Handset::kUndelivered, Handset::kFailed, Handset::kDelivered}) {
        if (to_string(one) == word) return one;
    }
    return std::nullopt;
}

bool may_follow(std::optional<Handset> known, Handset news) {
    return !known || (!is_final(*known) && int(news) > int(*known));
}

Result<DeliveryReport> read_delivery_report(std::string_view form) {
    const net::Request fields{.query = std::string(form)};
    DeliveryReport report{.provider_id = fields.query_value("id")};
    const std::string status = fields.query_value("status");
    if (report.provider_id.empty() || report.provider_id.size() > kIdMax || !text::is_utf8(report.provider_id)) {
        return fail(Code::kInvalid, "A delivery report names its message in \"id\".", "id");
    }
    for (const StatusRow& row : kStatuses) {
        if (row.status != status) continue;
        report.handset = row.handset;
        report.sentence = row.sentence;
        if (row.handset != Handset::kFailed) return report;
        const std::string reason = fields.query_value("failureReason");
        std::string why = "no reason was given.";
        for (const ReasonRow& one : kReasons) {
            if (one.reason == reason) why = one.sentence;
        }
        report.sentence += ": " + why;
        return report;
    }
    return fail(Code::kInvalid, "A delivery report has a \"status\" such as Success or Failed.", "status");
}

}  // namespace clinicpro::messaging
