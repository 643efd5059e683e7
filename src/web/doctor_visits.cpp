// doctor_visits.cpp: the meetings and the messages of a clinic, tried at whoever makes and carries them (see
// doctor.hpp).
#include "invoices/meeting_call.hpp"
#include "invoices/message_settings.hpp"
#include "messaging/account_check.hpp"
#include "web/doctor_visit.hpp"

namespace clinicpro::web {
namespace {

using invoices::MeetingSettings;
using invoices::MessageSettings;
using Level = Finding::Level;

Level level_of(meetings::Finding::Level level) {
    switch (level) {
        case meetings::Finding::Level::kGood: return Level::kGood;
        case meetings::Finding::Level::kWarning: return Level::kWarning;
        case meetings::Finding::Level::kProblem: return Level::kProblem;
    }
    return Level::kProblem;
}

Level level_of(messaging::AccountCheck::Level level) {
    switch (level) {
        case messaging::AccountCheck::Level::kGood: return Level::kGood;
        case messaging::AccountCheck::Level::kWarning: return Level::kWarning;
        case messaging::AccountCheck::Level::kProblem: return Level::kProblem;
    }
    return Level::kProblem;
}

}  // namespace

std::vector<Finding> Doctor::meetings(ClinicId clinic) {
    Visit visit{.clinic = clinic};
    meetings(visit);
    return std::move(visit.found);
}

void Doctor::meetings(Visit& visit) {
    std::optional<MeetingSettings::Choice> choice;
    std::vector<std::string> secrets;
    const auto read = parts_.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, visit.clinic);
        TRY(choice, MeetingSettings::current(tx));
        if (choice) {
            TRY(secrets, parts_.meetings.secrets_set(tx, *choice));
        }
        return {};
    });
    if (!read) return visit.say(Level::kProblem, "meetings", read.error().message);
    if (!choice) {
        return visit.say(Level::kWarning, "meetings", "No meeting provider is chosen, so virtual visits get no link.",
                         "Choose one with `clinicpro meetings use`.");
    }
    const auto has = [&](std::string_view name) { return std::ranges::count(secrets, name) > 0; };
    const bool is_google = choice->settings.kind == meetings::Kind::kGoogleMeet;
    if (is_google && !has("service_account") && !has("refresh_token")) {
        return visit.say(Level::kProblem, "meetings",
                         "Google is chosen but not connected: somebody must agree in a browser.",
                         "Run `clinicpro meetings connect google`.");
    }
    invoices::MeetingCall call{parts_.database, parts_.mpesa.vault, parts_.meetings, parts_.client,
                               parts_.ids,      parts_.clock,       visit.clinic,    parts_.actor};
    const auto found = call.check({});
    if (!found) return visit.say(Level::kProblem, "meetings", found.error().message);
    for (const meetings::Finding& one : *found) visit.say(level_of(one.level), "meetings", one.sentence);
}

std::vector<Finding> Doctor::channel(ClinicId clinic, std::string_view name) {
    Visit visit{.clinic = clinic};
    messages(visit, name);
    return std::move(visit.found);
}

// Of one channel, or of all that are switched on.
void Doctor::messages(Visit& visit, std::string_view only) {
    std::optional<MessageSettings::Choice> choice;
    const auto read = parts_.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, visit.clinic);
        TRY(choice, MessageSettings::current(tx, parts_.mpesa.vault));
        return {};
    });
    if (!read) return visit.say(Level::kProblem, "messages", read.error().message);
    const bool sms = choice && choice->settings.sms, mail = choice && choice->settings.mail;
    if (!sms && !mail) {
        return visit.say(Level::kWarning, "messages",
                         "Neither SMS nor mail is set up, so messages to patients are only written to the log.",
                         "Set one up with `clinicpro messaging use`.");
    }
    if (sms && only != "mail") account(visit, *choice, "sms");
    if (mail && only != "sms") account(visit, *choice, "mail");
}

void Doctor::account(Visit& visit, const MessageSettings::Choice& choice, std::string_view channel) {
    const std::string about(channel);
    for (const Error& problem : messaging::problems(choice.settings)) {
        if (problem.field.starts_with(channel)) return visit.say(Level::kProblem, about, problem.message);
    }
    messaging::AccountCheck check;
    if (channel == "sms") {
        check = messaging::read_sms_account(
            net::send_and_wait(parts_.client, messaging::ask_sms_account(choice.settings.sms_account)));
    } else {
        check = messaging::read_mail_account(
            net::send_and_wait(parts_.client, messaging::ask_mail_account(choice.settings.mail_account)));
    }
    std::optional<MessageSettings::Tried> found;  // a time-out says nothing of the account
    if (check.level != messaging::AccountCheck::Level::kWarning) {
        const bool well = check.level == messaging::AccountCheck::Level::kGood;
        found = MessageSettings::Tried{parts_.clock.now(), well ? std::string() : check.sentence};
    }
    const auto kept = parts_.database.write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, visit.clinic);
        return MessageSettings::note_trial(tx, choice.owner, channel, found);
    });
    if (!kept) return visit.say(Level::kProblem, about, kept.error().message);
    visit.say(level_of(check.level), about, check.sentence);
}

}  // namespace clinicpro::web
