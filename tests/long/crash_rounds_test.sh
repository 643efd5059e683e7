#!/usr/bin/env bash
# The same trial as tests/crash_test.sh, 152 rounds long: 140 on SQLite beside 12 on PostgreSQL, 7296 payments in all. With the
# optimised programs, whose moments are other ones than those of the quick tier's. Run by ./dev test --all.
set -euo pipefail
: "${BUILD_DIR:=$PWD/build/dev}"
CRASH_BIN_DIR=$(dirname "$BUILD_DIR")/release/bin
export BUILD_DIR CRASH_BIN_DIR CRASH_ROUNDS=${CRASH_ROUNDS:-sqlite=140 postgres=12}
exec bash "$(dirname "${BASH_SOURCE[0]}")/../crash_test.sh"
