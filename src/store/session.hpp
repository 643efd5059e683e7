// session.hpp: one connection that can hold one transaction; what an engine supplies.
//
// It gives both engines the same manners: after a statement failed, every later one returns the same error until a
// nested() around it has undone it; an exception in a body becomes an error. A Session belongs to one thread at a time.
// Tested by store/contract_test.
#pragma once

#include <utility>
#include <vector>

#include "store/database.hpp"

namespace clinicpro::store {

class Session : public Tx {
public:
    // What the failure of a statement means for the transaction it stands in.
    enum class Fault {
        kNone,
        kStatement,  // this body's own: undone by a savepoint
        kIsolate,    // a nested body failed and there was no savepoint before it: run all again with savepoints
        kAgain,      // the transaction is lost, but nothing is wrong with it: deadlock, connection lost before COMMIT
        kFatal,      // the transaction is lost and running it again would not help: disk full
    };

    // Starts a transaction, connecting first when there is no connection.
    virtual Result<> begin() = 0;
    // Whatever it returns, the transaction is over. kUnknown: it may have been committed.
    virtual Result<> commit() = 0;
    virtual void rollback() = 0;

    Result<int64_t> run(Sql sql, std::span<const Param> params, const RowSink* sink) final;
    Result<int64_t> run_for(ClinicId clinic, Sql sql, std::span<const Param> params, const RowSink* sink) final;
    Result<> nested(const std::function<Result<>()>& body) final;
    Result<> script(const std::string& statements) final;
    std::unique_ptr<Shared>& shared_slot(const void* tag, bool is_change) final;
    // Writes all that is shared down: whoever commits does so first.
    Result<> write_shared();

    // Runs `body`. A body that overlooked a failed statement has failed; so has one that threw.
    Result<> run_body(const Body& body);

    // Whether nested() sets savepoints, as it does unless told otherwise. They cost a copy of every page that the body
    // changes, and a body that fails is rare; without them its failure is fault kIsolate if it had changed anything.
    void use_savepoints(bool use) { savepoints_ = use; }

    Fault fault() const { return fault_; }
    const Error& error() const { return error_; }
    // A number that grows with every row that a statement changed, and every look at what is shared (not at what is remembered); equal before and after
    // means nothing to undo.
    int64_t changes() const { return changed_rows() + shared_looks_; }
    // Takes back a fault of kind kStatement when the engine can go on without undoing anything.
    bool forget_fault();

protected:
    // Whose rows the next statement may touch; nothing: every clinic's. Only an engine that checks rows itself cares.
    virtual Result<> speak_for(std::optional<ClinicId> clinic) { return {}; }
    virtual int64_t changed_rows() const = 0;
    // Changes made since the savepoint are being undone, settings of the engine with them.
    virtual void forget_settings() {}
    virtual Result<int64_t> statement(Sql sql, std::span<const Param> params, const RowSink* sink) = 0;
    virtual Result<> statements(const std::string& text) = 0;
    virtual bool goes_on_after_failure() const = 0;

    std::unexpected<Error> broken(Fault fault, Error error);  // remembers the first
    // At the beginning of a transaction, and when it or a part of it is undone.
    void start_clean() {
        fault_ = Fault::kNone;
        shared_.clear();
    }

private:
    Result<> guarded(const std::function<Result<>()>& body);
    Result<> nested_in_savepoint(const std::function<Result<>()>& body);

    bool savepoints_ = true;
    Fault fault_ = Fault::kNone;
    Error error_;
    std::vector<std::pair<const void*, std::unique_ptr<Shared>>> shared_;  // a few, by the tag of their type
    int64_t shared_looks_ = 0;
};

}  // namespace clinicpro::store
