// Facts about the sandbox's mail server: strict about what it takes, and wrong on purpose where it was told to be.
#include "tests/sandbox/play.hpp"

namespace clinicpro::sandbox {
namespace {

class Mailing : public Play {
public:
    Mailing() { greeting = session.open(daraja.smtp()).bytes; }
    std::string hear(const std::string& bytes) {
        const auto said = session.hear(daraja.smtp(), bytes, now);
        closed = said.then_close;
        if (said.then_tls) session.secured();
        return said.bytes;
    }
    void sign_in() {
        hear("EHLO x\r\n");
        EXPECT_TRUE(hear("STARTTLS\r\n").starts_with("220"));
        hear("EHLO x\r\n");
        EXPECT_TRUE(hear("AUTH PLAIN " + text::to_base64(std::string("\0visits\0DemoMailSecret0001", 26)) + "\r\n")
                        .starts_with("235"));
    }
    std::string send(const std::string& content) {
        EXPECT_TRUE(hear("MAIL FROM:<a@b.example> SIZE=100\r\n").starts_with("250"));
        EXPECT_TRUE(hear("RCPT TO:<c@d.example>\r\n").starts_with("250"));
        EXPECT_TRUE(hear("DATA\r\n").starts_with("354"));
        return hear(content);
    }
    SmtpSession session;
    std::string greeting;
    bool closed = false;
};

TEST(smtp, a_mail_is_taken_with_its_dots_undoubled_and_listed) {
    Mailing play;
    EXPECT_TRUE(play.greeting.starts_with("220 "));
    play.sign_in();
    EXPECT_TRUE(play.send("Subject: x\r\n\r\n..\r\n...a\r\n.\r\n").starts_with("250"));
    ASSERT_EQ(play.daraja.smtp().all().size(), 1u);
    const MailReceived& mail = play.daraja.smtp().all()[0];
    EXPECT_EQ(mail.content, "Subject: x\r\n\r\n.\r\n..a\r\n");
    EXPECT_EQ(mail.from, "a@b.example");
    EXPECT_EQ(mail.to, "c@d.example");
    EXPECT_EQ(mail.user, "visits");
    EXPECT_TRUE(mail.tls);
    EXPECT_NE(play.steer("GET", "mail").body.find("c@d.example"), std::string::npos);
}

TEST(smtp, bytes_may_come_in_any_pieces) {
    Mailing play;
    play.sign_in();
    std::string said;
    for (const char c : std::string("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"))
        said += play.hear({c});
    EXPECT_EQ(std::ranges::count(said, '\n'), 3);
    for (const char c : std::string("Subject: x\r\n\r\ny\r\n.\r\n")) said += play.hear({c});
    EXPECT_EQ(play.daraja.smtp().all().size(), 1u);
}

TEST(smtp, nothing_is_taken_without_tls_and_a_name) {
    Mailing play;
    EXPECT_NE(play.hear("EHLO x\r\n").find("STARTTLS"), std::string::npos);
    EXPECT_TRUE(play.hear("AUTH PLAIN AHZpc2l0cwBEZW1vTWFpbFNlY3JldDAwMDE=\r\n").starts_with("530"));
    EXPECT_TRUE(play.hear("MAIL FROM:<a@b.example>\r\n").starts_with("530"));
    play.hear("STARTTLS\r\nMAIL FROM:<smuggled@b.example>\r\n");
    EXPECT_TRUE(play.hear("RCPT TO:<c@d.example>\r\n").starts_with("503"));
    EXPECT_TRUE(play.hear("MAIL FROM:<a@b.example>\r\n").starts_with("530"));
    EXPECT_TRUE(
        play.hear("AUTH PLAIN " + text::to_base64(std::string("\0visits\0wrong", 13)) + "\r\n").starts_with("535"));
    EXPECT_TRUE(play.hear("AUTH PLAIN\r\n").starts_with("334"));
    EXPECT_TRUE(play.hear("nonsense\r\n").starts_with("501"));
    Mailing plain;
    plain.switches().mail_tls = false;
    EXPECT_EQ(plain.hear("EHLO x\r\n").find("STARTTLS"), std::string::npos);
    EXPECT_TRUE(plain.hear("AUTH LOGIN\r\n").starts_with("334"));
    EXPECT_TRUE(plain.hear(text::to_base64("visits") + "\r\n").starts_with("334"));
    EXPECT_TRUE(plain.hear(text::to_base64("DemoMailSecret0001") + "\r\n").starts_with("235"));
}

TEST(smtp, a_mail_that_a_strict_server_refuses_is_refused) {
    Mailing play;
    play.sign_in();
    EXPECT_TRUE(play.send("Subject: x\n\r\n.\r\n").starts_with("550"));
    EXPECT_TRUE(play.send("Subject: \xC3\xA9\r\n\r\nx\r\n.\r\n").starts_with("554"));
    EXPECT_TRUE(play.send("Subject: x\r\n\r\n" + std::string(1001, 'a') + "\r\n.\r\n").starts_with("554"));
    EXPECT_TRUE(play.daraja.smtp().all().empty());
    EXPECT_TRUE(play.hear("DATA\r\n").starts_with("503"));
    EXPECT_TRUE(play.hear("HELP\r\n").starts_with("500"));
    EXPECT_TRUE(play.hear("QUIT\r\n").starts_with("221"));
    EXPECT_TRUE(play.closed);
}

TEST(smtp, faults_refuse_at_a_stage_cut_and_lose_the_answer) {
    Mailing play;
    play.sign_in();
    play.fault(R"({"name":"mail_refused","code":"450","path":"/mail/rcpt","count":1})");
    EXPECT_TRUE(play.hear("MAIL FROM:<a@b.example>\r\n").starts_with("250"));
    EXPECT_TRUE(play.hear("RCPT TO:<c@d.example>\r\n").starts_with("450"));
    play.fault(R"({"name":"mail_answer_lost","count":1})");
    EXPECT_EQ(play.send("Subject: x\r\n\r\nx\r\n.\r\n"), "");
    EXPECT_TRUE(play.closed);
    EXPECT_EQ(play.daraja.smtp().all().size(), 1u);
    play.fault(R"({"name":"mail_cut","path":"/mail/end","count":1})");
    EXPECT_EQ(play.send("Subject: x\r\n\r\nx\r\n.\r\n"), "");
    EXPECT_EQ(play.daraja.smtp().all().size(), 1u);
}

}  // namespace
}  // namespace clinicpro::sandbox
