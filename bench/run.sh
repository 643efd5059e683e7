#!/usr/bin/env bash
# ./dev bench: payments applied per second beside a no-op route, memory and start-up, in one run (docs/numbers.md).
# Usage: bench/run.sh [INVOICES]   (default 20000 of each kind; BENCH_DATABASE=postgresql://... for the other engine)
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d "${TMPDIR:-/tmp}/clinicpro-bench.XXXXXX")
trap 'rm -rf "$folder"' EXIT
build/release/bin/payments_bench "$PWD/build/release/bin/clinicpro" "$folder" "${1:-20000}"
