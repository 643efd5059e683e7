// What people type: phones, amounts, account numbers, times, ids, mail addresses and links. Never a crash; what is read
// is written and read again as the same.
#include <cstdint>

#include "base/clock.hpp"
#include "base/csv.hpp"
#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/phone.hpp"
#include "base/text.hpp"
#include "invoices/account_number.hpp"
#include "messaging/mail_address.hpp"

namespace {

using namespace clinicpro;

void phone(std::string_view typed) {
    static const Msisdn somebody = *Msisdn::parse("0708374149");
    if (somebody.fits_mask(typed)) CHECK(typed.find_first_not_of("0123456789* ") == typed.npos);
    const auto read = Msisdn::parse(typed);
    if (!read) return;
    CHECK(read->digits().size() == 12 && read->digits().find_first_not_of("0123456789") == std::string::npos);
    const auto again = Msisdn::parse(read->digits());
    CHECK(again && *again == *read);
    CHECK(read->fits_mask(read->masked()) && read->fits_mask(read->digits()));
    CHECK(read->masked().find(read->digits().substr(4, 5)) == std::string::npos);
}

void money(std::string_view typed) {
    const auto read = Money::parse(typed);
    if (!read) return;
    CHECK(read->cents() >= 0 && read->cents() <= Money::kMaxCents);
    const auto again = Money::parse(read->to_text());
    CHECK(again && *again == *read);
    const auto shown = Money::parse(read->to_display().substr(4));  // without "KES "
    CHECK(shown && *shown == *read);
}

void account_number(std::string_view typed) {
    namespace account = invoices::account_number;
    const std::string key = account::canonical(typed);
    CHECK(key.size() <= account::kCanonicalMax + 1 && account::canonical(key) == key);
    CHECK(account::distance(key, key, 2) == 0);
    CHECK(!account::looks_mistyped(typed) || !account::is_valid(key));
    if (!account::is_valid(typed)) return;
    CHECK(key == typed && account::canonical(account::shown(typed)) == typed);
    std::string wrong(typed);
    wrong.back() = wrong.back() == '9' ? '0' : char(wrong.back() + 1);
    CHECK(account::looks_mistyped(wrong));
}

void time_and_id(std::string_view typed) {
    if (const auto at = parse_iso(typed)) {
        const auto again = parse_iso(to_iso(*at));
        CHECK(at->micros % 1'000 != 0 || (again && *again == *at));
    }
    if (const auto at = parse_eat_stamp(typed)) CHECK(to_eat_stamp(*at) == typed);
    if (const auto id = InvoiceId::parse(typed)) CHECK(id->to_text() == typed);
}

void codings(std::string_view typed) {
    if (const auto bytes = text::from_base64url(typed)) CHECK(text::to_base64url(*bytes) == typed);
    if (const auto bytes = text::from_hex(typed)) CHECK(text::to_hex(*bytes) == text::lower(typed));
    CHECK(text::from_base64(text::to_base64(typed)) == typed);
    CHECK(text::percent_decode(text::percent_encode(typed)) == typed);
    (void)text::percent_decode(typed, true);
    CHECK(!text::is_utf8(typed) || text::is_utf8(text::clip(typed, typed.size() / 2)));
    CHECK(text::escape_html(typed).find_first_of("<>\"") == std::string::npos);
}

// A cell that a spreadsheet would run as a formula is written so that it does not, and comes back as it is shown.
void table(std::string_view typed) {
    (void)csv::parse(typed);
    if (typed.empty() || typed.size() >= csv::kCellMax || !text::is_utf8(typed)) return;
    csv::Writer writer;
    writer.text("heading").text("x").end().text(typed).text("x").end();
    const auto rows = csv::parse(writer.take());
    CHECK(rows && rows->size() == 2 && rows->back().size() == 2);
    const std::string& cell = rows->back().front();
    CHECK(cell == typed || (cell == "'" + std::string(typed)));
    CHECK(std::string_view("=+-@\t\r").find(cell.front()) == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view typed(reinterpret_cast<const char*>(data), size);
    phone(typed);
    money(typed);
    account_number(typed);
    time_and_id(typed);
    codings(typed);
    table(typed);
    if (const auto address = messaging::MailAddress::parse(typed)) {
        const auto again = messaging::MailAddress::parse(address->text());
        CHECK(again && *again == *address && address->text().find_first_of(" \r\n<>,;") == std::string::npos);
    }
    return 0;
}
