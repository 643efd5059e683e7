// report_controller.hpp: POST /n/r/{token}: what the mobile networks say became of an SMS.
//
// Reports are unsigned (meetings.md 6.1), so the address is the secret: a forged one is refused by arithmetic, without
// database work. A report is committed before it is acknowledged; 503 only when it was not. Only a message that this
// account sent is touched. Tested by web/report_test.
#pragma once

#include "web/services.hpp"

namespace clinicpro::web {

class ReportController final {
public:
    explicit ReportController(const Services& services) : services_(services) {}
    void take(net::Request request, net::Respond respond);

    static constexpr size_t kBodyMax = 4 * 1024;  // real ones are below 300 bytes

private:
    const Services& services_;
};

}  // namespace clinicpro::web
