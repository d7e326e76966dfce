//! How much of a disk a run takes, by counting, before it is run.
//!
//! What grows with the rounds is counted whole; texts by the length that their numbers have at most. A run
//! directory is at its largest when its last checkpoint is written, beside the one before.

use super::memory::Lengths;
use super::resolve::{Input, Resolved};
use crate::config::KeepPolicies;
use crate::files::platform;
use serde::Serialize;
use std::path::Path;

/// A line of `rounds.jsonl`, at its longest as measured.
const LINE_BYTES: u64 = 3000;
/// Digits of a number as text, with what stands between two.
const TEXT_BYTES: u64 = 20;
/// Everything else that a run directory has.
const REST_BYTES: u64 = 16 * 1024;

/// Bytes of a run directory at its largest, by what they are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Disk {
    /// `policies.npy`: θ of every round.
    pub policies: u64,
    /// `rounds.jsonl`.
    pub rounds: u64,
    /// Two checkpoints.
    pub checkpoints: u64,
    /// The last policy and critic, inputs, and the rest.
    pub rest: u64,
}

impl Disk {
    /// That of a run.
    pub fn of(resolved: &Resolved, input: &Input) -> Self {
        let lengths = Lengths::of(resolved);
        let output = &resolved.config.output;
        let (p, q) = (lengths.p, lengths.q);
        let rounds = resolved.shape.rounds();
        let policies = match output.keep_policies {
            KeepPolicies::All if resolved.evaluated.is_empty() => rounds.saturating_mul(8 * p),
            _ => 0,
        };
        let lines = rounds.checked_div(u64::from(output.log_every)).unwrap_or(0).saturating_add(1);
        let last = match output.keep_policies {
            KeepPolicies::None => 0,
            KeepPolicies::All | KeepPolicies::Last => p.saturating_mul(TEXT_BYTES),
        };
        let inputs: u64 = input.files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        Disk {
            policies,
            rounds: lines.saturating_mul(LINE_BYTES),
            checkpoints: lengths.checkpoint_bytes().saturating_mul(2),
            rest: [last, 8 * q, inputs, REST_BYTES].into_iter().fold(0, u64::saturating_add),
        }
    }

    /// All of it.
    pub fn total(&self) -> u64 {
        let Disk { policies, rounds, checkpoints, rest } = *self;
        [policies, rounds, checkpoints, rest].into_iter().fold(0, u64::saturating_add)
    }

    /// Those of two runs.
    #[must_use]
    pub fn and(self, other: Disk) -> Self {
        Disk {
            policies: self.policies.saturating_add(other.policies),
            rounds: self.rounds.saturating_add(other.rounds),
            checkpoints: self.checkpoints.saturating_add(other.checkpoints),
            rest: self.rest.saturating_add(other.rest),
        }
    }
}

/// Bytes that may still be written at a place, which need not exist yet, where the system tells.
pub fn free_disk_bytes(place: &Path) -> Option<u64> {
    let place = std::path::absolute(place).ok()?;
    platform::free_disk_bytes(place.ancestors().find(|above| above.is_dir())?)
}
