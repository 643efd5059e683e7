// desk_today.cpp: the first page: what came in, what waits for a person, who comes today.
#include "clinics/audit.hpp"
#include "invoices/day.hpp"
#include "invoices/payment_search.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"

namespace clinicpro::web::front_desk {
namespace {

using invoices::AgendaEntry;

constexpr int kShown = 6;  // of each list; its own page has the rest
constexpr int kWidth = 720, kHeight = 168, kBase = 130;

std::string hour_words(size_t hour) {
    return (hour < 10 ? "0" : "") + std::to_string(hour) + ":00";
}

Html bar(std::string_view classes, int x, int width, Money value, Money most, const std::string& title) {
    const int height = most.is_positive() ? int(value.cents() * (kBase - 10) / most.cents()) : 0;
    if (height <= 0) return {};
    return el("rect", at("class", classes), at("x", std::to_string(x)), at("y", std::to_string(kBase - height)),
              at("width", std::to_string(width)), at("height", std::to_string(height)), at("rx", "2"),
              el("title", title));
}

// Today beside yesterday, hour by hour; and the same figures as a table, for whoever cannot see bars.
Html chart(const Words& words, const invoices::DayMoney& money) {
    size_t first = 7, last = 18;
    Money most;
    for (size_t hour = 0; hour < 24; ++hour) {
        const Money larger = std::max(money.today.by_hour[hour], money.yesterday.by_hour[hour]);
        if (!larger.is_positive()) continue;
        first = std::min(first, hour);
        last = std::max(last, hour);
        most = std::max(most, larger);
    }
    const int step = kWidth / int(last - first + 1), width = step / 2 - 3;
    Html bars, rows;
    for (size_t hour = first; hour <= last; ++hour) {
        const int x = int(hour - first) * step;
        const std::string name = hour_words(hour);
        const Money today = money.today.by_hour[hour], before = money.yesterday.by_hour[hour];
        bars += bar("bar-before", x + 2, width, before, most,
                    name + " " + words("desk.yesterday") + " " + before.to_display());
        bars += bar("bar-today", x + 3 + width, width, today, most,
                    name + " " + words("desk.today") + " " + today.to_display());
        if ((hour - first) % 2 == 0) {
            bars += el("text", at("x", std::to_string(x + step / 2)), at("y", std::to_string(kHeight - 10)),
                       std::to_string(hour));
        }
        rows += el("tr", el("th", at("scope", "row"), name), el("td", at("class", "money"), today.to_display()),
                   el("td", at("class", "money"), before.to_display()));
    }
    Html out =
        el("svg", at("class", "chart"), at("viewBox", "0 0 " + std::to_string(kWidth) + " " + std::to_string(kHeight)),
           at("aria-hidden", "true"),
           el("line", at("x1", "0"), at("x2", std::to_string(kWidth)), at("y1", std::to_string(kBase)),
              at("y2", std::to_string(kBase))),
           bars);
    out += el("p", at("class", "row small soft"), el("span", at("class", "key today")), words("desk.today"),
              el("span", at("class", "key before")), words("desk.yesterday"));
    out += el("details", at("class", "small"), el("summary", words("desk.as_table")),
              el("table",
                 el("thead", el("tr", el("th", words("desk.hour")), el("th", at("class", "money"), words("desk.today")),
                                el("th", at("class", "money"), words("desk.yesterday")))),
                 el("tbody", rows)));
    return out;
}

Html money_card(const Call& call, const invoices::DayMoney& money) {
    const Words& words = call.words;
    Html compared;
    const Money now = money.today.total, then = money.yesterday_so_far;
    if (then.is_positive()) {
        const bool more = now >= then;
        const Money gap = more ? now - then : then - now;
        compared = el("p", at("class", "soft"),
                      words(more ? "desk.more_than" : "desk.less_than", {{"amount", gap.to_display()}}));
    }
    return el("section", at("class", "card stack tight"), at("id", "live-money"), flag("data-live"),
              el("h2", words("desk.received_today")),
              el("div", at("class", "row between"), el("p", at("class", "amount"), now.to_display()),
                 el("p", at("class", "soft"),
                    payments_words(words, money.today.payments))),
              compared, chart(words, money));
}

Html tile(const Call& call, std::string_view id, int64_t count, std::string_view tone, std::string_view icon_name,
          const std::string& to, const std::string& more = {}) {
    return el(
        "a", at("class", "tile " + std::string(count > 0 ? tone : "")), at("href", call.path(to)), icon(icon_name),
        el("span", at("class", "tile-count"), count >= invoices::day::kCountMax ? "1000+" : std::to_string(count)),
        el("span", call.words("desk.tile." + std::string(id))),
        more.empty() ? Html() : el("span", at("class", "small soft"), more));
}

Html tiles(const Call& call, const invoices::Waiting& waiting, size_t waits, size_t links) {
    Html all = tile(call, "waiting", int64_t(waits), "", "hourglass", "/payments?show=waiting");
    all += tile(call, "problems", waiting.attention, "bad", "triangle-alert", "/payments?show=attention");
    all += tile(call, "unallocated", waiting.unallocated, "warn", "hand-coins", "/unallocated",
                waiting.unallocated > 0 ? waiting.unallocated_amount.to_display() : "");
    all += tile(call, "links", int64_t(links), "bad", "video", "/visits");
    all += tile(call, "refunds", waiting.refunds_waiting, "warn", "undo-2", "/refunds");
    all += tile(call, "messages", waiting.notices_failed, "warn", "send", "/messages");
    return el("div", at("class", "tiles"), at("id", "live-tiles"), flag("data-live"), all);
}

Html prompts(const Call& call, const std::vector<invoices::FoundPayment>& found) {
    Html rows;
    for (const auto& [payment, reference, patient] : found) {
        rows += el("li",
                   el("a", at("href", call.path("/payments/" + payment.id.to_text())),
                      patient.empty() ? payment.payer_masked : patient),
                   amount(payment.amount_expected), state_badge(call.words, payment),
                   el("span", at("class", "soft small"), when(call, payment.created_at)));
    }
    const Html list = found.empty() ? nothing(call.words("desk.no_waiting")) : el("ul", at("class", "rows"), rows);
    return el("div", at("id", "live-prompts"), flag("data-live"), card(call.words("desk.waiting_now"), list));
}

Html agenda(const Call& call, const std::vector<AgendaEntry>& entries) {
    Html rows;
    for (const AgendaEntry& one : entries) {
        Html marks = state_badge(call.words, one.visit.state);
        if (one.invoice && one.still_due.is_positive())
            marks += badge("warn", call.words("desk.due", {{"amount", one.still_due.to_display()}}));
        if (one.lacks_link()) marks += badge("bad", call.words("desk.no_link"), "triangle-alert");
        rows += el("li", el("strong", at("class", "number"), clock_value(one.visit.starts_at)),
                   icon(one.visit.kind == invoices::AppointmentKind::kVirtual ? "video" : "user"),
                   el("a", at("href", call.path("/visits/" + one.visit.id.to_text())), one.patient),
                   el("span", at("class", "row"), marks));
    }
    const Html list = entries.empty() ? nothing(call.words("desk.no_visits"), "calendar")
                                      : el("ul", at("class", "rows agenda"), rows);
    return el(
        "div", at("id", "live-agenda"), flag("data-live"),
        card(call.words("desk.visits_today"), list, el("a", at("href", call.path("/visits")), call.words("desk.all"))));
}

}  // namespace

Result<Shown> today(const Call& call, store::ClinicTx& tx) {
    const Instant now = call.now();
    TRY(const auto money, invoices::day::money(tx, now));
    TRY(const auto waiting, invoices::day::waiting(tx));
    TRY(const auto entries, invoices::day::agenda(tx, invoices::appointments::day_of(now)));
    TRY(auto waits,
        invoices::payment_search::find(tx, call.services.vault,
                                       {.show = invoices::payment_search::Show::kWaiting, .limit = 200}, now));
    const size_t count = waits.size();
    waits.resize(std::min(count, size_t(kShown)));
    const auto links = size_t(std::ranges::count_if(entries, [](const AgendaEntry& one) { return one.lacks_link(); }));
    Html actions;
    if (call.may(clinics::Permission::kManageInvoices)) {
        actions = el("a", at("class", "button"), at("href", call.path("/invoices/new")), icon("plus"),
                     call.words("desk.new_invoice"));
    }
    Html main = heading(day_words(call.words, now), actions);
    main += tiles(call, waiting, count, links);
    main += el("div", at("class", "halves"), money_card(call, money),
               el("div", at("class", "stack"), prompts(call, waits), agenda(call, entries)));
    return Shown{.title = call.words("desk.tab.today"), .main = main, .tab = "today"};
}

}  // namespace clinicpro::web::front_desk
