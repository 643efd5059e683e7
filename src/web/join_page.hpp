// join_page.hpp: the patient's own link to a visit, /j/<token>.
//
// Looking (which bots in messengers do) reveals nothing and changes nothing; only pressing the button opens the door,
// with a 303 to the provider. The token is a secret: no referrer, no cache, no index, no frame. Tested by
// web/join_page_test and by a browser.
#pragma once

#include "invoices/join.hpp"
#include "web/page_frame.hpp"
#include "web/pool.hpp"
#include "web/services.hpp"

namespace clinicpro::web {

class JoinPage final {
public:
    JoinPage(const Services& services, Pool& pool, const PageFrame& frame)
        : services_(services), pool_(pool), frame_(frame) {}

    void look(net::Request request, net::Respond respond) const;   // GET /j/{token}
    void enter(net::Request request, net::Respond respond) const;  // POST /j/{token}

private:
    void on_pool(net::Request request, net::Respond respond,
                 std::function<net::Response(const net::Request&, const clinics::Link&)> work) const;
    net::Response look_up(const net::Request& request, const clinics::Link& link) const;
    net::Response open_door(const net::Request& request, const clinics::Link& link) const;

    const Services& services_;
    Pool& pool_;
    const PageFrame& frame_;
};

}  // namespace clinicpro::web
