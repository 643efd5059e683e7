// Facts about mail as bytes: addresses, headers nobody can break out of, invitations, and what a server's verdict
// means.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "messaging/mail_address.hpp"
#include "messaging/mail_smtp.hpp"
#include "messaging/mime.hpp"

namespace clinicpro::messaging {
namespace {

using Why = Refused::Why;
const Instant kNow = *parse_iso("2026-11-23T08:44:00Z");

MailAccount account() {
    return {.host = "smtp.mlimani.example",
            .port = 587,
            .security = MailSecurity::kStartTls,
            .username = "visits",
            .password = Secret<>("secret"),
            .from = "visits@mlimani.example",
            .from_name = {}};
}

Message message() {
    return {.clinic = ClinicId{7},
            .to = *Msisdn::parse("0712345678"),
            .body = "Your online visit: Mon 23 Nov, 11:44 EAT. Join: https://pay.example/j/token",
            .template_name = "link_ready",
            .key = "ntc_1",
            .email = "asha@example.co.ke",
            .clinic_name = "Mlimani Clinic",
            .subject = "Your visit is confirmed",
            .link = "https://pay.example/j/token"};
}

Invite invite() {
    return {.method = Invite::Method::kRequest,
            .uid = "apt_1@pay.example",
            .sequence = 2,
            .stamp = kNow,
            .starts_at = *parse_iso("2026-11-24T08:00:00Z"),
            .ends_at = *parse_iso("2026-11-24T08:30:00Z"),
            .summary = "Online visit, Mlimani; Clinic",
            .location = "https://pay.example/j/token",
            .url = "https://pay.example/j/token",
            .organizer_name = "Mlimani \"Clinic\"",
            .organizer = "visits@mlimani.example",
            .attendee = "asha@example.co.ke"};
}

bool lines_are_short(std::string_view bytes, size_t most) {
    for (const auto line : text::split(bytes, '\n')) {
        if (line.size() > most + 1) return false;
    }
    return true;
}

// Joins folded lines.
std::string unfolded(std::string text) {
    for (size_t at = text.find("\r\n "); at != text.npos; at = text.find("\r\n ", at)) text.erase(at, 3);
    return text;
}

TEST(mail_address, usual_ones_are_taken_and_shown_masked) {
    for (const char* text : {"asha@example.co.ke", " a.b+c@x-y.example ", "o'neil@example.org"}) {
        EXPECT_TRUE(MailAddress::parse(text)) << text;
    }
    EXPECT_EQ(MailAddress::parse("Asha@EXAMPLE.co.ke")->text(), "Asha@example.co.ke");
    EXPECT_EQ(MailAddress::parse("asha@example.co.ke")->masked(), "a***@example.co.ke");
    EXPECT_EQ(MailAddress::parse("asha@example.co.ke")->domain(), "example.co.ke");
}

TEST(mail_address, nothing_that_could_end_a_header_or_a_command_is_taken) {
    for (const char* text : {"", "asha", "@example.com", "asha@", "asha@localhost", "a@b@c.example", "a b@c.example",
                             "a@b.example>", "a@b.example\r\nBcc: x@y.example", "a..b@c.example", "a@b..example",
                             "\"a\"@b.example", "ashä@example.com", "a@b.example,c@d.example"}) {
        EXPECT_FALSE(MailAddress::parse(text)) << text;
    }
    EXPECT_FALSE(MailAddress::parse(std::string(65, 'a') + "@b.example"));
    EXPECT_FALSE(MailAddress::parse("a@" + std::string(64, 'b') + ".example"));
}

TEST(mime, header_text_is_encoded_when_it_must_be_and_can_never_add_a_line) {
    EXPECT_EQ(mime::encoded_words("Your visit"), "Your visit");
    EXPECT_EQ(mime::encoded_words("Kliniki ya Mlimani é"),
              "=?UTF-8?B?" + text::to_base64("Kliniki ya Mlimani é") + "?=");
    EXPECT_EQ(mime::encoded_words("x\r\nBcc: y"), "x  Bcc: y");
    const std::string many = mime::encoded_words(std::string(200, 'a') + "é" + std::string(100, 'b'));
    EXPECT_TRUE(lines_are_short(many, 76));
    EXPECT_EQ(mime::encoded_words("=?UTF-8?B?eA==?=").find("=?UTF-8?B?eA"), std::string::npos);
    EXPECT_EQ(mime::mailbox("Mlimani Clinic", "a@b.example"), "Mlimani Clinic <a@b.example>");
    EXPECT_EQ(mime::mailbox("Evil\" <x@y>\r\nBcc: z", "a@b.example").find("x@y"), std::string::npos);
    EXPECT_EQ(mime::mailbox("", "a@b.example"), "a@b.example");
}

TEST(mime, quoted_printable_keeps_every_byte_and_no_long_line) {
    EXPECT_EQ(mime::quoted_printable("a=b é"), "a=3Db =C3=A9\r\n");
    EXPECT_EQ(mime::quoted_printable("ends with space \nnext"), "ends with space=20\r\nnext\r\n");
    EXPECT_EQ(mime::quoted_printable("a\r\nb"), "a\r\nb\r\n");
    EXPECT_TRUE(lines_are_short(mime::quoted_printable(std::string(500, 'x')), 76));
    EXPECT_TRUE(lines_are_short(mime::base64_lines(std::string(500, 'x')), 76));
}

TEST(calendar_invite, it_says_what_rfc_5546_asks_for) {
    const std::string ics = unfolded(write_ics(invite()));
    for (const char* line :
         {"BEGIN:VCALENDAR\r\n", "VERSION:2.0\r\n", "METHOD:REQUEST\r\n", "UID:apt_1@pay.example\r\n", "SEQUENCE:2\r\n",
          "DTSTAMP:20261123T084400Z\r\n", "DTSTART:20261124T080000Z\r\n", "DTEND:20261124T083000Z\r\n",
          "SUMMARY:Online visit\\, Mlimani\\; Clinic\r\n", "STATUS:CONFIRMED\r\n",
          "URL:https://pay.example/j/token\r\n", "ORGANIZER;CN=\"Mlimani Clinic\":mailto:visits@mlimani.example\r\n",
          "BEGIN:VALARM\r\n", "END:VCALENDAR\r\n"}) {
        EXPECT_NE(ics.find(line), std::string::npos) << line << ics;
    }
    EXPECT_NE(ics.find("RSVP=TRUE:mailto:asha@example.co.ke\r\n"), std::string::npos);
}

TEST(calendar_invite, a_cancellation_has_the_same_uid_and_no_alarm) {
    Invite off = invite();
    off.method = Invite::Method::kCancel;
    off.sequence = 3;
    const std::string ics = unfolded(write_ics(off));
    EXPECT_NE(ics.find("METHOD:CANCEL\r\n"), std::string::npos);
    EXPECT_NE(ics.find("STATUS:CANCELLED\r\n"), std::string::npos);
    EXPECT_NE(ics.find("UID:apt_1@pay.example\r\n"), std::string::npos);
    EXPECT_EQ(ics.find("VALARM"), std::string::npos);
}

TEST(calendar_invite, lines_are_folded_at_75_octets_and_never_inside_a_character) {
    for (size_t shift = 0; shift < 4; ++shift) {
        Invite wide = invite();
        wide.summary = std::string(shift, 'x');
        for (int i = 0; i < 60; ++i) wide.summary += "é日";
        const std::string ics = write_ics(wide);
        for (const auto line : text::split(ics, '\n')) {
            if (line.empty()) continue;
            EXPECT_LE(line.size(), 76u);  // with its carriage return
            EXPECT_EQ(line.back(), '\r');
            EXPECT_TRUE(text::is_utf8(line)) << line;
        }
        EXPECT_NE(unfolded(ics).find("SUMMARY:" + wide.summary + "\r\n"), std::string::npos);
    }
}

TEST(calendar_invite, a_text_cannot_add_a_line) {
    Invite evil = invite();
    evil.summary = "x\r\nATTENDEE:mailto:evil@example.com";
    evil.organizer_name = "x\"\r\nX-EVIL:1";
    EXPECT_EQ(write_ics(evil).find("\r\nATTENDEE:mailto:evil"), std::string::npos);
    EXPECT_EQ(write_ics(evil).find("\r\nX-EVIL"), std::string::npos);
}

TEST(mail_smtp, the_mail_has_its_own_id_and_both_forms_of_the_text) {
    const std::string mail = write_mail(account(), message(), kNow);
    EXPECT_TRUE(
        mail.starts_with("From: Mlimani Clinic <visits@mlimani.example>\r\nTo: asha@example.co.ke\r\n"
                         "Subject: Your visit is confirmed\r\nDate: Mon, 23 Nov 2026 11:44:00 +0300\r\n"
                         "Message-ID: <ntc_1@mlimani.example>\r\n"))
        << mail;
    EXPECT_NE(mail.find("multipart/alternative"), std::string::npos);
    EXPECT_EQ(mail.find("multipart/mixed"), std::string::npos);
    std::string joined = mail;  // without the soft breaks of quoted-printable
    for (size_t at = joined.find("=\r\n"); at != joined.npos; at = joined.find("=\r\n", at)) joined.erase(at, 3);
    EXPECT_NE(joined.find("<a href=3D\"https://pay.example/j/token\">"), std::string::npos) << joined;
    EXPECT_EQ(mail, write_mail(account(), message(), kNow));  // a repeat is the same mail
    EXPECT_TRUE(lines_are_short(mail, 998));
    for (const char c : mail) EXPECT_LT(uint8_t(c), 0x80);
}

TEST(mail_smtp, an_invitation_is_both_a_part_and_a_file_with_the_method_in_both_places) {
    Message with = message();
    with.invite = invite();
    const std::string mail = write_mail(account(), with, kNow);
    EXPECT_NE(mail.find("multipart/mixed"), std::string::npos);
    EXPECT_NE(mail.find("text/calendar; method=REQUEST; charset=UTF-8"), std::string::npos);
    EXPECT_NE(mail.find("filename=\"invite.ics\""), std::string::npos);
}

TEST(mail_smtp, names_and_subjects_cannot_break_out) {
    Message evil = message();
    evil.clinic_name = "Evil\r\nBcc: all@example.com";
    evil.subject = "Hi\r\nBcc: all@example.com";
    const std::string mail = write_mail(account(), evil, kNow);
    EXPECT_EQ(mail.substr(0, mail.find("\r\n\r\n")).find("\r\nBcc:"), std::string::npos) << mail;
    EXPECT_EQ(write_mail(account(), message(), kNow).find("<script"), std::string::npos);
}

TEST(mail_smtp, the_request_goes_to_the_clinic_s_server_and_without_an_address_there_is_none) {
    MailSmtp channel(account(), kNow);
    const auto step = channel.send(message());
    const auto& request = std::get<net::MailRequest>(step);
    EXPECT_EQ(request.host, "smtp.mlimani.example");
    EXPECT_EQ(request.port, 587);
    EXPECT_EQ(request.security, MailSecurity::kStartTls);
    EXPECT_EQ(request.hello, "mlimani.example");
    EXPECT_EQ(request.from, "visits@mlimani.example");
    EXPECT_EQ(request.to, "asha@example.co.ke");
    Message nobody = message();
    nobody.email.clear();
    const auto refused = channel.send(nobody);
    EXPECT_EQ(std::get<Refused>(std::get<Delivery>(refused)).why, Why::kRecipient);
}

TEST(mail_smtp, each_verdict_says_who_must_do_what) {
    const auto why = [](int status) {
        const auto delivery =
            MailSmtp::read_answer(net::Response{.status = status, .headers = {}, .body = "550 No such user"});
        return std::get<Refused>(delivery).why;
    };
    EXPECT_TRUE(std::holds_alternative<Sent>(MailSmtp::read_answer(net::Response{.status = 250})));
    for (const int code : {421, 450, 451, 452}) EXPECT_EQ(why(code), Why::kPassing) << code;
    for (const int code : {550, 551, 552, 553}) EXPECT_EQ(why(code), Why::kRecipient) << code;
    for (const int code : {530, 535, 554}) EXPECT_EQ(why(code), Why::kAccount) << code;
    EXPECT_TRUE(std::holds_alternative<Unknown>(MailSmtp::read_answer(net::Unknown{"cut"})));
    const auto away = MailSmtp::read_answer(net::NotSent{"no connection"});
    EXPECT_EQ(std::get<Refused>(away).why, Why::kPassing);
}

}  // namespace
}  // namespace clinicpro::messaging
