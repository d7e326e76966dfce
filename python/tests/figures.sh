#!/usr/bin/env bash
# Draws a small figure with dpac, and runs the program beside it with matplotlib, which it installs under target/.
# Needs Python, and the program as a test build leaves it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/installed.sh"
dpac=$(realpath "${CARGO_TARGET_DIR:-$here/../../target}/debug/dpac")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
"$dpac" sweep "$here/../../configs/tiger.toml" --quiet --set actor.rounds=4 --set actor.eta=auto \
  --grid federation.clients=1,4 --grid actor.target=q,advantage --seeds 0..2 --out sweep
"$dpac" plot sweep --y gap --color federation.clients --facet actor.target --title 'A "title" with \ and $' --out figure.svg
"$dpac" plot sweep --color federation.clients --where actor.target=q --band none --linear-x --out single.pdf
"$python" "$here/figures.py" figure single
