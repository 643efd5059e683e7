#include "web/connect_page.hpp"

#include "invoices/meeting_consent.hpp"
#include "jobs/queue.hpp"
#include "web/pages.hpp"

namespace clinicpro::web {
namespace {

using clinics::Link;

// `back`: where to go on; empty: at the command line, where it began.
Page page_of(const Words& words, bool good, const std::string& sentence, const std::string& back) {
    const std::string id = good ? "connect.done" : "connect.failed";
    Html main = together(el("h1", words(id + ".title")), el("p", sentence));
    if (!back.empty()) main += el("p", el("a", at("class", "button"), at("href", back), words("connect.back")));
    return {.status = good ? 200 : 409,
            .language = words.language(),
            .title = words(id + ".title"),
            .main = el("div", at("class", "card stack"), main),
            .language_links = ""};
}

}  // namespace

void ConnectPage::google(net::Request request, net::Respond respond) const {
    const auto language = language_of(request);
    const auto link = services_.links.verify_short(Link::Purpose::kConnect, request.query_value("state"));
    if (!link) return respond(frame_.page(plain_page(language, 404, "bad_link")));
    const auto asked = std::make_shared<net::Request>(std::move(request));
    const bool taken = pool_.post([this, asked, respond, link = *link, language] {
        const Words words(language);
        const auto clinic = finish(*asked, link);
        if (clinic) {
            if (services_.wake) services_.wake();
            const std::string back = clinic->slug.empty() ? "" : "/desk/" + clinic->slug + "/setup/meetings";
            const std::string name = clinic->slug.empty() ? "ClinicPro" : clinic->name;
            return respond(frame_.page(page_of(words, true, words("connect.done.text", {{"clinic", name}}), back)));
        }
        const Error& error = clinic.error();
        if (http_status(error.code) >= 500) log::failure("connect.failed", error);
        respond(frame_.page(page_of(words, false, error.message, link.clinic == kSystem ? "" : "/desk")));
    });
    if (!taken) respond(trouble_page(frame_, language, {Code::kBusy, {}, {}, {}}));
}

// The clinic that is connected now; without a slug: the default of all clinics.
Result<clinics::Clinic> ConnectPage::finish(const net::Request& request, const Link& link) const {
    invoices::meeting_consents::Attempt attempt;
    const auto in = [&](const std::function<Result<>(jobs::Context&, store::ClinicTx&)>& body) {
        return services_.database.write([&](store::Tx& raw) -> Result<> {
            store::ClinicTx tx(raw, link.clinic);
            jobs::QueueContext context(services_.ids, services_.clock.now());
            return body(context, tx);
        });
    };
    TRY(in([&](jobs::Context& context, store::ClinicTx& tx) -> Result<> {
        TRY(attempt, invoices::meeting_consents::take(context, tx, services_.vault, services_.meeting_settings, link));
        return {};
    }));
    TRY(const Secret<> code, meetings::google_consent_code(request.query_value("code"), request.query_value("error")));
    const net::Outcome outcome = net::send_and_wait(
        services_.client,
        meetings::google_exchange_request(attempt.google, code, attempt.verifier, attempt.redirect_uri));
    TRY(const Secret<> token, meetings::read_google_exchange(attempt.google, outcome));
    clinics::Clinic clinic;
    TRY(in([&](jobs::Context& context, store::ClinicTx& tx) -> Result<> {
        TRY(services_.meeting_settings.set_secret(context, tx, meetings::Kind::kGoogleMeet, "refresh_token", token,
                                                  attempt.actor));
        if (tx.clinic() == kSystem) return {};
        TRY(clinic, clinics::find(tx.raw(), tx.clinic()));
        return {};
    }));
    return clinic;
}

}  // namespace clinicpro::web
