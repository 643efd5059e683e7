#include "web/desk_chart.hpp"

#include <algorithm>

namespace clinicpro::web::front_desk {
namespace {

// Tenths, so that many bars keep their places; a label needs its room at both ends.
constexpr int kWidth = 7200, kTop = 400, kBase = 2600, kHeight = 3000, kLabelHalf = 520;

Money sum_of(const Column& column) {
    Money sum;
    for (const Money part : column.parts) {
        if (part.is_positive()) sum = sum + part;
    }
    return sum;
}

Html text_at(int x, int y, std::string_view classes, std::string_view text) {
    return el("text", at("class", classes), at("x", std::to_string(x)), at("y", std::to_string(y)), text);
}

}  // namespace

Html columns(const std::vector<Column>& all) {
    Money most;
    for (const Column& one : all) most = std::max(most, sum_of(one));
    const int step = all.empty() ? kWidth : kWidth / int(all.size());
    const int width = std::max(step - step / 4, 8);
    Html bars;
    int labels = 0;
    for (size_t i = 0; i < all.size(); ++i) {
        const int x = int(i) * step;
        int y = kBase;
        Html parts;
        for (size_t part = 0; part < all[i].parts.size(); ++part) {
            const Money value = all[i].parts[part];
            if (!value.is_positive()) continue;
            const int height = std::max(int(value.cents() * (kBase - kTop) / most.cents()), 1);
            y -= height;
            parts += el("rect", at("class", "bar-tone" + std::to_string(part % kBarTones)),
                        at("x", std::to_string(x + (step - width) / 2)), at("y", std::to_string(y)),
                        at("width", std::to_string(width)), at("height", std::to_string(height)));
        }
        if (!parts.empty()) bars += el("g", el("title", all[i].title), parts);
        if (all[i].label.empty()) continue;
        const int middle = std::clamp(x + step / 2, kLabelHalf, kWidth - kLabelHalf);
        bars += text_at(middle, kHeight - 60, labels++ % 2 == 0 ? "under" : "under between", all[i].label);
    }
    const auto line = [](int y) {
        return el("line", at("x1", "0"), at("x2", std::to_string(kWidth)), at("y1", std::to_string(y)),
                  at("y2", std::to_string(y)));
    };
    Html most_line;
    if (most.is_positive()) most_line = together(line(kTop), text_at(0, kTop - 80, "most", most.to_display()));
    return el("svg", at("class", "columns"),
              at("viewBox", "0 0 " + std::to_string(kWidth) + " " + std::to_string(kHeight)), at("aria-hidden", "true"),
              most_line, line(kBase), bars);
}

Html share(int64_t part, int64_t whole) {
    const int64_t wide = whole > 0 ? std::clamp<int64_t>(part * 1000 / whole, 0, 1000) : 0;
    return el(
        "svg", at("class", "share"), at("viewBox", "0 0 1000 14"), at("aria-hidden", "true"),
        el("rect", at("class", "share-whole"), at("width", "1000"), at("height", "14"), at("rx", "7")),
        el("rect", at("class", "bar-tone0"), at("width", std::to_string(wide)), at("height", "14"), at("rx", "7")));
}

}  // namespace clinicpro::web::front_desk
