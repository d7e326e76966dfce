#!/usr/bin/env bash
# Everything that must hold before a change is merged: the same for people and for the continuous integration.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cargo_deny_version=0.20.2
cargo_fuzz_version=0.13.2

step() {
  printf '\n== %s\n' "$*"
  "$@"
}

# What needs one core goes on behind what comes next: `behind NAME COMMAND...`, and where it must have ended `joined NAME`.
# `idle NAME COMMAND...` has what nobody else wants of the processor: tests that wait for each other are not disturbed.
declare -A behind_pid behind_log
behind() {
  local name=$1
  shift
  behind_log[$name]=$(mktemp)
  # In a group of its own, which can be ended as a whole.
  set -m
  (step "$@") >"${behind_log[$name]}" 2>&1 </dev/null &
  set +m
  behind_pid[$name]=$!
}
idle() {
  behind "$1" at_last "${@:2}"
}
at_last() {
  renice --priority 19 "$BASHPID" >/dev/null
  "$@"
}
joined() {
  local code=0
  wait "${behind_pid[$1]}" || code=$?
  cat "${behind_log[$1]}"
  rm -f "${behind_log[$1]}"
  unset "behind_pid[$1]"
  return "$code"
}
# Where a step fails, nothing goes on behind it.
scratch_corpus=
trap 'for pid in "${behind_pid[@]}"; do kill -- "-$pid" 2>/dev/null || true; done; rm -rf "$scratch_corpus"' EXIT

# Tools that run for a second need no optimiser, which would take minutes.
install() {
  CARGO_PROFILE_DEV_DEBUG=0 step cargo install "$1" --debug --locked --version "$2"
}

# Tests of monitoring run Prometheus itself and its checks; those of dashboards run Grafana's own code, in Python and Node, and runs are
# executed again in Python; valgrind counts instructions; strace records the calls of a run, for power cuts and failing calls; reports are
# looked at in Chromium.
missing=()
for command in prometheus promtool; do command -v "$command" >/dev/null || missing+=(prometheus); done
command -v prometheus-pushgateway >/dev/null || missing+=(prometheus-pushgateway)
command -v npm >/dev/null || missing+=(npm)
command -v python3 >/dev/null || missing+=(python3 python3-venv)
command -v valgrind >/dev/null || missing+=(valgrind)
command -v strace >/dev/null || missing+=(strace)
command -v chromium >/dev/null || missing+=(chromium)
as_root=()
# PyTorch is what networks are held to: Debian's, which is built for the processor alone. It is large, and comes in behind the tests.
torch=()
[ -x /usr/bin/python3 ] && /usr/bin/python3 -c 'import importlib.util as u; exit(u.find_spec("torch") is None)' || torch=(python3-torch)
if [ "$((${#missing[@]} + ${#torch[@]}))" -gt 0 ] && [ "$(id -u)" -ne 0 ]; then
  # Behind other steps nobody can be asked for a password.
  as_root=(sudo)
  sudo --validate
fi
packages() {
  if [ "${#missing[@]}" -gt 0 ]; then
    step "${as_root[@]}" apt-get update
    step "${as_root[@]}" apt-get install --yes --no-install-recommends "${missing[@]}"
  fi
}
torch() {
  if [ "${#torch[@]}" -gt 0 ]; then
    step "${as_root[@]}" apt-get update
    step "${as_root[@]}" apt-get install --yes --no-install-recommends "${torch[@]}"
  fi
}

# Built behind the lints and the tests, each in a directory of its own.
tools() {
  if ! cargo deny --version >/dev/null 2>&1; then
    install cargo-deny "$cargo_deny_version"
  fi
  step cargo deny --locked check bans licenses sources
  if ! cargo fuzz --version >/dev/null 2>&1; then
    install cargo-fuzz "$cargo_fuzz_version"
  fi
  # Sanitizers are unstable options, which the stable compiler takes only when told to. All targets are one build.
  RUSTC_BOOTSTRAP=1 step cargo fuzz build
  step cargo bench --locked --no-run -p dpac-instructions
}

