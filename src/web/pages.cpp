#include "web/pages.hpp"

#include "base/text.hpp"
#include "jobs/queue.hpp"
#include "web/middleware.hpp"

namespace clinicpro::web {
namespace {

using clinics::Link;
using messaging::Language;

constexpr std::string_view kStyle =
    R"css(:root { color-scheme: light dark; --ink: #17212b; --soft: #4c5a67; --paper: #ffffff; --go: #0b6b3a; }
@media (prefers-color-scheme: dark) { :root { --ink: #eef2f5; --soft: #b3bec8; --paper: #12181e; --go: #3ecf83; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.5 system-ui, sans-serif; }
main { max-width: 30rem; margin: 0 auto; padding: 2rem 1.25rem; overflow-wrap: anywhere; }
.clinic { color: var(--soft); margin: 0 0 .5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
p { margin: 0 0 1.25rem; }
.code { font-size: 1.6rem; font-weight: 700; letter-spacing: .1em; }
.go { display: block; width: 100%; min-height: 3rem; padding: .75rem 1rem; border: 0; border-radius: .5rem; background: var(--go);
      color: var(--paper); font: inherit; font-weight: 700; text-align: center; text-decoration: none; cursor: pointer; }
.go:focus-visible, a:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
.lang { color: var(--soft); font-size: .9375rem; margin-top: 1.25rem; }
a { color: inherit; }
)css";

bool wants_html(const net::Request& request) {
    return text::contains_ignoring_case(request.header("Accept"), "text/html");
}

Language language_of(const net::Request& request) {
    return page_language(request.query_value("lang"), request.header("Accept-Language"));
}

}  // namespace

Pages::Pages(const Services& services, Pool& pool) : services_(services), pool_(pool) {
    // A browser holds form-action against the redirect's target too, and that is the provider's site. Plain http only
    // where we are reached by it ourselves: on one machine, for a trial.
    policy_ = "default-src 'none'; style-src 'self'; form-action 'self' https:";
    if (services_.public_url.starts_with("http://")) policy_ += " http:";
    policy_ += "; base-uri 'none'; frame-ancestors 'none'";
}

void Pages::front(net::Request request, net::Respond respond) const {
    Shown shown{.language = language_of(request)};
    shown.words = shown.language == Language::kSwahili
                      ? PageWords{"ClinicPro", "Seva hii hupokea malipo ya kliniki na kuthibitisha miadi.", {}}
                      : PageWords{"ClinicPro", "This server takes payments for clinics and confirms visits.", {}};
    respond(render(shown));
}

void Pages::style(net::Request, net::Respond respond) const {
    net::Response response;
    response.headers = {{"Content-Type", "text/css; charset=utf-8"},
                        {"Cache-Control", "public, max-age=3600"},
                        {"X-Content-Type-Options", "nosniff"}};
    response.body = kStyle;
    respond(std::move(response));
}

void Pages::unknown(net::Request request, net::Respond respond) const {
    if (!wants_html(request) || request.path.starts_with("/v1/")) {
        return respond(net::Response::problem(
            Error{Code::kNotFound, "There is nothing at this path. Check the address for spelling.", {}, {}},
            request.id));
    }
    const Language language = language_of(request);
    respond(render({.status = 404, .words = words_for_unknown_page(language), .language = language}));
}

void Pages::look(net::Request request, net::Respond respond) const {
    on_pool(std::move(request), std::move(respond),
            [this](const net::Request& asked, const Link& link) { return look_up(asked, link); });
}

void Pages::enter(net::Request request, net::Respond respond) const {
    on_pool(std::move(request), std::move(respond),
            [this](const net::Request& asked, const Link& link) { return open_door(asked, link); });
}

void Pages::on_pool(net::Request request, net::Respond respond,
                    std::function<net::Response(const net::Request&, const Link&)> work) const {
    const auto link = services_.links.verify_short(Link::Purpose::kJoin, request.params.at(0));
    const Language language = language_of(request);
    if (!link) return respond(render({.status = 404, .words = words_for_bad_link(language), .language = language}));
    const auto asked = std::make_shared<net::Request>(std::move(request));
    const bool taken =
        pool_.post([asked, respond, link = *link, work = std::move(work)] { respond(work(*asked, link)); });
    if (!taken) respond(failure({Code::kBusy, {}, {}, {}}, language));
}

net::Response Pages::look_up(const net::Request& request, const Link& link) const {
    const Language language = language_of(request);
    invoices::JoinPage page;
    const auto read = services_.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, link.clinic);
        TRY(page, invoices::look(tx, link, services_.clock.now()));
        return {};
    });
    if (!read) return failure(read.error(), language);
    Shown shown{.words = words_for(page, language), .language = language, .clinic = page.clinic};
    if (page.view == invoices::JoinView::kOpen) {
        shown.form_to = request.path + "?lang=" + std::string(to_string(language));
    }
    shown.refresh = page.view == invoices::JoinView::kBeingMade;
    return render(shown);
}

