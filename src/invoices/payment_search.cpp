// payment_search.cpp: which index answers which text. Every statement here names its index's leading columns with
// equality and asks for the order the index has, so that it stops after the rows it shows.
#include "invoices/payment_search.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "invoices/account_number.hpp"
#include "invoices/patient.hpp"

namespace clinicpro::invoices::payment_search {
namespace {

using payments::State;

constexpr store::Sql kAll =
    "SELECT id FROM transactions WHERE clinic_id = $1 AND id >= $2 AND id < $3 ORDER BY id DESC LIMIT $4";
constexpr store::Sql kPaid =
    "SELECT id FROM transactions WHERE clinic_id = $1 AND id >= $2 AND id < $3 "
    "AND state IN ('paid', 'paid_without_receipt') ORDER BY id DESC LIMIT $4";
constexpr store::Sql kWaiting =
    "SELECT id FROM transactions WHERE clinic_id = $1 AND id >= $2 AND id < $3 "
    "AND state IN ('created', 'sending', 'pending', 'unknown') ORDER BY id DESC LIMIT $4";
// Either state alone implies the condition of the index of what did not go well.
constexpr store::Sql kFailed =
    "SELECT id FROM transactions WHERE clinic_id = $1 AND state = 'failed' AND id >= $2 AND id < $3 "
    "ORDER BY id DESC LIMIT $4";
constexpr store::Sql kExpired =
    "SELECT id FROM transactions WHERE clinic_id = $1 AND state = 'expired' AND id >= $2 AND id < $3 "
    "ORDER BY id DESC LIMIT $4";
constexpr store::Sql kAttention =
    "SELECT id FROM transactions WHERE clinic_id = $1 AND attention IS NOT NULL AND id >= $2 AND id < $3 "
    "ORDER BY id DESC LIMIT $4";
constexpr store::Sql kByTyped =
    "SELECT id FROM transactions WHERE clinic_id = $1 AND account = $5 AND invoice_id IS NULL AND id >= $2 AND id < $3 "
    "ORDER BY id DESC LIMIT $4";
constexpr store::Sql kByPhoneEnd =
    "SELECT id FROM transactions WHERE clinic_id = $1 AND substr(payer_masked, length(payer_masked) - 2) = $5 "
    "AND id >= $2 AND id < $3 ORDER BY id DESC LIMIT $4";
constexpr store::Sql kByPhone =
    "SELECT id FROM transactions WHERE clinic_id = $1 AND substr(payer_masked, length(payer_masked) - 2) = $5 "
    "AND id >= $2 AND id < $3 AND (payer_mark = $6 OR payer_mark IS NULL) ORDER BY id DESC LIMIT $4";
constexpr store::Sql kOfInvoice =
    "SELECT id FROM transactions WHERE clinic_id = $1 AND invoice_id = $2 AND invoice_id IS NOT NULL";
// One question a patient: a name that a hundred patients have is a hundred answers of another server, not five hundred.
// CROSS JOIN keeps SQLite from beginning with the payments.
constexpr store::Sql kOfPatient =
    "SELECT t.id FROM (SELECT id FROM invoices WHERE clinic_id = $1 AND patient_id = $2 ORDER BY id DESC LIMIT $5) i "
    "CROSS JOIN transactions t WHERE t.clinic_id = $1 AND t.invoice_id = i.id AND t.invoice_id IS NOT NULL "
    "AND t.id >= $3 AND t.id < $4";
constexpr store::Sql kNames =
    "SELECT i.reference, p.name FROM invoices i JOIN patients p ON p.clinic_id = i.clinic_id AND p.id = i.patient_id "
    "WHERE i.clinic_id = $1 AND i.id = $2";

constexpr size_t kPhoneEnd = 3;  // Safaricom's masks show at least these (daraja.md 4.6)
constexpr int kInvoicesMax = 200;
constexpr int kPatientsMax = 100;

struct Range {
    int64_t from, until;  // ids
};

bool fits(const payments::Transaction& t, Show show) {
    switch (show) {
        case Show::kAll: return true;
        case Show::kPaid: return t.state == State::kPaid || t.state == State::kPaidWithoutReceipt;
        case Show::kWaiting: return is_open(t.state);
        case Show::kFailed: return t.state == State::kFailed || t.state == State::kExpired;
        case Show::kAttention: return t.attention.has_value();
    }
    return false;
}

using Ids = std::set<int64_t, std::greater<>>;  // newest first

struct Search {
    store::ClinicTx& tx;
    clinics::Vault& vault;
    Range range;
    Ids ids = {};
    const store::RowSink take = [this](const store::Row& row) { ids.insert(row.integer(0)); };

