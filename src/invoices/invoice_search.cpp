#include "invoices/invoice_search.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "invoices/patient.hpp"

namespace clinicpro::invoices::invoice_search {
namespace {

constexpr store::Sql kAll = "SELECT id FROM invoices WHERE clinic_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
// Each repeats the condition of the index of what is not paid, so that it answers.
constexpr store::Sql kOpen =
    "SELECT id FROM invoices WHERE clinic_id = $1 AND state <> 'paid' AND state = 'open' AND id < $2 ORDER BY id DESC "
    "LIMIT $3";
constexpr store::Sql kPartPaid =
    "SELECT id FROM invoices WHERE clinic_id = $1 AND state <> 'paid' AND state = 'part_paid' AND id < $2 ORDER BY id "
    "DESC LIMIT $3";
constexpr store::Sql kOverpaid =
    "SELECT id FROM invoices WHERE clinic_id = $1 AND state <> 'paid' AND state = 'overpaid' AND id < $2 ORDER BY id "
    "DESC LIMIT $3";
constexpr store::Sql kVoid =
    "SELECT id FROM invoices WHERE clinic_id = $1 AND state <> 'paid' AND state = 'void' AND id < $2 ORDER BY id DESC "
    "LIMIT $3";
constexpr store::Sql kOfPatient =
    "SELECT id FROM invoices WHERE clinic_id = $1 AND patient_id = $2 ORDER BY id DESC LIMIT $3";
constexpr store::Sql kFirstLine =
    "SELECT description FROM invoice_items WHERE clinic_id = $1 AND invoice_id = $2 ORDER BY line LIMIT 1";

constexpr size_t kTextMax = 120;
constexpr int kPatientsMax = 100;

using Ids = std::set<int64_t, std::greater<>>;

bool fits(const Invoice& invoice, Show show) {
    switch (show) {
        case Show::kAll: return true;
        case Show::kDue: return invoice.state == InvoiceState::kOpen || invoice.state == InvoiceState::kPartPaid;
        case Show::kOverpaid: return invoice.state == InvoiceState::kOverpaid;
        case Show::kVoid: return invoice.state == InvoiceState::kVoid;
    }
    return false;
}

Result<Ids> by_text(store::ClinicTx& tx, clinics::Vault& vault, std::string_view text, int64_t until) {
    Ids ids;
    const store::RowSink take = [&](const store::Row& row) {
        if (row.integer(0) < until) ids.insert(row.integer(0));
    };
    const auto typed = find_typed(tx, text);
    if (!typed && typed.error().code != Code::kNotFound) return std::unexpected(typed.error());
    if (typed && typed->id.value < until) ids.insert(typed->id.value);
    std::vector<PatientId> people;
    if (const auto phone = Msisdn::parse(text)) {
        TRY(const auto found, patients::by_phone(tx, vault, *phone));
        for (const Patient& each : found) people.push_back(each.id);
    } else {
        TRY(people, patients::by_name(tx, text));
    }
    for (size_t i = 0; i < std::min(people.size(), size_t(kPatientsMax)); ++i) {
        TRY(tx.each(kOfPatient, take, people[i], kPageMax));
    }
    return ids;
}

Result<Ids> by_state(store::ClinicTx& tx, Show show, int64_t until, int limit) {
    Ids ids;
    const auto list = [&](store::Sql sql) {
        return tx.each(sql, [&](const store::Row& row) { ids.insert(row.integer(0)); }, until, limit);
    };
    switch (show) {
        case Show::kAll: TRY(list(kAll)); break;
        case Show::kDue:
            TRY(list(kOpen));
            TRY(list(kPartPaid));
            break;
        case Show::kOverpaid: TRY(list(kOverpaid)); break;
        case Show::kVoid: TRY(list(kVoid)); break;
    }
    return ids;
}

}  // namespace

Result<FoundInvoice> describe(store::ClinicTx& tx, InvoiceId id) {
    FoundInvoice one;
    TRY(one.invoice, invoices::find(tx, id));
    TRY(const Patient patient, patients::find(tx, one.invoice.patient));
    one.patient = patient.name;
    one.phone_masked = patient.phone_masked;
    TRY(tx.each(kFirstLine, [&](const store::Row& row) { one.what = row.string(0); }, id));
    return one;
}

Result<std::vector<FoundInvoice>> find(store::ClinicTx& tx, clinics::Vault& vault, const Query& query) {
    const int limit = std::clamp(query.limit, 1, kPageMax);
    const int64_t until = query.before > 0 ? query.before : INT64_MAX;
    const std::string_view text = text::clip(text::trim(query.text), kTextMax);
    Ids ids;
    if (text.empty()) {
        TRY(ids, by_state(tx, query.show, until, limit));
    } else {
        TRY(ids, by_text(tx, vault, text, until));
    }
    std::vector<FoundInvoice> found;
    for (const int64_t id : ids) {
        if (int(found.size()) >= limit) break;
        TRY(FoundInvoice one, describe(tx, InvoiceId{id}));
        if (fits(one.invoice, query.show)) found.push_back(std::move(one));
    }
    return found;
}

}  // namespace clinicpro::invoices::invoice_search
