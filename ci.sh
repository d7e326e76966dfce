#!/usr/bin/env bash
# Everything that must hold before a change is merged: the same for people and for the continuous integration.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cargo_deny_version=0.20.2

step() {
  printf '\n== %s\n' "$*"
  "$@"
}

step cargo fmt --all --check
step cargo clippy --workspace --all-targets --locked -- -D warnings
step cargo test --workspace --locked
RUSTDOCFLAGS="-D warnings" step cargo doc --workspace --no-deps --document-private-items --locked
if ! cargo deny --version >/dev/null 2>&1; then
  step cargo install cargo-deny --locked --version "$cargo_deny_version"
fi
step cargo deny --locked check bans licenses sources
printf '\n== all checks passed\n'
