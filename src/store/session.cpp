// session.cpp: the manners both engines share (see session.hpp).
#include "store/session.hpp"

#include <exception>

namespace clinicpro::store {

namespace {

// Savepoints of one name nest: RELEASE and ROLLBACK TO mean the innermost, on both engines.
constexpr Sql kSavepoint = "SAVEPOINT nested";
constexpr Sql kRelease = "RELEASE SAVEPOINT nested";
constexpr Sql kRollbackTo = "ROLLBACK TO SAVEPOINT nested";

}  // namespace

std::unexpected<Error> Session::broken(Fault fault, Error error) {
    if (fault_ == Fault::kNone || (fault_ == Fault::kStatement && fault != Fault::kStatement)) {
        fault_ = fault;
        error_ = std::move(error);
    }
    return std::unexpected(error_);
}

bool Session::forget_fault() {
    if (fault_ == Fault::kStatement && goes_on_after_failure()) fault_ = Fault::kNone;
    return fault_ == Fault::kNone;
}

Result<int64_t> Session::run(Sql sql, std::span<const Param> params, const RowSink* sink) {
    if (fault_ != Fault::kNone) return std::unexpected(error_);
    if (auto told = speak_for(std::nullopt); !told) return std::unexpected(std::move(told).error());
    return statement(sql, params, sink);
}

Result<int64_t> Session::run_for(ClinicId clinic, Sql sql, std::span<const Param> params, const RowSink* sink) {
    if (fault_ != Fault::kNone) return std::unexpected(error_);
    if (auto told = speak_for(clinic); !told) return std::unexpected(std::move(told).error());
    return statement(sql, params, sink);
}

Result<> Session::script(const std::string& text) {
    if (fault_ != Fault::kNone) return std::unexpected(error_);
    if (auto told = speak_for(std::nullopt); !told) return std::unexpected(std::move(told).error());
    return statements(text);
}

std::unique_ptr<Shared>& Session::shared_slot(const void* tag, bool is_change) {
    if (is_change) ++shared_looks_;
    for (auto& [known, slot] : shared_) {
        if (known == tag) return slot;
    }
    return shared_.emplace_back(tag, nullptr).second;
}

Result<> Session::write_shared() {
    // A write() asks for nothing shared, so the list stands still meanwhile.
    for (auto& [tag, slot] : shared_) {
        if (slot) TRY(slot->write(*this));
    }
    return {};
}

Result<> Session::guarded(const std::function<Result<>()>& body) {
    Result<> result;
    try {
        result = body();
    } catch (const std::exception& e) {
        result = fail(Code::kInternal, "Something went wrong inside ClinicPro; the log says what.", {},
                      std::string("exception in a transaction: ") + e.what());
    }
    if (result && fault_ != Fault::kNone) return std::unexpected(error_);
    return result;
}

Result<> Session::run_body(const Body& body) {
    return guarded([&] { return body(*this); });
}

Result<> Session::nested(const std::function<Result<>()>& body) {
    if (fault_ != Fault::kNone) return std::unexpected(error_);
    if (savepoints_) return nested_in_savepoint(body);
    const int64_t before = changes();
    Result<> result = guarded(body);
    if (result) return result;
    if (fault_ != Fault::kNone && fault_ != Fault::kStatement) return std::unexpected(error_);
    if (changes() == before && forget_fault()) return result;  // nothing to undo
    return broken(Fault::kIsolate, std::move(result).error());
}

Result<> Session::nested_in_savepoint(const std::function<Result<>()>& body) {
    if (auto written = write_shared(); !written) return written;  // or undoing this body would undo it too
    // Statements about savepoints touch no row, so whose turn it is stays as it is.
    if (auto opened = statement(kSavepoint, {}, nullptr); !opened) return std::unexpected(std::move(opened).error());
    Result<> result = guarded([&]() -> Result<> {
        TRY(body());
        return write_shared();
    });
    if (result) {
        if (auto closed = statement(kRelease, {}, nullptr); !closed) return std::unexpected(std::move(closed).error());
        return result;
    }
    if (fault_ == Fault::kAgain || fault_ == Fault::kFatal) return std::unexpected(error_);
    start_clean();
    forget_settings();
    for (const Sql sql : {kRollbackTo, kRelease}) {
        if (auto undone = statement(sql, {}, nullptr); !undone) return std::unexpected(std::move(undone).error());
    }
    return result;
}

}  // namespace clinicpro::store
