// node.cpp: node numbers for row ids, leased in the table `nodes`.
//
// Two live instances never hold one number: the claim is a conditional upsert, so of two that race one gets no row and
// tries the next. A number nobody ever held is preferred, then the one that lapsed longest ago, which keeps a slow
// clock somewhere from making ids twice. Tested by store/migrate_test.
#include <algorithm>
#include <vector>

#include "store/open.hpp"

namespace clinicpro::store {

namespace {

constexpr int kNodes = 256;

constexpr Sql kLeases = "SELECT node, expires_at FROM nodes";
constexpr Sql kClaim =
    "INSERT INTO nodes (node, holder, expires_at) VALUES ($1, $2, $3) "
    "ON CONFLICT (node) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at "
    "WHERE nodes.expires_at <= $4";
constexpr Sql kRenew = "UPDATE nodes SET expires_at = $3 WHERE node = $1 AND holder = $2";

struct Candidate {
    int64_t expired_at;  // 0: never held
    int node;
    friend auto operator<=>(const Candidate&, const Candidate&) = default;
};

Result<std::vector<Candidate>> candidates(Tx& tx, Instant now) {
    std::vector<int64_t> expires(kNodes, 0);
    TRY(tx.each(kLeases, [&](const Row& row) { expires[size_t(row.integer(0)) % kNodes] = row.integer(1); }));
    std::vector<Candidate> found;
    for (int node = 0; node < kNodes; ++node) {
        if (expires[size_t(node)] <= now.micros) found.push_back({expires[size_t(node)], node});
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace

Result<int> claim_node(Database& database, const std::string& holder, Instant now) {
    int claimed = -1;
    TRY(database.write([&](Tx& tx) -> Result<> {
        claimed = -1;
        TRY(const std::vector<Candidate> free, candidates(tx, now));
        for (const Candidate& candidate : free) {
            TRY(const int64_t rows, tx.execute(kClaim, candidate.node, holder, now + kNodeLease, now));
            if (rows == 0) continue;  // somebody was quicker
            claimed = candidate.node;
            return {};
        }
        return fail(Code::kBusy, "All 256 node numbers are in use; stop an instance or try again in a minute.");
    }));
    return claimed;
}

Result<> renew_node(Database& database, int node, const std::string& holder, Instant now) {
    return database.write([&](Tx& tx) -> Result<> {
        TRY(const int64_t rows, tx.execute(kRenew, node, holder, now + kNodeLease));
        if (rows == 1) return {};
        return fail(Code::kConflict, "Another instance has taken this one's node number; restart this instance.", {},
                    "node " + std::to_string(node) + " is no longer held by " + holder);
    });
}

Result<> release_node(Database& database, int node, const std::string& holder, Instant now) {
    return database.write([&](Tx& tx) -> Result<> {
        TRY(tx.execute("UPDATE nodes SET expires_at = $3 WHERE node = $1 AND holder = $2", node, holder, now));
        return {};
    });
}

}  // namespace clinicpro::store
