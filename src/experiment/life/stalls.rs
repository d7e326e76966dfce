//! What a run may be held up by once it was asked to end: values that are computed and a screen that is
//! written, which may take as long as they like, and without either of which its directory can go on.
//!
//! Nobody can break off an evaluation. So a run says when it waits for one, and whoever has asked it to
//! end, from another thread, ends the process; the last checkpoint stands. Steps of clients and the writing
//! of files are no such thing: for these a run takes its time.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What a run waits for that can be done without.
#[derive(Debug, Default)]
pub struct Stalls {
    /// The recorder, which evaluates the policy of each round and shows the round.
    pub(super) recorder: Stall,
    /// The optimum, of which who watches a run is told.
    pub(super) optimum: Stall,
    /// Values of the summary.
    pub(super) summary: Stall,
}

impl Stalls {
    /// Whether the run waits at this moment for something that can be done without.
    pub fn hold_up(&self) -> bool {
        let Stalls { recorder, optimum, summary } = self;
        [recorder, optimum, summary].iter().any(|stall| stall.holds_up())
    }
}

/// One thing that is waited for: by whom, and whether it is busy with what can be done without.
#[derive(Debug, Default)]
pub(super) struct Stall {
    waiting: AtomicUsize,
    busy: AtomicUsize,
}

impl Stall {
    /// Somebody waits for it, until what is returned is dropped.
    pub(super) fn waiting(&self) -> Held<'_> {
        Held::new(&self.waiting)
    }

    /// It is busy with what can be done without, until what is returned is dropped.
    pub(super) fn busy(&self) -> Held<'_> {
        Held::new(&self.busy)
    }

    fn holds_up(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0 && self.busy.load(Ordering::Relaxed) > 0
    }
}

/// Counts for as long as it lives.
#[must_use]
pub(super) struct Held<'a>(&'a AtomicUsize);

impl<'a> Held<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Held(count)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_held_up_by_what_is_busy_and_waited_for_and_by_nothing_else() {
        let stalls = Stalls::default();
        assert!(!stalls.hold_up());
        let optimum = stalls.optimum.busy();
        assert!(!stalls.hold_up(), "nobody waits for it");
        let waiting = stalls.recorder.waiting();
        assert!(!stalls.hold_up(), "the recorder writes files");
        let evaluating = stalls.recorder.busy();
        assert!(stalls.hold_up());
        drop(evaluating);
        assert!(!stalls.hold_up());
        drop(waiting);
        let _waiting = stalls.optimum.waiting();
        assert!(stalls.hold_up());
        drop(optimum);
        assert!(!stalls.hold_up());
    }
}
