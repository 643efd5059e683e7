// time.hpp: the storm's time and chance. One true time that only the event loop moves, a clock per server instance that
// may be wrong, and streams of chance that depend on the seed and a name alone, so that one clinic's luck never touches
// another's.
#pragma once

#include <string_view>

#include "base/clock.hpp"
#include "crypto/entropy.hpp"
#include "sandbox/dice.hpp"

namespace clinicpro::storm {

using sandbox::Dice;

inline constexpr Instant kDawn{1'795'413'600'000'000};  // 2026-11-23T06:00:00Z, nine in the morning in Nairobi

class SimClock final : public Clock {
public:
    Instant now() const override { return now_; }
    void set(Instant at) { now_ = std::max(now_, at); }

private:
    Instant now_ = kDawn;
};

// What an instance believes.
class SkewedClock final : public Clock {
public:
    explicit SkewedClock(const SimClock& truth) : truth_(truth) {}
    Instant now() const override { return truth_.now() + offset; }
    Duration offset{};

private:
    const SimClock& truth_;
};

// An independent stream for (seed, name).
inline Dice stream(uint64_t seed, std::string_view name) {
    uint64_t hash = 0xcbf29ce484222325ULL ^ (seed * 0x9e3779b97f4a7c15ULL);
    for (const char c : name) hash = (hash ^ uint8_t(c)) * 0x100000001b3ULL;
    Dice mixed(hash);
    return Dice(mixed.next());
}

// Unguessable bytes that can be replayed. The stream is switched to a clinic's own while that clinic's people act, so
// that what they are given (account numbers) does not depend on what others do.
class SeededEntropy final : public crypto::Entropy {
public:
    explicit SeededEntropy(uint64_t seed) : own_(stream(seed, "entropy")) {}
    std::string bytes(size_t count) override {
        std::string out;
        while (out.size() < count) {
            uint64_t word = (lent_ != nullptr ? *lent_ : own_).next();
            for (int i = 0; i < 8 && out.size() < count; ++i, word >>= 8) out += char(word & 0xff);
        }
        return out;
    }

    class Lend {
    public:
        Lend(SeededEntropy& entropy, Dice& dice) : entropy_(entropy), before_(entropy.lent_) { entropy_.lent_ = &dice; }
        ~Lend() { entropy_.lent_ = before_; }
        Lend(const Lend&) = delete;
        Lend& operator=(const Lend&) = delete;

    private:
        SeededEntropy& entropy_;
        Dice* const before_;
    };

private:
    Dice own_;
    Dice* lent_ = nullptr;
};

}  // namespace clinicpro::storm
