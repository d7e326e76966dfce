//! How much of a disk a run takes, by counting, before it is run.
//!
//! What grows with the rounds is counted whole; texts by the length that their numbers have at most. A run
//! directory is at its largest when its last checkpoint is written, beside the one before.

use super::memory::Lengths;
use super::resolve::{Input, Resolved};
use crate::config::{KeepPolicies, Record};
use crate::files::platform;
use serde::Serialize;
use std::path::Path;

/// A line of `rounds.jsonl`, at its longest as measured.
const LINE_BYTES: u64 = 3000;
/// Digits of a number as text, with what stands between two.
const TEXT_BYTES: u64 = 20;
/// Everything else that a run directory has.
const REST_BYTES: u64 = 16 * 1024;
/// A number of `rounds.jsonl` or `record.jsonl` with all digits that it can have, and what stands between
/// two.
const NUMBER_BYTES: u64 = 26;
/// A word of `record.jsonl` with its number, or with the reason why it has none.
const WORD_BYTES: u64 = 160;

/// Bytes of a run directory at its largest, by what they are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Disk {
    /// `policies.npy`: θ of every round.
    pub policies: u64,
    /// `rounds.jsonl`.
    pub rounds: u64,
    /// `record.jsonl`, where something is recorded.
    pub record: u64,
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
            rounds: lines.saturating_mul(line(resolved)),
            record: recorded(resolved, p, q),
            checkpoints: lengths.checkpoint_bytes().saturating_mul(2),
            rest: [last, 8 * q, inputs, REST_BYTES].into_iter().fold(0, u64::saturating_add),
        }
    }

    /// All of it.
    pub fn total(&self) -> u64 {
        let Disk { policies, rounds, record, checkpoints, rest } = *self;
        [policies, rounds, record, checkpoints, rest].into_iter().fold(0, u64::saturating_add)
    }

    /// Those of two runs.
    #[must_use]
    pub fn and(self, other: Disk) -> Self {
        Disk {
            policies: self.policies.saturating_add(other.policies),
            rounds: self.rounds.saturating_add(other.rounds),
            record: self.record.saturating_add(other.record),
            checkpoints: self.checkpoints.saturating_add(other.checkpoints),
            rest: self.rest.saturating_add(other.rest),
        }
    }
}

/// Bytes of a line of `rounds.jsonl`: those of a critic that is a network have its step in each round of an
/// evaluation.
fn line(resolved: &Resolved) -> u64 {
    let steps = resolved.subject.critic_network().map_or(0, |_| resolved.sizes.critic_rounds);
    steps.saturating_mul(NUMBER_BYTES).saturating_add(LINE_BYTES)
}

/// Bytes of `record.jsonl`: numbers and vectors of the words that are asked for, in a line of every critic
/// round and of every outer round.
fn recorded(resolved: &Resolved, p: u64, q: u64) -> u64 {
    let line = |of_barriers: bool| {
        let words = resolved.config.output.record.iter().filter(|word| word.is_of_barriers() == of_barriers);
        let lengths = words.map(|word| match word {
            Record::Psi | Record::PsiBar | Record::ExactQ => q.saturating_mul(NUMBER_BYTES),
            Record::Omega => p.saturating_mul(NUMBER_BYTES),
            Record::Drift | Record::MaxQError | Record::FixedPointError => WORD_BYTES,
        });
        lengths.map(|length| length.saturating_add(WORD_BYTES)).reduce(u64::saturating_add).unwrap_or(0)
    };
    let barriers = resolved.closed_form.barriers_by_phase.critic;
    let rounds = resolved.shape.rounds();
    barriers.saturating_mul(line(true)).saturating_add(rounds.saturating_mul(line(false)))
}

/// Bytes that may still be written at a place, which need not exist yet, where the system tells.
pub fn free_disk_bytes(place: &Path) -> Option<u64> {
    let place = std::path::absolute(place).ok()?;
    platform::free_disk_bytes(place.ancestors().find(|above| above.is_dir())?)
}
