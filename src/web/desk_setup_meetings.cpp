// desk_setup_meetings.cpp: the step that chooses who makes the meetings of virtual visits, tries it, and connects
// Google.
#include "invoices/meeting_connection.hpp"
#include "invoices/meeting_consent.hpp"
#include "meetings/provider_fields.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_setup.hpp"
#include "web/zoom_controller.hpp"

namespace clinicpro::web::front_desk {
namespace {

using invoices::MeetingSettings;
using meetings::Kind;
using meetings::ProviderField;
using Type = ProviderField::Type;

// As people see it: Google is reached in two ways, which share a provider and not a field.
struct Way {
    std::string_view name;      // of its words: setup.meet.workspace
    std::string_view provider;  // of meetings/provider_fields
    std::string_view icon;
    std::vector<std::string_view> without = {};  // the provider's fields that belong to another way
};
const Way kWays[] = {
    {"simple", "simple", "globe"},
    {"jitsi", "jitsi", "video"},
    {"google", "google", "video", {"service_account", "subject", "refresh_token"}},
    {"workspace", "google", "building-2", {"client_id", "client_secret", "refresh_token", "consent_url"}},
    {"zoom", "zoom", "video"},
};

constexpr std::string_view kCheckField = "check";  // instead of the form: try what is stored again

const Way* find_way(std::string_view name) {
    for (const Way& way : kWays) {
        if (way.name == name) return &way;
    }
    return nullptr;
}

std::vector<ProviderField> fields_of(const Way& way) {
    std::vector<ProviderField> fields;
    for (const ProviderField& field : meetings::provider_fields(way.provider)) {
        if (std::ranges::count(way.without, field.name) == 0) fields.push_back(field);
    }
    return fields;
}

bool holds(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::count(names, name) > 0;
}

// The clinic's own choice; the server's default has no form here.
struct Own {
    std::optional<MeetingSettings::Choice> choice = {};
    std::vector<std::string> secrets = {};  // names of those that are stored