    Result<> invoice(InvoiceId id) {
        TRY(tx.each(
            kOfInvoice,
            [&](const store::Row& row) {
                if (row.integer(0) >= range.from && row.integer(0) < range.until) ids.insert(row.integer(0));
            },
            id));
        return {};
    }
    Result<> patient(PatientId id) {
        TRY(tx.each(kOfPatient, take, id, range.from, range.until, kInvoicesMax));
        return {};
    }
    Result<> typed(std::string_view text);
    Result<> digits(std::string_view text);
    Result<> name(std::string_view text);
};

// A receipt, an account number or a reference, in any spelling.
Result<> Search::typed(std::string_view text) {
    TRY(const auto booked, payments::ledger::by_receipt(tx, text::upper(text)));
    if (booked && booked->id.value >= range.from && booked->id.value < range.until) ids.insert(booked->id.value);
    const auto invoice_found = find_typed(tx, text);
    if (invoice_found) {
        TRY(invoice(invoice_found->id));
    } else if (invoice_found.error().code != Code::kNotFound) {
        return std::unexpected(invoice_found.error());
    }
    TRY(tx.each(kByTyped, take, range.from, range.until, kLookedThrough, text));
    return {};
}

// The end of a phone number, or all of it: then of the patient's invoices as well, whoever paid them.
Result<> Search::digits(std::string_view text) {
    const auto phone = Msisdn::parse(text);
    if (!phone) {
        if (text.size() == kPhoneEnd) TRY(tx.each(kByPhoneEnd, take, range.from, range.until, kLookedThrough, text));
        return {};
    }
    TRY(const crypto::DataKey* key, vault.key(tx));
    const std::string mark = key->fingerprint(phone->digits(), payments::kPayerPurpose);
    TRY(tx.each(kByPhone, take, range.from, range.until, kLookedThrough,
                phone->digits().substr(phone->digits().size() - kPhoneEnd), store::Blob{mark}));
    TRY(const auto patients, patients::by_phone(tx, vault, *phone));
    for (const Patient& each : patients) TRY(patient(each.id));
    return {};
}

Result<> Search::name(std::string_view text) {
    TRY(const auto found, patients::by_name(tx, text));
    for (size_t i = 0; i < std::min(found.size(), size_t(kPatientsMax)); ++i) TRY(patient(found[i]));
    return {};
}

Result<Ids> candidates(store::ClinicTx& tx, clinics::Vault& vault, const Query& query, Range range, Instant now) {
    Search search{tx, vault, range};
    const std::string_view text = text::clip(text::trim(query.text), kTextMax);
    if (!text.empty()) {
        std::string digits;
        bool letters = false;
        for (const char c : text) {
            if (c >= '0' && c <= '9') digits += c;
            letters = letters || uint8_t(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        }
        TRY(search.typed(text));
        if (!letters) TRY(search.digits(digits));
        if (letters) TRY(search.name(text));
        return std::move(search.ids);
    }
    const auto list = [&](store::Sql sql, int64_t from) {
        return tx.each(sql, search.take, from, range.until, query.limit);
    };
    switch (query.show) {
        case Show::kAll: TRY(list(kAll, range.from)); break;
        case Show::kPaid: TRY(list(kPaid, range.from)); break;
        case Show::kWaiting: TRY(list(kWaiting, std::max(range.from, first_id_at(now - kWaitingLooksBack)))); break;
        case Show::kFailed:
            TRY(list(kFailed, range.from));
            TRY(list(kExpired, range.from));
            break;
        case Show::kAttention: TRY(list(kAttention, range.from)); break;
    }
    return std::move(search.ids);
}

}  // namespace

Result<std::vector<FoundPayment>> find(store::ClinicTx& tx, clinics::Vault& vault, const Query& query, Instant now) {
    Range range{query.from ? first_id_at(*query.from) : 0, query.until ? first_id_at(*query.until) : INT64_MAX};
    if (query.before > 0) range.until = std::min(range.until, query.before);
    TRY(const Ids ids, candidates(tx, vault, query, range, now));
    std::vector<FoundPayment> found;
    int looked = 0;
    for (const int64_t id : ids) {
        if (int(found.size()) >= std::clamp(query.limit, 1, kPageMax) || ++looked > kLookedThrough) break;
        FoundPayment one;
        TRY(one.payment, payments::ledger::find(tx, TransactionId{id}));
        if (!fits(one.payment, query.show)) continue;
        if (one.payment.invoice) {
            TRY(tx.each(
                kNames,
                [&](const store::Row& row) {
                    one.reference = row.string(0);
                    one.patient = row.string(1);
                },
                one.payment.invoice));
        }
        found.push_back(std::move(one));
    }
    return found;
}

}  // namespace clinicpro::invoices::payment_search
