//! Many societies that differ in size and seed, several at a time.

use super::statistics::Mean;
use super::{Evaluation, Point, Society};
use crate::exact::BellmanError;
use dpac_actors::Fault;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs every society with `seeds` seeds: society i of the list with seeds `i · seeds` to
/// `(i + 1) · seeds - 1`.
///
/// No two societies share a seed, because under one seed client m has the same trajectories in all of them,
/// and their errors would not be independent. Results are the same for any number of threads.
///
/// # Errors
/// The [`Fault`] of the first run, in the order above, that had one.
///
/// # Panics
/// If there are fewer than two seeds or no thread.
pub fn sweep(
    evaluation: &Evaluation,
    societies: &[(f64, Society)],
    seeds: u32,
    threads: usize,
) -> Result<Vec<Point>, Fault> {
    assert!(threads > 0, "societies need a thread");
    let seeds = seeds as usize;
    let jobs = societies.len() * seeds;
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<Option<Result<BellmanError, Fault>>>> = Mutex::new(vec![None; jobs]);
    let work = || {
        loop {
            // The last societies are the longest, so they go first.
            let taken = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.checked_sub(taken + 1) else { break };
            let critic = evaluation.critic(&societies[job / seeds].1, job as u64);
            let error = critic.map(|psi| evaluation.error(&psi));
            found.lock().expect("no thread panics while it holds the lock")[job] = Some(error);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(jobs) {
            // Where there can be no further thread, those that there are do its share.
            if std::thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let found = found.into_inner().expect("no thread panics while it holds the lock");
    let errors: Vec<BellmanError> =
        found.into_iter().map(|error| error.expect("every job is done")).collect::<Result<_, _>>()?;
    let points = societies.iter().zip(errors.chunks_exact(seeds)).enumerate();
    Ok(points
        .map(|(i, ((x, society), errors))| {
            let of = |part: fn(&BellmanError) -> f64| Mean::of(&errors.iter().map(part).collect::<Vec<_>>());
            Point {
                x: *x,
                society: *society,
                first_seed: (i * seeds) as u64,
                error: of(|error| error.error),
                bias: evaluation.recursion().bias(society),
                largest_gap: of(|error| error.largest),
            }
        })
        .collect())
}
