#!/usr/bin/env bash
# The batch that CI stands on: seeds 1..600, every rare situation reached, 5 % of the seeds run twice. Run by
# ./dev test --all, with the optimised program.
set -euo pipefail
storm=$(dirname "${BUILD_DIR:=$PWD/build/dev}")/release/bin/clinicpro-storm
exec "$storm" --seeds 1..600
