#!/usr/bin/env bash
# Fuzzes each target of fuzz/ from its corpus, two at a time, and fails on any finding. As CI does it: a fixed number of
# executions from a fixed seed, at least two million in all. For long: seconds.
#
#   fuzz/run.sh                      # every target, as in CI
#   fuzz/run.sh --seconds 600        # every target in ten minutes in all, from another seed each time
#   fuzz/run.sh --seconds 60 json    # one of them
#
# Wants build/fuzz (./dev fuzz builds it). What is found stands in build/fuzz/findings/: put it into fuzz/corpus/<target>/
# under a name that says what is wrong, see the test fail, then mend the code.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${FUZZ_DIR:-build/fuzz}

declare -A runs=([callbacks]=450000 [http_head]=350000 [json]=600000 [router]=120000 [templates]=80000 [typed]=450000)
least=2000000
lanes=2

seconds=
targets=()
while (($#)); do
    case $1 in
        --seconds) seconds=${2:?--seconds wants a number}; shift ;;
        *) [[ -d fuzz/corpus/$1 ]] || { echo "fuzz: there is no target '$1'; choose from: $(ls fuzz/corpus | xargs)"; exit 64; }
           targets+=("$1") ;;
    esac
    shift
done
asked=${#targets[@]}
((asked)) || mapfile -t targets < <(ls fuzz/corpus)
turns=$(((${#targets[@]} + lanes - 1) / lanes))  # each target runs in one of them
if [[ -n $seconds ]] && ((seconds < turns)); then
    echo "fuzz: with ${#targets[@]} targets, --seconds must be at least $turns"
    exit 64
fi

logs=$(mktemp -d "${TMPDIR:-/tmp}/clinicpro-fuzz.XXXXXX")
trap 'rm -rf "$logs"' EXIT
mkdir -p "$build/findings"

# fuzz <target>: its own copy of the corpus grows while it runs; the one that is checked in stays small.
fuzz() {
    local target=$1 limit=(-runs="${runs[$1]}" -seed=20261124)
    if [[ -n $seconds ]]; then limit=(-max_total_time=$((seconds / turns)) -seed="$RANDOM$RANDOM"); fi
    mkdir "$logs/$target.grown"
    "$build/bin/${target}_fuzz" "${limit[@]}" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -dict="fuzz/$target.dict" -artifact_prefix="$build/findings/$target-" \
        "$logs/$target.grown" "fuzz/corpus/$target" >"$logs/$target.log" 2>&1 || touch "$logs/$target.failed"
}

began=$SECONDS
for target in "${targets[@]}"; do
    while (($(jobs -rp | wc -l) >= lanes)); do wait -n; done
    fuzz "$target" &
done
wait

total=0
failed=0
for target in "${targets[@]}"; do
    done_runs=$(sed -n 's/^Done \([0-9]*\) runs in .*/\1/p' "$logs/$target.log")
    if [[ -e $logs/$target.failed || -z $done_runs ]]; then
        echo "FINDING in $target:"
        grep -v '^#' "$logs/$target.log" | tail -n 60
        failed=$((failed + 1))
        continue
    fi
    printf '%-10s %10d executions, coverage %s\n' "$target" "$done_runs" \
        "$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$logs/$target.log" | tail -n 1)"
    total=$((total + done_runs))
done
echo "$total executions of ${#targets[@]} targets in $((SECONDS - began)) s"
((failed == 0)) || exit 1
if [[ -z $seconds ]] && ((asked == 0 && total < least)); then
    echo "fuzz: fewer than $least executions; CI promises that many"
    exit 1
fi