net::Response Pages::open_door(const net::Request& request, const Link& link) const {
    const Language language = language_of(request);
    invoices::Door door;
    const auto opened = services_.database.write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, link.clinic);
        jobs::QueueContext context(services_.ids, services_.clock.now());
        TRY(door, invoices::open_door(context, tx, services_.vault, link));
        return {};
    });
    // Not open (any more): the page says so in its own words.
    if (!opened && opened.error().code == Code::kConflict) return look_up(request, link);
    if (!opened) return failure(opened.error(), language);
    if (!door.passcode) {
        net::Response response = net::Response::redirect(door.url.reveal());
        response.headers.emplace_back("Cache-Control", "no-store");
        response.headers.emplace_back("Referrer-Policy", "no-referrer");
        return response;
    }
    return render({.words = words_for_passcode(language),
                   .language = language,
                   .link = door.url.reveal(),
                   .code = door.passcode->reveal()});
}

net::Response Pages::failure(const Error& error, Language language) const {
    if (error.code == Code::kNotFound) {
        return render({.status = 404, .words = words_for_bad_link(language), .language = language});
    }
    if (error.code != Code::kBusy) log::failure("page.failed", error);
    net::Response response = render({.status = 503, .words = words_for_trouble(language), .language = language});
    response.headers.emplace_back("Retry-After", "5");
    return response;
}

net::Response Pages::render(const Shown& shown) const {
    const auto safe = [](const std::string& words) { return text::escape_html(words); };
    std::string html = "<!doctype html>\n<html lang=\"" + std::string(to_string(shown.language)) +
                       "\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"robots\" content=\"noindex\">\n";
    if (shown.refresh) html += "<meta http-equiv=\"refresh\" content=\"10\">\n";
    html += "<title>" + safe(shown.words.title) +
            "</title>\n<link rel=\"stylesheet\" href=\"/assets/page.css\">\n</head>\n";
    html += "<body>\n<main>\n";
    if (!shown.clinic.empty()) html += "<p class=\"clinic\">" + safe(shown.clinic) + "</p>\n";
    html += "<h1>" + safe(shown.words.title) + "</h1>\n<p>" + safe(shown.words.text) + "</p>\n";
    if (!shown.code.empty()) html += "<p class=\"code\">" + safe(shown.code) + "</p>\n";
    if (!shown.form_to.empty()) {
        html += "<form method=\"post\" action=\"" + safe(shown.form_to) + "\"><button class=\"go\" type=\"submit\">" +
                safe(shown.words.button) + "</button></form>\n";
    }
    if (!shown.link.empty()) {
        html += "<p><a class=\"go\" rel=\"noreferrer\" href=\"" + safe(shown.link) + "\">" + safe(shown.words.button) +
                "</a></p>\n";
    }
    if (shown.code.empty()) {
        html += shown.language == Language::kSwahili
                    ? "<p class=\"lang\"><a href=\"?lang=en\" lang=\"en\">English</a></p>\n"
                    : "<p class=\"lang\"><a href=\"?lang=sw\" lang=\"sw\">Kiswahili</a></p>\n";
    }
    html += "</main>\n</body>\n</html>\n";
    net::Response response = net::Response::html(shown.status, std::move(html));
    for (const auto& [name, value] : net::Headers{{"Content-Security-Policy", policy_},
                                                  {"Referrer-Policy", "no-referrer"},
                                                  {"Cache-Control", "no-store"},
                                                  {"X-Robots-Tag", "noindex"},
                                                  {"X-Frame-Options", "DENY"},
                                                  {"X-Content-Type-Options", "nosniff"},
                                                  {"Vary", "Accept-Language"}}) {
        response.headers.emplace_back(name, value);
    }
    return response;
}

}  // namespace clinicpro::web
