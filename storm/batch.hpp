// batch.hpp: many seeds on all cores. One process per core, for the probes and the log are a process's own, and so that
// a run that crashes or hangs ends alone and its seed is known.
#pragma once

#include "storm/planted.hpp"
#include "storm/probes.hpp"

namespace clinicpro::storm {

struct Batch {
    uint64_t first = 1;
    uint64_t last = 600;
    double minutes = 0;  // above zero: from `first` on until this time is over, failures counted
    int processes = 1;
    Plant plant = Plant::kNone;
};

struct Totals {
    uint64_t ran = 0;
    uint64_t failed = 0;   // a crashed or hanging process counts as one
    uint64_t longest = 0;  // the highest seed up to which all were run
    double seconds = 0;
    ProbeCounts probes{};
};

// Prints progress and each failure. Without `minutes` the first failure ends the batch.
Totals run_batch(const Batch& batch);
// Tries every plant on the batch's seeds, each in one process; prints what caught it. Returns how many were not caught,
// or did not replay alike.
int run_plants(const Batch& batch);

}  // namespace clinicpro::storm
