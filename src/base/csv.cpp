#include "base/csv.hpp"

namespace clinicpro::csv {
namespace {

bool is_formula(std::string_view value) {
    return !value.empty() && std::string_view("=+-@\t\r").find(value.front()) != std::string_view::npos;
}

std::string eat(Instant at) {
    const std::string s = to_eat_stamp(at);  // yyyyMMddHHmmss
    return s.substr(0, 4) + "-" + s.substr(4, 2) + "-" + s.substr(6, 2) + " " + s.substr(8, 2) + ":" + s.substr(10, 2) +
           ":" + s.substr(12, 2);
}

}  // namespace

void Writer::next() {
    if (!first_) out_ += ',';
    first_ = false;
}

Writer& Writer::text(std::string_view value) {
    next();
    const bool guarded = is_formula(value);
    const bool quoted = guarded || value.find_first_of(",\"\r\n") != std::string_view::npos;
    if (quoted) out_ += '"';
    if (guarded) out_ += '\'';
    for (const char c : value) {
        if (c == '"') out_ += '"';
        out_ += c;
    }
    if (quoted) out_ += '"';
    return *this;
}

Writer& Writer::number(std::string_view digits) {
    next();
    out_ += digits;
    return *this;
}

Writer& Writer::times(const std::optional<Instant>& at) {
    number(at ? to_iso(*at) : std::string());
    return number(at ? eat(*at) : std::string());
}

Writer& Writer::end() {
    out_ += "\r\n";
    first_ = true;
    return *this;
}

Result<std::vector<std::vector<std::string>>> parse(std::string_view bytes) {
    constexpr std::string_view kMark = "\xEF\xBB\xBF";
    if (bytes.starts_with(kMark)) bytes.remove_prefix(kMark.size());
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row;
    std::string cell;
    size_t line = 1;
    bool quoted = false;
    const auto bad = [&](std::string_view why) {
        return fail(Code::kInvalid, "Line " + std::to_string(line) + " of the table cannot be read: " + std::string(why));
    };
    const auto end_row = [&] {
        row.push_back(std::exchange(cell, {}));
        if (row.size() > 1 || !row.front().empty()) rows.push_back(std::exchange(row, {}));
        row.clear();
    };
    for (size_t i = 0; i < bytes.size(); ++i) {
        const char c = bytes[i];
        if (cell.size() > kCellMax) return bad("a cell is longer than 2,000 bytes.");
        if (rows.size() >= kRowsMax) return bad("the table has more than 200,000 rows. Export a shorter time.");
        if (quoted) {
            if (c == '\n') ++line;
            if (c != '"') {
                cell += c;
            } else if (i + 1 < bytes.size() && bytes[i + 1] == '"') {
                cell += '"';
                ++i;
            } else {
                quoted = false;
            }
        } else if (c == '"') {
            if (!cell.empty()) return bad("a quotation mark stands inside a cell.");
            quoted = true;
        } else if (c == ',') {
            row.push_back(std::exchange(cell, {}));
        } else if (c == '\n') {
            end_row();
            ++line;
        } else if (c != '\r') {
            cell += c;
        }
    }
    if (quoted) return bad("a quotation mark is never closed.");
    if (!cell.empty() || !row.empty()) end_row();
    return rows;
}

}  // namespace clinicpro::csv
