#!/usr/bin/env bash
# The storm's honesty: each planted bug is caught within the CI batch, and its seed replays it alike; and nothing of the
# storm is in the program that is released. Run by ./dev test --all, with the optimised program.
set -euo pipefail
bin=$(dirname "${BUILD_DIR:=$PWD/build/dev}")/release/bin
"$bin/clinicpro-storm" --seeds 1..600 --mutate all
in_storm=$(grep -c clinicpro5storm "$bin/clinicpro-storm") || true
((in_storm > 0)) || { echo "FAILED: the namespace of the storm is not found in its own program, so the next line would prove nothing"; exit 1; }
if grep -q clinicpro5storm "$bin/clinicpro" "$bin/clinicpro-sandbox"; then echo "FAILED: the storm is in a program that is released"; exit 1; fi
