#!/usr/bin/env bash
# What the trials of the crash and wire tests share: two clinics, a plan of payments, load at its own pace, healing, and the
# row-by-row comparison of the sandbox's ledger with the public API (tests/crash_compare.jq). Sourced; wants $here (tests/).
#
#   begin_trial ENGINE ROUNDS SEED     the stage, the sandbox and, for "postgres", a private PostgreSQL; starts no server
#   found_clinics BASE_URL CALLBACK_URL   with a running server: where it finds the sandbox, and the sandbox it
#   make_plan                          visits, invoices, and what is paid in which round
#   load ROUND                         that round's payments, whatever the server does
#   judge                              heals, compares twice, prints "ok ..." and "FAILED ..." lines; then told LINE CONDITION
#   see_planted_breaks; bear_same_numbers; end_trial   would a broken promise be seen, and no kept one? and the exit code
#
# A TRIAL_KEEP=folder keeps what was compared, and the server's log, when something is broken.
# shellcheck disable=SC2034,SC2154  # some names are set or read by those who source it

# shellcheck source=demo/stage.sh
source "$here/../demo/stage.sh"
# shellcheck source=tests/many.sh
source "$here/many.sh"
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}  # a killed program has no last words; leaks are for the other tests

per_round=48      # payments that a round starts
batch=8           # of them at once
heal_seconds=200  # a status query comes 12 s after a prompt; an interrupted one again when its lease lapses
visits_hours=12   # so many rounds' visits are asked for at once: below a page (500)
clinics=(mlimani bahari)
declare -A shortcode=([mlimani]=600986 [bahari]=600987) patient=()
broken=0

between() { echo $(($1 + RANDOM % ($2 - $1 + 1))); }                # whole numbers, both ends included
nap() { sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"; }  # milliseconds

# ---- the stage ----

begin_trial() {
    engine=$1 rounds=$2 seed=$3
    RANDOM=$((seed % 32768))
    total=$((rounds * per_round))
    open_stage
    mkdir "$stage/answers" "$stage/plan"
    pg_folder=''
    if [[ $engine == postgres ]]; then
        pg_folder=$(mktemp -d "${TMPDIR:-/tmp}/clinicpro-trial-pg.XXXXXX")  # not inside the stage: its owner is postgres
        # Without -e: close_stage must run whatever came before. The programs first, or they would miss their database.
        trap 'status=$?; set +e; stop_programs; bash "$here/postgres.sh" stop "$pg_folder"; (exit $status); close_stage' EXIT
        CLINICPRO_DATABASE=$(bash "$here/postgres.sh" start "$pg_folder" $$)
    fi
    start_sandbox --quick --speed 4 --seed "$seed"
}

stop_programs() {
    local pid
    for pid in "$server_pid" "$sandbox_pid"; do
        [[ -n $pid ]] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    server_pid='' sandbox_pid=''
}

found_clinics() {
    local clinic began
    for clinic in "${clinics[@]}"; do
        merchant "${shortcode[$clinic]}"
        clinicpro clinic create "$clinic" --name "$clinic" >/dev/null
        clinicpro mpesa set --clinic "$clinic" --environment custom --base-url "$1" --shortcode "${shortcode[$clinic]}" \
            --consumer-key env:KEY --consumer-secret env:SECRET --passkey env:PASSKEY --callback-url "$2" \
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
        patient[$clinic]=$(api "$clinic" POST /patients '{"name": "Crash Patient", "phone": "0712000000"}' | jq -r .id)
    done
    sandbox PUT switches '{"query_per_minute": 0}' >/dev/null
    sandbox PUT faults '[{"name": "callback_duplicate", "probability": 0.3, "times": 3, "seconds": 0.8},
        {"name": "callback_lost", "probability": 0.2}, {"name": "c2b_lost", "probability": 0.4},
        {"name": "c2b_duplicate", "probability": 0.3, "times": 3, "seconds": 0.4}]' >/dev/null
}

# ---- the plan: one visit and one invoice for each payment ----

