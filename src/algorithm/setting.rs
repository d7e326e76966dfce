//! What an algorithm is run on, and its sizes and step sizes, all resolved.

use crate::features::FeatureMap;
use crate::policy::Policy;
use crate::pomdp::{Problem, Simulator, discount_table};
use dpac_actors::StepSize;
use std::sync::Arc;

/// A problem with a horizon and a discount, a policy class, and critic features.
pub struct Setting<B, P, F> {
    /// The problem.
    pub problem: Arc<B>,
    /// `f_θ`.
    pub policy: Arc<P>,
    /// φ.
    pub critic: Arc<F>,
    /// H.
    pub horizon: usize,
    /// γ.
    pub gamma: f64,
}

impl<B, P, F> Setting<B, P, F>
where
    B: Problem,
    P: Policy,
    F: FeatureMap<Observation = P::Observation>,
{
    /// Puts the parts together.
    ///
    /// # Panics
    /// If the parts disagree about horizon or actions, there is no step, or γ is outside [0, 1].
    pub fn new(problem: B, policy: P, critic: F, gamma: f64) -> Arc<Self> {
        let horizon = critic.horizon();
        assert_eq!(policy.horizon(), horizon, "policy and critic are for the same horizon");
        assert_eq!(policy.actions(), critic.actions(), "policy and critic are for the same actions");
        assert_eq!(
            problem.instance(0).actions(),
            critic.actions(),
            "problem and critic have the same actions"
        );
        assert!(horizon > 0, "an episode has a step");
        assert!((0.0..=1.0).contains(&gamma), "a discount in [0, 1]");
        let (problem, policy, critic) = (Arc::new(problem), Arc::new(policy), Arc::new(critic));
        Arc::new(Setting { problem, policy, critic, horizon, gamma })
    }

    /// `γ^0, ..., γ^H`.
    pub fn discounts(&self) -> Vec<f64> {
        discount_table(self.gamma, self.horizon + 1)
    }
}

/// Sizes and step sizes of DPTD.
#[derive(Clone, Debug, PartialEq)]
pub struct CriticPlan {
    /// `R_e`, rounds of one evaluation.
    pub rounds: u32,
    /// `K_e`, local steps of a round.
    pub local_steps: u64,
    /// `α_r`, as a function of r.
    pub alpha: StepSize,
    /// `η_r`, as a function of r.
    pub eta: StepSize,
    /// `R_0`: the weighted average takes the iterates after this many rounds.
    pub average_from: u32,
    /// The weights of these.
    pub weights: Weights,
    /// Which step line 15 takes.
    pub server_line: ServerLine,
    /// Whether an evaluation starts from the last one's result (DPAC) or from zero.
    pub warm: bool,
}

/// The weight of the iterate `ψ̃^s` in `ψ̂`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weights {
    /// `(s + 2)²`, as Algorithm 2 has it.
    #[default]
    Quadratic,
    /// 1.
    Uniform,
    /// 0 but for the last, which is the output.
    Last,
}

impl Weights {
    /// `w_s`; of [`Weights::Last`] that of an iterate which nothing follows.
    pub fn of(self, s: u32) -> f64 {
        match self {
            Weights::Quadratic => (f64::from(s) + 2.0) * (f64::from(s) + 2.0),
            Weights::Uniform | Weights::Last => 1.0,
        }
    }
}

/// Line 15 of Algorithm 2: the server's step towards the mean `ψ̄^{r+1}` of its clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerLine {
    /// `ψ̃^{r+1} = (1 - η_r) ψ̃^r + η_r ψ̄^{r+1}`, with which Eq. 27 and the proofs agree.
    #[default]
    Repaired,
    /// `ψ̃^{r+1} = (1 - η_r) ψ̄^r + η_r ψ̄^{r+1}`, as our copy of the paper prints it, with `ψ̄^0 = ψ̃^0`.
    Printed,
}

impl CriticPlan {
    /// # Panics
    /// If there is no round, or none whose iterate is averaged.
    pub(super) fn check(&self) {
        assert!(self.rounds > 0, "an evaluation has a round");
        assert!(self.average_from < self.rounds, "at least the last iterate is averaged: R_0 < R_e");
    }
}

/// Sizes and step sizes of the actor's regression and of the policy's update.
#[derive(Clone, Debug, PartialEq)]
pub struct ActorPlan {
    /// R, policy updates.
    pub rounds: u32,
    /// K, local steps of one regression.
    pub local_steps: u64,
    /// I, local steps between two averages.
    pub sync_interval: u64,
    /// `ζ_k`, as a function of the local step.
    pub zeta: StepSize,
    /// `η`, the policy's step.
    pub eta: f64,
    /// What is regressed on what.
    pub target: Target,
}

impl ActorPlan {
    /// # Panics
    /// If there is no round, no local step, or no step between two averages.
    pub(super) fn check(&self) {
        assert!(self.rounds > 0, "an improvement has a round");
        assert!(self.local_steps > 0 && self.sync_interval > 0, "a regression has local steps: K, I > 0");
    }
}

/// The regression of the actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The paper's `L_Q`: `Q̂` on the uncentred `ξ`.
    Q,
    /// `Q̂ - V̂(z)` on the uncentred `ξ`: always an ascent direction.
    Advantage,
    /// `Q̂ - V̂(z)` on the centred score `∇ ln π`, Eq. 9-10; the baseline changes only the variance.
    Compatible,
}
