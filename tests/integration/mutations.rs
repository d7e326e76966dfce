//! What a linear congruential generator makes of a corpus: inputs that are nearly right, for whoever has no
//! fuzzer at hand.

/// Gives every input to `check`, and then what becomes of each when a few of its bytes are changed, left out
/// or repeated: as many times as `DPAC_MUTATIONS` says, or 100 times.
pub(crate) fn each(directory: &str, mut check: impl FnMut(&[u8])) {
    let directory = format!("{}/fuzz/corpus/{directory}", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(&directory).expect("the fuzzer's corpus");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{directory} is empty");
    let times: u32 = std::env::var("DPAC_MUTATIONS").ok().and_then(|times| times.parse().ok()).unwrap_or(100);
    let mut draw = 1_u64;
    let mut below = |n: usize| {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (draw >> 33) as usize % n.max(1)
    };
    for path in paths {
        let input = std::fs::read(&path).expect("an input");
        check(&input);
        for _ in 0..times {
            let mut changed = input.clone();
            for _ in 0..1 + below(4) {
                let at = below(changed.len());
                let end = (at + 1 + below(16)).min(changed.len());
                match below(6) {
                    _ if changed.is_empty() => {}
                    0 => changed[at] = below(256) as u8,
                    1 => changed[at] ^= 1 << below(8),
                    2 => changed[at..end].fill(0xff * (below(2) as u8)),
                    3 => drop(changed.drain(at..end)),
                    4 => {
                        let again = changed[at..end].to_vec();
                        changed.splice(at..at, again);
                    }
                    _ => changed.truncate(at),
                }
            }
            check(&changed);
        }
    }
}

#[test]
fn traces_are_compared_to_an_end() {
    each("trace_diff", crate::traces::arbitrary::compare);
}

#[test]
fn roles_are_driven_to_an_end() {
    let resolved = crate::traces::arbitrary::golden();
    let mut mode = 0_u8;
    each("role_replay", |input| {
        let mut input = input.to_vec();
        if let Some(first) = input.first_mut() {
            (*first, mode) = (mode, mode.wrapping_add(1));
        }
        crate::traces::arbitrary::drive(&resolved, &input);
    });
}

#[test]
fn checkpoints_are_read_or_refused() {
    let resolved = crate::checkpoints::golden();
    each("checkpoint", |input| crate::checkpoints::check(&resolved, input));
}

#[test]
fn policies_are_read_or_refused() {
    each("policy", crate::saved_policies::check);
}

#[test]
fn configurations_are_read_or_refused() {
    each("configuration", crate::configuration::arbitrary::check);
}

#[test]
fn diagnostics_are_drawn() {
    each("diagnostics", crate::drawn_diagnostics::check);
}
