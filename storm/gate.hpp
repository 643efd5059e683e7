// gate.hpp: how Safaricom's notices reach a server, and how a forger's do.
//
// Each is an HTTP request to one of the living servers; what was acknowledged is written down, because from then on it
// may never be lost (P-01).
#pragma once

#include "storm/instance.hpp"

namespace clinicpro::storm {

// Sends what every Daraja wants sent now.
void deliver_due(World& world);
// A notice of money that never moved: by a guessed address, or by a clinic's true address under ids that are not
// Daraja's.
void forge(World& world, Tenant& tenant);
// A living server, or none.
Instance* any_server(World& world, Dice& dice);

}  // namespace clinicpro::storm
