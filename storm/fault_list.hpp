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
    // What any meeting provider on the network does to its callers, before or after the work was done.
    void add_troubles(double fails) {
        add("http_503", fails / 4, R"("stage":"before")");
        add("http_502", fails / 2, R"("stage":"after")");
        add("response_lost_after_queue", fails / 2);
        add("answer_truncated", fails / 4);
        add("answer_html", fails / 8);
    }
    std::string to_json() const { return "[" + list_ + "]"; }

private:
    std::string list_;
};

}  // namespace clinicpro::storm
