// notices.hpp: messages to patients, each exactly once wanted and at least once sent.
//
// `queue` writes the wish in the caller's transaction under an effect key: the same effect twice is one message. The
// job "notice.send" (notice_sender.hpp) sends it. What failed stays on a list with the reason in a sentence, and can be
// sent again. A network's report of what became of a message is kept with it: a final one is never taken back, and one
// that comes before the answer that names its message waits for it. Tested by invoices/notices_test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clinics/link.hpp"
#include "clinics/vault.hpp"
#include "jobs/job.hpp"
#include "messaging/sms_africas_talking.hpp"
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
    Money amount = {};  // received now, or given back
    Money rest = {};    // still due, or too much
    std::string receipt = {};  // of money given back; a payment's own stands with the payment
};

struct Notice {
    NoticeId id;
    std::string which;  // "paid_virtual"
    PatientId patient;
    InvoiceId invoice;
    AppointmentId appointment;
    std::string channel;  // empty until it was decided
    std::string state;    // "queued" | "sent" | "failed" | "dropped" (no longer true when its turn came)
    std::string body;     // empty until it was put together
    std::string note;     // why it failed or waits
    std::string delivery; // what the network reported: "" | "under_way" | "undelivered" | "failed" | "delivered"
    int parts = 0;        // SMS it cost; 0 for other channels
    Instant created_at;
    std::optional<Instant> sent_at;
};

namespace notices {

inline constexpr int kPageMax = 200;

Result<> queue(jobs::Context& context, store::ClinicTx& tx, const NewNotice& wanted);

// Money that was sent back; `effect` names the refund, so that it is told once.
struct Refunded {
    std::string effect;
    PatientId patient;
    InvoiceId invoice = {};
    TransactionId transaction = {};
    Money amount;
    std::string receipt;  // of the movement back; may be empty
};
Result<> queue_refunded(jobs::Context& context, store::ClinicTx& tx, const Refunded& refund);
// A mail with the same message, for a patient who gets an SMS as well.
Result<> queue_mail_copy(jobs::Context& context, store::ClinicTx& tx, NoticeId id);
// Drops what waits to be said about a visit as it was before a change: its link, its move, its reminders.
Result<> drop_outdated(store::ClinicTx& tx, AppointmentId visit, std::string_view why);

struct Page {
    int limit = 50;             // 1..kPageMax
    int64_t before = 0;         // an id; 0: from the newest
    std::string state = {};     // empty: any
    InvoiceId invoice = {};     // 0: any
    PatientId patient = {};     // 0: any
    AppointmentId appointment = {};  // 0: any
};
Result<std::vector<Notice>> list(store::ClinicTx& tx, clinics::Vault& vault, const Page& page);
// Queues a failed notice again, by `channel` ("sms", "mail", "log") or the one it had. kNotFound; kConflict when it did
// not fail.
Result<> retry(jobs::Context& context, store::ClinicTx& tx, NoticeId id, std::string_view channel = {});
// What a network reports about a message sent by the account of clinic `account` (kSystem: the server's). A message of
// another account is not touched.
Result<> report(store::Tx& tx, ClinicId account, const messaging::DeliveryReport& report, Instant now);

}  // namespace notices

}  // namespace clinicpro::invoices
