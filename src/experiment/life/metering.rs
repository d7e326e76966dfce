//! What a run's own threads tell its meter: values of policies.

use super::progress::Progress;
use crate::experiment::directory::RoundRecord;
use crate::monitoring::{Meter, RoundValues};
use std::sync::Arc;

/// Tells the meter of every round's record, and passes it on.
pub(crate) struct MeteredProgress {
    pub(crate) inner: Box<dyn Progress>,
    pub(crate) meter: Arc<Meter>,
}

impl Progress for MeteredProgress {
    fn round(&mut self, record: &RoundRecord, rounds: u64) {
        self.meter.round_values(&RoundValues {
            value: record.value,
            standard_error: record.standard_error,
            bellman_error: record.bellman_error,
            drift: [record.drift.critic, record.drift.actor],
        });
        self.inner.round(record, rounds);
    }
}
