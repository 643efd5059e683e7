#include "invoices/explain.hpp"

#include <algorithm>
#include <set>

#include "invoices/explain_words.hpp"
#include "payments/exchanges.hpp"
#include "payments/inbox.hpp"
#include "payments/ledger.hpp"
#include "payments/redact.hpp"
#include "payments/refunds.hpp"

namespace clinicpro::invoices::explain {
namespace {

constexpr store::Sql kInboxBySubject =
    "SELECT id, method, state, note, peer, received_at FROM inbox WHERE clinic_id = $1 AND subject = $2 AND subject <> "
    "0";
constexpr store::Sql kInboxByPayment =
    "SELECT id, method, state, note, peer, received_at FROM inbox WHERE clinic_id = $1 AND transaction_id = $2 "
    "AND transaction_id IS NOT NULL";
constexpr store::Sql kAudit = "SELECT seq, at, actor, action, detail FROM audit WHERE clinic_id = $1 AND subject = $2";
// Lines stand beside the audit entries of their transaction: a line's id holds the moment it was made, and those
// moments are known. Rejected: an index of the ledger by payment, which every payment would have to write.
constexpr store::Sql kLedger =
    "SELECT id, debit, credit, amount, note, at FROM ledger WHERE clinic_id = $1 AND id >= $3 AND id < $4 "
    "AND transaction_id = $2";
constexpr store::Sql kUnallocated =
    "SELECT reason, suggestion, amount, created_at, state, resolved_by, resolved_at FROM unallocated "
    "WHERE clinic_id = $1 AND transaction_id = $2";
constexpr store::Sql kVisits = "SELECT i.id, i.appointment_id FROM invoices i WHERE i.clinic_id = $1 AND i.id = $2";
constexpr store::Sql kMeetings =
    "SELECT provider, state, note, created_at, updated_at FROM meetings WHERE clinic_id = $1 AND appointment_id = $2";
constexpr store::Sql kNotices =
    "SELECT template, state, channel, note, created_at, sent_at FROM notices WHERE clinic_id = $1 AND effect_key >= $2 "
    "AND effect_key < $3";
constexpr int64_t kIdsPerMilli = int64_t(1) << 22;  // base/ids.hpp
constexpr int64_t kLineBefore = 1'000;              // milliseconds: clocks of several instances
constexpr int64_t kLineAfter = 30'000;              // the longest batch

class Gathering {
public:
    Gathering(store::ClinicTx& tx, clinics::Vault& vault, bool with_bodies)
        : tx_(tx), vault_(vault), with_bodies_(with_bodies) {}

    Result<> trail(std::string_view kind, const std::string& subject, std::string_view about = {}) {
        TRY(tx_.each(
            kAudit,
            [&](const store::Row& row) {
                const std::string detail = row.string(4);
                if (!about.empty() && detail.find(about) == std::string::npos) return;
                add({row.instant(1), 2, row.string(2), std::string(kind), words_of_action(row.text(3), detail)});
                moments_.insert(row.instant(1).micros / 1000);
            },
            subject));
        return {};
    }

    Result<> heard(store::Sql by, int64_t value) {
        struct Heard {
            InboxId id;
            std::string method, state, note, peer;
            Instant at;
        };
        std::vector<Heard> all;
        TRY(tx_.each(
            by,
            [&](const store::Row& row) {
                all.push_back(
                    {row.id<InboxId>(0), row.string(1), row.string(2), row.string(3), row.string(4), row.instant(5)});
            },
            value));
        for (const Heard& one : all) {
            Happening h{one.at, 0, one.peer, "wire", words_of_notice(one.method, one.state, one.note)};
            if (one.peer.starts_with(payments::kFromStatement)) {
                h.who = one.peer.substr(payments::kFromStatement.size());
                h.phrases.front() = {"It was taken in from the M-Pesa statement."};
            }
            if (with_bodies_) {
                TRY(const Secret<> body, payments::Inbox::open(tx_, vault_, one.id));
                h.body = payments::with_masked_phones(payments::without_secrets(body.reveal()));
            }
            h.body_hidden = !with_bodies_;
            add(std::move(h));
        }
        return {};
    }

    Result<> said(int64_t subject) {
        TRY(const auto all, payments::exchanges::list(tx_, vault_, subject));
        for (const auto& one : all) {
            Happening h{one.at,
                        one.out ? 3 : 0,
                        one.out ? "this server" : "Safaricom",
                        "wire",
                        {{one.out ? "Asked Safaricom ({step}): {summary}." : "Safaricom's answer ({step}): {summary}.",
                          {{"step", one.step}, {"summary", one.summary}}}}};
            if (with_bodies_) h.body = payments::with_masked_phones(one.body.reveal());
            h.body_hidden = !with_bodies_;
            add(std::move(h));
        }
        return {};
    }

