#!/usr/bin/env bash
# A thousand paid virtual visits over three clinics with 5 % of every fault: tests/visits_test.sh at its full size. Run by
# ./dev test --all, with the optimised programs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export BUILD_DIR
BUILD_DIR=$(dirname "${BUILD_DIR:=$PWD/build/dev}")/release
VISITS=1000 PERCENT=5 STORM=60 PATIENCE=900 bash "$here/../visits_test.sh"
