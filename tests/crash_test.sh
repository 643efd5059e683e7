#!/usr/bin/env bash
# Tries the promise: kill -9 at any moment and a restart lose no acknowledged callback and double nothing.
#
# Real programs on a real database file. While prompts, paybill payments, duplicated callbacks and repeated old ones arrive
# at their own pace, the server is killed at a random moment and started again, many times; the sandbox lives on, as
# Safaricom would. Then the server may heal, and the sandbox's ledger is compared with the public API row by row
# (tests/crash_compare.jq): first with only what was acknowledged, then after the rest was delivered too.
#
#   BUILD_DIR=build/dev bash tests/crash_test.sh                 20 rounds on SQLite beside 2 on PostgreSQL
#   CRASH_SEED=7 CRASH_ROUNDS=50 CRASH_ENGINES=sqlite ...        the same dice (not the same instants), other sizes
#   CRASH_KEEP=folder ...                                        what was compared, and the server's log, when it fails
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
export DEMO_BIN_DIR=$build/bin STAGE_LOG_LINES=40
# shellcheck source=demo/stage.sh
source "$here/../demo/stage.sh"
# shellcheck source=tests/many.sh
source "$here/many.sh"
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}  # a killed program has no last words; leaks are for the other tests

per_round=48          # payments that a round starts; 20 rounds of them stay below one page of visits (500 a clinic)
batch=8               # of them at once
heal_seconds=200      # a status query comes 12 s after a prompt; an interrupted one again when its lease lapses

# ---- each engine in a process of its own, side by side ----

if [[ ${1:-} != --engine ]]; then
    seed=${CRASH_SEED:-$((RANDOM * 32768 + RANDOM))}
    echo "seed $seed (replay: CRASH_SEED=$seed)"
    out=$(mktemp -d "${TMPDIR:-/tmp}/clinicpro-crash.XXXXXX")
    trap 'rm -rf "$out"' EXIT
    engines=()
    for engine in ${CRASH_ENGINES:-sqlite postgres}; do
        rounds=${CRASH_ROUNDS:-20}
        [[ $engine == sqlite ]] || rounds=${CRASH_ROUNDS:-2}
        bash "${BASH_SOURCE[0]}" --engine "$engine" "$rounds" "$seed" >"$out/$engine" 2>&1 &
        engines+=("$engine:$!")
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

engine=$2 rounds=$3 seed=$4
RANDOM=$((seed % 32768))
total=$((rounds * per_round))
between() { echo $(($1 + RANDOM % ($2 - $1 + 1))); }                # whole numbers, both ends included
nap() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }  # milliseconds

# ---- the stage: two clinics, one paybill each ----

open_stage
pg_folder=''
if [[ $engine == postgres ]]; then
    pg_folder=$(mktemp -u "${TMPDIR:-/tmp}/clinicpro-crash-pg.XXXXXX")  # not inside the stage: its owner is postgres
    CLINICPRO_DATABASE=$(bash "$here/postgres.sh" start "$pg_folder" $$)
    trap 'status=$?; bash "$here/postgres.sh" stop "$pg_folder"; (exit $status); close_stage' EXIT
fi
start_sandbox --quick --speed 4 --seed "$seed"
start_server
declare -A shortcode=([mlimani]=600986 [bahari]=600987)
clinics=(mlimani bahari)
for clinic in "${clinics[@]}"; do
    merchant "${shortcode[$clinic]}"
    clinicpro clinic create "$clinic" --name "$clinic" >/dev/null
    clinicpro mpesa set --clinic "$clinic" --environment custom --base-url "$sandbox_url" --shortcode "${shortcode[$clinic]}" \
        --consumer-key env:KEY --consumer-secret env:SECRET --passkey env:PASSKEY --callback-url "$server_url" \
        --queries-per-minute 6000 >/dev/null
    clinicpro mpesa register --clinic "$clinic" >/dev/null
    clinicpro meetings use simple --clinic "$clinic" --base-url https://meet.example >/dev/null
    give_key "$clinic"
done
for clinic in "${clinics[@]}"; do
    began=$SECONDS
    until [[ $(api "$clinic" GET /mpesa/c2b-urls | jq -r .state) == registered ]]; do
        ((SECONDS - began < 20)) || fail "The addresses of $clinic were not registered."
        nap 100
    done
