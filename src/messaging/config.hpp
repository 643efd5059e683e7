// config.hpp: how one clinic's messages travel, as values: which channels, whose accounts, which hours are quiet.
//
// Neither SMS nor mail: the message is written to the log and kept readable. Whole-settings validation names every
// problem at once. Tested by messaging/config_test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "messaging/mail_smtp.hpp"
#include "messaging/sms_africas_talking.hpp"

namespace clinicpro::messaging {

// Minutes of the East African day in which what can wait waits; equal: none. May span midnight.
struct QuietHours {
    int from = 21 * 60;
    int until = 7 * 60;

    // The end of the quiet time that `at` falls into; nothing when it falls into none.
    std::optional<Instant> ends_after(Instant at) const;
    friend bool operator==(const QuietHours&, const QuietHours&) = default;
};
// "21:00", in 24 hours. Error kInvalid.
Result<int> parse_minute_of_day(std::string_view text);
std::string minute_of_day(int minutes);

struct Settings {
    bool sms = false;
    bool mail = false;  // with SMS as well: a patient with a mail address gets both
    SmsAccount sms_account = {};
    MailAccount mail_account = {};
    QuietHours quiet = {};
    int report_generation = 1;  // rotating the address of delivery reports raises it
};

inline constexpr size_t kUsernameMax = 60;
inline constexpr size_t kSenderMax = 11;  // letters and digits of an alphanumeric sender id (GSM 03.40)
inline constexpr size_t kUrlMax = 200;
inline constexpr size_t kHostMax = 253;
inline constexpr size_t kFromNameMax = 80;

// Every problem, each naming its field; empty when messages can be sent with these settings.
std::vector<Error> problems(const Settings& settings);
// The problems as one error: the first one's field, all their sentences.
Result<> validate(const Settings& settings);
// https://host[:port][/path] without a slash at the end, or http to this machine.
bool is_base_url(std::string_view url);
bool is_this_machine(std::string_view host);

}  // namespace clinicpro::messaging
