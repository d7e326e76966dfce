//! Who watches a run: one trait, and a list of those who do.

use super::{Load, Options};
use crate::outcome::Result;
use crate::roles::BarrierEnded;
use crate::roles::Dispatch;
use crate::{Ended, Ledger, Milestone, Named, Snapshot};
use std::sync::Arc;

/// Somebody who watches a run: a progress line, a meter, a recorder, a rule that ends runs early.
///
/// Every method has an empty body, so that an observer writes only those that it wants. An observer changes
/// nothing about the run but one thing: it may ask for the end, by setting [`Options::stop`] of the options
/// that
/// [`Observer::begun`] shows. The run then ends at the barrier that was told last, or at the next one where
/// snapshots are kept. So an observer that decides by what barriers and rounds tell ends the run at the same
/// barrier on any number of threads, unless snapshots are brought by time.
///
/// [`host::run`](super::run) tells the first nine methods on the server's thread. What an observer takes,
/// the run takes; what may wait, such as a terminal, belongs on another thread. The calls, in order:
/// `begun`; for each barrier some `folding` and `folded` in pairs, then `barrier_closed`, then perhaps
/// `snapshot`, `turn_opened` for those who [ask](Observer::asks_for_turns), and perhaps `round_ended`; at
/// last `ended`, also after a fault. With a trace, `trace_bytes` follows each `folded`. The sequence of
/// barriers and rounds is a function of configuration and seed alone, and so is the ledger that comes with
/// them. How often replies are folded depends on the placement, and what the ledger of `folded` holds on
/// the moment.
///
/// The other methods are for whoever makes the run: it tells what it measures, on a thread of its choice.
pub trait Observer: Send {
    /// The run begins, or goes on from [`Options::resume`].
    fn begun(&mut self, _options: &Options) {}

    /// The server is about to fold what a thread has handed over.
    fn folding(&mut self) {}

    /// The server has folded it. The ledger holds everything that has come back since the run began.
    fn folded(&mut self, _ledger: &Ledger, _backlog: &Backlog<'_>) {}

    /// A barrier has closed. The ledger holds everything since the run began.
    fn barrier_closed(&mut self, _ended: &BarrierEnded, _ledger: &Ledger) {}

    /// What it takes to go on after the barrier that was told last.
    fn snapshot(&mut self, _snapshot: &Arc<Snapshot>) {}

    /// An outer round has ended. The ledger holds everything up to its last barrier.
    fn round_ended(&mut self, _milestone: &Milestone, _ledger: &Ledger) {}

    /// Whether it wants to be told of turns, and with them all that a barrier came to, which is copied for
    /// it. Asked once, before the run begins.
    fn asks_for_turns(&self) -> bool {
        false
    }

    /// A turn is about to be sent. `ended` is what the barrier before it came to; the first turn of a run has
    /// none. A run that is taken up tells the turn behind its snapshot again.
    fn turn_opened(&mut self, _ended: Option<&Ended>, _turn: &Arc<Dispatch>) {}

    /// The records that this process has given to the run's trace have come to so many bytes. Head, index and
    /// footer of a file do not count.
    fn trace_bytes(&mut self, _bytes: u64) {}

    /// The run has ended. This is the last that the host tells.
    fn ended(&mut self, _outcome: &Result) {}

    /// An outer round was measured. It may be long over.
    fn round_measured(&mut self, _round: &RoundMeasured<'_>) {}

    /// Numbers of the run as a whole were measured.
    fn run_measured(&mut self, _measures: &Measures<'_>) {}

    /// A checkpoint is on the disk, with all that it stands on.
    fn checkpoint_written(&mut self) {}

    /// Whoever makes the run has judged how it ended: "complete", say, or "failed".
    fn judged(&mut self, _status: &str) {}

    /// Events that wait for this observer, where it works on a thread of its own.
    fn waiting(&self) -> usize {
        0
    }
}

/// What is still on its way while the server folds. These are figures of the moment, no two of the same
/// moment.
#[derive(Clone, Copy, Debug)]
pub struct Backlog<'a> {
    /// By thread, what it has handed over and the server has not taken up.
    pub loads: &'a [Load],
    /// Events that wait for observers.
    pub observers: usize,
    /// Reports that wait for the recorder of the trace; 0 without one.
    pub trace: usize,
}

/// Numbers that were measured, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures<'a>(pub &'a [(&'static str, f64)]);

impl Measures<'_> {
    /// The number of this name, where it was measured.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(known, _)| *known == name).map(|&(_, value)| value)
    }
}

