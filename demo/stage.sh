#!/usr/bin/env bash
# A server and a sandbox on free loopback ports, with a database and a master key in a folder of their own.
#
# Sourced by demo/demo.sh and by the tests that need both programs. It promises that no setting of the caller reaches the
# programs (a demo must never find somebody's real database) and that stopping leaves no process and no file behind.
# The binaries are taken from $DEMO_BIN_DIR, else from build/release/bin.
# shellcheck disable=SC2034  # what it sets is read by those who source it

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin_dir=$(realpath -m "${DEMO_BIN_DIR:-$root/build/release/bin}")
stage='' server_pid='' sandbox_pid='' server_url='' sandbox_url='' server_port=''

fail() { printf '%s\n' "$*" >&2; exit 1; }

for program in clinicpro clinicpro-sandbox; do
    [[ -x $bin_dir/$program ]] || fail "There is no $bin_dir/$program. Build it first: ./dev build, or set DEMO_BIN_DIR."
done
for program in curl jq; do
    command -v $program >/dev/null || fail "This needs $program: apt-get install $program (or ./dev deps)."
done
while IFS= read -r name; do unset "$name"; done < <(compgen -v CLINICPRO_)

# open_stage: the folder, the master key, and the cleaning up.
open_stage() {
    stage=$(mktemp -d "${TMPDIR:-/tmp}/clinicpro-stage.XXXXXX")
    trap close_stage EXIT
    (umask 077 && "$bin_dir/clinicpro" key master >"$stage/master.key") || fail "No master key could be made."
    export CLINICPRO_MASTER_KEY_FILE=$stage/master.key CLINICPRO_DATABASE=sqlite:$stage/clinicpro.db
}

close_stage() {
    local status=$? pid
    trap - EXIT
    for pid in "$server_pid" "$sandbox_pid"; do [[ -z $pid ]] || kill "$pid" 2>/dev/null || true; done
    for pid in "$server_pid" "$sandbox_pid"; do [[ -z $pid ]] || wait "$pid" 2>/dev/null || true; done
    if ((status != 0)) && [[ -s $stage/server.log ]]; then
        printf '%s\n' "--- the end of the server's log ---" >&2
        tail -n "${STAGE_LOG_LINES:-20}" "$stage/server.log" >&2
    fi
    rm -rf "$stage"
    exit $status
}

free_port() {
    local port
    for _ in {1..50}; do
        port=$((20000 + RANDOM % 12000))  # below the range the kernel gives to outgoing connections
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
    done
    fail "No free port was found."
}

# await_ready <pid> <file>: prints the address of the line "ready http://...", or fails when the program ends first.
await_ready() {
    local word url
    for _ in {1..3000}; do
        if read -r word url <"$2" && [[ $word == ready ]]; then echo "$url"; return; fi
        kill -0 "$1" 2>/dev/null || return 1
        sleep 0.01
    done
    return 1
}

start_sandbox() {
    : >"$stage/sandbox.out"
    "$bin_dir/clinicpro-sandbox" --port 0 "$@" >"$stage/sandbox.out" 2>"$stage/sandbox.log" &
    sandbox_pid=$!
    sandbox_url=$(await_ready "$sandbox_pid" "$stage/sandbox.out") || fail "The sandbox did not start: $(<"$stage/sandbox.log")"
}

# launch_server: starts it without waiting; its address stays the same over restarts.
launch_server() {
    [[ -n $server_port ]] || server_port=$(free_port)
    server_url=http://127.0.0.1:$server_port
    : >"$stage/server.out"
    CLINICPRO_LISTEN=127.0.0.1:$server_port CLINICPRO_PUBLIC_URL=$server_url CLINICPRO_LOG_LEVEL=${STAGE_LOG_LEVEL:-warn} \
        "$bin_dir/clinicpro" serve >"$stage/server.out" 2>>"$stage/server.log" &
    server_pid=$!
}

start_server() {
    launch_server
    await_ready "$server_pid" "$stage/server.out" >/dev/null && return
    wait "$server_pid" || true
    server_pid=''
    grep -q 'already in use\|address in use' "$stage/server.log" || fail "The server did not start."
    server_port=''  # somebody took the port in between
    launch_server
    await_ready "$server_pid" "$stage/server.out" >/dev/null || fail "The server did not start."
}

clinicpro() {
    CLINICPRO_LISTEN=127.0.0.1:${server_port:-8080} CLINICPRO_PUBLIC_URL=${server_url:-http://127.0.0.1:8080} "$bin_dir/clinicpro" "$@"
}

# give_key <clinic>: makes an API key; it stands in a file as a header, so that no process list shows it.
give_key() {
    local key
    key=$(clinicpro key create --clinic "$1" --role "${2:-admin}" --label "stage" --quiet) || fail "No key for $1."
    (umask 077 && printf 'Authorization: Bearer %s\n' "$key" >"$stage/$1.key")
}

# api <clinic> <method> <path below the clinic> [body] [curl arguments...]: prints the answer; fails on an error status.
api() {
    local clinic=$1 method=$2 path=$3 body=${4:-}
    shift $(($# < 4 ? $# : 4))
    local arguments=(-H @"$stage/$clinic.key" -X "$method" "$@")
    [[ -z $body ]] || arguments+=(-H 'Content-Type: application/json' -d "$body")
    curl -sS --fail-with-body -m 20 "${arguments[@]}" "$server_url/v1/clinics/$clinic$path"
}

# sandbox <method> <path below /_sandbox/> [body]
sandbox() {
    local arguments=(-X "$1")
    [[ -z ${3:-} ]] || arguments+=(-H 'Content-Type: application/json' -d "$3")
    curl -sS --fail-with-body -m 20 "${arguments[@]}" "$sandbox_url/_sandbox/$2"
}

# sms_key <user name>: exports AT_KEY of one of the sandbox's SMS accounts.
sms_key() {
    AT_KEY=$("$bin_dir/clinicpro-sandbox" --print-config |
        jq -er --arg name "$1" '.sms_accounts[] | select(.username == $name) | .api_key') ||
        fail "The sandbox has no SMS account $1."
    export AT_KEY
}

# The one who may send mails by the sandbox's mail server.
MAIL_PASSWORD=$("$bin_dir/clinicpro-sandbox" --print-config | jq -r '.mail_users[0].password')
export MAIL_PASSWORD

# merchant <shortcode>: exports KEY, SECRET and PASSKEY of one of the sandbox's merchants.
merchant() {
    local line
    line=$("$bin_dir/clinicpro-sandbox" --print-config |
        jq -er --arg code "$1" '.merchants[] | select(.shortcode == $code) | [.consumer_key, .consumer_secret, .passkey] | @tsv') ||
        fail "The sandbox has no merchant $1."
    IFS=$'\t' read -r KEY SECRET PASSKEY <<<"$line"
    export KEY SECRET PASSKEY
}
