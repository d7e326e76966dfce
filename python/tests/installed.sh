# Sourced: installs what the tests in Python need under target/, once, and sets `python`.
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
installed="$tests/../../target/python-tests"
mkdir -p "$installed"
if ! cmp -s "$tests/requirements.txt" "$installed/requirements.txt"; then
  python3 -m venv "$installed/venv"
  "$installed/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$tests/requirements.txt"
  cp "$tests/requirements.txt" "$installed/requirements.txt"
fi
python="$installed/venv/bin/python"
