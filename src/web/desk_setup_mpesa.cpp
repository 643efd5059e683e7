// desk_setup_mpesa.cpp: the steps that connect a till or paybill: the Daraja app, the callback address, the
// registration for payments made without a prompt.
#include "mpesa/c2b.hpp"
#include "mpesa/config.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_setup.hpp"

namespace clinicpro::web::front_desk {
namespace {

using mpesa::Config;

// With its secrets; nothing when the clinic has none yet.
Result<std::optional<Config>> stored(const Call& call, store::ClinicTx& tx) {
    auto config = mpesa::config::load(tx, call.services.vault, false);
    if (config) return std::optional(*std::move(config));
    if (config.error().code == Code::kConfig) return std::nullopt;
    return std::unexpected(std::move(config).error());
}

// The first problem, beside its field: one thing at a time is put right.
Result<> keep(const Call& call, jobs::Context& context, store::ClinicTx& tx, const Config& config) {
    for (const Error& problem : mpesa::problems(config)) return fail(Code::kInvalid, problem.message, problem.field);
    return mpesa::config::save(tx, call.services.vault, call.services.entropy, config, call.actor(), context.now());
}

std::vector<Option> environments(const Words& w) {
    return {{"sandbox", w("setup.environment.sandbox")},
            {"production", w("setup.environment.production")},
            {"custom", w("setup.environment.custom")}};
}

Result<Html> app_form(const Call& call, store::ClinicTx& tx) {
    const Words& w = call.words;
    TRY(const auto now, stored(call, tx));
    const Config config = now.value_or(Config{});
    Html app = choice(call, "environment", "setup.environment", environments(w), to_string(config.environment));
    app += field(call, {.name = "base_url",
                        .label = "setup.base_url",
                        .type = "url",
                        .value = config.base_url,
                        .inputmode = "url",
                        .required = false,
                        .max = 200});
    app += secret_field(call, "consumer_key", "setup.consumer_key", !config.consumer_key.empty());
    app += secret_field(call, "consumer_secret", "setup.consumer_secret", !config.consumer_secret.empty());
    Html code = choice(call, "shortcode_kind", "setup.kind",
                       {{"paybill", w("setup.kind.paybill")}, {"till", w("setup.kind.till")}},
                       daraja::to_string(config.shortcode_kind));
    code += field(
        call,
        {.name = "shortcode", .label = "setup.shortcode", .value = config.shortcode, .inputmode = "numeric", .max = 7});
    code += field(call, {.name = "store_number",
                         .label = "setup.store_number",
                         .value = config.store_number,
                         .inputmode = "numeric",
                         .required = false,
                         .max = 7});
    code += secret_field(call, "passkey", "setup.passkey", !config.passkey.empty());
    // The first time it is asked for here, because nothing can be stored without it; afterwards it has its own step.
    if (!now) {
        code += field(call, {.name = "callback_base_url",
                             .label = "setup.callback_base_url",
                             .type = "url",
                             .value = call.services.public_url,
                             .inputmode = "url",
                             .max = 200});
    }
    return together(el("p", w("setup.app_text")),
                    post_form(call, call.path("/setup/app"),
                              together(el("div", at("class", "halves"), group(w("setup.group.app"), app),
                                          group(w("setup.group.shortcode"), code)),
                                       el("p", button(w("setup.save_and_try"), "check"))),
                              "stack"));
}

Result<Config> typed_app(const Call& call, store::ClinicTx& tx) {
    TRY(const auto before, stored(call, tx));
    const Form& form = call.form;
    Config config = before.value_or(Config{});
    TRY(config.environment, mpesa::parse_environment(form["environment"]));
    const auto kind = daraja::parse_shortcode_kind(form["shortcode_kind"]);
    if (!kind) return fail(Code::kInvalid, kind.error().message, "shortcode_kind");
    config.shortcode_kind = *kind;
    // What does not belong to the choice is not asked about.
    config.base_url = config.environment == mpesa::Environment::kCustom ? form["base_url"] : std::string_view();
    config.store_number = *kind == daraja::ShortcodeKind::kTill ? form["store_number"] : std::string_view();
    config.shortcode = form["shortcode"];
    if (!before) config.callback_base_url = form["callback_base_url"];
    const auto secret = [&](std::string_view name, Secret<>& into) {
        if (!form[name].empty()) into = Secret<>(std::string(form[name]));
    };
    secret("consumer_key", config.consumer_key);
    secret("consumer_secret", config.consumer_secret);
    secret("passkey", config.passkey);
    config.active = true;
    return config;
}

Result<Html> callbacks_form(const Call& call, store::ClinicTx& tx) {
    const Words& w = call.words;
    TRY(const auto now, stored(call, tx));
    if (!now) return el("p", w("setup.app_first"), " ", el("a", at("href", call.path("/setup/app")), w("setup.app")));
    Html fields = field(call, {.name = "callback_base_url",
                               .label = "setup.callback_base_url",
                               .type = "url",
                               .value = now->callback_base_url,
                               .inputmode = "url",
                               .max = 200});
    fields += el("p", button(w("setup.save_and_try"), "check"));
    return together(el("p", w("setup.callbacks_text")),
                    post_form(call, call.path("/setup/callbacks"), fields, "stack"));
}

Html c2b_standing(const Call& call, const Config& now, const std::optional<mpesa::Registration>& standing) {
    if (!standing) return {};
    const Words& w = call.words;
    if (standing->state == "asked") return notice("", "hourglass", el("p", w("setup.c2b_asked")));
    if (standing->state != "failed" && standing->generation != now.callback_generation) {
        return notice("warn", "triangle-alert", el("p", w("setup.c2b_moved")));
    }
    const bool good = standing->state == "registered";
    return notice(
        good                          ? "good"
        : standing->state == "failed" ? "bad"
                                      : "warn",
        good ? "circle-check" : "triangle-alert",
        together(el("p", standing->state == "failed" ? w.said(standing->response) : w("setup.c2b." + standing->state)),
                 el("p", at("class", "small"), when(call, standing->at))));
}

}  // namespace

Result<Shown> setup_app(const Call& call, store::ClinicTx& tx) {
    TRY(const Html form, app_form(call, tx));
    return setup_page(call, tx, {.step = "app", .content = form});
}

Result<Done> save_app(const Call& call) {
    TRY(save_now(call, [&](jobs::Context& context, store::ClinicTx& tx) -> Result<> {
        TRY(const Config config, typed_app(call, tx));
        return keep(call, context, tx, config);
    }));
    return tried(call, "app", app_form, doctor_of(call).daraja(call.clinic.id));
}

Result<Shown> setup_callbacks(const Call& call, store::ClinicTx& tx) {
    TRY(const Html form, callbacks_form(call, tx));
    return setup_page(call, tx, {.step = "callbacks", .content = form});
}

Result<Done> save_callbacks(const Call& call) {
    TRY(save_now(call, [&](jobs::Context& context, store::ClinicTx& tx) -> Result<> {
        TRY(auto config, stored(call, tx));
        if (!config) return fail(Code::kConflict, call.words("setup.app_first"));
        const bool moves = config->callback_base_url != call.form["callback_base_url"];
        config->callback_base_url = call.form["callback_base_url"];
        TRY(keep(call, context, tx, *config));
        // What was registered with Safaricom leads to the old place: the books must not call it current. Once: money that
        // still comes to an address of two generations ago is refused.
        TRY(const auto registered, mpesa::registration(tx));
        const bool current = registered && registered->generation == config->callback_generation;
        if (moves && current) TRY(mpesa::config::rotate_callbacks(tx, call.actor(), context.now()));
        return {};
    }));
    return tried(call, "callbacks", callbacks_form, doctor_of(call).callbacks(call.clinic.id));
}

Result<Shown> setup_c2b(const Call& call, store::ClinicTx& tx) {
    const Words& w = call.words;
    TRY(const auto now, stored(call, tx));
    if (!now) {
        return setup_page(call, tx,
                          {.step = "c2b",
                           .content = el("p", w("setup.app_first"), " ",
                                         el("a", at("href", call.path("/setup/app")), w("setup.app")))});
    }
    TRY(const auto standing, mpesa::registration(tx));
    Html fields = choice(call, "c2b_version", "setup.c2b_version", {{"v2", "v2"}, {"v1", "v1"}},
                         now->c2b_version == daraja::C2bVersion::kV1 ? "v1" : "v2");
    fields += choice(call, "validation_policy", "setup.validation",
                     {{"known_account", w("setup.validation.known_account")},
                      {"accept_all", w("setup.validation.accept_all")},
                      {"exact_amount", w("setup.validation.exact_amount")}},
                     to_string(now->validation_policy));
    fields += el("p", button(w("setup.save_and_register"), "check"));
    const bool awaited = standing && standing->state == "asked";
    const Html content = together(
        el("p", w("setup.c2b_text")),
        el("div", at("id", "live-registration"), flag("data-live"), at("role", "status"), c2b_standing(call, *now, standing)),
        post_form(call, call.path("/setup/c2b"), fields, "stack"));
    TRY(Shown shown, setup_page(call, tx, {.step = "c2b", .content = content}));
    if (awaited) shown.refresh_seconds = 4;
    return shown;
}

Result<Done> register_c2b(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(auto config, stored(call, tx));
    if (!config) return fail(Code::kConflict, call.words("setup.app_first"));
    const std::string_view version = call.form["c2b_version"];
    if (version != "v1" && version != "v2")
        return fail(Code::kInvalid, "The version of the C2B product is v1 or v2.", "c2b_version");
    config->c2b_version = version == "v1" ? daraja::C2bVersion::kV1 : daraja::C2bVersion::kV2;
    TRY(config->validation_policy, mpesa::parse_validation_policy(call.form["validation_policy"]));
    TRY(keep(call, context, tx, *config));
    TRY(mpesa::ask_registration(context, tx, call.services.vault, call.actor()));
    return Done{call.path("/setup/c2b")};
}

}  // namespace clinicpro::web::front_desk
