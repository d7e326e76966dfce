//! The uniform policy's action values, from societies in memory that run DPTD.

use super::in_memory;
use super::mean_recursion::MeanRecursion;
use super::society::Society;
use crate::algorithm::PSI;
use crate::algorithm::{CriticPlan, Dptd};
use crate::config::Features;
use crate::exact::BellmanError;
use crate::experiment::{Subject, subject};
use crate::pomdp::builtin;
use dpac_actors::host::{Observer, Observers};
use dpac_actors::{Algorithm, Fault, Ledger, Milestone};
use std::sync::{Arc, Mutex, PoisonError};

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
        let gamma = problem.tabular().expect("finitely many observations").model.discount();
        Self::builtin_at(name, horizon, gamma)
    }

    /// The same with another discount.
    ///
    /// # Panics
    /// As [`Self::builtin`].
    pub fn builtin_at(name: &'static str, horizon: usize, gamma: f64) -> Self {
        let problem = builtin::definition(name).expect("a built-in problem");
        // The policy looks at nothing and prefers nothing.
        let blind = Features::Window { length: 0, tied: false };
        let subject = subject(&problem, horizon, gamma, blind, &Features::History).expect("a small problem");
        Evaluation {
            name,
            horizon,
            gamma,
            uniform: vec![0.0; subject.d_theta()].into(),
            subject,
            recursion: MeanRecursion::builtin(name, horizon, gamma),
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
        self.run(society, seed, Observers::default())
    }

    fn run(&self, society: &Society, seed: u64, observers: Observers) -> Result<Arc<[f64]>, Fault> {
        in_memory::critic(&self.dptd(society.plan()), society, seed, observers)
    }

    /// `‖ψ̃^r‖²` after each round of a society, run as by [`Self::critic`].
    ///
    /// # Errors
    /// The [`Fault`] that ended the run.
    pub fn squared_norms(&self, society: &Society, seed: u64) -> Result<Vec<f64>, Fault> {
        let norms = Arc::new(Mutex::new(Vec::new()));
        self.run(society, seed, Observers::default().with(Norms(Arc::clone(&norms))))?;
        let norms = norms.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(norms.clone())
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

/// Keeps the squared norm of every round's iterate.
struct Norms(Arc<Mutex<Vec<f64>>>);

impl Observer for Norms {
    fn round_ended(&mut self, milestone: &Milestone, _ledger: &Ledger) {
        let psi = milestone.vectors.iter().find(|named| named.name == PSI);
        let square = psi.map_or(f64::NAN, |psi| psi.values.iter().fold(0.0, |sum, x| sum + x * x));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(square);
    }
}
