#!/usr/bin/env bash
# Tries the promise: kill -9 at any moment and a restart lose no acknowledged callback and double nothing.
#
# Real programs on a real database file. While prompts, paybill payments, duplicated callbacks and repeated old ones arrive
# at their own pace, the server is killed at a random moment and started again, many times; the sandbox lives on, as
# Safaricom would. Then the server may heal, and the sandbox's ledger is compared with the public API row by row
# (tests/crash_compare.jq): first with only what was acknowledged, then after the rest was delivered too.
#
#   BUILD_DIR=build/dev bash tests/crash_test.sh                 8 rounds on SQLite beside one on PostgreSQL
#   CRASH_SEED=7 CRASH_ROUNDS="sqlite=50 postgres=10" ...        the same dice (not the same instants), other sizes
#   TRIAL_KEEP=folder ...                                        what was compared, and the server's log, when it fails
# tests/long/crash_rounds_test.sh runs it longer, with the optimised programs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
export DEMO_BIN_DIR=${CRASH_BIN_DIR:-$build/bin} STAGE_LOG_LINES=40

# ---- each engine in a process of its own, side by side ----

if [[ ${1:-} != --engine ]]; then
    seed=${CRASH_SEED:-$((RANDOM * 32768 + RANDOM))}
    echo "seed $seed (replay: CRASH_SEED=$seed)"
    out=$(mktemp -d "${TMPDIR:-/tmp}/clinicpro-crash.XXXXXX")
    trap 'rm -rf "$out"' EXIT
    engines=()
    for plan in ${CRASH_ROUNDS:-sqlite=8 postgres=1}; do
        bash "${BASH_SOURCE[0]}" --engine "${plan%=*}" "${plan#*=}" "$seed" >"$out/${plan%=*}" 2>&1 &
        engines+=("${plan%=*}:$!")
    done
    broken=0
    for engine in "${engines[@]}"; do
        wait "${engine#*:}" || broken=$((broken + 1))
        sed "s/^/${engine%:*}: /" "$out/${engine%:*}"
    done
    passed=$(cat "$out"/* | grep -c '^ok ' || true) failed=$(cat "$out"/* | grep -c '^FAILED ' || true)
    if ((broken > 0 && failed == 0)); then failed=$broken; fi
    echo "$passed passed, $failed failed"
    ((failed == 0 && passed > 0)) && exit 0
    exit 1
fi

# shellcheck source=tests/trial.sh
source "$here/trial.sh"
begin_trial "$2" "$3" "$4"
start_server
found_clinics "$sandbox_url" "$server_url"
make_plan

# ---- the rounds ----

kills=0 running=true
for ((round = 0; round < rounds; round++)); do
    $running || launch_server
    repeats >"$stage/plan/repeats"
    draw_pauses 20 260
    if ((round % 4 == 3)); then
        life=$(between 10 900)  # dies while it starts, or soon after
    else
        life=$(between 100 1400)
        await_ready "$server_pid" "$stage/server.out" >/dev/null || fail "The server did not start again in round $round."
    fi
    load "$round" &
    loader=$!
    nap "$life"
    kill -9 "$server_pid" 2>/dev/null || fail "The server ended by itself in round $round."
    wait "$server_pid" 2>/dev/null || true
    server_pid='' running=false kills=$((kills + 1))
    ((round % 3 == 2)) && nap "$(between 0 400)"
    wait "$loader" || true
done

start_server
judge
refused=$(jq '[.deliveries[].attempts[] | select(.status != 200 and .status != 0)] | length' "$stage/state.json")
told "no callback was refused by a living server" "$refused == 0"
told "the server was killed in every round" "kills == rounds"
told "callbacks were acknowledged, and others hit a dead server" "acknowledged > total / 2 && (unheard > 0 || rounds < 10)"
summary "$kills kills"
see_planted_breaks
bear_same_numbers
end_trial
