//! How much of a disk a run takes, by counting.

use crate::config::KeepPolicies;
use crate::experiment::{Input, Resolved};

/// A line of `rounds.jsonl`, at its longest as measured.
const LINE_BYTES: u64 = 3000;
/// Digits of a float as text, with what stands between two.
const TEXT_BYTES: u64 = 20;
/// Everything else that a run directory has.
const REST_BYTES: u64 = 16 * 1024;

/// Bytes that a run directory will hold, roughly.
pub(super) fn disk_bytes(resolved: &Resolved, input: &Input) -> u64 {
    let d_theta = resolved.subject.d_theta() as u64;
    let rounds = resolved.shape.rounds();
    let policies = match resolved.config.output.keep_policies {
        KeepPolicies::All if resolved.evaluated.is_empty() => rounds.saturating_mul(8 * d_theta),
        _ => 0,
    };
    let inputs: u64 = input.files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    [rounds.saturating_mul(LINE_BYTES), policies, d_theta * TEXT_BYTES, inputs, REST_BYTES]
        .into_iter()
        .fold(0, u64::saturating_add)
}
