#include "web/pay_page.hpp"

#include "base/text.hpp"
#include "crypto/hash.hpp"
#include "invoices/patient.hpp"
#include "jobs/queue.hpp"
#include "mpesa/stk_push.hpp"
#include "web/form.hpp"
#include "web/pages.hpp"
#include "web/qr.hpp"

namespace clinicpro::web {

using clinics::Link;

PayPage::PayPage(const Services& services, Pool& pool, const PageFrame& frame, Live& live)
    : services_(services),
      pool_(pool),
      frame_(frame),
      live_(live),
      links_(kPromptsPerLink),
      phones_(kPromptsPerPhone),
      peers_(kPromptsPerAddress),
      watchers_(kWatchersPerLink) {}

void PayPage::look(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &PayPage::show);
}
void PayPage::pay(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &PayPage::start);
}
void PayPage::now(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &PayPage::part);
}
void PayPage::follow(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &PayPage::events);
}
void PayPage::receipt(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &PayPage::paper);
}
void PayPage::code(net::Request request, net::Respond respond) {
    on_pool(std::move(request), std::move(respond), &PayPage::picture);
}

void PayPage::on_pool(net::Request request, net::Respond respond, Work work) {
    const auto link = services_.links.verify_short(Link::Purpose::kPay, request.params.at(0));
    const auto language = language_of(request);
    if (!link) return respond(frame_.page(plain_page(language, 404, "bad_link")));
    const auto asked = std::make_shared<Asked>(Asked{std::move(request), *link, Words(language)});
    const bool taken = pool_.post([this, asked, respond, work] { respond((this->*work)(*asked)); });
    if (!taken) respond(trouble_page(frame_, language, {Code::kBusy, {}, {}, {}}));
}

Result<PayView> PayPage::view_of(const Asked& asked) {
    PayView view;
    TRY(services_.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, asked.link.clinic);
        TRY(view, pay_view(tx, asked.link, services_.clock.now()));
        return {};
    }));
    return view;
}

PayAddresses PayPage::addresses(const Asked& asked, const PayView& view) const {
    const std::string base = "/p/" + asked.token();
    const std::string language = "?lang=" + std::string(asked.words.code());
    PayAddresses all{.page = base + language,
                     .now = base + "/now" + language,
                     .live = base + "/live" + language,
                     .receipt = base + "/receipt" + language,
                     .join = {}};
    if (view.visit && view.visit->kind == invoices::AppointmentKind::kVirtual) {
        const auto link =
            invoices::appointments::join_link(asked.link.clinic, view.visit->id, view.visit->link_generation);
        all.join = "/j/" + services_.links.short_form(link) + language;
    }
    return all;
}

std::string PayPage::once(const Asked& asked, const PayView& view) const {
    return text::to_base64url(crypto::sha256(asked.token() + ":" + std::to_string(view.newest.value))).substr(0, 22);
}

net::Response PayPage::page(const Asked& asked, const PayView& view, const PayProblem& problem, int status) {
    // What ends within a minute or two; what waits for a person is looked at by hand.
    const bool soon = view.step == PayStep::kSending || view.step == PayStep::kWaiting ||
                      view.step == PayStep::kChecking || (view.step == PayStep::kPaid && view.is_live());
    return frame_.page({.status = status,
                        .language = asked.words.language(),
                        .title = pay_title(view, asked.words),
                        .main = pay_main(view, asked.words, addresses(asked, view), once(asked, view), problem),
                        .clinic = view.clinic,
                        .colour = view.colour,
                        .scripts = {"pay.js"},
                        .refresh_seconds = soon ? 5 : 0});
}

net::Response PayPage::show(const Asked& asked) {
    const auto view = view_of(asked);
    if (!view) return trouble_page(frame_, asked.words.language(), view.error());
    return page(asked, *view);
}

net::Response PayPage::part(const Asked& asked) {
    const auto view = view_of(asked);
    if (!view) return trouble_page(frame_, asked.words.language(), view.error());
    return frame_.fragment(pay_live(*view, asked.words, addresses(asked, *view), once(asked, *view)));
}

net::Response PayPage::events(const Asked& asked) {
    if (!watchers_.allow(asked.token(), services_.clock.now())) {
        return trouble_page(frame_, asked.words.language(), {Code::kBusy, {}, {}, {}});
    }
    const auto see = [this, asked](store::ClinicTx& tx) -> Result<std::string> {
        TRY(const PayView view, pay_view(tx, asked.link, services_.clock.now()));
        return pay_live(view, asked.words, addresses(asked, view), once(asked, view)).markup();
    };
    std::string seen;
    const auto read = services_.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, asked.link.clinic);
        TRY(seen, see(tx));
        return {};
    });
    if (!read) return trouble_page(frame_, asked.words.language(), read.error());
    const auto stream = std::make_shared<net::Stream>();
    live_.watch(asked.link.clinic, stream, seen, see);
    return live_response(stream, seen);
}

