// html.hpp: HTML as a type, so that text cannot become markup.
//
// Html holds finished markup and is made in two ways only: from text, which is escaped on the way in, or by el(), which
// puts parts into an element. Names of elements and attributes are literals of ours, checked when this is compiled;
// attributes that run code (on...) or style themselves do not exist, because the Content-Security-Policy forbids them
// anyway. An address in href, src or action that is not ours, https, http, tel or mailto is replaced by "#".
//
//   el("p", at("class", "notice"), icon("info"), words("pay.paid"), el("a", at("href", url), name))
//
// Tested by web/html_test.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace clinicpro::web {

class Html {
public:
    Html() = default;
    Html(std::string_view text);  // escapes
    Html(const std::string& text) : Html(std::string_view(text)) {}
    Html(const char* text) : Html(std::string_view(text)) {}

    // Markup that the build made and no request can touch, such as the shape of an icon.
    static Html built_in(std::string_view markup);

    Html& operator+=(const Html& more) {
        markup_ += more.markup_;
        return *this;
    }
    bool empty() const { return markup_.empty(); }
    const std::string& markup() const { return markup_; }

private:
    friend class Element;
    std::string markup_;
};

// The name of an element or attribute: a literal of small letters, digits and hyphens ("viewBox" is SVG's exception).
class Name {
public:
    consteval Name(const char* literal) : text_(literal) {
        if (text_.empty() || text_ == "style" || text_ == "script" || text_ == "srcdoc" || text_.starts_with("on"))
            bad();
        for (const char c : text_) {
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') && text_ != "viewBox") bad();
        }
    }
    std::string_view text() const { return text_; }

private:
    static void bad();  // not constexpr: reaching it does not compile
    std::string_view text_;
};

struct Attribute {
    Name name;
    std::string value;
    bool present = true;
};
inline Attribute at(Name name, std::string_view value) {
    return {name, std::string(value), true};
}
// A boolean attribute, such as disabled: written only when `present`.
inline Attribute flag(Name name, bool present = true) {
    return {name, {}, present};
}

class Element {
public:
    explicit Element(Name name);
    void put(const Attribute& attribute);  // before any content
    void put(const Html& content);
    Html finish() &&;

private:
    std::string_view name_;
    std::string markup_;
    bool open_ = true;  // the start tag can still take attributes
};

// One element: attributes first, then its content in order.
template <class... Parts>
Html el(Name name, const Parts&... parts) {
    Element element(name);
    const auto put = [&element]<class Part>(const Part& part) {
        if constexpr (std::is_same_v<Part, Attribute>) {
            element.put(part);
        } else {
            element.put(static_cast<const Html&>(Html(part)));
        }
    };
    (put(parts), ...);
    return std::move(element).finish();
}

// Parts one after the other, without an element around them.
template <class... Parts>
Html together(const Parts&... parts) {
    Html all;
    ((all += Html(parts)), ...);
    return all;
}

}  // namespace clinicpro::web
