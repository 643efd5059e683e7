// desk_setup.cpp: the set-up's overview, the doctor's page, and what its steps share (see desk_setup.hpp).
#include "web/desk_setup.hpp"

#include "jobs/queue.hpp"
#include "web/desk_pages.hpp"

namespace clinicpro::web::front_desk {
namespace {

using State = SetupStep::State;
using Level = Finding::Level;

constexpr size_t kSecretMax = 400;
constexpr size_t kPastedMax = 8000;  // a service account's key file has 2,400 bytes

Html state_of(const Words& w, State state) {
    switch (state) {
        case State::kDone: return badge("good", w("setup.done"), "check");
        case State::kToDo: return badge("plain", w("setup.to_do"), "clock");
        case State::kWrong: return badge("bad", w("setup.wrong"), "triangle-alert");
    }
    return {};
}

std::string tone_of(Level level) {
    return level == Level::kGood ? "good" : level == Level::kWarning ? "warn" : "bad";
}

// The page on which a finding is put right; nothing for those of the server itself.
std::string_view page_for(std::string_view about) {
    if (about == "callbacks") return "/setup/callbacks";
    if (about == "registration") return "/setup/c2b";
    if (about == "meetings") return "/setup/meetings";
    if (about == "waiting") return "";
    if (about.starts_with("mail")) return "/setup/mail";
    if (about.starts_with("sms") || about == "messages") return "/setup/sms";
    for (const std::string_view of_the_app : {"configuration", "keys", "token", "product"}) {
        if (about == of_the_app) return "/setup/app";
    }
    return "-";
}

Html steps_list(const Call& call, const std::vector<SetupStep>& steps) {
    const Words& w = call.words;
    Html rows;
    for (const SetupStep& one : steps) {
        const std::string id = "setup." + std::string(one.name);
        const std::string path = one.name == "first" ? "/invoices/new" : "/setup/" + std::string(one.name);
        rows += el("li", icon(one.icon),
                   el("div", at("class", "grow"), el("p", el("a", at("href", call.path(path)), w(id))),
                      el("p", at("class", "soft small"), one.note.empty() ? w(id + "_why") : one.note)),
                   state_of(w, one.state));
    }
    return el("ol", at("class", "rows setup-steps"), rows);
}

Result<Html> doctor_form(const Call& call, store::ClinicTx&) {
    const Words& w = call.words;
    return together(
        el("p", w("setup.doctor_text")),
        post_form(call, call.path("/setup/doctor"),
                  button(w(call.request.method == "POST" ? "setup.doctor_again" : "setup.doctor_try"), "refresh-cw")));
}

}  // namespace

Html findings_list(const Call& call, const std::vector<Finding>& found, std::string_view step) {
    const Words& w = call.words;
    const std::string here = "/setup/" + std::string(step);
    Html rows;
    std::string_view before;
    for (const Finding& one : found) {
        const std::string_view to = page_for(one.about);
        Html more, title;
        if (one.about != before) title = el("p", el("strong", w("setup.about." + one.about)));
        before = one.about;
        // A warning about what Daraja answered passes by itself.
        const bool passes = one.level == Level::kWarning && (one.about == "token" || one.about == "product");
        if (one.level != Level::kGood && !passes && to != "-" && to != here) {
            more = el("p", el("a", at("href", call.path(to)), w("setup.put_right")));
        }
        const std::string said = w.said(one.sentence);
        // What no catalogue knows is English, and a screen reader is told so.
        const bool translated = w.code() == "en" || said != one.sentence;
        rows += el("li", at("class", "finding"), at("data-about", one.about),
                   badge(tone_of(one.level), w("setup.level." + std::string(to_string(one.level))),
                         one.level == Level::kGood ? "check" : "triangle-alert"),
                   el("div", at("class", "grow"), title,
                      el("p", translated ? flag("lang", false) : at("lang", "en"), said), more));
    }
    return el("ul", at("class", "rows"), rows);
}

Doctor doctor_of(const Call& call) {
    const Services& s = call.services;
    return Doctor({.database = s.database,
                   .mpesa = s.mpesa,
                   .meetings = s.meeting_settings,
                   .client = s.client,
                   .ids = s.ids,
                   .clock = s.clock,
                   .actor = call.actor(),
                   .public_url = s.public_url,
                   .database_folder = s.database_folder});
}

Result<> save_now(const Call& call, const std::function<Result<>(jobs::Context&, store::ClinicTx&)>& body) {
    return call.services.database.write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, call.clinic.id);
        jobs::QueueContext context(call.services.ids, call.now());
        return body(context, tx);
    });
}

