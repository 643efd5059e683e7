#include "invoices/patient.hpp"

#include "base/text.hpp"
#include "clinics/audit.hpp"

namespace clinicpro::invoices::patients {
namespace {

constexpr std::string_view kSealed = "patient.phone";
constexpr std::string_view kMark = "phone";

#define PATIENT_COLUMNS "id, name, phone_masked, language, created_at "
constexpr store::Sql kInsert =
    "INSERT INTO patients (clinic_id, id, name, phone_masked, phone_mark, phone_sealed, language, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr store::Sql kFind = "SELECT " PATIENT_COLUMNS "FROM patients WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kByPhone =
    "SELECT " PATIENT_COLUMNS "FROM patients WHERE clinic_id = $1 AND phone_mark = $2 ORDER BY id DESC LIMIT $3";
constexpr store::Sql kList =
    "SELECT " PATIENT_COLUMNS "FROM patients WHERE clinic_id = $1 AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3";
constexpr store::Sql kPhone = "SELECT phone_sealed FROM patients WHERE clinic_id = $1 AND id = $2";

Patient read(const store::Row& row) {
    return {row.id<PatientId>(0), row.string(1), row.string(2), row.string(3), row.instant(4)};
}

std::unexpected<Error> not_found() { return fail(Code::kNotFound, "There is no patient under this id."); }

}  // namespace

Result<Patient> create(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, const NewPatient& wanted) {
    const std::string name(text::trim(wanted.name));
    if (name.empty()) return fail(Code::kInvalid, "A patient needs a name.", "name");
    if (name.size() > kNameMax) return fail(Code::kInvalid, "The name is too long: use at most 120 bytes.", "name");
    if (!text::is_utf8(name)) return fail(Code::kInvalid, "The name is not readable text (UTF-8).", "name");
    if (wanted.language != "en" && wanted.language != "sw") {
        return fail(Code::kInvalid, "The language is \"en\" (English) or \"sw\" (Swahili).", "language");
    }
    TRY(const crypto::DataKey* key, vault.key(tx));
    Patient made{context.ids().make<PatientId>(), name, wanted.phone.masked(), wanted.language, context.now()};
    const std::string mark = key->fingerprint(wanted.phone.digits(), kMark);
    const std::string sealed = key->seal(wanted.phone.digits(), kSealed, vault.entropy());
    TRY(tx.execute(kInsert, made.id, made.name, made.phone_masked, store::Blob{mark}, store::Blob{sealed},
                   made.language, made.created_at));
    TRY(clinics::audit::append(tx, {context.now(), wanted.actor, "patient.created", made.id.to_text()}));
    return made;
}

Result<Patient> find(store::ClinicTx& tx, PatientId id) {
    std::optional<Patient> found;
    TRY(tx.each(kFind, [&](const store::Row& row) { found = read(row); }, id));
    if (!found) return not_found();
    return *std::move(found);
}

Result<std::vector<Patient>> by_phone(store::ClinicTx& tx, clinics::Vault& vault, const Msisdn& phone) {
    TRY(const crypto::DataKey* key, vault.key(tx));
    const std::string mark = key->fingerprint(phone.digits(), kMark);
    std::vector<Patient> found;
    TRY(tx.each(kByPhone, [&](const store::Row& row) { found.push_back(read(row)); }, store::Blob{mark}, kPageMax));
    return found;
}

Result<std::vector<Patient>> list(store::ClinicTx& tx, const Page& page) {
    std::vector<Patient> found;
    TRY(tx.each(kList, [&](const store::Row& row) { found.push_back(read(row)); }, page.before,
                std::clamp(page.limit, 1, kPageMax)));
    return found;
}

Result<Msisdn> phone(store::ClinicTx& tx, clinics::Vault& vault, PatientId id) {
    std::optional<std::string> sealed;
    TRY(tx.each(kPhone, [&](const store::Row& row) { sealed = row.string(0); }, id));
    if (!sealed) return not_found();
    TRY(const crypto::DataKey* key, vault.key(tx));
    return open_phone(*key, *sealed);
}

Result<Msisdn> open_phone(const crypto::DataKey& key, std::string_view sealed) {
    TRY(const Secret<> digits, key.open(sealed, kSealed));
    return Msisdn::parse(digits.reveal());
}

#undef PATIENT_COLUMNS

}  // namespace clinicpro::invoices::patients
