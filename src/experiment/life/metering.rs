//! What a run's own threads tell its meter: values of policies, checkpoints, bytes of the trace.

use super::progress::Progress;
use crate::experiment::directory::RoundRecord;
use crate::monitoring::{Meter, RoundValues};
use dpac_actors::trace::{FRAME_BYTES, Sink, SinkError, TraceFile};
use metrics::Counter;
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

/// A trace's file, with a count of what goes into it.
pub(crate) struct CountedFile {
    pub(crate) file: TraceFile,
    /// Counts nothing where nobody asked for it.
    pub(crate) bytes: Counter,
}

impl Sink for CountedFile {
    fn record(&mut self, op: u8, body: &[u8]) -> Result<(), SinkError> {
        self.bytes.increment((FRAME_BYTES + body.len()) as u64);
        self.file.record(op, body)
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.file.flush()
    }

    fn settle(&mut self) -> Result<(u64, u64), SinkError> {
        self.file.settle()
    }
}
