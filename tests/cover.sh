#!/usr/bin/env bash
# Runs the unit tests as clang's source-based coverage builds them (./dev cover builds build/cover) and prints, for src/,
# lines and branches by layer, and MC/DC of the decision files (tests/decisions.txt).
#
#   tests/cover.sh           # the test programs of tests/<layer>/
#   tests/cover.sh --all     # the scripts of tests/ too: the real programs under them
#   tests/cover.sh --show src/payments/transaction.cpp    # the last run's counts, line by line
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/cover
profile=$build/coverage.profdata
table() { awk -F'\t' '{ printf "%-32s", $1; for (i = 2; i <= NF; ++i) printf "%12s", $i; print "" }'; }
decisions() { awk '!/^#/ && NF { print $1 }' tests/decisions.txt; }

programs=()
for folder in tests/*/; do
    program=$build/bin/$(basename "$folder")_test
    [[ ! -x $program ]] || programs+=("$program")
done
objects=("${programs[0]}")
for program in "${programs[@]:1}"; do objects+=(-object "$program"); done

scope=(-E '_test$|_corpus$')  # the programs' own ctest entries have plain names
case ${1:-} in
    '') ;;
    --all)
        scope=(-LE long)
        for program in clinicpro clinicpro-sandbox clinicpro-storm; do objects+=(-object "$build/bin/$program"); done
        ;;
    --show)
        exec llvm-cov-19 show "${objects[@]}" -instr-profile="$profile" -show-branches=count -show-mcdc "${@:2}"
        ;;
    *) echo "cover: --all, --show <file>, or nothing"; exit 64 ;;
esac

rm -rf "$build/profiles"
mkdir -p "$build/profiles"
# A program's runs are merged into one file as they end (%m), so thousands of them take no room.
LLVM_PROFILE_FILE=$PWD/$build/profiles/%2m.profraw \
    ctest --test-dir "$build" --output-on-failure --no-tests=error -j2 "${scope[@]}" | tail -n 40
llvm-profdata-19 merge -sparse -o "$profile" "$build"/profiles/*.profraw
# A header counts where the compiler put its functions; what stands in generated files is not ours.
llvm-cov-19 export -summary-only "${objects[@]}" -instr-profile="$profile" -ignore-filename-regex='/(tests|build|sandbox|storm|fuzz)/|^/usr/' \
    >"$build/coverage.json"

jq -r --arg here "$PWD/" '
    def percent(part): if part.count == 0 then "-" else (1000 * part.covered / part.count | round / 10 | tostring) + " %" end;
    def sum(key): {count: (map(.summary[key].count) | add), covered: (map(.summary[key].covered) | add)};
    def row(name): [name, length, sum("lines").count, percent(sum("lines")), sum("branches").count, percent(sum("branches"))] | @tsv;
    [.data[0].files[] | .filename |= sub(".*/src/"; "src/") | select(.filename | startswith("src/"))]
    | (["layer", "files", "lines", "covered", "branches", "covered"] | @tsv),
      (group_by(.filename | split("/")[1])[] | row(.[0].filename | split("/")[1])), row("all")' \
    "$build/coverage.json" | table

echo
jq -r --arg decisions "$(decisions)" '
    def percent(part): if part.count == 0 then "-" else (1000 * part.covered / part.count | round / 10 | tostring) + " %" end;
    ($decisions | split("\n")) as $wanted
    | [.data[0].files[] | .filename |= sub(".*/src/"; "src/") | select(.filename | IN($wanted[]))]
    | (["decision file", "lines", "branches", "covered", "conditions", "MC/DC"] | @tsv),
      (.[] | [.filename, percent(.summary.lines), .summary.branches.count, percent(.summary.branches),
              .summary.mcdc.count, percent(.summary.mcdc)] | @tsv),
      (["all", percent({count: map(.summary.lines.count) | add, covered: map(.summary.lines.covered) | add}),
        (map(.summary.branches.count) | add),
        percent({count: map(.summary.branches.count) | add, covered: map(.summary.branches.covered) | add}),
        (map(.summary.mcdc.count) | add),
        percent({count: map(.summary.mcdc.count) | add, covered: map(.summary.mcdc.covered) | add})] | @tsv)' \
    "$build/coverage.json" | table
echo
echo "$build/coverage.json has every file; tests/cover.sh --show <file> has the lines"
