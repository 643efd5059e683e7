// desk_door.hpp: the pages in front of the desk: signing in, the second step, signing out, choosing a password.
//
// They run on threads of their own, two at a time with a short queue, because a password costs a tenth of a second and
// 64 MiB: a flood of sign-ins is told to come back, and nothing else gets slower. Every answer that matters is a POST;
// a form counts only with the value that its own page put into the browser's cookie. Tested by web/desk_door_test.
#pragma once

#include "clinics/sign_in.hpp"
#include "net/rate_limit.hpp"
#include "web/cookies.hpp"
#include "web/form.hpp"
#include "web/page_frame.hpp"
#include "web/pool.hpp"
#include "web/services.hpp"

namespace clinicpro::web::front_desk {

// Before any database is asked: one address, such as a hospital's, may try this often.
inline constexpr net::RateLimitOptions kTriesPerAddress{.per_second = 0.5, .burst = 40};

class Door final {
public:
    Door(const Services& services, Pool& slow_pool, const PageFrame& frame, const Cookies& cookies,
         clinics::SignIn& sign_in);

    void look(net::Request request, net::Respond respond);          // GET  /desk/sign-in
    void enter(net::Request request, net::Respond respond);         // POST /desk/sign-in
    void look_code(net::Request request, net::Respond respond);     // GET  /desk/sign-in/code
    void enter_code(net::Request request, net::Respond respond);    // POST /desk/sign-in/code
    void leave(net::Request request, net::Respond respond);         // POST /desk/sign-out
    void look_invited(net::Request request, net::Respond respond);  // GET  /desk/invitation/{token}
    void accept(net::Request request, net::Respond respond);        // POST /desk/invitation/{token}

private:
    using Work = net::Response (Door::*)(const net::Request&);
    void on_pool(net::Request request, net::Respond respond, Work work);
    net::Response sign_in_page(const net::Request& request);
    net::Response try_password(const net::Request& request);
    net::Response code_page(const net::Request& request);
    net::Response try_code(const net::Request& request);
    net::Response sign_out(const net::Request& request);
    net::Response invitation_page(const net::Request& request);
    net::Response choose_password(const net::Request& request);

    // A form that stands alone on its page; `problem` above it.
    struct Sheet {
        std::string_view id;  // of its words: "<id>.title", ".text", ".button"
        std::string action;
        Html fields;
        const Error* problem = nullptr;
        std::string text = {};  // instead of <id>.text
        int status = 200;
    };
    net::Response sheet(const net::Request& request, const Sheet& sheet);
    Result<Form> read(const net::Request& request) const;
    clinics::SignIn::Visitor visitor(const net::Request& request) const;

    const Services& services_;
    Pool& pool_;
    const PageFrame& frame_;
    const Cookies& cookies_;
    clinics::SignIn& sign_in_;
    net::RateLimit tries_;
};

}  // namespace clinicpro::web::front_desk
