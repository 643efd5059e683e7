#include "messaging/config.hpp"

#include "base/text.hpp"
#include "messaging/mail_address.hpp"

namespace clinicpro::messaging {
namespace {

constexpr int64_t kMinute = 60'000'000;
constexpr int64_t kDay = 24 * 60 * kMinute;
constexpr int64_t kEat = 3 * 60 * kMinute;  // East Africa Time is UTC+3 all year

bool is_word(std::string_view text, std::string_view also) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               also.find(c) != std::string_view::npos;
    });
}

using Add = std::function<void(std::string field, std::string sentence)>;

void add_mail_problems(const Settings& settings, const Add& add) {
    const MailAccount& mail = settings.mail_account;
    if (mail.host.size() > kHostMax || !is_word(mail.host, ".-")) {
        add("mail.host", "The mail server is given by its host name alone, such as smtp.clinic.example.");
    }
    if (mail.port < 1 || mail.port > 65'535) add("mail.port", "The mail server's port must be from 1 to 65535.");
    if (mail.security == MailSecurity::kNone && !mail.host.empty() && !is_this_machine(mail.host)) {
        add("mail.security", "Mail without TLS is allowed only to this machine; use starttls or tls.");
    }
    if (!mail.from.empty() && !MailAddress::parse(mail.from)) {
        add("mail.from", "The sender's address must look like visits@clinic.example.");
    }
    if (mail.from_name.size() > kFromNameMax || !text::is_utf8(mail.from_name)) {
        add("mail.from_name", "The sender's name has at most 80 bytes.");
    }
    const auto has_break = [](const std::string& text) { return text.find_first_of("\r\n") != std::string::npos; };
    if (has_break(mail.username) || has_break(mail.password.reveal())) {
        add("mail.username", "The mail server's user name and password must be one line each.");
    }
    if (!settings.mail) return;
    if (mail.host.empty()) add("mail.host", "The mail server's host name is missing.");
    if (mail.from.empty()) add("mail.from", "The address that mails come from is missing.");
    if (!mail.username.empty() && mail.password.empty()) {
        add("mail.password", "The password for the mail server is missing.");
    }
}

}  // namespace

std::optional<Instant> QuietHours::ends_after(Instant at) const {
    if (from == until) return std::nullopt;
    const int64_t local = at.micros + kEat;
    const int64_t into = ((local % kDay) + kDay) % kDay;
    const int64_t begin = from * kMinute, end = until * kMinute;
    const int64_t since_begin = (into - begin + kDay) % kDay;
    const int64_t length = (end - begin + kDay) % kDay;
    if (since_begin >= length) return std::nullopt;
    return Instant{at.micros + (length - since_begin)};
}

Result<int> parse_minute_of_day(std::string_view text) {
    const bool shaped =
        text.size() == 5 && text[2] == ':' && is_word(text.substr(0, 2), "") &&
        std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == ':'; });
    if (shaped) {
        const int hours = (text[0] - '0') * 10 + (text[1] - '0'), minutes = (text[3] - '0') * 10 + (text[4] - '0');
        if (hours <= 23 && minutes <= 59) return hours * 60 + minutes;
    }
    return fail(Code::kInvalid, "A time of day is written like 21:00.");
}

std::string minute_of_day(int minutes) {
    const auto two = [](int n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
    return two(minutes / 60) + ":" + two(minutes % 60);
}

bool is_this_machine(std::string_view host) {
    return host == "127.0.0.1" || host == "localhost" || host == "[::1]";
}

bool is_base_url(std::string_view url) {
    if (url.size() > kUrlMax || url.ends_with('/')) return false;
    const bool secure = url.starts_with("https://");
    if (!secure && !url.starts_with("http://")) return false;
    url.remove_prefix(secure ? 8 : 7);
    const std::string_view authority = url.substr(0, url.find('/'));
    const size_t colon = authority.ends_with(']') ? std::string_view::npos : authority.rfind(':');
    const std::string_view host = authority.substr(0, colon);
    if (host.empty() || (!is_word(host, ".-") && host != "[::1]")) return false;
    if (colon != std::string_view::npos) {
        const std::string_view port = authority.substr(colon + 1);
        const bool digits = std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (port.empty() || port.size() > 5 || !digits) return false;
    }
    if (!is_word(url.substr(authority.size()), "/-_.~")) return false;
    return secure || is_this_machine(host);
}

std::vector<Error> problems(const Settings& settings) {
    std::vector<Error> found;
    const auto add = [&](std::string field, std::string sentence) {
        found.push_back({Code::kConfig, std::move(sentence), std::move(field), {}});
    };
    const SmsAccount& sms = settings.sms_account;
    if (sms.environment == SmsEnvironment::kCustom) {
        if (!is_base_url(sms.base_url)) {
            add("sms.base_url",
                "The SMS provider's address must look like https://sms.example, without a slash at the end; plain http "
                "is allowed only to this machine.");
        }
    } else if (!sms.base_url.empty()) {
        add("sms.base_url", "An address goes with the SMS environment \"custom\" only; leave it out.");
    }
    if (!is_word(sms.sender_id, " .-_") || sms.sender_id.size() > kSenderMax) {
        add("sms.sender_id",
            "A sender id has at most 11 letters, digits, spaces and the signs . - _; or leave it out.");
    }
    if (sms.username.size() > kUsernameMax || !is_word(sms.username, ".-_")) {
        add("sms.username", "The user name of the Africa's Talking application has letters, digits and . - _ only.");
    }
    if (settings.sms) {
        if (sms.username.empty()) {
            add("sms.username", "The user name of the Africa's Talking application is missing.");
        }
        if (sms.api_key.empty()) add("sms.api_key", "The API key of the Africa's Talking application is missing.");
    }
    if (sms.api_key.reveal().find_first_of("\r\n") != std::string::npos) {
        add("sms.api_key", "The API key must be one line.");
    }
    add_mail_problems(settings, add);
    constexpr int kMinutes = 24 * 60;
    for (const int minutes : {settings.quiet.from, settings.quiet.until}) {
        if (minutes < 0 || minutes >= kMinutes) add("quiet_from", "Quiet hours are times of day, such as 21:00.");
    }
    return found;
}

Result<> validate(const Settings& settings) {
    const auto found = problems(settings);
    if (found.empty()) return {};
    std::string sentences;
    for (const Error& one : found) sentences += (sentences.empty() ? "" : " ") + one.message;
    return fail(Code::kInvalid, std::move(sentences), found.front().field);
}

}  // namespace clinicpro::messaging
