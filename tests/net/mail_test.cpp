// Facts about mail: what the server saw, and how each ending is told apart. A scripted server, over real sockets.
#include "net/mail.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/text.hpp"
#include "net/client.hpp"
#include "net/talk_server.hpp"

namespace clinicpro::net {
namespace {

// One server for one mail: says what the test wants at each stage.
struct Script {
    std::map<std::string, std::string> replies;  // by verb, or "greeting" and "end"; "cut" cuts the connection
    bool tls = false;
    std::mutex mutex;
    std::vector<std::string> heard;
    std::string content;
    bool secured = false;

    void set(std::map<std::string, std::string> wanted) {
        const std::lock_guard lock(mutex);  // the peer of the mail before may still be reading
        replies = std::move(wanted);
    }
    std::string reply(const std::string& stage, const std::string& usual) {
        const std::lock_guard lock(mutex);
        const auto found = replies.find(stage);
        return found == replies.end() ? usual : found->second;
    }
};

class ScriptedTalk final : public Talk {
public:
    explicit ScriptedTalk(Script& script) : script_(script) {}
    Say open() override { return say("greeting", "220 peer ESMTP"); }
    void secured() override {
        const std::lock_guard lock(script_.mutex);
        script_.secured = true;
        waiting_.clear();
    }
    Say hear(std::string_view bytes) override {
        waiting_ += bytes;
        Say all;
        for (;;) {
            const std::string_view end = in_content_ ? "\r\n.\r\n" : "\r\n";
            const size_t at = waiting_.find(end);
            if (at == std::string::npos) return all;
            const std::string line = waiting_.substr(0, at);
            waiting_.erase(0, at + end.size());
            const Say one = in_content_ ? took(line) : command(line);
            all.bytes += one.bytes;
            all.then_tls = one.then_tls;
            all.then_close = one.then_close;
            if (all.then_tls || all.then_close) return all;
        }
    }

private:
    Say say(const std::string& stage, const std::string& usual) {
        const std::string reply = script_.reply(stage, usual);
        if (reply == "cut") return {.then_close = true};
        return {.bytes = reply + "\r\n"};
    }
    Say took(const std::string& content) {
        in_content_ = false;
        {
            const std::lock_guard lock(script_.mutex);
            script_.content = content;
        }
        return say("end", "250 2.0.0 taken");
    }
    Say command(const std::string& line) {
        const std::string verb = line.substr(0, line.find(' '));
        {
            const std::lock_guard lock(script_.mutex);
            script_.heard.push_back(line);
        }
        if (verb == "EHLO")
            return say(verb,
                       script_.tls && !script_.secured ? "250-peer\r\n250 STARTTLS" : "250-peer\r\n250 AUTH PLAIN");
        if (verb == "STARTTLS") {
            Say go = say(verb, "220 go");
            go.then_tls = go.bytes.starts_with("220");
            return go;
        }
        if (verb == "AUTH") {
            answers_ = script_.reply(verb, "334 ") == "334 ";
            return say(verb, "334 ");
        }
        if (std::exchange(answers_, false)) return say("name", "235 welcome");
        if (verb == "DATA") {
            Say go = say(verb, "354 go");
            in_content_ = go.bytes.starts_with("354");
            return go;
        }
        if (verb == "QUIT") return {.bytes = "221 bye\r\n", .then_close = true};
        return say(verb, "250 ok");
    }

