#include "web/page_frame.hpp"

#include "base/text.hpp"
#include "clinics/colour.hpp"
#include "web/assets.hpp"

namespace clinicpro::web {
namespace {

constexpr std::string_view kColourFolder = "/assets/clinic/";

std::string colour_path(const std::string& colour) {
    return std::string(kColourFolder) + colour.substr(1) + ".css";
}

Html style_sheet(std::string_view path) {
    return el("link", at("rel", "stylesheet"), at("href", path));
}

// Deferred: the words are there first.
Html script(std::string_view asset) {
    return Html::built_in("<script defer src=\"" + std::string(asset_path(asset)) + "\"></script>");
}

// The first letter of the clinic's name, in its colour: every clinic has a mark without uploading one.
std::string initial(std::string_view name) {
    size_t end = 1;
    while (end < name.size() && (uint8_t(name[end]) & 0xC0) == 0x80) ++end;
    return text::upper(name.substr(0, std::min(end, name.size())));
}

Html head(const Page& page, const Words& words) {
    const std::string title = page.clinic.empty() ? page.title : page.title + " · " + page.clinic;
    Html out = el("meta", at("charset", "utf-8"));
    out += el("meta", at("name", "viewport"), at("content", "width=device-width, initial-scale=1"));
    out += el("meta", at("name", "robots"), at("content", "noindex"));
    out += el("meta", at("name", "format-detection"), at("content", "telephone=no"));
    out += el("meta", at("name", "color-scheme"), at("content", "light dark"));
    if (page.refresh_seconds > 0) {
        out += el("noscript",
                  el("meta", at("http-equiv", "refresh"), at("content", std::to_string(page.refresh_seconds))));
    }
    out += el("title", title);
    out += style_sheet(asset_path("app.css"));
    for (const std::string_view name : page.styles) out += style_sheet(asset_path(name));
    if (!page.colour.empty()) out += style_sheet(colour_path(page.colour));
    for (const std::string_view name : page.scripts) out += script(name);
    return el("head", out);
}

Html top(const Page& page, const Words& words) {
    const std::string name = page.clinic.empty() ? "ClinicPro" : page.clinic;
    Html row = el("div", at("class", "who"), el("span", at("class", "mark"), at("aria-hidden", "true"), initial(name)),
                  el("span", name));
    if (!page.language_links.empty()) {
        const std::string other(page.language == messaging::Language::kSwahili ? "en" : "sw");
        row += el("a", at("class", "lang"), at("href", page.language_links + "lang=" + other), at("lang", other),
                  at("hreflang", other), icon("globe"), words("frame.other_language"));
    }
    const std::string column = page.width.empty() ? "column" : "column " + std::string(page.width);
    return el("header", at("class", "top"), el("div", at("class", column), row));
}

}  // namespace

PageFrame::PageFrame(std::string_view public_url) : https_(public_url.starts_with("https://")) {}

net::Response PageFrame::page(const Page& page) const {
    const Words words(page.language);
    std::string column = "column";
    if (!page.width.empty()) column += " " + std::string(page.width);
    const Html body = el("body", el("a", at("class", "skip"), at("href", "#main"), words("frame.skip")),
                         page.header.empty() ? top(page, words) : page.header,
                         el("main", at("id", "main"), at("class", column), at("tabindex", "-1"), page.main));
    net::Response response = net::Response::html(
        page.status,
        "<!doctype html>\n" + el("html", at("lang", words.code()), head(page, words), body).markup() + "\n");
    protect(response, page.posts_lead_out);
    response.headers.emplace_back("Vary", "Accept-Language");
    return response;
}

net::Response PageFrame::fragment(const Html& html) const {
    net::Response response = net::Response::html(200, html.markup());
    protect(response, false);
    return response;
}

net::Response PageFrame::download(std::string_view name, std::string_view type, std::string body) const {
    net::Response response;
    response.headers.emplace_back("Content-Type", std::string(type));
    response.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + std::string(name) + "\"");
    response.body = std::move(body);
    protect(response, false);
    return response;
}

net::Response PageFrame::redirect(std::string location) const {
    net::Response response = net::Response::redirect(std::move(location));
    protect(response, false);
    return response;
}

void PageFrame::protect(net::Response& response, bool posts_lead_out) const {
    std::string policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action "
        "'self'";
    // A browser holds form-action against a redirect's target too. Plain http only where we are reached by it
    // ourselves: on one machine, for a trial.
    if (posts_lead_out) policy += https_ ? " https:" : " https: http:";
    policy += "; base-uri 'none'; frame-ancestors 'none'";
    const net::Headers headers = {
        {"Content-Security-Policy", policy},
        {"Referrer-Policy", "no-referrer"},
        {"Cache-Control", "no-store"},
        {"X-Robots-Tag", "noindex"},
        {"X-Frame-Options", "DENY"},
        {"X-Content-Type-Options", "nosniff"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"},
    };
    for (const auto& header : headers) response.headers.push_back(header);
    if (https_) response.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
}

net::Response serve_colour(const net::Request& request) {
    std::string_view name = std::string_view(request.path).substr(std::min(kColourFolder.size(), request.path.size()));
    const auto colour = name.ends_with(".css")
                            ? clinics::Colour::parse("#" + std::string(name.substr(0, name.size() - 4)))
                            : Result<clinics::Colour>(fail(Code::kNotFound, ""));
    if (!colour || colour_path(colour->text()) != request.path) {
        return net::Response::problem(Error{Code::kNotFound, "There is no such style sheet.", {}, {}}, request.id);
    }
    const auto dark = colour->on_dark();
    net::Response response;
    response.headers = {{"Content-Type", "text/css; charset=utf-8"},
                        {"Cache-Control", "public, max-age=31536000, immutable"},
                        {"Cross-Origin-Resource-Policy", "same-origin"}};
    response.body = ":root{--brand:" + colour->text() + ";--on-brand:#fff;--brand-soft:" + colour->tint().text() +
                    "}@media (prefers-color-scheme:dark){:root{--brand:" + dark.text() +
                    ";--on-brand:#0f161b;--brand-soft:" + colour->shade().text() + "}}\n";
    return response;
}

bool wants_html(const net::Request& request) {
    return text::contains_ignoring_case(request.header("Accept"), "text/html");
}

messaging::Language language_of(const net::Request& request) {
    return page_language(request.query_value("lang"), request.header("Accept-Language"));
}

}  // namespace clinicpro::web
