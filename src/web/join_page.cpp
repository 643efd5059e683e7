#include "web/join_page.hpp"

#include "invoices/account_number.hpp"
#include "jobs/queue.hpp"
#include "web/assets.hpp"
#include "web/pages.hpp"
#include "web/pay_view.hpp"

namespace clinicpro::web {
namespace {

using clinics::Link;
using invoices::JoinView;

// Times as in messages: 24-hour figures in East Africa Time for both languages (messaging/templates.hpp).
std::string when(Instant at) {
    return to_eat_words(at) + " EAT";
}

std::string_view id_of(JoinView view) {
    switch (view) {
        case JoinView::kUnpaid: return "unpaid";
        case JoinView::kOnsite: return "onsite";
        case JoinView::kTooEarly: return "early";
        case JoinView::kBeingMade: return "making";
        case JoinView::kOpen: return "open";
        case JoinView::kEnded: return "ended";
        case JoinView::kCancelled: return "cancelled";
    }
    return {};
}

std::string text_of(const invoices::JoinPage& page, const Words& words) {
    if (page.view != JoinView::kUnpaid) return words("join." + std::string(id_of(page.view)) + ".text");
    if (page.account.empty()) return words("join.unpaid.ask");
    return words("join.unpaid.pay", {{"account", invoices::account_number::shown(page.account)}});
}

std::string title_of(const invoices::JoinPage& page, const Words& words) {
    return words("join." + std::string(id_of(page.view)) + ".title");
}

std::string own_path(const net::Request& request, const Words& words, std::string_view below = {}) {
    return "/j/" + request.params.at(0) + std::string(below) + "?lang=" + std::string(words.code());
}

bool changes_by_itself(JoinView view) {
    return view == JoinView::kUnpaid || view == JoinView::kTooEarly || view == JoinView::kBeingMade ||
           view == JoinView::kOpen;
}

// The part that changes by itself; its root says how things stand, as modules/follow.js wants it.
// `pay`: where the visit's unpaid invoice is paid; empty: nowhere.
Html show(const invoices::JoinPage& page, const Words& words, const net::Request& request, const std::string& pay) {
    const std::string title = title_of(page, words);
    Html facts = el("div", el("dt", words("join.when")), el("dd", when(page.starts_at)));
    if (page.view == JoinView::kTooEarly) {
        facts += el("div", el("dt", words("join.opens")), el("dd", when(page.opens_at)));
    }
    Html card = el("h1", at("tabindex", "-1"), title);
    card += el("dl", at("class", "facts"), facts);
    card += el("p", text_of(page, words));
    if (page.view == JoinView::kOpen) {
        card +=
            el("form", at("method", "post"), at("action", own_path(request, words)),
               el("button", at("class", "button big"), at("type", "submit"), icon("video"), words("join.open.button")));
    }
    if (!pay.empty()) {
        card += el("a", at("class", "button big"), at("href", pay), icon("smartphone"), words("join.unpaid.button"));
    }
    if (page.view == JoinView::kBeingMade || page.view == JoinView::kTooEarly) {
        card += el("p", at("data-fallback", "yes"),
                   el("a", at("class", "button second big"), at("href", own_path(request, words)), icon("refresh-cw"),
                      words("pay.look_again")));
    }
    return live_part({id_of(page.view), title + ". " + text_of(page, words), !changes_by_itself(page.view)}, card);
}

}  // namespace

JoinPage::JoinPage(const Services& services, Pool& pool, const PageFrame& frame, Live& live)
    : services_(services), pool_(pool), frame_(frame), live_(live), watchers_(kWatchersPerLink) {}

void JoinPage::look(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &JoinPage::look_up);
}
void JoinPage::enter(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &JoinPage::open_door);
}
void JoinPage::now(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &JoinPage::part);
}
void JoinPage::follow(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &JoinPage::events);
}

