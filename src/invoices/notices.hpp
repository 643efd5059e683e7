// notices.hpp: messages to patients, each exactly once wanted and at least once sent.
//
// `queue` writes the wish in the caller's transaction under an effect key: the same effect twice is one message. The
// job "notice.send" puts the text together at the moment of sending (time and link as they are then) and hands it to
// the channel. The text holds the patient's link, so it is stored sealed. An SMS whose fate is unknown is sent once
// more: a second copy of the same link does no harm, a missing one does (meetings.md 6.1). Tested by
// invoices/notices_test.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "clinics/link.hpp"
#include "clinics/vault.hpp"
#include "jobs/job.hpp"
#include "messaging/channel.hpp"
#include "messaging/templates.hpp"

namespace clinicpro::invoices {

inline constexpr std::string_view kSendNoticeJob = "notice.send";  // subject: the notice

struct NewNotice {
    std::string effect_key;
    messaging::Template which = messaging::Template::kPaid;
    PatientId patient;
    InvoiceId invoice = {};
    AppointmentId appointment = {};
    TransactionId transaction = {};
    Money amount = {};  // received now
    Money rest = {};    // still due, or too much
};

struct Notice {
    NoticeId id;
    std::string which;  // "paid_virtual"
    PatientId patient;
    InvoiceId invoice;
    AppointmentId appointment;
    std::string channel;  // empty until it was handed over
    std::string state;    // "queued" | "sent" | "failed"
    std::string body;     // empty until it was put together
    std::string note;     // why it failed or waits
    Instant created_at;
    std::optional<Instant> sent_at;
};

namespace notices {

inline constexpr int kPageMax = 200;

Result<> queue(jobs::Context& context, store::ClinicTx& tx, const NewNotice& wanted);

struct Page {
    int limit = 50;             // 1..kPageMax
    int64_t before = 0;         // an id; 0: from the newest
    std::string state = {};     // empty: any
    InvoiceId invoice = {};     // 0: any
    PatientId patient = {};     // 0: any
    AppointmentId appointment = {};  // 0: any
};
Result<std::vector<Notice>> list(store::ClinicTx& tx, clinics::Vault& vault, const Page& page);
// Queues a failed notice again. kNotFound; kConflict when it did not fail.
Result<> retry(jobs::Context& context, store::ClinicTx& tx, NoticeId id);

}  // namespace notices

class NoticeSender final : public jobs::Handler {
public:
    struct Options {
        std::string public_base_url;  // "https://pay.mlimani.co.ke": /j/<token> follows
        // The number patients pay the rest to, or empty; app/wiring asks the payment method.
        std::function<Result<std::string>(store::ClinicTx&)> paybill = {};
    };
    static constexpr int kAttemptsMax = 6;  // about an hour of back-off
    static constexpr int kUnknownMax = 1;   // further tries after an unknown ending

    NoticeSender(messaging::Channel& channel, clinics::Vault& vault, const clinics::LinkSigner& signer,
                 Options options);

    Result<jobs::Plan> plan(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job) override;
    Result<jobs::Next> absorb(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job, std::string_view step,
                              const net::Outcome& outcome) override;

private:
    Result<jobs::Next> finish(jobs::Context& context, store::ClinicTx& tx, const jobs::Job& job,
                              const messaging::Delivery& delivery, std::string_view body_sealed);
    Result<jobs::Next> give_up(store::ClinicTx& tx, const jobs::Job& job, std::string_view why);

    messaging::Channel& channel_;
    clinics::Vault& vault_;
    const clinics::LinkSigner& signer_;
    const Options options_;
};

}  // namespace clinicpro::invoices