done
sandbox PUT switches '{"query_per_minute": 0}' >/dev/null
sandbox PUT faults '[{"name": "callback_duplicate", "probability": 0.3, "times": 3, "seconds": 0.8},
    {"name": "callback_lost", "probability": 0.2}, {"name": "c2b_lost", "probability": 0.4},
    {"name": "c2b_duplicate", "probability": 0.3, "times": 3, "seconds": 0.4}]' >/dev/null

# ---- the plan: one invoice for each payment ----

mkdir "$stage/answers" "$stage/plan"
declare -a kind=() owner=() phone=()
declare -A patient=()
day=$(date -u -d '+3 days' +%Y-%m-%d)
for clinic in "${clinics[@]}"; do
    patient[$clinic]=$(api "$clinic" POST /patients '{"name": "Crash Patient", "phone": "0712000000"}' | jq -r .id)
done
for ((i = 0; i < total; i++)); do
    owner[i]=${clinics[i % 2]}
    phone[i]=$(printf '254712%06d' "$i")
    kind[i]=virtual
    ((i / 2 % 3 != 0)) || kind[i]=onsite
    transfer "visit $i" "$server_url/v1/clinics/${owner[i]}/appointments" \
        "{\"patient_id\": \"${patient[${owner[i]}]}\", \"kind\": \"${kind[i]}\", \"starts_at\": \"${day}T08:00:00Z\", \"ends_at\": \"${day}T08:30:00Z\"}" \
        "@$stage/${owner[i]}.key"