    // After every trail: their moments say where to look.
    Result<> lines(TransactionId id) {
        int64_t read_to = 0;
        for (const int64_t moment : moments_) {
            const int64_t first = std::max(read_to, id_at(moment - kLineBefore));
            const int64_t last = id_at(moment + kLineAfter);
            if (last <= first) continue;
            TRY(tx_.each(
                kLedger,
                [&](const store::Row& row) {
                    add({row.instant(5), 4, "the ledger", "ledger",
                         words_of_line(row.text(1), row.text(2), row.money(3), row.text(4))});
                },
                id, first, last));
            read_to = last;
        }
        return {};
    }

    Result<> waiting(TransactionId id) {
        TRY(tx_.each(
            kUnallocated,
            [&](const store::Row& row) {
                const std::string amount = row.money(2).to_display();
                add({row.instant(3),
                     4,
                     "system",
                     "payment",
                     {{"{amount} fits nowhere yet.", {{"amount", amount}}}, {row.string(0)}, {row.string(1)}}});
                if (const auto at = row.maybe_instant(6)) {
                    add({*at,
                         4,
                         row.string(5),
                         "payment",
                         {{"{amount} of it was {state}.", {{"amount", amount}, {"state", row.string(4)}}}}});
                }
            },
            id));
        return {};
    }

    Result<> visit(InvoiceId invoice) {
        AppointmentId appointment;
        TRY(tx_.each(kVisits, [&](const store::Row& row) { appointment = row.id<AppointmentId>(1); }, invoice));
        if (!appointment) return {};
        TRY(trail("visit", appointment.to_text()));
        TRY(tx_.each(
            kMeetings,
            [&](const store::Row& row) {
                add({row.instant(3), 5, "system", "meeting", {{"A meeting was wanted."}}});
                Phrases now = {
                    {"The meeting by {provider} is {state}.", {{"provider", row.string(0)}, {"state", row.string(1)}}}};
                if (row.text(0).empty()) now = {{"The meeting is {state}.", {{"state", row.string(1)}}}};
                if (!row.text(2).empty()) now.push_back({row.string(2)});
                add({row.instant(4), 6, row.string(0), "meeting", std::move(now)});
            },
            appointment));
        return {};
    }

    Result<> told(const std::string& effect) {
        TRY(tx_.each(
            kNotices,
            [&](const store::Row& row) {
                add({row.instant(4),
                     7,
                     "system",
                     "message",
                     {{"A message to the patient was wanted: {template}.", {{"template", row.string(0)}}}}});
                if (const auto at = row.maybe_instant(5)) {
                    add({*at, 8, row.string(2), "message", {{"The message to the patient was handed over."}}});
                } else if (row.text(1) == "failed") {
                    add({row.instant(4), 8, "system", "message", {{"The message did not go out."}, {row.string(3)}}});
                }
            },
            effect, effect + "~"));
        return {};
    }

    std::vector<Happening> take() {
        std::ranges::sort(all_, [](const Happening& a, const Happening& b) {
            return std::tie(a.at.micros, a.rank, a.order) < std::tie(b.at.micros, b.rank, b.order);
        });
        return std::move(all_);
    }

private:
    static int64_t id_at(int64_t millis) {
        return (millis - parse_iso("2025-01-01T00:00:00Z")->micros / 1000) * kIdsPerMilli;
    }
    void add(Happening h) {
        std::erase_if(h.phrases, [](const Phrase& one) { return one.pattern.empty(); });
        h.sentence = in_english(h.phrases);
        h.order = all_.size();
        all_.push_back(std::move(h));
    }

    store::ClinicTx& tx_;
    clinics::Vault& vault_;
    const bool with_bodies_;
    std::vector<Happening> all_;
    std::set<int64_t> moments_;  // milliseconds at which something of this payment was written
};

}  // namespace

Result<std::vector<Happening>> payment(store::ClinicTx& tx, clinics::Vault& vault, TransactionId id, bool with_bodies) {
    TRY(const payments::Transaction t, payments::ledger::find(tx, id));
    Gathering all(tx, vault, with_bodies);
    TRY(all.trail("payment", id.to_text()));
    TRY(all.heard(kInboxBySubject, id.value));
    TRY(all.heard(kInboxByPayment, id.value));
    TRY(all.said(id.value));
    TRY(const auto refunds, payments::refunds::list(tx, {.limit = payments::refunds::kPageMax, .payment = id}));
    for (const payments::Refund& r : refunds) {
        TRY(all.trail("refund", r.id.to_text()));
        TRY(all.heard(kInboxBySubject, r.id.value));
        TRY(all.said(r.id.value));
        TRY(all.told("refunded:" + std::to_string(r.id.value)));
    }
    if (t.invoice) {
        TRY(all.trail("invoice", t.invoice.to_text(), id.to_text()));
        TRY(all.visit(t.invoice));
        TRY(all.told("paid:" + std::to_string(t.invoice.value) + ":" + std::to_string(id.value) + ":"));
    }
    TRY(all.waiting(id));
    TRY(all.lines(id));
    return all.take();
}

}  // namespace clinicpro::invoices::explain
