#include "jobs/job.hpp"

#include <algorithm>

namespace clinicpro::jobs {

Result<Next> Handler::absorb(Context&, store::ClinicTx&, const Job& job, std::string_view step, const net::Outcome&) {
    return fail(Code::kInternal, "This step has no answer to take.", {}, job.kind + "/" + std::string(step));
}

Duration back_off(int attempt, Duration least, Duration most, int jitter) {
    constexpr int kDoublings = 20;  // beyond this any `most` we use is reached
    const Duration full = std::min(most, least * (int64_t(1) << std::clamp(attempt, 0, kDoublings)));
    // Between three quarters and all of it, so that many failures of one cause do not come back in one instant.
    return full - full / 4 * std::clamp(jitter, 0, 999) / 1000;
}

}  // namespace clinicpro::jobs
