// audit.cpp: the chain. Every payment appends here: one digest and one insert at the right-hand edge, and for the first entry of a
// transaction one select by primary key.
#include "clinics/audit.hpp"

#include <limits>
#include <unordered_map>

#include "crypto/hash.hpp"

namespace clinicpro::clinics::audit {
namespace {

constexpr int kVerifyPage = 1'000;
// PostgreSQL has several writers, and two may read the same head; the later one reads again. Each try waits for the
// other's commit, so a few are enough.
constexpr int kTriesMax = 8;

void append_number(std::string& out, uint64_t value, int bytes) {
    for (int shift = 0; shift < 8 * bytes; shift += 8) out += char(value >> shift & 0xFF);
}

void append_text(std::string& out, std::string_view text) {
    append_number(out, text.size(), 4);
    out += text;
}

std::string hash_of(std::string_view before, ClinicId clinic, int64_t seq, const Entry& entry) {
    std::string bytes;
    bytes.reserve(before.size() + 24 + 16 + entry.actor.size() + entry.action.size() + entry.subject.size() +
                  entry.detail.size());
    bytes += before;
    append_number(bytes, uint64_t(clinic.value), 8);
    append_number(bytes, uint64_t(seq), 8);
    append_number(bytes, uint64_t(entry.at.micros), 8);
    for (const std::string_view text : {entry.actor, entry.action, entry.subject, entry.detail})
        append_text(bytes, text);
    return crypto::sha256(bytes);
}

const std::string& before_the_first() {
    static const std::string zeros(32, '\0');
    return zeros;
}

Result<> check(const Entry& entry) {
    for (const std::string_view word : {entry.actor, entry.action, entry.subject}) {
        if (word.size() > kWordMax)
            return fail(Code::kInternal, "An audit entry is too long to be written.", {}, "word");
    }
    if (entry.action.empty() || entry.actor.empty() || entry.detail.size() > kDetailMax) {
        return fail(Code::kInternal, "An audit entry cannot be written as it is.", {}, std::string(entry.action));
    }
    return {};
}

// The last entries that this transaction wrote. Nobody else can write behind them before it commits.
struct Heads final : store::Shared {
    std::unordered_map<int64_t, Head> of_clinic;
};

Result<Head> known_head(store::ClinicTx& tx) {
    const auto& heads = tx.raw().shared<Heads>().of_clinic;
    if (const auto found = heads.find(tx.clinic().value); found != heads.end()) return found->second;
    return head(tx);
}

}  // namespace

Result<Head> head(store::ClinicTx& tx) {
    Head newest{0, before_the_first()};
    TRY(tx.each("SELECT seq, hash FROM audit WHERE clinic_id = $1 ORDER BY seq DESC LIMIT 1",
                [&](const store::Row& row) {
                    newest.seq = row.integer(0);
                    newest.hash = row.text(1);
                }));
    return newest;
}

Result<int64_t> append(store::ClinicTx& tx, const Entry& entry) {
    TRY(check(entry));
    for (int tries = 0; tries < kTriesMax; ++tries) {
        TRY(const Head newest, known_head(tx));
        const int64_t seq = newest.seq + 1;
        const std::string hash = hash_of(newest.hash, tx.clinic(), seq, entry);
        TRY(const int64_t added,
            tx.execute("INSERT INTO audit (clinic_id, seq, at, actor, action, subject, detail, hash) "
                       "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
                       seq, entry.at, entry.actor, entry.action, entry.subject, entry.detail, store::Blob{hash}));
        auto& heads = tx.raw().shared<Heads>().of_clinic;
        if (added == 1) {
            heads[tx.clinic().value] = {seq, hash};
            return seq;
        }
        heads.erase(tx.clinic().value);
    }
    return fail(Code::kBusy, "The audit trail is busy. Try again.");
}

Result<std::vector<Record>> list(store::ClinicTx& tx, std::optional<int64_t> before, int limit) {
    std::vector<Record> page;
    TRY(tx.each(
        "SELECT seq, at, actor, action, subject, detail FROM audit WHERE clinic_id = $1 AND seq < $2 "
        "ORDER BY seq DESC LIMIT $3",
        [&](const store::Row& row) {
            page.push_back(
                {row.integer(0), row.instant(1), row.string(2), row.string(3), row.string(4), row.string(5)});
        },
        before.value_or(std::numeric_limits<int64_t>::max()), std::clamp(limit, 1, kPageMax)));
    return page;
}

Result<std::optional<int64_t>> verify_chain(store::ClinicTx& tx, const std::optional<Head>& anchor) {
    int64_t seq = 0;
    std::string hash = before_the_first();
    std::optional<int64_t> broken;
    for (;;) {
        TRY(const int64_t rows,
            tx.each(
                "SELECT seq, at, actor, action, subject, detail, hash FROM audit WHERE clinic_id = $1 AND seq > $2 "
                "ORDER BY seq LIMIT $3",
                [&](const store::Row& row) {
                    if (broken) return;
                    ++seq;
                    hash = hash_of(hash, tx.clinic(), seq,
                                   {row.instant(1), row.text(2), row.text(3), row.text(4), row.text(5)});
                    if (row.integer(0) != seq || row.text(6) != hash) broken = seq;
                    if (anchor && anchor->seq == seq && anchor->hash != hash) broken = seq;
                },
                seq, kVerifyPage));
        if (broken || rows < kVerifyPage) break;
    }
    if (!broken && anchor && anchor->seq > seq) broken = seq + 1;  // the end was cut off
    return broken;
}

}  // namespace clinicpro::clinics::audit
