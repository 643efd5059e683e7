// fault_list.hpp: the faults of a sandbox, as its control interface takes them.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace clinicpro::storm {

class FaultList {
public:
    // `more`: further members, such as "\"stage\":\"after\"". One without any probability is left out.
    void add(std::string_view name, double probability, std::string_view more = {}) {
        if (probability <= 0) return;
        char number[24];
        std::snprintf(number, sizeof number, "%.4f", probability);
        list_ += list_.empty() ? "" : ",";
        list_ += "{\"name\":\"" + std::string(name) + "\",\"probability\":" + number;
        list_ += (more.empty() ? "" : ",") + std::string(more) + "}";
    }
    std::string to_json() const { return "[" + list_ + "]"; }

private:
    std::string list_;
};

}  // namespace clinicpro::storm