Html secret_field(const Call& call, std::string_view name, std::string_view label, bool stored, SecretField how) {
    return field(call, {.name = name,
                        .label = label,
                        .type = how.pasted ? kPasted : "password",
                        .required = how.required && !stored,
                        .max = how.pasted ? kPastedMax : kSecretMax,
                        .hint = stored ? "setup.secret_kept" : std::string_view()});
}

Html copy_field(const Call& call, std::string_view name, std::string_view label, std::string_view value) {
    const std::string id = "f-" + std::string(name), hint = std::string(label) + "_hint";
    Html out = together(el("label", at("for", id), call.words(label)),
                        el("input", at("id", id), at("class", "copy"), flag("readonly"), at("value", value)));
    if (call.words.has(hint)) out += el("p", at("class", "hint"), call.words(hint));
    return el("div", at("class", "field"), out);
}

Html group(const std::string& title, const Html& fields) {
    return el("fieldset", at("class", "stack"), el("legend", title), fields);
}

Html yes_or_no(const Call& call, std::string_view name, std::string_view label, bool now) {
    return choice(call, name, label, {{"yes", call.words("setup.yes")}, {"no", call.words("setup.no")}},
                  now ? "yes" : "no");
}

Result<Shown> setup_page(const Call& call, store::ClinicTx& tx, const SetupPage& page) {
    const Words& w = call.words;
    TRY(const auto steps, setup_steps(call, tx));
    const std::string id = "setup." + std::string(page.step);
    size_t place = 0;
    while (place < steps.size() && steps[place].name != page.step) ++place;
    Html state, next;
    if (place < steps.size()) {
        state = el("span", at("id", "live-state"), flag("data-live"), state_of(w, steps[place].state));
        if (place + 1 < steps.size()) {
            const std::string_view name = steps[place + 1].name;
            next = el("a", at("class", "button second"),
                      at("href", call.path(name == "first" ? "/invoices/new" : "/setup/" + std::string(name))),
                      w("setup.next", {{"step", w("setup." + std::string(name))}}), icon("arrow-right"));
        }
    }
    Html main = heading(w(id), state);
    if (!page.found.empty()) {
        const bool well = is_well(page.found);
        main += el("section", at("class", "card stack tight"), at("role", "status"),
                   el("h2", w(!well                   ? "setup.tried_badly"
                              : page.step == "doctor" ? "setup.doctor_well"
                                                      : "setup.tried_well")),
                   findings_list(call, page.found, page.step));
    }
    main += el("section", at("class", "card stack setup-form"), page.content);
    main += el("p", at("class", "row"),
               el("a", at("class", "button quiet"), at("href", call.path("/setup")), w("setup.all_steps")), next);
    return Shown{.title = w(id), .main = main, .tab = "setup"};
}

Result<Done> tried(const Call& call, std::string_view step, Draw draw, std::vector<Finding> found) {
    std::optional<Shown> shown;
    TRY(call.services.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, call.clinic.id);
        TRY(const Html content, draw(call, tx));
        TRY(shown, setup_page(call, tx, {.step = step, .content = content, .found = std::move(found)}));
        return {};
    }));
    return Done{.to = {}, .shown = std::move(shown)};
}

Result<Shown> setup(const Call& call, store::ClinicTx& tx) {
    const Words& w = call.words;
    TRY(const auto steps, setup_steps(call, tx));
    Html main =
        heading(w("desk.tab.setup"), el("a", at("class", "button second"), at("href", call.path("/setup/doctor")),
                                        icon("refresh-cw"), w("setup.doctor")));
    main += el("p", w("setup.text"));
    main += el("section", at("class", "card"), at("id", "live-steps"), flag("data-live"), steps_list(call, steps));
    return Shown{.title = w("desk.tab.setup"), .main = main, .tab = "setup"};
}

Result<Shown> setup_doctor(const Call& call, store::ClinicTx& tx) {
    TRY(const Html form, doctor_form(call, tx));
    return setup_page(call, tx, {.step = "doctor", .content = form});
}

Result<Done> try_everything(const Call& call) {
    Doctor doctor = doctor_of(call);
    std::vector<Finding> found = doctor.clinic(call.clinic.id);
    // The machine is the operator's.
    if (call.who.user.clinic == kSystem) {
        for (Finding& one : doctor.server()) found.push_back(std::move(one));
    }
    return tried(call, "doctor", doctor_form, std::move(found));
}

}  // namespace clinicpro::web::front_desk
