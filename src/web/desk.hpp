// desk.hpp: one request at the desk on its way through its route, and the shapes a route can have.
//
// Look: a page, from one read transaction. Act: a deed in the write transaction, after which the browser is sent to a
// page;
//       when it is refused, the route's look shows the same page again with the reason and with what was typed.
// Slow: a deed that hashes a password: outside any transaction, on the few threads that may do that.
// Trial: a deed that asks somebody else while the person waits: outside any transaction, on threads of its own, because it
//       blocks one for seconds.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "clinics/session.hpp"
#include "clinics/sign_in.hpp"
#include "jobs/job.hpp"
#include "net/http.hpp"
#include "web/form.hpp"
#include "web/html.hpp"
#include "web/services.hpp"
#include "web/words.hpp"

namespace clinicpro::web::front_desk {

struct Call {
    const net::Request& request;
    const Services& services;
    clinics::SignIn& sign_in;
    const clinics::SignedIn& who;
    const clinics::Clinic& clinic;  // of the address; on pages of one's own account, one's own
    const std::string& token;       // of the session
    const Words& words;
    const Form& form;                // what was posted; empty for a look
    const Error* problem = nullptr;  // why the deed before this look was refused

    bool may(clinics::Permission permission) const { return clinics::allows(who.user.role, permission); }
    std::string actor() const { return who.user.id.to_text(); }
    Instant now() const { return services.clock.now(); }
    // The address's placeholders after {clinic}; on pages of one's own, from the first.
    const std::string& param(size_t index) const;
    std::string query(std::string_view name) const { return request.query_value(name); }
    // "/desk/mlimani/payments" for "/payments".
    std::string path(std::string_view rest) const { return "/desk/" + clinic.slug + std::string(rest); }
    // For a field: what was typed when the form was refused, else `otherwise`.
    std::string typed(std::string_view name, std::string_view otherwise = {}) const;
};

struct File {
    std::string name;  // as the browser keeps it
    std::string type;
    std::string body;
};
struct Shown {
    std::string title;
    Html main;
    std::string_view tab = {};  // of the menu: "today", "payments" ...
    int status = 200;
    std::vector<std::string_view> scripts = {};
    std::string seen = {};  // the clinic's last change that it knows of, for the script that follows; the gate fills it in
    int refresh_seconds = 0;      // without scripts: load again after this long, while something is awaited; 0: never
    bool posts_lead_out = false;  // a form of this page is answered with a redirect to another site
    std::optional<File> file = {};  // instead of a page: something to keep
};
struct Done {
    std::string to;                        // where the browser goes, such as call.path("/people?done=invited")
    std::optional<Secret<>> session = {};  // a new one, for the cookie
    std::optional<Shown> shown = {};       // instead of going: what can be seen once only
};

using Look = Result<Shown> (*)(const Call&, store::ClinicTx&);
using Act = Result<Done> (*)(const Call&, jobs::Context&, store::ClinicTx&);
using Slow = Result<Done> (*)(const Call&);
struct Trial {
    Result<Done> (*run)(const Call&);
};

struct Route {
    std::string_view method;
    std::string_view pattern;
    std::optional<clinics::Permission> permission;  // none: one's own account
    Look look;
    std::variant<std::monostate, Act, Slow, Trial> act = {};
};
std::span<const Route> routes();

}  // namespace clinicpro::web::front_desk
