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
    return statement(sql, params, sink);
}

Result<> Session::script(const std::string& text) {
    if (fault_ != Fault::kNone) return std::unexpected(error_);
    return statements(text);
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
    if (auto opened = run(kSavepoint, {}, nullptr); !opened) return std::unexpected(std::move(opened).error());
    Result<> result = guarded(body);
    if (result) {
        if (auto closed = run(kRelease, {}, nullptr); !closed) return std::unexpected(std::move(closed).error());
        return result;
    }
    if (fault_ == Fault::kAgain || fault_ == Fault::kFatal) return std::unexpected(error_);
    fault_ = Fault::kNone;
    for (const Sql sql : {kRollbackTo, kRelease}) {
        if (auto undone = run(sql, {}, nullptr); !undone) return std::unexpected(std::move(undone).error());
    }
    return result;
}

}  // namespace clinicpro::store
