//! Who watches a run's rounds.

use crate::experiment::directory::RoundRecord;

/// Whoever wants to see the run's progress. Called on the recorder's thread.
pub trait Progress: Send {
    /// A round has ended.
    fn round(&mut self, record: &RoundRecord, rounds: u64);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn round(&mut self, _record: &RoundRecord, _rounds: u64) {}
}
