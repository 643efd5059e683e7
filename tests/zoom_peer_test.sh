#!/usr/bin/env bash
# Other people's code judges our Zoom and Jitsi: Zoom's client @zoom/rivet, unchanged, works with the sandbox; the bodies
# we send (the golden files that meetings/zoom_test compares byte by byte) are what its types allow; and jsonwebtoken
# believes a Jitsi door. BUILD_DIR names the build folder; the packages are fetched into it once.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
for program in node npm curl; do
    command -v $program >/dev/null || { echo "zoom_peer_test needs $program: apt-get install nodejs npm curl"; exit 1; }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/clinicpro-zoom.XXXXXX")
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
mkdir -p "$work/peers" "$work/meetings"
echo '{"type": "module"}' >"$work/package.json"
cp "$here"/peers/*.mjs "$work/peers/"
cp -r "$here/meetings/golden" "$work/meetings/"

node "$work/peers/jitsi_door.mjs"

# Written as literals, so that a name the types do not know and a word they do not list are errors.
{
    echo "import type { MeetingsEndpoints } from '@zoom/rivet/meetings';"
    echo "type Create = NonNullable<Parameters<MeetingsEndpoints['meetings']['createMeeting']>[0]['body']>;"
    echo "type Update = NonNullable<Parameters<MeetingsEndpoints['meetings']['updateMeeting']>[0]['body']>;"
    echo "export const create: Create = $(cat "$here/meetings/golden/zoom_create.json");"
    echo "export const open: Create = $(cat "$here/meetings/golden/zoom_create_open.json");"
    echo "export const update: Update = $(cat "$here/meetings/golden/zoom_update.json");"
} >"$work/bodies.ts"
types() { (cd "$work" && node node_modules/typescript/bin/tsc --noEmit --strict --skipLibCheck --module nodenext --moduleResolution nodenext "$1"); }
types bodies.ts || { echo "zoom_peer_test: the bodies do not fit Zoom's types"; exit 1; }
# Can it fail? A misspelt setting must be an error.
sed 's/"waiting_room"/"waitingroom"/' "$work/bodies.ts" >"$work/wrong.ts"
if types wrong.ts >"$work/wrong.out"; then echo "zoom_peer_test: the types took a misspelt setting"; exit 1; fi
grep -q waitingroom "$work/wrong.out" || { cat "$work/wrong.out"; exit 1; }
echo "our bodies fit the types of @zoom/rivet"

"$build/bin/clinicpro-sandbox" --port 0 --quick >"$work/sandbox.out" 2>&1 &
sandbox_pid=$!
for _ in {1..200}; do
    grep -q '^ready ' "$work/sandbox.out" && break
    sleep 0.05
done
address=$(sed -n 's/^ready //p' "$work/sandbox.out")
[[ -n $address ]] || { cat "$work/sandbox.out"; exit 1; }
timeout 60 node "$work/peers/zoom_client.mjs" "$address"
echo 'zoom_peer_test: ok'
