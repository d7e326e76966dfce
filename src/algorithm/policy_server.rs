//! The server's side of methods that move the policy along a direction, once in each outer round:
//! `θ_{r+1} = θ_r + η d_r`.

use super::critic::check_length;
use super::kinds::{OMEGA, THETA};
use super::setting::ActorPlan;
use dpac_actors::{Cause, Milestone, Named, State, Turn};
use std::sync::Arc;

/// The policy and the round that it is in.
pub(super) struct PolicyServer {
    /// `θ_r`, 0 at first.
    theta: Arc<[f64]>,
    /// r.
    round: u32,
    /// R.
    rounds: u32,
    /// η.
    eta: f64,
}

impl PolicyServer {
    pub(super) fn new(plan: &ActorPlan, parameters: usize) -> Self {
        let theta = vec![0.0; parameters].into();
        PolicyServer { theta, round: 0, rounds: plan.rounds, eta: plan.eta }
    }

    pub(super) fn round(&self) -> u32 {
        self.round
    }

    pub(super) fn finished(&self) -> bool {
        self.round == self.rounds
    }

    /// `θ_r`, as messages carry it.
    pub(super) fn theta(&self) -> Named {
        Named::new(THETA, Arc::clone(&self.theta))
    }

    /// What the round has brought: the policy that was sampled, and the direction. The policy takes its step.
    ///
    /// # Errors
    /// A direction of another length: only a state that was taken up leads to that.
    pub(super) fn improve(&mut self, direction: &Arc<[f64]>) -> Result<Milestone, Cause> {
        check_length(OMEGA, direction, self.theta.len())?;
        let vectors = vec![self.theta(), Named::new(OMEGA, Arc::clone(direction))];
        let milestone = Milestone { round: self.round, vectors };
        let eta = self.eta;
        self.theta = self.theta.iter().zip(direction.iter()).map(|(theta, d)| theta + eta * d).collect();
        self.round += 1;
        Ok(milestone)
    }

    /// The end of a run: the last policy.
    pub(super) fn results(&self) -> Turn {
        Turn::finish(vec![self.theta()])
    }

    /// # Errors
    /// What is read does not fit the configuration.
    pub(super) fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.shared(&mut self.theta)?;
        state.integer(&mut self.round)?;
        if self.round >= self.rounds {
            return Err(Cause::State("it has more rounds than the configuration"));
        }
        Ok(())
    }
}
