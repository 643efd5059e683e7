#include "web/zoom_controller.hpp"

#include "clinics/credentials.hpp"
#include "invoices/presence.hpp"
#include "meetings/zoom_webhook.hpp"
#include "web/body.hpp"

namespace clinicpro::web {

using clinics::Link;

void ZoomController::event(net::Request request, net::Respond respond) const {
    const auto link = services_.links.verify_hex(Link::Purpose::kZoomEvents, request.params.at(0));
    if (!link) {
        // The words of any unknown path: a guesser learns nothing.
        return respond(net::Response::problem(
            Error{Code::kNotFound, "There is nothing at this path. Check the address for spelling.", {}, {}},
            request.id));
    }
    if (request.body.empty() || request.body.size() > kBodyMax) {
        return respond(net::Response::problem(
            Error{Code::kTooLarge, "An event must have a body of at most 64 KiB.", {}, {}}, request.id));
    }
    const auto asked = std::make_shared<net::Request>(std::move(request));
    const bool taken = pool_.post([this, asked, respond, clinic = link->clinic] { respond(take(clinic, *asked)); });
    if (!taken) respond(net::Response::problem(Error{Code::kBusy, "Too much at once. Try again.", {}, {}}, asked->id));
}

net::Response ZoomController::take(ClinicId clinic, const net::Request& request) const {
    const Instant now = services_.clock.now();
    clinics::Credentials credentials(services_.vault);
    Secret<> secret;
    const auto read = services_.database.read([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, clinic);
        TRY(secret, credentials.get(tx, kSecretName));
        return {};
    });
    // Not set: Zoom is told to come again, for somebody is setting it up just now.
    if (!read) {
        log::failure("zoom.event_unread", read.error(), {{"clinic", clinic.value}});
        return net::Response::problem(503, "unavailable", "This address is not ready. Set zoom.webhook_secret first.",
                                      request.id);
    }
    const auto heard = meetings::read_zoom_webhook(request.headers, request.body, secret, now);
    if (!heard) {
        log::warn("zoom.event_refused", {{"clinic", clinic.value}, {"why", heard.error().message}});
        return net::Response::problem(heard.error(), request.id);
    }
    if (const auto* challenge = std::get_if<meetings::ZoomChallenge>(&*heard)) {
        return net::Response::json(200, challenge->answer);
    }
    const auto* event = std::get_if<meetings::ZoomEvent>(&*heard);
    if (event == nullptr) return net::Response::json(200, "{}");
    const auto stored = services_.database.write([&](store::Tx& raw) -> Result<> {
        store::ClinicTx tx(raw, clinic);
        TRY(invoices::presence::record(tx,
                                       {.provider = meetings::Kind::kZoom,
                                        .provider_id = event->provider_id,
                                        .instance = event->instance,
                                        .started = event->started,
                                        .at = event->at},
                                       now));
        return {};
    });
    if (!stored) {
        log::failure("zoom.event_not_stored", stored.error(), {{"clinic", clinic.value}});
        return net::Response::problem(503, to_string(stored.error().code), stored.error().message, request.id);
    }
    return net::Response::json(200, "{}");
}

namespace zoom_setup {

std::string events_url(const Services& services, ClinicId clinic) {
    return services.public_url + "/n/z/" +
           services.links.hex({.purpose = Link::Purpose::kZoomEvents, .clinic = clinic, .subject = 0, .generation = 0});
}

Result<Answer> show_events_url(const Call& call, store::ClinicTx& tx) {
    TRY(query::only(call.request, {}));
    json::Writer out;
    out.begin_object().field("url", events_url(call.services, tx.clinic()));
    return Answer{200, out.end_object().take()};
}

}  // namespace zoom_setup
}  // namespace clinicpro::web
