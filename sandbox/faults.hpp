// faults.hpp: what goes wrong on purpose, by name, with a probability or a count and an optional match.
//
// A fault is data, drawn where it bites; the list of names is closed so that a typing error in a test is refused
// instead of silently testing nothing. Tested by sandbox/faults_test.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "sandbox/dice.hpp"

namespace clinicpro::sandbox {

struct FaultName {
    std::string_view name;
    std::string_view meaning;
};
std::span<const FaultName> fault_names();

struct Fault {
    std::string name;
    double probability = 1.0;
    int64_t count = -1;     // how often it may still bite; -1 is without end
    std::string path;       // only requests whose path has this prefix
    std::string method;     // only requests with this method
    std::string phone;      // only for this payer
    std::string shortcode;  // only for this receiver
    double seconds = -1;    // how slow, late or far apart; -1 is the fault's own default
    int64_t times = 2;      // deliveries in all, for duplicates
    std::string code;       // a result or error code, where one is needed
    bool after = false;     // HTTP faults: after the request was processed
    int64_t bitten = 0;

    Duration wait(double default_seconds) const;
};

// What a draw is about.
struct Subject {
    std::string_view path;
    std::string_view phone;
    std::string_view shortcode;
    std::string_view method = {};
};

class Faults {
public:
    // An array of faults, or one. Error kInvalid names the place. Nothing changes on error.
    Result<> replace(json::View list);
    Result<> add(json::View list);
    void clear() { faults_.clear(); }
    // The first fault of this name that matches and whose chance comes up; it has then bitten once more.
    const Fault* draw(std::string_view name, const Subject& subject, Dice& dice);
    // The same among HTTP faults ("http_500" ...), before or after processing.
    const Fault* draw_http(bool after, const Subject& subject, Dice& dice);
    const std::vector<Fault>& all() const { return faults_; }

private:
    static bool bites(Fault& fault, const Subject& subject, Dice& dice);
    std::vector<Fault> faults_;
};

}  // namespace clinicpro::sandbox
