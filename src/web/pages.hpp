// pages.hpp: the few pages people see: the patient's own link, the front page, and "no such page".
//
// They work without JavaScript, at 320 pixels, with nothing loaded from elsewhere. Looking at /j/<token> (which bots in
// messengers do) reveals nothing and changes nothing; only pressing the button opens the door, with a 303 to the
// provider. The token is a secret: no referrer, no cache, no index, no frame. Tested by web/pages_test and by a
// browser.
#pragma once

#include "web/page_words.hpp"
#include "web/pool.hpp"
#include "web/services.hpp"

namespace clinicpro::web {

class Pages final {
public:
    Pages(const Services& services, Pool& pool);

    void front(net::Request request, net::Respond respond) const;  // GET /
    void style(net::Request request, net::Respond respond) const;  // GET /assets/page.css
    void look(net::Request request, net::Respond respond) const;   // GET /j/{token}
    void enter(net::Request request, net::Respond respond) const;  // POST /j/{token}
    // For an address nobody serves: words for a browser, a problem for a program.
    void unknown(net::Request request, net::Respond respond) const;

private:
    struct Shown {
        int status = 200;
        PageWords words;
        messaging::Language language = messaging::Language::kEnglish;
        std::string clinic;   // its name, above the title
        std::string form_to;  // the button posts here
        std::string link;     // the button leads here
        std::string code;     // shown large
        bool refresh = false;
    };
    void on_pool(net::Request request, net::Respond respond,
                 std::function<net::Response(const net::Request&, const clinics::Link&)> work) const;
    net::Response render(const Shown& shown) const;
    net::Response look_up(const net::Request& request, const clinics::Link& link) const;
    net::Response open_door(const net::Request& request, const clinics::Link& link) const;
    net::Response failure(const Error& error, messaging::Language language) const;

    const Services& services_;
    Pool& pool_;
    std::string policy_;  // Content-Security-Policy
};

}  // namespace clinicpro::web
