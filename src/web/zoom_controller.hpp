// zoom_controller.hpp: where a clinic's Zoom app tells us of meetings that started and ended: POST /n/z/{token}.
//
// The token in the address names the clinic and is checked by arithmetic alone; then the signature, with the clinic's
// own secret token; then the event is committed; then 200. 503 only when it could not be stored: Zoom tries those
// again, and never what was refused. Tested by web/zoom_controller_test.
#pragma once

#include "web/call.hpp"
#include "web/pool.hpp"
#include "web/services.hpp"

namespace clinicpro::web {

class ZoomController final {
public:
    ZoomController(const Services& services, Pool& pool) : services_(services), pool_(pool) {}
    void event(net::Request request, net::Respond respond) const;

    static constexpr size_t kBodyMax = 64 * 1024;                           // real ones are below 4 KiB
    static constexpr std::string_view kSecretName = "zoom.webhook_secret";  // the credential

private:
    net::Response take(ClinicId clinic, const net::Request& request) const;
    const Services& services_;
    Pool& pool_;
};

namespace zoom_setup {
// The address to enter at Zoom.
std::string events_url(const Services& services, ClinicId clinic);
// GET: the same.
Result<Answer> show_events_url(const Call& call, store::ClinicTx& tx);
}  // namespace zoom_setup

}  // namespace clinicpro::web
