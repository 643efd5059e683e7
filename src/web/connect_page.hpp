// connect_page.hpp: where Google sends the browser back when somebody agreed to connect a clinic, or did not.
//
// GET /connect/google?state=&code= or &error=. The state is signed and good once; the exchange of the code is a call like
// any other and may end unknown; whatever happened is said in words, with what to do. Tested by web/connect_test.
#pragma once

#include "clinics/clinic.hpp"
#include "clinics/link.hpp"
#include "web/page_frame.hpp"
#include "web/pool.hpp"
#include "web/services.hpp"

namespace clinicpro::web {

class ConnectPage final {
public:
    ConnectPage(const PageFrame& frame, const Services& services, Pool& pool)
        : frame_(frame), services_(services), pool_(pool) {}

    void google(net::Request request, net::Respond respond) const;  // GET /connect/google

private:
    Result<clinics::Clinic> finish(const net::Request& request, const clinics::Link& link) const;

    const PageFrame& frame_;
    const Services& services_;
    Pool& pool_;
};

}  // namespace clinicpro::web
