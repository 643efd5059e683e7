#!/usr/bin/env bash
# The command line as people meet it: help with an example everywhere, one sentence and the right exit code for each
# mistake, secrets that show nowhere, payments simulated against a running server, and an orderly end on SIGTERM.
# BUILD_DIR names the build folder.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
export DEMO_BIN_DIR=$build/bin
# shellcheck source=demo/stage.sh
source "$here/../demo/stage.sh"
open_stage

checks=0 broken=0
ok() { checks=$((checks + 1)); }
wrong() { checks=$((checks + 1)) broken=$((broken + 1)); printf 'NOT SO: %s\n' "$@"; }

# says <exit code> <pattern> <arguments>...: the command ends so, and says so in one sentence on the right stream.
says() {
    local code=$1 pattern=$2 status=0 text
    shift 2
    timeout 20 "$bin_dir/clinicpro" "$@" >"$stage/out" 2>"$stage/err" </dev/null || status=$?  # a refused serve that serves
    text=$(<"$stage/out")
    ((code == 0)) || text=$(<"$stage/err")
    if ((status != code)) || [[ ! $text =~ $pattern ]]; then
        wrong "clinicpro $* ended with $status (wanted $code, \"$pattern\") and said:" "$(cat "$stage/out" "$stage/err")"
    elif ((code != 0)) && { [[ -s $stage/out ]] || grep -qiE 'exception|assert|stack|sqlite3|terminate|runtime error' "$stage/err"; }; then
        wrong "clinicpro $* did not fail in plain words on standard error alone:" "$(cat "$stage/out" "$stage/err")"
    elif ((code == 0)) && [[ -s $stage/err ]]; then
        wrong "clinicpro $* succeeded but complained: $(<"$stage/err")"
    else
        ok
    fi
}

# ---- help: every command, found by walking ----

