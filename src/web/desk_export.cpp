// desk_export.cpp: the books of a range of days as CSV files, whole: what the API gives in pages, a browser keeps as
// one.
#include "invoices/export.hpp"
#include "payments/day_sums.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_period.hpp"

namespace clinicpro::web::front_desk {
namespace {

namespace sums = payments::day_sums;
using invoices::exports::What;

constexpr size_t kBytesMax = 48 * 1024 * 1024;  // held in memory while it is sent: about 200,000 rows

Result<Shown> table(const Call& call, store::ClinicTx& tx, What what, std::string_view name) {
    const Period period = Period::asked_for(call);
    invoices::exports::Wish wish{
        .what = what, .from = sums::start_of(period.first), .to = sums::start_of(period.last + 1)};
    File file{.name = call.clinic.slug + "-" + std::string(name) + ".csv", .type = "text/csv; charset=utf-8"};
    do {
        TRY(const auto page, invoices::exports::page(tx, wish));
        file.body += page.csv;
        wish.after = page.next;
        wish.with_header = false;
        if (file.body.size() > kBytesMax) {
            return fail(Code::kInvalid, "These are too many rows for one file. Choose a shorter range of days.", "to");
        }
    } while (wish.after != 0);
    return Shown{.title = {}, .main = {}, .file = std::move(file)};
}

}  // namespace

Result<Shown> payments_csv(const Call& call, store::ClinicTx& tx) {
    return table(call, tx, What::kPayments, "payments");
}
Result<Shown> invoices_csv(const Call& call, store::ClinicTx& tx) {
    return table(call, tx, What::kInvoices, "invoices");
}
Result<Shown> ledger_csv(const Call& call, store::ClinicTx& tx) {
    return table(call, tx, What::kLedger, "ledger");
}

}  // namespace clinicpro::web::front_desk
