// desk_setup_steps.cpp: where each step of the set-up stands, by what is stored: nobody is asked.
#include "invoices/meeting_connection.hpp"
#include "invoices/message_settings.hpp"
#include "meetings/provider_fields.hpp"
#include "mpesa/c2b.hpp"
#include "mpesa/config.hpp"
#include "web/desk_setup.hpp"

namespace clinicpro::web::front_desk {
namespace {

using State = SetupStep::State;
using invoices::MeetingSettings;
using invoices::MessageSettings;

struct Books {
    std::optional<mpesa::Config> config = {};
    bool has_heard = false;  // Safaricom has called one of the clinic's addresses
    bool was_paid = false;
};

Result<bool> any(store::ClinicTx& tx, store::Sql sql) {
    bool found = false;
    TRY(tx.each(sql, [&](const store::Row&) { found = true; }));
    return found;
}

Result<Books> books_of(const Call& call, store::ClinicTx& tx) {
    Books books;
    auto config = mpesa::config::load(tx, call.services.vault, false);
    if (!config && config.error().code != Code::kConfig) return std::unexpected(std::move(config).error());
    if (config) books.config = *std::move(config);
    TRY(books.has_heard, any(tx, "SELECT 1 FROM inbox WHERE clinic_id = $1 LIMIT 1"));
    TRY(books.was_paid, any(tx, "SELECT 1 FROM transactions WHERE clinic_id = $1 AND receipt IS NOT NULL LIMIT 1"));
    return books;
}

Result<SetupStep> app_step(const Call& call, store::ClinicTx& tx, const Books& books) {
    SetupStep step{.name = "app", .icon = "lock"};
    if (!books.config) return step;
    const mpesa::Config& config = *books.config;
    if (const auto problems = mpesa::problems(config); !problems.empty()) {
        step.state = State::kWrong;
        step.note = call.words.said(problems.front().message);
        return step;
    }
    TRY(const bool accepted, call.services.mpesa.auth.was_accepted(tx, config));
    step.state = accepted && config.active ? State::kDone : State::kWrong;
    step.note =
        !config.active ? call.words("setup.app_off")
        : !accepted
            ? call.words("setup.app_untried")
            : call.words(
                  "setup.app_note",
                  {{"kind", call.words("setup.kind." + std::string(daraja::to_string(config.shortcode_kind)))},
                   {"shortcode", config.shortcode},
                   {"environment", call.words("setup.environment." + std::string(to_string(config.environment)))}});
    return step;
}

SetupStep callbacks_step(const Call& call, const Books& books) {
    SetupStep step{.name = "callbacks", .icon = "globe"};
    if (!books.config || books.config->callback_base_url.empty()) return step;
    step.state = State::kDone;
    step.note = call.words(books.has_heard ? "setup.callbacks_heard" : "setup.callbacks_set",
                           {{"address", books.config->callback_base_url}});
    return step;
}

Result<SetupStep> c2b_step(const Call& call, store::ClinicTx& tx, const Books& books) {
    SetupStep step{.name = "c2b", .icon = "smartphone"};
    TRY(const auto standing, mpesa::registration(tx));
    if (!standing || !books.config) return step;
    const bool current = standing->generation == books.config->callback_generation;
    if (standing->state == "asked") {
        step.note = call.words("setup.c2b_asked");
    } else if (standing->state == "failed") {
        step.state = State::kWrong;
        step.note = call.words.said(standing->response);
    } else if (!current) {
        step.note = call.words("setup.c2b_moved");
    } else {
        step.state = standing->state == "registered" ? State::kDone : State::kWrong;
        step.note = call.words("setup.c2b." + standing->state);
    }
    return step;
}

// "setup.meet.workspace", as the clinic's page calls its provider.
Result<std::string> provider_words(const Call& call, store::ClinicTx& tx, const MeetingSettings::Choice& choice) {
    const std::string_view word = meetings::word_of(choice.settings);
    if (word != "google_meet") return call.words("setup.meet." + std::string(word));
    TRY(const auto secrets, call.services.meeting_settings.secrets_set(tx, choice));
    const bool service = std::ranges::count(secrets, "service_account") > 0;
    return call.words(service ? "setup.meet.workspace" : "setup.meet.google");
}

Result<SetupStep> meetings_step(const Call& call, store::ClinicTx& tx) {
    SetupStep step{.name = "meetings", .icon = "video"};
    TRY(const auto choice, MeetingSettings::current(tx));
    if (!choice) return step;
    TRY(const auto broken, invoices::meeting_connections::broken(tx, *choice));
    TRY(const auto secrets, call.services.meeting_settings.secrets_set(tx, *choice));
    const auto has = [&](std::string_view name) { return std::ranges::count(secrets, name) > 0; };
    const bool google = choice->settings.kind == meetings::Kind::kGoogleMeet;
    if (google && !has("service_account") && !has("refresh_token")) {
        step.note = call.words("setup.meet.to_connect");
    } else if (!broken.empty() || !choice->check_note.empty()) {
        step.state = State::kWrong;
        step.note = call.words.said(broken.empty() ? choice->check_note : broken.front().note);
    } else if (choice->is_default) {
        step.state = State::kDone;
        step.note = call.words("setup.by_server");
    } else {
        step.state = choice->checked_at ? State::kDone : State::kToDo;
        TRY(const std::string provider, provider_words(call, tx, *choice));
        step.note = choice->checked_at ? call.words("setup.meetings_note", {{"provider", provider}})
                                       : call.words("setup.untried");
    }
    return step;
}

// What both channels have in common; `note` says who carries the messages.
SetupStep channel_step(const Call& call, store::ClinicTx& tx, SetupStep step, const MessageSettings::Choice& choice,
                       bool on, const MessageSettings::Tried& tried, const std::string& note) {
    if (!on) {
        if (choice.owner == tx.clinic()) step.note = call.words("setup.messages_off");
        return step;
    }
    if (choice.owner != tx.clinic()) {
        step.state = State::kDone;
        step.note = call.words("setup.by_server");
        return step;
    }
    step.state = !tried.note.empty() ? State::kWrong : tried.at ? State::kDone : State::kToDo;
    step.note = !tried.note.empty() ? call.words.said(tried.note) : tried.at ? note : call.words("setup.untried");
    return step;
}

SetupStep sms_step(const Call& call, store::ClinicTx& tx, const std::optional<MessageSettings::Choice>& choice) {
    SetupStep step{.name = "sms", .icon = "message-square"};
    if (!choice) return step;
    const messaging::Settings& s = choice->settings;
    return channel_step(call, tx, std::move(step), *choice, s.sms, choice->sms_tried,
                        call.words("setup.sms_note", {{"username", s.sms_account.username}}));
}

SetupStep mail_step(const Call& call, store::ClinicTx& tx, const std::optional<MessageSettings::Choice>& choice) {
    SetupStep step{.name = "mail", .icon = "mail"};
    if (!choice) return step;
    const messaging::Settings& s = choice->settings;
    return channel_step(call, tx, std::move(step), *choice, s.mail, choice->mail_tried,
                        call.words("setup.mail_note", {{"host", s.mail_account.host}, {"from", s.mail_account.from}}));
}

}  // namespace

Result<std::vector<SetupStep>> setup_steps(const Call& call, store::ClinicTx& tx) {
    TRY(const Books books, books_of(call, tx));
    TRY(SetupStep app, app_step(call, tx, books));
    TRY(SetupStep c2b, c2b_step(call, tx, books));
    TRY(SetupStep meetings, meetings_step(call, tx));
    TRY(const auto messages, invoices::MessageSettings::current(tx, call.services.vault));
    std::vector<SetupStep> steps{std::move(app),      callbacks_step(call, books),  std::move(c2b),
                                 std::move(meetings), sms_step(call, tx, messages), mail_step(call, tx, messages)};
    steps.push_back({.name = "first",
                     .icon = "receipt",
                     .state = books.was_paid ? State::kDone : State::kToDo,
                     .note = books.was_paid ? call.words("setup.first_note") : std::string()});
    return steps;
}

}  // namespace clinicpro::web::front_desk
