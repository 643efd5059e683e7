// mpesa_callback_controller.hpp: where Safaricom reaches us: /n/s, /n/c and /n/v.
//
// Promise P-01: the raw bytes are committed, then 200; 503 only when they are not. It runs on the I/O thread and never
// blocks: the token in the address is checked by arithmetic alone, so a forged one costs no database work; the body is
// not read here at all, because whatever it is, it is the only copy. What it means is found out later by
// payments::Inbox. Tested by web/callback_test.
#pragma once

#include "web/services.hpp"
#include "web/validation_desk.hpp"

namespace clinicpro::web {

class MpesaCallbackController final {
public:
    explicit MpesaCallbackController(const Services& services);

    void stk(net::Request request, net::Respond respond);           // POST /n/s/{token}
    void confirmation(net::Request request, net::Respond respond);  // POST /n/c/{token}
    void validation(net::Request request, net::Respond respond);
    void refund(net::Request request, net::Respond respond);    // POST /n/v/{token}

    static constexpr size_t kBodyMax = 64 * 1024;  // real ones are below 2 KiB

private:
    // The link in the address, or nothing when the request was answered already.
    std::optional<clinics::Link> admit(clinics::Link::Purpose purpose, const net::Request& request,
                                       const net::Respond& respond) const;
    using Acknowledgement = std::string (*)();
    void store(std::string_view method, const clinics::Link& link, int64_t subject, net::Request request,
               net::Respond respond, Acknowledgement acknowledgement);

    const Services& services_;
    ValidationDesk desk_;
};

}  // namespace clinicpro::web
