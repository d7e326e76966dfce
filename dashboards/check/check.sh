#!/usr/bin/env bash
# Holds the dashboards against Grafana's own types and code, which it installs under target/. Needs Python, Node and npm.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
installed="$here/../../target/dashboards-check"
mkdir -p "$installed"

if ! cmp -s "$here/requirements.txt" "$installed/requirements.txt"; then
  python3 -m venv "$installed/venv"
  "$installed/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$installed/requirements.txt"
fi
if ! cmp -s "$here/package.json" "$installed/package.json" || [ ! -e "$installed/node_modules/.complete" ]; then
  cp "$here/package.json" "$installed/package.json"
  # Scripts of packages are not needed, and would run what nobody has read.
  npm install --prefix "$installed" --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error
  touch "$installed/node_modules/.complete"
fi
"$installed/venv/bin/python" "$here/check.py"
NODE_PATH="$installed/node_modules" node "$here/check.cjs"
