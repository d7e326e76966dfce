//! Calls that fail: a full disk, a disk that reports an error.

use super::super::place::{Place, Random, count, said};
use super::{FRESH, goes_on};
use std::collections::BTreeMap;

/// Calls that are made of files alone, and how each can fail.
const FAULTS: [(&str, &str); 5] = [
    ("fsync,fdatasync", "EIO"),
    ("rename,renameat,renameat2,link,linkat", "ENOSPC"),
    ("mkdir,mkdirat", "ENOSPC"),
    ("unlink,unlinkat,rmdir", "EIO"),
    ("ftruncate", "EIO"),
];

#[test]
fn a_run_of_which_a_call_fails_says_so_and_goes_on_when_that_is_mended() {
    let attempts = count("DPAC_ORDEAL_KILLS", 24);
    let mut random = Random::of("failing calls");
    let place = Place::new(6);
    let expected = place.lone(4, FRESH);
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for attempt in 0..attempts {
        place.clear(&place.names().iter().map(String::as_str).collect::<Vec<_>>());
        let (calls, error) = FAULTS[attempt % FAULTS.len()];
        // Each thread counts its own calls.
        let nth = 1 + random.below(12);
        let mut command = std::process::Command::new("strace");
        command.args(["-f", "-q", "-o", "/dev/null", "-e", "signal=none", "-e", &format!("trace={calls}")]);
        command.args(["-e", &format!("inject={calls}:error={error}:when={nth}")]);
        command.arg(env!("CARGO_BIN_EXE_dpac")).args(FRESH.split_whitespace()).current_dir(place.path(""));
        let output = command.output().expect("strace, which ./ci.sh installs");
        let what = format!("{error} of call {nth} of {calls}: {:?}: {}", output.status.code(), said(&output));
        let refused = matches!(output.status.code(), Some(1 | 2)) && said(&output).contains('×');
        if said(&output).contains("panicked") || !(refused || output.status.success()) {
            wrong.push(what.clone());
        }
        place.assert_furniture(&what);
        match goes_on(&place, FRESH, &expected) {
            Ok(way) => *ways.entry(way).or_default() += 1,
            Err(followed) => wrong.push(format!("{what}    {followed}")),
        }
    }
    println!("{attempts} calls that may fail: {ways:?}, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{} of {attempts}:\n{}", wrong.len(), wrong.join("\n"));
}
