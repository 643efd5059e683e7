// database.hpp: the database port. Two engines implement it (sqlite, postgres) and pass one contract suite.
//
// SQL is one neutral dialect with $1 parameters. Amounts are integer cents, times integer microseconds UTC.
// Writes are group-committed: many submitted bodies share one durable transaction, so a body MAY RUN MORE THAN ONCE
// (after a deadlock, a busy database, or a neighbour that failed) and must have no effect outside its Tx other than
// overwriting its own result. `done` runs exactly once, after the commit returned or failed.
//
// The dialect, so that one text runs on both engines (for tables, see store/migrate.cpp):
//  - every parameter is mentioned at least once and has one type wherever it stands. Where nothing beside it tells the
//    type, a cast does, with the type it has elsewhere: (CAST($3 AS BIGINT) IS NULL OR amount = $3);
//  - a sum is cast: CAST(SUM(cents) AS BIGINT); columns that may pass 32 bits are BIGINT; text holds no zero byte;
//  - after a statement failed, the body is over: every later statement returns the same error. Whoever wants to go on
//    after a failure runs that statement in nested() (PostgreSQL would refuse; SQLite is held to the same rule);
//  - a sink may read but not change rows: collect first, then change;
//  - where an engine needs its own form (FOR UPDATE SKIP LOCKED), take tx.pick(kSqliteForm, kPostgresForm).
// Tested by store/contract_test and store/group_commit_test over both engines.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/money.hpp"

namespace clinicpro::store {

// A statement text that lives for ever, so engines may cache the prepared form by its address.
struct Sql {
    const char* text;
    consteval Sql(const char* literal) : text(literal) {}
};

struct Blob {
    std::string_view bytes;
};

// One bound value. Converts from the types rows are made of; refers to text, does not copy it.
class Param {
public:
    enum class Kind { kNull, kInteger, kText, kBlob };
    Param(std::nullopt_t) {}
    template <std::integral N>
        requires(!std::same_as<N, bool>)
    Param(N n) : kind_(Kind::kInteger), integer_(int64_t(n)) {}
    Param(bool truth) : kind_(Kind::kInteger), integer_(truth) {}
    Param(std::string_view text) : kind_(Kind::kText), text_(text) {}
    Param(const std::string& text) : kind_(Kind::kText), text_(text) {}
    Param(const char* text) : kind_(Kind::kText), text_(text) {}
    Param(Blob blob) : kind_(Kind::kBlob), text_(blob.bytes) {}
    Param(Money money) : Param(money.cents()) {}
    Param(Instant at) : Param(at.micros) {}
    Param(ClinicId clinic) : Param(clinic.value) {}
    template <class T>
    Param(Id<T> id) : Param(id.value) {}
    template <class T>
    Param(const std::optional<T>& maybe) {
        if (maybe) *this = Param(*maybe);
    }

    Kind kind() const { return kind_; }
    int64_t integer() const { return integer_; }
    std::string_view text() const { return text_; }

private:
    Kind kind_ = Kind::kNull;
    int64_t integer_ = 0;
    std::string_view text_;
};

// One result row; valid only while the callback that received it runs.
class Row {
public:
    virtual ~Row() = default;
    virtual bool is_null(int column) const = 0;
    virtual int64_t integer(int column) const = 0;        // 0 when null
    virtual std::string_view text(int column) const = 0;  // text or blob bytes; empty when null

