#include "invoices/day.hpp"

#include <algorithm>

namespace clinicpro::invoices::day {
namespace {

// An id made up to a minute before its row's time still counts: at decides, the range of ids only keeps it short.
constexpr Duration kSlack = std::chrono::minutes(10);
constexpr store::Sql kByHour =
    "SELECT (at - $3) / 3600000000, CAST(SUM(CASE WHEN debit = 'mpesa' THEN amount ELSE 0 - amount END) AS BIGINT), "
    "CAST(SUM(CASE WHEN debit = 'mpesa' THEN 1 ELSE 0 END) AS BIGINT) FROM ledger "
    "WHERE clinic_id = $1 AND id >= $2 AND at >= $3 AND at < $4 AND (debit = 'mpesa' OR credit = 'mpesa') "
    "GROUP BY (at - $3) / 3600000000";
constexpr store::Sql kSince =
    "SELECT CAST(COALESCE(SUM(CASE WHEN debit = 'mpesa' THEN amount ELSE 0 - amount END), 0) AS BIGINT) FROM ledger "
    "WHERE clinic_id = $1 AND id >= $2 AND at >= $3 AND at < $4 AND (debit = 'mpesa' OR credit = 'mpesa')";
constexpr store::Sql kAttention =
    "SELECT COUNT(*) FROM (SELECT id FROM transactions WHERE clinic_id = $1 AND attention IS NOT NULL LIMIT 1000) AS "
    "few";
constexpr store::Sql kUnallocated =
    "SELECT COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM "
    "(SELECT amount FROM unallocated WHERE clinic_id = $1 AND state = 'open' AND refund_id IS NULL LIMIT 1000) AS few";
// The index of open refunds is taken by a statement that repeats its condition.
constexpr store::Sql kRefunds =
    "SELECT COUNT(*) FROM (SELECT id FROM refunds WHERE clinic_id = $1 AND state IN ('requested', 'approved', 'sending', "
    "'pending', 'unknown') AND (state = 'requested' OR attention IS NOT NULL) LIMIT 1000) AS few";
constexpr store::Sql kNotices =
    "SELECT COUNT(*) FROM (SELECT id FROM notices WHERE clinic_id = $1 AND state = 'failed' LIMIT 1000) AS few";
constexpr store::Sql kJobs =
    "SELECT COUNT(*) FROM (SELECT id FROM jobs WHERE clinic_id = $1 AND state = 'dead' LIMIT 1000) AS few";
constexpr store::Sql kInbox =
    "SELECT COUNT(*) FROM (SELECT id FROM inbox WHERE clinic_id = $1 AND state IN ('parked', 'rejected') LIMIT 1000) "
    "AS few";

#define AGENDA                                                                                             \
    "SELECT a.id, p.name, p.phone_masked, i.id, i.state, i.amount_due - i.amount_paid, m.state, m.note "   \
    "FROM appointments a JOIN patients p ON p.clinic_id = a.clinic_id AND p.id = a.patient_id "            \
    "LEFT JOIN invoices i ON i.clinic_id = a.clinic_id AND i.appointment_id = a.id AND i.state <> 'void' " \
    "LEFT JOIN meetings m ON m.clinic_id = a.clinic_id AND m.appointment_id = a.id AND m.generation = "    \
    "a.meeting_generation "                                                                                \
    "WHERE a.clinic_id = $1 "
constexpr store::Sql kAgenda =
    AGENDA "AND a.starts_at >= $2 AND a.starts_at < $3 ORDER BY a.starts_at, a.id, i.id DESC";
constexpr store::Sql kEntry = AGENDA "AND a.id = $2 ORDER BY i.id DESC";
#undef AGENDA

Result<int64_t> count(store::ClinicTx& tx, store::Sql sql) {
    int64_t found = 0;
    TRY(tx.each(sql, [&](const store::Row& row) { found = row.integer(0); }));
    return found;
}

Result<Received> received(store::ClinicTx& tx, Instant from) {
    Received all;
    TRY(tx.each(
        kByHour,
        [&](const store::Row& row) {
            all.by_hour[size_t(std::clamp<int64_t>(row.integer(0), 0, 23))] = row.money(1);
            all.total = all.total + row.money(1);
            all.payments += row.integer(2);
        },
        first_id_at(from - kSlack), from, from + 24h));
    return all;
}

AgendaEntry read(const store::Row& row) {
    AgendaEntry entry;
    entry.visit.id = row.id<AppointmentId>(0);
    entry.patient = row.string(1);
    entry.phone_masked = row.string(2);
    entry.invoice = row.id<InvoiceId>(3);
    entry.invoice_state = invoice_state_from(row.text(4)).value_or(InvoiceState::kOpen);
    entry.still_due = row.money(5);
    entry.meeting = row.string(6);
    entry.meeting_note = row.string(7);
    return entry;
}

}  // namespace

Result<DayMoney> money(store::ClinicTx& tx, Instant now) {
    const Instant today = appointments::day_of(now).from, yesterday = today - 24h;
    DayMoney both;
    TRY(both.today, received(tx, today));
    TRY(both.yesterday, received(tx, yesterday));
    TRY(tx.each(
        kSince, [&](const store::Row& row) { both.yesterday_so_far = row.money(0); }, first_id_at(yesterday - kSlack),
        yesterday, now - 24h));
    return both;
}

Result<Waiting> waiting(store::ClinicTx& tx) {
    Waiting all;
    TRY(all.attention, count(tx, kAttention));
    TRY(tx.each(kUnallocated, [&](const store::Row& row) {
        all.unallocated = row.integer(0);
        all.unallocated_amount = row.money(1);
    }));
    TRY(all.refunds_waiting, count(tx, kRefunds));
    TRY(all.notices_failed, count(tx, kNotices));
    TRY(all.jobs_dead, count(tx, kJobs));
    TRY(all.inbox_troubled, count(tx, kInbox));
    return all;
}

Result<std::vector<AgendaEntry>> agenda(store::ClinicTx& tx, const appointments::Window& window) {
    TRY(const auto visits, appointments::list(tx, window));
    std::vector<AgendaEntry> all, rows;
    TRY(tx.each(kAgenda, [&](const store::Row& row) { rows.push_back(read(row)); }, window.from, window.until));
    for (const Appointment& visit : visits) {
        const auto found = std::ranges::find_if(rows, [&](const AgendaEntry& one) { return one.visit.id == visit.id; });
        if (found == rows.end()) continue;
        all.push_back(*found);
        all.back().visit = visit;
    }
    return all;
}

Result<AgendaEntry> entry(store::ClinicTx& tx, AppointmentId id) {
    TRY(const Appointment visit, appointments::find(tx, id));
    std::optional<AgendaEntry> found;
    TRY(tx.each(
        kEntry,
        [&](const store::Row& row) {
            if (!found) found = read(row);
        },
        id));
    if (!found) return fail(Code::kNotFound, "There is no visit under this id.");
    found->visit = visit;
    return *std::move(found);
}

}  // namespace clinicpro::invoices::day
