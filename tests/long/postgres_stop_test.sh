#!/usr/bin/env bash
# Tries the promise: PostgreSQL that stops at once (`pg_ctl stop -m immediate`, as after a power cut) in mid-load and comes back
# loses no acknowledged callback and doubles nothing, and the server lives through it: while the database is down it answers
# 503 with Retry-After, to Safaricom, to the API and to a load balancer.
#
# Real programs. The sandbox's ledger is compared with the public API row by row afterwards (tests/trial.sh).
#
#   BUILD_DIR=build/dev bash tests/long/postgres_stop_test.sh
#   STOP_SEED=7 STOP_ROUNDS=20 ...         the same dice, another size
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
export DEMO_BIN_DIR=$build/bin STAGE_LOG_LINES=40
# shellcheck source=tests/trial.sh
source "$here/trial.sh"

seed=${STOP_SEED:-$((RANDOM * 32768 + RANDOM))}
echo "seed $seed (replay: STOP_SEED=$seed)"
begin_trial postgres "${STOP_ROUNDS:-12}" "$seed"
start_server
found_clinics "$sandbox_url" "$server_url"
make_plan

# An old notice, a question and the load balancer's: what each gets while the database is down. Retry-After, if any, is the
# third word.
knock() {
    local say='%{http_code} %header{retry-after}\n' notice
    notice=$(sandbox GET 'deliveries?kind=c2b_confirmation&limit=1' | jq -c '.deliveries[0] // empty')
    {
        [[ -z $notice ]] || jq -r .body <<<"$notice" | curl -sS -m 20 -o /dev/null -w "callback $say" \
            -H 'Content-Type: application/json' --data-binary @- "$(jq -r .url <<<"$notice")" &
        curl -sS -m 20 -o /dev/null -w "api $say" -H @"$stage/mlimani.key" "$server_url/v1/clinics/mlimani/payments?limit=1" &
        curl -sS -m 20 -o /dev/null -w "readyz $say" "$server_url/readyz" &
        wait
    } >>"$stage/knocks" 2>>"$stage/knocks.errors"
}

stops=0
: >"$stage/knocks"
for ((round = 0; round < rounds; round++)); do
    repeats >"$stage/plan/repeats"
    draw_pauses 20 400
    load "$round" &
    loader=$!
    nap "$(between 100 1500)"
    bash "$here/postgres.sh" crash "$pg_folder"
    stops=$((stops + 1))
    knock &
    knocker=$!
    nap "$(between 200 1500)"
    # Every third time it stays away for longer than the server waits for a connection.
    ((round % 3 != 2)) || nap 5000
    bash "$here/postgres.sh" start "$pg_folder" >/dev/null
    wait "$loader" || true
    wait "$knocker" || true
done

kill -0 "$server_pid" 2>/dev/null || fail "The server ended by itself."
judge
told "PostgreSQL was stopped in every round" "stops == rounds"
told "the server lived through it all" "$(kill -0 "$server_pid" 2>/dev/null && echo 1 || echo 0)"
odd=$(grep -vcE '^[a-z]+ (200 |503 [0-9]+$)' "$stage/knocks" || true)
((odd == 0)) || grep -vE '^[a-z]+ (200 |503 [0-9]+$)' "$stage/knocks" | sort | uniq -c
told "while the database was down every answer was a late 200 or 503 with Retry-After" "odd == 0"
for who in callback api readyz; do
    told "503 with Retry-After was said to: $who" "$(grep -cE "^$who 503 [0-9]+$" "$stage/knocks" || true) > 0"
done
refused=$(jq '[.deliveries[].attempts[] | select(.status != 200 and .status != 0 and .status != 503)] | length' "$stage/state.json")
told "no callback got another answer than 200 or 503" "$refused == 0"
told "callbacks were acknowledged, and others refused" "acknowledged > total / 2 && unheard > 0"
summary "$stops stops of PostgreSQL, $(grep -c ' 503 ' "$stage/knocks" || true) of $(wc -l <"$stage/knocks") knocks answered 503"
see_planted_breaks
bear_same_numbers
end_trial
