// call.hpp: one API request on its way through its route, and the three shapes a route can have.
//
// Read:  one function inside a read transaction.
// Write: `prepare` reads and checks the request outside any transaction and returns the deed, which runs inside the
// write
//        transaction (perhaps more than once) together with its Idempotency-Key.
// Own:   for the few that need transactions of their own; blocks a pool thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "clinics/access.hpp"
#include "clinics/clinic.hpp"
#include "jobs/job.hpp"
#include "net/http.hpp"
#include "web/services.hpp"

namespace clinicpro::web {

struct Call {
    const net::Request& request;
    const Services& services;
    const clinics::Principal& principal;
    const clinics::Clinic& clinic;  // id 0 on routes of the whole server

    // The path's placeholders after {clinic}; on routes without one, from the first.
    const std::string& param(size_t index) const { return request.params.at(index + (clinic.id == kSystem ? 0 : 1)); }
    std::string actor() const { return principal.actor(); }
};

struct Answer {
    int status = 200;
    std::string json;  // empty only with 204
    std::string type = {};      // of a body that is not JSON, such as a table
    net::Headers headers = {};  // besides the usual ones; not repeated under an Idempotency-Key
};

using Deed = std::function<Result<Answer>(jobs::Context&, store::ClinicTx&)>;

struct Read {
    Result<Answer> (*run)(const Call&, store::ClinicTx&);
};
struct Write {
    Result<Deed> (*prepare)(const Call&);
};
struct Own {
    Result<Answer> (*run)(const Call&);
};

enum class Repeat {
    kPlain,        // repeating is harmless by its nature, or the answer may be given once only
    kKeyAccepted,  // an Idempotency-Key makes it happen once
    kKeyRequired,
};

struct ApiRoute {
    std::string_view method;
    std::string_view pattern;  // every tenant resource stands under /v1/clinics/{clinic}
    std::string_view operation;
    clinics::Permission permission;
    Repeat repeat = Repeat::kPlain;
    std::variant<Read, Write, Own> handle;
};

}  // namespace clinicpro::web
