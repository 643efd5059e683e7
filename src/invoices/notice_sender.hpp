// notice_sender.hpp: the job "notice.send": one wanted message becomes one sent message.
//
// The text is put together at the moment of sending (time and link as they are then) and handed to the channel that
// the clinic chose. It holds the patient's link, so it is stored sealed. An SMS whose fate is unknown is sent once
// more: a second copy of the same link does no harm, a missing one does (meetings.md 6.1); afterwards a person decides.
// A further try that would differ by the receipt only says what the first one said. In quiet hours what can wait waits.
// A message that is no longer true when its turn comes is dropped. With SMS and mail both on, a patient with a mail
// address gets the mail as a copy, with the visit for the calendar. Tested by invoices/notices_test,
// invoices/occasions_test and, under faults, invoices/delivery_test.
#pragma once

#include <functional>

#include "invoices/message_settings.hpp"
#include "invoices/notices.hpp"

namespace clinicpro::invoices {

// Until when a message waits for the end of the quiet hours; nothing: it goes now. Never waits: the one-hour reminder,
// what would come less than an hour before its visit, and the answer to a payment made just now.
std::optional<Instant> held_until(messaging::Template which, std::optional<Instant> visit, Instant wanted_at,
                                  Instant now, const messaging::QuietHours& quiet);

class NoticeSender final : public jobs::Handler {
public:
    struct Options {
        std::string public_base_url;  // "https://pay.mlimani.co.ke": /j/<token> follows
        // The number patients pay the rest to, or empty; app/wiring asks the payment method.
        std::function<Result<std::string>(store::ClinicTx&)> paybill = {};
    };
    static constexpr int kAttemptsMax = 9;  // about an hour of back-off
    static constexpr int kUnknownMax = 1;   // further tries after an unknown ending
    static constexpr Duration kAtThePhone =
        15min;  // after a payment its answer waits for nothing: the phone is in hand

    NoticeSender(MessageSettings& settings, clinics::Vault& vault, const clinics::LinkSigner& signer, Options options);

    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override;

private:
    struct Loaded;
    Result<messaging::Message> message_of(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                                          Loaded& notice, const std::optional<MessageSettings::Choice>& choice);
    std::optional<messaging::Invite> invite_of(jobs::Context& context, const Loaded& notice,
                                               const messaging::Message& message,
                                               const std::optional<MessageSettings::Choice>& choice) const;
    Result<jobs::Next> finish(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                              const messaging::Delivery& delivery);
    Result<jobs::Next> sent(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                            const messaging::Sent& sent);
    Result<jobs::Next> unknown(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                               std::string_view reason);
    Result<jobs::Next> later(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string why);
    Result<jobs::Next> give_up(store::ClinicTx& tx, const jobs::Job& job, std::string_view why);
    Result<jobs::Next> drop(store::ClinicTx& tx, const jobs::Job& job, std::string_view why);

    MessageSettings& settings_;
    clinics::Vault& vault_;
    const clinics::LinkSigner& signer_;
    const Options options_;
};

}  // namespace clinicpro::invoices
