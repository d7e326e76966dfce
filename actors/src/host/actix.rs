//! The default host: actix actors on as many arbiters as there are threads.
//!
//! The server has the system's own thread. In the shard placement each arbiter has one actor that owns the
//! clients of whatever blocks it claims; in the role placement every client, critic and actor is an actor of
//! its own, and lives on arbiter `m mod threads`. A fault or a panic in any role ends the run: handlers run
//! under a guard that turns panics into faults, since actix would bury an actor that panics and let the
//! server wait for ever.

/// Messages that nobody waits for an answer to.
macro_rules! told {
    ($($message:ty),+) => {
        $(impl Message for $message {
            type Result = ();
        })+
    };
}

mod role;
mod shard;

use super::session::{ServerSession, WayOut};
use super::{Observer, Observers, Options, Placement, Result};
use crate::{Address, Algorithm, Cause, Fault};
use ::actix::prelude::*;
use crossbeam_channel::{Sender, bounded};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Runs an algorithm's society to its end, and tells observers of it: of the end also where nothing could
/// begin.
///
/// # Errors
/// The first [`Fault`] of any role.
///
/// # Panics
/// If there is no client or no thread.
pub fn run(algorithm: &Arc<dyn Algorithm>, options: &Options, mut observers: Observers) -> Result {
    assert!(options.clients > 0, "a society needs a client");
    assert!(options.threads > 0, "a society needs a thread");
    let (done, outcome) = bounded(1);
    // Where there is no thread for the server they are still here.
    let (hand_over, handed_over) = bounded::<Observers>(1);
    let threads = options.threads;
    let (algorithm, options) = (Arc::clone(algorithm), options.clone());
    // A thread of its own, since an actix system belongs to the thread that made it.
    let society = std::thread::Builder::new().name("dpac-server".into()).spawn(move || {
        let Ok(mut observers) = handed_over.recv() else { return };
        let servers_own = match runtime() {
            Ok(runtime) => runtime,
            Err(error) => {
                let outcome = Err(short_of_threads(0, options.threads, &error));
                observers.ended(&outcome);
                // `run` waits for this.
                let _ = done.send(outcome);
                return;
            }
        };
        let system = System::with_tokio_rt(|| servers_own);
        let arbiters = system.block_on(async {
            let way_out = done.clone();
            let mut arbiters = Vec::new();
            while arbiters.len() < options.threads {
                match Arbiter::try_with_tokio_rt(runtime) {
                    Ok(arbiter) => arbiters.push(arbiter),
                    Err(error) => {
                        let outcome = Err(short_of_threads(arbiters.len(), options.threads, &error));
                        observers.ended(&outcome);
                        end(&way_out, outcome);
                        return arbiters;
                    }
                }
            }
            let opened = catch_unwind(AssertUnwindSafe(|| {
                let way_out: WayOut = Box::new(move |outcome| end(&done, outcome));
                let session = ServerSession::new(&*algorithm, &options, observers, way_out);
                match options.placement {
                    Placement::Shard => shard::open(&algorithm, &options, &arbiters, session),
                    Placement::Role => role::open(&algorithm, &options, &arbiters, session),
                }
            }));
            if let Err(panic) = opened {
                end(&way_out, Err(Fault::panicked((Address::Server, 0), &*panic)));
            }
            arbiters
        });
        // Until `end` stops the system; what it has to say went through the channel.
        let _ = system.run();
        for arbiter in arbiters {
            arbiter.stop();
            let _ = arbiter.join();
        }
    });
    let society = match society {
        Ok(society) => society,
        Err(error) => {
            let outcome = Err(short_of_threads(0, threads, &error));
            observers.ended(&outcome);
            return outcome;
        }
    };
    // A thread that is gone has closed the channel of outcomes as well.
    let _ = hand_over.send(observers);
    let outcome = outcome.recv().unwrap_or_else(|_| Err(lost("the server's thread")));
    // A panic there has closed the channel, and is the loss reported above.
    let _ = society.join();
    outcome
}

/// Gives the outcome to `run`, which waits for exactly this, and stops the system.
fn end(done: &Sender<Result>, outcome: Result) {
    let _ = done.send(outcome);
    System::current().stop();
}

/// What drives the actors of a thread: messages only, so that a thread takes no file descriptor.
fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_time().build()
}

fn short_of_threads(started: usize, wanted: usize, error: &io::Error) -> Fault {
    let cause = Cause::Threads { started, wanted, error: error.to_string() };
    Fault { role: Address::Server, round: 0, cause }
}

fn lost(what: impl Into<String>) -> Fault {
    Fault { role: Address::Server, round: 0, cause: Cause::Lost(what.into()) }
}
