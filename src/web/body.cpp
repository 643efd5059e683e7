#include "web/body.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace clinicpro::web {
namespace {

std::string list_of(std::initializer_list<std::string_view> names) {
    std::string list;
    for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + std::string(name);
    return list;
}

bool is_among(std::string_view name, std::initializer_list<std::string_view> known) {
    return std::find(known.begin(), known.end(), name) != known.end();
}

std::string quoted(const json::View& view) {
    return "\"" + view.path() + "\"";
}

Result<std::string> one_line(const json::View& view, std::string_view value, size_t max, bool empty_allowed) {
    const std::string trimmed(text::trim(value));
    const bool control =
        std::any_of(trimmed.begin(), trimmed.end(), [](char c) { return uint8_t(c) < 0x20 || c == 0x7F; });
    if (control || (trimmed.empty() && !empty_allowed) || trimmed.size() > max) {
        return fail(Code::kInvalid,
                    quoted(view) + " must be one line of text of " + (empty_allowed ? "at most " : "1 to ") +
                        std::to_string(max) + " bytes.",
                    view.path());
    }
    return trimmed;
}

}  // namespace

namespace body {

Result<json::Document> parse(std::string_view bytes, std::initializer_list<std::string_view> known) {
    if (text::trim(bytes).empty()) bytes = "{}";
    TRY(json::Document document, json::Document::parse(bytes));
    TRY(only(document.root(), known));
    return document;
}

Result<> only(const json::View& object, std::initializer_list<std::string_view> known) {
    if (object.kind() != json::Kind::kObject) {
        return fail(Code::kInvalid,
                    (object.path().empty() ? std::string("The body") : quoted(object)) + " must be a JSON object.",
                    object.path());
    }
    for (const std::string_view name : object.keys()) {
        const std::string path = object[text::clip(name, 60)].path();
        if (!is_among(name, known)) {
            return fail(Code::kInvalid,
                        "\"" + path + "\" is not a field here. " +
                            (known.size() == 0 ? std::string("This request takes no fields.")
                                               : "The fields are: " + list_of(known) + "."),
                        path);
        }
    }
    return {};
}

Result<std::string> text(const json::View& view, size_t max) {
    TRY(const std::string value, view.text());
    return one_line(view, value, max, false);
}

Result<std::string> text_if_any(const json::View& view, size_t max) {
    if (view.is_missing_or_null()) return std::string();
    TRY(const std::string value, view.text());
    return one_line(view, value, max, true);
}

Result<std::string> lines_if_any(const json::View& view, size_t max) {
    if (view.is_missing_or_null()) return std::string();
    TRY(std::string value, view.text());
    if (value.size() > max) {
        return fail(Code::kInvalid, quoted(view) + " must be text of at most " + std::to_string(max) + " bytes.",
                    view.path());
    }
    return value;
}

Result<Secret<>> secret_if_any(const json::View& view, size_t max) {
    if (view.is_missing_or_null()) return Secret<>();
    TRY(const std::string value, view.text());
    TRY(std::string clean, one_line(view, value, max, true));
    return Secret<>(std::move(clean));
}

Result<int64_t> whole(const json::View& view, int64_t least, int64_t most) {
    const auto number = view.integer();
    if (!number || *number < least || *number > most) {
        return fail(Code::kInvalid,
                    quoted(view) + " must be a whole number from " + std::to_string(least) + " to " +
                        std::to_string(most) + ".",
                    view.path());
    }
    return *number;
}

Result<bool> truth_or(const json::View& view, bool fallback) {
    if (view.is_missing_or_null()) return fallback;
    return view.boolean();
}

Result<Money> amount(const json::View& view, bool zero) {
    const auto cents = view.integer();
    if (!cents || *cents < (zero ? 0 : 1) || *cents > Money::kMaxCents) {
        return fail(Code::kInvalid,
                    quoted(view) + " must be a whole number of cents " + (zero ? "of zero or more" : "above zero") +
                        ", such as 250000 for KES 2,500.00.",
                    view.path());
    }
    return Money::from_cents(*cents);
}

Result<Instant> time(const json::View& view) {
    const auto word = view.text();
    if (word) {
        if (auto at = parse_iso(*word)) return at;
    }
    return fail(Code::kInvalid, quoted(view) + " must be a time such as 2026-11-23T11:00:00+03:00.", view.path());
}

Result<std::optional<Instant>> time_if_any(const json::View& view) {
    if (view.is_missing_or_null()) return std::nullopt;
    TRY(const Instant at, time(view));
    return at;
}

Result<Msisdn> phone(const json::View& view) {
    const auto word = view.scalar();
    // As a number only whole and positive: the sign would pass for a hyphen, the point for a separator.
    const bool number = view.kind() == json::Kind::kNumber && view.integer().value_or(0) > 0;
    if (word && (number || view.kind() == json::Kind::kString)) {
        auto parsed = Msisdn::parse(*word);
        if (parsed) return parsed;
        Error error = std::move(parsed).error();
        error.field = view.path();
        return std::unexpected(std::move(error));
    }
    return fail(Code::kInvalid, quoted(view) + " must be a Kenyan mobile number, such as 0712345678.", view.path());
}

Error as_sent(Error error) {
    if (error.field == "patient" || error.field == "appointment") error.field += "_id";
    if (error.field.ends_with(".unit_price")) error.field += "_cents";
    return error;
}

}  // namespace body