# planned <jq program> [jq arguments...]: runs it over what is known of payment number $i.
planned() {
    # shellcheck disable=SC2016  # jq's names
    local known='include "transfers";
        def hour($round): $first + $round * 3600 | todate;
        def known($i): {$i, clinic: ["mlimani", "bahari"][$i % 2], round: ($i / $per_round | floor), way: (($i / 2 | floor) % 10),
            phone: ("254712" + ("000000" + ($i | tostring))[-6:])} | .key = "@\($stage)/\(.clinic).key";
        '
    jq -r -L "$here" --arg stage "$stage" --arg server "$server_url" --arg door "${load_url:-$server_url}" \
        --arg sandbox "$sandbox_url" --argjson total "$total" --argjson per_round "$per_round" --argjson batch "$batch" \
        --argjson first "$first_visit" --argjson patients "{\"mlimani\": \"${patient[mlimani]}\", \"bahari\": \"${patient[bahari]}\"}" \
        --argjson shortcodes '{"mlimani": "600986", "bahari": "600987"}' "${@:2}" "$known$1"
}
answers() { seq -f "$stage/answers/$1.%.0f" 0 $((total - 1)) | xargs cat; }  # of all requests of a kind, in their order
# all_made <kind>: sends $stage/plan/<kind>; each must be answered with 201. Who is told that it is busy asks again.
all_made() {
    for _ in 1 2 3; do
        many "$stage/plan/$1" >"$stage/made"
        [[ $(grep -c "^201 " "$stage/made") != "$total" ]] || return 0
    done
    fail "Not every $1 could be made: $(cut -d" " -f1 "$stage/made" | sort | uniq -c | head -3) $(head -c 300 "$stage/answers/$1.0")"
}

# Of ten payments five are prompts (one of them cancelled by the payer), five come by paybill (one to a wrong account, one
# made twice by the payer). Each round's are cut into batches.
# shellcheck disable=SC2016  # jq's names
make_plan() {
    first_visit=$(date -u -d "$(date -u -d '+3 days' +%Y-%m-%d)" +%s)
    planned '[range($total) | known(.)][] | transfer("visit \(.i)"; "\($server)/v1/clinics/\(.clinic)/appointments";
        {patient_id: $patients[.clinic], kind: (if (.i / 2 | floor) % 3 == 0 then "onsite" else "virtual" end),
         starts_at: hour(.round), ends_at: ($first + .round * 3600 + 1800 | todate)}; ["Idempotency-Key: visit-\(.i)", .key])' -n >"$stage/plan/visit"
    all_made visit
    answers visit | planned 'to_entries[] | .value.id as $visit | known(.key)
        | transfer("invoice \(.i)"; "\($server)/v1/clinics/\(.clinic)/invoices";
            {patient_id: $patients[.clinic], appointment_id: $visit, amount_cents: (10000 + .i * 100)}; ["Idempotency-Key: invoice-\(.i)", .key])' -s >"$stage/plan/invoice"
    all_made invoice
    answers invoice | jq -cs 'map({id, account})' >"$stage/plan/invoices.json"
    local prompt='def prompt($at; $id): transfer("prompt \(.i)"; "\($at)/v1/clinics/\(.clinic)/invoices/\($id)/payments";
        {phone: .phone}; ["Idempotency-Key: crash-\(.i)", .key]); '
    planned "$prompt"'to_entries[] | .value as $invoice | known(.key) | select(.way < 5) | prompt($server; $invoice.id)' \
        <"$stage/plan/invoices.json" >"$stage/plan/prompts"
    planned '[range($total) | known(.)][] | select(.way == 4)
        | transfer("script \(.i)"; "\($sandbox)/_sandbox/customers/\(.phone)/script"; {act: "cancel", after_seconds: 1}; [])
        | sub("\nnext$"; "\nrequest = \"PUT\"\nnext")' -n >"$stage/plan/scripts"
    many "$stage/plan/scripts" >/dev/null
    planned "$prompt"'to_entries[] | .value as $invoice | known(.key)
        | "#file \($stage)/plan/round.\(.round).\(.i % $per_round / $batch | floor)",
          if .way < 5 then prompt($door; $invoice.id)
          else {phone, shortcode: $shortcodes[.clinic], amount: (100 + .i),
                account: (if .way == 9 then "NOBODY\(.i)" else $invoice.account end)} as $pay
              | transfer("paybill \(.i)"; "\($sandbox)/_sandbox/payments"; $pay; []),
                (select(.way == 8) | transfer("again \(.i)"; "\($sandbox)/_sandbox/payments"; $pay; []))
          end' <"$stage/plan/invoices.json" | awk '/^#file /{ if (file != $2) { close(file); file = $2 } next } { print >file }'
    echo "$total payments on $engine, $rounds rounds"
}

