// desk_account.cpp: one's own account: language, password, second step, where one is signed in; and an operator's
// clinics.
#include "clinics/two_step.hpp"
#include "crypto/totp.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"
#include "web/qr.hpp"

namespace clinicpro::web::front_desk {
namespace {

clinics::SignIn::Visitor visitor(const Call& call) {
    return {.address = {},
            .peer = call.request.peer,
            .browser = std::string(call.request.header("User-Agent")),
            .old_session = {}};
}

Html password_card(const Call& call) {
    const Words& w = call.words;
    Html fields = field(call, {.name = "old_password",
                               .label = "desk.old_password",
                               .type = "password",
                               .autocomplete = "current-password",
                               .max = 256});
    fields += field(call, {.name = "password",
                           .label = "desk.new_password",
                           .type = "password",
                           .autocomplete = "new-password",
                           .max = 256});
    fields += button(w("desk.change_password"), "lock");
    return card(w("desk.password"), together(el("p", at("class", "soft"), w("desk.password_text")),
                                             post_form(call, "/desk/account/password", fields, "stack")));
}

Html two_step_card(const Call& call, int codes_left) {
    const Words& w = call.words;
    const bool on = call.who.user.has_totp;
    Html fields = field(call, {.name = on ? "off_password" : "on_password",
                               .label = "desk.own_password",
                               .type = "password",
                               .autocomplete = "current-password",
                               .max = 256});
    fields += button(w(on ? "desk.two_step_off" : "desk.two_step_on"), "shield-check", on ? "button danger" : "button");
    Html body = el("p", at("class", "soft"),
                   on ? w("desk.two_step_is_on", {{"count", std::to_string(codes_left)}}) : w("desk.two_step_is_off"));
    body +=
        folded(w(on ? "desk.two_step_off" : "desk.two_step_on"), "shield-check",
               post_form(call, on ? "/desk/account/two-step/off" : "/desk/account/two-step/start", fields, "stack"));
    return card(w("desk.two_step"), body, on ? badge("good", w("desk.on"), "check") : badge("plain", w("desk.off")));
}

Html sessions_card(const Call& call, const std::vector<clinics::Session>& all) {
    const Words& w = call.words;
    Html rows;
    for (const auto& one : all) {
        const bool here = one.id == call.who.session.id;
        Html end = here ? badge("good", w("desk.this_browser"))
                        : post_form(call, "/desk/account/sessions/" + one.id.to_text() + "/end",
                                    button(w("desk.end"), "log-out", "button quiet"));
        rows +=
            el("li",
               el("div", at("class", "grow"), el("p", one.browser.empty() ? w("desk.unknown_browser") : one.browser),
                  el("p", at("class", "soft small"), one.peer, " · ", when(call, one.seen_at))),
               end);
    }
    Html more;
    if (all.size() > 1)
        more = post_form(call, "/desk/account/sessions/end", button(w("desk.end_others"), "log-out", "button second"));
    return card(w("desk.sessions"), together(el("ul", at("class", "rows"), rows), more));
}

}  // namespace

Result<Shown> account(const Call& call, store::ClinicTx& tx) {
    TRY(const auto sessions, clinics::sessions::list(tx, call.who.user.id, call.now()));
    TRY(const int left, clinics::two_step::codes_left(tx, call.who.user.id));
    const Words& w = call.words;
    Html language =
        choice(call, "language", "desk.language", {{"en", "English"}, {"sw", "Kiswahili"}}, call.who.user.language);
    language += button(w("desk.save"), "check", "button second");
    Html main = heading(call.who.user.full_name);
    main += el(
        "div", at("class", "halves"),
        el("div", at("class", "stack"),
           card(w("desk.language"), post_form(call, "/desk/account/language", language, "stack")), password_card(call)),
        el("div", at("class", "stack"), two_step_card(call, left), sessions_card(call, sessions)));
    return Shown{.title = w("desk.account"), .main = main};
}

Result<Done> set_language(const Call& call, jobs::Context&, store::ClinicTx& tx) {
    TRY(clinics::users::set_language(tx, call.who.user.id, call.form["language"]));
    return Done{"/desk/account?done=saved"};
}

Result<Done> end_session(const Call& call, jobs::Context&, store::ClinicTx& tx) {
    TRY(const SessionId id, SessionId::parse(call.param(0)));
    TRY(clinics::sessions::end(tx, call.who.user.id, id));
    return Done{"/desk/account?done=session_ended"};
}

Result<Done> end_other_sessions(const Call& call, jobs::Context&, store::ClinicTx& tx) {
    TRY(clinics::sessions::end_all(tx, call.who.user.id, call.who.session.id));
    return Done{"/desk/account?done=session_ended"};
}

Result<Done> change_password(const Call& call) {
    TRY(auto opened,
        call.sign_in.change_password(
            call.who, {Secret<>(std::string(call.form["old_password"])), Secret<>(std::string(call.form["password"]))},
            visitor(call)));
    return Done{.to = "/desk/account?done=password", .session = std::move(opened.token)};
}

Result<Done> start_two_step(const Call& call) {
    TRY(call.sign_in.check_password(call.who, Secret<>(std::string(call.form["on_password"])), "on_password"));
    TRY(call.services.database.write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, call.who.user.clinic);
        TRY(clinics::two_step::enrol(tx, call.services.vault, call.who.user.id));
        return {};
    }));
    return Done{"/desk/account/two-step"};
}

