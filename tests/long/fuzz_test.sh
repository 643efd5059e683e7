#!/usr/bin/env bash
# Two million executions of the fuzz targets, from fixed seeds, without a finding. Run by ./dev test --all, which builds
# the preset `fuzz`.
set -euo pipefail
FUZZ_DIR=$(dirname "${BUILD_DIR:=$PWD/build/dev}")/fuzz
export FUZZ_DIR
exec fuzz/run.sh
