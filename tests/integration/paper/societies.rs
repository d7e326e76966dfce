//! Many societies that differ in size and seed, in memory.

use dpac::exact::BellmanError;
use dpac::paper::{Evaluation, Society};
use dpac::statistics::mean_and_standard_error;

/// A mean over independent runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mean {
    pub(super) mean: f64,
    pub(super) standard_error: f64,
}

impl Mean {
    pub(super) fn of(values: &[f64]) -> Self {
        let (mean, standard_error) = mean_and_standard_error(values);
        Mean { mean, standard_error }
    }
}

/// The mean of `E(ψ̂)` over so many seeds, of society i those from `i · seeds` on: under one seed client m
/// has the same trajectories in all of them, and their errors would not be independent.
pub(super) fn errors(evaluation: &Evaluation, societies: &[Society], seeds: u64) -> Vec<Mean> {
    let of = |(i, society): (u64, &Society)| {
        let error = |seed| {
            let psi = evaluation.critic(society, seed).expect("no fault");
            let BellmanError { error, .. } = evaluation.error(&psi);
            error
        };
        Mean::of(&(i * seeds..(i + 1) * seeds).map(error).collect::<Vec<_>>())
    };
    // Each on a thread of its own.
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..).zip(societies).map(|society| scope.spawn(move || of(society))).collect();
        all.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}
