#!/usr/bin/env bash
# Tries the promises on bad wires: a gate (tests/programs/wire_gate.cpp) stands between the server, the sandbox and PostgreSQL,
# and between the desk and the server. While payments go through it, it refuses connections, stalls them, slices what they
# carry into pieces of a few bytes, and cuts them in or after a request and before or in an answer. Then it is calm, the server
# heals, and the sandbox's ledger is compared with the public API row by row (tests/trial.sh).
#
#   BUILD_DIR=build/dev bash tests/long/wire_chaos_test.sh
#   WIRE_SEED=7 WIRE_ROUNDS=20 ...         the same dice (not the same instants), another size
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
export DEMO_BIN_DIR=$build/bin STAGE_LOG_LINES=40
# shellcheck source=tests/trial.sh
source "$here/trial.sh"

seed=${WIRE_SEED:-$((RANDOM * 32768 + RANDOM))}
echo "seed $seed (replay: WIRE_SEED=$seed)"
begin_trial postgres "${WIRE_ROUNDS:-12}" "$seed"

# ---- the gate: NAME=PORT:TURNS, where something happens to a connection after 1 to TURNS requests ----

server_port=$(free_port)
lines=(daraja callbacks desk database)
coproc GATE { exec "$build/bin/wire_gate" --seed "$seed" "daraja=${sandbox_url##*:}:3" "callbacks=$server_port:6" \
    "desk=$server_port:6" "database=$(<"$pg_folder/port"):300"; }
read -r -u "${GATE[0]}" word "${lines[@]}" || fail "The gate did not start."
[[ $word == ready ]] || fail "The gate did not start: $word"
for line in "${lines[@]}"; do printf -v "$line" 'http://127.0.0.1:%s' "${!line#*=}"; done
gate() { echo "$1" >&"${GATE[1]}"; }

gated=$(bash "$here/postgres.sh" tcp "$pg_folder")
gated=${gated/:$(<"$pg_folder/port")\//:${database##*:}/}
CLINICPRO_DATABASE=$gated launch_server
await_ready "$server_pid" "$stage/server.out" >/dev/null || fail "The server did not start."
load_url=$desk
found_clinics "$daraja" "$callbacks"
make_plan

# ---- the storm ----

# First without the database: while that is cut off all the time, few prompts leave the server.
gate "storm daraja callbacks desk"
for ((round = 0; round < rounds; round++)); do
    ((round != rounds / 2)) || gate storm
    repeats >"$stage/plan/repeats"
    draw_pauses 100 700
    load "$round"
done
gate calm
gate count
: >"$stage/fates"
while read -r -u "${GATE[0]}" line fate times && [[ $line != counted ]]; do echo "$line $fate $times" >>"$stage/fates"; done
kill -0 "$server_pid" 2>/dev/null || fail "The server ended by itself."

judge
told "the server lived through it all" "$(kill -0 "$server_pid" 2>/dev/null && echo 1 || echo 0)"
for line in "${lines[@]}"; do
    told "everything happened between the programs: $line" "$(awk -v line="$line" '$1 == line && $3 > 0' "$stage/fates" | wc -l) == 8"
    awk -v line="$line" '$1 == line { text = text " " $2 " " $3 } END { print line ":" text }' "$stage/fates"
done
how() { jq --arg how "$1" '[.deliveries[].attempts[] | select(.result | startswith($how))] | length' "$stage/state.json"; }
not_sent=$(how 'not sent') unknown=$(how unknown)
told "callbacks were acknowledged, others were refused, and of others nobody knows" \
    "acknowledged > total / 2 && not_sent > 0 && unknown > 0"
odd=$(jq '[.deliveries[].attempts[] | select(.status != 200 and .status != 0 and .status != 503)] | length' "$stage/state.json")
told "no callback got another answer than 200 or 503" "$odd == 0"
summary "$not_sent not sent, $unknown with an unknown ending"
see_planted_breaks
bear_same_numbers
end_trial
