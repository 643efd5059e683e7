#include "sandbox/faults.hpp"

#include <cstdlib>

namespace clinicpro::sandbox {

std::span<const FaultName> fault_names() {
    static const FaultName names[] = {
        {"response_lost_after_queue", "the request is processed, then the connection is cut (after `seconds`)"},
        {"request_lost", "the connection is cut before anything is processed"},
        {"slow_response", "the answer takes `seconds` (10) longer"},
        {"http_500", "500 as JSON 500.003.1001; `stage` before or after processing"},
        {"http_busy", "500.003.02 System is busy; `stage` before or after"},
        {"http_502", "502 as HTML; `stage` before or after"},
        {"http_503", "503 as HTML; `stage` before or after"},
        {"http_429_fault", "429 as an Apigee fault; `stage` before or after"},
        {"http_403_html", "403 as HTML; `stage` before or after"},
        {"token_dies", "the bearer token of this request is no longer good"},
        {"callback_lost", "the STK callback is never sent"},
        {"callback_duplicate", "the STK callback is sent `times` times, `seconds` (0.5) apart; 0 is concurrent"},
        {"callback_late", "the STK callback is sent `seconds` (300) later"},
        {"callback_reordered", "the STK callback waits until a later one has gone, at most `seconds` (30)"},
        {"callback_wrong_amount", "the STK callback says one shilling more than was paid; `code` less: one less"},
        {"callback_truncated", "the STK callback's body is cut in the middle"},
        {"callback_before_response", "the whole payment and its callback happen before the push is answered"},
        {"success_after_failure", "a 1037 callback first, the true success `seconds` (5) later"},
        {"failure_after_success", "the true success first, a callback with `code` (1032) `seconds` (5) later"},
        {"query_lies", "STK query says `code` (1032) for a paid push"},
        {"query_unknown", "STK query does not know a push that exists"},
        {"c2b_lost", "the C2B confirmation is never sent"},
        {"c2b_duplicate", "the C2B confirmation is sent `times` times, `seconds` (0.5) apart"},
        {"c2b_late", "the C2B confirmation is sent `seconds` (300) later"},
        {"c2b_reference_mangled", "BillRefNumber comes in the wrong case and with spaces"},
        {"result_lost", "the result of a transfer or status query is never sent"},
        {"result_late", "that result is sent `seconds` (300) later"},
        {"result_duplicate", "that result is sent `times` times, `seconds` (0.5) apart; 0 is concurrent"},
        {"result_wrong_amount", "that result says one shilling more than moved"},
        {"result_fails", "a transfer ends with `code` (1), and no money moves"},
        {"result_before_response", "the transfer and its result happen before the request is answered"},
        {"queue_timeout", "QueueTimeOutURL is told first, ResultURL `seconds` (20) later"},
        {"validation_lost", "the validation is never sent; ResponseType decides"},
        {"validation_duplicate", "the validation is sent twice; the first answer counts"},
        {"sms_refused", "an SMS is refused with the status `code` (500)"},
        {"sms_undelivered", "an accepted SMS does not arrive; its report says `code` (Failed)"},
        {"sms_report_lost", "the delivery report is never sent"},
        {"sms_report_late", "the final delivery report is sent `seconds` (300) later"},
        {"sms_report_duplicate", "the final delivery report is sent `times` times, `seconds` (0.5) apart"},
        {"mail_refused", "the mail server says `code` (451) at the stage `path`: /mail/greeting, ehlo, starttls, auth, mail, rcpt, data, "
         "end"},
        {"mail_cut", "the mail connection is cut at the stage `path`, and nothing is taken"},
        {"mail_answer_lost", "a mail is taken, then the connection is cut before the 250"},
        {"confirmation_without_validation", "validation is skipped, though it is on"},
        {"answer_empty", "the answer has no body"},
        {"answer_html", "a page of HTML stands in the answer instead of JSON"},
        {"answer_truncated", "the body is cut in the middle"},
        {"zoom_daily_cap", "the 429 of the daily cap of 100, as if it were used up"},
        {"zoom_rate_limit", "the per-second 429; `code` says how Retry-After is written: seconds, date, iso or none"},
        {"zoom_setting_dropped",
         "a create or change answers well but drops `code`: waiting_room, password, locks (both), or turns on "
         "auto_recording"},
        {"zoom_list_lag", "a new meeting is missing in the host's list for `seconds` (3)"},
        {"zoom_page_expired", "a paging token is no longer valid"},
        {"zoom_webhook_lost", "an event is never sent"},
        {"zoom_webhook_duplicate", "an event is sent `times` times, `seconds` (0.5) apart"},
        {"zoom_webhook_late", "an event is sent `seconds` (30) later"},
        {"zoom_webhook_stale", "an event carries a timestamp ten minutes old"},
        {"zoom_webhook_forged", "an event is signed with another secret"},
        {"google_rate", "Google asks for fewer requests: 403 userRateLimitExceeded, or 429 at Meet"},
        {"google_quota", "403 quotaExceeded: the calendar's limit is used up"},
        {"google_conference_fails", "Google makes the event, but not its Meet link"},
        {"google_conference_pending", "the Meet link comes only after `times` looks at the event"},
        {"google_not_seen_yet", "an event that exists is 404 for a read, as right after it was made"},
        {"google_space_not_kept", "Meet answers 200 to new settings and keeps the old ones"},
    };
    return names;
}

namespace {

constexpr size_t kFaultsMax = 200;  // a test script, not a database
constexpr int64_t kTimesMax = 20;

Result<double> number(json::View value, double least, double most) {
    TRY(const std::string text, value.scalar());
    char* end = nullptr;
    const double read = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end != '\0' || !(read >= least) || !(read <= most)) {
        return fail(Code::kInvalid, "This number is not in the range the fault takes.", value.path());
    }
    return read;
}

Result<Fault> read_fault(json::View object) {
    if (object.kind() != json::Kind::kObject)
        return fail(Code::kInvalid, "A fault must be a JSON object.", object.path());
    Fault fault;
    TRY(fault.name, object["name"].text());
    bool known = false;
    for (const FaultName& row : fault_names()) known = known || row.name == fault.name;
    if (!known)
        return fail(Code::kInvalid, "There is no such fault; GET /_sandbox/faults lists the names.",
                    object["name"].path());
    for (const std::string_view key : object.keys()) {
        const json::View value = object[key];
        if (key == "name") continue;
        if (key == "probability") {
            TRY(fault.probability, number(value, 0, 1));
        } else if (key == "count") {
            TRY(fault.count, value.integer());
            if (fault.count < 1) return fail(Code::kInvalid, "A fault's count is at least 1.", value.path());
        } else if (key == "path") {
            TRY(fault.path, value.text());
        } else if (key == "method") {
            TRY(fault.method, value.text());
        } else if (key == "phone") {
            TRY(fault.phone, value.scalar());
        } else if (key == "shortcode") {
            TRY(fault.shortcode, value.scalar());
        } else if (key == "seconds") {
            TRY(fault.seconds, number(value, 0, 86'400));
        } else if (key == "times") {
            TRY(fault.times, value.integer());
            if (fault.times < 1 || fault.times > kTimesMax)
                return fail(Code::kInvalid, "Times is 1 to 20.", value.path());
        } else if (key == "code") {
            TRY(fault.code, value.scalar());
        } else if (key == "stage") {
            TRY(const std::string stage, value.text());
            if (stage != "before" && stage != "after")
                return fail(Code::kInvalid, "Stage is before or after.", value.path());
            fault.after = stage == "after";
        } else {
            return fail(Code::kInvalid, "A fault does not have this member.", value.path());
        }
    }
    return fault;
}

Result<std::vector<Fault>> read_list(json::View list) {
    std::vector<Fault> faults;
    if (list.kind() == json::Kind::kObject) {
        TRY(Fault fault, read_fault(list));
        faults.push_back(std::move(fault));
        return faults;
    }
    if (list.kind() != json::Kind::kArray)
        return fail(Code::kInvalid, "Faults are a JSON array of objects.", list.path());
    for (size_t i = 0; i < list.size(); ++i) {
        TRY(Fault fault, read_fault(list.at(i)));
        faults.push_back(std::move(fault));
    }
    return faults;
}

}  // namespace

Duration Fault::wait(double default_seconds) const {
    return Duration(int64_t((seconds < 0 ? default_seconds : seconds) * 1e6));
}

Result<> Faults::replace(json::View list) {
    TRY(auto faults, read_list(list));
    if (faults.size() > kFaultsMax) return fail(Code::kInvalid, "At most 200 faults at once.");
    faults_ = std::move(faults);
    return {};
}

Result<> Faults::add(json::View list) {
    TRY(auto faults, read_list(list));
    if (faults_.size() + faults.size() > kFaultsMax) return fail(Code::kInvalid, "At most 200 faults at once.");
    for (Fault& fault : faults) faults_.push_back(std::move(fault));
    return {};
}

bool Faults::bites(Fault& fault, const Subject& subject, Dice& dice) {
    if (fault.count == 0 || !subject.path.starts_with(fault.path)) return false;
    if (!fault.method.empty() && fault.method != subject.method) return false;
    if (!fault.phone.empty() && fault.phone != subject.phone) return false;
    if (!fault.shortcode.empty() && fault.shortcode != subject.shortcode) return false;
    if (fault.probability < 1.0 && !dice.chance(fault.probability)) return false;
    if (fault.count > 0) --fault.count;
    ++fault.bitten;
    return true;
}

const Fault* Faults::draw(std::string_view name, const Subject& subject, Dice& dice) {
    for (Fault& fault : faults_) {
        if (fault.name == name && bites(fault, subject, dice)) return &fault;
    }
    return nullptr;
}

const Fault* Faults::draw_http(bool after, const Subject& subject, Dice& dice) {
    for (Fault& fault : faults_) {
        if (fault.name.starts_with("http_") && fault.after == after && bites(fault, subject, dice)) return &fault;
    }
    return nullptr;
}

}  // namespace clinicpro::sandbox
