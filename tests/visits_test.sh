#!/usr/bin/env bash
# Paid virtual visits at three clinics (rooms of their own, Google Meet, Zoom) while every provider fails in every way it
# can: each visit ends with one link that leads to one live meeting, and the patient with one message of each kind.
#
# Real programs. The truth is what the others hold in their own lists: the sandbox's Google, Zoom, SMS gateway and mail
# server. No clinic falls back to another provider. Staff do what the desk lets them do, and it is counted: they send a
# failed message again, and save the provider's settings again where a quota was used up. Later some visits are moved and
# some cancelled. Each of the two acts begins in a storm of faults; what is still open when it is over ends in fair weather.
#
#   BUILD_DIR=build/dev bash tests/visits_test.sh                     18 visits, 1 % of every fault
#   VISITS=1000 PERCENT=5 STORM=60 BUILD_DIR=build/release ...       as visits_thousand_test.sh does
#   STORM=9999 VERBOSE=1 ...                                          the storm never ends; the progress is shown
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
export DEMO_BIN_DIR=$build/bin STAGE_LOG_LEVEL=error
# shellcheck source=demo/stage.sh
source "$here/../demo/stage.sh"
# shellcheck source=tests/many.sh
source "$here/many.sh"

visits=${VISITS:-18} chance=$(printf '0.%02d' "${PERCENT:-1}")
storm=${STORM:-20} patience=${PATIENCE:-300}  # seconds of each act; the visits start in 14 minutes, and 44 later they are over
clinics=(mlimani bahari nyota)  # rooms of their own, Google Meet, Zoom
declare -A shortcode=([mlimani]=600986 [bahari]=600987 [nyota]=600989)
google_hosts=(dr.wanjiku@mlimani.example dr.otieno@mlimani.example)
zoom_hosts=()
for ((i = 1; i <= 12; i++)); do zoom_hosts+=("dr$i@nyota.example"); done  # each may make and change 100 meetings a day

# ---- the stage ----

open_stage
start_sandbox --quick --seed "${SEED:-1}" --mail-port 0
sandbox PUT zoom "$(printf '%s\n' "${zoom_hosts[@]}" | jq -R '{email: .}' | jq -s '{users: .}')" >/dev/null
sandbox PUT switches '{"query_per_minute": 0, "mail_tls": false}' >/dev/null
mail_port=$(sandbox GET 'mail?limit=1' | jq -r .port)
start_server
mkdir "$stage/answers"

use_simple() { clinicpro meetings use simple --clinic "$1" --base-url "https://rooms.$1.example" >/dev/null; }
use_google() {
    clinicpro meetings use google --clinic "$1" --service-account "$stage/key.json" --subject "${google_hosts[0]}" --token-url "$sandbox_url/google/token" \
        --calendar-url "$sandbox_url/google/calendar/v3" --meet-url "$sandbox_url/google/meet" >/dev/null
}
use_zoom() {
    ZOOM_SECRET=sandbox-zoom-secret clinicpro meetings use zoom --clinic "$1" --account-id sandbox-account --client-id sandbox-zoom-client \
        --client-secret env:ZOOM_SECRET --host "${zoom_hosts[0]}" --token-url "$sandbox_url/zoom/oauth/token" --api-url "$sandbox_url/zoom" >/dev/null
}
declare -A use=([mlimani]=use_simple [bahari]=use_google [nyota]=use_zoom)
sandbox GET google | jq .service_account >"$stage/key.json"
for clinic in "${clinics[@]}"; do
    merchant "${shortcode[$clinic]}"
    sms_key "$clinic"
    clinicpro clinic create "$clinic" --name "$clinic" >/dev/null
    clinicpro mpesa set --clinic "$clinic" --environment custom --base-url "$sandbox_url" --shortcode "${shortcode[$clinic]}" --consumer-key env:KEY \
        --consumer-secret env:SECRET --passkey env:PASSKEY --callback-url "$server_url" --queries-per-minute 6000 >/dev/null
    clinicpro mpesa register --clinic "$clinic" >/dev/null
    clinicpro messaging use sms mail --clinic "$clinic" --environment custom --base-url "$sandbox_url" --username "$clinic" --api-key env:AT_KEY \
        --sender "${clinic^^}" --mail-host 127.0.0.1 --mail-port "$mail_port" --mail-security none --mail-username visits \
        --mail-password env:MAIL_PASSWORD --from visits@mlimani.example --quiet none >/dev/null
    sandbox PUT sms/accounts "$(clinicpro messaging show --clinic "$clinic" |
        awk -v name="$clinic" '/^sms reports/ {printf "{\"username\": \"%s\", \"report_url\": \"%s\"}", name, $3}')" >/dev/null
    "${use[$clinic]}" "$clinic"
    clinicpro meetings check --clinic "$clinic" >/dev/null || fail "The check of $clinic finds a problem: $(clinicpro meetings check --clinic "$clinic" || true)"
    give_key "$clinic"