Result<Shown> two_step(const Call& call, store::ClinicTx& tx) {
    TRY(const Secret<> secret, clinics::two_step::waiting(tx, call.services.vault, call.who.user.id));
    const Words& w = call.words;
    const std::string issuer = call.who.user.clinic == kSystem ? "ClinicPro" : call.who.clinic.name;
    const Secret<> uri = crypto::otpauth_uri(secret, issuer, call.who.user.name);
    TRY(const std::string picture, qr_svg(uri.reveal()));
    Html fields = field(call, {.name = "code",
                               .label = "desk.code.code",
                               .autocomplete = "one-time-code",
                               .inputmode = "numeric",
                               .max = 12});
    fields += button(w("desk.two_step_on"), "shield-check");
    std::string shown;
    for (const char c : crypto::to_base32(secret.reveal())) {
        if (!shown.empty() && shown.size() % 5 == 4) shown += ' ';
        shown += c;
    }
    Html main = heading(w("desk.two_step"));
    main += el("div", at("class", "card stack narrow"),
               el("ol", at("class", "numbered"), el("li", el("p", w("desk.two_step_app"))),
                  el("li", el("p", w("desk.two_step_scan"))), el("li", el("p", w("desk.two_step_type")))),
               el("div", at("class", "qr"), Html::built_in(picture)),
               el("details", el("summary", w("desk.two_step_by_hand")), el("p", at("class", "code"), shown)),
               post_form(call, "/desk/account/two-step", fields, "stack"));
    return Shown{.title = w("desk.two_step"), .main = main};
}

Result<Done> confirm_two_step(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const auto codes, clinics::two_step::confirm(tx, call.services.vault, call.who.user.id, call.form["code"],
                                                     {call.actor(), context.now()}));
    const Words& w = call.words;
    Html list;
    for (const Secret<>& code : codes) list += el("li", at("class", "number"), code.reveal());
    Html main = heading(w("desk.recovery"));
    main += el("div", at("class", "card stack narrow"), notice("good", "circle-check", w("desk.two_step_now_on")),
               el("p", w("desk.recovery_text")), el("ul", at("class", "codes"), list),
               el("p", el("a", at("class", "button"), at("href", "/desk/account"), w("desk.recovery_kept"))));
    return Done{.to = {}, .shown = Shown{.title = w("desk.recovery"), .main = main}};
}

Result<Done> turn_off_two_step(const Call& call) {
    TRY(call.sign_in.check_password(call.who, Secret<>(std::string(call.form["off_password"])), "off_password"));
    TRY(call.services.database.write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, call.who.user.clinic);
        return clinics::two_step::turn_off(tx, call.who.user.id, {call.actor(), call.now()});
    }));
    return Done{"/desk/account?done=saved"};
}

Result<Shown> clinic_list(const Call& call, store::ClinicTx& tx) {
    if (call.who.user.clinic != kSystem) return fail(Code::kNotFound, "There is no such page.");
    TRY(const auto all, clinics::list(tx.raw()));
    const Words& w = call.words;
    Html rows;
    for (const auto& one : all) {
        rows += el("li", el("a", at("href", "/desk/" + one.slug), one.name), el("span", at("class", "soft"), one.slug),
                   badge(one.status == clinics::Clinic::Status::kActive ? "good" : "warn",
                         w("desk.clinic." + std::string(to_string(one.status)))));
    }
    return Shown{.title = w("desk.clinics"),
                 .main = together(heading(w("desk.clinics")),
                                  el("div", at("class", "card"), el("ul", at("class", "rows"), rows)))};
}

}  // namespace clinicpro::web::front_desk
