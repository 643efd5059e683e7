#include "sandbox/sms.hpp"

#include "base/text.hpp"
#include "sandbox/fields.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kKeptMax = 20'000;  // older ones are forgotten, so a load test does not fill memory
constexpr size_t kToMax = 1'000;     // numbers in one request
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kDefaultSender = "AFRICASTKNG";
constexpr int64_t kBalanceAtFirst = 100'000'00;  // cents
constexpr int64_t kPartCents = 80;

struct CodeName {
    std::string_view code;
    std::string_view name;
};
constexpr CodeName kCodes[] = {
    {"100", "Processed"},
    {"101", "Success"},
    {"102", "Queued"},
    {"401", "RiskHold"},
    {"402", "InvalidSenderId"},
    {"403", "InvalidPhoneNumber"},
    {"404", "UnsupportedNumberType"},
    {"405", "InsufficientBalance"},
    {"406", "UserInBlacklist"},
    {"407", "CouldNotRoute"},
    {"409", "DoNotDisturbRejection"},
    {"500", "InternalServerError"},
    {"501", "GatewayError"},
    {"502", "RejectedByGateway"},
};

std::string name_of(std::string_view code) {
    for (const CodeName& row : kCodes) {
        if (row.code == code) return std::string(row.name);
    }
    return "Unknown";
}

// Counted on its own: plain ASCII as GSM-7, all else as UCS-2.
int64_t parts_of(std::string_view text) {
    bool ascii = true;
    int64_t units = 0;
    for (const char c : text) {
        const auto byte = uint8_t(c);
        ascii = ascii && byte < 0x80;
        if ((byte & 0xC0) != 0x80) units += byte >= 0xF0 ? 2 : 1;
    }
    const int64_t one = ascii ? 160 : 70, each = ascii ? 153 : 67;
    return units <= one ? 1 : (units + each - 1) / each;
}

Answer plain(int status, std::string body) {
    return {net::Response::text(status, std::move(body)), {}};
}

std::string shillings(int64_t cents) {
    return "KES " + std::to_string(cents / 100) + "." + std::to_string(cents % 100 / 10) + std::to_string(cents % 10) +
           "00";
}

std::string cost_of(int64_t parts) {
    return shillings(kPartCents * parts);
}

std::string xml_of(std::string_view message, const std::vector<SmsSent>& recipients) {
    std::string out =
        "<AfricasTalkingResponse><SMSMessageData><Message>" + text::escape_html(message) + "</Message><Recipients>";
    for (const SmsSent& r : recipients) {
        out += "<Recipient><number>+" + r.phone + "</number><cost>" + cost_of(r.parts) + "</cost><status>" + r.status +
               "</status><messageId>" + r.id + "</messageId></Recipient>";
    }
    return out + "</Recipients></SMSMessageData></AfricasTalkingResponse>";
}

std::string json_of(std::string_view message, const std::vector<SmsSent>& recipients) {
    json::Writer out;
    out.begin_object().key("SMSMessageData").begin_object().field("Message", message).key("Recipients").begin_array();
    for (const SmsSent& r : recipients) {
        out.begin_object().key("statusCode").raw(r.code).field("number", "+" + r.phone);
        out.field("cost", r.id == "None" ? std::string("0") : cost_of(r.parts)).field("status", r.status);
        out.field("messageId", r.id).end_object();
    }
    out.end_array().end_object().end_object();
    return out.take();
}

}  // namespace

struct SmsProvider::Asked {
    const SmsAccount& account;
    std::string from;
    std::string message;
    bool enqueue = false;
};

const SmsAccount* SmsProvider::account(std::string_view username, std::string_view key) const {
    for (const SmsAccount& one : world_.config.sms_accounts) {
        if (one.username == username && one.api_key.reveal() == key) return &one;
    }
    return nullptr;
}

Answer SmsProvider::send(const net::Request& request, Instant now) {
    if (request.method != "POST") return plain(405, "Method Not Allowed");
    const std::string_view type = text::trim(text::split(request.header("Content-Type"), ';').front());
    if (type != "application/x-www-form-urlencoded") return plain(400, "Request body must be a form");
    const net::Request form{.query = request.body};
    const SmsAccount* who = account(form.query_value("username"), request.header("apiKey"));
    if (who == nullptr) return plain(401, "The supplied authentication is invalid");
    for (const std::string_view name : {"to", "message"}) {
        if (form.query_value(name).empty()) {
            return plain(400, "Request is missing required form field '" + std::string(name) + "'");
        }
    }
    const std::string to = form.query_value("to");
    const auto numbers = text::split(to, ',');
    if (numbers.size() > kToMax) return plain(400, "Too many recipients");
    Asked asked{*who, form.query_value("from"), form.query_value("message"), form.query_value("enqueue") == "1"};
    std::vector<SmsSent> recipients;
    std::string message;
    if (!asked.from.empty() && !who->senders.contains(asked.from)) {
        message = "InvalidSenderId";  // with no recipients at all
    } else {
        int64_t good = 0, parts = 0;
        for (const std::string_view number : numbers) {
            recipients.push_back(take(asked, text::trim(number), now));
            const bool taken = recipients.back().id != "None";
            good += taken;
            parts += taken ? recipients.back().parts : 0;
        }
        message =
            "Sent to " + std::to_string(good) + "/" + std::to_string(numbers.size()) + " Total Cost: " + cost_of(parts);
    }
    const bool json = request.header("Accept").find("application/json") != std::string_view::npos;
    Answer answer;
    answer.response = json ? net::Response::json(201, json_of(message, recipients))
                           : net::Response{201, {{"Content-Type", "text/xml"}}, xml_of(message, recipients)};
    return answer;
}

