// seed.hpp: everything that is asked of one seed: its run, its repetition (P-10), and the run without its last clinic
// (P-07).
#pragma once

#include "storm/run.hpp"

namespace clinicpro::storm {

// The run, and what is asked of some seeds only. `always_again`: repeat it, whatever its number.
Report judge(const Workshop& workshop, const RunOptions& options, bool always_again);
// For whoever must repair it: what broke, the faults, the fewest events that still fail, the last of them, how to
// replay.
std::string explain(const Workshop& workshop, RunOptions options, const Report& report);

}  // namespace clinicpro::storm
