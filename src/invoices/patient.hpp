// patient.hpp: who a visit and an invoice are for.
//
// The phone stands in the row three times, never in clear: sealed with the clinic's key (to send a message), as a keyed
// fingerprint (to find by it) and masked (to show). Two people may share one phone, so a phone is no key. A mail address
// is optional, and stands there sealed and masked.
// Tested by invoices/patient_test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/phone.hpp"
#include "clinics/vault.hpp"
#include "jobs/job.hpp"
#include "messaging/mail_address.hpp"

namespace clinicpro::invoices {

struct Patient {
    PatientId id;
    std::string name;
    std::string phone_masked;  // "2547*****678"
    std::string language;      // "en" | "sw"
    Instant created_at;
    std::string email_masked = {};  // "a***@example.co.ke"; empty: none known
};

struct NewPatient {
    std::string name;   // 1 to patients::kNameMax bytes
    Msisdn phone;
    std::string language = "en";
    std::string actor;  // for the audit
    std::optional<messaging::MailAddress> email = {};
};

// How a patient is reached, corrected. What is not given stays.
struct Contact {
    std::optional<Msisdn> phone = {};
    std::optional<messaging::MailAddress> email = {};
    bool forget_email = false;
    std::string language = {};  // empty: as it is
    std::string actor;
};

namespace patients {

inline constexpr size_t kNameMax = 120;
inline constexpr int kPageMax = 200;

Result<Patient> create(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, const NewPatient& wanted);
Result<Patient> find(store::ClinicTx& tx, PatientId id);  // kNotFound
Result<Patient> correct(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault, PatientId id,
                        const Contact& contact);
// Newest first.
Result<std::vector<Patient>> by_phone(store::ClinicTx& tx, clinics::Vault& vault, const Msisdn& phone);

// Those in whose name each word of `typed` begins a word, newest first. Among more than kNamedMax that one word fits,
// some: type more of the name.
inline constexpr int kNamedMax = 2'000;
Result<std::vector<PatientId>> by_name(store::ClinicTx& tx, std::string_view typed);

struct Page {
    int limit = 50;        // 1..kPageMax
    int64_t before = 0;    // an id; 0: from the newest
};
Result<std::vector<Patient>> list(store::ClinicTx& tx, const Page& page);

// The whole number, to send a message to it or to prompt it. kNotFound.
Result<Msisdn> phone(store::ClinicTx& tx, clinics::Vault& vault, PatientId id);
// The same from bytes already read.
Result<Msisdn> open_phone(const crypto::DataKey& key, std::string_view sealed);
Result<messaging::MailAddress> open_email(const crypto::DataKey& key, std::string_view sealed);

}  // namespace patients
}  // namespace clinicpro::invoices
