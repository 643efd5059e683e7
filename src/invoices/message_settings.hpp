// message_settings.hpp: who carries a clinic's messages, chosen at run time and kept in the database.
//
// clinic 0 holds the default; a clinic's own row replaces it whole, its sealed secrets included. Instances read the
// row each time they send, so a change works everywhere at once. Tested by invoices/message_settings_test.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "clinics/link.hpp"
#include "clinics/vault.hpp"
#include "jobs/job.hpp"
#include "messaging/config.hpp"

namespace clinicpro::invoices {

class MessageSettings final {
public:
    // `otherwise` carries the messages of clinics without SMS and mail: the log.
    MessageSettings(clinics::Vault& vault, messaging::Channel& otherwise) : vault_(vault), otherwise_(otherwise) {}

    // What trying a channel found last; forgotten when its account changes.
    struct Tried {
        std::optional<Instant> at = {};
        std::string note = {};  // what is wrong and what to do; empty: it works
    };
    struct Choice {
        messaging::Settings settings;
        ClinicId owner;  // kSystem: the server's default
        Tried sms_tried = {};
        Tried mail_tried = {};
    };
    // With its secrets opened; nothing when neither the clinic nor the server chose anything.
    static Result<std::optional<Choice>> current(store::ClinicTx& tx, clinics::Vault& vault);
    // The same, looked up once a transaction.
    Result<std::optional<Choice>> current(store::ClinicTx& tx) {
        return tx.remember<std::optional<Choice>>([&] { return current(tx, vault_); });
    }

    // For the clinic of `tx`; with ClinicId 0 the default of all clinics. An empty secret keeps the clinic's own stored
    // one. Error kInvalid names every problem; nothing changes then.
    static Result<> save(jobs::Context& context, store::ClinicTx& tx, clinics::Vault& vault,
                         messaging::Settings settings, std::string_view actor);
    // Remembers what trying "sms" or "mail" found, beside the settings that were tried; nothing when it told nothing of
    // the account, or when that is another's: what a clinic met with the server's account is not every clinic's to read.
    static Result<> note_trial(store::ClinicTx& tx, ClinicId owner, std::string_view channel,
                               const std::optional<Tried>& tried);
    // Back to the default. No error when there was no choice.
    static Result<> clear(jobs::Context& context, store::ClinicTx& tx, std::string_view actor);
    // Makes the next address of delivery reports current; the one before stays good until the next rotation.
    static Result<int> rotate_reports(store::ClinicTx& tx, std::string_view actor, Instant now);

    // The channel of that name for these settings. Error kConfig, a sentence, when the clinic did not switch it on.
    Result<std::shared_ptr<messaging::Channel>> channel(const std::optional<Choice>& choice, std::string_view name,
                                                        Instant now);
    // The one a new message goes by.
    std::string_view first_channel(const std::optional<Choice>& choice) const;
    // What the answer to a request of that channel means; needs no settings, which may have changed meanwhile.
    messaging::Delivery read_answer(std::string_view channel, const net::Outcome& outcome);

private:
    clinics::Vault& vault_;
    messaging::Channel& otherwise_;
};

// Where the networks' delivery reports come in; the path goes behind the server's public address.
inline constexpr std::string_view kReportPath = "/n/r/";
std::string report_url(std::string_view public_url, const clinics::LinkSigner& links, ClinicId account, int generation);

}  // namespace clinicpro::invoices
