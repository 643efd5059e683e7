// stk_query.hpp: how Daraja answers "what became of this push?": by time, with noise, under spike arrest (daraja.md 3).
// Tested by sandbox/stk_query_test.
#pragma once

#include <map>
#include <string>

#include "sandbox/stk.hpp"
#include "sandbox/world.hpp"

namespace clinicpro::sandbox {

class StkQuery {
public:
    StkQuery(World& world, const Stk& stk) : world_(world), stk_(stk) {}
    Answer query(const Call& call);

private:
    std::optional<Answer> throttle(const Call& call);
    Answer state(const Push& push, std::string_view code, std::string_view text);

    World& world_;
    const Stk& stk_;
    std::map<std::string, Instant> next_allowed_;  // by app
};

}  // namespace clinicpro::sandbox
