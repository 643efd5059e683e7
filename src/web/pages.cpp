#include "web/pages.hpp"

#include "base/log.hpp"
#include "web/assets.hpp"

namespace clinicpro::web {

Page plain_page(messaging::Language language, int status, std::string_view id) {
    const Words words(language);
    const std::string title = words(std::string(id) + ".title");
    return {.status = status,
            .language = language,
            .title = title,
            .main = el("div", at("class", "card stack"), el("h1", title), el("p", words(std::string(id) + ".text")))};
}

net::Response trouble_page(const PageFrame& frame, messaging::Language language, const Error& error) {
    if (error.code == Code::kNotFound) return frame.page(plain_page(language, 404, "bad_link"));
    if (error.code != Code::kBusy) log::failure("page.failed", error);
    net::Response response = frame.page(plain_page(language, 503, "trouble"));
    response.headers.emplace_back("Retry-After", "5");
    return response;
}

void Pages::front(net::Request request, net::Respond respond) const {
    const Words words(language_of(request));
    respond(frame_.page({.language = words.language(),
                         .title = words("front.title"),
                         .main = el("div", at("class", "card stack"), el("h1", words("front.title")),
                                    el("p", words("front.text")), el("p", at("class", "soft"), words("front.hint")))}));
}

void Pages::asset(net::Request request, net::Respond respond) const {
    respond(serve_asset(request));
}
void Pages::colour(net::Request request, net::Respond respond) const {
    respond(serve_colour(request));
}

// The reference is English, whoever reads it: names of fields have no translation.
void Pages::docs(net::Request, net::Respond respond) const {
    respond(frame_.page({.title = "API",
                         .main = Html::built_in(embedded_reference()),
                         .styles = {"docs.css"},
                         .language_links = "",
                         .width = "wide"}));
}

void Pages::openapi(net::Request, net::Respond respond) const {
    net::Response response;
    response.headers = {{"Content-Type", "application/yaml; charset=utf-8"}, {"X-Content-Type-Options", "nosniff"}};
    response.body = embedded_openapi();
    respond(std::move(response));
}

void Pages::unknown(net::Request request, net::Respond respond) const {
    if (!wants_html(request) || request.path.starts_with("/v1/")) {
        return respond(net::Response::problem(
            Error{Code::kNotFound, "There is nothing at this path. Check the address for spelling.", {}, {}},
            request.id));
    }
    respond(frame_.page(plain_page(language_of(request), 404, "unknown")));
}

}  // namespace clinicpro::web
