#include "messaging/mail_smtp.hpp"

#include "base/text.hpp"
#include "messaging/mime.hpp"

namespace clinicpro::messaging {
namespace {

using Why = Refused::Why;

std::string_view domain_of(std::string_view address) {
    const size_t at = address.rfind('@');
    return at == std::string_view::npos ? std::string_view("localhost") : address.substr(at + 1);
}

// "Mon, 23 Nov 2026 08:44:00 +0000"
std::string date_of(Instant now) {
    const std::string words = to_eat_words(now);  // "Mon 23 Nov 2026, 11:44"
    const std::string stamp = to_eat_stamp(now);
    return words.substr(0, 3) + "," + words.substr(3, words.find(',') - 3) + " " + stamp.substr(8, 2) + ":" +
           stamp.substr(10, 2) + ":" + stamp.substr(12, 2) + " +0300";
}

std::string html_of(const Message& message) {
    std::string body = text::escape_html(message.body);
    if (!message.link.empty()) {
        const std::string link = text::escape_html(message.link);
        if (const size_t at = body.find(link); at != std::string::npos) {
            body.replace(at, link.size(), "<a href=\"" + link + "\">" + link + "</a>");
        }
    }
    return "<!doctype html><html><body style=\"font-family:sans-serif;font-size:16px\"><p>" + body + "</p><p>" +
           text::escape_html(message.clinic_name) + "</p></body></html>";
}

mime::Part body_of(const Message& message) {
    std::vector<mime::Part> shapes{
        mime::text_part("text/plain; charset=UTF-8", message.body + "\r\n\r\n" + message.clinic_name),
        mime::text_part("text/html; charset=UTF-8", html_of(message))};
    if (!message.invite) return mime::multipart("alternative", message.key, shapes);
    const std::string ics = write_ics(*message.invite);
    const std::string method(to_string(message.invite->method));
    shapes.push_back(mime::base64_part("text/calendar; method=" + method + "; charset=UTF-8", ics));
    return mime::multipart("mixed", message.key,
                           {mime::multipart("alternative", message.key, shapes),
                            // For readers that show no invitation: the same file to open by hand.
                            mime::base64_part("application/ics; name=\"invite.ics\"", ics,
                                              "Content-Disposition: attachment; filename=\"invite.ics\"\r\n")});
}

}  // namespace

std::string_view to_string(MailSecurity security) {
    switch (security) {
        case MailSecurity::kStartTls: return "starttls";
        case MailSecurity::kTls: return "tls";
        case MailSecurity::kNone: return "none";
    }
    return "";
}

std::optional<MailSecurity> mail_security_from(std::string_view word) {
    for (const auto one : {MailSecurity::kStartTls, MailSecurity::kTls, MailSecurity::kNone}) {
        if (to_string(one) == word) return one;
    }
    return std::nullopt;
}

std::string write_mail(const MailAccount& account, const Message& message, Instant now) {
    const std::string& name = account.from_name.empty() ? message.clinic_name : account.from_name;
    const mime::Part body = body_of(message);
    return "From: " + mime::mailbox(name, account.from) + "\r\nTo: " + message.email +
           "\r\nSubject: " + mime::encoded_words(message.subject) + "\r\nDate: " + date_of(now) + "\r\nMessage-ID: <" +
           message.key + "@" + std::string(domain_of(account.from)) +
           ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n" + body.header + "\r\n" + body.body;
}

Step MailSmtp::send(const Message& message) {
    if (message.email.empty()) {
        return Delivery{Refused{Why::kRecipient, "This patient has no mail address. Add one, or send it by SMS."}};
    }
    net::MailRequest request;
    request.host = account_.host;
    request.port = uint16_t(account_.port);
    request.security = account_.security;
    request.username = account_.username;
    request.password = account_.password;
    request.hello = domain_of(account_.from);
    request.from = account_.from;
    request.to = message.email;
    request.content = write_mail(account_, message, now_);
    return request;
}

Delivery MailSmtp::read_answer(const net::Outcome& outcome) {
    if (const auto* not_sent = std::get_if<net::NotSent>(&outcome)) {
        return Refused{Why::kPassing, "The mail server did not take the mail: " + not_sent->reason + "."};
    }
    if (const auto* unknown = std::get_if<net::Unknown>(&outcome)) return Unknown{unknown->reason};
    const auto& verdict = std::get<net::Response>(outcome);
    if (verdict.status >= 200 && verdict.status < 300) return Sent{};
    const std::string said = " (" + verdict.body + ")";
    if (verdict.status < 500) return Refused{Why::kPassing, "The mail server said not now" + said + "."};
    switch (verdict.status) {
        case 530:
        case 534:
        case 535:
        case 538:
            return Refused{Why::kAccount, "The mail server does not take the clinic's user name and password" + said +
                                              ". Correct them in the messaging settings, then send this again."};
        case 550:
        case 551:
        case 552:  // mostly a full mailbox
        case 553:
            return Refused{Why::kRecipient, "The mail server refused this address" + said +
                                                ". Correct the patient's mail address, then send this again."};
        default: break;
    }
    return Refused{Why::kAccount,
                   "The mail server refused the mail" + said + ". Check the messaging settings, then send this again."};
}

}  // namespace clinicpro::messaging
