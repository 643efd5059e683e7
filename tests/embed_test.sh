#!/bin/bash
# embed_test.sh: another program can use daraja and meetings as libraries: install them, build examples/embed against
# what was installed, run it against the sandbox, and look at what it says. BUILD_DIR names the build folder.
# Whatever is missing makes it fail.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
work=$(mktemp -d)
sandbox=
finish() {
    if [ -n "$sandbox" ]; then kill "$sandbox" 2>/dev/null || true; wait "$sandbox" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap finish EXIT
fail() { echo "embed_test: $*" >&2; exit 1; }
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }

[ -f "$build/CMakeCache.txt" ] || fail "$build is no build folder"
[ -x "$build/bin/clinicpro-sandbox" ] || fail "$build/bin/clinicpro-sandbox was not built"

cmake --install "$build" --component libraries --prefix "$work/prefix" > "$work/install.log" 2>&1 ||
    { cat "$work/install.log" >&2; fail "installing failed"; }
# Away from the source tree, so that nothing but the installed headers can be found.
cp -r examples/embed "$work/source"
# No lld and none of our flags: an ordinary program. Sanitizers come with the installed libraries when they have them.
if ! { cmake -G Ninja -S "$work/source" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE=Debug \
           -DCMAKE_CXX_COMPILER="$(cached CMAKE_CXX_COMPILER)" -DCMAKE_CXX_FLAGS="-Wall -Werror" &&
       cmake --build "$work/build"; } > "$work/build.log" 2>&1; then
    tail -60 "$work/build.log" >&2
    fail "the example does not build against the installed libraries"
fi
# A component that does not exist is refused by name.
sed -i 's/COMPONENTS daraja meetings/COMPONENTS daraja payments/' "$work/source/CMakeLists.txt"
if cmake -G Ninja -S "$work/source" -B "$work/none" -DCMAKE_PREFIX_PATH="$work/prefix" \
       -DCMAKE_CXX_COMPILER="$(cached CMAKE_CXX_COMPILER)" > "$work/none.log" 2>&1; then
    fail "a component that does not exist was found"
fi
tr -s ' \n' ' ' < "$work/none.log" | grep -q "clinicpro has no component payments" ||
    fail "no sentence about the component: $(cat "$work/none.log")"

mkfifo "$work/ready"
"$build/bin/clinicpro-sandbox" --port 0 --quick > "$work/ready" 2> "$work/sandbox.log" &
sandbox=$!
read -r -t 30 word url < "$work/ready" || fail "the sandbox did not start: $(cat "$work/sandbox.log")"
[ "$word" = ready ] || fail "the sandbox said '$word $url'"

export DARAJA_CONSUMER_KEY=SandboxSharedKey0000000000000001 DARAJA_CONSUMER_SECRET=SandboxSharedSecret1
export DARAJA_PASSKEY=bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919
embed="$work/build/embed"

callback=http://127.0.0.1:9/callback  # nobody listens there: the answer to the push is all this program reads

"$embed" "$url" 0712345678 "$callback" > "$work/out" 2> "$work/err" || fail "embed failed: $(cat "$work/err")"
for line in '^push: accepted for 2547\*+678, merchant request [0-9A-Za-z-]+$' \
            '^meeting: https://meet\.clinic\.example/r/[A-Za-z0-9_-]{22}$'; do
    grep -Eq "$line" "$work/out" || fail "it did not say $line but: $(cat "$work/out")"
done
[ "$(wc -l < "$work/out")" = 2 ] || fail "it said more than two lines: $(cat "$work/out")"
if grep -q 712345678 "$work/out" "$work/err"; then fail "it printed the whole phone number"; fi

# Wrong secret and nobody there: a sentence and exit code 1, each time with a meeting all the same.
for broken in "DARAJA_CONSUMER_SECRET=wrong $url" "DARAJA_PASSKEY=x http://127.0.0.1:9"; do
    if env "${broken%% *}" "$embed" "${broken#* }" 0712345678 "$callback" > "$work/out" 2> "$work/err"; then
        fail "it succeeded with $broken"
    fi
    grep -q '^push: [A-Z].*\.$' "$work/err" || fail "no sentence for $broken: $(cat "$work/err")"
    grep -q '^meeting: https://' "$work/out" || fail "no meeting for $broken"
done
echo "embed_test: ok"
