#!/usr/bin/env bash
# PyTorch, JAX and dpac's bare loop on the regression of a network policy, in turns: checks that they agree, then prints one table.
# `networks.sh --quick` in a few minutes. The packages are some gigabytes, since PyTorch brings what GPUs need.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

peers=target/peers/networks
if ! cmp -s benches/peers/networks.txt "$peers/installed"; then
  python3 -m venv "$peers/venv"
  "$peers/venv/bin/pip" install --quiet --requirement benches/peers/networks.txt
  cp benches/peers/networks.txt "$peers/installed"
fi
# SPEED names a benchmark that is built already.
if [ -z "${SPEED:-}" ]; then
  SPEED=$(cargo bench --locked --no-run -p dpac-speed --bench speed --message-format=json |
    python3 -c 'import json, sys; print([line["executable"] for line in map(json.loads, sys.stdin) if line.get("executable")][-1])')
fi
exec "$peers/venv/bin/python" benches/peers/compare_networks.py "$SPEED" "$@"
