#!/usr/bin/env bash
# Runs the demo as a newcomer does, and once more with a server that makes no meetings: the demo must notice.
# BUILD_DIR names the build folder.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
work=$(mktemp -d "${TMPDIR:-/tmp}/clinicpro-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
fail() { printf 'demo_test: %s\n' "$1"; shift; for file in "$@"; do tail -60 "$file"; done; exit 1; }

# The same programs, except that the choice of a meeting provider is forgotten.
mkdir "$work/bin" "$work/good" "$work/bad"
ln -s "$build/bin/clinicpro-sandbox" "$work/bin/"
cat >"$work/bin/clinicpro" <<SCRIPT
#!/bin/bash
[[ \$1 != meetings ]] || exit 0
exec "$build/bin/clinicpro" "\$@"
SCRIPT
chmod +x "$work/bin/clinicpro"

# Settings of the caller must not reach the demo's programs.
export CLINICPRO_DATABASE=sqlite:/nonexistent/real.db CLINICPRO_NO_SUCH_SETTING=1
TMPDIR=$work/good DEMO_BIN_DIR=$build/bin bash "$here/../demo/demo.sh" --once >"$work/good.out" 2>&1 &
good=$!
TMPDIR=$work/bad DEMO_BIN_DIR=$work/bin bash "$here/../demo/demo.sh" --once >"$work/bad.out" 2>&1 &
bad=$!

began=$SECONDS status=0
wait $good || status=$?
((status == 0)) || fail "the demo failed with exit code $status:" "$work/good.out"
((SECONDS - began < 60)) || fail "the demo took $((SECONDS - began)) s; a newcomer waits at most 60"
[[ $(tail -n 1 "$work/good.out") == '7 passed, 0 failed' ]] || fail 'its last line is not the verdict:' "$work/good.out"
if grep -q $'\e' "$work/good.out"; then fail 'there are colours though nobody looks:' "$work/good.out"; fi

status=0
wait $bad || status=$?
((status == 1)) || fail "without meetings the demo ended with $status instead of 1:" "$work/bad.out"
# The five scenes with a paid virtual visit fail; the visit at the clinic and the cancelled prompt need no meeting.
[[ $(grep -c '' <(tail -n 30 "$work/bad.out" | grep -x '2 passed, 5 failed')) == 1 ]] ||
    fail 'without meetings it did not say "2 passed, 5 failed":' "$work/bad.out"

for folder in good bad; do
    [[ -z $(ls -A "$work/$folder") ]] || fail "it left behind: $(ls -A "$work/$folder")"
done
if DEMO_BIN_DIR=$work/none bash "$here/../demo/demo.sh" --once >"$work/none.out" 2>&1; then fail 'it ran without programs'; fi
grep -q '^There is no .*Build it first' "$work/none.out" || fail 'no sentence about missing programs:' "$work/none.out"
echo 'demo_test: ok'