done
for clinic in "${clinics[@]}"; do
    until [[ $(api "$clinic" GET /mpesa/c2b-urls | jq -r .state) == registered ]]; do
        ((SECONDS < 60)) || fail "The addresses of $clinic were not registered."
        sleep 0.1
    done
done

# ---- so many of a hundred of each fault, for every request ----

faults=()
fault() { faults+=("{\"probability\": $chance, \"name\": $1}"); }
for path in /google/ /zoom/ /version1/messaging /oauth/ /mpesa/; do
    for name in request_lost response_lost_after_queue; do fault "\"$name\", \"path\": \"$path\""; done
    for name in http_500 http_502 http_503; do
        for stage_of in before after; do fault "\"$name\", \"path\": \"$path\", \"stage\": \"$stage_of\""; done
    done
    for name in http_busy http_429_fault http_403_html; do [[ $path != /google/ && $path != /mpesa/ ]] || fault "\"$name\", \"path\": \"$path\""; done
    fault "\"slow_response\", \"path\": \"$path\", \"seconds\": 1"
done
for path in /google/ /zoom/; do
    for name in token_dies answer_empty answer_html answer_truncated; do fault "\"$name\", \"path\": \"$path\""; done
done
for name in zoom_list_lag zoom_page_expired zoom_daily_cap; do fault "\"$name\", \"path\": \"/zoom/v2/\""; done
for form in seconds date iso; do fault "\"zoom_rate_limit\", \"path\": \"/zoom/v2/\", \"code\": \"$form\""; done
for name in google_rate google_quota google_conference_fails google_not_seen_yet; do fault "\"$name\""; done
fault '"google_conference_pending", "times": 2'
for code in 500 501 407; do fault "\"sms_refused\", \"code\": \"$code\""; done
for name in sms_undelivered sms_report_lost; do fault "\"$name\""; done
fault '"sms_report_late", "seconds": 5'
fault '"sms_report_duplicate", "times": 3'
for at in greeting ehlo auth mail rcpt data end; do fault "\"mail_refused\", \"path\": \"/mail/$at\""; done
for name in mail_cut mail_answer_lost; do fault "\"$name\""; done
fault '"token_dies", "path": "/mpesa/"'
for name in callback_duplicate callback_late callback_reordered success_after_failure failure_after_success c2b_duplicate c2b_late; do
    fault "\"$name\", \"seconds\": 1"
done
for name in callback_before_response query_lies query_unknown c2b_reference_mangled; do fault "\"$name\""; done
# One clinic loses Safaricom's word by the one way, another by the other: of money of which both are lost only the shortcode's
# statement tells.
for name in callback_lost callback_truncated; do fault "\"$name\", \"shortcode\": \"${shortcode[bahari]}\""; done
fault "\"c2b_lost\", \"shortcode\": \"${shortcode[nyota]}\""
told_by_c2b_only=false
raise() { 
    local list
    list="[$(IFS=,; echo "${faults[*]}")]"
    ! $told_by_c2b_only || list=$(jq -c 'map(select(.name != "c2b_lost"))' <<<"$list")
    sandbox PUT faults "$list" >/dev/null
}
lift() {
    sandbox DELETE faults | jq -c '.active[]' >>"$stage/weather"
}
# bitten <path> <what>: how often faults bit whose path begins so and whose name with its stage matches, as in "http_500 after".
bitten() { jq -s --arg path "$1" --arg what "$2" '[.[] | select((.path | startswith($path)) and ("\(.name) \(.stage)" | test($what))) | .bitten] | add // 0' "$stage/weather"; }
raise