done >"$stage/plan/visits"
many "$stage/plan/visits" >"$stage/made"
[[ $(grep -c "^201 " "$stage/made") == "$total" ]] || fail "Not every visit could be made: $(sort "$stage/made" | cut -d" " -f1,2 | uniq -c | head -3) $(head -c 300 "$stage/answers/visit.0")"
for ((i = 0; i < total; i++)); do
    transfer "invoice $i" "$server_url/v1/clinics/${owner[i]}/invoices" \
        "{\"patient_id\": \"${patient[${owner[i]}]}\", \"appointment_id\": \"$(sed 's/^{"id":"\([^"]*\)".*/\1/' "$stage/answers/visit.$i")\", \"amount_cents\": $((10000 + i * 100))}" \
        "@$stage/${owner[i]}.key"
done >"$stage/plan/invoices"
[[ $(many "$stage/plan/invoices" | grep -c '^201 ') == "$total" ]] || fail 'Not every invoice could be made.'
mapfile -t invoice < <(for ((i = 0; i < total; i++)); do jq -r '.id + " " + .account' "$stage/answers/invoice.$i"; done)

# Of ten payments five are prompts (one of them cancelled by the payer), five come by paybill (one to a wrong account, one
# made twice by the payer). Each round's are cut into batches.
: >"$stage/plan/prompts"
for ((i = 0; i < total; i++)); do
    account=${invoice[i]#* } way=$((i / 2 % 10)) file=$stage/plan/round.$((i / per_round)).$((i % per_round / batch))
    if ((way < 5)); then
        transfer "prompt $i" "$server_url/v1/clinics/${owner[i]}/invoices/${invoice[i]% *}/payments" "{\"phone\": \"${phone[i]}\"}" \
            "Idempotency-Key: crash-$i" "@$stage/${owner[i]}.key" | tee -a "$stage/plan/prompts" >>"$file"
        if ((way == 4)); then sandbox PUT "customers/${phone[i]}/script" '{"act": "cancel", "after_seconds": 1}' >/dev/null; fi
    else
        if ((way == 9)); then account="NOBODY$i"; fi
        pay="{\"phone\": \"${phone[i]}\", \"shortcode\": \"${shortcode[${owner[i]}]}\", \"amount\": $((100 + i)), \"account\": \"$account\"}"
        transfer "paybill $i" "$sandbox_url/_sandbox/payments" "$pay" >>"$file"
        if ((way == 8)); then transfer "again $i" "$sandbox_url/_sandbox/payments" "$pay" >>"$file"; fi
    fi
done

# ---- the rounds ----

# Old notices of any fate, posted at the server once more by somebody else than the sandbox.
repeats() {
    sandbox GET 'deliveries?limit=120' | jq -r --argjson from "$(between 0 60)" '
        .deliveries[$from:$from + 20][] | "url = \(.url | tojson)\ndata = \(.body | tojson)\nmax-time = 20\noutput = \"/dev/null\"\n"
        + "write-out = \("%{http_code} direct " + .about + "\n" | tojson)\nheader = \"Content-Type: application/json\"\nnext"'
}

load() {  # at its own pace, whatever the server does
    local number
    for ((number = 0; number < per_round / batch; number++)); do
        many "$stage/plan/round.$1.$number" >>"$stage/answered.$1.$number" &
        nap "${pauses[number]}"
    done
    many "$stage/plan/repeats" >>"$stage/answered.$1.direct"
    wait
}

echo "$total payments on $engine, $rounds rounds"
kills=0 running=true
for ((round = 0; round < rounds; round++)); do
    $running || launch_server
    repeats >"$stage/plan/repeats"
    pauses=()
    for ((n = 0; n < per_round / batch; n++)); do pauses+=("$(between 20 260)"); done
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

# ---- healing ----

# truth_and_books: what crash_compare.jq compares, into $stage/state.json.
truth_and_books() {
    local clinic name day_after=${day}T23:00:00Z
    sandbox GET ledger >"$stage/ledger.json"
    sandbox GET pushes >"$stage/pushes.json"
    sandbox GET deliveries >"$stage/deliveries.json"
    for clinic in "${clinics[@]}"; do
        everything "$clinic" '/payments?' >"$stage/payments.json"
        everything "$clinic" '/invoices?' >"$stage/invoices.json"
        everything "$clinic" '/unallocated?state=any&' >"$stage/unallocated.json"
        everything "$clinic" '/notices?' >"$stage/notices.json"
        api "$clinic" GET "/appointments?from=${day}T00:00:00Z&until=$day_after&limit=500" | jq -c .items >"$stage/visits.json"
        for name in new parked rejected; do api "$clinic" GET "/inbox?state=$name&limit=200" | jq -c '.items[]'; done |
            jq -cs . >"$stage/inbox.json"
        api "$clinic" GET /audit/verify >"$stage/audit.json"
        jq -n --arg shortcode "${shortcode[$clinic]}" '{$shortcode, payments: input, invoices: input, unallocated: input,
            notices: input, visits: input, inbox: input, audit: input}' \
            "$stage"/{payments,invoices,unallocated,notices,visits,inbox,audit}.json
    done | jq -cs . >"$stage/clinics.json"
    { grep -h '^200 direct ' "$stage"/answered.* || true; } | sed 's/^200 direct //' | jq -R . | jq -cs . >"$stage/direct.json"
    jq -n '{ledger: input.movements, pushes: input.pushes, deliveries: input.deliveries, clinics: input, direct: input}' \
        "$stage"/{ledger,pushes,deliveries,clinics,direct}.json >"$stage/state.json"
}
compare() { jq -r --argjson all "$1" -f "$here/crash_compare.jq" "$stage/state.json"; }

# settle <all>: looks again until nothing is broken or time is up; sets $verdicts.
settle() {
    local began=$SECONDS
    while :; do
        truth_and_books
        verdicts=$(compare "$1")
        if [[ $verdicts != *FAILED* ]] || ((SECONDS - began >= heal_seconds)); then break; fi
        nap 1000
    done
}

start_server
# Who got no answer asks again with the same key, as an honest client does.
prompts=$(grep -c '^next$' "$stage/plan/prompts" || true)
for _ in 1 2 3; do
    answered=$(many "$stage/plan/prompts" | grep -c '^202 ' || true)
    ((answered < prompts)) || break
done
settle false
while read -r word promise; do echo "$word before the rest was delivered: $promise"; done <<<"$verdicts"
healed=$(jq '[.clinics[].payments[] | select(.witness == "query")] | length' "$stage/state.json")
acknowledged=$(jq '[.deliveries[].attempts[] | select(.status == 200)] | length + ([input[]] | length)' "$stage/state.json" "$stage/direct.json")
unheard=$(jq '[.deliveries[] | select(.state == "failed")] | length' "$stage/state.json")

# What never reached the server comes late, as Safaricom's own repeats and a person's questions would bring it. One that is lost
# again (over a connection that the last kill left half dead) comes once more, until each was heard.
unheard_ids() {
    sandbox GET deliveries | jq -r '[.deliveries[] | {id, key: (.kind + .about), heard: any(.attempts[]; .status == 200)}] | group_by(.key)[]
        | select(any(.heard) | not) | .[0].id'
}
for ((try = 0; try < 6; try++)); do
    unheard_ids | while read -r id; do transfer "late $id" "$sandbox_url/_sandbox/deliveries/$id/redeliver" ''; done >"$stage/plan/late"
    [[ -s $stage/plan/late ]] || break
    many "$stage/plan/late" >/dev/null
    nap 2000
done
unsent=$(unheard_ids | wc -l)
settle true
echo "$verdicts"

# ---- was it a trial at all? ----

told() { if (($2)); then echo "ok $1"; else echo "FAILED $1"; fi; }
told "every wish for a prompt was answered in the end" "answered == prompts"
refused=$(jq '[.deliveries[].attempts[] | select(.status != 200 and .status != 0)] | length' "$stage/state.json")
told "no callback was refused by a living server" "$refused == 0"
told "what had not been heard was delivered again" "$unsent == 0"
told "the server was killed in every round" "kills == rounds"
told "callbacks were acknowledged, and others hit a dead server" "acknowledged > total / 2 && (unheard > 0 || rounds < 10)"
jq -r --argjson kills $kills --argjson heard "$acknowledged" --argjson unheard "$unheard" --argjson healed "$healed" '
    "\(.ledger | length) receipts, \($heard) acknowledged callbacks, \($unheard) to a dead server, \($kills) kills; \($healed) healed by query, "
    + "\([.clinics[].payments[] | select(.duplicate_of != null)] | length) second notices, \(.clinics | map(.audit.seq) | add) audit entries"' "$stage/state.json"

# ---- and would a broken promise be seen? one break of each kind, planted in a copy of what was compared ----

# plant <promise that must fail> <jq change>
plant() {
    local said
    said=$(jq -c "$2" "$stage/state.json" | jq -r --argjson all true -f "$here/crash_compare.jq" | grep '^FAILED' || true)
    if [[ $said != *"FAILED $1"* ]]; then
        echo "FAILED to see a planted break: $1"
        missed=1
    fi
}
missed=0
# shellcheck disable=SC2016  # $p is jq's
paid='.clinics[0].payments |= (map(select(.state == "paid" and .invoice_id != null)) as $p | . - $p'  # $p: the paid ones
plant 'every receipt of the ledger is booked' "$paid + \$p[1:])"
plant 'every acknowledged receipt is booked' "$paid + \$p[:40] + \$p)"
plant 'the sums of the ledger' "$paid + [\$p[0] | .received_cents += 100] + \$p[1:])"
plant 'nothing is booked that the ledger' "$paid + \$p + [\$p[0] | .receipt = \"FORGED0001\"])"
plant 'a second notice of booked money' "$paid + \$p + [\$p[0] | .duplicate_of = .id])"
plant 'a person was prompted at most once' '.pushes += .pushes[:1]'
plant 'each invoice shows' '.clinics[1].invoices[0].amount_paid_cents += 100'
plant 'each paid visit is confirmed' '.clinics[0].visits |= map(.meeting = null)'
plant 'each payment is told' '.clinics[0].notices += .clinics[0].notices[:1]'
plant 'money that fits nowhere' '.clinics[0].unallocated |= .[1:] | .clinics[1].unallocated |= .[1:]'
plant 'the audit trail is whole' '.clinics[1].audit.whole = false'
told "a broken promise would be seen" "missed == 0"
if [[ $verdicts == *FAILED* || $missed != 0 ]]; then
    if [[ -n ${CRASH_KEEP:-} ]]; then
        for name in state.json server.log server.out; do cp "$stage/$name" "$CRASH_KEEP/$engine.$name"; done
    fi
    exit 1
fi
