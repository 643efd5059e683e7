// desk_people.cpp: the people of a clinic, for its administrators: invited, given a role, signed out, disabled.
//
// Nobody can disable or demote oneself: an administrator locked out by a slip would need the operator.
#include "clinics/audit.hpp"
#include "clinics/invitation.hpp"
#include "clinics/two_step.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"

namespace clinicpro::web::front_desk {
namespace {

using clinics::User;

std::vector<Option> roles(const Words& w) {
    return {{"cashier", w("desk.role.cashier")}, {"reader", w("desk.role.reader")}, {"admin", w("desk.role.admin")}};
}

Html state_of(const Words& w, const User& user) {
    Html out = user.disabled_at    ? badge("plain", w("desk.person.disabled"), "x")
               : user.has_password ? badge("good", w("desk.person.live"), "check")
                                   : badge("", w("desk.person.invited"), "clock");
    if (user.has_totp) out += badge("good", w("desk.person.two_step"), "shield-check");
    return out;
}

// The link can be seen once only, so it is the page that answers the form.
Done link_shown(const Call& call, const User& user, const Secret<>& token) {
    const Words& w = call.words;
    const std::string url = call.services.public_url + "/desk/invitation/" + token.reveal();
    Html main = heading(w("desk.invited_title", {{"name", user.full_name}}));
    main += el("div", at("class", "card stack"), el("p", w("desk.invited_how")),
               el("div", at("class", "field"), el("label", at("for", "f-link"), w("desk.invitation_link")),
                  el("input", at("id", "f-link"), at("class", "copy"), flag("readonly"), at("value", url))),
               el("p", el("a", at("class", "button second"), at("href", call.path("/people")), w("desk.back"))));
    return {.to = {}, .shown = Shown{.title = w("desk.tab.people"), .main = main, .tab = "people"}};
}

Result<UserId> other_person(const Call& call) {
    TRY(const UserId id, UserId::parse(call.param(0)));
    if (id == call.who.user.id)
        return fail(Code::kConflict, "You cannot do this to yourself. Ask another administrator.");
    return id;
}

Done back(const Call& call, UserId id, std::string_view done) {
    return {call.path("/people/" + id.to_text() + "?done=" + std::string(done))};
}

}  // namespace

Result<Shown> people(const Call& call, store::ClinicTx& tx) {
    TRY(const auto all, clinics::users::list(tx));
    const Words& w = call.words;
    Html rows;
    for (const User& one : all) {
        rows +=
            el("tr",
               cell(w("desk.person"),
                    together(el("a", at("href", call.path("/people/" + one.id.to_text())), one.full_name),
                             el("span", at("class", "soft small"), " ", one.name))),
               cell(w("desk.role"), w("desk.role." + std::string(to_string(one.role)))),
               cell(w("desk.state"), el("span", at("class", "row tight"), state_of(w, one))),
               cell(w("desk.last_sign_in"), one.signed_in_at ? when(call, *one.signed_in_at) : Html(w("desk.never"))));
    }
    Html fields = field(call, {.name = "full_name", .label = "desk.full_name", .max = clinics::users::kFullNameMax});
    fields += field(call, {.name = "name", .label = "desk.sign_in_name", .max = clinics::users::kNameMax});
    fields += choice(call, "role", "desk.role", roles(w), "cashier");
    fields +=
        choice(call, "language", "desk.language", {{"en", "English"}, {"sw", "Kiswahili"}}, call.who.user.language);
    fields += button(w("desk.invite"), "plus");
    Html main = heading(w("desk.tab.people"));
    main += el("div", at("class", "halves"),
               el("div", at("class", "card flush"),
                  table({w("desk.person"), w("desk.role"), w("desk.state"), w("desk.last_sign_in")}, rows)),
               card(w("desk.invite_title"), post_form(call, call.path("/people"), fields, "stack")));
    return Shown{.title = w("desk.tab.people"), .main = main, .tab = "people"};
}

Result<Done> add_person(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const clinics::Role role, clinics::parse_role(call.form["role"]));
    const clinics::users::Doer by{call.actor(), context.now()};
    TRY(const User made, clinics::users::create(tx,
                                                {.name = std::string(call.form["name"]),
                                                 .full_name = std::string(call.form["full_name"]),
                                                 .role = role,
                                                 .language = call.form["language"] == "sw" ? "sw" : "en"},
                                                context.ids(), by));
    TRY(const Secret<> token, clinics::invitations::make(tx, made.id, call.services.entropy, by));
    return link_shown(call, made, token);
}

