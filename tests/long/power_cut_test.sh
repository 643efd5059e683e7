#!/usr/bin/env bash
# tests/power with eight times as many power cuts. Run by ./dev test --all.
set -euo pipefail
POWER_TIMES=8 exec "${BUILD_DIR:=$PWD/build/dev}/bin/power_test" --gtest_brief=1
