// join_page.hpp: the patient's own link to a visit, /j/<token>.
//
// Looking (which bots in messengers do) reveals nothing and changes nothing; only pressing the button opens the door,
// with a 303 to the provider. The token is a secret: no referrer, no cache, no index, no frame. Tested by
// web/join_page_test and by a browser.
#pragma once

#include "invoices/join.hpp"
#include "net/rate_limit.hpp"
#include "web/live.hpp"
#include "web/page_frame.hpp"
#include "web/pool.hpp"
#include "web/services.hpp"

namespace clinicpro::web {

class JoinPage final {
public:
    JoinPage(const Services& services, Pool& pool, const PageFrame& frame, Live& live);

    void look(net::Request request, net::Respond respond);    // GET  /j/{token}
    void enter(net::Request request, net::Respond respond);   // POST /j/{token}
    void now(net::Request request, net::Respond respond);     // GET  /j/{token}/now: the part that changes
    void follow(net::Request request, net::Respond respond);  // GET  /j/{token}/live: the same, as events

private:
    using Work = net::Response (JoinPage::*)(const net::Request&, const clinics::Link&);
    void on_pool(net::Request request, net::Respond respond, Work work);
    net::Response look_up(const net::Request& request, const clinics::Link& link);
    net::Response open_door(const net::Request& request, const clinics::Link& link);
    net::Response part(const net::Request& request, const clinics::Link& link);
    net::Response events(const net::Request& request, const clinics::Link& link);
    Result<invoices::JoinPage> read(const clinics::Link& link);
    std::string pay_path(const clinics::Link& link, const invoices::JoinPage& page, const Words& words) const;

    const Services& services_;
    Pool& pool_;
    const PageFrame& frame_;
    Live& live_;
    net::RateLimit watchers_;
};

}  // namespace clinicpro::web