# ---- the load ----

# Old notices of any fate, posted at the server once more by somebody else than the sandbox.
repeats() {
    sandbox GET 'deliveries?limit=120' | jq -r --argjson from "$(between 0 60)" '
        .deliveries[$from:$from + 20][] | "url = \(.url | tojson)\ndata = \(.body | tojson)\nmax-time = 20\noutput = \"/dev/null\"\n"
        + "write-out = \("%{http_code} direct " + .about + "\n" | tojson)\nheader = \"Content-Type: application/json\"\nnext"'
}

load() {  # at its own pace, whatever the server does; wants ${pauses[@]} and $stage/plan/repeats
    local number batches=()
    for ((number = 0; number < per_round / batch; number++)); do
        many "$stage/plan/round.$1.$number" >>"$stage/answered.$1.$number" &
        batches+=($!)
        nap "${pauses[number]}"
    done
    many "$stage/plan/repeats" >>"$stage/answered.$1.direct"
    wait "${batches[@]}"
}
# draw_pauses <least> <most>: between a round's batches, in milliseconds.
draw_pauses() {
    local number
    pauses=()
    for ((number = 0; number < per_round / batch; number++)); do pauses+=("$(between "$1" "$2")"); done
}

# ---- the comparison ----

# visits_of <clinic>: all of them, some hours at a time.
visits_of() {
    local at end=$((first_visit + rounds * 3600))
    for ((at = first_visit; at < end; at += visits_hours * 3600)); do
        api "$1" GET "/appointments?from=$(date -u -d "@$at" +%FT%TZ)&until=$(date -u -d "@$((at + visits_hours * 3600))" +%FT%TZ)&limit=500" |
            jq -c '.items[]'
    done | jq -cs .
}

# truth_and_books: what crash_compare.jq compares, into $stage/state.json.
truth_and_books() {
    local clinic name
    sandbox GET ledger >"$stage/ledger.json"
    sandbox GET pushes >"$stage/pushes.json"
    sandbox GET deliveries >"$stage/deliveries.json"
    for clinic in "${clinics[@]}"; do
        everything "$clinic" '/payments?' >"$stage/payments.json"
        everything "$clinic" '/invoices?' >"$stage/invoices.json"
        everything "$clinic" '/unallocated?state=any&' >"$stage/unallocated.json"
        everything "$clinic" '/notices?' >"$stage/notices.json"
        visits_of "$clinic" >"$stage/visits.json"
        # One row here breaks a promise, so the first page tells.
        for name in new parked rejected; do api "$clinic" GET "/inbox?state=$name&limit=200" | jq -c '.items[]'; done |
            jq -cs . >"$stage/inbox.json"
        api "$clinic" GET /audit/verify >"$stage/audit.json"
        jq -n --arg shortcode "${shortcode[$clinic]}" '{$shortcode, payments: input, invoices: input, unallocated: input,
            notices: input, visits: input, inbox: input, audit: input}' \
            "$stage"/{payments,invoices,unallocated,notices,visits,inbox,audit}.json
    done | jq -cs . >"$stage/clinics.json"
    { grep -h '^200 direct ' "$stage"/answered.* || true; } | sed 's/^200 direct //' | jq -R . | jq -cs . >"$stage/direct.json"
    jq -cn '{ledger: input.movements, pushes: input.pushes, deliveries: input.deliveries, clinics: input, direct: input}' \
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

unheard_ids() {
    sandbox GET deliveries | jq -r '[.deliveries[] | {id, key: (.kind + .about), heard: any(.attempts[]; .status == 200)}] | group_by(.key)[]
        | select(any(.heard) | not) | .[0].id'
}

