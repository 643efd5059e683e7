#include "web/join_page.hpp"

#include "invoices/account_number.hpp"
#include "jobs/queue.hpp"
#include "web/assets.hpp"
#include "web/pages.hpp"

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

Html show(const invoices::JoinPage& page, const Words& words, const std::string& form_to) {
    Html facts = el("div", el("dt", words("join.when")), el("dd", when(page.starts_at)));
    if (page.view == JoinView::kTooEarly) {
        facts += el("div", el("dt", words("join.opens")), el("dd", when(page.opens_at)));
    }
    Html card = el("h1", words("join." + std::string(id_of(page.view)) + ".title"));
    card += el("dl", at("class", "facts"), facts);
    card += el("p", text_of(page, words));
    if (page.view == JoinView::kOpen) {
        card +=
            el("form", at("method", "post"), at("action", form_to),
               el("button", at("class", "button big"), at("type", "submit"), icon("video"), words("join.open.button")));
    }
    return el("div", at("class", "card stack"), card);
}

}  // namespace

void JoinPage::look(net::Request request, net::Respond respond) const {
    on_pool(std::move(request), std::move(respond),
            [this](const net::Request& asked, const Link& link) { return look_up(asked, link); });
}

void JoinPage::enter(net::Request request, net::Respond respond) const {
    on_pool(std::move(request), std::move(respond),
            [this](const net::Request& asked, const Link& link) { return open_door(asked, link); });
}

void JoinPage::on_pool(net::Request request, net::Respond respond,
                       std::function<net::Response(const net::Request&, const Link&)> work) const {
    const auto link = services_.links.verify_short(Link::Purpose::kJoin, request.params.at(0));
    const auto language = language_of(request);
    if (!link) return respond(frame_.page(plain_page(language, 404, "bad_link")));
    const auto asked = std::make_shared<net::Request>(std::move(request));
    const bool taken =
        pool_.post([asked, respond, link = *link, work = std::move(work)] { respond(work(*asked, link)); });
    if (!taken) respond(trouble_page(frame_, language, {Code::kBusy, {}, {}, {}}));
}

net::Response JoinPage::look_up(const net::Request& request, const Link& link) const {
    const Words words(language_of(request));
    invoices::JoinPage page;
    const auto read = services_.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, link.clinic);
        TRY(page, invoices::look(tx, link, services_.clock.now()));
        return {};
    });
    if (!read) return trouble_page(frame_, words.language(), read.error());
    return frame_.page({.language = words.language(),
                        .title = words("join." + std::string(id_of(page.view)) + ".title"),
                        .main = show(page, words, request.path + "?lang=" + std::string(words.code())),
                        .clinic = page.clinic,
                        .colour = page.colour,
                        .refresh_seconds = page.view == JoinView::kBeingMade ? 10 : 0,
                        .posts_lead_out = true});
}

net::Response JoinPage::open_door(const net::Request& request, const Link& link) const {
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