/// An outer round, with what was measured of it.
#[derive(Clone, Copy, Debug)]
pub struct RoundMeasured<'a> {
    /// The round's number, from 0.
    pub round: u32,
    /// The vectors of its milestone.
    pub vectors: &'a [Named],
    /// Everything counted up to its last barrier.
    pub ledger: &'a Ledger,
    /// Seconds of wall time from the run's beginning to the round's end.
    pub seconds: f64,
    /// What was measured of it.
    pub measures: Measures<'a>,
}

/// A list of observers. They are told one after another, in the order in which they were added.
#[derive(Default)]
pub struct Observers(Vec<Box<dyn Observer>>);

impl Observers {
    /// The same list, with one more at its end.
    #[must_use]
    pub fn with(mut self, observer: impl Observer + 'static) -> Self {
        self.add(Box::new(observer));
        self
    }

    /// Adds an observer at the end.
    pub fn add(&mut self, observer: Box<dyn Observer>) {
        self.0.push(observer);
    }

    /// Whether nobody watches.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn each(&mut self, tell: impl FnMut(&mut Box<dyn Observer>)) {
        self.0.iter_mut().for_each(tell);
    }
}

impl From<Vec<Box<dyn Observer>>> for Observers {
    fn from(observers: Vec<Box<dyn Observer>>) -> Self {
        Observers(observers)
    }
}

impl Observer for Observers {
    fn begun(&mut self, options: &Options) {
        self.each(|observer| observer.begun(options));
    }

    fn folding(&mut self) {
        self.each(|observer| observer.folding());
    }

    fn folded(&mut self, ledger: &Ledger, backlog: &Backlog<'_>) {
        self.each(|observer| observer.folded(ledger, backlog));
    }

    fn barrier_closed(&mut self, ended: &BarrierEnded, ledger: &Ledger) {
        self.each(|observer| observer.barrier_closed(ended, ledger));
    }

    fn snapshot(&mut self, snapshot: &Arc<Snapshot>) {
        self.each(|observer| observer.snapshot(snapshot));
    }

    fn round_ended(&mut self, milestone: &Milestone, ledger: &Ledger) {
        self.each(|observer| observer.round_ended(milestone, ledger));
    }

    fn asks_for_turns(&self) -> bool {
        self.0.iter().any(|observer| observer.asks_for_turns())
    }

    fn turn_opened(&mut self, ended: Option<&Ended>, turn: &Arc<Dispatch>) {
        let asking = self.0.iter_mut().filter(|observer| observer.asks_for_turns());
        asking.for_each(|observer| observer.turn_opened(ended, turn));
    }

    fn trace_bytes(&mut self, bytes: u64) {
        self.each(|observer| observer.trace_bytes(bytes));
    }

    fn ended(&mut self, outcome: &Result) {
        self.each(|observer| observer.ended(outcome));
    }

    fn round_measured(&mut self, round: &RoundMeasured<'_>) {
        self.each(|observer| observer.round_measured(round));
    }

    fn run_measured(&mut self, measures: &Measures<'_>) {
        self.each(|observer| observer.run_measured(measures));
    }

    fn checkpoint_written(&mut self) {
        self.each(|observer| observer.checkpoint_written());
    }

    fn judged(&mut self, status: &str) {
        self.each(|observer| observer.judged(status));
    }

    fn waiting(&self) -> usize {
        self.0.iter().map(|observer| observer.waiting()).sum()
    }
}
