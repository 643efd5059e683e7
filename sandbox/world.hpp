// world.hpp: the state that all parts of the sandbox share. One thread at a time; no clock and no socket of its own.
#pragma once

#include <string>
#include <string_view>

#include "sandbox/config.hpp"
#include "sandbox/dice.hpp"
#include "sandbox/envelope.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/handset.hpp"
#include "sandbox/ids.hpp"
#include "sandbox/ledger.hpp"
#include "sandbox/outbox.hpp"
#include "sandbox/schedule.hpp"

namespace clinicpro::sandbox {

struct World {
    World(Config settings, uint64_t seed) : config(std::move(settings)), dice(seed), ids(dice), outbox(schedule) {}
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Config config;
    Dice dice;
    Schedule schedule;
    Ids ids;
    Ledger ledger;
    Faults faults;
    Outbox outbox;
    Handsets handsets;

    // The time that is shown in ids, receipts and stamps.
    Instant stamp(Instant now) const { return now + config.clock_offset; }

    Answer refuse(int status, std::string_view code, std::string_view message) {
        return {envelope::refusal(status, ids.request_id(config.switches.id_look), code, message), {}};
    }

    // The customer with this number, made with a full wallet when new.
    Customer& customer(const std::string& phone) {
        Script usual;
        usual.act = act_of(config.switches.default_script).value_or(Act::kPay);
        Customer& found = handsets.at(phone, usual);
        if (!ledger.has(phone)) ledger.open(phone, Money::from_shillings(config.switches.opening_balance));
        return found;
    }

    Limits limits() const {
        const Switches& s = config.switches;
        return {.least = Money::from_shillings(s.amount_min),
                .most = Money::from_shillings(s.amount_max),
                .daily = Money::from_shillings(s.daily_max),
                .receiver_most = Money::from_shillings(s.shortcode_balance_max)};
    }
};

// One authorised API request on its way to its handler.
struct Call {
    const net::Request& request;
    json::View body;
    std::string app;  // consumer key behind the token
    Instant now;
};

}  // namespace clinicpro::sandbox