void JoinPage::on_pool(net::Request request, net::Respond respond, Work work) {
    const auto link = services_.links.verify_short(Link::Purpose::kJoin, request.params.at(0));
    const auto language = language_of(request);
    if (!link) return respond(frame_.page(plain_page(language, 404, "bad_link")));
    const auto asked = std::make_shared<net::Request>(std::move(request));
    const bool taken = pool_.post([this, asked, respond, link = *link, work] { respond((this->*work)(*asked, link)); });
    if (!taken) respond(trouble_page(frame_, language, {Code::kBusy, {}, {}, {}}));
}

Result<invoices::JoinPage> JoinPage::read(const Link& link) {
    invoices::JoinPage page;
    TRY(services_.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, link.clinic);
        TRY(page, invoices::look(tx, link, services_.clock.now()));
        return {};
    }));
    return page;
}

std::string JoinPage::pay_path(const Link& link, const invoices::JoinPage& page, const Words& words) const {
    if (!page.invoice) return {};
    return pay_url({}, services_.links, link.clinic, page.invoice) + "?lang=" + std::string(words.code());
}

net::Response JoinPage::look_up(const net::Request& request, const Link& link) {
    const Words words(language_of(request));
    const auto page = read(link);
    if (!page) return trouble_page(frame_, words.language(), page.error());
    Html main = el("p", at("id", "said"), at("class", "only-heard"), at("role", "status"));
    main += el(
        "div", at("id", "live"),
        changes_by_itself(page->view) ? at("data-live", own_path(request, words, "/live")) : flag("data-live", false),
        at("data-now-at", own_path(request, words, "/now")), show(*page, words, request, pay_path(link, *page, words)));
    return frame_.page({.language = words.language(),
                        .title = title_of(*page, words),
                        .main = main,
                        .clinic = page->clinic,
                        .colour = page->colour,
                        .scripts = {"pay.js"},
                        .refresh_seconds = page->view == JoinView::kBeingMade ? 10 : 0,
                        .posts_lead_out = true});
}

net::Response JoinPage::part(const net::Request& request, const Link& link) {
    const Words words(language_of(request));
    const auto page = read(link);
    if (!page) return trouble_page(frame_, words.language(), page.error());
    return frame_.fragment(show(*page, words, request, pay_path(link, *page, words)));
}

net::Response JoinPage::events(const net::Request& request, const Link& link) {
    const Words words(language_of(request));
    if (!watchers_.allow(request.params.at(0), services_.clock.now())) {
        return trouble_page(frame_, words.language(), {Code::kBusy, {}, {}, {}});
    }
    const auto page = read(link);
    if (!page) return trouble_page(frame_, words.language(), page.error());
    const std::string seen = show(*page, words, request, pay_path(link, *page, words)).markup();
    const auto stream = std::make_shared<net::Stream>();
    live_.watch(link.clinic, stream, seen, [this, link, request, words](store::ClinicTx& tx) -> Result<std::string> {
        TRY(const auto fresh, invoices::look(tx, link, services_.clock.now()));
        return show(fresh, words, request, pay_path(link, fresh, words)).markup();
    });
    return live_response(stream, seen);
}

net::Response JoinPage::open_door(const net::Request& request, const Link& link) {
    const Words words(language_of(request));
    invoices::Door door;
    const auto opened = services_.database.write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, link.clinic);
        jobs::QueueContext context(services_.ids, services_.clock.now());
        TRY(door, invoices::open_door(context, tx, services_.vault, services_.meeting_settings, link));
        return {};
    });
    // Not open (any more): the page says so in its own words.
    if (!opened && opened.error().code == Code::kConflict) return look_up(request, link);
    if (!opened) return trouble_page(frame_, words.language(), opened.error());
    if (!door.passcode) return frame_.redirect(door.url.reveal());
    return frame_.page(
        {.language = words.language(),
         .title = words("join.code.title"),
         .main = el("div", at("class", "card stack"), el("h1", words("join.code.title")),
                    el("p", words("join.code.text")), el("p", at("class", "code"), door.passcode->reveal()),
                    el("a", at("class", "button big"), at("rel", "noreferrer"), at("href", door.url.reveal()),
                       icon("video"), words("join.code.button"))),
         .posts_lead_out = true,
         .language_links = ""});
}

}  // namespace clinicpro::web