told() { if (($2)); then echo "ok $1"; else echo "FAILED $1"; broken=1; fi; }

# Sets $acknowledged, $unheard and $healed: callbacks and prompts, as they stood before the rest was delivered.
judge() {
    local try word promise
    # Who got no answer asks again with the same key, as an honest client does.
    prompts=$(grep -c '^next$' "$stage/plan/prompts" || true)
    for _ in 1 2 3; do
        answered=$(many "$stage/plan/prompts" | grep -c '^202 ' || true)
        ((answered < prompts)) || break
    done
    settle false
    while read -r word promise; do echo "$word before the rest was delivered: $promise"; done <<<"$verdicts"
    [[ $verdicts != *FAILED* ]] || broken=1
    healed=$(jq '[.clinics[].payments[] | select(.witness == "query")] | length' "$stage/state.json")
    acknowledged=$(jq '[.deliveries[].attempts[] | select(.status == 200)] | length + ([input[]] | length)' "$stage/state.json" "$stage/direct.json")
    unheard=$(jq '[.deliveries[] | select(.state == "failed")] | length' "$stage/state.json")
    # What never reached the server comes late, as Safaricom's own repeats and a person's questions would bring it. One that is
    # lost again (over a connection that the last kill left half dead) comes once more, until each was heard.
    for ((try = 0; try < 6; try++)); do
        unheard_ids | while read -r id; do transfer "late $id" "$sandbox_url/_sandbox/deliveries/$id/redeliver" ''; done >"$stage/plan/late"
        [[ -s $stage/plan/late ]] || break
        many "$stage/plan/late" >/dev/null
        nap 2000
    done
    unsent=$(unheard_ids | wc -l)
    settle true
    echo "$verdicts"
    [[ $verdicts != *FAILED* ]] || broken=1
    told "every wish for a prompt was answered in the end" "answered == prompts"
    told "what had not been heard was delivered again" "$unsent == 0"
}

# What the trial was, in one line.
summary() {
    jq -r --argjson heard "$acknowledged" --argjson unheard "$unheard" --argjson healed "$healed" --arg more "$1" '
        "\(.ledger | length) receipts, \($heard) acknowledged callbacks, \($unheard) not heard, \($more); \($healed) healed by query, "
        + "\([.clinics[].payments[] | select(.duplicate_of != null)] | length) second notices, \(.clinics | map(.audit.seq) | add) audit entries"' "$stage/state.json"
}

# ---- one break of each kind, planted in a copy of what was compared ----

# plant <promise that must fail> <jq change>
plant() {
    local said
    said=$(jq -c "$2" "$stage/state.json" | jq -r --argjson all true -f "$here/crash_compare.jq" | grep '^FAILED' || true)
    if [[ $said != *"FAILED $1"* ]]; then
        echo "FAILED to see a planted break: $1"
        missed=1
    fi
}
see_planted_breaks() {
    missed=0
    # shellcheck disable=SC2016  # $p is jq's
    local paid='.clinics[0].payments |= (map(select(.state == "paid" and .invoice_id != null)) as $p | . - $p'  # $p: the paid ones
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
}

# Two clinics may draw the same account number: here the first invoice of the second one takes the digits of the first one's.
bear_same_numbers() {
    local said
    # shellcheck disable=SC2016  # jq's names
    said=$(jq -c '.clinics[0].invoices[0].account as $digits | .clinics[1].invoices[0].account as $other
        | .clinics[1].shortcode as $second | def renumber: if .account == $other then .account = $digits else . end;
        .clinics[1] |= walk(if type == "object" then renumber else . end)
        | (.ledger, .pushes) |= map(if .shortcode == $second then renumber else . end)' "$stage/state.json" |
        jq -r --argjson all true -f "$here/crash_compare.jq")
    told "the same account number at two clinics changes nothing" "$(grep -c '^FAILED' <<<"$said") == $(grep -c '^FAILED' <<<"$verdicts")"
}

end_trial() {
    ((broken)) || exit 0
    if [[ -n ${TRIAL_KEEP:-} ]]; then
        for name in state.json server.log server.out; do cp "$stage/$name" "$TRIAL_KEEP/$engine.$name"; done
    fi
    exit 1
}