    Money money(int column) const { return Money::from_cents(integer(column)); }
    Instant instant(int column) const { return Instant{integer(column)}; }
    template <class T>
    T id(int column) const {
        return T{integer(column)};
    }
    std::string string(int column) const { return std::string(text(column)); }
    std::optional<std::string> maybe_string(int column) const {
        if (is_null(column)) return std::nullopt;
        return string(column);
    }
    std::optional<Instant> maybe_instant(int column) const {
        if (is_null(column)) return std::nullopt;
        return instant(column);
    }
};

using RowSink = std::function<void(const Row&)>;

class Tx;

// What the bodies of one transaction have in common, such as a sum that all of them add to (decision 20). It is gone when the
// transaction ends, and when any part of it is undone.
class Shared {
public:
    virtual ~Shared() = default;
    // Writes down what was kept, and keeps it no longer: before the commit, and before and after a part that may be undone.
    virtual Result<> write(Tx&) { return {}; }
};

// One transaction on one connection.
class Tx {
public:
    virtual ~Tx() = default;
    // This transaction's own T, a kind of Shared; made when it is first asked for.
    template <class T>
    T& shared() {
        return shared_as<T>(true);
    }
    // The same for what is only remembered from reading: a body that fails after such a look has nothing to undo.
    template <class T>
    T& memory() {
        return shared_as<T>(false);
    }
    virtual std::unique_ptr<Shared>& shared_slot(const void* tag, bool is_change) = 0;
    // Runs one statement; gives each row to `sink`; returns the number of rows returned or changed.
    virtual Result<int64_t> run(Sql sql, std::span<const Param> params, const RowSink* sink) = 0;
    // As run, for one clinic: PostgreSQL then shows and takes rows of that clinic only (row_security.hpp). ClinicTx uses it.
    virtual Result<int64_t> run_for(ClinicId clinic, Sql sql, std::span<const Param> params, const RowSink* sink) {
        return run(sql, params, sink);
    }
    // Runs `body` so that its failure undoes only its own changes; all around it may then run again (decision 19).
    virtual Result<> nested(const std::function<Result<>()>& body) = 0;
    // Runs several statements from a migration; no parameters, no rows.
    virtual Result<> script(const std::string& statements) = 0;
    virtual std::string_view engine() const = 0;  // "sqlite" | "postgres"

    // For the few statements that cannot be one text, such as a lease that skips locked rows.
    Sql pick(Sql sqlite, Sql postgres) const { return engine() == "sqlite" ? sqlite : postgres; }

    template <class... P>
    Result<int64_t> execute(Sql sql, const P&... params) {
        const std::initializer_list<Param> list{Param(params)...};
        return run(sql, std::span(list.begin(), list.size()), nullptr);
    }
    template <class... P>
    Result<int64_t> each(Sql sql, const RowSink& sink, const P&... params) {
        const std::initializer_list<Param> list{Param(params)...};
        return run(sql, std::span(list.begin(), list.size()), &sink);
    }

private:
    template <class T>
    T& shared_as(bool is_change) {
        static constexpr char kTag = 0;
        std::unique_ptr<Shared>& slot = shared_slot(&kTag, is_change);
        if (!slot) slot = std::make_unique<T>();
        return static_cast<T&>(*slot);
    }
};

using Body = std::function<Result<>(Tx&)>;

// What the writers have done since the database was opened; for metrics and tests.
struct Statistic {
    int64_t groups = 0;   // transactions committed
    int64_t bodies = 0;   // bodies whose group was committed (failed ones included)
    int64_t reruns = 0;   // groups that had to be run again
    int64_t waiting = 0;  // bodies in the queue now
};

class Database {
public:
    virtual ~Database() = default;

    // Reads from one consistent snapshot. Blocks the caller.
    virtual Result<> read(const Body& body) = 0;

    // Adds `body` to the next group commit and returns at once. `done` gets the body's own error, or the commit's:
    // kBusy, kStorageFull, kUnavailable, or kUnknown when the commit's answer was lost. Runs on a writer thread: keep
    // it short. Bodies of one writer run in the order of submission; with several PostgreSQL writers, groups may
    // overtake one another. When more than kQueueMax bodies wait, `done` gets kBusy at once.
    virtual void submit(Body body, std::function<void(Result<>)> done) = 0;

    // submit() and wait. Do not call from `done` or from inside a body.
    Result<> write(const Body& body);

    virtual std::string_view engine() const = 0;  // "sqlite" | "postgres"
    virtual Statistic statistic() const { return {}; }

    static constexpr size_t kQueueMax = 65'536;
};

}  // namespace clinicpro::store
