#include "invoices/patient.hpp"

#include <set>

#include "base/json.hpp"
#include "base/text.hpp"
#include "clinics/audit.hpp"

namespace clinicpro::invoices::patients {
namespace {

constexpr std::string_view kSealed = "patient.phone";
constexpr std::string_view kSealedEmail = "patient.email";
constexpr std::string_view kMark = "phone";

#define PATIENT_COLUMNS "id, name, phone_masked, language, created_at, email_masked "
constexpr store::Sql kInsert =
    "INSERT INTO patients (clinic_id, id, name, phone_masked, phone_mark, phone_sealed, language, created_at, "
    "email_masked, email_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
constexpr store::Sql kSetPhone =
    "UPDATE patients SET phone_masked = $3, phone_mark = $4, phone_sealed = $5 WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kSetEmail =
    "UPDATE patients SET email_masked = $3, email_sealed = $4 WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kSetLanguage = "UPDATE patients SET language = $3 WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kFind = "SELECT " PATIENT_COLUMNS "FROM patients WHERE clinic_id = $1 AND id = $2";
constexpr store::Sql kByPhone =
    "SELECT " PATIENT_COLUMNS "FROM patients WHERE clinic_id = $1 AND phone_mark = $2 ORDER BY id DESC LIMIT $3";
constexpr store::Sql kList =
    "SELECT " PATIENT_COLUMNS "FROM patients WHERE clinic_id = $1 AND (CAST($2 AS BIGINT) = 0 OR id < $2) "
    "ORDER BY id DESC LIMIT $3";
constexpr store::Sql kPhone = "SELECT phone_sealed FROM patients WHERE clinic_id = $1 AND id = $2";

Patient read(const store::Row& row) {
    return {row.id<PatientId>(0), row.string(1), row.string(2), row.string(3), row.instant(4), row.string(5)};
}

Result<> check_language(std::string_view language) {
    if (language == "en" || language == "sw") return {};
    return fail(Code::kInvalid, "The language is \"en\" (English) or \"sw\" (Swahili).", "language");
}

constexpr store::Sql kInsertWord = "INSERT INTO patient_words (clinic_id, word, patient_id) VALUES ($1, $2, $3)";
// The begin of a word is a range of the key; the newest people first.
constexpr store::Sql kByWord =
    "SELECT DISTINCT patient_id FROM patient_words WHERE clinic_id = $1 AND word >= $2 AND word < $3 LIMIT $4";

std::set<std::string> words_of(std::string_view name) {
    std::set<std::string> words;
    const std::string small = text::lower(name);
    for (const std::string_view word : text::split(small, ' ')) {
        if (!word.empty()) words.emplace(word);
    }
    return words;
}

std::unexpected<Error> not_found() { return fail(Code::kNotFound, "There is no patient under this id."); }

}  // namespace

Result<Patient> create(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, const NewPatient& wanted) {
    const std::string name(text::trim(wanted.name));
    if (name.empty()) return fail(Code::kInvalid, "A patient needs a name.", "name");
    if (name.size() > kNameMax) return fail(Code::kInvalid, "The name is too long: use at most 120 bytes.", "name");
    if (!text::is_utf8(name)) return fail(Code::kInvalid, "The name is not readable text (UTF-8).", "name");
    TRY(check_language(wanted.language));
    TRY(const crypto::DataKey* key, vault.key(tx));
    Patient made{context.ids().make<PatientId>(), name, wanted.phone.masked(), wanted.language, context.now(),
                 wanted.email ? wanted.email->masked() : std::string()};
    const std::string mark = key->fingerprint(wanted.phone.digits(), kMark);
    const std::string sealed = key->seal(wanted.phone.digits(), kSealed, vault.entropy());
    std::string email;
    if (wanted.email) email = key->seal(wanted.email->text(), kSealedEmail, vault.entropy());
    TRY(tx.execute(kInsert, made.id, made.name, made.phone_masked, store::Blob{mark}, store::Blob{sealed},
                   made.language, made.created_at, made.email_masked,
                   wanted.email ? std::optional(store::Blob{email}) : std::nullopt));
    for (const std::string& word : words_of(made.name)) {
        TRY(tx.execute(kInsertWord, word, made.id));
    }
    TRY(clinics::audit::append(tx, {context.now(), wanted.actor, "patient.created", made.id.to_text()}));
    return made;
}

Result<Patient> find(store::ClinicTx& tx, PatientId id) {
    std::optional<Patient> found;
    TRY(tx.each(kFind, [&](const store::Row& row) { found = read(row); }, id));
    if (!found) return not_found();
    return *std::move(found);
}

Result<Patient> correct(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, PatientId id,
                        const Contact& contact) {
    TRY(find(tx, id));
    TRY(const crypto::DataKey* key, vault.key(tx));
    std::string changed;
    const auto note = [&](std::string_view what) { changed += (changed.empty() ? "" : ",") + std::string(what); };
    if (contact.phone) {
        const std::string mark = key->fingerprint(contact.phone->digits(), kMark);
        const std::string sealed = key->seal(contact.phone->digits(), kSealed, vault.entropy());
        TRY(tx.execute(kSetPhone, id, contact.phone->masked(), store::Blob{mark}, store::Blob{sealed}));
        note("phone");
    }
    if (contact.email) {
        const std::string sealed = key->seal(contact.email->text(), kSealedEmail, vault.entropy());
        TRY(tx.execute(kSetEmail, id, contact.email->masked(), store::Blob{sealed}));
        note("email");
    } else if (contact.forget_email) {
        TRY(tx.execute(kSetEmail, id, "", std::optional<store::Blob>()));
        note("email");
    }
    if (!contact.language.empty()) {
        TRY(check_language(contact.language));
        TRY(tx.execute(kSetLanguage, id, contact.language));
        note("language");
    }
    json::Writer detail;
    detail.begin_object().field("changed", changed).end_object();
    TRY(clinics::audit::append(tx, {context.now(), contact.actor, "patient.corrected", id.to_text(), detail.take()}));
    return find(tx, id);
}

Result<std::vector<Patient>> by_phone(store::ClinicTx& tx, clinics::Vault& vault, const Msisdn& phone) {
    TRY(const crypto::DataKey* key, vault.key(tx));
    const std::string mark = key->fingerprint(phone.digits(), kMark);
    std::vector<Patient> found;
    TRY(tx.each(kByPhone, [&](const store::Row& row) { found.push_back(read(row)); }, store::Blob{mark}, kPageMax));
    return found;
}

Result<std::vector<PatientId>> by_name(store::ClinicTx& tx, std::string_view typed) {
    // The longest word finds the fewest; the others must begin a word as well.
    std::vector<std::string> words;
    for (const std::string& word : words_of(text::clip(text::trim(typed), kNameMax))) words.push_back(word);
    std::ranges::sort(words, std::ranges::greater(), &std::string::size);
    std::vector<PatientId> found;
    if (words.empty()) return found;
    for (const std::string& word : words) {
        const std::string end = word + "\xF4\x8F\xBF\xBF";  // the last character there is: valid text for every engine
        std::set<PatientId> these;
        TRY(tx.each(kByWord, [&](const store::Row& row) { these.insert(row.id<PatientId>(0)); }, word, end, kNamedMax));
        if (&word == &words.front()) found.assign(these.rbegin(), these.rend());
        else std::erase_if(found, [&](PatientId id) { return !these.contains(id); });
    }
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

Result<messaging::MailAddress> open_email(const crypto::DataKey& key, std::string_view sealed) {
    TRY(const Secret<> text, key.open(sealed, kSealedEmail));
    return messaging::MailAddress::parse(text.reveal());
}

#undef PATIENT_COLUMNS

}  // namespace clinicpro::invoices::patients
