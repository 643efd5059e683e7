// meeting_sweep_row.hpp: where a sweep stands, as its job keeps it between two requests.
#pragma once

#include "invoices/meeting_sweep.hpp"

namespace clinicpro::invoices::meeting_sweeps {

enum class Phase { kIdle, kListing, kRemoving };

struct Sweep {
    int64_t id = 0;
    std::string provider;
    ClinicId owner;
    Phase phase = Phase::kIdle;
    std::string host;  // whose meetings are looked through now
    std::string memo;
    std::vector<meetings::Listed::One> todo;  // orphans that are still to be removed
    int64_t turns = 0, listed = 0, removed = 0, strangers = 0;
    std::string note;
    std::optional<Instant> started_at, finished_at;
};

Result<std::optional<Sweep>> find(store::ClinicTx& tx, int64_t id);
Result<> save(store::ClinicTx& tx, const Sweep& sweep);
Result<> remove(store::ClinicTx& tx, const Sweep& sweep);
// Those who hold meetings there that ended after `since`, in order: the next after `after`, or the first.
Result<std::optional<std::string>> host_from(store::ClinicTx& tx, const Sweep& sweep, Instant since,
                                             const std::optional<std::string>& after);

}  // namespace clinicpro::invoices::meeting_sweeps
