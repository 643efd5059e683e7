// smtp.hpp: a mail server, played: EHLO, STARTTLS, AUTH, the envelope, DATA, and a mailbox to look into.
//
// meetings.md 6.2 and 7.4. Stricter than most: no name or password without TLS where TLS is offered, no bare line feed,
// no byte beyond ASCII, no line over 998 bytes. Faults answer 4yz or 5yz at any stage or cut the connection, also after
// the mail was taken. The session holds no socket: lines in, replies out. Tested by sandbox/smtp_test.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "net/talk_server.hpp"
#include "sandbox/world.hpp"

namespace clinicpro::sandbox {

struct MailReceived {
    int64_t number = 0;
    Instant at;
    std::string user;  // who signed in; empty: nobody had to
    bool tls = false;
    std::string from;  // envelope
    std::string to;
    std::string content;  // header and body, dots undoubled
};

class Smtp {
public:
    explicit Smtp(World& world) : world_(world) {}
    const std::deque<MailReceived>& all() const { return received_; }
    void keep(MailReceived mail);
    World& world() { return world_; }

private:
    World& world_;
    std::deque<MailReceived> received_;
    int64_t last_ = 0;
};

class SmtpSession {
public:
    using Say = net::Talk::Say;
    Say open(Smtp& smtp);
    // `now` is the sandbox's.
    Say hear(Smtp& smtp, std::string_view bytes, Instant now);
    void secured();

private:
    enum class Reading { kCommands, kPlain, kUser, kPassword, kContent };
    Say line(Smtp& smtp, const std::string& line);
    Say auth(Smtp& smtp, const std::string& arguments);
    Say plain(Smtp& smtp, const std::string& encoded);
    Say signed_in(Smtp& smtp, const std::string& user, const std::string& password);
    Say take_content(Smtp& smtp, Instant now);
    bool content_is_whole() const;
    // What a fault makes of this stage, if one bites.
    std::optional<Say> fault(Smtp& smtp, std::string_view stage) const;

    Reading reading_ = Reading::kCommands;
    std::string waiting_;  // bytes that are not a whole line yet, or the content so far
    bool tls_ = false;
    std::string user_, name_asked_;
    std::string from_, to_;
};

}  // namespace clinicpro::sandbox
