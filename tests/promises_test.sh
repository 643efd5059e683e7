#!/usr/bin/env bash
# Holds docs/promises.md to the code: every file, test and checker it names exists, every promise has a checker that can
# break it, and no file speaks of a promise that is not there. Run by ctest, or by hand.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
page=docs/promises.md
broken=0
wrong() { echo "$page: $*"; broken=$((broken + 1)); }

# check <page>: prints each word in backticks as "file <path>" or "name <word> <path it was named after>".
named() {
    awk '
        /^- |^## / { path = ""; print "end" }
        {
            line = $0
            while (match(line, /`[^`]+`/)) {
                word = substr(line, RSTART + 1, RLENGTH - 2)
                line = substr(line, RSTART + RLENGTH)
                if (word ~ /^[a-z]+\/.*[.](cpp|hpp|sh)$/) { path = word; print "file", word }
                else if (word ~ /^[a-zA-Z:]+(_[a-z0-9_]+)+$|^[a-z]+$|^Wire::/) print "name", word, path
            }
        }' "$1"
}

tests=0
previous=
while read -r kind word path; do
    if [[ $kind == file ]]; then
        [[ -f $word ]] || wrong "there is no $word"
        # A checker is named before its file: "`check_money` in `storm/check_money.cpp`".
        for name in $previous; do
            grep -q "${name##*::}(" "$word" || wrong "$word has no $name"
        done
        previous=
    elif [[ $kind == end ]]; then
        [[ -z $previous ]] || wrong "names$previous without a file"
        previous=
    elif [[ $word == paid ]]; then
        continue  # a state
    elif [[ $path == tests/* ]]; then
        grep -q "^TEST[_FP]*([A-Za-z0-9_]*, $word)" "$path" || wrong "$path has no test $word"
        tests=$((tests + 1))
    else
        previous+=" $word"
    fi
done < <(named "$page")
((tests >= 25)) || wrong "names only $tests tests; can this script still read it?"

# Every promise of the page can be broken by the storm, and every promise that anybody speaks of is on the page.
mapfile -t promises < <(sed -n 's/^## P-\([0-9][0-9]\) .*/\1/p' "$page")
((${#promises[@]} >= 13)) || wrong "has only ${#promises[@]} promises"
for promise in "${promises[@]}"; do
    grep -rqE "breaks\(${promise#0},|\"P-$promise " storm || wrong "P-$promise has no checker in storm/"
done
for promise in $(grep -rhoE 'P-[0-9]{2}\b' src sandbox storm tests docs README.md | sort -u); do
    [[ " ${promises[*]} " == *" ${promise#P-} "* ]] || { [[ $promise == P-%02d ]] || wrong "$promise is spoken of and is no promise"; }
done

((broken == 0)) || exit 1
echo "${#promises[@]} promises, $tests tests and their checkers are there"
