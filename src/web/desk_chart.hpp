// desk_chart.hpp: sums as bars, drawn here as SVG: no script, and the same figures stand beside it as text for whoever
// cannot see bars. Tested by web/desk_reports_test and a browser.
#pragma once

#include <string>
#include <vector>

#include "base/money.hpp"
#include "web/html.hpp"

namespace clinicpro::web::front_desk {

inline constexpr size_t kBarTones = 3;  // of the style sheet: "bar-tone0" ...; more parts begin again

struct Column {
    std::string title;         // shown when a mouse rests on it
    std::vector<Money> parts;  // one on the other; negative ones are not drawn
    std::string label = {};    // below it; empty: none
};
// The highest column fills the height; its sum is written at the top.
Html columns(const std::vector<Column>& all);
// What share of `whole` a part is: a bar as wide as its place.
Html share(int64_t part, int64_t whole);

}  // namespace clinicpro::web::front_desk
