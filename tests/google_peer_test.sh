#!/usr/bin/env bash
# Other people's code judges our Google: Google's clients @googleapis/calendar and @googleapis/meet, unchanged, work with
# the sandbox; and the bodies we send (the golden files that meetings/google_event_test compares byte by byte) are what
# the clients' types allow. Those packages hold no discovery document, so their types are the schema. BUILD_DIR names the
# build folder; the packages are fetched into it once.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
for program in node npm; do
    command -v $program >/dev/null || { echo "google_peer_test needs $program: apt-get install nodejs npm"; exit 1; }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/clinicpro-google.XXXXXX")
sandbox_pid=
finish() {
    [[ -z $sandbox_pid ]] || { kill "$sandbox_pid" 2>/dev/null || true; wait "$sandbox_pid" 2>/dev/null || true; }
    rm -rf "$work"
}
trap finish EXIT

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
ln -s "$peers/node_modules" "$work/node_modules"
mkdir -p "$work/peers"
echo '{"type": "module"}' >"$work/package.json"
cp "$here"/peers/*.mjs "$work/peers/"

# Written as literals, so that a name the types do not know is an error.
golden=$here/meetings/golden
{
    echo "import type { calendar_v3 } from '@googleapis/calendar';"
    echo "import type { meet_v2 } from '@googleapis/meet';"
    for name in insert move conference; do
        echo "export const $name: calendar_v3.Schema\$Event = $(<"$golden/google_$name.json");"
    done
    echo "export const space: meet_v2.Schema\$Space = $(<"$golden/google_space.json");"
} >"$work/bodies.ts"
types() { (cd "$work" && node node_modules/typescript/bin/tsc --noEmit --strict --skipLibCheck --module nodenext --moduleResolution nodenext "$1"); }
types bodies.ts || { echo "google_peer_test: the bodies do not fit Google's types"; exit 1; }
# Can it fail? A misspelt field must be an error, deep down too.
for word in guestsCanInviteOthers conferenceSolutionKey autoRecordingGeneration; do
    sed "s/\"$word\"/\"${word}s\"/" "$work/bodies.ts" >"$work/wrong.ts"
    if types wrong.ts >"$work/wrong.out"; then echo "google_peer_test: the types took ${word}s"; exit 1; fi
    grep -q "${word}s" "$work/wrong.out" || { cat "$work/wrong.out"; exit 1; }
done
echo "our bodies fit the types of @googleapis/calendar and @googleapis/meet"

mkfifo "$work/ready"
"$build/bin/clinicpro-sandbox" --port 0 --quick >"$work/ready" 2>"$work/sandbox.log" &
sandbox_pid=$!
read -r -t 30 word address <"$work/ready" || { cat "$work/sandbox.log"; exit 1; }
[[ $word == ready ]] || { echo "the sandbox said $word $address"; exit 1; }
timeout 60 node "$work/peers/google_client.mjs" "$address"

# The file that --print-config shows is the one the running sandbox gives out.
printed=$("$build/bin/clinicpro-sandbox" --port "${address##*:}" --print-config |
    node -e 'let t="";process.stdin.on("data",d=>t+=d).on("end",()=>console.log(JSON.stringify(JSON.parse(t).google.service_account)))')
given=$(node -e 'fetch(process.argv[1]+"/_sandbox/google").then(r=>r.json()).then(j=>console.log(JSON.stringify(j.service_account)))' "$address")
[[ -n $printed && $printed == "$given" ]] || { echo "google_peer_test: --print-config shows another service account"; exit 1; }
echo 'google_peer_test: ok'