Result<Shown> person(const Call& call, store::ClinicTx& tx) {
    TRY(const UserId id, UserId::parse(call.param(0)));
    TRY(const User one, clinics::users::find(tx, id));
    TRY(const auto sessions, clinics::sessions::list(tx, id, call.now()));
    const Words& w = call.words;
    const std::string base = call.path("/people/" + id.to_text());
    Html facts = fact(w("desk.sign_in_name"), one.name);
    facts += fact(w("desk.role"), w("desk.role." + std::string(to_string(one.role))));
    facts += fact(w("desk.last_sign_in"), one.signed_in_at ? when(call, *one.signed_in_at) : Html(w("desk.never")));
    facts += fact(w("desk.sessions_now"), std::to_string(sessions.size()));
    Html deeds;
    if (id != call.who.user.id) {
        Html role = choice(call, "role", "desk.role", roles(w), to_string(one.role));
        role += button(w("desk.save"), "check");
        deeds += folded(w("desk.change_role"), "user", post_form(call, base + "/role", role, "stack"));
        if (!one.disabled_at)
            deeds += post_form(call, base + "/invite", button(w("desk.new_link"), "send", "button second"));
        if (!sessions.empty())
            deeds += post_form(call, base + "/sign-out", button(w("desk.sign_out_person"), "log-out", "button second"));
        if (one.has_totp) {
            deeds += folded(w("desk.two_step_off"), "shield-check",
                            post_form(call, base + "/two-step-off",
                                      together(el("p", w("desk.two_step_off_text")),
                                               button(w("desk.two_step_off"), "x", "button danger"))));
        }
        deeds += one.disabled_at ? post_form(call, base + "/enable", button(w("desk.enable"), "check", "button second"))
                                 : folded(w("desk.disable"), "x",
                                          post_form(call, base + "/disable",
                                                    together(el("p", w("desk.disable_text")),
                                                             button(w("desk.disable"), "x", "button danger"))));
    }
    Html main = heading(one.full_name, el("span", at("class", "row"), state_of(w, one)));
    if (!deeds.empty()) main += el("div", at("class", "row actions"), deeds);
    main += el("section", at("class", "card narrow"), el("dl", at("class", "facts"), facts));
    return Shown{.title = one.full_name, .main = main, .tab = "people"};
}

Result<Done> invite_person(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const UserId id, other_person(call));
    TRY(const Secret<> token, clinics::invitations::make(tx, id, call.services.entropy, {call.actor(), context.now()}));
    TRY(const User one, clinics::users::find(tx, id));
    return link_shown(call, one, token);
}

Result<Done> set_person_role(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const UserId id, other_person(call));
    TRY(const clinics::Role role, clinics::parse_role(call.form["role"]));
    TRY(clinics::users::set_role(tx, id, role, {call.actor(), context.now()}));
    return back(call, id, "saved");
}

Result<Done> disable_person(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const UserId id, other_person(call));
    TRY(clinics::users::disable(tx, id, {call.actor(), context.now()}));
    return back(call, id, "disabled");
}

Result<Done> enable_person(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const UserId id, other_person(call));
    TRY(clinics::users::enable(tx, id, {call.actor(), context.now()}));
    return back(call, id, "enabled");
}

Result<Done> sign_person_out(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const UserId id, other_person(call));
    TRY(clinics::users::find(tx, id));
    TRY(clinics::sessions::end_all(tx, id));
    const std::string subject = id.to_text(), actor = call.actor();
    TRY(clinics::audit::append(
        tx, {.at = context.now(), .actor = actor, .action = "user.sessions_ended", .subject = subject}));
    return back(call, id, "signed_out");
}

Result<Done> person_two_step_off(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    TRY(const UserId id, other_person(call));
    TRY(clinics::two_step::turn_off(tx, id, {call.actor(), context.now()}));
    return back(call, id, "saved");
}

}  // namespace clinicpro::web::front_desk
