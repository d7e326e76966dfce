//! Signals that ask for an end: SIGINT, SIGTERM and SIGHUP, while `dpac run` goes on. Every other command
//! ends with them as processes do.
//!
//! The first one lets the society come to its next barrier, where the run ends with a checkpoint; a second
//! one ends the process at once, and the last checkpoint stands. What is no step of the society has no
//! barrier to come to, and ends with the first one: waiting for values, for somebody who reads a pipe, for
//! a gateway, for a last scrape.

use super::console::{FAILED, complaint, remark};
use crate::experiment::Stalls;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register_conditional_shutdown, register_usize};
use signal_hook::iterator::Signals;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a process that is about to end may take for what can be done without.
const PATIENCE: Duration = Duration::from_millis(500);
/// Signals that come together are one: `timeout`, terminals that are closed and shells that end send theirs
/// twice.
const TOGETHER: Duration = Duration::from_millis(100);
/// Once there has been a signal, the watcher looks so often.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// At so many looks, which are [`PATIENCE`], a run has to be held up before it is ended: values that take no
/// time are met at one look or another as well, the more so where the machine has no time for them.
const LOOKS: u32 = 50;
/// A barrier that takes longer than this is worth a word.
const LONG_BARRIER: Duration = Duration::from_secs(1);
/// How long it may take to say something before the process ends: nobody may be there to read it.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What is done instead of waiting; gives the exit code.
type Leave = Box<dyn FnOnce(u8) -> (u8, String) + Send>;

/// What the process is at when a signal comes.
enum Course {
    /// A run, which comes to an end by itself, unless something holds it up that can be done without.
    Run(Arc<Stalls>, Leave),
    /// Something that is broken off at once, since then.
    Wait(Instant, Leave),
    /// The process ends by itself.
    Ending,
}

/// The watch for signals, from when it is set up until the process ends.
pub(super) struct Interrupt {
    /// Set by the first signal: a run looks at it at each barrier. A run whose files cannot be written sets
    /// it too.
    pub(super) stop: Arc<AtomicBool>,
    /// The last signal's number, or 0.
    signal: Arc<AtomicUsize>,
    course: Arc<Mutex<Course>>,
}

impl Interrupt {
    /// Takes the signals over.
    ///
    /// # Errors
    /// Where there can be no further thread, or file.
    pub(super) fn listen() -> std::io::Result<Self> {
        let words = complaint("interrupted before the run began", None);
        let course = Course::Wait(Instant::now(), Box::new(|code| (code, words)));
        let interrupt =
            Interrupt { stop: Arc::default(), signal: Arc::default(), course: Arc::new(Mutex::new(course)) };
        // Held by the handler itself: a second signal ends the process whatever its threads do.
        let again = Arc::new(AtomicBool::new(false));
        let mut taken = vec![SIGINT, SIGTERM];
        #[cfg(unix)]
        if !is_ignored(signal_hook::consts::SIGHUP) {
            taken.push(signal_hook::consts::SIGHUP);
        }
        for &signal in &taken {
            register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))?;
            register_usize(signal, Arc::clone(&interrupt.signal), signal as usize)?;
        }
        let mut signals = Signals::new(&taken)?;
        let (stop, signal) = (Arc::clone(&interrupt.stop), Arc::clone(&interrupt.signal));
        let course = Arc::clone(&interrupt.course);
        std::thread::Builder::new().name("dpac-signals".into()).spawn(move || {
            if signals.forever().next().is_some() {
                stop.store(true, Ordering::Relaxed);
                see_to_an_end(&course, &again, || code_of(&signal));
            }
        })?;
        Ok(interrupt)
    }

    /// A run begins. Where it waits in vain, the process ends with what `leave` makes of the signal's exit
    /// code.
    pub(super) fn during_run(
        &self,
        stalls: &Arc<Stalls>,
        leave: impl FnOnce(u8) -> (u8, String) + Send + 'static,
    ) {
        *held(&self.course) = Course::Run(Arc::clone(stalls), Box::new(leave));
    }

    /// From now on there is nothing to come to an end: a signal breaks it off. One that has come leaves a
    /// moment's time.
    pub(super) fn break_off(&self, leave: impl FnOnce(u8) -> (u8, String) + Send + 'static) {
        *held(&self.course) = Course::Wait(Instant::now(), Box::new(leave));
    }

    /// Whether there has been a signal.
    pub(super) fn asked(&self) -> bool {
        self.signal.load(Ordering::Relaxed) != 0
    }

    /// The exit code of a process that a signal has ended: 129, 130 or 143. A run that somebody else has
    /// stopped has failed.
    pub(super) fn code(&self) -> u8 {
        code_of(&self.signal)
    }
}

fn code_of(signal: &AtomicUsize) -> u8 {
    match signal.load(Ordering::Relaxed) {
        0 => FAILED,
        signal => 128 + signal as u8,
    }
}

/// No holder panics; if one did, the process is to end all the same.
fn held(course: &Mutex<Course>) -> MutexGuard<'_, Course> {
    course.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the process as soon as it waits for what can be done without.
fn see_to_an_end(course: &Mutex<Course>, again: &AtomicBool, code: impl Fn() -> u8) {
    let asked = Instant::now();
    let (mut told, mut held_up) = (false, 0);
    loop {
        if asked.elapsed() >= TOGETHER {
            again.store(true, Ordering::Relaxed);
        }
        let mut course = held(course);
        let over = match &*course {
            Course::Run(stalls, _) => {
                held_up += u32::from(stalls.hold_up());
                held_up >= LOOKS
            }
            Course::Wait(since, _) => *since <= asked || since.elapsed() >= PATIENCE,
            Course::Ending => false,
        };
        if over
            && let Course::Run(_, leave) | Course::Wait(_, leave) =
                std::mem::replace(&mut *course, Course::Ending)
        {
            // The lock is kept: whoever wants to go on to something else comes too late.
            let (code, words) = leave(code());
            say_if_possible(words);
            signal_hook::low_level::exit(code.into());
        }
        if matches!(&*course, Course::Run(..)) && !told && asked.elapsed() >= LONG_BARRIER {
            told = true;
            drop(course);
            say_if_possible("  the run ends at its next barrier; once more ends it at once, and its last checkpoint stands\n".into());
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Writes to standard error, and waits for that no longer than a moment.
fn say_if_possible(words: String) {
    let (done, said) = channel();
    let say = move || {
        remark(&words);
        done.send(())
    };
    // Without a thread there is nothing to say it with.
    if std::thread::Builder::new().name("dpac-words".into()).spawn(say).is_ok() {
        let _ = said.recv_timeout(LAST_WORDS);
    }
}

/// Whether whoever started the process wants it to outlive this signal, as `nohup` does. Where the system
/// does not tell, it is taken to be so, and the signal then does to the process what it always does.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return true };
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_none_or(|mask| mask >> (signal - 1) & 1 == 1)
}