# ---- the visits, and the money for them ----

began=$SECONDS
clinic_of() { echo "${clinics[$1 % 3]}"; }
window="from=$(date -u -d '+5 minutes' +%Y-%m-%dT%H:%M:%SZ)&until=$(date -u -d '+4 hours' +%Y-%m-%dT%H:%M:%SZ)"
from=$(date -u -d '+14 minutes' +%Y-%m-%dT%H:%M:%SZ) until=$(date -u -d '+44 minutes' +%Y-%m-%dT%H:%M:%SZ)
later=$(date -u -d '+13 minutes' +%Y-%m-%dT%H:%M:%SZ) later_until=$(date -u -d '+53 minutes' +%Y-%m-%dT%H:%M:%SZ)
made() { sed 's/^{"id":"\([^"]*\)".*/\1/' "$stage/answers/$1.$2"; }
all_made() {  # <tag>: sends $stage/wanted
    [[ $(many "$stage/wanted" | grep -c '^20[0-9] ') == "$visits" ]] || fail "Not every $1 could be made: $(head -c 300 "$stage/answers/$1.0")"
}
for ((i = 0; i < visits; i++)); do
    language=en
    ((i % 2 == 0)) || language=sw
    transfer "patient $i" "$server_url/v1/clinics/$(clinic_of $i)/patients" \
        "$(printf '{"name": "Patient", "phone": "0712%06d", "email": "p%d@example.co.ke", "language": "%s"}' "$i" "$i" "$language")" "@$stage/$(clinic_of $i).key"
