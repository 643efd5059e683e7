// schedule.hpp: what will happen later, in order of time and then of planning. It has no clock: somebody says `now`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/clock.hpp"

namespace clinicpro::sandbox {

class Schedule {
public:
    using Event = std::function<void(Instant at)>;
    using Ticket = std::pair<int64_t, int64_t>;  // due time and order; {0, 0} is none

    Ticket at(Instant due, Event event) {
        const Ticket ticket{due.micros, ++order_};
        events_.emplace(ticket, std::move(event));
        return ticket;
    }
    void cancel(Ticket ticket) { events_.erase(ticket); }
    std::optional<Instant> next_due() const {
        if (events_.empty()) return std::nullopt;
        return Instant{events_.begin()->first.first};
    }
    // Runs everything due by `now`, each at its own time, so that waking late changes nothing.
    void run(Instant now) {
        while (!events_.empty() && events_.begin()->first.first <= now.micros) {
            auto node = events_.extract(events_.begin());
            node.mapped()(Instant{node.key().first});
        }
    }
    void clear() { events_.clear(); }
    size_t size() const { return events_.size(); }

private:
    std::map<Ticket, Event> events_;
    int64_t order_ = 0;
};

}  // namespace clinicpro::sandbox
