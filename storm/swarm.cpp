#include "storm/swarm.hpp"

#include <cstdio>

namespace clinicpro::storm {
namespace {

constexpr uint64_t kCalmEvery = 16;  // seeds without any fault: the plain path must stay plain
constexpr uint64_t kApartEvery = 8;  // seeds in which clinics share nothing but the server

// Off two times in three; else weak, middling or strong.
double strength(Dice& dice, double weak, double strong) {
    if (!dice.chance(0.36)) return 0;
    switch (dice.between(0, 2)) {
        case 0: return weak;
        case 1: return (weak + strong) / 2;
        default: return strong;
    }
}

template <size_t N>
std::string any(Dice& dice, const std::string_view (&choices)[N]) {
    return std::string(choices[size_t(dice.between(0, int64_t(N) - 1))]);
}

void draw_daraja(Dice& dice, Swarm& swarm) {
    struct Row {
        std::string_view name;
        double weak, strong;
        double seconds_least, seconds_most;
    };
    static constexpr Row kRows[] = {{"response_lost_after_queue", 0.05, 0.4, 0, 20},
                                    {"request_lost", 0.05, 0.3, -1, -1},
                                    {"slow_response", 0.05, 0.4, 1, 45},
                                    {"http_500", 0.05, 0.3, -1, -1},
                                    {"http_busy", 0.05, 0.3, -1, -1},
                                    {"http_502", 0.05, 0.3, -1, -1},
                                    {"http_503", 0.05, 0.3, -1, -1},
                                    {"http_429_fault", 0.05, 0.3, -1, -1},
                                    {"http_403_html", 0.03, 0.2, -1, -1},
                                    {"token_dies", 0.05, 0.3, -1, -1},
                                    {"callback_lost", 0.1, 0.9, -1, -1},
                                    {"callback_duplicate", 0.1, 0.6, 0, 60},
                                    {"callback_late", 0.1, 0.6, 20, 2400},
                                    {"callback_reordered", 0.1, 0.5, 5, 120},
                                    {"callback_wrong_amount", 0.1, 0.5, -1, -1},
                                    {"callback_truncated", 0.05, 0.3, -1, -1},
                                    {"callback_before_response", 0.1, 0.6, -1, -1},
                                    {"success_after_failure", 0.1, 0.5, 1, 300},
                                    {"failure_after_success", 0.1, 0.5, 1, 300},
                                    {"query_lies", 0.1, 0.6, -1, -1},
                                    {"query_unknown", 0.1, 0.5, -1, -1},
                                    {"c2b_lost", 0.1, 0.5, -1, -1},
                                    {"c2b_duplicate", 0.1, 0.6, 0, 60},
                                    {"c2b_late", 0.1, 0.6, 20, 2400},
                                    {"c2b_reference_mangled", 0.1, 0.6, -1, -1},
                                    {"validation_lost", 0.1, 0.4, -1, -1},
                                    {"validation_duplicate", 0.1, 0.5, -1, -1},
                                    {"confirmation_without_validation", 0.1, 0.5, -1, -1}};
    for (const Row& row : kRows) {
        const double probability = strength(dice, row.weak, row.strong);
        const double seconds =
            row.seconds_least < 0
                ? -1
                : double(dice.between(int64_t(row.seconds_least * 1000), int64_t(row.seconds_most * 1000))) / 1000;
        const bool after = dice.chance(0.5);
        if (probability > 0) swarm.daraja.push_back({std::string(row.name), probability, seconds, after});
    }
}

// Money that goes back, and what goes wrong with its results. A stream of its own, so that whatever else a seed draws
// stays as it is.
void draw_refunds(Swarm& swarm, bool calm) {
    struct Row {
        std::string_view name;
        double weak, strong;
        Duration least, most;  // zero: the fault has no time
    };
    static constexpr Row kRows[] = {
        {"result_lost", 0.1, 0.9, {}, {}},        {"result_late", 0.1, 0.7, 20s, 40min},
        {"result_duplicate", 0.1, 0.7, 1ms, 60s}, {"result_wrong_amount", 0.05, 0.4, {}, {}},
        {"result_fails", 0.1, 0.6, {}, {}},       {"result_before_response", 0.1, 0.7, {}, {}},
        {"queue_timeout", 0.1, 0.6, 1s, 10min}};
    Dice dice = stream(swarm.seed, "refunds");
    if (dice.chance(0.7)) swarm.refunds = int(dice.between(1, 6));
    for (const Row& row : kRows) {
        const double probability = strength(dice, row.weak, row.strong);
        const double seconds =
            row.most.count() == 0 ? -1 : double(dice.between(row.least, row.most).count() / 1000) / 1000;
        // No money in the account, busy, reversed before, and one that nobody has heard of.
        const std::string code = any(dice, {"1", "26", "R000001", "777"});
        if (calm || probability == 0) continue;
        swarm.daraja.push_back(
            {std::string(row.name), probability, seconds, false, row.name == "result_fails" ? code : std::string()});
    }
}

// A stream of its own, as for refunds.
void draw_hooks(Swarm& swarm, bool calm) {
    Dice dice = stream(swarm.seed, "hooks");
    swarm.hooks = dice.chance(0.5);
    if (swarm.hooks && !calm) swarm.hooks_fail = strength(dice, 0.05, 0.6);
}

void draw_switches(Dice& dice, sandbox::Switches& s) {
    s.expires_in_number = dice.chance(0.3);
    s.new_token_kills_old = dice.chance(0.3);
    s.id_look = any(dice, {"new", "old"});
    s.second_push = any(dice, {"refuse", "result_1001", "first_dies"});
    s.stk_also_c2b = dice.chance(0.6);
    s.stk_c2b_order = any(dice, {"any", "before", "after"});
    s.callback_balance = any(dice, {"any", "omit", "no_value", "value"});
    s.callback_phone = any(dice, {"plain", "masked", "absent"});
    s.callback_date_text = dice.chance(0.3);
    s.callback_retries = any(dice, {"once", "once", "folklore"});
    s.query_in_flight = any(dice, {"4999", "500"});
    s.query_noise_percent = dice.chance(0.5) ? 20 : 0;
    s.query_unknown = any(dice, {"does_not_exist", "invalid"});
    s.query_refusal = any(dice, {"429", "500.003.02"});
    s.query_per_minute = dice.chance(0.7) ? 5 : 0;
    s.c2b_answer_without_code = dice.chance(0.2);
    s.c2b_msisdn = any(dice, {"by_version", "plain", "masked", "hash"});
    s.source_address = dice.chance(0.5) ? "196.201.214.200" : "";
    s.over_limit = any(dice, {"callback", "sync"});
}

}  // namespace

Swarm draw_swarm(uint64_t seed) {
    Dice dice = stream(seed, "swarm");
    Swarm swarm;
    swarm.seed = seed;
    const bool calm = seed % kCalmEvery == 5;
    swarm.apart = seed % kApartEvery == 3;
    swarm.clinics = swarm.apart ? int(dice.between(2, 3)) : int(dice.chance(0.4) ? 1 : dice.between(2, 6));
    swarm.instances = !swarm.apart && dice.chance(0.45) ? 2 : 1;
    swarm.shared_world = !swarm.apart && swarm.clinics > 1 && dice.chance(0.4);
    swarm.visits = int(dice.between(2, swarm.clinics > 3 ? 4 : 7));
    swarm.length = dice.between(Duration(20min), Duration(100min));
    draw_switches(dice, swarm.switches);
    swarm.slow_world = dice.chance(0.5);
    swarm.staff_meddles = strength(dice, 0.05, 0.3);
    if (dice.chance(0.4)) swarm.fee = dice.between(1, 20) * 100;
    if (dice.chance(0.3)) swarm.families = 0.85;
    swarm.rooms = dice.chance(0.6);
    swarm.sms = dice.chance(0.5);
    draw_refunds(swarm, calm);
    draw_hooks(swarm, calm);
    if (calm) return swarm;

    swarm.rooms_fail = strength(dice, 0.05, 0.4);
    swarm.rooms_429 = strength(dice, 0.05, 0.3);
    swarm.rooms_token_dies = strength(dice, 0.05, 0.3);
    swarm.rooms_slow_link = strength(dice, 0.2, 0.9);
    swarm.sms_fails = strength(dice, 0.05, 0.4);
    swarm.sms_refuses = strength(dice, 0.05, 0.3);
    swarm.refused = strength(dice, 0.05, 0.4);
    swarm.lost_before = strength(dice, 0.03, 0.3);
    swarm.lost_after = strength(dice, 0.03, 0.4);
    swarm.late = strength(dice, 0.03, 0.3);
    swarm.cut = strength(dice, 0.03, 0.3);
    swarm.doubled = strength(dice, 0.05, 0.3);
    draw_daraja(dice, swarm);
    swarm.operator_acts = dice.chance(0.5) ? int(dice.between(1, 5)) : 0;
    swarm.forgeries = dice.chance(0.4) ? int(dice.between(1, 6)) : 0;
    if (swarm.apart) return swarm;  // what follows strikes the server, and through it every clinic

    swarm.runner_lag = dice.chance(0.5) ? Duration(0) : dice.between(Duration(1ms), Duration(400ms));
    swarm.busy = strength(dice, 0.01, 0.2);
    swarm.full = strength(dice, 0.01, 0.1);
    swarm.statement = strength(dice, 0.01, 0.1);
    swarm.unknown_kept = strength(dice, 0.01, 0.15);
    swarm.unknown_lost = strength(dice, 0.01, 0.15);
    swarm.crash_before = strength(dice, 0.002, 0.04);
    swarm.crash_after = strength(dice, 0.002, 0.04);
    swarm.crashes = dice.chance(0.4) ? int(dice.between(1, 8)) : 0;
    swarm.stalls = dice.chance(0.3) ? int(dice.between(1, 4)) : 0;
    swarm.clock_jumps = dice.chance(0.3) ? int(dice.between(1, 4)) : 0;
    return swarm;
}

std::string to_text(const Swarm& s) {
    std::string out = "seed " + std::to_string(s.seed) + ": " + std::to_string(s.clinics) + " clinics, " +
                      std::to_string(s.visits) + " visits each, " + std::to_string(s.instances) + " servers, " +
                      std::to_string(s.length.count() / 60'000'000) + " min" + (s.shared_world ? ", one Daraja" : "") +
                      (s.apart ? ", apart" : "") + (s.slow_world ? ", slow" : "");
    const auto add = [&](std::string_view name, double value) {
        if (value <= 0) return;
        char text[32];
        std::snprintf(text, sizeof text, "=%.3g", value);
        out += "\n  " + std::string(name) + text;
    };
    add("refused", s.refused);
    add("lost_before", s.lost_before);
    add("lost_after", s.lost_after);
    add("late", s.late);
    add("cut", s.cut);
    add("doubled", s.doubled);
    for (const auto& fault : s.daraja) {
        add(fault.name + (fault.name.starts_with("http_") ? fault.after ? "(after)" : "(before)" : ""),
            fault.probability);
    }
    if (s.rooms) out += "\n  rooms";
    add("rooms_fail", s.rooms_fail);
    add("rooms_429", s.rooms_429);
    add("rooms_token_dies", s.rooms_token_dies);
    add("rooms_slow_link", s.rooms_slow_link);
    if (s.sms) out += "\n  sms";
    add("sms_fails", s.sms_fails);
    add("sms_refuses", s.sms_refuses);
    if (s.hooks) out += "\n  hooks";
    add("hooks_fail", s.hooks_fail);
    add("db_busy", s.busy);
    add("db_full", s.full);
    add("db_statement", s.statement);
    add("commit_unknown_kept", s.unknown_kept);
    add("commit_unknown_lost", s.unknown_lost);
    add("crash_before_commit", s.crash_before);
    add("crash_after_commit", s.crash_after);
    add("crashes", s.crashes);
    add("stalls", s.stalls);
    add("clock_jumps", s.clock_jumps);
    add("runner_lag_ms", double(s.runner_lag.count()) / 1000);
    add("fee", double(s.fee));
    add("families", s.families);
    add("staff_meddles", s.staff_meddles);
    add("operator_acts", s.operator_acts);
    add("forgeries", s.forgeries);
    add("refunds", s.refunds);
    return out;
}

}  // namespace clinicpro::storm
