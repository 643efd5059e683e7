#include "web/html.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace clinicpro::web {
namespace {

bool is_void(std::string_view name) {
    static constexpr std::string_view kVoid[] = {"br", "hr", "img", "input", "link", "meta"};
    return std::ranges::find(kVoid, name) != std::end(kVoid);
}

bool is_address(std::string_view name) {
    return name == "href" || name == "src" || name == "action" || name == "formaction";
}

// "//host" would lead away under a name that looks like ours; anything else with a colon could be a script.
bool is_safe_address(std::string_view address) {
    if (address.starts_with("//") || address.starts_with("/\\")) return false;
    for (const std::string_view good : {"/", "?", "#", "https://", "http://", "tel:", "mailto:"}) {
        if (address.starts_with(good)) return true;
    }
    return false;
}

}  // namespace

Html::Html(std::string_view text) : markup_(text::escape_html(text)) {}

Html Html::built_in(std::string_view markup) {
    Html html;
    html.markup_ = markup;
    return html;
}

Element::Element(Name name) : name_(name.text()), markup_("<" + std::string(name.text())) {}

void Element::put(const Attribute& attribute) {
    CHECK(open_);
    if (!attribute.present) return;
    markup_ += ' ';
    markup_ += attribute.name.text();
    if (attribute.value.empty() && attribute.name.text() != "value" && attribute.name.text() != "alt") return;
    const bool bad = is_address(attribute.name.text()) && !is_safe_address(attribute.value);
    markup_ += "=\"" + (bad ? std::string("#") : text::escape_html(attribute.value)) + '"';
}

void Element::put(const Html& content) {
    CHECK(!is_void(name_));
    if (std::exchange(open_, false)) markup_ += '>';
    markup_ += content.markup_;
}

Html Element::finish() && {
    if (open_) markup_ += '>';
    if (!is_void(name_)) markup_ += "</" + std::string(name_) + ">";
    Html html;
    html.markup_ = std::move(markup_);
    return html;
}

}  // namespace clinicpro::web
