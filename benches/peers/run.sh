#!/usr/bin/env bash
# NumPy, JAX and dpac on the same work, in turns: checks that they agree, then prints one table. `run.sh --quick` in a minute or two.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

peers=target/peers
if ! cmp -s benches/peers/requirements.txt "$peers/installed"; then
  python3 -m venv "$peers/venv"
  "$peers/venv/bin/pip" install --quiet --requirement benches/peers/requirements.txt
  cp benches/peers/requirements.txt "$peers/installed"
fi
# DPAC names a program that is built already.
if [ -z "${DPAC:-}" ]; then
  cargo build --release --locked --bin dpac
  DPAC=target/release/dpac
fi
"$peers/venv/bin/python" benches/peers/check.py "$DPAC"
exec "$peers/venv/bin/python" benches/peers/compare.py "$DPAC" "$@"
