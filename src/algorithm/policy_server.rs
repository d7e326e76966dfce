//! The server's side of methods that move the policy along a direction, once in each outer round:
//! `θ_{r+1} = θ_r + η d_r`.

use super::critic::check_length;
use super::entry::Plan;
use super::kinds::{OMEGA, THETA};
use super::measured::{Course, RoundSteps};
use dpac_actors::{Cause, Milestone, Named, State, StepSize, Turn};
use std::sync::Arc;

/// The policy and the round that it is in.
pub(super) struct PolicyServer {
    /// `θ_r`, 0 at first but for networks.
    theta: Arc<[f64]>,
    /// r.
    round: u32,
    /// R.
    rounds: u32,
    /// η, where it is not measured.
    eta: f64,
    /// Steps that are measured in every round.
    measured: Option<Arc<dyn RoundSteps>>,
    /// ζ, where local steps are taken with it.
    zeta: Option<StepSize>,
}

impl PolicyServer {
    pub(super) fn new(plan: &Plan) -> Self {
        let Course { theta, steps: measured } = plan.course();
        let actor = plan.actor();
        let zeta = Some(actor.zeta).filter(|zeta| !zeta.cap.is_nan());
        PolicyServer { theta, round: 0, rounds: actor.rounds, eta: actor.eta, measured, zeta }
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

    /// What the round has brought: the policy that was sampled, the direction, and what was measured. The
    /// policy takes its step.
    ///
    /// # Errors
    /// A direction of another length: only a state that was taken up leads to that.
    pub(super) fn improve(&mut self, direction: &Arc<[f64]>) -> Result<Milestone, Cause> {
        check_length(OMEGA, direction, self.theta.len())?;
        let mut vectors = vec![self.theta(), Named::new(OMEGA, Arc::clone(direction))];
        let mut eta = self.eta;
        if let Some(steps) = &self.measured {
            eta = steps.eta(self.round, &self.theta, direction);
            let told = steps.told(self.zeta, eta).into_iter();
            vectors.extend(told.map(|(name, number)| Named::new(name, vec![number])));
        }
        let milestone = Milestone { round: self.round, vectors };
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