    bool is(const Way& way) const {
        if (!choice) return false;
        const std::string_view word = meetings::word_of(choice->settings);
        if (word == "google_meet") return way.name == (holds(secrets, "service_account") ? "workspace" : "google");
        return word == way.name;
    }
    bool is_to_be_connected() const { return is(*find_way("google")) && !holds(secrets, "refresh_token"); }
    std::string plain(std::string_view name) const {
        if (name == "base_url") return choice->settings.base_url;
        const auto found = choice->settings.plain.find(std::string(name));
        return found == choice->settings.plain.end() ? std::string() : found->second;
    }
};
Result<Own> own_of(const Call& call, store::ClinicTx& tx, std::optional<Kind> kind = {}) {
    Own own;
    TRY(own.choice, kind ? MeetingSettings::of_kind(tx, *kind, tx.clinic()) : MeetingSettings::current(tx));
    if (own.choice && own.choice->owner != tx.clinic()) own.choice.reset();
    if (own.choice) {
        TRY(own.secrets, call.services.meeting_settings.secrets_set(tx, *own.choice));
    }
    return own;
}

const Way* chosen_way(const Call& call, const Own& own) {
    const std::string asked = call.form.has("way") ? std::string(call.form["way"]) : call.query("way");
    if (const Way* way = find_way(asked)) return way;
    for (const Way& way : kWays) {
        if (own.is(way)) return &way;
    }
    return nullptr;
}

// "setup.meet.zoom.recording" where a way has words of its own, else "setup.meet.recording".
std::string words_of(const Call& call, const Way& way, std::string_view name, std::string_view more = {}) {
    const std::string own = "setup.meet." + std::string(way.name) + "." + std::string(name) + std::string(more);
    return call.words.has(own) ? own : "setup.meet." + std::string(name) + std::string(more);
}

std::vector<std::string_view> choices_of(const Way& way, std::string_view name) {
    if (name == "access") return {"leave", "trusted", "restricted", "open"};
    if (name == "recording" && way.name == "zoom") return {"none", "local", "cloud"};
    return {};
}

bool usually(std::string_view name) {
    return name == "waiting_room" || name == "passcode";
}

bool is_needed(std::string_view name) {
    for (const std::string_view one : {"base_url", "app_id", "account_id", "client_id"}) {
        if (name == one) return true;
    }
    return false;
}

Html input_of(const Call& call, const Way& way, const ProviderField& one, const Own& stored) {
    const std::string label = words_of(call, way, one.name), hint = words_of(call, way, one.name, "_hint");
    const bool is_own = stored.choice && stored.is(way);
    const std::string now = is_own ? stored.plain(one.name) : std::string();
    if (one.is_secret()) {
        const bool is_stored = is_own && holds(stored.secrets, one.name);
        return secret_field(call, one.name, label, is_stored,
                            {.required = one.name != "webhook_secret", .pasted = one.type == Type::kFile});
    }
    if (one.type == Type::kYesNo) {
        return yes_or_no(call, one.name, label, now.empty() ? usually(one.name) : now == "yes");
    }
    if (const auto words = choices_of(way, one.name); !words.empty()) {
        std::vector<Option> options;
        for (const std::string_view word : words) {
            options.push_back({std::string(word), call.words(label + "." + std::string(word))});
        }
        return choice(call, one.name, label, options, now.empty() ? words.front() : now);
    }
    const bool url = one.type == Type::kUrl;
    return field(call, {.name = one.name,
                        .label = label,
                        .type = url ? "url" : "text",
                        .value = now,
                        .inputmode = url ? "url" : std::string_view(),
                        .required = is_needed(one.name),
                        .max = meetings::kPlainMax,
                        .hint = hint});
}

Html way_form(const Call& call, const Way& way, const Own& stored) {
    const Words& w = call.words;
    Html usual, elsewhere;
    for (const ProviderField& one : fields_of(way)) {
        (one.type == Type::kUrl && one.name != "base_url" ? elsewhere : usual) += input_of(call, way, one, stored);
    }
    if (!elsewhere.empty())
        usual += folded(w("setup.meet.elsewhere"), "globe", el("div", at("class", "stack"), elsewhere), "button quiet");
    const Html content = together(el("input", at("type", "hidden"), at("name", "way"), at("value", way.name)), usual,
                                  el("p", button(w("setup.save_and_try"), "check")));
    return post_form(call, call.path("/setup/meetings"), content, "stack");
}

Html ways_list(const Call& call, const Way* chosen) {
    const Words& w = call.words;
    Html rows;
    for (const Way& way : kWays) {
        const std::string id = "setup.meet." + std::string(way.name);
        rows += el("li", icon(way.icon),
                   el("div", at("class", "grow"),
                      el("p", el("a", at("href", call.path("/setup/meetings?way=" + std::string(way.name))),
                                 &way == chosen ? at("aria-current", "true") : flag("aria-current", false), w(id))),
                      el("p", at("class", "soft small"), w(id + "_why"))));
    }
    return el("ul", at("class", "rows setup-steps"), rows);
}

// What has to be entered at the provider, for whoever stands before both.
Html told_to_provider(const Call& call, const Way& way) {
    if (way.name == "google") {
        return copy_field(call, "redirect", "setup.meet.redirect",
                          call.services.public_url + std::string(invoices::meeting_consents::kPath));
    }
    if (way.name == "zoom") {
        return copy_field(call, "events", "setup.meet.events", zoom_setup::events_url(call.services, call.clinic.id));
    }
    return {};
}

// How the choice that is in use stands, and its next step.
Result<Html> standing(const Call& call, store::ClinicTx& tx, const Own& own) {
    const Words& w = call.words;
    if (own.is_to_be_connected()) {
        return notice("warn", "plug",
                      together(el("p", w("setup.meet.to_connect")),
                               el("p", el("a", at("class", "button"), at("href", call.path("/setup/meetings/connect")),
                                          w("setup.meet.connect")))));
    }
    TRY(const auto broken, invoices::meeting_connections::broken(tx, *own.choice));
    Html notices;
    for (const auto& one : broken) notices += notice("bad", "triangle-alert", el("p", w.said(one.note)));
    Html row = post_form(call, call.path("/setup/meetings"),
                         together(el("input", at("type", "hidden"), at("name", kCheckField), at("value", "yes")),
                                  button(w("setup.doctor_again"), "refresh-cw", "button second")));
    if (own.is(*find_way("google"))) {
        row += el("a", at("class", "button quiet"), at("href", call.path("/setup/meetings/connect")),
                  w("setup.meet.connect_again"));
    }
    return together(notices, el("div", at("class", "row"), row));
}

Result<Html> meetings_form(const Call& call, store::ClinicTx& tx) {
    const Words& w = call.words;
    TRY(const Own own, own_of(call, tx));
    TRY(const auto current, MeetingSettings::current(tx));
    const Way* way = chosen_way(call, own);
    Html out = el("p", w("setup.meetings_text"));
    if (current && !own.choice) out += notice("", "info", el("p", w("setup.meet.default")));
    if (way == nullptr) return together(out, ways_list(call, nullptr));
    TRY(const Own stored, own_of(call, tx, *meetings::kind_of_word(way->provider)));
    const std::string id = "setup.meet." + std::string(way->name);
    out += folded(w("setup.meet.others"), "video", ways_list(call, way), "button quiet");
    out += el("h2", w(id));
    if (w.has(id + "_text")) out += el("p", w(id + "_text"));
    if (own.is(*way)) {
        TRY(const Html how, standing(call, tx, own));
        out += how;
    }
    // Google's is needed before there is anything to type in; Zoom's only for those who want its events.
    const Html told = told_to_provider(call, *way), form = way_form(call, *way, stored);
    return way->name == "zoom" ? together(out, form, told) : together(out, told, form);
}

// What was typed is wrong, not what is stored.
std::unexpected<Error> as_typed(Error error) {
    if (error.code == Code::kConfig) error.code = Code::kInvalid;
    return std::unexpected(std::move(error));
}

Result<meetings::ProviderSettings> typed(const Call& call, store::ClinicTx& tx, const Way& way) {
    TRY(const Own stored, own_of(call, tx, *meetings::kind_of_word(way.provider)));
    meetings::Given plain;
    std::map<std::string, Secret<>> secrets;
    for (const ProviderField& one : fields_of(way)) {
        const std::string value(call.form[one.name]);
        if (!one.is_secret()) {
            plain.emplace(one.name, value);
        } else if (!value.empty()) {
            secrets.emplace(one.name, Secret<>(value));
        }
    }
    if (way.name == "google") plain.emplace("subject", "");  // of a service account only
    if (way.name == "workspace" && !secrets.contains("service_account") && !holds(stored.secrets, "service_account")) {
        return fail(Code::kInvalid, "Paste the key file of the service account.", "service_account");
    }
    auto made = meetings::compose(way.provider, plain, secrets, stored.choice ? &stored.choice->settings : nullptr);
    if (!made) return as_typed(std::move(made).error());
    return made;
}

Result<Done> try_meetings(const Call& call) {
    return tried(call, "meetings", meetings_form, doctor_of(call).meetings(call.clinic.id));
}

}  // namespace

Result<Shown> setup_meetings(const Call& call, store::ClinicTx& tx) {
    TRY(const Html form, meetings_form(call, tx));
    return setup_page(call, tx, {.step = "meetings", .content = form});
}

Result<Done> save_meetings(const Call& call) {
    if (call.form.has(kCheckField)) return try_meetings(call);
    bool to_be_connected = false;
    TRY(save_now(call, [&](jobs::Context& context, store::ClinicTx& tx) -> Result<> {
        const Way* way = find_way(call.form["way"]);
        if (way == nullptr) return fail(Code::kInvalid, "Choose a provider.", "way");
        TRY(const auto settings, typed(call, tx, *way));
        auto set = call.services.meeting_settings.set_adapter(context, tx, settings, call.actor());
        if (!set) return as_typed(std::move(set).error());
        TRY(const Own own, own_of(call, tx));
        to_be_connected = own.is_to_be_connected();
        return {};
    }));
    if (to_be_connected) return Done{call.path("/setup/meetings/connect?done=setup_saved")};
    return try_meetings(call);
}

Result<Shown> setup_connect(const Call& call, store::ClinicTx& tx) {
    const Words& w = call.words;
    TRY(const Own own, own_of(call, tx));
    Html content = el("h2", w("setup.meet.connect"));
    if (!own.is(*find_way("google"))) {
        content += el("p", w("setup.meet.google_first"), " ",
                      el("a", at("href", call.path("/setup/meetings?way=google")), w("setup.meet.google")));
    } else {
        content += el("p", w("setup.meet.connect_text"));
        content += told_to_provider(call, *find_way("google"));
        content += post_form(call, call.path("/setup/meetings/connect"), button(w("setup.meet.connect"), "plug"));
    }
    TRY(Shown shown, setup_page(call, tx, {.step = "meetings", .content = content}));
    shown.posts_lead_out = true;  // to Google
    return shown;
}

Result<Done> connect_google(const Call& call, jobs::Context& context, store::ClinicTx& tx) {
    const Services& s = call.services;
    auto begun = invoices::meeting_consents::begin(context, tx, s.vault, s.meeting_settings, s.links, s.public_url,
                                                   call.actor());
    if (!begun) return as_typed(std::move(begun).error());
    return Done{begun->url};
}

}  // namespace clinicpro::web::front_desk
