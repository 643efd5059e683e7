#include "web/report_controller.hpp"

#include "invoices/notices.hpp"

namespace clinicpro::web {
namespace {

// The current generation and the one before, as with the C2B addresses; a stranger's account has none.
constexpr store::Sql kGeneration = "SELECT report_generation FROM messaging_config WHERE clinic_id = $1";

Result<> apply(store::Tx& raw, const clinics::Link& link, const messaging::DeliveryReport& report, Instant now) {
    store::ClinicTx tx(raw, link.clinic);
    std::optional<uint8_t> current;
    TRY(tx.each(kGeneration, [&](const store::Row& row) { current = uint8_t(row.integer(0)); }));
    const bool good = current && (link.generation == *current || uint8_t(link.generation + 1) == *current);
    if (!good) return {};  // a rotated address: acknowledged, so that it is not sent again, and ignored
    return invoices::notices::report(raw, link.clinic, report, now);
}

}  // namespace

void ReportController::take(net::Request request, net::Respond respond) {
    const auto link = services_.links.verify_hex(clinics::Link::Purpose::kDeliveryReport, request.params.at(0));
    if (!link) {
        // The words of any unknown path: a guesser learns nothing.
        return respond(net::Response::problem(
            Error{Code::kNotFound, "There is nothing at this path. Check the address for spelling.", {}, {}},
            request.id));
    }
    if (request.body.size() > kBodyMax) {
        return respond(net::Response::problem(
            Error{Code::kTooLarge, "A delivery report has at most 4 KiB; this one is longer.", {}, {}}, request.id));
    }
    auto report = messaging::read_delivery_report(request.body);
    if (!report) return respond(net::Response::problem(report.error(), request.id));
    services_.database.submit(
        [link = *link, report = *std::move(report), now = services_.clock.now()](store::Tx& raw) {
            return apply(raw, link, report, now);
        },
        [respond = std::move(respond), id = std::move(request.id)](Result<> stored) {
            if (stored) return respond(net::Response::text(200, "ok"));
            log::failure("report.not_stored", stored.error(), {{"request", id}});
            auto response =
                net::Response::problem(503, to_string(stored.error().code), stored.error().message, id);
            response.headers.emplace_back("Retry-After", "5");
            respond(std::move(response));
        });
}

}  // namespace clinicpro::web
