#include "payments/day_sums.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "base/text.hpp"

namespace clinicpro::payments::day_sums {
namespace {

constexpr Duration kEat = 3h;
constexpr int64_t kDay = 86'400'000'000;
constexpr size_t kCodeMax = 32;             // Daraja's codes have at most 12
constexpr int64_t kSecondsMax = 86'400;     // longer is a day, whatever it was

constexpr store::Sql kAdd =
    "INSERT INTO day_sums (clinic_id, day, what, method, code, seconds, n, cents) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (clinic_id, day, what, method, code, seconds) DO UPDATE SET "
    "n = day_sums.n + excluded.n, cents = day_sums.cents + excluded.cents";
constexpr store::Sql kEach =
    "SELECT day, what, method, code, seconds, n, cents FROM day_sums WHERE clinic_id = $1 AND day >= $2 AND day <= $3 "
    "ORDER BY day, what, method, code, seconds";

// What a group of payments adds: most of them to the same few sums. Written in the order of their keys, so that two writers who meet
// there wait for each other and not in a circle.
struct Pending final : store::Shared {
    using Key = std::tuple<int64_t, int64_t, std::string, std::string, std::string, int64_t>;  // as the table's
    struct Added {
        int64_t n = 0;
        int64_t cents = 0;
    };
    std::map<Key, Added> sums;

    Result<> write(store::Tx& raw) override {
        for (const auto& [key, added] : std::exchange(sums, {})) {
            const auto& [clinic, day, what, method, code, seconds] = key;
            store::ClinicTx tx(raw, ClinicId{clinic});
            TRY(tx.execute(kAdd, day, what, method, code, seconds, added.n, added.cents));
        }
        return {};
    }
};

bool is_paid(State state) {
    return state == State::kPaid || state == State::kPaidWithoutReceipt;
}

// Nothing for an attempt that is still open.
Result<> add_outcome(store::ClinicTx& tx, const Transaction& t, int64_t sign) {
    if (is_open(t.state)) return {};
    std::string code(to_string(t.state));
    if (t.state == State::kFailed) code += "/" + std::string(text::clip(t.result_code, kCodeMax));
    int64_t seconds = 0;
    if (is_paid(t.state) && t.sent_at && t.settled_at) {
        // A query's word is kept by the provider's clock, the others by ours.
        const bool is_theirs = t.witness == to_string(Witness::kQuery) && t.provider_sent_at;
        seconds = std::clamp<int64_t>((*t.settled_at - (is_theirs ? *t.provider_sent_at : *t.sent_at)) / 1s, 0, kSecondsMax);
    }
    return add(tx, {day_of(t.created_at), kAttempt, t.method, code, seconds, sign, sign * t.amount_received.cents()});
}

}  // namespace

int64_t day_of(Instant at) {
    return (at + kEat).micros / kDay;
}

Instant start_of(int64_t day) {
    return Instant{day * kDay} - kEat;
}

Result<> add(store::ClinicTx& tx, const Sum& sum) {
    Pending::Added& added = tx.raw().shared<Pending>().sums[{tx.clinic().value, sum.day, std::string(sum.what), std::string(sum.method),
                                                             std::string(sum.code), sum.seconds}];
    added.n += sum.n;
    added.cents += sum.cents;
    return {};
}

Result<> add_line(store::ClinicTx& tx, std::string_view debit, std::string_view credit, std::string_view method,
                  Money amount, Instant at) {
    const int64_t n = amount.is_positive() ? 1 : 0;
    const int64_t day = day_of(at);
    if (debit == "mpesa" && credit == "clearing") return add(tx, {day, kIn, method, "", 0, n, amount.cents()});
    if (debit == "clearing" && credit == "unallocated") return add(tx, {day, kUnallocated, "", "", 0, n, amount.cents()});
    if (debit == "unallocated" && credit == "invoice") return add(tx, {day, kAssigned, "", "", 0, n, amount.cents()});
    if (credit == "mpesa" || credit == "by_hand") return add(tx, {day, kRefund, "", credit, 0, n, amount.cents()});
    return {};
}

Result<> add_attempt(store::ClinicTx& tx, const Transaction& before, const Transaction& now) {
    if (before.state == now.state && before.amount_received == now.amount_received) return {};
    TRY(add_outcome(tx, before, -1));
    return add_outcome(tx, now, 1);
}

Result<> each(store::ClinicTx& tx, int64_t first, int64_t last, const std::function<void(const Sum&)>& sink) {
    TRY(tx.raw().shared<Pending>().write(tx.raw()));
    TRY(tx.each(
        kEach,
        [&](const store::Row& row) {
            sink({row.integer(0), row.text(1), row.text(2), row.text(3), row.integer(4), row.integer(5), row.integer(6)});
        },
        first, last));
    return {};
}

}  // namespace clinicpro::payments::day_sums
