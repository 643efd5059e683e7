#!/usr/bin/env bash
# The storm's honesty: each planted bug is caught within the CI batch, and its seed replays it alike; and nothing of the
# storm is in the program that is released. Run by ./dev test --all, with the optimised program.
set -euo pipefail
bin=$(dirname "${BUILD_DIR:=$PWD/build/dev}")/release/bin
"$bin/clinicpro-storm" --seeds 1..600 --mutate all
