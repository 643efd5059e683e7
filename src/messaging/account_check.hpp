// account_check.hpp: asks a clinic's SMS or mail account whether it lets us in, without sending anything, sans-I/O.
//
// Africa's Talking tells the account's balance (GET /version1/user); a mail server is signed in to and left. Sentences
// say what was tried and how it is, and for anything but kGood what to do. Tested by messaging/account_check_test.
#pragma once

#include <string>

#include "messaging/config.hpp"

namespace clinicpro::messaging {

struct AccountCheck {
    enum class Level { kGood, kWarning, kProblem };
    Level level = Level::kGood;
    std::string sentence;
};

net::ClientRequest ask_sms_account(const SmsAccount& account);
AccountCheck read_sms_account(const net::Outcome& outcome);
net::MailRequest ask_mail_account(const MailAccount& account);
AccountCheck read_mail_account(const net::Outcome& outcome);

}  // namespace clinicpro::messaging
