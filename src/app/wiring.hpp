// wiring.hpp: the whole server, built in reading order: the table of contents of the code.
//
// Nothing registers itself; every part is made here, from below upwards, and what crosses floors is tied here: job kinds to
// handlers, payment methods to the inbox, account numbers to invoices. Tested by the demo and every end-to-end test.
#pragma once

#include <memory>

#include "app/core.hpp"

namespace clinicpro::app {

class Program {
public:
    // Opens, migrates, starts working and serving. Errors are sentences for the operator.
    static Result<std::unique_ptr<Program>> start(const Settings& settings);
    virtual ~Program() = default;

    virtual uint16_t port() const = 0;
    // Takes nothing new, lets running work finish for up to the settings' drain time, stops. True when all finished.
    virtual bool stop() = 0;
};

}  // namespace clinicpro::app
