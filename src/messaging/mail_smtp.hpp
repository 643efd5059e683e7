// mail_smtp.hpp: a patient's message as a mail, handed to the clinic's own mail server, sans-I/O (meetings.md 6.2).
//
// Promises: the Message-ID is the notice's, so a mail that was sent again after an unknown ending can be recognised as
// the same; TLS is verified and required unless the server is this machine; a refusal of 4yz passes, one of 5yz is
// final and says whose it is. The body says no more than the SMS does. Tested by messaging/mail_smtp_test, and against
// other people's servers in tests/mail_peer_test.sh.
#pragma once

#include <string>

#include "messaging/channel.hpp"
#include "net/mail.hpp"

namespace clinicpro::messaging {

using MailSecurity = net::MailRequest::Security;
std::string_view to_string(MailSecurity security);  // "starttls" | "tls" | "none"
std::optional<MailSecurity> mail_security_from(std::string_view word);

struct MailAccount {
    std::string host;
    int port = 587;
    MailSecurity security = MailSecurity::kStartTls;
    std::string username;  // empty: the server asks for none
    Secret<> password;
    std::string from;       // "visits@mlimani.example"
    std::string from_name;  // "Mlimani Clinic"; empty: the clinic's name

    friend bool operator==(const MailAccount&, const MailAccount&) = default;
};

class MailSmtp final : public Channel {
public:
    MailSmtp(MailAccount account, Instant now) : account_(std::move(account)), now_(now) {}
    std::string_view name() const override { return "mail"; }
    Step send(const Message& message) override;
    Delivery absorb(const net::Outcome& outcome) override { return read_answer(outcome); }

    static Delivery read_answer(const net::Outcome& outcome);

private:
    const MailAccount account_;
    const Instant now_;
};

// Header and body of the mail. Public for tests.
std::string write_mail(const MailAccount& account, const Message& message, Instant now);

}  // namespace clinicpro::messaging
