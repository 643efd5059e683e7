// desk_setup_steps.cpp: where each step of the set-up stands, by what is stored: nobody is asked.
#include "mpesa/c2b.hpp"
#include "mpesa/config.hpp"
#include "web/desk_setup.hpp"

namespace clinicpro::web::front_desk {
namespace {

using State = SetupStep::State;

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

}  // namespace

Result<std::vector<SetupStep>> setup_steps(const Call& call, store::ClinicTx& tx) {
    TRY(const Books books, books_of(call, tx));
    TRY(SetupStep app, app_step(call, tx, books));
    TRY(SetupStep c2b, c2b_step(call, tx, books));
    std::vector<SetupStep> steps{std::move(app), callbacks_step(call, books), std::move(c2b)};
    steps.push_back({.name = "first",
                     .icon = "receipt",
                     .state = books.was_paid ? State::kDone : State::kToDo,
                     .note = books.was_paid ? call.words("setup.first_note") : std::string()});
    return steps;
}

}  // namespace clinicpro::web::front_desk
