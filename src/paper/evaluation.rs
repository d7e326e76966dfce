//! The task of experiments 1 and 2: the uniform policy's action values, from societies that run DPTD.

use super::{MeanRecursion, Society};
use crate::algorithm::PSI;
use crate::algorithm::{CriticPlan, Dptd};
use crate::config::Features;
use crate::exact::BellmanError;
use crate::experiment::{Subject, subject};
use crate::features::FiniteMap;
use crate::policy::{LogLinear, Policy, Prepared};
use crate::pomdp::{Model, builtin};
use dpac_actors::host::{self, Observers, Placement};
use dpac_actors::{Algorithm, Fault};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Operations that the exact values of one small problem may take.
const OPERATIONS: u64 = 1_000_000_000;

/// A built-in problem with the uniform policy and the critic of one-hot whole histories.
pub struct Evaluation {
    name: &'static str,
    horizon: usize,
    gamma: f64,
    subject: Box<dyn Subject>,
    uniform: Arc<[f64]>,
    recursion: MeanRecursion,
}

impl Evaluation {
    /// The task on the built-in problem `name`, with the problem's own discount.
    ///
    /// # Panics
    /// If there is no such problem, or its histories are too many to enumerate.
    pub fn builtin(name: &'static str, horizon: usize) -> Self {
        let problem = builtin::definition(name).expect("a built-in problem");
        let model = &problem.tabular().expect("finitely many observations").model;
        let gamma = model.discount();
        // The policy looks at nothing and prefers nothing.
        let blind = Features::Window { length: 0, tied: false };
        let subject = subject(&problem, horizon, gamma, &blind, &Features::History).expect("a small problem");
        Evaluation {
            name,
            horizon,
            gamma,
            uniform: vec![0.0; subject.d_theta()].into(),
            subject,
            recursion: recursion(model, horizon, gamma),
        }
    }

    /// The problem's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// H.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// γ.
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// DPTD on this task.
    pub fn dptd(&self, plan: CriticPlan) -> Arc<dyn Algorithm> {
        Arc::new(Dptd::new(self.subject.workers(), plan, false, Arc::clone(&self.uniform)))
    }

    /// `ψ̂` of a society, run in the default host on one thread.
    ///
    /// # Errors
    /// The [`Fault`] that ended the run.
    pub fn critic(&self, society: &Society, seed: u64) -> Result<Arc<[f64]>, Fault> {
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
        let outcome = host::run(&self.dptd(society.plan()), &options, Observers::default())?;
        let results = outcome.results.expect("nobody stops this run");
        let psi = results.into_iter().find(|named| named.name == PSI);
        Ok(psi.expect("DPTD's result is a critic").values)
    }

    /// The distance of `psi` from the exact action values, on normalised rewards.
    pub fn error(&self, psi: &[f64]) -> BellmanError {
        self.subject.bellman_error(&self.uniform, psi, OPERATIONS).expect("a small problem")
    }

    /// What DPTD does on average on this task.
    pub fn recursion(&self) -> &MeanRecursion {
        &self.recursion
    }
}

fn recursion(model: &Model, horizon: usize, gamma: f64) -> MeanRecursion {
    let map = |length| {
        let (seen, first) = (model.observations(), model.first_observations());
        FiniteMap::window(horizon, model.actions(), seen, first, length).expect("a small problem")
    };
    let policy = LogLinear::new(map(0));
    let mut prepared = Prepared::at(&policy, &vec![0.0; policy.parameters()]);
    let critic = map(horizon - 1);
    MeanRecursion::new(model, &policy, &mut prepared, &critic, gamma, OPERATIONS).expect("a small problem")
}
