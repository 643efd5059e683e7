// doctor_visit.hpp: what the doctor knows of one clinic while it is being examined. Private to doctor*.cpp.
#pragma once

#include "mpesa/auth.hpp"
#include "mpesa/config.hpp"
#include "web/doctor.hpp"

namespace clinicpro::web {

struct Doctor::Visit {
    ClinicId clinic;
    std::vector<Finding> found = {};
    std::optional<mpesa::Config> config = {};  // set when it is complete
    std::optional<mpesa::Access> access = {};

    void say(Finding::Level level, std::string about, std::string sentence, std::string command = {}) {
        found.push_back({level, std::move(about), std::move(sentence), std::move(command)});
    }
};

}  // namespace clinicpro::web