namespace query {

Result<> only(const net::Request& request, std::initializer_list<std::string_view> known) {
    if (request.query.empty()) return {};
    std::vector<std::string> seen;
    for (const std::string_view pair : text::split(request.query, '&')) {
        const auto name = text::percent_decode(pair.substr(0, pair.find('=')), true);
        const bool valued = pair.find('=') == std::string_view::npos ||
                            text::percent_decode(pair.substr(pair.find('=') + 1), true).has_value();
        const std::string shown(text::clip(name.value_or("?"), 60));
        if (!name || !valued || !is_among(*name, known)) {
            return fail(Code::kInvalid,
                        "The query parameter \"" + (text::is_utf8(shown) ? shown : "?") +
                            "\" is not one of this address. " +
                            (known.size() == 0 ? std::string("It takes none.") : "It takes: " + list_of(known) + "."),
                        text::is_utf8(shown) ? shown : "?");
        }
        if (std::find(seen.begin(), seen.end(), *name) != seen.end()) {
            return fail(Code::kInvalid, "The query parameter " + shown + " is given twice.", shown);
        }
        seen.push_back(*name);
    }
    return {};
}

Result<int> limit(const net::Request& request, int fallback, int most) {
    const std::string word = request.query_value("limit");
    if (word.empty()) return fallback;
    int number = 0;
    const char* end = word.data() + word.size();
    const auto parsed = std::from_chars(word.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || number < 1 || number > most) {
        return fail(Code::kInvalid,
                    "The query parameter limit must be a whole number from 1 to " + std::to_string(most) + ".",
                    "limit");
    }
    return number;
}

Result<bool> flag(const net::Request& request, std::string_view name) {
    const std::string word = request.query_value(name);
    if (word.empty() || word == "false") return false;
    if (word == "true") return true;
    return fail(Code::kInvalid, "The query parameter " + std::string(name) + " must be true or false.",
                std::string(name));
}

Result<std::optional<Instant>> time(const net::Request& request, std::string_view name) {
    const std::string word = request.query_value(name);
    if (word.empty()) return std::nullopt;
    if (auto at = parse_iso(word)) return *at;
    return fail(Code::kInvalid,
                "The query parameter " + std::string(name) +
                    " must be a time such as 2026-11-23T08:00:00Z; write + in an address as %2B.",
                std::string(name));
}

}  // namespace query
}  // namespace clinicpro::web