done >"$stage/wanted"
all_made patient
for ((i = 0; i < visits; i++)); do
    host=''
    ((i % 3 != 1)) || host=${google_hosts[i / 3 % ${#google_hosts[@]}]}
    ((i % 3 != 2)) || host=${zoom_hosts[i / 3 % ${#zoom_hosts[@]}]}
    transfer "visit $i" "$server_url/v1/clinics/$(clinic_of $i)/appointments" \
        "{\"patient_id\": \"$(made patient $i)\", \"kind\": \"virtual\", \"starts_at\": \"$from\", \"ends_at\": \"$until\", \"host\": \"$host\"}" "@$stage/$(clinic_of $i).key"
done >"$stage/wanted"
all_made visit
for ((i = 0; i < visits; i++)); do
    transfer "invoice $i" "$server_url/v1/clinics/$(clinic_of $i)/invoices" \
        "{\"patient_id\": \"$(made patient $i)\", \"appointment_id\": \"$(made visit $i)\", \"amount_cents\": 100000}" "@$stage/$(clinic_of $i).key"
done >"$stage/wanted"
all_made invoice
# Those of the first clinic pay by its paybill, the others are prompted.
by_paybill() {
    transfer "paid $1" "$sandbox_url/_sandbox/payments" "$(printf '{"phone": "254712%06d", "shortcode": "%s", "amount": 1000, "account": "%s"}' "$1" \
        "${shortcode[$(clinic_of "$1")]}" "$(jq -r .account "$stage/answers/invoice.$1")")"
}
for ((i = 0; i < visits; i++)); do
    if ((i % 3 == 0)); then by_paybill $i
    else
        transfer "paid $i" "$server_url/v1/clinics/$(clinic_of $i)/invoices/$(made invoice $i)/payments" '{}' "Idempotency-Key: visit-$i" "@$stage/$(clinic_of $i).key"
    fi
done >"$stage/wanted"
all_made paid
paid_at=$SECONDS

# ---- until each has its link and its messages ----

by_hand=0 saved_again=0 saved_at=0
look() {  # what the desk shows: $stage/seen, $stage/notices
    local clinic
    for clinic in "${clinics[@]}"; do api "$clinic" GET "/appointments?$window&limit=500" | jq -c --arg clinic "$clinic" '.items[] | .clinic = $clinic'; done >"$stage/seen"
    for clinic in "${clinics[@]}"; do everything "$clinic" '/notices?' | jq -c --arg clinic "$clinic" '.[] | .clinic = $clinic'; done >"$stage/notices"
}
# Whoever got no prompt pays by the paybill, as the page for paying says; nobody pays twice.
pay_otherwise() {
    told_by_c2b_only=true
    $fair || { lift && raise; }
    sandbox GET ledger | jq -r '.movements[].payer' | sort -u >"$stage/payers"
    for ((i = 0; i < visits; i++)); do
        ((i % 3 == 0)) || grep -q "$(printf '^254712%06d$' "$i")" "$stage/payers" || by_paybill $i
    done >"$stage/wanted"
    many "$stage/wanted" >/dev/null
}
# What staff do at the desk: a failed message is sent again; a provider whose quota was used up is asked again.
staff() {
    local clinic id parked
    while read -r clinic id; do
        api "$clinic" POST "/notices/$id/retry" '{}' >/dev/null
        by_hand=$((by_hand + 1))
    done < <(jq -r 'select(.state == "failed") | "\(.clinic) \(.id)"' "$stage/notices")
    for clinic in bahari nyota; do
        # Only when nothing else is under way any more: saving tries every one that waits. One that is moved or cancelled
        # still shows how it was, with a note of what it waits for.
        parked=$(jq -s --arg clinic "$clinic" '[.[] | select(.clinic == $clinic and .meeting) | select(.meeting.note != "" or (.state == "confirmed"
            and .meeting.state != "ready")).meeting] | length > 0 and all(.note | test("used up|100 meetings a day"))' "$stage/seen")
        if [[ $parked == true ]] && ((SECONDS - saved_at > 10)); then
            "${use[$clinic]}" "$clinic"
            saved_again=$((saved_again + 1)) saved_at=$SECONDS
        fi
    done
}
# settle <act> <jq condition over the visits, slurped> <notices that must be sent>
settle() {
    local start=$SECONDS shown=0 sent fair=false
    while :; do
        if ! $fair && ((SECONDS - start >= storm)); then
            lift
            fair=true
        fi
        look
        sent=$(jq -r 'select(.state == "sent") | .id' "$stage/notices" | wc -l)
        if jq -es "$2" "$stage/seen" >/dev/null && ((sent >= $3)) && ! grep -q '"state":"\(queued\|failed\)"' "$stage/notices"; then
            $fair || lift
            return
        fi
        if ((SECONDS - start >= patience)); then
            jq -c 'select(.meeting.state != "ready") | [.id, .clinic, .state, .meeting]' "$stage/seen" | head -5
            jq -c 'select(.state != "sent")' "$stage/notices" | head -5
            jq -r 'select(.state == "held") | "\(.clinic) \(.id)"' "$stage/seen" | head -5 | while read -r clinic id; do
                api "$clinic" GET "/payments?invoice=$(grep -l "\"appointment_id\":\"$id\"" "$stage"/answers/invoice.* | head -1 | xargs sed 's/^{"id":"\([^"]*\)".*/\1/')"
                echo
            done
            fail "$1: not all was done after $patience seconds; $sent messages of $3 were sent."
        fi
        if [[ -n ${VERBOSE:-} ]] && ((SECONDS - start >= shown)); then
            shown=$((SECONDS - start + 10))
            printf '%s %4d s: %s; %s of %s messages; %s\n' "$1" $((SECONDS - start)) \
                "$(jq -s -c '[group_by(.clinic)[] | "\(.[0].clinic) \([.[] | select(.meeting.state == "ready")] | length)/\(length)"] | join(", ")' "$stage/seen")" "$sent" "$3" \
                "$(jq -r 'select(.meeting.state != "ready") | .meeting.note // .state' "$stage/seen" | sed 's/([^)]*)//; s/dr[0-9]*@[a-z.]*//' | cut -c1-50 | sort | uniq -c | sort -rn | head -4 | tr '\n' ';')"
        fi
        if [[ $1 == paid ]] && ((SECONDS - paid_at >= 20)) && [[ ! -e $stage/payers ]]; then pay_otherwise; fi
        staff
        sleep 2
    done
}
settle paid 'length == '"$visits"' and all(.state == "confirmed" and .meeting.state == "ready")' $((2 * visits))
ready_after=$((SECONDS - paid_at))

# ---- some are moved, some cancelled ----

: >"$stage/wanted"
moved=0 cancelled=0
for ((i = 0; i < visits; i++)); do
    path=$server_url/v1/clinics/$(clinic_of $i)/appointments/$(made visit $i)
    case $((i / 3 % 6)) in
        1) moved=$((moved + 1))
           transfer "moved $i" "$path/reschedule" "{\"starts_at\": \"$later\", \"ends_at\": \"$later_until\"}" "@$stage/$(clinic_of $i).key" >>"$stage/wanted" ;;
        3) cancelled=$((cancelled + 1))
           transfer "cancelled $i" "$path/cancel" '{}' "@$stage/$(clinic_of $i).key" >>"$stage/wanted" ;;
    esac
done
raise
[[ $(many "$stage/wanted" | grep -c '^200 ') == $((moved + cancelled)) ]] || fail "Not every visit could be moved or cancelled: $(head -c 300 "$stage"/answers/{moved,cancelled}.*)"
live=$((visits - cancelled))
everyone='map(select(.state == "confirmed")) | length == '"$live"' and all(.meeting.state == "ready")'
settle changed "$everyone" $((2 * (visits + moved + cancelled)))
# The desk does not show when a provider has obeyed; its own list does.
obeyed() {
    sandbox GET google/meetings >"$stage/google" && sandbox GET zoom/meetings >"$stage/zoom"
    jq -r --slurpfile google "$stage/google" --slurpfile zoom "$stage/zoom" -n '
        ($google[0].meetings[] | [(.properties | to_entries[] | .value | capture("(?<id>apt_[0-9a-z]+)").id), .start, .link]),
        ($zoom[0].meetings[] | [(.agenda | capture("(?<id>apt_[0-9a-z]+)").id), .start_time, "https://us05web.zoom.us/j/" + .id]) | @tsv' >"$stage/live"
    jq -r 'select(.clinic != "mlimani" and .state == "confirmed") | [.id, .starts_at] | @tsv' "$stage/seen" | sort >"$stage/wished"
    cut -f1,2 "$stage/live" | sort | sed 's/\.000Z/Z/' | cmp -s - <(sed 's/\.000Z/Z/' "$stage/wished")
}
start=$SECONDS
until obeyed || ((SECONDS - start > patience)); do look; staff; sleep 2; done
finished_after=$((SECONDS - paid_at))
lost_sms=$(bitten /version1/messaging '^response_lost|after$') lost_mail=$(bitten '' '^mail_answer_lost')
idle=$(jq -rs '[group_by(.name)[] | select(map(.bitten) | add == 0) | .[0].name] | join(" ")' "$stage/weather")

# ---- the counts ----

checks=0 broken=0
is() {  # <what> <wanted> <found>
    checks=$((checks + 1))
    if [[ $2 == "$3" ]]; then printf 'ok      %s: %s\n' "$1" "$3"; else broken=$((broken + 1)); printf 'NOT SO  %s: %s instead of %s\n' "$1" "$3" "$2"; fi
}
at_most() { is "$1: $2, at most $3" yes "$( (($2 <= $3)) && echo yes || echo no)"; }
lines() { sort -u | wc -l; }
is 'visits with a link of their own' "$visits" "$(jq -r .join_url "$stage/seen" | lines)"
is 'visits that fell back to another provider' 0 "$(jq -r 'select(.meeting.fell_back_from) | .id' "$stage/seen" | wc -l)"
remote=$(grep -c . "$stage/wished")
is 'live meetings at Google and Zoom' "$remote" "$(grep -c . "$stage/live")"
is 'of as many visits, each at its time' 0 "$(cut -f1,2 "$stage/live" | sed 's/\.000Z/Z/' | sort | comm -3 - <(sed 's/\.000Z/Z/' "$stage/wished") | wc -l)"
is "whom Google would have mailed" 0 "$(jq '[.meetings[].send_updates[] | select(. != "none")] | length' "$stage/google")"

# Behind each patient's link stands his meeting, and behind a cancelled one none.
jq -r '[.id, .join_url, .state] | @tsv' "$stage/seen" | while IFS=$'\t' read -r id link _; do
    printf 'url = "%s"\ndata = ""\nmax-time = 20\noutput = "%s"\nwrite-out = "%%{http_code} %s %%{redirect_url}\\n"\nnext\n' "$link" "$stage/answers/door.$id" "$id"
done >"$stage/wanted"
many "$stage/wanted" >"$stage/doors"
while read -r code id url; do
    [[ $code != 200 ]] || url=$(grep -o 'href="https://[^"]*"' "$stage/answers/door.$id" | head -1 | cut -d'"' -f2 || true)
    printf '%s\t%s\n' "$id" "${url%%\?pwd=*}"
done <"$stage/doors" | sort >"$stage/behind"
is 'links that lead to the live meeting of their own visit' "$remote" "$(cut -f1,3 "$stage/live" | sort | comm -12 - "$stage/behind" | wc -l)"
is 'links that lead to a room of their own' $((live - remote)) "$(grep -o 'https://rooms.mlimani.example/.*' "$stage/behind" | lines)"
is 'links of cancelled visits that lead nowhere' "$cancelled" "$(jq -r 'select(.state == "cancelled") | .id' "$stage/seen" | sort | join -t $'\t' - "$stage/behind" | awk -F'\t' '$2 == ""' | wc -l)"

# Messages, as the provider took them and as they lie in the mailboxes. Copies of one text or one Message-ID are the same
# message. Of an SMS that was taken and never arrived, only a report tells, after which staff send it again: no copy.
sandbox GET sms >"$stage/taken"
jq -r '.sms[] | select(.id != "None") | [.phone, (.text | if test("^Paid|^Umelipa|^Received|^Tumepokea|: (Paid|Umelipa|Received|Tumepokea)") then "paid"
    elif test("moved|imehamishwa") then "moved" elif test("cancelled|imefutwa") then "cancelled" else "other: " + . end), .text, .handset] | @tsv' "$stage/taken" >"$stage/sms"
