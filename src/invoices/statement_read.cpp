// statement_read.cpp: the portal's CSV. Its header is looked for, because lines about the organisation stand above it;
// columns go by name, because their order has changed over the years.
#include <map>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "invoices/statement.hpp"

namespace clinicpro::invoices::statement {
namespace {

std::string key_of(std::string_view name) {
    std::string key;
    for (const char c : text::lower(name)) {
        if (c >= 'a' && c <= 'z') key += c;
    }
    return key;
}

// 2026-11-23 09:00:15, 23-11-2026 09:00:15 or 23/11/2026 09:00:15, all of East Africa; seconds may be missing.
std::optional<Instant> read_time(std::string_view words) {
    std::string digits;
    std::vector<std::string> parts;
    for (const char c : words) {
        if (c >= '0' && c <= '9') {
            digits += c;
        } else if (!digits.empty()) {
            parts.push_back(std::exchange(digits, {}));
        }
    }
    if (!digits.empty()) parts.push_back(digits);
    if (parts.size() == 5) parts.emplace_back("00");
    if (parts.size() != 6) return std::nullopt;
    if (parts[2].size() == 4) std::swap(parts[0], parts[2]);
    std::string stamp;
    for (size_t i = 0; i < parts.size(); ++i) {
        const size_t wanted = i == 0 ? 4 : 2;
        if (parts[i].size() > wanted) return std::nullopt;
        stamp += std::string(wanted - parts[i].size(), '0') + parts[i];
    }
    const auto at = parse_eat_stamp(stamp);
    return at ? std::optional(*at) : std::nullopt;
}

// "1,500.00", "-1500.00", "" for nothing.
Result<Money> read_money(std::string_view words) {
    std::string_view value = text::trim(words);
    if (value.starts_with('-')) value.remove_prefix(1);
    if (value.empty()) return Money();
    return Money::parse(value);
}

}  // namespace

Result<Read> parse(std::string_view csv) {
    TRY(const auto rows, csv::parse(csv));
    Read read;
    std::map<std::string, size_t> columns;
    size_t line = 0;
    for (const auto& row : rows) {
        ++line;
        if (columns.empty()) {
            std::map<std::string, size_t> names;
            for (size_t i = 0; i < row.size(); ++i) names.emplace(key_of(row[i]), i);
            if (names.contains("receiptno") && names.contains("paidin")) columns = std::move(names);
            continue;
        }
        const auto cell = [&](std::string_view name) -> std::string_view {
            const auto found = columns.find(std::string(name));
            return found == columns.end() || found->second >= row.size() ? "" : text::trim(row[found->second]);
        };
        const auto bad = [&](std::string_view column) {
            return fail(Code::kInvalid, "Row " + std::to_string(line) + " of the statement has no readable " +
                                            std::string(column) + ". Export it again from the portal as CSV.");
        };
        Row one{.receipt = text::upper(cell("receiptno")),
                .account = std::string(cell("acno")),
                .party = std::string(cell("otherpartyinfo")),
                .details = std::string(cell("details"))};
        const std::string_view status = cell("transactionstatus");
        if (one.receipt.empty()) return bad("Receipt No.");
        if (!status.empty() && !text::equal_ignoring_case(status, "Completed")) {
            ++read.skipped;
            continue;
        }
        const auto at = read_time(cell("completiontime"));
        if (!at) return bad("Completion Time");
        one.completed_at = *at;
        const auto in = read_money(cell("paidin"));
        if (!in) return bad("Paid In");
        const auto out = read_money(cell("withdrawn"));
        if (!out) return bad("Withdrawn");
        one.paid_in = *in;
        one.withdrawn = *out;
        if (one.paid_in.is_zero() && one.withdrawn.is_zero()) {
            ++read.skipped;
            continue;
        }
        read.rows.push_back(std::move(one));
    }
    if (columns.empty()) {
        return fail(Code::kInvalid,
                    "This is not an M-Pesa organisation statement: no line has the columns \"Receipt No.\" and \"Paid In\".");
    }
    return read;
}

}  // namespace clinicpro::invoices::statement
