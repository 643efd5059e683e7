// trace.hpp: what happened, one line each, without any id or token, so that two histories can be compared byte by byte.
//
// Promise P-10 is that the hash of these lines is a function of the seed. Lines of a clinic are also hashed by
// themselves: with another clinic removed they must not change.
#pragma once

#include <cstdio>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace clinicpro::storm {

class Trace {
public:
    explicit Trace(bool print, bool keep_all) : print_(print), keep_all_(keep_all) {}

    // `clinic` 0: of the whole server.
    void line(Instant at, int clinic, std::string_view text) {
        char head[40];
        std::snprintf(head, sizeof head, "%9.3f %d ", double(at.micros - start_) / 1e6, clinic);
        std::string full = head;
        full += text;
        mix(hash_, full);
        mix(by_clinic_[clinic], full);
        if (print_) std::printf("%s\n", full.c_str());
        if (keep_all_) kept_[clinic].push_back(full);
        last_.push_back(std::move(full));
        if (last_.size() > kLast) last_.pop_front();
    }

    uint64_t hash() const { return hash_; }
    const std::deque<std::string>& last() const { return last_; }
    const std::vector<std::string>& of(int clinic) { return kept_[clinic]; }

    static constexpr size_t kLast = 60;  // shown with a failure

private:
    static void mix(uint64_t& hash, std::string_view text) {
        for (const char c : text) hash = (hash ^ uint8_t(c)) * 0x100000001b3ULL;
        hash = (hash ^ '\n') * 0x100000001b3ULL;
    }
    static constexpr int64_t start_ = 1'795'413'600'000'000;
    const bool print_;
    const bool keep_all_;
    uint64_t hash_ = 0xcbf29ce484222325ULL;
    std::map<int, uint64_t> by_clinic_;
    std::map<int, std::vector<std::string>> kept_;
    std::deque<std::string> last_;
};

}  // namespace clinicpro::storm