jq -r '.sms[] | select(.handset == "Success") | [.phone, .text] | @tsv' "$stage/taken" >"$stage/arrived"
sandbox GET mail | jq -r '.mail[] | [.to, (.content | capture("(?i)\nSubject: (?<s>[^\r\n]*)").s), (.content | capture("(?i)\nMessage-ID: (?<s>[^\r\n]*)").s)] | @tsv' >"$stage/mail"
of_kind() { awk -F'\t' -v kind="$1" '$2 == kind {print $1}' "$stage/sms" | lines; }
# Of those that arrived: one that did not and is sent again says the time as it is then.
second_wordings() { awk -F'\t' -v kind="$1" '$2 == kind && $4 == "Success" && !seen[$1, $3]++ && told[$1]++' "$stage/sms" | wc -l; }
for kind in paid:$visits moved:$moved cancelled:$cancelled; do
    is "patients with an SMS that says ${kind%:*}" "${kind#*:}" "$(of_kind "${kind%:*}")"
    is "and in other words once more" 0 "$(second_wordings "${kind%:*}")"
done
is 'SMS that say anything else' 0 "$(grep -c $'\tother: ' "$stage/sms" || true)"
is 'mails, by Message-ID' $((visits + moved + cancelled)) "$(cut -f3 "$stage/mail" | lines)"
is 'mails, by patient and subject' $((visits + moved + cancelled)) "$(cut -f1,2 "$stage/mail" | lines)"
sms_copies=$(($(wc -l <"$stage/arrived") - $(sort -u "$stage/arrived" | wc -l))) mail_copies=$(($(grep -c . "$stage/mail") - $(sort -u "$stage/mail" | wc -l)))
at_most 'second copies of an SMS, for answers that were lost' $sms_copies "$lost_sms"
at_most 'second copies of a mail, for answers that were lost' $mail_copies "$lost_mail"
is 'patients whose money moved' "$visits" "$(sandbox GET ledger | jq -r '.movements[].payer' | lines)"
is 'patients whose money moved twice' 0 "$(sandbox GET ledger | jq '[.movements[].payer] | length - (unique | length)')"
echo "$visits visits paid in $((paid_at - began)) s; all ready and told $ready_after s later; $moved moved and $cancelled cancelled by $finished_after s"
echo "$(bitten '' .) faults bit${idle:+; no use was there for: $idle}"
echo "$sms_copies SMS and $mail_copies mails came twice; staff sent $by_hand messages again and saved settings $saved_again times"
echo "$((checks - broken)) passed, $broken failed"
((broken == 0))
