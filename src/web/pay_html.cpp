#include "web/pay_html.hpp"

#include "invoices/account_number.hpp"
#include "web/assets.hpp"
#include "web/live.hpp"
#include "web/pay_words.hpp"

namespace clinicpro::web {
namespace {

using invoices::AppointmentKind;
using invoices::AppointmentState;

// As M-Pesa shows it: "KES 1,500"; cents only where there are some.
std::string shown(Money amount) {
    const std::string words = amount.to_display();
    return amount.is_whole_shillings() ? words.substr(0, words.size() - 3) : words;
}

enum class Mark { kDone, kNow, kLater };

Html step(Mark mark, std::string_view sign, const std::string& title, const std::string& text, const Words& words) {
    const bool now = mark == Mark::kNow;
    Html says = now ? el("strong", title) : Html(title);
    if (now && !text.empty()) says += el("p", text);
    if (mark == Mark::kDone) says += el("span", at("class", "only-heard"), " (" + words("pay.done") + ")");
    const std::string_view name = mark == Mark::kDone ? "check" : sign;
    return el("li",
              at("class", mark == Mark::kDone ? "done"
                          : now               ? "now"
                                              : "later"),
              now ? at("aria-current", "step") : flag("aria-current", false), el("span", at("class", "dot"), icon(name)), el("div", says));
}

// "Mon 23 Nov 2026, 11:44 EAT", as in messages.
std::string when(const invoices::Appointment& visit) {
    return to_eat_words(visit.starts_at) + " EAT";
}

// From the prompt to the visit: what is done, what is now, and what comes after "paid", which depends on the visit.
Html progress(const PayView& view, const Words& words) {
    const bool sent = view.step != PayStep::kSending;
    const bool paid = view.step == PayStep::kPaid;
    Html list;
    if (view.prompt) {
        const std::string phone = phone_shown(view.prompt->payer_masked);
        list += step(sent ? Mark::kDone : Mark::kNow, "send",
                     words(sent ? "pay.step.sent" : "pay.step.sending", {{"phone", phone}}),
                     words("pay.step.sending_text"), words);
        list += step(sent ? Mark::kNow : Mark::kLater, "smartphone", words("pay.step.pin"),
                     words("pay.step.pin_text", {{"amount", shown(view.prompt->amount_expected)}}), words);
    }
    list += step(paid ? Mark::kDone : Mark::kLater, "shield-check", words("pay.step.paid"), {}, words);
    if (view.visit && view.visit->kind == AppointmentKind::kVirtual) {
        list += step(paid ? Mark::kNow : Mark::kLater, "video", words(paid ? "pay.step.making" : "pay.step.link"),
                     words("pay.step.making_text", {{"time", when(*view.visit)}}), words);
    } else if (view.visit) {
        list += step(Mark::kLater, "calendar-check", words("pay.step.visit"), {}, words);
    }
    return el("ol", at("class", "steps"), list);
}

Html notice(std::string_view tone, std::string_view sign, const std::string& title, const std::string& text) {
    Html words = el("strong", title);
    if (!text.empty()) words += el("p", text);
    return el("div", at("class", "notice " + std::string(tone)), icon(sign), el("div", words));
}

Html look_again(const Words& words, const PayAddresses& addresses) {
    return el("p", at("class", "off-paper"), at("data-fallback", "yes"),
              el("a", at("class", "button second big"), at("href", addresses.page), icon("refresh-cw"),
                 words("pay.look_again")));
}

// The button says why it cannot be pressed; there is no second prompt while this is so.
Html held_button(const std::string& why) {
    return el("button", at("class", "button big"), at("type", "button"), flag("disabled"), icon("lock"), why);
}

// "11:44" of "Mon 23 Nov 2026, 11:44".
std::string clock_time(Instant at) {
    const std::string words = to_eat_words(at);
    return words.substr(words.rfind(' ') + 1);
}

Html form(const PayView& view, const Words& words, const PayAddresses& addresses, std::string_view once,
          const PayProblem& problem) {
    const bool wrong = problem.of_phone && !problem.sentence.empty();
    const std::string value = wrong ? problem.phone : phone_shown(view.phone);
    Html field = el("label", at("for", "phone"), words("pay.phone"));
    if (wrong) {
        field +=
            el("p", at("class", "wrong"), at("id", "phone-wrong"), icon("circle-alert"), el("span", problem.sentence));
    }
    field += el("input", at("id", "phone"), at("name", "phone"), at("type", "tel"), at("inputmode", "tel"),
                at("autocomplete", "tel"), at("maxlength", "24"), at("value", value), flag("required"),
                at("aria-describedby", wrong ? "phone-wrong phone-hint" : "phone-hint"),
                wrong ? at("aria-invalid", "true") : flag("aria-invalid", false), flag("autofocus", wrong),
                flag("data-whole"));
    field += el("p", at("class", "hint"), at("id", "phone-hint"), words("pay.phone_hint"));
    Html body = el("input", at("type", "hidden"), at("name", "once"), at("value", once));
    if (!wrong && !problem.sentence.empty()) body += notice("warn", "triangle-alert", problem.sentence, {});
    body += el("div", at("class", "field"), field);
    if (view.again_at) {
        body += held_button(words("pay.wait_until", {{"time", clock_time(*view.again_at)}}));
    } else {
        body +=
            el("button", at("class", "button big"), at("type", "submit"), at("data-busy", words("pay.sending_button")),
               icon("smartphone"), el("span", words("pay.button", {{"amount", shown(view.ask)}})));
    }
    return el("form", at("method", "post"), at("action", addresses.page), at("class", "stack"), flag("data-once"),
              body);
}

Html visit_part(const PayView& view, const Words& words, const PayAddresses& addresses) {
    if (!view.visit || view.visit->state != AppointmentState::kConfirmed) return {};
    const std::string time = when(*view.visit);
    if (view.visit->kind == AppointmentKind::kOnsite) {
        return notice("good", "calendar-check", words("pay.visit_onsite"), words("pay.visit_at", {{"time", time}}));
    }
    Html out;
    if (view.has_link) {
        out += notice("good", "video", words("pay.link_ready"), words("pay.link_at", {{"time", time}}));
        out += el("a", at("class", "button big"), at("href", addresses.join), icon("video"), words("pay.open_visit"));
    } else {
        out += progress(view, words);
        out += look_again(words, addresses);
    }
    return out;
}

Html paid(const PayView& view, const Words& words, const PayAddresses& addresses) {
    std::string receipt;
    if (!view.received.empty() && view.received.back().receipt) receipt = *view.received.back().receipt;
    Html out = notice("good", "circle-check", words("pay.paid", {{"amount", shown(view.invoice.amount_paid)}}),
                      receipt.empty() ? words("pay.paid_text") : words("pay.paid_receipt", {{"receipt", receipt}}));
    out += visit_part(view, words, addresses);
    out += el("a", at("class", "button second big"), at("href", addresses.receipt), icon("receipt"),
              words("pay.show_receipt"));
    return out;
}

// The last part of the ids of a step's own words.
std::string words_of(const PayView& view) {
    if (view.step == PayStep::kByHand && view.shortcode.empty()) return "no_mpesa";
    return std::string(to_string(view.step));
}

// What stands below the amount, by step.
Html body_of(const PayView& view, const Words& words, const PayAddresses& addresses, std::string_view once,
             const PayProblem& problem) {
    Html out;
    const std::string step_name = words_of(view);
    switch (view.step) {
        case PayStep::kOwed: return form(view, words, addresses, once, problem);
        case PayStep::kFailed: {
            const Why why = why_failed(*view.prompt, words);
            out = notice("bad", "circle-x", why.happened, why.next);
            if (!is_hopeless(view.prompt->result_code)) out += form(view, words, addresses, once, problem);
            return out;
        }
        case PayStep::kSending:
        case PayStep::kWaiting:
            out = progress(view, words);
            out += held_button(words("pay.held." + step_name));
            out += look_again(words, addresses);
            return out;
        case PayStep::kChecking:
        case PayStep::kUnclear:
            out = notice("warn", "hourglass", words("pay." + step_name), words("pay." + step_name + "_text"));
            out += held_button(words("pay.held." + step_name));
            out += look_again(words, addresses);
            return out;
        case PayStep::kPaid: return paid(view, words, addresses);
        case PayStep::kVoid:
        case PayStep::kOff:
        case PayStep::kByHand:
            return notice("warn", "info", words("pay." + step_name), words("pay." + step_name + "_text"));
    }
    return out;
}

// What a screen reader says when the step changes.
std::string say(const PayView& view, const Words& words) {
    switch (view.step) {
        case PayStep::kOwed: return words("pay.owed");
        case PayStep::kSending: return words("pay.step.sending", {{"phone", phone_shown(view.prompt->payer_masked)}});
        case PayStep::kWaiting:
            return words("pay.step.pin") + ". " +
                   words("pay.step.pin_text", {{"amount", shown(view.prompt->amount_expected)}});
        case PayStep::kFailed: {
            const Why why = why_failed(*view.prompt, words);
            return why.happened + " " + why.next;
        }
        case PayStep::kPaid: {
            std::string said = words("pay.paid", {{"amount", shown(view.invoice.amount_paid)}});
            if (view.has_link) said += ". " + words("pay.link_ready");
            return said;
        }
        case PayStep::kChecking:
        case PayStep::kUnclear:
        case PayStep::kVoid:
        case PayStep::kOff:
        case PayStep::kByHand: {
            const std::string id = "pay." + words_of(view);
            return words(id) + ". " + words(id + "_text");
        }
    }
    return {};
}

Html lines(const PayView& view, const Words& words) {
    Html rows;
    for (const invoices::Item& item : view.items) {
        std::string what = item.description;
        if (item.quantity != 1) what += " × " + std::to_string(item.quantity);
        rows += el("div", el("dt", what),
                   el("dd", at("class", "money"), shown(Money::from_cents(item.quantity * item.unit_price.cents()))));
    }
    rows += el("div", at("class", "total"), el("dt", words("pay.total")),
               el("dd", at("class", "money"), shown(view.invoice.amount_due)));
    if (view.invoice.amount_paid.is_positive()) {
        rows += el("div", el("dt", words("pay.paid_so_far")),
                   el("dd", at("class", "money"), shown(view.invoice.amount_paid)));
    }
    return el("dl", at("class", "facts"), rows);
}

// Always there: the way that needs neither this page nor a prompt.
Html by_hand(const PayView& view, const Words& words) {
    // Not pushed at somebody whose prompt is still open: they might pay twice.
    const bool open = view.step == PayStep::kFailed || view.step == PayStep::kByHand;
    const bool twice = !open && !view.can_prompt();
    const std::string account = invoices::account_number::shown(view.invoice.account);
    const Money due = view.invoice.still_due();
    Html list = el("li", el("span", words("pay.self.menu")));
    if (view.is_till) {
        list += el("li", el("span", words("pay.self.till"), " ", el("strong", at("class", "number"), view.shortcode)));
    } else {
        list +=
            el("li", el("span", words("pay.self.paybill"), " ", el("strong", at("class", "number"), view.shortcode)));
        list += el("li", el("span", words("pay.self.account"), " ", el("strong", at("class", "number"), account)));
    }
    list += el("li", el("span", words("pay.self.amount"), " ", el("strong", at("class", "money"), shown(due))));
    list += el("li", el("span", words("pay.self.pin")));
    Html inside = el("summary", el("h2", words("pay.self.title")));
    if (twice) inside += el("p", at("class", "hint"), words("pay.self.first"));
    inside += el("ol", at("class", "numbered"), list);
    inside += el("p", at("class", "hint"),
                 view.is_till ? words("pay.self.till_hint", {{"account", account}}) : words("pay.self.hint"));
    return el("details", at("class", "card off-paper"), flag("open", open), flag("data-while-owed"), inside);
}

}  // namespace

std::string phone_shown(std::string_view masked) {
    // Msisdn::masked(): 2547*****678
    if (masked.size() != 12 || !masked.starts_with("254")) return std::string(masked);
    return "0" + std::string(masked.substr(3, 1)) + "** *** " + std::string(masked.substr(9));
}

std::string pay_title(const PayView& view, const Words& words) {
    switch (view.step) {
        case PayStep::kPaid: return words("pay.title_paid");
        case PayStep::kVoid:
        case PayStep::kOff: return words("pay.title_closed");
        default: return words("pay.title");
    }
}

Html pay_live(const PayView& view, const Words& words, const PayAddresses& addresses, std::string_view once,
              const PayProblem& problem) {
    const bool owes = view.step != PayStep::kPaid && view.step != PayStep::kVoid && view.step != PayStep::kOff;
    Html head = el("h1", at("tabindex", "-1"), pay_title(view, words));
    if (owes) {
        head += el("div", el("p", at("class", "soft"), words("pay.due")),
                   el("p", at("class", "amount money"), shown(view.invoice.still_due())));
        if (view.invoice.amount_paid.is_positive()) {
            head += el("p", words("pay.part_paid", {{"amount", shown(view.invoice.amount_paid)}}));
        }
        if (view.can_prompt() && view.ask < view.invoice.still_due()) {
            head += el("p", at("class", "hint"), words("pay.in_parts", {{"amount", shown(view.ask)}}));
        }
    }
    const Html usual = together(head, body_of(view, words, addresses, once, {}));
    return live_part({to_string(view.step), say(view, words), !view.is_live(), !owes}, usual,
                     problem.sentence.empty() ? usual : together(head, body_of(view, words, addresses, once, problem)));
}

Html pay_main(const PayView& view, const Words& words, const PayAddresses& addresses, std::string_view once,
              const PayProblem& problem) {
    const bool owes = view.step != PayStep::kPaid && view.step != PayStep::kVoid && view.step != PayStep::kOff;
    Html out = el("p", at("id", "said"), at("class", "only-heard"), at("role", "status"));
    out += el("div", at("id", "live"), view.is_live() ? at("data-live", addresses.live) : flag("data-live", false),
              at("data-now-at", addresses.now), pay_live(view, words, addresses, once, problem));
    if (owes && !view.shortcode.empty()) out += by_hand(view, words);
    Html what = el("h2", words("pay.what"));
    what += lines(view, words);
    std::string reference = invoices::account_number::shown(view.invoice.account);
    if (!view.invoice.reference.empty()) reference = view.invoice.reference + " · " + reference;
    what += el("p", at("class", "hint"), words("pay.number", {{"number", reference}}));
    out += el("section", at("class", "card stack tight"), what);
    out += el("p", at("class", "foot"), icon("shield-check"), words("pay.safe"));
    return el("div", at("class", "stack"), out);
}

}  // namespace clinicpro::web
