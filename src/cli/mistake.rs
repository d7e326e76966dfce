//! Panics: a panic is a mistake of dpac's, and people are told so, and what has become of their run.

use super::console::complain;
use crate::visible::program;
use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The program has made a mistake: a panic outside of every role. That of sysexits.h for internal errors.
pub(super) const MISTAKE: u8 = 70;

/// Whether there was a panic in any thread.
static HAPPENED: AtomicBool = AtomicBool::new(false);

/// What a panic in any thread sets, so that the run that goes on beside it ends at its next barrier.
static STOP: Mutex<Option<Arc<AtomicBool>>> = Mutex::new(None);

/// Runs a command; a panic in it is told and gives [`MISTAKE`].
pub(super) fn guarded(command: impl FnOnce() -> u8) -> u8 {
    std::panic::set_hook(Box::new(|panic| {
        HAPPENED.store(true, Ordering::SeqCst);
        tell(panic.payload(), panic.location());
        if let Some(stop) = &*STOP.lock().unwrap_or_else(PoisonError::into_inner) {
            stop.store(true, Ordering::SeqCst);
        }
    }));
    // What it leaves behind in disorder ends with the process.
    catch_unwind(AssertUnwindSafe(command)).unwrap_or(MISTAKE)
}

/// Lets a panic in any thread end the run that this stops.
pub(super) fn ends(stop: &Arc<AtomicBool>) {
    *STOP.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(stop));
}

/// Whether there was a panic in any thread.
pub(super) fn happened() -> bool {
    HAPPENED.load(Ordering::SeqCst)
}

thread_local! {
    /// Whether this thread is telling of a panic: a second one while it does so is not told.
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

fn tell(payload: &dyn Any, location: Option<&Location<'_>>) {
    if TELLING.replace(true) {
        return;
    }
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref().map(String::as_str));
    let thread = std::thread::current();
    let place = location.map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let place = format!("{place}, thread {}", thread.name().unwrap_or("without a name"));
    let trace = Backtrace::capture();
    let (trace, more) = match trace.status() {
        BacktraceStatus::Captured => (format!("\n{trace}"), ""),
        _ => (String::new(), "; RUST_BACKTRACE=1 shows how it came to it"),
    };
    complain(
        &format!("{} has made a mistake: {}", program(), text.unwrap_or("it does not say which")),
        Some(&format!(
            "it is not yours: please report it with `dpac {}`, {place}{more}{trace}",
            crate::VERSION
        )),
    );
    TELLING.set(false);
}
