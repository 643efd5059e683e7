#!/usr/bin/env bash
# Seven payments from prompt to visit at three clinics, told as they happen: a ClinicPro server, and a sandbox that plays Safaricom and the
# patients' phones, both on this machine only.
#
#   demo/demo.sh           plays the seven, then leaves both programs running for you; Ctrl-C ends it
#   demo/demo.sh --once    plays the seven and stops; exit code 0 only if every outcome was checked and is right
#
# Every outcome is read from the public API of the server. Tested, with a run that must fail, by tests/demo_test.sh.
# shellcheck disable=SC2317  # the scenes are called by name
set -euo pipefail
# shellcheck source=demo/stage.sh
source "$(dirname "${BASH_SOURCE[0]}")/stage.sh"

once=false
case ${1:-} in
    '') ;;
    --once) once=true ;;
    *) fail "demo: the only option is --once, not '$1'." ;;
esac

if [[ -t 1 ]]; then
    bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m' live=true
else
    bold='' dim='' green='' red='' plain='' live=false
fi
say() { printf '%s\n' "$*"; }
title() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# ---- scenes and their checks ----

passed=0 failed=0 wrong=0 checked=0

# check <what should be so> <jq condition> <JSON>: one fact about an answer of the API.
check() {
    checked=$((checked + 1))
    if jq -e "$2" <<<"$3" >/dev/null 2>&1; then
        say "   ${green}ok${plain}  $1"
    else
        say "   ${red}NOT SO${plain}  $1"
        say "     wanted $2 in ${3:-(no answer)}"
        wrong=$((wrong + 1))
    fi
}