    Script& script_;
    std::string waiting_;
    bool in_content_ = false;
    bool answers_ = false;  // the next line is what AUTH asked for
};

class Mail : public ::testing::Test {
protected:
    Mail() { start(false); }
    void start(bool tls_at_once) {
        auto started =
            TalkServer::start({.tls_at_once = tls_at_once}, [this] { return std::make_unique<ScriptedTalk>(script); });
        ASSERT_TRUE(started) << started.error().message;
        server = std::move(*started);
    }
    MailRequest request(std::string content = "Subject: Hello\r\n\r\nText\r\n") const {
        return {.host = "127.0.0.1",
                .port = server->port(),
                .security = MailRequest::Security::kNone,
                .username = "visits",
                .password = Secret<>("pass word"),
                .hello = "clinic.example",
                .from = "visits@clinic.example",
                .to = "asha@example.co.ke",
                .content = std::move(content)};
    }
    Outcome send(MailRequest mail, ClientOptions options = {}) {
        CurlClient client(std::move(options));
        return send_and_wait(client, std::move(mail));
    }
    int status(const Outcome& outcome) {
        const auto* response = std::get_if<Response>(&outcome);
        return response ? response->status : std::holds_alternative<Unknown>(outcome) ? -1 : -2;
    }
    std::string trusted() {
        const auto path =
            std::filesystem::temp_directory_path() / ("clinicpro-mail-" + std::to_string(::getpid()) + ".pem");
        std::ofstream(path) << server->certificate();
        return path.string();
    }
    Script script;
    std::unique_ptr<TalkServer> server;
};
constexpr int kUnknown = -1, kNotSent = -2;

TEST_F(Mail, the_server_sees_the_envelope_the_name_and_the_text) {
    const auto outcome = send(request());
    EXPECT_EQ(status(outcome), 250);
    const std::lock_guard lock(script.mutex);
    ASSERT_GE(script.heard.size(), 6u);
    EXPECT_EQ(script.heard[0], "EHLO clinic.example");
    EXPECT_EQ(script.heard[1], "AUTH PLAIN");
    EXPECT_EQ(script.heard[2], text::to_base64(std::string("\0visits\0pass word", 17)));
    EXPECT_EQ(script.heard[3], "MAIL FROM:<visits@clinic.example>");
    EXPECT_EQ(script.heard[4], "RCPT TO:<asha@example.co.ke>");
    EXPECT_EQ(script.heard[5], "DATA");
    EXPECT_EQ(script.content, "Subject: Hello\r\n\r\nText");
}

TEST_F(Mail, without_content_it_signs_in_and_leaves) {
    auto mail = request("");
    mail.to.clear();
    EXPECT_EQ(status(send(mail)), 250);
    {
        const std::lock_guard lock(script.mutex);
        ASSERT_GE(script.heard.size(), 4u);
        EXPECT_EQ(script.heard[1], "AUTH PLAIN");
        EXPECT_EQ(script.heard[3], "NOOP");
        for (const std::string& line : script.heard) EXPECT_FALSE(line.starts_with("MAIL")) << line;
    }
    script.set({{"name", "535 5.7.8 Not you"}});
    EXPECT_EQ(status(send(mail)), 535);
    script.set({{"NOOP", "cut"}});
    EXPECT_EQ(status(send(mail)), kNotSent);
}

TEST_F(Mail, a_dot_at_the_beginning_of_a_line_is_doubled_on_the_way) {
    EXPECT_EQ(status(send(request("Subject: x\r\n\r\n.\r\n..\r\n.hidden\r\nlast\r\n"))), 250);
    const std::lock_guard lock(script.mutex);
    EXPECT_EQ(script.content, "Subject: x\r\n\r\n..\r\n...\r\n..hidden\r\nlast");
}

TEST_F(Mail, a_refusal_at_any_stage_is_the_server_s_verdict_with_its_words) {
    for (const char* stage : {"greeting", "MAIL", "RCPT", "DATA", "end", "AUTH", "name"}) {
        for (const int code : {451, 550}) {
            script.set({{stage, std::to_string(code) + " 4.7.1 Not you"}});
            const auto outcome = send(request());
            EXPECT_EQ(status(outcome), code) << stage;
            if (status(outcome) == code)
                EXPECT_EQ(std::get<Response>(outcome).body, std::to_string(code) + " 4.7.1 Not you");
        }
    }
}

TEST_F(Mail, cut_before_the_end_is_not_sent_and_after_it_unknown) {
    for (const char* stage : {"greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA"}) {
        script.set({{stage, "cut"}});
        EXPECT_EQ(status(send(request())), kNotSent) << stage;
    }
    script.set({{"end", "cut"}});
    EXPECT_EQ(status(send(request())), kUnknown);
    // An older refusal of a greeting in the new style has nothing to do with it.
    script.set({{"EHLO", "502 what?"}, {"end", "cut"}});
    auto plain = request();
    plain.username.clear();
    EXPECT_EQ(status(send(plain)), kUnknown);
}

TEST_F(Mail, no_answer_after_the_end_is_unknown_too) {
    script.set({{"end", ""}});  // an empty line is no reply
    auto mail = request();
    mail.timeout = 500ms;
    EXPECT_EQ(status(send(mail)), kUnknown);
}

TEST_F(Mail, nobody_there_is_not_sent) {
    auto mail = request();
    server.reset();
    EXPECT_EQ(status(send(mail)), kNotSent);
}

TEST_F(Mail, starttls_is_verified_and_nothing_is_said_before) {
    script.tls = true;
    auto mail = request();
    mail.security = MailRequest::Security::kStartTls;
    EXPECT_EQ(status(send(mail)), kNotSent);  // a certificate nobody vouches for
    {
        const std::lock_guard lock(script.mutex);
        for (const std::string& line : script.heard)
            EXPECT_FALSE(line.starts_with("AUTH") || line.starts_with("MAIL")) << line;
        script.heard.clear();
        script.secured = false;
    }
    EXPECT_EQ(status(send(mail, {.ca_file = trusted()})), 250);
    const std::lock_guard lock(script.mutex);
    EXPECT_TRUE(script.secured);
    ASSERT_GE(script.heard.size(), 4u);
    EXPECT_EQ(script.heard[1], "STARTTLS");
    EXPECT_EQ(script.heard[2], "EHLO clinic.example");
}

TEST_F(Mail, a_server_without_tls_gets_no_password) {
    auto mail = request();
    mail.security = MailRequest::Security::kStartTls;
    EXPECT_NE(status(send(mail)), 250);
    const std::lock_guard lock(script.mutex);
    for (const std::string& line : script.heard)
        EXPECT_FALSE(line.starts_with("AUTH") || line.starts_with("MAIL")) << line;
}

TEST_F(Mail, tls_from_the_first_byte_works_and_is_verified) {
    start(true);
    auto mail = request();
    mail.security = MailRequest::Security::kTls;
    EXPECT_EQ(status(send(mail)), kNotSent);
    EXPECT_EQ(status(send(mail, {.ca_file = trusted()})), 250);
}

TEST_F(Mail, what_could_break_out_of_its_place_never_leaves) {
    const auto refused = [&](const std::function<void(MailRequest&)>& spoil) {
        auto mail = request();
        spoil(mail);
        return status(send(mail)) == kNotSent;
    };
    EXPECT_TRUE(refused([](auto& m) { m.to = "a@b.example>\r\nRCPT TO:<c@d.example"; }));
    EXPECT_TRUE(refused([](auto& m) { m.from = "a b@c.example"; }));
    EXPECT_TRUE(refused([](auto& m) { m.hello = "x\r\ny"; }));
    EXPECT_TRUE(refused([](auto& m) { m.host = "127.0.0.1/x"; }));
    EXPECT_TRUE(refused([](auto& m) { m.content = "Subject: x\n\nText\r\n"; }));
    EXPECT_TRUE(refused([](auto& m) { m.content = "Subject: x\r\n\r\nText\n.\nMAIL FROM:<x@y>\r\n"; }));
    EXPECT_TRUE(refused([](auto& m) { m.content = "Subject: x\r\n\r\nText"; }));
    EXPECT_TRUE(refused([](auto& m) { m.host = "mail.example"; }));  // without TLS to another machine
    const std::lock_guard lock(script.mutex);
    EXPECT_TRUE(script.heard.empty());
}

TEST(mail_client, a_client_that_speaks_no_smtp_says_so) {
    class HttpOnly final : public Client {
    public:
        void send(ClientRequest, std::function<void(Outcome)> done) override { done(NotSent{"http"}); }
    } client;
    EXPECT_TRUE(std::holds_alternative<NotSent>(send_and_wait(client, MailRequest{})));
}

}  // namespace
}  // namespace clinicpro::net
