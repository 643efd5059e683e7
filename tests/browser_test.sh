#!/usr/bin/env bash
# The pages as people meet them: Debian's Chromium against the real server and sandbox (tests/browser/*.story.mjs).
#
# BUILD_DIR=build/dev tests/browser_test.sh [part of a story's name]; SHOTS=folder keeps pictures of every page.
# In the quick tier of ctest only those of the pay page; tests/long/browser_stories_test.sh plays them all.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "${BUILD_DIR:?BUILD_DIR must name the build folder}")
export DEMO_BIN_DIR=$build/bin
# shellcheck source=demo/stage.sh
source "$here/../demo/stage.sh"
for program in chromium node npm; do
    command -v $program >/dev/null || fail "This needs $program: ./dev deps installs it."
done
[[ -z ${SHOTS:-} ]] || SHOTS=$(realpath -m "$SHOTS")

# Exactly what the lock file names, and only when it changed.
installed=$here/browser/node_modules/.installed
if [[ ! $installed -nt $here/browser/package-lock.json ]]; then
    (cd "$here/browser" && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error) >&2
    touch "$installed"
fi

open_stage
start_sandbox --quick --mail-port 0
sandbox PUT switches '{"mail_tls": false}' >/dev/null  # nobody vouches for a certificate made up on this machine
start_server
clinicpro clinic create mlimani --name "Mlimani Clinic" >/dev/null
merchant 600986
clinicpro mpesa set --clinic mlimani --environment custom --base-url "$sandbox_url" --shortcode 600986 --consumer-key env:KEY \
    --consumer-secret env:SECRET --passkey env:PASSKEY --callback-url "$server_url" >/dev/null
clinicpro mpesa register --clinic mlimani >/dev/null
give_key mlimani
began=$SECONDS
until [[ $(api mlimani GET /mpesa/c2b-urls | jq -r .state) == registered ]]; do
    ((SECONDS - began < 15)) || fail "The sandbox did not register the clinic's addresses."
    sleep 0.1
done

API_KEY=$(sed 's/^Authorization: Bearer //' "$stage/mlimani.key")
OPERATOR_KEY=$(clinicpro key create --operator --label browser --quiet)
SANDBOX_CONFIG=$("$bin_dir/clinicpro-sandbox" --print-config)
export SANDBOX_CONFIG API_KEY OPERATOR_KEY SHOTS=${SHOTS:-} SERVER_URL=$server_url SANDBOX_URL=$sandbox_url
if (($# == 0)) && [[ ${TEST_TIER:-} == quick ]]; then set -- pay.story; fi
node "$here/browser/run.mjs" "$@"
