//! Societies in memory, without files.

use super::blind::Blind;
use super::feature_table::FeatureTable;
use super::society::Society;
use crate::algorithm::{Dptd, PSI, Setting};
use crate::pomdp::TabularProblem;
use dpac_actors::host::{self, Observers, Placement};
use dpac_actors::{Algorithm, Fault};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// `ψ̂` of a society that runs DPTD, in the default host on one thread.
///
/// # Errors
/// The [`Fault`] that ended the run.
pub(super) fn critic(
    dptd: &Arc<dyn Algorithm>,
    society: &Society,
    seed: u64,
    observers: Observers,
) -> Result<Arc<[f64]>, Fault> {
    let options = host::Options {
        clients: society.clients,
        threads: 1,
        placement: Placement::Shard,
        wire_check: false,
        counting: true,
        seed,
        stop: Arc::new(AtomicBool::new(false)),
        plant: None,
        tracer: None,
        snapshots: None,
        resume: None,
    };
    let outcome = host::run(dptd, &options, observers)?;
    let results = outcome.results.expect("nobody stops this run");
    let psi = results.into_iter().find(|named| named.name == PSI);
    Ok(psi.expect("DPTD's result is a critic").values)
}

/// `ψ̂` with features from a table, one for each seed.
///
/// # Errors
/// The first [`Fault`] that ended a run.
pub fn critics(
    blind: &Blind,
    table: &FeatureTable,
    society: &Society,
    seeds: u64,
) -> Result<Vec<Arc<[f64]>>, Fault> {
    let problem = TabularProblem::new(blind.model().clone());
    let setting = Setting::new(problem, blind.policy().clone(), table.clone(), blind.gamma());
    let dptd: Arc<dyn Algorithm> = Arc::new(Dptd::new(setting, society.plan(), false, blind.theta().into()));
    // Two halves, each on a thread of its own.
    let half = |seeds: std::ops::Range<u64>| {
        seeds.map(|seed| critic(&dptd, society, seed, Observers::default())).collect::<Result<Vec<_>, _>>()
    };
    std::thread::scope(|scope| {
        let second = scope.spawn(|| half(seeds / 2..seeds));
        let mut first = half(0..seeds / 2)?;
        first.extend(second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        Ok(first)
    })
}
