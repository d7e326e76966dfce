//! The scrape that a run waits for at its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Whether the values are final, and whether somebody has seen them since.
#[derive(Default)]
pub(super) struct LastScrape {
    is_final: AtomicBool,
    state: Mutex<Scraped>,
    changed: Condvar,
}

#[derive(Default)]
struct Scraped {
    seen: bool,
    /// Nobody answers any more.
    gone: bool,
}

impl LastScrape {
    /// Nothing changes any more.
    pub(super) fn settle(&self) {
        self.is_final.store(true, Ordering::SeqCst);
    }

    /// Waits until somebody has been sent the final values, or nobody answers any more. Whether somebody has.
    pub(super) fn wait(&self, longest: Duration) -> bool {
        let waited =
            self.changed.wait_timeout_while(self.state(), longest, |state| !state.seen && !state.gone);
        waited.unwrap_or_else(PoisonError::into_inner).0.seen
    }

    pub(super) fn is_final(&self) -> bool {
        self.is_final.load(Ordering::SeqCst)
    }

    /// Somebody has been sent all of the final values.
    pub(super) fn seen(&self) {
        self.state().seen = true;
        self.changed.notify_all();
    }

    /// No holder panics, and what is here is right at any time.
    fn state(&self) -> MutexGuard<'_, Scraped> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that the endpoint's thread has ended, however it has.
pub(super) struct Gone(pub(super) Arc<LastScrape>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.state().gone = true;
        self.0.changed.notify_all();
    }
}