walk() {
    (($# < 5)) || fail "The help of clinicpro $* leads nowhere."
    local help names name
    if ! help=$("$bin_dir/clinicpro" "$@" --help 2>&1); then wrong "clinicpro $* --help fails"; return; fi
    if [[ $help == *'Example: '*clinicpro* || ($# -eq 0 && $help == *'Start here: clinicpro'*) ]]; then ok
    else wrong "clinicpro $* --help has no example"; fi
    names=$(sed -n '/^Subcommands:/,/^$/p' <<<"$help" | sed -n 's/^  \([a-z0-9-]\+\).*/\1/p')
    for name in $names; do walk "$@" "$name"; done
}
walk
((checks > 25)) || wrong "only $checks commands were found by walking the help"
says 0 '^clinicpro [0-9]+\.[0-9]+\.[0-9]+$' version
says 64 'no command "nonsense"' nonsense
says 64 'no command "prolong"' clinic prolong
says 64 'command is missing' 
says 64 'command is missing' clinic
says 64 '.' clinic create
says 64 '.' invoice list --clinic mlimani --state maybe

# ---- the master key and the database ----

says 78 'needs [0-9]+. Run .clinicpro migrate. first|at version 0' clinic list
says 0 'from version 0 to' migrate
says 0 'up to date' migrate
says 0 'Clinic 1 \(mlimani\) is ready: Mlimani Clinic\.' clinic create mlimani --name 'Mlimani Clinic'
(umask 077 && "$bin_dir/clinicpro" key master >"$stage/other.key")
key_file=$CLINICPRO_MASTER_KEY_FILE
# shellcheck disable=SC2086  # a command of several words
for command in serve 'clinic list'; do
    CLINICPRO_MASTER_KEY_FILE=$stage/other.key says 78 'master key does not open this database' $command
    CLINICPRO_MASTER_KEY_FILE=$stage/none.key says 78 'none\.key is missing' $command
    CLINICPRO_MASTER_KEY_FILE='' says 78 'There is no master key.*clinicpro key master' $command
    CLINICPRO_MASTER_KEY_FILE='' CLINICPRO_MASTER_KEY=c2hvcnQ= says 78 'instead of 32' $command
    CLINICPRO_DATABASE=mysql:nope says 78 'sqlite:PATH|postgresql://' $command
    CLINICPRO_DATABASE=sqlite:/nonexistent/folder/x.db says 78 'folder /nonexistent/folder' $command
done
cp "$key_file" "$stage/open.key" && chmod 644 "$stage/open.key"
CLINICPRO_MASTER_KEY_FILE=$stage/open.key says 78 'Other users can read .*chmod 600' serve

# A database from the future is refused by everything that opens it, and nothing in it changes.
cp "$stage/clinicpro.db" "$stage/newer.db"
command -v sqlite3 >/dev/null || fail 'This test needs sqlite3.'
sqlite3 "$stage/newer.db" "INSERT INTO schema_migrations SELECT version + 1000, 'from_the_future', checksum, applied_at FROM schema_migrations WHERE version = 1" ||
    fail 'The newer database could not be made.'
before=$(sha256sum <"$stage/newer.db")
# shellcheck disable=SC2086  # a command of several words
for command in serve migrate 'clinic list'; do CLINICPRO_DATABASE=sqlite:$stage/newer.db says 78 'newer' $command; done
if [[ $(sha256sum <"$stage/newer.db") == "$before" ]]; then ok; else wrong 'a refused newer database was changed'; fi

# ---- settings ----

CLINICPRO_LISTN=127.0.0.1:1 says 78 'unknown setting CLINICPRO_LISTN.*listen' clinic list
for value in nonsense 127.0.0.1 127.0.0.1:99999 :80; do CLINICPRO_LISTEN=$value says 78 '"listen" must be' settings; done
CLINICPRO_IO_THREADS=0 says 78 '"io_threads" must be a number from 1 to' settings
CLINICPRO_LOG_LEVEL=loud says 78 '"log_level" must be debug' settings
printf 'listen = "127.0.0.1:9"\ndrain_seconds = 3\n' >"$stage/good.toml"
printf 'lisen = "127.0.0.1:9"\n' >"$stage/typo.toml"
printf 'listen = \n' >"$stage/broken.toml"
says 0 'listen = 127\.0\.0\.1:9' --settings "$stage/good.toml" settings
CLINICPRO_LISTEN=127.0.0.1:10 says 0 'listen = 127\.0\.0\.1:10' --settings "$stage/good.toml" settings
says 78 'unknown setting "lisen".*listen' --settings "$stage/typo.toml" settings
says 78 'broken\.toml cannot be read \(.*line 1' --settings "$stage/broken.toml" settings
says 78 'none\.toml' --settings "$stage/none.toml" settings
CLINICPRO_MASTER_KEY=VERYSECRETMASTER CLINICPRO_DATABASE=postgresql://joe:hunter2@db.example/clinic says 0 'master_key = \(set\)' settings
if grep -q 'VERYSECRET\|hunter2' "$stage/out"; then wrong 'settings shows secrets'; else ok; fi
if grep -q 'postgresql://(hidden)@db.example/clinic' "$stage/out"; then ok; else wrong "settings hides the database: $(<"$stage/out")"; fi

# ---- nonsense in commands ----

says 65 'already' clinic create mlimani --name 'Again'
says 64 'slug must be' clinic create 'Bad Slug' --name X
says 0 'are #5b2a86 now' clinic colour mlimani '#5b2a86'
says 64 'Choose a darker colour, such as #' clinic colour mlimani '#ffcc00'
says 0 'wear their own colour' clinic colour mlimani
says 66 'no such clinic' invoice list --clinic nobody
says 66 'no such clinic' mpesa show --clinic 77
for phone in 123 0812345678 +255712345678 '' abc; do
    says 64 'not a Kenyan mobile number|phone' invoice create --clinic mlimani --patient A --amount 10 --phone "$phone"
done
for amount in ten -5 1.234 99999999999999999999 '' 1e3; do
    says 64 'not an amount of money|amount' invoice create --clinic mlimani --patient A --phone 0712345678 --amount="$amount"
done
says 64 'more than zero' invoice create --clinic mlimani --patient A --phone 0712345678 --amount 0
says 64 'not a time' invoice create --clinic mlimani --patient A --phone 0712345678 --amount 10 --virtual tomorrow
says 66 'no invoice' invoice show --clinic mlimani INV-404
says 64 'sandbox, production or custom' mpesa set --clinic mlimani --environment mars
says 64 'simple, jitsi, google or zoom' meetings use skype
says 64 'admin|role' key create --clinic mlimani --role king --label x
says 64 'whose key' key create --label x
says 66 'no .*notice|under this id' inbox retry --clinic mlimani inb_00000000000g0
for number in 0712345678 254712345678 +254712345678 '0712 345 678' 712345678; do
    says 0 'is open: KES 10\.00' invoice create --clinic mlimani --patient A --phone "$number" --amount 10
done

# ---- people ----

says 0 'works once.*http://127\.0\.0\.1:[0-9]+/desk/invitation/[A-Za-z0-9_-]{43}' user create Achieng --clinic mlimani --role admin
says 65 'has that name already' user create achieng --clinic mlimani
says 64 'no terminal' user create wanjiru --clinic mlimani --password prompt
says 64 'at least 10 characters' user create wanjiru --clinic mlimani --password short
SECRET_FROM_ENV='mango tree by the lake' says 0 'wanjiru can sign in as cashier' user create wanjiru --clinic mlimani --password env:SECRET_FROM_ENV
if grep -qa 'mango tree' "$stage"/clinicpro.db* "$stage/out"; then wrong 'a password stands in the database or the output'; else ok; fi
says 0 'achieng.admin.invited' user list --clinic mlimani
says 0 'wanjiru.cashier.live' user list --clinic mlimani
says 65 'last admin' user disable achieng --clinic mlimani
says 0 'cannot sign in any more' user disable wanjiru --clinic mlimani
says 0 'can sign in again' user enable wanjiru --clinic mlimani
says 0 'is now reader' user role wanjiru --clinic mlimani --role reader
says 0 'invitation' user password wanjiru --clinic mlimani
says 0 'password alone' user totp-off wanjiru --clinic mlimani
says 0 'signed out everywhere' user sign-out wanjiru --clinic mlimani
says 66 'no such person' user disable nobody --clinic mlimani
says 64 'whose people' user list
says 0 'invitation' user create root --operator
says 0 'root.operator' user list --operator

# ---- secrets by environment, file and standard input ----

printf 'PASSKEYFROMFILE\n' >"$stage/passkey.txt"
# says closes standard input, so this one command is run by hand.
if SECRET_FROM_ENV=SecretFromEnv "$bin_dir/clinicpro" mpesa set --clinic mlimani --environment custom --base-url http://127.0.0.1:9 \
    --shortcode 600986 --consumer-key - --consumer-secret env:SECRET_FROM_ENV --passkey "file:$stage/passkey.txt" \
    --callback-url http://127.0.0.1:9 >"$stage/out" 2>&1 <<<'KeyFromStdin'; then ok; else wrong "mpesa set: $(<"$stage/out")"; fi
if grep -q 'FROMFILE\|FromEnv\|FromStdin' "$stage/out"; then wrong 'mpesa set prints secrets'; else ok; fi
says 0 'passkey +\(set\)' mpesa show --clinic mlimani
if grep -q 'FROMFILE\|FromEnv\|FromStdin' "$stage/out"; then wrong 'mpesa show prints secrets'; else ok; fi
if grep -qa 'FROMFILE\|FromEnv\|FromStdin' "$stage"/clinicpro.db*; then wrong 'a secret stands in the database unsealed'; else ok; fi
says 64 'no variable NOT_THERE' mpesa set --clinic mlimani --passkey env:NOT_THERE
says 64 'empty or cannot be read' mpesa set --clinic mlimani --passkey "file:$stage/not_there"

# ---- messages ----

says 0 'written to the log' messaging show --clinic mlimani
says 64 'user name of the Africa' messaging use sms --clinic mlimani
says 64 'not both|log alone' messaging use sms log --clinic mlimani
says 64 'without a slash|this machine' messaging use sms --clinic mlimani --environment custom --base-url http://sms.example \
    --username mlimani --api-key x
if SMS_KEY=SmsKeyFromEnv "$bin_dir/clinicpro" messaging use sms mail --clinic mlimani --environment custom --base-url http://127.0.0.1:9 \
    --username mlimani --sender MLIMANI --api-key env:SMS_KEY --mail-host 127.0.0.1 --mail-port 9 --mail-security none --mail-username visits \
    --mail-password - --from visits@mlimani.example --quiet 22:00-06:30 >"$stage/out" 2>&1 <<<'MailPasswordFromStdin'; then ok
else wrong "messaging use: $(<"$stage/out")"; fi
"$bin_dir/clinicpro" messaging show --clinic mlimani >>"$stage/out"
if grep -q 'SmsKeyFromEnv\|MailPasswordFromStdin' "$stage/out"; then wrong 'messaging shows secrets'; else ok; fi
if grep -qa 'SmsKeyFromEnv\|MailPasswordFromStdin' "$stage"/clinicpro.db*; then wrong 'a secret stands in the database unsealed'; else ok; fi
grep -q 'sms and mail' "$stage/out" && grep -q '22:00-06:30' "$stage/out" && grep -q '/n/r/' "$stage/out" || wrong "messaging show: $(<"$stage/out")"
says 64 '21:00-07:00' messaging use sms --clinic mlimani --quiet night
says 69 'cannot be reached' messaging test --clinic mlimani --to 0712345678
says 69 'did not take the mail' messaging test --clinic mlimani --by mail --to asha@example.co.ke
says 64 'mail address' messaging test --clinic mlimani --by mail --to asha
says 0 'paid_virtual' messaging text list --clinic mlimani
says 0 'GSM-7, 1 SMS' messaging text preview reminder_day --clinic mlimani --words 'Tomorrow: {visit}.'
says 64 'There is no placeholder' messaging text set reminder_day --clinic mlimani --words 'Tomorrow: {patient}.'
says 0 'Kesho: 23/11' messaging text set reminder_day --clinic mlimani --language sw --words 'Kesho: {visit}.[ Fungua: {link}]'
says 0 'Kumbusho' messaging text set reminder_day --clinic mlimani --language sw
says 64 'There is no message of this name' messaging text preview nonsense --clinic mlimani
says 0 'are gone' messaging clear --clinic mlimani

# ---- against a running server, as the README's examples have it ----

says 69 'No server answers at http://127\.0\.0\.1:9\b' simulate c2b --clinic 1 --invoice X --amount 10 --phone 254712345678 \
    --server http://127.0.0.1:9
says 0 'New meetings of mlimani are made by simple' meetings use simple --clinic mlimani --base-url https://meet.mlimani.example
says 0 '.--client-secret.*server-to-server' meetings list
says 64 'calendar-id.*no setting calendar_id' meetings use zoom --clinic mlimani --calendar-id x
says 78 'account' meetings use zoom --clinic mlimani --client-id c --client-secret s --host dr@mlimani.example
says 78 'not a service account file' meetings use google --clinic mlimani --service-account "$stage/passkey.txt"
says 64 'empty or cannot be read' meetings use google --clinic mlimani --service-account "$stage/none.json"
says 64 'app id' meetings use jitsi --clinic mlimani --base-url https://meet.mlimani.example
says 0 'good' meetings check --clinic mlimani
says 0 'falls back to nobody' meetings show --clinic mlimani
says 64 'not set up' meetings fallback zoom --clinic mlimani
says 64 'in order, or say --none' meetings fallback --clinic mlimani
says 0 'their provider alone' meetings fallback --none --clinic mlimani
says 65 'Choose Google first' meetings connect google --clinic mlimani
says 64 'Only google' meetings connect zoom --clinic mlimani
says 66 'no visit' meetings move apt_00000000000g0 --clinic mlimani
soon=$(date -u -d '+10 minutes' +%Y-%m-%dT%H:%M:%SZ)
says 0 'is open: KES 1,000\.00.*The patient pays at http://.*/p/' invoice create --clinic mlimani --patient 'Asha M' --phone 0712345678 --amount 1000 \
    --reference INV-123456 --virtual "$soon"
says 0 'is open' invoice create --clinic mlimani --patient 'Otieno B' --phone 0712345679 --amount 1000 --reference INV-123457 --onsite "$soon"
began=$(date +%s%N)
start_server
took=$((($(date +%s%N) - began) / 1000000))
if grep -q __asan "$bin_dir/clinicpro"; then echo "start to ready: $took ms (with sanitizers, so not judged)"
elif ((took < 1000)); then echo "start to ready: $took ms"; ok
else wrong "start to ready took $took ms instead of at most 1000"; fi

becomes() {  # <pattern> <invoice>: within ten seconds
    local seen=''
    for _ in {1..100}; do
        seen=$(clinicpro invoice show --clinic 1 "$2")
        if [[ $seen =~ $1 ]]; then ok; return; fi
        sleep 0.1
    done
    wrong "invoice $2 did not become $1: $seen"
}
export CLINICPRO_LISTEN=127.0.0.1:$server_port
says 0 'took the callback' simulate stk --invoice INV-123456 --clinic 1 --amount 1000 --phone 254712345678
becomes 'paid.due KES 1,000\.00.paid KES 1,000\.00.*virtual visit, confirmed' INV-123456
says 0 'took the callback' simulate c2b --invoice INV-123457 --clinic 1 --amount 1000 --phone 254712345678
becomes 'paid.due KES 1,000\.00.paid KES 1,000\.00.*onsite visit, confirmed' inv123457
# Money that goes back, and what the books say.
says 0 'collected +KES 2,000\.00' report --clinic mlimani
says 0 'paid,UK|paid,[A-Z0-9]{10},' export payments --clinic mlimani
payment=$(clinicpro export payments --clinic mlimani | sed -n '2s/,.*//p')
says 0 'counts as paid.*booked from M-Pesa' explain "$payment" --clinic mlimani
says 0 'Asked for ref_[0-9a-z]{13}: KES 1,000\.00 by by_hand' refund request --clinic mlimani --payment "$payment" --way by_hand \
    --reason 'Visit cancelled'
refund=$(clinicpro refund list --clinic mlimani | cut -f1)
says 77 'somebody else has to approve' refund approve "$refund" --clinic mlimani
says 65 'cannot be settled|so it cannot be' refund settle "$refund" --clinic mlimani --reference V-1 --note Cash
says 0 'is cancelled' refund cancel "$refund" --clinic mlimani
says 78 'initiator' refund request --clinic mlimani --payment "$payment" --reason 'Visit cancelled'
printf 'Receipt No.,Completion Time,Paid In,Withdrawn\nUKN0LOST01,2026-11-23 09:00:00,10.00,\n' >"$stage/statement.csv"
says 0 'UKN0LOST01.*only_in_statement' statement "$stage/statement.csv" --clinic mlimani
says 65 'Nothing is due' pay --clinic mlimani --invoice INV-123456
says 0 'done' inbox list --clinic mlimani
says 64 'whole shillings' pay --clinic mlimani --invoice "$(clinicpro invoice create --clinic 1 --patient A --phone 0712345678 --amount 10.50 --quiet)"
says 69 'address in use|already|cannot listen|in use' serve  # the port is taken

# ---- the end ----

kill -TERM "$server_pid"
status=0
wait "$server_pid" || status=$?
server_pid=''
if ((status == 0)); then ok; else wrong "SIGTERM ended the server with $status: $(tail -5 "$stage/server.log")"; fi
start_server
kill -INT "$server_pid"
status=0
wait "$server_pid" || status=$?
server_pid=''
if ((status == 0)); then ok; else wrong "Ctrl-C ended the server with $status"; fi

echo "$((checks - broken)) passed, $broken failed"
((broken == 0))
