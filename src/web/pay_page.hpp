// pay_page.hpp: a patient's own page to pay an invoice, /p/<token>.
//
// Looking changes nothing; the one button asks M-Pesa for one prompt. A form carries a mark of what its page knew:
// pressed twice, sent again by reload, or pressed in an older tab, it finds the mark out of date and shows how things
// stand instead (promise P-05). Prompts are limited by link, by phone, by address and by invoice and day, so that a
// stranger who has the link cannot tire a phone. Tested by web/pay_page_test and by a browser.
#pragma once

#include "net/rate_limit.hpp"
#include "web/live.hpp"
#include "web/page_frame.hpp"
#include "web/pay_html.hpp"
#include "web/pool.hpp"
#include "web/services.hpp"

namespace clinicpro::web {

// A person who mistypes a PIN, then a number, needs three; one a minute after that is what Safaricom wants between
// prompts (daraja.md 8).
inline constexpr net::RateLimitOptions kPromptsPerLink{.per_second = 1.0 / 60, .burst = 4};
// The same for one phone over all links, so that many invoices cannot be used against one person.
inline constexpr net::RateLimitOptions kPromptsPerPhone{.per_second = 1.0 / 60, .burst = 4};
// Many patients share one address behind a carrier's or a clinic's own gateway.
inline constexpr net::RateLimitOptions kPromptsPerAddress{.per_second = 0.5, .burst = 30};
// Kept in the books, so a restart does not forget it. More failures than this are solved by talking to a person.
inline constexpr size_t kPromptsPerDay = 12;

class PayPage final {
public:
    PayPage(const Services& services, Pool& pool, const PageFrame& frame, Live& live);

    void look(net::Request request, net::Respond respond);     // GET  /p/{token}
    void pay(net::Request request, net::Respond respond);      // POST /p/{token}: phone, once
    void now(net::Request request, net::Respond respond);      // GET  /p/{token}/now: the live part
    void follow(net::Request request, net::Respond respond);   // GET  /p/{token}/live: the same, as events
    void receipt(net::Request request, net::Respond respond);  // GET  /p/{token}/receipt
    void code(net::Request request, net::Respond respond);     // GET  /p/{token}/qr.svg

private:
    struct Asked {
        net::Request request;
        clinics::Link link;
        Words words;
        std::string token() const { return request.params.at(0); }
    };
    using Work = net::Response (PayPage::*)(const Asked&);
    void on_pool(net::Request request, net::Respond respond, Work work);

    net::Response show(const Asked& asked);
    net::Response start(const Asked& asked);
    net::Response part(const Asked& asked);
    net::Response events(const Asked& asked);
    net::Response paper(const Asked& asked);
    net::Response picture(const Asked& asked);

    Result<PayView> view_of(const Asked& asked);
    net::Response page(const Asked& asked, const PayView& view, const PayProblem& problem = {}, int status = 200);
    PayAddresses addresses(const Asked& asked, const PayView& view) const;
    // What a form must bring back: the link and the newest attempt its page knew.
    std::string once(const Asked& asked, const PayView& view) const;
    bool may_prompt(const Asked& asked, const Msisdn& phone);

    const Services& services_;
    Pool& pool_;
    const PageFrame& frame_;
    Live& live_;
    net::RateLimit links_, phones_, peers_, watchers_;
};

}  // namespace clinicpro::web
