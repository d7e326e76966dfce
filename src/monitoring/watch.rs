//! A monitor that tells a meter what it sees and passes everything on to another monitor.

use super::meter::Meter;
use dpac_actors::host::{Load, Monitor};
use dpac_actors::roles::SyncEnded;
use dpac_actors::{Ledger, Milestone, Snapshot};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Counts are told no more often than this.
const FLUSH_EVERY: Duration = Duration::from_millis(100);
/// Histograms are kept up even where nobody scrapes.
const UPKEEP_EVERY: Duration = Duration::from_secs(2);

/// How many events wait for somebody.
pub type Waiting = Box<dyn Fn() -> usize + Send>;

/// A watched monitor. Counts come from the ledger whole, so that a flush costs the same however much has passed since.
pub struct Watch<M> {
    inner: M,
    meter: Arc<Meter>,
    recorder_queue: Waiting,
    trace_queue: Waiting,
    flushed: Instant,
    /// When the ledger was last held against the closed form. Counts only rise, so that what is missed once shows the next time.
    compared: Option<Instant>,
    kept_up: Instant,
    /// When the last barrier closed, or the run began.
    barrier: Instant,
    round: Instant,
    folding: Option<Instant>,
    /// The server's time in the open barrier.
    aggregating: Duration,
}

impl<M: Monitor> Watch<M> {
    /// Watches what `inner` is told.
    pub fn new(inner: M, meter: Arc<Meter>, recorder_queue: Waiting, trace_queue: Waiting) -> Self {
        let now = Instant::now();
        Watch {
            inner,
            meter,
            recorder_queue,
            trace_queue,
            flushed: now,
            compared: None,
            kept_up: now,
            barrier: now,
            round: now,
            folding: None,
            aggregating: Duration::ZERO,
        }
    }

    fn flush(&mut self, now: Instant, ledger: &Ledger) {
        self.flushed = now;
        self.meter.ledger(ledger);
        self.meter.recorder_queue.set((self.recorder_queue)() as f64);
        self.meter.trace_queue.set((self.trace_queue)() as f64);
        if now - self.kept_up >= UPKEEP_EVERY {
            self.kept_up = now;
            self.meter.upkeep();
        }
    }
}

impl<M: Monitor> Monitor for Watch<M> {
    fn sync_ended(&mut self, ended: &SyncEnded, ledger: &Ledger) {
        let now = Instant::now();
        let aggregating = std::mem::take(&mut self.aggregating);
        self.meter.sync_ended(ended.place.phase, now - self.barrier, aggregating);
        self.barrier = now;
        self.meter.last_sync_now();
        self.inner.sync_ended(ended, ledger);
    }

    fn milestone(&mut self, milestone: &Milestone, ledger: &Ledger) {
        let now = Instant::now();
        let rounds = u64::from(milestone.round) + 1;
        self.meter.round_ended(rounds, now - self.round);
        self.round = now;
        if self.compared.is_none_or(|at| now - at >= FLUSH_EVERY) {
            self.compared = Some(now);
            self.meter.compare_after(rounds, ledger);
        }
        self.inner.milestone(milestone, ledger);
    }

    fn snapshot(&mut self, snapshot: Snapshot) {
        self.inner.snapshot(snapshot);
    }

    fn folding(&mut self) {
        self.folding = Some(Instant::now());
        self.inner.folding();
    }

    fn folded(&mut self, ledger: &Ledger, loads: &[Load]) {
        let now = Instant::now();
        if let Some(began) = self.folding.take() {
            self.aggregating += now - began;
        }
        if now - self.flushed >= FLUSH_EVERY {
            self.flush(now, ledger);
            self.meter.loads(loads);
        }
        self.inner.folded(ledger, loads);
    }
}