Answer SmsProvider::user(const net::Request& request) const {
    if (request.method != "GET") return plain(405, "Method Not Allowed");
    const SmsAccount* who = account(request.query_value("username"), request.header("apiKey"));
    if (who == nullptr) return plain(401, "The supplied authentication is invalid");
    int64_t spent = 0;
    for (const SmsSent& sms : sent_) {
        if (sms.username == who->username && sms.id != "None") spent += sms.parts * kPartCents;
    }
    json::Writer out;
    out.begin_object().key("UserData").begin_object();
    out.field("balance", shillings(std::max<int64_t>(0, kBalanceAtFirst - spent))).end_object().end_object();
    return {net::Response::json(200, out.take()), {}};
}

SmsSent SmsProvider::take(const Asked& asked, std::string_view to, Instant now) {
    SmsSent sms;
    sms.username = asked.account.username;
    sms.from = asked.from.empty() ? std::string(kDefaultSender) : asked.from;
    sms.text = asked.message;
    sms.parts = parts_of(asked.message);
    sms.at = world_.stamp(now);
    sms.id = "None";
    sms.phone = to.starts_with('+') ? to.substr(1) : to;
    const Subject subject{kSmsPath, sms.phone, {}};
    if (!to.starts_with('+') || !is_payer(sms.phone)) {
        sms.code = "403";
    } else if (const Fault* fault = world_.faults.draw("sms_refused", subject, world_.dice)) {
        sms.code = fault->code.empty() ? "500" : fault->code;
    } else {
        sms.code = asked.enqueue ? "102" : "101";
        sms.id = "ATXid_" + world_.dice.pick(kHex, 32);
    }
    sms.status = sms.id == "None" ? name_of(sms.code) : "Success";
    sent_.push_back(sms);
    if (sent_.size() > kKeptMax) sent_.pop_front();
    if (sms.id != "None") plan_reports(sms, asked.account, now);
    return sms;
}

Delivery SmsProvider::delivery(const SmsSent& sms, const std::string& url, std::string_view status,
                               std::string_view reason) {
    Delivery d;
    d.kind = "sms_report";
    d.about = sms.id;
    d.phone = sms.phone;
    d.url = url;
    d.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    d.body = "id=" + text::percent_encode(sms.id) + "&status=" + text::percent_encode(status) +
             "&phoneNumber=" + text::percent_encode("+" + sms.phone) + "&networkCode=63902&retryCount=0";
    if (!reason.empty()) d.body += "&failureReason=" + text::percent_encode(reason);
    return d;
}

void SmsProvider::arrive(const std::string& id, Instant at) {
    for (SmsSent& sms : sent_) {
        if (sms.id != id) continue;
        sms.handset = "Success";
        world_.handsets.tell(world_.customer(sms.phone), world_.stamp(at), sms.from + ": " + sms.text);
    }
}

// What happens to an accepted message, and what is said of it afterwards.
void SmsProvider::plan_reports(const SmsSent& sms, const SmsAccount& who, Instant now) {
    const Subject subject{kSmsPath, sms.phone, {}};
    const Range& usual = world_.config.timing.callback;
    const Instant arrives = now + world_.dice.between(usual.least, usual.most);
    std::string status = "Success", reason;
    if (const Fault* fault = world_.faults.draw("sms_undelivered", subject, world_.dice)) {
        status = fault->code.empty() ? "Failed" : fault->code;
        if (status == "Failed" || status == "Rejected") reason = "UserIsInactive";
    }
    if (status == "Success") {
        world_.schedule.at(arrives, [this, id = sms.id](Instant at) { arrive(id, at); });
    }
    if (who.report_url.empty()) return;
    const Delivery last = delivery(sms, who.report_url, status, reason);
    if (world_.faults.draw("sms_report_lost", subject, world_.dice) != nullptr) {
        world_.outbox.lose(last, arrives);
        return;
    }
    Instant due = arrives + world_.dice.between(usual.least, usual.most);
    if (const Fault* late = world_.faults.draw("sms_report_late", subject, world_.dice)) due = due + late->wait(300);
    world_.outbox.post(last, due);
    // "Submitted" comes before or after the final word: nothing keeps them in order.
    const Duration apart = world_.dice.between(usual.least, usual.most);
    world_.outbox.post(delivery(sms, who.report_url, "Submitted", {}),
                       world_.dice.chance(0.5) ? due - apart : due + apart);
    if (const Fault* twice = world_.faults.draw("sms_report_duplicate", subject, world_.dice)) {
        for (int64_t i = 1; i < twice->times; ++i) world_.outbox.post(last, due + twice->wait(0.5) * i);
    }
}

Result<int64_t> SmsProvider::report(const Report& wanted, Instant now) {
    SmsSent sms;
    sms.id = wanted.id;
    sms.phone = "254700000001";
    std::string url = wanted.url;
    for (const SmsSent& one : sent_) {
        if (one.id != wanted.id) continue;
        sms = one;
        for (const SmsAccount& who : world_.config.sms_accounts) {
            if (url.empty() && who.username == one.username) url = who.report_url;
        }
    }
    UrlRules rules{
        .http_anywhere = true, .upper_case_host_refused = false, .forbidden_words = false, .public_testers = false};
    if (!is_callback_url(url, rules)) {
        return fail(Code::kInvalid, "Give the url to send the report to; the account of this id has none.", "url");
    }
    Delivery d = delivery(sms, url, wanted.status, wanted.reason);
    d.fault = "asked for";
    return world_.outbox.post(std::move(d), now);
}

}  // namespace clinicpro::sandbox
