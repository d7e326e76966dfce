//! The observer that tells a meter what it is told.

use super::meter::Meter;
use dpac_actors::host::{Backlog, Measures, Observer, Options, Result, RoundMeasured};
use dpac_actors::roles::BarrierEnded;
use dpac_actors::{Ledger, Milestone};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Counts are told no more often than this.
const FLUSH_EVERY: Duration = Duration::from_millis(100);
/// Histograms are kept up even where nobody scrapes.
const UPKEEP_EVERY: Duration = Duration::from_secs(2);

/// Tells a meter what it is told. Counts come from the ledger whole, so that a flush costs the same however
/// much has passed since. Observers on several threads may tell one meter, each of what it is told.
pub struct MeterObserver {
    meter: Arc<Meter>,
    flushed: Instant,
    /// When the ledger was last held against the closed form. Counts only rise, so that what is missed once
    /// shows the next time.
    compared: Option<Instant>,
    kept_up: Instant,
    /// When the last barrier closed, or the run began.
    barrier: Instant,
    round: Instant,
    folding: Option<Instant>,
    /// The server's time in the open barrier.
    of_server: Duration,
}

impl MeterObserver {
    /// Tells `meter`.
    pub fn new(meter: Arc<Meter>) -> Self {
        let now = Instant::now();
        MeterObserver {
            meter,
            flushed: now,
            compared: None,
            kept_up: now,
            barrier: now,
            round: now,
            folding: None,
            of_server: Duration::ZERO,
        }
    }

    fn flush(&mut self, now: Instant, ledger: &Ledger, backlog: &Backlog<'_>) {
        self.flushed = now;
        self.meter.ledger(ledger);
        self.meter.backlog(backlog);
        if now - self.kept_up >= UPKEEP_EVERY {
            self.kept_up = now;
            self.meter.upkeep();
        }
    }
}

impl Observer for MeterObserver {
    /// The times of the first barrier and round are measured from here.
    fn begun(&mut self, _options: &Options) {
        *self = MeterObserver::new(Arc::clone(&self.meter));
    }

    fn folding(&mut self) {
        self.folding = Some(Instant::now());
    }

    fn folded(&mut self, ledger: &Ledger, backlog: &Backlog<'_>) {
        let now = Instant::now();
        if let Some(began) = self.folding.take() {
            self.of_server += now - began;
        }
        if now - self.flushed >= FLUSH_EVERY {
            self.flush(now, ledger, backlog);
        }
    }

    fn barrier_closed(&mut self, ended: &BarrierEnded, _ledger: &Ledger) {
        let now = Instant::now();
        let of_server = std::mem::take(&mut self.of_server);
        self.meter.barrier_closed(ended.place.phase, now - self.barrier, of_server);
        self.barrier = now;
    }

    fn round_ended(&mut self, milestone: &Milestone, ledger: &Ledger) {
        let now = Instant::now();
        let rounds = u64::from(milestone.round) + 1;
        self.meter.round_ended(rounds, now - self.round);
        self.round = now;
        if self.compared.is_none_or(|at| now - at >= FLUSH_EVERY) {
            self.compared = Some(now);
            self.meter.compare_after(rounds, ledger);
        }
    }

    fn trace_bytes(&mut self, bytes: u64) {
        self.meter.trace_bytes(bytes);
    }

    fn ended(&mut self, outcome: &Result) {
        match outcome {
            Ok(outcome) => self.meter.ended(&outcome.ledger, outcome.results.is_some()),
            Err(fault) => self.meter.fault(&fault.cause),
        }
    }

    fn round_measured(&mut self, round: &RoundMeasured<'_>) {
        self.meter.measured(&round.measures);
    }

    fn run_measured(&mut self, measures: &Measures<'_>) {
        self.meter.measured(measures);
    }

    fn checkpoint_written(&mut self) {
        self.meter.checkpoint_written();
    }

    fn judged(&mut self, status: &str) {
        self.meter.status(status);
    }
}
