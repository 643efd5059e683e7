#!/usr/bin/env bash
# The storm under sanitizers: a few seeds of the whole program with every fault that they draw, one of them twice, and one
# planted bug that must be caught. The batch that CI stands on is tests/long/storm_batch_test.sh. Run by ctest.
set -euo pipefail
: "${BUILD_DIR:=$PWD/build/dev}"
storm=$BUILD_DIR/bin/clinicpro-storm
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fail() { echo "FAILED: $*"; cat "$log"; exit 1; }

"$storm" --seeds 1..24 --probes >"$log" 2>&1 || fail "a seed of 1..24 broke a promise"
tail -n 1 "$log"
grep -q '^24 seeds in ' "$log" || fail "the batch is not as large as was asked"

# A failure names its seed, the faults, the last events and the command that replays it.
if "$storm" --seeds 1..40 --mutate 1 >"$log" 2>&1; then fail "a planted bug was not seen in 1..40"; fi
for part in 'FAILS$' 'P-0' 'fewest events that fail' 'replay: ./dev storm --seed [0-9]* --mutate 1 --trace'; do
    grep -q -- "$part" "$log" || fail "a failure does not say \"$part\""
done

for wrong in '--seeds 5' '--seed x' '--seed' '--mutate 99' '--storm 1'; do
    # shellcheck disable=SC2086  # two words on purpose
    if "$storm" $wrong >"$log" 2>&1; then fail "\"$wrong\" was taken"; fi
    grep -q '^storm: .*[.]$' "$log" || fail "\"$wrong\" is not answered by a sentence"
done
echo "storm ok"
