// desk_reports.cpp: how the money of a range of days came in, why prompts were not paid, how long people wait, and who
// did not come; and the same books to take away. Every sum is the ledger's (invoices/report.hpp).
#include "invoices/report.hpp"
#include "web/desk_chart.hpp"
#include "web/desk_pages.hpp"
#include "web/desk_parts.hpp"
#include "web/desk_period.hpp"
#include "web/pay_words.hpp"

namespace clinicpro::web::front_desk {
namespace {

using invoices::DayReport;
using invoices::Report;
using payments::day_sums::start_of;

constexpr size_t kDaysSingle = 62;  // a longer range is drawn by the week
constexpr size_t kWeek = 7;
constexpr size_t kLabels = 6;  // below the bars

std::vector<std::string> methods_of(const Report& r) {
    std::vector<std::string> names;
    for (const auto& [name, sum] : r.by_method) names.push_back(name);
    return names;
}

Html legend(const Words& w, const std::vector<std::string>& methods) {
    Html all;
    for (size_t i = 0; i < methods.size(); ++i) {
        all += el("span", at("class", "legend"), el("span", at("class", "key bar-key" + std::to_string(i % kBarTones))),
                  method_words(w, methods[i]));
    }
    return el("p", at("class", "row small soft"), all);
}

std::vector<Column> bars_of(const Words& w, const Report& r, const std::vector<std::string>& methods) {
    const size_t size = r.days.size() > kDaysSingle ? kWeek : 1;
    const size_t count = (r.days.size() + size - 1) / size, every = (count + kLabels - 1) / kLabels;
    std::vector<Column> all;
    for (size_t i = 0; i < count; ++i) {
        Column column{.parts = std::vector<Money>(methods.size())};
        Money sum;
        for (size_t d = i * size; d < std::min((i + 1) * size, r.days.size()); ++d) {
            sum = sum + r.days[d].collected;
            for (size_t m = 0; m < methods.size(); ++m) {
                const auto part = r.days[d].by_method.find(methods[m]);
                if (part != r.days[d].by_method.end()) column.parts[m] = column.parts[m] + part->second;
            }
        }
        const int64_t first = r.days[i * size].day;
        column.title = short_day(w, start_of(first)) + ": " + sum.to_display();
        if (i % every == 0) column.label = short_day(w, start_of(first));
        all.push_back(std::move(column));
    }
    return all;
}

Html day_table(const Words& w, const Report& r, const std::vector<std::string>& methods) {
    Html head = el("th", at("scope", "col"), w("desk.day")), rows;
    for (const auto& method : methods) {
        head += el("th", at("scope", "col"), at("class", "money"), method_words(w, method));
    }
    for (const char* id : {"desk.report.collected", "desk.refunded"}) {
        head += el("th", at("scope", "col"), at("class", "money"), w(id));
    }
    for (const DayReport& one : r.days) {
        Html cells = el("th", at("scope", "row"), short_day(w, start_of(one.day)));
        for (const auto& method : methods) {
            const auto part = one.by_method.find(method);
            cells += el("td", at("class", "money"), part == one.by_method.end() ? "" : part->second.to_display());
        }
        cells += el("td", at("class", "money"), one.collected.to_display());
        cells += el("td", at("class", "money"), one.refunded.is_zero() ? "" : one.refunded.to_display());
        rows += el("tr", cells);
    }
    return el("details", at("class", "small"), el("summary", w("desk.as_table")),
              el("div", at("class", "scroll"), at("tabindex", "0"), at("role", "region"),
                 at("aria-label", w("desk.as_table")), el("table", el("thead", el("tr", head)), el("tbody", rows))));
}

Html money_card(const Words& w, const Report& r) {
    int64_t payments = 0;
    for (const auto& [name, sum] : r.by_method) payments += sum.first;
    const auto methods = methods_of(r);
    Html facts;
    for (const auto& [name, sum] : r.by_method) {
        facts += fact(
            method_words(w, name),
            together(el("span", at("class", "soft small"), payments_words(w, sum.first), " "), amount(sum.second)));
    }
    facts += fact(w("desk.refunded"), amount(r.refunded));
    facts += fact(w("desk.report.unallocated"), amount(r.unallocated));
    facts += fact(w("desk.report.assigned"), amount(r.assigned));
    Html out = el("div", at("class", "row between"), el("p", at("class", "amount"), r.collected.to_display()),
                  el("p", at("class", "soft"), payments_words(w, payments)));
    if (!methods.empty()) {
        out += columns(bars_of(w, r, methods));
        out += legend(w, methods);
        out += day_table(w, r, methods);
    }
    out += el("dl", at("class", "facts"), facts);
    return card(w("desk.report.collected"), out);
}

// "expired", "failed/1032": the reason in a sentence; codes that mean the same to people are counted together. What the
// pay page says to the patient does for the clinic too, unless it says "you".
std::string reason_words(const Words& w, std::string_view outcome) {
    constexpr std::string_view kFailed = "failed/";
    if (!outcome.starts_with(kFailed)) return w("desk.report.nobody_said");
    const std::string reason(reason_of(outcome.substr(kFailed.size())));
    const std::string ours = "desk.why." + reason;
    return w(w.has(ours) ? ours : "pay.why." + reason);
}

Html prompts_card(const Words& w, const Report& r) {
    if (r.prompts == 0) return card(w("desk.report.prompts"), nothing(w("desk.report.no_prompts"), "smartphone"));
    const int64_t permille = r.success_permille();
    Html out =
        el("p", at("class", "amount"), std::to_string(permille / 10) + "." + std::to_string(permille % 10) + " %");
    out += share(r.prompts_paid, r.prompts);
    out += el("p",
              w("desk.report.paid_of", {{"paid", std::to_string(r.prompts_paid)}, {"all", std::to_string(r.prompts)}}));
    std::map<std::string, int64_t> reasons;
    for (const auto& [outcome, n] : r.not_paid) reasons[reason_words(w, outcome)] += n;
    std::vector<std::pair<std::string, int64_t>> sorted(reasons.begin(), reasons.end());
    std::ranges::sort(sorted, [](const auto& a, const auto& b) {
        return std::tie(b.second, a.first) < std::tie(a.second, b.first);  // the most frequent first
    });
    Html rows;
    for (const auto& [reason, n] : sorted) {
        rows += el("li", el("strong", at("class", "number"), std::to_string(n)),
                   el("span", at("class", "grow"), reason), share(n, r.prompts - r.prompts_paid));
    }
    if (!rows.empty()) {
        out += el("h3", w("desk.report.why"));
        out += el("ul", at("class", "rows reasons"), rows);
    }
    return card(w("desk.report.prompts"), out);
}

std::string seconds_words(const Words& w, int64_t seconds) {
    const std::string minutes = std::to_string(seconds / 60), rest = std::to_string(seconds % 60);
    if (seconds < 60) return w("desk.report.seconds", {{"seconds", rest}});
    return w("desk.report.minutes", {{"minutes", minutes}, {"seconds", rest}});
}

Html wait(const Words& w, std::string_view title, std::string_view sentence, const invoices::Spread& spread) {
    const std::string half = seconds_words(w, spread.median), most = seconds_words(w, spread.p90);
    return el("div", el("h3", w(title)),
              spread.n == 0 ? el("p", at("class", "soft"), w("desk.report.none_yet"))
                            : el("p", w(sentence, {{"half", half}, {"most", most}})));
}

Html times_card(const Words& w, const Report& r) {
    return card(w("desk.report.times"),
                together(wait(w, "desk.report.to_paid", "desk.report.to_paid_text", r.prompt_to_paid),
                         wait(w, "desk.report.to_link", "desk.report.to_link_text", r.paid_to_link)));
}

Html visits_card(const Words& w, const Report& r) {
    Html facts;
    for (const auto& [id, count] : {std::pair("completed", r.visits_completed),
                                    {"not_completed", r.visits_not_completed},
                                    {"to_come", r.visits_to_come},
                                    {"cancelled", r.visits_cancelled},
                                    {"released", r.visits_released}}) {
        facts +=
            fact(w("desk.report.visits." + std::string(id)), el("span", at("class", "number"), std::to_string(count)));
    }
    const int64_t over = r.visits_completed + r.visits_not_completed;
    Html out;
    if (over > 0) {
        out += el("p", w("desk.report.no_shows",
                         {{"count", std::to_string(r.visits_not_completed)}, {"all", std::to_string(over)}}));
    }
    return card(w("desk.tab.visits"), together(out, el("dl", at("class", "facts"), facts)));
}

Html open_card(const Call& call, const Report& r) {
    const Words& w = call.words;
    const auto line = [&](std::string_view id, std::string_view to, int64_t count, Money money) {
        return fact(w(id), together(el("a", at("href", call.path(to)), std::to_string(count)), " · ", amount(money)));
    };
    return card(w("desk.report.open_now"),
                el("dl", at("class", "facts"),
                   line("desk.tab.unallocated", "/unallocated", r.open_unallocated, r.open_unallocated_amount),
                   line("desk.report.open_refunds", "/refunds", r.open_refunds, r.open_refunds_amount)));
}

Html take_away(const Call& call, const Period& period) {
    const Words& w = call.words;
    Html links;
    for (const char* table : {"payments", "invoices", "ledger"}) {
        links += el("a", at("class", "button second"),
                    at("href", call.path("/reports/" + std::string(table) + ".csv?" + period.query())),
                    flag("download"), icon("download"), w("desk.report.csv." + std::string(table)));
    }
    if (call.may(clinics::Permission::kAllocateMoney)) {
        links += el("a", at("class", "button second"), at("href", call.path("/statement")), icon("upload"),
                    w("desk.statement"));
    }
    return card(w("desk.report.take_away"), together(el("p", at("class", "soft"), w("desk.report.take_away_text")),
                                                     el("div", at("class", "row"), links)));
}

}  // namespace

Result<Shown> reports(const Call& call, store::ClinicTx& tx) {
    const Words& w = call.words;
    const Period period = Period::asked_for(call);
    Html main = heading(w("desk.tab.reports"));
    main += period_form(call, period);
    const auto r = invoices::report::make(tx, period.first, period.last, call.now());
    if (!r && r.error().code != Code::kInvalid) return std::unexpected(r.error());
    if (!r) {
        main += notice("bad", "circle-alert", w.said(r.error().message));
        return Shown{.title = w("desk.tab.reports"), .main = main, .tab = "reports", .status = 422};
    }
    main += el("div", at("class", "halves"), el("div", at("class", "stack"), money_card(w, *r), open_card(call, *r)),
               el("div", at("class", "stack"), prompts_card(w, *r), times_card(w, *r), visits_card(w, *r)));
    main += take_away(call, period);
    return Shown{.title = w("desk.tab.reports"), .main = main, .tab = "reports"};
}

}  // namespace clinicpro::web::front_desk
