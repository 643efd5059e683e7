// dice.hpp: the sandbox's only source of chance. Same seed, same throws, so a run can be replayed (splitmix64).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"

namespace clinicpro::sandbox {

class Dice {
public:
    explicit Dice(uint64_t seed) : state_(seed) {}

    uint64_t next() {
        uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    // Both ends included.
    int64_t between(int64_t least, int64_t most) {
        return most <= least ? least : least + int64_t(next() % uint64_t(most - least + 1));
    }
    Duration between(Duration least, Duration most) { return Duration(between(least.count(), most.count())); }
    bool chance(double probability) { return double(next() >> 11) / double(1ULL << 53) < probability; }
    std::string pick(std::string_view alphabet, size_t count) {
        std::string out;
        while (out.size() < count) out += alphabet[size_t(next() % alphabet.size())];
        return out;
    }
    template <class Sequence>
    void shuffle(Sequence& items) {
        for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[size_t(next() % i)]);
    }

private:
    uint64_t state_;
};

}  // namespace clinicpro::sandbox
