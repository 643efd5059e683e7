#include "web/mpesa_callback_controller.hpp"

#include "daraja/c2b.hpp"
#include "daraja/callbacks.hpp"
#include "mpesa/callback.hpp"
#include "mpesa/refund.hpp"
#include "mpesa/stk_push.hpp"

namespace clinicpro::web {

using clinics::Link;

MpesaCallbackController::MpesaCallbackController(const Services& services)
    : services_(services), desk_([this](ClinicId clinic, const std::string& body) {
          std::string answer;
          const auto read = services_.database.read([&](store::Tx& raw) -> Result<> {
              store::ClinicTx tx(raw, clinic);
              answer = services_.c2b.validate(tx, body);
              return {};
          });
          if (read && !answer.empty()) return answer;
          if (!read) log::failure("c2b.validation_unread", read.error(), {{"clinic", clinic.value}});
          return daraja::accept_validation();
      }) {}

void MpesaCallbackController::stk(net::Request request, net::Respond respond) {
    const auto link = admit(Link::Purpose::kStkCallback, request, respond);
    if (link) store(mpesa::kStkMethod, *link, link->subject, std::move(request), std::move(respond), daraja::ack_body);
}

void MpesaCallbackController::confirmation(net::Request request, net::Respond respond) {
    const auto link = admit(Link::Purpose::kC2bCallback, request, respond);
    if (link)
        store(mpesa::kC2bMethod, *link, link->generation, std::move(request), std::move(respond),
              daraja::confirmation_ack);
}

void MpesaCallbackController::validation(net::Request request, net::Respond respond) {
    const auto link = admit(Link::Purpose::kC2bCallback, request, respond);
    if (link) desk_.ask(link->clinic, std::move(request.body), std::move(respond));
}

void MpesaCallbackController::refund(net::Request request, net::Respond respond) {
    const auto link = admit(Link::Purpose::kRefund, request, respond);
    if (!link) return;
    const auto news = mpesa::callback::RefundNews(link->generation);  // signed, so it is one of ours
    store(mpesa::refund_method(news), *link, link->subject, std::move(request), std::move(respond), daraja::ack_body);
}

std::optional<Link> MpesaCallbackController::admit(Link::Purpose purpose, const net::Request& request,
                                                   const net::Respond& respond) const {
    const auto link = services_.links.verify_hex(purpose, request.params.at(0));
    if (!link) {
        // The words of any unknown path: a guesser learns nothing.
        respond(net::Response::problem(
            Error{Code::kNotFound, "There is nothing at this path. Check the address for spelling.", {}, {}},
            request.id));
        return std::nullopt;
    }
    if (request.body.empty()) {
        respond(net::Response::problem(400, "empty_body", "A notice must have a body; this one is empty.", request.id));
        return std::nullopt;
    }
    if (request.body.size() > kBodyMax) {
        respond(net::Response::problem(
            Error{Code::kTooLarge, "A notice may have at most 64 KiB; this one is longer.", {}, {}}, request.id));
        return std::nullopt;
    }
    return link;
}

void MpesaCallbackController::store(std::string_view method, const Link& link, int64_t subject, net::Request request,
                                    net::Respond respond, Acknowledgement acknowledgement) {
    const bool known = mpesa::callback::is_known_peer(request.peer);
    services_.inbox.store({.clinic = link.clinic,
                           .method = std::string(method),
                           .subject = subject,
                           .body = std::move(request.body),
                           .peer = std::move(request.peer),
                           .peer_known = known},
                          [respond = std::move(respond), id = std::move(request.id), acknowledgement](Result<> stored) {
                              if (stored) return respond(net::Response::json(200, acknowledgement()));
                              // 503 for every reason: the notice is not ours yet, and whoever sends it should try
                              // again.
                              const Error& error = stored.error();
                              log::failure("callback.not_stored", error, {{"request", id}});
                              auto response = net::Response::problem(503, to_string(error.code), error.message, id);
                              response.headers.emplace_back("Retry-After", "5");
                              respond(std::move(response));
                          });
}

}  // namespace clinicpro::web
