#include "web/desk_period.hpp"

#include "payments/day_sums.hpp"
#include "web/desk_parts.hpp"

namespace clinicpro::web::front_desk {
namespace {

namespace sums = payments::day_sums;

constexpr int64_t kUsualDays = 30;

int64_t day_asked(const Call& call, std::string_view name, int64_t otherwise) {
    const auto at = read_day(call.query(name), name);
    return at ? sums::day_of(*at) : otherwise;
}

int64_t day_of_month(int64_t day) {
    return std::stoll(day_value(sums::start_of(day)).substr(8));
}

}  // namespace

Period Period::asked_for(const Call& call) {
    Period period;
    period.last = day_asked(call, "to", sums::day_of(call.now()));
    period.first = day_asked(call, "from", period.last - kUsualDays + 1);
    return period;
}

std::string Period::query() const {
    return "from=" + day_value(sums::start_of(first)) + "&to=" + day_value(sums::start_of(last));
}

Html period_form(const Call& call, const Period& period) {
    const Words& w = call.words;
    const auto day = [&](std::string_view name, std::string_view label, int64_t value) {
        const std::string id = "f-" + std::string(name);
        return el("div", at("class", "field"), el("label", at("for", id), w(label)),
                  el("input", at("id", id), at("name", name), at("type", "date"), flag("required"),
                     at("value", day_value(sums::start_of(value)))));
    };
    const int64_t today = sums::day_of(call.now());
    const int64_t month = today - day_of_month(today) + 1;
    const std::pair<std::string_view, Period> usual[] = {
        {"desk.today", {today, today}},
        {"desk.period.week", {today - 6, today}},
        {"desk.period.month_days", {today - kUsualDays + 1, today}},
        {"desk.period.month", {month, today}},
        {"desk.period.last_month", {month - day_of_month(month - 1), month - 1}},
    };
    Html links;
    for (const auto& [words, range] : usual) {
        const bool now = range.first == period.first && range.last == period.last;
        links += el("a", at("href", call.path("/reports?" + range.query())),
                    now ? at("aria-current", "true") : flag("aria-current", false), w(words));
    }
    return together(el("form", at("method", "get"), at("action", call.path("/reports")), at("class", "filters"),
                       day("from", "desk.period.from", period.first), day("to", "desk.period.to", period.last),
                       button(w("desk.show_day"), "search")),
                    el("nav", at("class", "row ranges"), at("aria-label", w("desk.period.usual")), links));
}

}  // namespace clinicpro::web::front_desk
