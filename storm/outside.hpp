// outside.hpp: others whom a server talks to besides Daraja: a clinic's meeting provider, its SMS gateway. Each clinic
// has its own, on a host of its own, so that whatever reaches it must be that clinic's.
#pragma once

#include "net/http.hpp"

namespace clinicpro::storm {

class Outside {
public:
    virtual ~Outside() = default;
    // What it makes of a request that reached it. Status 0: it cuts the connection without an answer.
    virtual net::Response handle(const net::Request& request, Instant now) = 0;
};

}  // namespace clinicpro::storm
