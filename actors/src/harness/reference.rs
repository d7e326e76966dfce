//! A run in memory: how it ended, its trace, and places to take it up again.

use super::error::HarnessError;
use super::recording::{Recording, head};
use crate::host::{Observer, Observers, Options, SnapshotPlan};
use crate::outcome::Outcome;
use crate::trace::format::{Head, PlainBody, op};
use crate::trace::{MAGIC, Sink, SinkError, write_record};
use crate::{Algorithm, Snapshot};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A snapshot in the trace after the first barrier of every round, so that what server and clients keep
/// is compared too.
const SNAPSHOT_ROUNDS: u32 = 1;

/// A run that others are held against.
pub(super) struct Reference {
    pub(super) outcome: Outcome,
    /// Its trace of level full, without index and footer.
    pub(super) trace: Arc<[u8]>,
    /// Snapshots after some of its barriers, in order. None where the algorithm does not save itself.
    pub(super) snapshots: Vec<Arc<Snapshot>>,
}

impl Reference {
    pub(super) fn of(algorithm: &Arc<dyn Algorithm>, options: &Options) -> Result<Self, HarnessError> {
        let plan = SnapshotPlan { every_rounds: u32::MAX, every: Duration::ZERO };
        let options = Options { snapshots: Some(plan), ..options.clone() };
        let spread = Arc::new(Mutex::new(Spread::default()));
        let keeper = Observers::default().with(Keeper(Arc::clone(&spread)));
        let head = head(&**algorithm, &options, 0, SNAPSHOT_ROUNDS);
        let buffer = Buffer::new(&head).map_err(HarnessError::Memory)?;
        let recording = Recording::of(algorithm, &options, SNAPSHOT_ROUNDS, buffer, keeper)?;
        let (buffer, outcome) = recording.whole(HarnessError::Memory)?;
        let spread = std::mem::take(&mut *spread.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(Reference { outcome, trace: buffer.bytes.into(), snapshots: spread.finish() })
    }
}

/// A trace in memory.
struct Buffer {
    bytes: Vec<u8>,
    records: u64,
}

impl Buffer {
    fn new(head: &Head) -> Result<Self, SinkError> {
        let mut buffer = Buffer { bytes: MAGIC.to_vec(), records: 0 };
        buffer.record(op::HEAD, &head.encode()?)?;
        Ok(buffer)
    }
}

impl Sink for Buffer {
    fn record(&mut self, op: u8, body: &[u8]) -> Result<(), SinkError> {
        write_record(&mut self.bytes, op, body)?;
        self.records += 1;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }

    fn settle(&mut self) -> Result<(u64, u64), SinkError> {
        Ok((self.bytes.len() as u64, self.records))
    }
}

/// Keeps what the run gives it.
struct Keeper(Arc<Mutex<Spread<Arc<Snapshot>>>>);

impl Observer for Keeper {
    fn snapshot(&mut self, snapshot: &Arc<Snapshot>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).add(Arc::clone(snapshot));
    }
}

/// The most snapshots that are kept beside the last one.
const SPREAD_MAX: usize = 8;

/// Of however many things, the first, the last and a few that stand evenly between them.
struct Spread<T> {
    kept: Vec<T>,
    /// One in so many is kept: a power of 2.
    stride: u64,
    seen: u64,
    last: Option<T>,
}

impl<T> Default for Spread<T> {
    fn default() -> Self {
        Spread { kept: Vec::new(), stride: 1, seen: 0, last: None }
    }
}

impl<T> Spread<T> {
    fn add(&mut self, next: T) {
        let before = self.last.replace(next);
        if let Some(before) = before.filter(|_| (self.seen - 1).is_multiple_of(self.stride)) {
            self.kept.push(before);
        }
        self.seen += 1;
        if self.kept.len() > SPREAD_MAX {
            let mut places = 0..;
            self.kept.retain(|_| places.next().is_some_and(|place: usize| place.is_multiple_of(2)));
            self.stride *= 2;
        }
    }

    fn finish(self) -> Vec<T> {
        self.kept.into_iter().chain(self.last).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_the_first_and_the_last_and_few_between_them_at_even_distances() {
        for count in 0..2000_u64 {
            let mut spread = Spread::default();
            (0..count).for_each(|number| spread.add(number));
            let kept = spread.finish();
            assert_eq!(kept.first().copied(), (0..count).next());
            assert_eq!(kept.last().copied(), (0..count).last());
            assert!(kept.len() <= SPREAD_MAX + 1 && kept.len() as u64 >= count.min(5), "{count}: {kept:?}");
            let mut distances: Vec<_> = kept.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let last = distances.pop();
            distances.dedup();
            assert!(distances.len() <= 1 && last <= distances.first().copied().or(last), "{count}: {kept:?}");
        }
    }
}
