#!/usr/bin/env bash
# The Python package and the script of docs/layouts.md against runs of the program that DPAC names. Installs what tests need
# under target/. Arguments are pytest's.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/installed.sh"
cd "$here/.."
# An interpreter that has PyTorch: that of Debian's python3-torch.
export DPAC_TORCH="${DPAC_TORCH:-/usr/bin/python3}"

"$python" -m pytest --quiet -p no:cacheprovider "$@"
# And the library's statistics against scipy.
"$python" tests/against_scipy.py tests/statistics.json
