// notice_sender.hpp: the job "notice.send": one wanted message becomes one sent message.
//
// The text is put together at the moment of sending (time and link as they are then) and handed to the channel that
// the clinic chose. It holds the patient's link, so it is stored sealed. An SMS whose fate is unknown is sent once
// more: a second copy of the same link does no harm, a missing one does (meetings.md 6.1); afterwards a person decides.
// A message that is no longer true when its turn comes is dropped. Tested by invoices/notices_test.
#pragma once

#include <functional>

#include "invoices/message_settings.hpp"
#include "invoices/notices.hpp"

namespace clinicpro::invoices {

class NoticeSender final : public jobs::Handler {
public:
    struct Options {
        std::string public_base_url;  // "https://pay.mlimani.co.ke": /j/<token> follows
        // The number patients pay the rest to, or empty; app/wiring asks the payment method.
        std::function<Result<std::string>(store::ClinicTx&)> paybill = {};
    };
    static constexpr int kAttemptsMax = 6;  // about an hour of back-off
    static constexpr int kUnknownMax = 1;   // further tries after an unknown ending

    NoticeSender(MessageSettings& settings, clinics::Vault& vault, const clinics::LinkSigner& signer, Options options);

    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override;

private:
    struct Loaded;
    Result<std::string> text_of(store::ClinicTx& tx, const Loaded& notice);
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
