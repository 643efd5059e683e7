// body.hpp: reads what a client sent, strictly, and says in one sentence what is wrong and where.
//
// A field nobody knows is refused by name, because a misspelt optional field would otherwise be ignored in silence.
// Amounts are whole numbers of cents; times are RFC 3339 with an offset. Tested by web/body_test.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/money.hpp"
#include "base/phone.hpp"
#include "net/http.hpp"

namespace clinicpro::web {

inline constexpr size_t kBodyMax = 256 * 1024;  // an invoice of 100 lines is about 30 KB

namespace body {

// The body as an object whose members are all among `known`. An empty body is an object without members.
Result<json::Document> parse(std::string_view bytes, std::initializer_list<std::string_view> known);
// The same for an object inside it.
Result<> only(const json::View& object, std::initializer_list<std::string_view> known);

// One line of UTF-8, trimmed, 1 to `max` bytes.
Result<std::string> text(const json::View& view, size_t max);
// Empty when missing or null; otherwise as text(), and "" is allowed.
Result<std::string> text_if_any(const json::View& view, size_t max);
// The same over several lines, such as a certificate.
Result<std::string> lines_if_any(const json::View& view, size_t max);
Result<Secret<>> secret_if_any(const json::View& view, size_t max);
Result<int64_t> whole(const json::View& view, int64_t least, int64_t most);
Result<bool> truth_or(const json::View& view, bool fallback);
// Whole cents above zero; `zero` allows 0, as for the price of an item.
Result<Money> amount(const json::View& view, bool zero = false);
Result<Instant> time(const json::View& view);
Result<std::optional<Instant>> time_if_any(const json::View& view);
// Any Kenyan spelling, as text or as a number.
Result<Msisdn> phone(const json::View& view);

// A complaint from a layer below, with the field under the name the client sent it by.
Error as_sent(Error error);

template <class T>
Result<T> id(const json::View& view) {
    TRY(const std::string word, view.text());
    auto parsed = T::parse(word);
    if (!parsed) return fail(Code::kInvalid, "\"" + view.path() + "\" is not an id of the right kind.", view.path());
    return parsed;
}
template <class T>
Result<T> id_if_any(const json::View& view) {
    if (view.is_missing_or_null()) return T{};
    return id<T>(view);
}

}  // namespace body

namespace query {

// Refuses parameters that are not among `known`, and any given twice.
Result<> only(const net::Request& request, std::initializer_list<std::string_view> known);
Result<int> limit(const net::Request& request, int fallback, int most);
Result<bool> flag(const net::Request& request, std::string_view name);  // "true" or "false"; absent: false
Result<std::optional<Instant>> time(const net::Request& request, std::string_view name);

template <class T>
Result<T> id(const net::Request& request, std::string_view name) {
    const std::string word = request.query_value(name);
    if (word.empty()) return T{};
    auto parsed = T::parse(word);
    if (!parsed) {
        return fail(Code::kInvalid, "The query parameter " + std::string(name) + " is not an id of the right kind.",
                    std::string(name));
    }
    return parsed;
}

}  // namespace query
}  // namespace clinicpro::web
