#include "invoices/invoice.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "clinics/audit.hpp"
#include "invoices/account_number.hpp"

namespace clinicpro::invoices {
namespace {

constexpr std::pair<InvoiceState, std::string_view> kStates[] = {{InvoiceState::kOpen, "open"},
                                                                 {InvoiceState::kPartPaid, "part_paid"},
                                                                 {InvoiceState::kPaid, "paid"},
                                                                 {InvoiceState::kOverpaid, "overpaid"},
                                                                 {InvoiceState::kVoid, "void"}};
// A random number is taken with a chance of (invoices of the clinic) / 90 million: a few tries always suffice.
constexpr int kNumberTries = 20;

#define INVOICE_COLUMNS                                                                                      \
    "i.id, i.reference, i.account, i.patient_id, i.appointment_id, i.amount_due, i.amount_paid, i.state, "   \
    "i.created_at, i.updated_at "
constexpr store::Sql kInsert =
    "INSERT INTO invoices (clinic_id, id, reference, account, patient_id, appointment_id, amount_due, amount_paid, "
    "state, "
    "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 'open', $8, $8)";
constexpr store::Sql kInsertItem =
    "INSERT INTO invoice_items (clinic_id, invoice_id, line, description, quantity, unit_price) "
    "VALUES ($1, $2, $3, $4, $5, $6)";
constexpr store::Sql kTake =
    "INSERT INTO invoice_accounts (clinic_id, account_key, invoice_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
constexpr store::Sql kTaken = "SELECT 1 FROM invoice_accounts WHERE clinic_id = $1 AND account_key = $2";
constexpr store::Sql kFind = "SELECT " INVOICE_COLUMNS "FROM invoices i WHERE i.clinic_id = $1 AND i.id = $2";
constexpr store::Sql kFindTyped =
    "SELECT " INVOICE_COLUMNS
    "FROM invoice_accounts k JOIN invoices i ON i.clinic_id = k.clinic_id AND i.id = k.invoice_id "
    "WHERE k.clinic_id = $1 AND k.account_key = $2";
constexpr store::Sql kLookUp =
    "SELECT i.id, i.amount_due, i.amount_paid, i.state, a.state "
    "FROM invoice_accounts k JOIN invoices i ON i.clinic_id = k.clinic_id AND i.id = k.invoice_id "
    "LEFT JOIN appointments a ON a.clinic_id = i.clinic_id AND a.id = i.appointment_id "
    "WHERE k.clinic_id = $1 AND k.account_key = $2";
constexpr store::Sql kList =
    "SELECT " INVOICE_COLUMNS
    "FROM invoices i WHERE i.clinic_id = $1 AND (CAST($2 AS BIGINT) = 0 OR i.id < $2) AND ($3 = '' OR i.state = $3) "
    "AND (CAST($4 AS BIGINT) = 0 OR i.patient_id = $4) AND (CAST($5 AS BIGINT) = 0 OR i.appointment_id = $5) "
    "ORDER BY i.id DESC LIMIT $6";
constexpr store::Sql kItems =
    "SELECT description, quantity, unit_price FROM invoice_items WHERE clinic_id = $1 AND invoice_id = $2 ORDER BY "
    "line";
constexpr store::Sql kVoid =
    "UPDATE invoices SET state = 'void', updated_at = $3 WHERE clinic_id = $1 AND id = $2 AND state = 'open' "
    "AND amount_paid = 0";
constexpr store::Sql kPatient = "SELECT 1 FROM patients WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kVisit = "SELECT patient_id, state FROM appointments WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kUnpaidOfVisit =
    "SELECT account FROM invoices WHERE clinic_id = $1 AND appointment_id = $2 AND appointment_id IS NOT NULL "
    "AND state IN ('open', 'part_paid') LIMIT 1";

Invoice read(const store::Row& row) {
    const auto state = invoice_state_from(row.text(7));
    CHECK(state);
    return {row.id<InvoiceId>(0),     row.string(1), row.string(2), row.id<PatientId>(3), row.id<AppointmentId>(4),
            row.money(5),             row.money(6),  *state,        row.instant(8),       row.instant(9)};
}

std::unexpected<Error> not_found() { return fail(Code::kNotFound, "There is no invoice under this number."); }

Result<Money> total_of(const std::vector<Item>& items) {
    if (items.empty()) return fail(Code::kInvalid, "An invoice needs at least one line.", "items");
    if (items.size() > kItemsMax) return fail(Code::kInvalid, "An invoice has at most 100 lines.", "items");
    int64_t total = 0;
    for (size_t i = 0; i < items.size(); ++i) {
        const Item& item = items[i];
        const std::string at = "items[" + std::to_string(i) + "].";
        if (text::trim(item.description).empty()) {
            return fail(Code::kInvalid, "Every line needs a description.", at + "description");
        }
        if (item.description.size() > kDescriptionMax) {
            return fail(Code::kInvalid, "A description has at most 200 bytes.", at + "description");
        }
        if (!text::is_utf8(item.description)) {
            return fail(Code::kInvalid, "The description is not readable text (UTF-8).", at + "description");
        }
        if (item.quantity < 1 || item.quantity > kQuantityMax) {
            return fail(Code::kInvalid, "A quantity is between 1 and 10,000.", at + "quantity");
        }
        if (item.unit_price < Money() || item.unit_price > kInvoiceMax) {
            return fail(Code::kInvalid, "A price is between 0 and " + kInvoiceMax.to_display() + ".",
                        at + "unit_price");
        }
        // At most 100 lines of 10^4 times 10^10 cents: far from overflow.
        total += item.quantity * item.unit_price.cents();
    }
    if (total <= 0) return fail(Code::kInvalid, "The total of an invoice must be more than zero.", "items");
    if (total > kInvoiceMax.cents()) {
        return fail(Code::kInvalid, "The total is too large: at most " + kInvoiceMax.to_display() + ".", "items");
    }
    return Money::from_cents(total);
}

Result<> check_visit(store::ClinicTx& tx, const NewInvoice& wanted) {
    std::optional<std::pair<PatientId, std::string>> visit;
    TRY(tx.each(kVisit, [&](const store::Row& row) { visit.emplace(row.id<PatientId>(0), row.string(1)); },
                wanted.appointment));
    if (!visit) return fail(Code::kInvalid, "There is no such visit.", "appointment");
    if (visit->first != wanted.patient) {
        return fail(Code::kInvalid, "This visit belongs to another patient.", "appointment");
    }
    if (visit->second == "cancelled" || visit->second == "released") {
        return fail(Code::kConflict, "This visit is " + visit->second + ". Make a new visit first.", "appointment");
    }
    // Two unpaid invoices for one visit: paying either would confirm it.
    std::optional<std::string> unpaid;
    TRY(tx.each(kUnpaidOfVisit, [&](const store::Row& row) { unpaid = row.string(0); }, wanted.appointment));
    if (unpaid) {
        return fail(Code::kConflict,
                    "This visit already has an unpaid invoice, account " + account_number::shown(*unpaid) +
                        ". Void it first, or add the lines there.",
                    "appointment");
    }
    return {};
}

// The number is taken before the invoice's row names it: a clash costs one more number, not a failed transaction. The
// foreign key wants the invoice first, so a free number is looked for, and a race for it ends as kConflict.
Result<std::string> free_number(store::ClinicTx& tx, crypto::Entropy& entropy) {
    for (int i = 0; i < kNumberTries; ++i) {
        std::string number = account_number::make(entropy);
        bool taken = false;
        TRY(tx.each(kTaken, [&](const store::Row&) { taken = true; }, number));
        if (!taken) return number;
    }
    return fail(Code::kInternal, "No free account number was found. Try again.");
}

Result<> take(store::ClinicTx& tx, std::string_view key, InvoiceId id, std::string_view sentence,
              std::string_view field) {
    TRY(const int64_t rows, tx.execute(kTake, key, id));
    if (rows == 1) return {};
    return fail(Code::kConflict, std::string(sentence), std::string(field));
}

}  // namespace

std::string_view to_string(InvoiceState state) {
    for (const auto& [known, name] : kStates) {
        if (known == state) return name;
    }
    CHECK(false);
    return {};
}

std::optional<InvoiceState> invoice_state_from(std::string_view text) {
    for (const auto& [known, name] : kStates) {
        if (name == text) return known;
    }
    return std::nullopt;
}

Result<Invoice> create(jobs::Context& context, store::ClinicTx& tx, crypto::Entropy& entropy,
                       const NewInvoice& wanted) {
    TRY(const Money total, total_of(wanted.items));
    const std::string reference(text::trim(wanted.reference));
    const std::string key = account_number::canonical(reference);
    if (!reference.empty()) {
        if (reference.size() > kReferenceMax || key.size() > account_number::kCanonicalMax) {
            return fail(Code::kInvalid,
                        "The reference is too long to be typed on a phone: use at most 20 letters and digits.",
                        "reference");
        }
        if (!text::is_utf8(reference) || key.empty()) {
            return fail(Code::kInvalid, "A reference needs letters or digits, such as INV-123456.", "reference");
        }
    }
    bool patient = false;
    TRY(tx.each(kPatient, [&](const store::Row&) { patient = true; }, wanted.patient));
    if (!patient) return fail(Code::kInvalid, "There is no such patient. Add the patient first.", "patient");
    if (wanted.appointment) TRY(check_visit(tx, wanted));

    TRY(std::string account, free_number(tx, entropy));
    while (account == key) {
        TRY(account, free_number(tx, entropy));
    }
    Invoice made{.id = context.ids().make<InvoiceId>(),
                 .reference = reference,
                 .account = std::move(account),
                 .patient = wanted.patient,
                 .appointment = wanted.appointment,
                 .amount_due = total,
                 .created_at = context.now(),
                 .updated_at = context.now()};
    const auto visit = made.appointment ? std::optional(made.appointment.value) : std::nullopt;
    TRY(tx.execute(kInsert, made.id, made.reference, made.account, made.patient, visit, made.amount_due,
                   made.created_at));
    TRY(take(tx, made.account, made.id, "Another invoice took this account number at the same moment. Try again.", {}));
    if (!key.empty()) {
        TRY(take(tx, key, made.id,
                 "Another invoice already answers to the reference " + reference +
                     ". References may differ only by more than case, spaces and O/0, I/1/L.",
                 "reference"));
    }
    for (size_t line = 0; line < wanted.items.size(); ++line) {
        const Item& item = wanted.items[line];
        TRY(tx.execute(kInsertItem, made.id, int64_t(line), text::trim(item.description), item.quantity,
                       item.unit_price));
    }
    json::Writer detail;
    detail.begin_object().field("due", made.amount_due.cents()).field("account", made.account);
    if (made.appointment) detail.field("appointment", made.appointment.to_text());
    detail.end_object();
    TRY(clinics::audit::append(tx, {context.now(), wanted.actor, "invoice.created", made.id.to_text(), detail.take()}));
    return made;
}

Result<Invoice> find(store::ClinicTx& tx, InvoiceId id) {
    std::optional<Invoice> found;
    TRY(tx.each(kFind, [&](const store::Row& row) { found = read(row); }, id));
    if (!found) return not_found();
    return *std::move(found);
}

Result<> lock(store::ClinicTx& tx, InvoiceId id) {
    // An UPDATE takes the row's lock on PostgreSQL in words that SQLite understands too.
    TRY(const int64_t rows,
        tx.execute("UPDATE invoices SET updated_at = updated_at WHERE clinic_id = $1 AND id = $2", id));
    if (rows == 0) return not_found();
    return {};
}

Result<Invoice> find_typed(store::ClinicTx& tx, std::string_view typed) {
    const std::string key = account_number::canonical(typed);
    std::optional<Invoice> found;
    TRY(tx.each(kFindTyped, [&](const store::Row& row) { found = read(row); }, key));
    if (!found) return not_found();
    return *std::move(found);
}

Result<std::vector<Item>> items(store::ClinicTx& tx, InvoiceId id) {
    std::vector<Item> found;
    TRY(tx.each(
        kItems, [&](const store::Row& row) { found.push_back({row.string(0), row.integer(1), row.money(2)}); }, id));
    return found;
}

Result<Invoice> void_invoice(jobs::Context& context, store::ClinicTx& tx, InvoiceId id, std::string_view actor) {
    TRY(Invoice invoice, find(tx, id));
    if (invoice.state == InvoiceState::kVoid) return fail(Code::kConflict, "This invoice is already void.", "state");
    TRY(const int64_t rows, tx.execute(kVoid, id, context.now()));
    if (rows != 1) {
        return fail(Code::kConflict,
                    "Money was paid on this invoice, so it cannot be made void. Refund the money first.", "state");
    }
    TRY(clinics::audit::append(tx, {context.now(), actor, "invoice.voided", id.to_text()}));
    invoice.state = InvoiceState::kVoid;
    invoice.updated_at = context.now();
    return invoice;
}

Result<std::vector<Invoice>> list(store::ClinicTx& tx, const InvoicePage& page) {
    std::vector<Invoice> found;
    TRY(tx.each(kList, [&](const store::Row& row) { found.push_back(read(row)); }, page.before,
                page.state ? to_string(*page.state) : std::string_view(), page.patient, page.appointment,
                std::clamp(page.limit, 1, kInvoicePageMax)));
    return found;
}

Result<std::optional<payments::AccountMatch>> InvoiceAccounts::look_up(store::ClinicTx& tx, std::string_view typed) {
    const std::string key = account_number::canonical(typed);
    std::optional<payments::AccountMatch> match;
    if (key.empty()) return match;
    TRY(tx.each(
        kLookUp,
        [&](const store::Row& row) {
            const bool is_void = row.text(3) == "void";
            const bool gone = row.text(4) == "cancelled" || row.text(4) == "released";
            match = payments::AccountMatch{row.id<InvoiceId>(0), is_void ? Money() : row.money(1) - row.money(2),
                                           !is_void && !gone};
        },
        key));
    return match;
}

#undef INVOICE_COLUMNS

}  // namespace clinicpro::invoices
