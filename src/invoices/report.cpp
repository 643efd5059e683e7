#include "invoices/report.hpp"

#include "base/error.hpp"

namespace clinicpro::invoices::report {
namespace {

namespace sums = payments::day_sums;

// One pass over an index that holds all it asks for.
constexpr store::Sql kVisits =
    "SELECT CAST(COALESCE(SUM(CASE WHEN state = 'completed' THEN 1 ELSE 0 END), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(CASE WHEN state = 'cancelled' THEN 1 ELSE 0 END), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(CASE WHEN state = 'released' THEN 1 ELSE 0 END), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(CASE WHEN state = 'confirmed' AND ends_at > $4 THEN 1 ELSE 0 END), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(CASE WHEN state = 'confirmed' AND ends_at <= $4 THEN 1 ELSE 0 END), 0) AS BIGINT) "
    "FROM appointments WHERE clinic_id = $1 AND starts_at >= $2 AND starts_at < $3";
constexpr store::Sql kOpenUnallocated =
    "SELECT COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM unallocated WHERE clinic_id = $1 AND state = 'open' "
    "AND refund_id IS NULL";
constexpr store::Sql kOpenRefunds =
    "SELECT COUNT(*), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM refunds WHERE clinic_id = $1 AND state IN "
    "('requested', 'approved', 'sending', 'pending', 'unknown')";

using Histogram = std::map<int64_t, int64_t>;  // seconds, how many

int64_t at_rank(const Histogram& histogram, int64_t rank) {
    int64_t seen = 0;
    for (const auto& [seconds, n] : histogram) {
        seen += n;
        if (seen >= rank) return seconds;
    }
    return 0;
}

Spread spread_of(const Histogram& histogram) {
    Spread spread;
    for (const auto& [seconds, n] : histogram) spread.n += n;
    if (spread.n <= 0) return {};
    spread.median = at_rank(histogram, (spread.n + 1) / 2);
    spread.p90 = at_rank(histogram, (spread.n * 9 + 9) / 10);
    return spread;
}

void add_attempt(Report& r, const sums::Sum& s, Histogram& waits) {
    r.prompts += s.n;
    if (s.code == "paid" || s.code == "paid_without_receipt") {
        r.prompts_paid += s.n;
        waits[s.seconds] += s.n;
    } else if (int64_t& n = r.not_paid[std::string(s.code)]; (n += s.n) == 0) {
        r.not_paid.erase(std::string(s.code));
    }
}

}  // namespace

Result<Report> make(store::ClinicTx& tx, int64_t first, int64_t last, Instant now) {
    if (last < first) return fail(Code::kInvalid, "The range ends before it begins. Check from and to.", "to");
    if (last - first >= kDaysMax) return fail(Code::kInvalid, "A report covers at most 400 days. Choose a shorter range.", "to");
    Report r{.first = first, .last = last};
    for (int64_t day = first; day <= last; ++day) r.days.push_back({.day = day});
    Histogram paid_waits, link_waits;
    TRY(sums::each(tx, first, last, [&](const sums::Sum& s) {
        DayReport& day = r.days[size_t(s.day - first)];
        const Money amount = Money::from_cents(s.cents);
        if (s.what == sums::kIn) {
            day.collected = day.collected + amount;
            day.payments += s.n;
            Money& of_method = day.by_method[std::string(s.method)];
            of_method = of_method + amount;
            auto& [n, money] = r.by_method[std::string(s.method)];
            n += s.n;
            money = money + amount;
        } else if (s.what == sums::kRefund) {
            day.refunded = day.refunded + amount;
            auto& [n, money] = r.refunds_to[std::string(s.code)];
            n += s.n;
            money = money + amount;
        } else if (s.what == sums::kUnallocated) {
            day.unallocated = day.unallocated + amount;
        } else if (s.what == sums::kAssigned) {
            r.assigned = r.assigned + amount;
        } else if (s.what == sums::kAttempt) {
            add_attempt(r, s, paid_waits);
        } else if (s.what == sums::kLink) {
            link_waits[s.seconds] += s.n;
        }
    }));
    for (const DayReport& day : r.days) {
        r.collected = r.collected + day.collected;
        r.refunded = r.refunded + day.refunded;
        r.unallocated = r.unallocated + day.unallocated;
    }
    r.prompt_to_paid = spread_of(paid_waits);
    r.paid_to_link = spread_of(link_waits);
    TRY(tx.each(
        kVisits,
        [&](const store::Row& row) {
            r.visits_completed = row.integer(0);
            r.visits_cancelled = row.integer(1);
            r.visits_released = row.integer(2);
            r.visits_to_come = row.integer(3);
            r.visits_not_completed = row.integer(4);
        },
        sums::start_of(first), sums::start_of(last + 1), now));
    TRY(tx.each(kOpenUnallocated, [&](const store::Row& row) {
        r.open_unallocated = row.integer(0);
        r.open_unallocated_amount = row.money(1);
    }));
    TRY(tx.each(kOpenRefunds, [&](const store::Row& row) {
        r.open_refunds = row.integer(0);
        r.open_refunds_amount = row.money(1);
    }));
    return r;
}

}  // namespace clinicpro::invoices::report
