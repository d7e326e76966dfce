#!/usr/bin/env bash
# Makes reports of a small sweep and of a run, and looks at them in a headless Chromium, with what it installs under target/.
# Needs Chromium, Node, npm, and the program as a test build leaves it. With a directory as its argument it leaves pictures there.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
installed="${CARGO_TARGET_DIR:-$repository/target}/report-check"
dpac=$(realpath "${DPAC:-${CARGO_TARGET_DIR:-$repository/target}/debug/dpac}")
pictures=${1:+$(realpath "$1")}
mkdir -p "$installed"
if ! cmp -s "$here/package.json" "$installed/package.json" || [ ! -e "$installed/node_modules/.complete" ]; then
  cp "$here/package.json" "$installed/package.json"
  # Scripts of packages are not needed, and would run what nobody has read.
  npm install --prefix "$installed" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error
  touch "$installed/node_modules/.complete"
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
small=(--set actor.rounds=6 --set actor.local_steps=32 --set actor.sync_interval=8 --set critic.local_steps=16 --quiet)
"$dpac" sweep "$repository/configs/tiger.toml" "${small[@]}" --grid federation.clients=1,4,16 --grid actor.target=q,advantage \
  --seeds 0..3 --target 'value>=-20' --out sweep
"$dpac" run "$repository/configs/tiger.toml" "${small[@]}" --out run
"$dpac" report sweep --title 'A "title" with </script> & <b>' --out sweep.html
"$dpac" report run --out run.html
NODE_PATH="$installed/node_modules" node "$here/check.cjs" "$(command -v chromium)" "$scratch" ${pictures:+"$pictures"}
