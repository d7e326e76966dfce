#!/usr/bin/env bash
# Holds the library's statistics against scipy, which it installs under target/. Needs Python.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
installed="$here/../../target/python-tests"
mkdir -p "$installed"

if ! cmp -s "$here/requirements.txt" "$installed/requirements.txt"; then
  python3 -m venv "$installed/venv"
  "$installed/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  cp "$here/requirements.txt" "$installed/requirements.txt"
fi
"$installed/venv/bin/python" "$here/against_scipy.py" "$here/statistics.json"
