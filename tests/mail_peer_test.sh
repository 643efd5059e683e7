#!/usr/bin/env bash
# Other people's software takes and reads our mail: nodemailer's smtp-server and mailparser, and ical.js for the invitation.
#
# A visit is confirmed, moved and cancelled through the API of a real server whose clinic sends mail; what that mail server
# got is then looked at. BUILD_DIR names the build folder. The packages come by npm ci from tests/peers/package-lock.json.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
export DEMO_BIN_DIR=$build/bin
# shellcheck source=demo/stage.sh
source "$here/../demo/stage.sh"
command -v npm >/dev/null || fail 'This needs npm: apt-get install npm (or ./dev deps).'
open_stage

# The packages, as locked; again only when the lock changed.
peers=$build/peers
mkdir -p "$peers"
(
    flock 9
    if ! cmp -s "$here/peers/package-lock.json" "$peers/installed-lock.json"; then
        cp "$here/peers/package.json" "$here/peers/package-lock.json" "$here/peers/.npmrc" "$peers/"
        (cd "$peers" && npm ci --ignore-scripts --silent)
        cp "$here/peers/package-lock.json" "$peers/installed-lock.json"
    fi
) 9>"$peers/lock"
ln -s "$peers/node_modules" "$stage/node_modules"
cp "$here/peers/mail_server.mjs" "$stage/"
(cd "$stage" && exec node mail_server.mjs >"$stage/mails" 2>"$stage/peer.log") &
peer_pid=$!
trap 'kill "$peer_pid" 2>/dev/null || true; close_stage' EXIT
for _ in {1..100}; do
    read -r word port <"$stage/mails" && [[ $word == ready ]] && break
    sleep 0.1
done
[[ ${word:-} == ready ]] || fail "The mail server did not start: $(<"$stage/peer.log")"

start_server
clinicpro clinic create mlimani --name 'Mlimani’s Kliniki' >/dev/null  # a curly quote: the name must be encoded
give_key mlimani
export MAIL=peer-secret
mail_by() { clinicpro messaging use mail --clinic mlimani --mail-host 127.0.0.1 --mail-port "$port" --mail-security none \
    --mail-username visits --mail-password "$1" --from visits@mlimani.example --quiet none >/dev/null; }
mail_by env:MAIL

checks=0
# mail <number> <what> <jq condition>: waits for that mail and asks something of it.
mail() {
    local began=$SECONDS one=''
    while one=$(sed -n "$(($1 + 1))p" "$stage/mails"); [[ -z $one ]] && ((SECONDS - began < 15)); do sleep 0.1; done
    jq -e "$3" <<<"$one" >/dev/null || fail "not so: $2; wanted $3 in ${one:-(no mail)}; notices: $(api mlimani GET /notices)"
    checks=$((checks + 1))
}
new_patient() { api mlimani POST /patients "$(jq -n --arg m "$1" '{name: "Asha", phone: "0712345678", email: $m}')" | jq -r .id; }
new_visit() {
    api mlimani POST /appointments "$(jq -n --arg p "$1" '{patient_id: $p, kind: "virtual",
        starts_at: "2099-12-01T14:30:00+03:00", ends_at: "2099-12-01T15:00:00+03:00"}')" | jq -r .id
}
act() { api mlimani POST "/appointments/$1/$2" "${3:-}" >/dev/null; }

visit=$(new_visit "$(new_patient asha@example.co.ke)")
act "$visit" confirm
act "$visit" reschedule '{"starts_at": "2099-12-02T14:30:00+03:00", "ends_at": "2099-12-02T15:00:00+03:00"}'
mail 1 'the sender has the clinic'\''s name, curly quote and all' '.from.name == "Mlimani’s Kliniki" and .from.address == "visits@mlimani.example"'
mail 1 'envelope and header name the patient' '.to == "asha@example.co.ke" and .envelope == ["visits@mlimani.example", "asha@example.co.ke"]'
mail 1 'subject, id and date can be read' '.subject == "Your visit is confirmed" and (.id | test("^<ntc_.*@mlimani.example>$")) and (.date | startswith("20"))'
link="$server_url/j/"
mail 1 'the text and its form in HTML have the link' "(.text | contains(\"$link\")) and (.html | contains(\"href=\\\"$link\"))"
mail 1 'the invitation stands in the mail and beside it, once each' '[.attachments[][0]] | sort == ["application/ics", "text/calendar"]'
mail 1 'a calendar takes it for a request' \
    '.events | length == 2 and all(.method == "REQUEST" and .status == "CONFIRMED" and .start == "2099-12-01T11:30:00.000Z" and .sequence == 0)'
mail 1 'with the people and the place' \
    "all(.events[]; .organizer == \"mailto:visits@mlimani.example\" and .attendees == [\"mailto:asha@example.co.ke\"] and (.location | startswith(\"$link\")) and .summary == \"Online visit, Mlimani’s Kliniki\")"
mail 2 'a moved visit is the same event at another time' \
    '.subject == "Your visit has moved" and all(.events[]; .method == "REQUEST" and .sequence == 1 and .start == "2099-12-02T11:30:00.000Z")'
act "$visit" cancel
mail 3 'a cancelled one is cancelled' \
    '.subject == "Your visit is cancelled" and all(.events[]; .method == "CANCEL" and .status == "CANCELLED" and .sequence == 2)'
[[ $(jq -rs '[.[].events[0].uid] | unique | length' <(tail -n +2 "$stage/mails")) == 1 ]] || fail 'the event changed its UID'

# What the server refuses is said, and stays on the list until somebody acts.
full=$(new_visit "$(new_patient full@example.com)")
act "$full" confirm
began=$SECONDS
until said=$(api mlimani GET '/notices?state=failed') && jq -e '.items | length == 1' <<<"$said" >/dev/null || ((SECONDS - began > 15)); do sleep 0.1; done
jq -e '.items[0].note | test("Mailbox full")' <<<"$said" >/dev/null || fail "the refusal is not told: $said"
export MAIL=wrong
mail_by env:MAIL
status=0
said=$(clinicpro messaging test --clinic mlimani --by mail --to asha@example.co.ke 2>&1) || status=$?
[[ $status != 0 && $said == *'does not take the clinic'*'user name and password'* ]] || fail "a wrong password is not told ($status): $said"
if grep -q 'peer-secret' "$stage/server.log"; then fail 'the password stands in the log'; fi
echo "mail_peer_test: ok ($checks checks)"