# scene <name> <clinic> <function>: passes when it ran to its end and all that it checked is so, the clinic's books included.
scene() {
    local name=$1 clinic=$2
    title "$name"
    wrong=0 checked=0
    # A command that fails ends a scene, not the demo, so its checks are counted: "returned early" is a failure too.
    if "$3" "$clinic"; then
        check "no money lies around unallocated" '.items == []' "$(ask "$clinic" '/unallocated?state=any')"
        check "the audit trail is whole" '.whole and .seq > 0' "$(ask "$clinic" /audit/verify)"
    else
        say "   ${red}The scene broke off.${plain}"
        wrong=$((wrong + 1))
    fi
    if ((wrong == 0 && checked >= 5)); then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

ask() { api "$1" GET "$2" || true; }
count() { jq '.items | length'; }

# until_decided <clinic> <payment> <seconds> [a sentence to show while waiting]: waits until the payment is no longer open.
until_decided() {
    local began=$SECONDS open=true shown=-1
    while [[ $open == true ]] && ((SECONDS - began < $3)); do
        sleep 0.1
        open=$(ask "$1" "/payments/$2" | jq -r .is_open)
        if [[ -n ${4:-} ]] && ((SECONDS - began != shown)); then
            shown=$((SECONDS - began))
            if $live; then printf '\r   %s%s %2d s%s' "$dim" "$4" "$shown" "$plain"
            elif ((shown % 4 == 0)); then say "   $4 $shown s"; fi
        fi
    done
    if [[ -n ${4:-} ]] && $live; then printf '\n'; fi
    return 0
}

# run <arguments>: a command as a person types it, shown and run.
run() {
    local shown='' word
    for word in "$@"; do
        if [[ $word =~ [^A-Za-z0-9_./:=@+-] ]]; then shown+=" \"$word\""; else shown+=" $word"; fi
    done
    say "   ${dim}\$ clinicpro$shown${plain}"
    clinicpro "$@" | sed 's/^/     /'
}

in_minutes() { date -u -d "+$1 minutes" +%Y-%m-%dT%H:%M:%SZ; }

# new_invoice <clinic> <patient> <phone> <shillings> <reference> [options]: sets $invoice (as the API shows it).
new_invoice() {
    local clinic=$1
    run invoice create --clinic "$1" --patient "$2" --phone "$3" --amount "$4" --reference "$5" "${@:6}"
    invoice=$(api "$clinic" GET "/invoices?reference=$5" | jq -e '.items[0]') || return 1
}
invoice_id() { jq -r .id <<<"$invoice"; }
again() { ask "$1" "/invoices/$(invoice_id)"; }  # the same invoice, as it is now
visit_of() { ask "$1" "/appointments/$(jq -r .appointment_id <<<"$invoice")"; }
payments_of() { ask "$1" "/payments?invoice=$(invoice_id)"; }

# prompt <clinic>: asks the patient's phone to pay the invoice, through the API; sets $payment.
prompt() {
    payment=$(api "$1" POST "/invoices/$(invoice_id)/payments" '{}' -H "Idempotency-Key: demo-$(invoice_id)" | jq -er .id) ||
        { say "   The server refused to send a prompt."; return 1; }
}

# sms_on_phone <clinic> <phone>: waits until the newest SMS is on the phone and reported, and shows what it says.
sms_on_phone() {
    local began=$SECONDS sms='' told=''
    while [[ $told != delivered ]] && ((SECONDS - began < 10)); do
        sleep 0.1
        sms=$(sandbox GET "sms?phone=$2&limit=1" | jq -c '.sms[-1] // empty')
        told=$(ask "$1" "/notices?invoice=$(invoice_id)" | jq -r '[.items[] | select(.channel == "sms")][0].delivery')
    done
    say "   ${dim}SMS from $(jq -r .from <<<"$sms"):${plain} $(jq -r .text <<<"$sms")"
}

phone_will() { sandbox PUT "customers/$1/script" "$2" >/dev/null || return 1; }

# ---- the seven ----

virtual_visit() {
    local shown visit link page door mail
    phone_will 254712345601 '{"act": "pay", "after_seconds": 2}'
    new_invoice "$1" 'Asha Mwangi' 0712345601 1000 INV-1001 --virtual "$(in_minutes 10)" --email asha@example.co.ke || return 1
    say "   Asha owes KES 1,000 for a virtual visit in ten minutes. The server asks Safaricom to prompt her phone."
    prompt "$1" || return 1
    until_decided "$1" "$payment" 20 'Asha reads the prompt and types her PIN ...'
    shown=$(ask "$1" "/payments/$payment") visit=$(visit_of "$1")
    check "$(jq -r .sentence <<<"$shown")" '.state == "paid" and .received_cents == 100000 and (.receipt | length) == 10' "$shown"
    check 'the invoice is paid' '.state == "paid" and .amount_paid_cents == 100000' "$(again "$1")"
    check 'the visit is confirmed, and its meeting is ready' '.state == "confirmed" and .meeting.state == "ready"' "$visit"
    check 'exactly one payment stands in the books' '.items | length == 1' "$(payments_of "$1")"
    sms_on_phone "$1" 254712345601
    check 'one SMS went to Asha, and the network reports it delivered' \
        '[.items[] | select(.channel == "sms")] | length == 1 and (.[0] | .state == "sent" and .delivery == "delivered")' \
        "$(ask "$1" "/notices?invoice=$(invoice_id)")"
    mail=$(sandbox GET mail | jq -c '[.mail[] | select(.to == "asha@example.co.ke")]')
    say "   ${dim}Mail from $(jq -r '.[0].from' <<<"$mail"):${plain} $(jq -r '.[0].content' <<<"$mail" | sed -n 's/^Subject: //p' | tr -d '\r')"
    check 'and one mail, with the visit for her calendar' \
        'length == 1 and (.[0].content | contains("text/calendar; method=REQUEST"))' "$mail"
    link=$(jq -r '.join_url // empty' <<<"$visit")
    join_link=$link
    say "   Her link is $link"
    page=$(curl -sS -m 10 -o /dev/null -w '%{http_code}' "$link" || true)
    check 'looking at the link changes nothing, so the previews of chat programs cannot use it up' '. == 200' "$page"
    door=$(curl -sS -m 10 -o /dev/null -d '' -w '%{redirect_url}' "$link" || true)
    check "its button opens the clinic's own meeting room" 'startswith("https://meet.mlimani.example/")' "\"$door\""
}

onsite_visit() {
    local account
    new_invoice "$1" 'Baraka Otieno' 0712345602 1500 INV-2001 --onsite "$(in_minutes 90)" || return 1
    account=$(jq -r .account_shown <<<"$invoice")
    say "   Baraka pays at the counter: Lipa na M-Pesa, Pay Bill 600987, account \"$account\" (with the spaces), KES 1,500."
    sandbox POST payments "$(jq -n --arg a "$account" '{phone: "254712345602", shortcode: "600987", amount: 1500, account: $a}')" \
        >/dev/null || return 1
    local began=$SECONDS
    while (($(payments_of "$1" | count) == 0 && SECONDS - began < 10)); do sleep 0.1; done
    check 'Safaricom told the server, and the money found its invoice by the account number' \
        '.items | length == 1 and (.[0] | .method == "mpesa.c2b" and .state == "paid" and .received_cents == 150000)' \
        "$(payments_of "$1")"
    check 'the invoice is paid' '.state == "paid" and .amount_paid_cents == 150000' "$(again "$1")"
    sms_on_phone "$1" 254712345602
    check 'one SMS without a link came to his phone' '.sms | length == 1 and (.[0].text | test("Baraka|/j/") | not)' \
        "$(sandbox GET 'sms?phone=254712345602')"
    check 'the visit at the clinic is confirmed, without a meeting or a link' \
        '.state == "confirmed" and .meeting == null and .join_url == null' "$(visit_of "$1")"
}

cancelled_prompt() {
    phone_will 254712345603 '{"act": "cancel", "after_seconds": 1}'
    new_invoice "$1" 'Chebet Kiplagat' 0712345603 800 INV-1003 --virtual "$(in_minutes 60)" || return 1
    say "   Chebet gets the prompt while driving, and presses Cancel."
    prompt "$1" || return 1
    until_decided "$1" "$payment" 20
    check 'no money moved, and the desk is told why' '.state == "failed" and .result_code == "1032" and .received_cents == 0' \
        "$(ask "$1" "/payments/$payment")"
    check 'the invoice is still open' '.state == "open" and .amount_paid_cents == 0' "$(again "$1")"
    check 'the visit is still held for her, without a meeting' '.state == "held" and .meeting == null' "$(visit_of "$1")"
    check 'one attempt stands in the books' '.items | length == 1' "$(payments_of "$1")"
}

lost_callback() {
    phone_will 254712345604 '{"act": "pay", "after_seconds": 1}'
    sandbox POST faults '[{"name": "callback_lost", "phone": "254712345604"}, {"name": "c2b_lost", "phone": "254712345604"}]' \
        >/dev/null || return 1
    new_invoice "$1" 'Daudi Hassan' 0712345604 1200 INV-1004 --virtual "$(in_minutes 120)" || return 1
    say "   Daudi pays. But Safaricom's word of it gets lost, by both of its ways, as happens in practice."
    say "   Twelve seconds after a prompt without an answer the server asks by itself; earlier, Safaricom cannot answer well."
    prompt "$1" || return 1
    until_decided "$1" "$payment" 40 'no callback comes; waiting for the status query ...'
    check 'the status query found the payment; its receipt number may follow' \
        '.state == "paid_without_receipt" and .witness == "query" and .received_cents == 120000' "$(ask "$1" "/payments/$payment")"
    check 'Safaricom really never called back' '.deliveries | length > 0 and all(.state == "lost")' \
        "$(sandbox GET deliveries | jq -c '{deliveries: [.deliveries[] | select(.phone == "254712345604" and .kind != "sms_report") | {kind, state}]}')"
    check 'the invoice is paid' '.state == "paid" and .amount_paid_cents == 120000' "$(again "$1")"
    check 'the visit is confirmed, and its meeting is ready' '.state == "confirmed" and .meeting.state == "ready"' "$(visit_of "$1")"
    check 'exactly one payment stands in the books' '.items | length == 1' "$(payments_of "$1")"
}

five_callbacks() {
    local told='{}' began
    phone_will 254712345605 '{"act": "pay", "after_seconds": 1}'
    sandbox POST faults '{"name": "callback_duplicate", "phone": "254712345605", "times": 5, "seconds": 0.2}' >/dev/null || return 1
    new_invoice "$1" 'Esther Naliaka' 0712345605 2500 INV-1005 --virtual "$(in_minutes 180)" || return 1
    say "   Esther pays once, and Safaricom says so five times."
    prompt "$1" || return 1
    until_decided "$1" "$payment" 20
    began=$SECONDS
    while ((SECONDS - began < 10)); do
        told=$(sandbox GET 'deliveries?kind=stk_callback' |
            jq -c '{stk: [.deliveries[] | select(.phone == "254712345605") | .attempts[0].status]}')
        [[ $(jq '[.stk[] | select(. == 200)] | length' <<<"$told") != 5 ]] || break
        sleep 0.1
    done
    check 'five callbacks came, and each was acknowledged' '.stk == [200, 200, 200, 200, 200]' "$told"
    began=$SECONDS
    while (($(ask "$1" '/inbox?state=new' | count) > 0 && SECONDS - began < 10)); do sleep 0.1; done
    check 'one payment stands in the books' \
        '.items | length == 1 and (.[0] | .state == "paid" and .received_cents == 250000 and .duplicate_of == null)' "$(payments_of "$1")"
    check 'the invoice is paid, and not overpaid' '.state == "paid" and .amount_paid_cents == 250000' "$(again "$1")"
    check 'the visit has its one meeting' '.state == "confirmed" and .meeting.state == "ready"' "$(visit_of "$1")"
    sms_on_phone "$1" 254712345605
    check 'Esther got one SMS' '.sms | length == 1' "$(sandbox GET 'sms?phone=254712345605')"
}

# Where the button of a patient's link leads: at once, or by way of a page that shows the passcode.
door_of() {
    local page
    page=$(curl -sS -m 10 -d '' -w '%{redirect_url}' "$1" || true)
    if [[ ${page##*$'\n'} == http* ]]; then printf '%s' "${page##*$'\n'}"; else grep -o 'href="https://[^"]*"' <<<"$page" | head -1 | cut -d'"' -f2; fi
}

elsewhere() {  # <clinic> <patient> <phone> <reference> <provider> <where the link leads> <sandbox's own list> <what counts in it>
    local visit link
    phone_will "254${3#0}" '{"act": "pay", "after_seconds": 1}'
    new_invoice "$1" "$2" "$3" 1500 "$4" --virtual "$(in_minutes 10)" || return 1
    prompt "$1" || return 1
    until_decided "$1" "$payment" 20
    local began=$SECONDS
    until visit=$(visit_of "$1") && [[ $(jq -r .meeting.state <<<"$visit") == ready ]] || ((SECONDS - began >= 20)); do sleep 0.2; done
    check "the visit is confirmed, and its meeting was made by $5" \
        ".state == \"confirmed\" and .meeting.state == \"ready\" and .meeting.provider == \"$5\" and .meeting.fell_back_from == null" "$visit"
    link=$(jq -r '.join_url // empty' <<<"$visit")
    say "   The patient's link is $link"
    say "   and its button leads to $(door_of "$link" | cut -c1-70)"
    check 'behind the button is the meeting' "startswith(\"$6\")" "\"$(door_of "$link")\""
    check 'its own list holds exactly this one' "$8" "$(sandbox GET "$7")"
    sms_on_phone "$1" "254${3#0}"
}
google_visit() { elsewhere "$1" 'Faith Chebet' 0712345606 INV-1006 google_meet https://meet.google.com/ google/meetings '.meetings | length == 1'; }
zoom_visit() { elsewhere "$1" 'Grace Wanja' 0712345607 INV-1007 zoom https://us05web.zoom.us/j/ zoom/meetings '.live == 1'; }

# ---- the evening ----

rooms() { run meetings use simple --clinic "$1" --base-url "https://meet.$1.example"; }
google() {
    sandbox GET google | jq .service_account >"$stage/key.json"
    run meetings use google --clinic "$1" --service-account "$stage/key.json" --subject dr.wanjiku@mlimani.example \
        --calendar-url "$sandbox_url/google/calendar/v3" --meet-url "$sandbox_url/google/meet" --token-url "$sandbox_url/google/token"
    run meetings check --clinic "$1"
}
zoom() {
    export ZOOM_SECRET=sandbox-zoom-secret
    run meetings use zoom --clinic "$1" --account-id sandbox-account --client-id sandbox-zoom-client --client-secret env:ZOOM_SECRET \
        --host doctor@clinic.example --token-url "$sandbox_url/zoom/oauth/token" --api-url "$sandbox_url/zoom"
    run meetings check --clinic "$1"
}

open_clinic() {  # <slug> <name> <shortcode> [rooms, google or zoom]
    merchant "$3"
    run clinic create "$1" --name "$2"
    run mpesa set --clinic "$1" --environment custom --base-url "$sandbox_url" --shortcode "$3" --consumer-key env:KEY \
        --consumer-secret env:SECRET --passkey env:PASSKEY --callback-url "$server_url"
    run mpesa register --clinic "$1"
    "${4:-rooms}" "$1"
    sms_key "$1"
    local mails=()
    [[ $1 != mlimani ]] || mails=(mail --mail-host 127.0.0.1 --mail-port "$mail_port" --mail-security none --mail-username visits
        --mail-password env:MAIL_PASSWORD --from visits@mlimani.example)
    run messaging use sms "${mails[@]}" --clinic "$1" --environment custom --base-url "$sandbox_url" --username "$1" \
        --api-key env:AT_KEY --sender "${1^^}" --quiet none
    # As in the provider's dashboard: where its delivery reports go.
    sandbox PUT sms/accounts "$(clinicpro messaging show --clinic "$1" |
        awk -v name="$1" '/^sms reports/ {printf "{\"username\": \"%s\", \"report_url\": \"%s\"}", name, $3}')" >/dev/null
    say "   ${dim}\$ clinicpro key create --clinic $1 --role admin --label demo${plain}"
    give_key "$1"
    local began=$SECONDS
    until [[ $(ask "$1" /mpesa/c2b-urls | jq -r .state) == registered ]]; do
        ((SECONDS - began < 15)) || fail "Safaricom's sandbox did not register the addresses of $1: $(ask "$1" /mpesa/c2b-urls)"
        sleep 0.1
    done
}

title 'ClinicPro: from a payment to a consultation'
open_stage
start_sandbox --quick --mail-port 0
sandbox PUT switches '{"mail_tls": false}' >/dev/null  # nobody vouches for a certificate made up on this machine
mail_port=$(sandbox GET 'mail?limit=1' | jq -r .port)
start_server
say "   The server is at $server_url; the sandbox, which plays Safaricom and the patients' phones, at $sandbox_url."
title 'Three clinics share the server; each has its own paybill, keys and meetings: rooms of its own, Google Meet, Zoom'
open_clinic mlimani 'Mlimani Clinic' 600986
open_clinic bahari 'Bahari Clinic' 600987 google
open_clinic nyota 'Nyota Clinic' 600989 zoom

invoice='{}' payment='' join_link=''
scene '1. A virtual visit, paid by a prompt on the phone' mlimani virtual_visit
scene '2. A visit at the other clinic, paid by its paybill' bahari onsite_visit
scene '3. A prompt that the patient cancels' mlimani cancelled_prompt
scene '4. A callback that never comes' mlimani lost_callback
scene '5. A callback that comes five times' mlimani five_callbacks
scene '6. A virtual visit at a clinic that uses Google Meet' bahari google_visit
scene '7. A virtual visit at a clinic that uses Zoom' nyota zoom_visit

if $once; then
    say ''
    say "$passed passed, $failed failed"
    ((passed == 7 && failed == 0)) || exit 1
    exit 0
fi

phone_will 254712345678 '{"act": "manual", "after_seconds": 120}'
title 'Now it is your turn: both programs keep running'
new_invoice mlimani 'You' 0712345678 500 INV-1008 --virtual "$(in_minutes 5)"
key=$(sed 's/^Authorization: //' "$stage/mlimani.key")
cat <<TEXT

   ${bold}Pay INV-1008${plain}   $(jq -r .pay_url <<<"$invoice")
   ${bold}Its code${plain}       $(jq -r .pay_qr_url <<<"$invoice")     (for the reception desk)
   ${bold}Your phone${plain}     $sandbox_url/?phone=254712345678     (any PIN pays; 0000 is the wrong one)
   ${bold}Asha's link${plain}    $join_link
   ${bold}The server${plain}     $server_url/

   Or send the prompt for INV-1008 to your phone by the API:
     curl -X POST $server_url/v1/clinics/mlimani/invoices/$(invoice_id)/payments -H "Authorization: $key" \\
       -H "Idempotency-Key: \$RANDOM" -H "Content-Type: application/json" -d '{}'
   Look at the books:
     curl -H "Authorization: $key" $server_url/v1/clinics/mlimani/payments
     curl -H "Authorization: $key" $server_url/v1/clinics/mlimani/notices
   Or by command:
     export CLINICPRO_MASTER_KEY_FILE=$stage/master.key CLINICPRO_DATABASE=$CLINICPRO_DATABASE
     $bin_dir/clinicpro pay --clinic mlimani --invoice INV-1008 --wait

   Ctrl-C stops both programs and removes what they wrote.
TEXT
trap 'say ""; say "Both programs are stopped, and nothing is left behind."; exit 0' INT TERM
wait -n "$server_pid" "$sandbox_pid" || true
fail 'One of the programs ended by itself.'
