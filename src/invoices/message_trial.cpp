#include "invoices/message_trial.hpp"

#include "messaging/gsm7.hpp"
#include "messaging/mail_address.hpp"

namespace clinicpro::invoices {
namespace {

using Account = TrialResult::Account;

Account account_after(messaging::Refused::Why why) {
    switch (why) {
        case messaging::Refused::Why::kRecipient: return Account::kWell;
        case messaging::Refused::Why::kAccount: return Account::kWrong;
        case messaging::Refused::Why::kPassing: return Account::kUnknown;
    }
    CHECK(false);
    return Account::kUnknown;
}

}  // namespace

std::optional<MessageSettings::Tried> TrialResult::found(Instant at) const {
    if (account == Account::kUnknown) return std::nullopt;
    return MessageSettings::Tried{at, account == Account::kWell ? std::string() : sentence};
}

Result<net::AnyRequest> start_trial(const MessageSettings::Choice& choice, const Trial& trial,
                                    const std::string& clinic_name, std::string key, Instant now) {
    const messaging::Settings& settings = choice.settings;
    const std::string text = "This is a test message of " + clinic_name + ". Huu ni ujumbe wa majaribio.";
    if (trial.channel == "sms") {
        if (settings.sms_account.username.empty() || settings.sms_account.api_key.empty()) {
            return fail(Code::kConfig, "The SMS account is not set up yet: its user name or API key is missing.",
                        "channel");
        }
        auto phone = Msisdn::parse(trial.to);
        if (!phone) return fail(Code::kInvalid, phone.error().message, "to");
        messaging::SmsAfricasTalking channel(settings.sms_account);
        auto step = channel.send({choice.owner, *phone, messaging::to_gsm7(text), "trial", std::move(key)});
        return net::AnyRequest(std::get<net::ClientRequest>(std::move(step)));
    }
    if (trial.channel != "mail") return fail(Code::kInvalid, "A trial goes by sms or mail.", "channel");
    if (settings.mail_account.host.empty() || settings.mail_account.from.empty()) {
        return fail(Code::kConfig, "The mail account is not set up yet: its server or sender address is missing.",
                    "channel");
    }
    auto address = messaging::MailAddress::parse(trial.to);
    if (!address) return fail(Code::kInvalid, address.error().message, "to");
    messaging::MailSmtp channel(settings.mail_account, now);
    auto step = channel.send({.clinic = choice.owner,
                              .to = *Msisdn::parse("254700000000"),  // a mail has no use for it
                              .body = text,
                              .template_name = "trial",
                              .key = std::move(key),
                              .email = address->text(),
                              .clinic_name = clinic_name,
                              .subject = "Test message"});
    return net::AnyRequest(std::get<net::MailRequest>(std::move(step)));
}

TrialResult read_trial(const Trial& trial, const net::Outcome& outcome) {
    const bool sms = trial.channel == "sms";
    const auto delivery =
        sms ? messaging::SmsAfricasTalking::read_answer(outcome) : messaging::MailSmtp::read_answer(outcome);
    if (const auto* sent = std::get_if<messaging::Sent>(&delivery)) {
        std::string sentence = sms ? "Africa's Talking took the message" : "The mail server took the mail";
        if (!sent->provider_id.empty()) sentence += " (" + sent->provider_id + ")";
        return {true, sentence + (sms ? "; look at the phone." : "; look into the mailbox."), Account::kWell};
    }
    if (const auto* unknown = std::get_if<messaging::Unknown>(&delivery)) {
        return {false, "It is not known whether the message went out: " + unknown->reason +
                           ". Look whether it arrives before you try again.",
                Account::kUnknown};
    }
    const auto& refused = std::get<messaging::Refused>(delivery);
    return {false, refused.sentence, account_after(refused.why)};
}

}  // namespace clinicpro::invoices
