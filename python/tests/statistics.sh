#!/usr/bin/env bash
# Holds the library's statistics against scipy, which it installs under target/. Needs Python.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/installed.sh"
"$python" "$here/against_scipy.py" "$here/statistics.json"
