#include "web/desk_parts.hpp"

#include "base/text.hpp"
#include "web/desk_gate.hpp"

namespace clinicpro::web::front_desk {
namespace {

constexpr size_t kOnceBytes = 16;

// Which field of this page the refusal belongs to.
bool is_wrong(const Call& call, std::string_view name) {
    return call.problem != nullptr && !name.empty() && call.problem->field == name && call.form.has(name);
}

Html label_of(const Call& call, std::string_view id, std::string_view name) {
    return el("label", at("for", "f-" + std::string(name)), call.words(id));
}

// The hint and the complaint of a field, and the ids by which a screen reader finds them.
struct Notes {
    Html html;
    std::string ids;
};
Notes notes_of(const Call& call, std::string_view label, std::string_view name, std::string_view hint = {}) {
    Notes notes;
    const std::string base = "f-" + std::string(name);
    const std::string said = hint.empty() ? std::string(label) + "_hint" : std::string(hint);
    if (call.words.has(said)) {
        notes.html += el("p", at("class", "hint"), at("id", base + "-hint"), call.words(said));
        notes.ids = base + "-hint";
    }
    if (is_wrong(call, name)) {
        notes.html += el("p", at("class", "wrong"), at("id", base + "-wrong"), icon("circle-alert"),
                         call.words.said(call.problem->message));
        notes.ids += (notes.ids.empty() ? "" : " ") + base + "-wrong";
    }
    return notes;
}

// What makes a form count, and count once.
Html marks(const Call& call) {
    return together(el("input", at("type", "hidden"), at("name", kCsrfField),
                       at("value", clinics::sessions::csrf_token(call.token))),
                    el("input", at("type", "hidden"), at("name", kOnceField),
                       at("value", call.services.entropy.base64url(kOnceBytes))));
}

}  // namespace

Html post_form(const Call& call, std::string_view action, const Html& content, std::string_view classes) {
    return el("form", at("method", "post"), at("action", action),
              classes.empty() ? flag("class", false) : at("class", classes), marks(call), content);
}

Html upload(const Call& call, std::string_view action, const Html& content) {
    return el("form", at("method", "post"), at("action", action), at("enctype", "multipart/form-data"),
              at("class", "stack"), marks(call), content);
}

Html button(std::string_view words, std::string_view icon_name, std::string_view classes) {
    return el("button", at("class", classes), at("type", "submit"), icon_name.empty() ? Html() : icon(icon_name),
              words);
}

Html folded(std::string_view words, std::string_view icon_name, const Html& content, std::string_view classes) {
    // What was refused is not hidden from the one who has to correct it.
    const bool wrong = content.markup().find("aria-invalid=\"true\"") != std::string::npos;
    return el("details", at("class", "folded"), flag("open", wrong),
              el("summary", at("class", classes), icon(icon_name), words),
              el("div", at("class", "folded-body"), content));
}

Html field(const Call& call, const Field& wanted) {
    const Notes notes = notes_of(call, wanted.label, wanted.name, wanted.hint);
    const bool secret = wanted.type == "password";
    if (wanted.type == kPasted) {
        const Html area = el("textarea", at("id", "f-" + std::string(wanted.name)), at("name", wanted.name),
                             at("rows", "5"), at("autocomplete", "off"), at("spellcheck", "false"),
                             at("maxlength", std::to_string(wanted.max)), flag("required", wanted.required),
                             is_wrong(call, wanted.name) ? at("aria-invalid", "true") : flag("aria-invalid", false),
                             notes.ids.empty() ? flag("aria-describedby", false) : at("aria-describedby", notes.ids));
        return el("div", at("class", "field"), label_of(call, wanted.label, wanted.name), area, notes.html);
    }
    const Html input =
        el("input", at("id", "f-" + std::string(wanted.name)), at("name", wanted.name), at("type", wanted.type),
           secret ? flag("value", false) : at("value", call.typed(wanted.name, wanted.value)),
           at("autocomplete", wanted.autocomplete), at("maxlength", std::to_string(wanted.max)),
           wanted.inputmode.empty() ? flag("inputmode", false) : at("inputmode", wanted.inputmode),
           flag("required", wanted.required),
           is_wrong(call, wanted.name) ? at("aria-invalid", "true") : flag("aria-invalid", false),
           notes.ids.empty() ? flag("aria-describedby", false) : at("aria-describedby", notes.ids));
    return el("div", at("class", "field"), label_of(call, wanted.label, wanted.name), input, notes.html);
}

Html choice(const Call& call, std::string_view name, std::string_view label, const std::vector<Option>& options,
            std::string_view chosen) {
    const std::string now = call.typed(name, chosen);
    Html all;
    for (const Option& one : options) {
        all += el("option", at("value", one.value), flag("selected", one.value == now), one.words);
    }
    const Notes notes = notes_of(call, label, name);
    return el("div", at("class", "field"), label_of(call, label, name),
              el("select", at("id", "f-" + std::string(name)), at("name", name),
                 is_wrong(call, name) ? at("aria-invalid", "true") : flag("aria-invalid", false),
                 notes.ids.empty() ? flag("aria-describedby", false) : at("aria-describedby", notes.ids), all),
              notes.html);
}

Html problem_notice(const Call& call) {
    if (call.problem == nullptr || is_wrong(call, call.problem->field)) return {};
    return el("div", at("class", "notice bad"), at("role", "alert"), icon("circle-alert"),
              el("div", call.words.said(call.problem->message)));
}

Html heading(std::string_view title, const Html& actions) {
    return el("div", at("class", "row between desk-heading"), el("h1", title),
              actions.empty() ? Html() : el("div", at("class", "row"), actions));
}

Html card(std::string_view title, const Html& content, const Html& more) {
    return el("section", at("class", "card stack tight"), el("div", at("class", "row between"), el("h2", title), more),
              content);
}

Html nothing(std::string_view words, std::string_view icon_name) {
    return el("p", at("class", "empty"), icon(icon_name), " ", words);
}

Html notice(std::string_view tone, std::string_view icon_name, const Html& content) {
    return el("div", at("class", "notice " + std::string(tone)), icon(icon_name), el("div", content));
}

Html badge(std::string_view tone, std::string_view words, std::string_view icon_name) {
    return el("span", at("class", "badge " + std::string(tone)), icon_name.empty() ? Html() : icon(icon_name), words);
}

Html amount(Money money) {
    return el("span", at("class", "money"), money.to_display());
}

Html fact(std::string_view words, const Html& value) {
    return el("div", el("dt", words), el("dd", value));
}

Html cell(std::string_view heading, const Html& content, std::string_view classes) {
    // One box for all of it: on a phone the heading and the content stand side by side.
    return el("td", at("data-head", heading), classes.empty() ? flag("class", false) : at("class", classes),
              content.empty() ? Html() : el("div", content));
}

Html table(const std::vector<std::string>& headings, const Html& rows, std::string_view classes) {
    Html head;
    for (const std::string& one : headings) {
        const bool figures = one.starts_with(kFigures);
        head += el("th", at("scope", "col"), figures ? at("class", "money") : flag("class", false),
                   figures ? one.substr(kFigures.size()) : one);
    }
    return el("table", at("class", "list " + std::string(classes)), el("thead", el("tr", head)), el("tbody", rows));
}

Html pager(const Call& call, std::string_view address, const std::optional<std::string>& before) {
    if (!before) return {};
    return el(
        "p", at("class", "pager"),
        el("a", at("class", "button second"), at("rel", "next"), at("href", std::string(address) + "before=" + *before),
           call.words("desk.older"), icon("arrow-right")));
}

// to_eat_words gives "Mon 23 Nov 2026, 11:44".
std::string day_words(const Words& words, Instant at) {
    const std::string whole = to_eat_words(at);
    const auto parts = text::split(std::string_view(whole).substr(0, whole.find(',')), ' ');
    CHECK(parts.size() == 4);
    return words("desk.weekday." + text::lower(parts[0])) + " " + std::string(parts[1]) + " " +
           words("desk.month." + text::lower(parts[2])) + " " + std::string(parts[3]);
}

std::string short_day(const Words& words, Instant at) {
    const std::string day = day_words(words, at);
    const size_t first = day.find(' ') + 1;
    return day.substr(first, day.rfind(' ') - first);
}

std::string clock_value(Instant at) {
    const std::string whole = to_eat_words(at);
    return whole.substr(whole.size() - 5);
}

std::string day_value(Instant at) {
    const std::string stamp = to_eat_stamp(at);
    return stamp.substr(0, 4) + "-" + stamp.substr(4, 2) + "-" + stamp.substr(6, 2);
}

Html when(const Call& call, Instant moment) {
    const std::string day = day_value(moment), today = day_value(call.now());  // "2026-11-23"
    std::string shown = clock_value(moment);
    if (day != today) {
        const bool this_year = day.substr(0, 4) == today.substr(0, 4);
        shown = short_day(call.words, moment) + (this_year ? "" : " " + day.substr(0, 4)) + ", " + shown;
    }
    return el("time", at("datetime", to_iso(moment)),
              at("title", day_words(call.words, moment) + ", " + clock_value(moment) + " EAT"), shown);
}

Result<Instant> read_time(std::string_view day, std::string_view clock, std::string_view field) {
    const auto parsed = parse_iso(std::string(day) + "T" + std::string(clock) + ":00+03:00");
    if (!parsed)
        return fail(Code::kInvalid, "Choose a day and a time, such as 2026-11-23 and 14:30.", std::string(field));
    return *parsed;
}

Result<Instant> read_day(std::string_view day, std::string_view field) {
    return read_time(day, "00:00", field);
}

std::string payments_words(const Words& words, int64_t count) {
    return words(count == 1 ? "desk.payment_count" : "desk.payments_count", {{"count", std::to_string(count)}});
}

std::string method_words(const Words& words, std::string_view method) {
    const std::string id = "desk.method." + std::string(method.substr(method.rfind('.') + 1));
    return words.has(id) ? words(id) : std::string(method);
}

Html state_badge(const Words& words, const payments::Transaction& p) {
    using payments::State;
    const std::string id = "desk.pay." + std::string(p.duplicate_of ? "duplicate" : to_string(p.state));
    switch (p.state) {
        case State::kPaid:
        case State::kPaidWithoutReceipt: return badge(p.duplicate_of ? "plain" : "good", words(id), "check");
        case State::kFailed: return badge("plain", words(id), "x");
        case State::kExpired: return badge("warn", words(id), "clock");
        case State::kUnknown: return badge("warn", words(id), "hourglass");
        default: return badge("", words(id), "hourglass");
    }
}

Html state_badge(const Words& words, invoices::InvoiceState state) {
    using invoices::InvoiceState;
    const std::string id = "desk.invoice." + std::string(to_string(state));
    switch (state) {
        case InvoiceState::kPaid: return badge("good", words(id), "check");
        case InvoiceState::kOverpaid: return badge("warn", words(id), "triangle-alert");
        case InvoiceState::kPartPaid: return badge("warn", words(id), "clock");
        case InvoiceState::kVoid: return badge("plain", words(id), "x");
        case InvoiceState::kOpen: return badge("", words(id), "clock");
    }
    return {};
}

Html state_badge(const Words& words, invoices::AppointmentState state) {
    using invoices::AppointmentState;
    const std::string id = "desk.visit." + std::string(to_string(state));
    switch (state) {
        case AppointmentState::kConfirmed: return badge("good", words(id), "calendar-check");
        case AppointmentState::kCompleted: return badge("plain", words(id), "check");
        case AppointmentState::kCancelled:
        case AppointmentState::kReleased: return badge("plain", words(id), "x");
        case AppointmentState::kHeld: return badge("", words(id), "clock");
    }
    return {};
}

std::string what_happened(const Words& words, const payments::Transaction& p) {
    if (p.duplicate_of) return words("desk.say.duplicate");
    if (p.state == payments::State::kFailed && !p.result_text.empty()) return words.said(p.result_text);
    const std::string id = "desk.say." + std::string(to_string(p.state));
    const std::string received = p.amount_received.to_display(), receipt = p.receipt.value_or("");
    return words(id, {{"amount", received}, {"receipt", receipt}});
}

std::string what_next(const Words& words, const payments::Transaction& p) {
    if (p.attention) return words.said(*p.attention);
    if (p.duplicate_of) return words("desk.next.paid");
    return words("desk.next." + std::string(to_string(p.state)), {{"account", p.account}});
}

}  // namespace clinicpro::web::front_desk