net::Response PayPage::paper(const Asked& asked) {
    const auto view = view_of(asked);
    if (!view) return trouble_page(frame_, asked.words.language(), view.error());
    const PayAddresses all = addresses(asked, *view);
    if (view->received.empty()) return frame_.redirect(all.page);
    return frame_.page({.language = asked.words.language(),
                        .title = asked.words("receipt.title"),
                        .main = receipt_main(*view, asked.words, all),
                        .clinic = view->clinic,
                        .colour = view->colour,
                        .scripts = {"pay.js"}});
}

net::Response PayPage::picture(const Asked& asked) {
    const auto view = view_of(asked);
    if (!view) return trouble_page(frame_, asked.words.language(), view.error());
    auto drawn = qr_svg(services_.public_url + "/p/" + asked.token());
    if (!drawn) return trouble_page(frame_, asked.words.language(), drawn.error());
    net::Response response = frame_.fragment({});
    response.body = *std::move(drawn);
    for (auto& [name, value] : response.headers) {
        if (name == "Content-Type") value = "image/svg+xml";
    }
    return response;
}

bool PayPage::may_prompt(const Asked& asked, const Msisdn& phone) {
    const Instant now = services_.clock.now();
    // All three are asked each time: a refused start counts everywhere, or the loosest would decide.
    const bool link = links_.allow(asked.token(), now);
    const bool peer = peers_.allow(net::rate_key(asked.request.peer), now);
    const bool own = phones_.allow(crypto::sha256(phone.digits()), now);
    if (!link || !peer || !own) {
        log::warn("page.prompt_limited", {{"clinic", asked.link.clinic.value},
                                          {"by", !own    ? "phone"
                                                 : !link ? "link"
                                                         : "address"},
                                          {"peer", asked.request.peer}});
    }
    return link && peer && own;
}

net::Response PayPage::start(const Asked& asked) {
    const Words& words = asked.words;
    const auto form = Form::read(asked.request);
    const auto view = view_of(asked);
    if (!view) return trouble_page(frame_, words.language(), view.error());
    const PayAddresses all = addresses(asked, *view);
    const auto refuse = [&](int status, std::string sentence, bool of_phone = false) {
        const std::string typed(form ? (*form)["phone"] : std::string_view());
        return page(asked, *view, {std::move(sentence), of_phone, of_phone ? std::string(text::clip(typed, 24)) : ""},
                    status);
    };
    // Anything that changed since the page was made is answered by the page as it is now.
    if (!form || (*form)["once"] != once(asked, *view) || !view->can_prompt() || view->again_at) {
        return frame_.redirect(all.page);
    }
    const std::string typed((*form)["phone"]);
    std::optional<Msisdn> phone;
    if (typed != phone_shown(view->phone)) {
        const auto parsed = Msisdn::parse(typed);
        if (!parsed) return refuse(422, words("pay.phone_wrong"), true);
        phone = *parsed;
    } else {
        const auto read = services_.database.read([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, asked.link.clinic);
            TRY(phone, invoices::patients::phone(tx, services_.vault, view->invoice.patient));
            return {};
        });
        if (!read) return trouble_page(frame_, words.language(), read.error());
    }
    if (view->prompts_today >= kPromptsPerDay) return refuse(429, words("pay.enough_today"));
    if (!may_prompt(asked, *phone)) return refuse(429, words("pay.too_often"));

    payments::Method* const method = services_.methods.find(mpesa::kStkMethod);
    CHECK(method != nullptr);
    const auto started = services_.database.write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, asked.link.clinic);
        jobs::QueueContext context(services_.ids, services_.clock.now());
        // One at a time for this invoice; then looked at again, because another tab may have been quicker.
        TRY(invoices::lock(tx, view->invoice.id));
        TRY(const PayView fresh, pay_view(tx, asked.link, context.now()));
        if (!fresh.can_prompt() || fresh.newest != view->newest) return {};
        TRY(method->start(context, tx,
                          {.invoice = fresh.invoice.id,
                           .amount = fresh.ask,
                           .payer = *phone,
                           .account = fresh.invoice.account,
                           .description = "Clinic visit",
                           .actor = "patient"}));
        return {};
    });
    if (!started && started.error().code != Code::kConflict) {
        // No set-up, or one that M-Pesa cannot use: the sentence is the operator's, so the patient gets another.
        if (started.error().code == Code::kConfig || started.error().code == Code::kInvalid) {
            log::failure("page.prompt_not_started", started.error());
            return refuse(503, words("pay.no_prompt"));
        }
        return trouble_page(frame_, words.language(), started.error());
    }
    services_.wake();
    return frame_.redirect(all.page);
}

}  // namespace clinicpro::web
