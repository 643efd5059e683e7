#include "sandbox/smtp.hpp"

#include "base/text.hpp"

namespace clinicpro::sandbox {
namespace {

constexpr size_t kKeptMax = 5'000;
constexpr size_t kLineMax = 1'000;  // bytes of a line with its end (RFC 5321 4.5.3.1.6)
constexpr size_t kContentMax = 1'048'576;
constexpr std::string_view kEnd = "\r\n.\r\n";

net::Talk::Say say(std::string line) {
    return {.bytes = std::move(line) + "\r\n"};
}

// "<a@b.example>" after FROM: or TO:, with whatever parameters follow.
std::string address_in(std::string_view argument) {
    const size_t open = argument.find('<'), close = argument.find('>');
    if (open == argument.npos || close == argument.npos || close < open) return {};
    return std::string(argument.substr(open + 1, close - open - 1));
}

// What is wrong with the content; empty when nothing is.
std::string fault_of(std::string_view content) {
    size_t line = 0;
    for (size_t i = 0; i < content.size(); ++i) {
        const char c = content[i];
        ++line;
        if (line > kLineMax) return "554 5.6.0 A line is longer than 998 bytes";
        if (uint8_t(c) >= 0x80) return "554 5.6.1 Bytes beyond ASCII without 8BITMIME";
        if (c == '\n' && (i == 0 || content[i - 1] != '\r')) return "550 5.6.11 A bare line feed";
        if (c == '\r' && (i + 1 == content.size() || content[i + 1] != '\n'))
            return "550 5.6.11 A bare carriage return";
        if (c == '\n') line = 0;
    }
    return {};
}

std::string without_doubled_dots(std::string_view content) {
    std::string out;
    bool line_begins = true;
    for (size_t i = 0; i < content.size(); ++i) {
        if (line_begins && content[i] == '.') {
            line_begins = false;
            continue;
        }
        line_begins = content[i] == '\n';
        out += content[i];
    }
    return out;
}

}  // namespace

void Smtp::keep(MailReceived mail) {
    mail.number = ++last_;
    received_.push_back(std::move(mail));
    if (received_.size() > kKeptMax) received_.pop_front();
}

std::optional<SmtpSession::Say> SmtpSession::fault(Smtp& smtp, std::string_view stage) const {
    World& world = smtp.world();
    const Subject subject{stage, {}, {}};
    if (const Fault* refused = world.faults.draw("mail_refused", subject, world.dice)) {
        return say((refused->code.empty() ? "451" : refused->code) + " 4.3.0 The sandbox was told to say this");
    }
    if (world.faults.draw("mail_cut", subject, world.dice) != nullptr) return Say{.then_close = true};
    return std::nullopt;
}

SmtpSession::Say SmtpSession::open(Smtp& smtp) {
    if (auto out = fault(smtp, "/mail/greeting")) return *out;
    return say("220 sandbox.example ESMTP ready");
}

void SmtpSession::secured() {
    *this = SmtpSession();  // as RFC 3207 demands: all that was said before is forgotten
    tls_ = true;
}

SmtpSession::Say SmtpSession::hear(Smtp& smtp, std::string_view bytes, Instant now) {
    waiting_ += bytes;
    if (waiting_.size() > kContentMax + kLineMax) return {.bytes = "552 5.3.4 Too much\r\n", .then_close = true};
    Say all;
    for (;;) {
        if (reading_ == Reading::kContent) {
            if (!content_is_whole()) return all;
            const Say verdict = take_content(smtp, now);
            all.bytes += verdict.bytes;
            all.then_close = verdict.then_close;
            if (all.then_close) return all;
            continue;
        }
        const size_t end = waiting_.find("\r\n");
        if (end == std::string::npos) {
            if (waiting_.size() > kLineMax) return {.bytes = "500 5.5.2 Line too long\r\n", .then_close = true};
            return all;
        }
        const std::string one = waiting_.substr(0, end);
        waiting_.erase(0, end + 2);
        const Say reply = line(smtp, one);
        all.bytes += reply.bytes;
        all.then_tls = reply.then_tls;
        all.then_close = reply.then_close;
        if (all.then_tls) waiting_.clear();  // what was sent before TLS stood does not count
        if (all.then_tls || all.then_close) return all;
    }
}

SmtpSession::Say SmtpSession::line(Smtp& smtp, const std::string& line) {
    const Switches& switches = smtp.world().config.switches;
    if (reading_ == Reading::kPlain) return plain(smtp, line);
    if (reading_ == Reading::kUser) {
        reading_ = Reading::kPassword;
        name_asked_ = text::from_base64(line).value_or("");
        return say("334 UGFzc3dvcmQ6");
    }
    if (reading_ == Reading::kPassword) return signed_in(smtp, name_asked_, text::from_base64(line).value_or(""));
    const std::string verb = text::upper(line.substr(0, line.find_first_of(" :")));
    const std::string rest = line.size() > verb.size() ? line.substr(verb.size() + 1) : std::string();
    const bool offers_tls = switches.mail_tls && !tls_;
    if (verb == "EHLO" || verb == "HELO") {
        if (auto out = fault(smtp, "/mail/ehlo")) return *out;
        return {.bytes = "250-sandbox.example\r\n250-SIZE 1048576\r\n" +
                         std::string(offers_tls ? "250-STARTTLS\r\n" : "") +
                         (offers_tls ? "" : "250-AUTH PLAIN LOGIN\r\n") + "250 ENHANCEDSTATUSCODES\r\n"};
    }
    if (verb == "STARTTLS") {
        if (!offers_tls) return say("502 5.5.1 TLS is not to be had");
        if (auto out = fault(smtp, "/mail/starttls")) return *out;
        return {.bytes = "220 2.0.0 Go ahead\r\n", .then_tls = true};
    }
    if (verb == "QUIT") return {.bytes = "221 2.0.0 Bye\r\n", .then_close = true};
    if (verb == "NOOP") return say("250 2.0.0 Ok");
    if (verb == "RSET") {
        from_.clear();
        to_.clear();
        return say("250 2.0.0 Ok");
    }
    if (offers_tls) return say("530 5.7.0 Must issue a STARTTLS command first");
    if (verb == "AUTH") return auth(smtp, rest);
    if (verb == "MAIL") {
        if (user_.empty()) return say("530 5.7.0 Authentication required");
        if (auto out = fault(smtp, "/mail/mail")) return *out;
        from_ = address_in(rest);
        return from_.empty() ? say("501 5.1.7 Bad sender address") : say("250 2.1.0 Ok");
    }
    if (verb == "RCPT") {
        if (from_.empty()) return say("503 5.5.1 MAIL first");
        if (auto out = fault(smtp, "/mail/rcpt")) return *out;
        to_ = address_in(rest);
        return to_.find('@') == std::string::npos ? say("501 5.1.3 Bad recipient address") : say("250 2.1.5 Ok");
    }
    if (verb == "DATA") {
        if (to_.empty()) return say("503 5.5.1 RCPT first");
        if (auto out = fault(smtp, "/mail/data")) return *out;
        reading_ = Reading::kContent;
        return say("354 End with a dot on a line of its own");
    }
    return say("500 5.5.1 Command not known");
}

SmtpSession::Say SmtpSession::auth(Smtp& smtp, const std::string& arguments) {
    if (auto out = fault(smtp, "/mail/auth")) return *out;
    const size_t space = arguments.find(' ');
    const std::string how = text::upper(arguments.substr(0, space));
    const std::string first = space == std::string::npos ? std::string() : arguments.substr(space + 1);
    if (how == "LOGIN") {
        reading_ = first.empty() ? Reading::kUser : Reading::kPassword;
        name_asked_ = text::from_base64(first).value_or("");
        return say(first.empty() ? "334 VXNlcm5hbWU6" : "334 UGFzc3dvcmQ6");
    }
    if (how != "PLAIN") return say("504 5.5.4 AUTH is PLAIN or LOGIN");
    if (!first.empty()) return plain(smtp, first);
    reading_ = Reading::kPlain;
    return say("334 ");
}

SmtpSession::Say SmtpSession::plain(Smtp& smtp, const std::string& encoded) {
    reading_ = Reading::kCommands;
    const std::string bytes = text::from_base64(encoded).value_or("");
    const auto parts = text::split(bytes, '\0');
    if (parts.size() != 3) return say("501 5.5.2 Cannot decode this");
    return signed_in(smtp, std::string(parts[1]), std::string(parts[2]));
}

SmtpSession::Say SmtpSession::signed_in(Smtp& smtp, const std::string& user, const std::string& password) {
    reading_ = Reading::kCommands;
    for (const MailUser& one : smtp.world().config.mail_users) {
        if (one.username == user && one.password.reveal() == password) {
            user_ = user;
            return say("235 2.7.0 Authentication successful");
        }
    }
    return say("535 5.7.8 Authentication credentials invalid");
}

bool SmtpSession::content_is_whole() const {
    return waiting_.starts_with(".\r\n") || waiting_.find(kEnd) != std::string::npos;
}

SmtpSession::Say SmtpSession::take_content(Smtp& smtp, Instant now) {
    reading_ = Reading::kCommands;
    const bool empty = waiting_.starts_with(".\r\n");
    const size_t end = empty ? 0 : waiting_.find(kEnd) + 2;
    const std::string content = waiting_.substr(0, end);
    waiting_.erase(0, end + 3);
    MailReceived mail{0, smtp.world().stamp(now), user_, tls_, std::exchange(from_, {}), std::exchange(to_, {}), {}};
    if (auto out = fault(smtp, "/mail/end")) return *out;
    if (std::string why = fault_of(content); !why.empty()) return say(std::move(why));
    mail.content = without_doubled_dots(content);
    smtp.keep(std::move(mail));
    World& world = smtp.world();
    // Taken, and then nobody hears of it: what makes duplicates.
    if (world.faults.draw("mail_answer_lost", {"/mail/end", {}, {}}, world.dice) != nullptr)
        return {.then_close = true};
    return say("250 2.0.0 Ok: queued");
}

}  // namespace clinicpro::sandbox
