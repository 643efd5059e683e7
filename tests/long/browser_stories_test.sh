#!/usr/bin/env bash
# Every story of tests/browser, from the pay page to the set-up (tests/browser_test.sh). Run by ./dev test --all.
set -euo pipefail
: "${BUILD_DIR:=$PWD/build/dev}"
export BUILD_DIR
exec bash "$(dirname "${BASH_SOURCE[0]}")/../browser_test.sh"
