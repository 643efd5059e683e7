// error.hpp: how anything in ClinicPro fails.
//
// `Result<T>` is for what the world can do to us; `CHECK` is for what only we can do wrong and is never
// reachable from input. Codes are few and closed: each has one HTTP status and one exit code, and the
// `message` is a sentence for people that says what to do next. `detail` is for operators; neither ever
// holds a secret, a body or a whole phone number.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace clinicpro {

enum class Code {
    kInvalid,       // the input is wrong; `field` names where
    kUnauthorised,  // no key, or a key we do not know
    kForbidden,     // a known key that may not do this
    kNotFound,      // not there, or not there for this clinic (the same answer on purpose)
    kConflict,      // true only if something else changed first
    kTooLarge,      // a limit on size
    kTooMany,       // a limit on rate
    kBusy,          // the database is locked or a queue is full: try again soon
    kStorageFull,   // the disk is full
    kUnavailable,   // a database or service cannot be reached
    kUnknown,       // it may or may not have happened (a commit whose answer was lost)
    kConfig,        // settings or credentials must be corrected by the operator
    kInternal,      // a fault of ours
};

std::string_view to_string(Code code);  // "invalid", "not_found", ...
int http_status(Code code);
int exit_code(Code code);  // 0 is never returned

struct Error {
    Code code = Code::kInternal;
    std::string message;  // one sentence for people: what is wrong and what to do
    std::string field;    // path of the offending input, such as "items[2].quantity"; may be empty
    std::string detail;   // for the log
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Code code, std::string message, std::string field = {},
                                   std::string detail = {}) {
    return std::unexpected(
        Error{code, std::move(message), std::move(field), std::move(detail)});
}

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace clinicpro

// Aborts with a message: a broken promise of our own, never bad input.
#define CHECK(expression) \
    ((expression) ? void(0) : ::clinicpro::check_failed(#expression, __FILE__, __LINE__))

// TRY(expr);            returns the error of `expr` from this function, if it has one.
// TRY(auto x, expr);    the same, else declares x from the value.
#define CLINICPRO_CAT_(a, b) a##b
#define CLINICPRO_CAT(a, b) CLINICPRO_CAT_(a, b)
#define CLINICPRO_TRY1(temp, expr)                                       \
    do {                                                                 \
        auto&& temp = (expr);                                            \
        if (!temp) return std::unexpected(std::move(temp).error());      \
    } while (false)
#define CLINICPRO_TRY2(temp, decl, ...)                         \
    auto&& temp = (__VA_ARGS__);                                \
    if (!temp) return std::unexpected(std::move(temp).error()); \
    decl = *std::move(temp)
#define CLINICPRO_PICK(_1, _2, _3, _4, _5, _6, _7, _8, name, ...) name
#define CLINICPRO_ONE(temp, ...) CLINICPRO_TRY1(temp, (__VA_ARGS__))
#define TRY(...)                                                                               \
    CLINICPRO_PICK(__VA_ARGS__, CLINICPRO_TRY2, CLINICPRO_TRY2, CLINICPRO_TRY2, CLINICPRO_TRY2, \
                   CLINICPRO_TRY2, CLINICPRO_TRY2, CLINICPRO_TRY2, CLINICPRO_ONE, )             \
    (CLINICPRO_CAT(try_, __COUNTER__), __VA_ARGS__)
