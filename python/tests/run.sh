#!/usr/bin/env bash
# The Python package and the script of docs/layouts.md against runs of the program that DPAC names. Installs what tests need
# under target/. Arguments are pytest's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

installed=../target/python-tests
if ! cmp -s tests/requirements.txt "$installed/requirements.txt"; then
  mkdir -p "$installed"
  python3 -m venv "$installed/venv"
  "$installed/venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/requirements.txt
  cp tests/requirements.txt "$installed/requirements.txt"
fi
"$installed/venv/bin/python" -m pytest --quiet -p no:cacheprovider "$@"
# And the library's statistics against scipy.
"$installed/venv/bin/python" tests/against_scipy.py tests/statistics.json
