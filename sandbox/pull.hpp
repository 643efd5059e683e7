// pull.hpp: the last 48 hours of a shortcode's money, to find lost confirmations again (daraja.md 5.8, 10.34).
// Tested by sandbox/pull_test.
#pragma once

#include <set>
#include <string>

#include "sandbox/world.hpp"

namespace clinicpro::sandbox {

class Pull {
public:
    explicit Pull(World& world) : world_(world) {}
    Answer register_shortcode(const Call& call);
    // POST with a body, or GET with the same names as query parameters.
    Answer query(const Call& call);

private:
    World& world_;
    std::set<std::string> registered_;
};

}  // namespace clinicpro::sandbox