step cargo fmt --all --check
# Files of algorithms, which a macro declares: cargo fmt does not find these.
step rustfmt --edition 2024 --check src/algorithm/*.rs src/algorithm/*/*.rs
# Comments keep to the columns that rustfmt keeps code to, but for rows of tables.
wide=$(git ls-files -z '*.rs' | LC_ALL=C.UTF-8 xargs -0 grep -nP '^(?=\s*//(?![/!]? \|)).{111,}$' || true)
if [ -n "$wide" ]; then
  printf 'comments of more than 110 columns:\n%s\n' "$wide"
  exit 1
fi
# Lints need none of the packages, and their end needs one core.
behind packages packages
idle tools tools
step cargo clippy --workspace --all-targets --locked -- -D warnings
joined packages
behind torch torch
# With the crate of an algorithm that lives outside of dpac, `examples/own-algorithm`.
step cargo test --workspace --locked
joined torch
# What is written in Python to read runs, against the program that the tests have built.
behind python env DPAC="${CARGO_TARGET_DIR:-$PWD/target}/debug/dpac" python/tests/run.sh
# And reports, in a browser.
behind reports tests/report/check.sh
# What is published: packed as it would be, with what a stranger looks for.
published=(dpac-actors dpac momentum-td)
packed_into=${CARGO_TARGET_DIR:-target}/package
rm -f "$packed_into"/*.crate
step cargo package --locked --no-verify "${published[@]/#/-p}"
for crate in "${published[@]}"; do
  packed=$(tar tzf "$packed_into/$crate"-[0-9]*.crate)
  for file in README.md LICENSE-MIT LICENSE-APACHE Cargo.lock; do
    if ! grep -q "^[^/]*/$file\$" <<<"$packed"; then
      printf '%s is packed without %s\n' "$crate" "$file"
      exit 1
    fi
  done
done
joined python
joined reports
joined tools
# Instructions are counted, not timed: it does not matter what else the machine does.
behind instructions cargo bench --locked -p dpac-instructions
step dashboards/check/check.sh
step python/tests/figures.sh
RUSTDOCFLAGS="-D warnings" step cargo doc --workspace --no-deps --document-private-items --locked
joined instructions
# An algorithm as a crate of its own, at most as long as its page says. It is built as a stranger's would be,
# with those features of dependencies that dpac-actors asks for, but with the workspace's profile, so that most
# of them are there already.
own_crate=(env CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
  CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_PROFILE_DEV_DEBUG="${CARGO_PROFILE_DEV_DEBUG:-line-tables-only}")
step cargo fmt --manifest-path examples/fedavg/Cargo.toml --check
step "${own_crate[@]}" cargo test --locked --manifest-path examples/fedavg/Cargo.toml
step "${own_crate[@]}" cargo run --locked --quiet --manifest-path examples/fedavg/Cargo.toml
step test "$(wc -l <examples/fedavg/src/main.rs)" -le 80
# What the fuzzer finds goes into a scratch corpus: the committed one grows by hand alone.
scratch_corpus=$(mktemp -d)
host=$(rustc -vV | sed -n 's/^host: //p')
# fuzz TARGET SECONDS LENGTH [OPTION...]: inputs have at most LENGTH bytes. What it says is shown where it fails.
fuzz() {
  mkdir "$scratch_corpus/$1"
  local log=$scratch_corpus/$1.log
  if "fuzz/target/$host/release/$1" "$scratch_corpus/$1" "fuzz/corpus/$1" -artifact_prefix="fuzz/artifacts/$1-" \
    -max_total_time="$2" -max_len="$3" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=64 -print_final_stats=1 \
    "${@:4}" >"$log" 2>&1; then
    printf '%s: %s\n' "$1" "$(grep '^Done' "$log")"
  else
    cat "$log"
    return 1
  fi
}
# Two at a time.
step mkdir -p fuzz/artifacts
fuzz read 5 4096 -dict=fuzz/read.dict &
fuzz trace 5 65536
wait $!
fuzz configuration 5 4096 &
fuzz policy 5 4096
wait $!
fuzz diagnostics 5 4096 -dict=fuzz/read.dict &
fuzz checkpoint 5 16384
wait $!
fuzz trace_diff 5 16384 &
fuzz role_replay 5 16384
wait $!
printf '\n== all checks passed\n'
