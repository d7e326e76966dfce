//! The server's side of policy improvement (Algorithm 3, lines 6-17): the averaged regression and the policy's step.

use super::critic::check_length;
use super::kinds::{ACTOR_SYNC, ACTOR_UP};
use super::setting::ActorPlan;
use dpac_actors::{
    Broadcast, Cause, Named, Order, Phase, Recipients, Reducer, StateReader, StateWriter, VectorName, Work,
};
use std::sync::Arc;

/// The policy and one regression in progress.
pub(super) struct ActorServer {
    plan: ActorPlan,
    lean: bool,
    /// `θ_r`.
    theta: Arc<[f64]>,
    /// r.
    round: u32,
    /// `ω^k`, the last average.
    omega: Arc<[f64]>,
    /// k: local steps that have been averaged.
    steps: u64,
    /// Averages taken in this round.
    syncs: u32,
}

impl ActorServer {
    pub(super) fn new(plan: ActorPlan, lean: bool, parameters: usize) -> Self {
        let zero: Arc<[f64]> = vec![0.0; parameters].into();
        ActorServer { plan, lean, theta: Arc::clone(&zero), round: 0, omega: zero, steps: 0, syncs: 0 }
    }

    pub(super) fn save(&self, state: &mut StateWriter) {
        state.numbers(&self.theta).integer(self.round).numbers(&self.omega);
        state.integer(self.steps).integer(self.syncs);
    }

    pub(super) fn restore(&mut self, state: &mut StateReader<'_>) -> Result<(), Cause> {
        self.theta = state.numbers(self.theta.len())?;
        self.round = state.small_integer()?;
        self.omega = state.numbers(self.omega.len())?;
        self.steps = state.integer()?;
        self.syncs = state.small_integer()?;
        let plan = &self.plan;
        if self.round >= plan.rounds || self.steps >= plan.local_steps {
            return Err(Cause::State("it has more rounds or local steps than the configuration"));
        }
        if u64::from(self.syncs).checked_mul(plan.sync_interval) != Some(self.steps) {
            return Err(Cause::State("its averages and local steps do not go together"));
        }
        Ok(())
    }

    pub(super) fn theta(&self) -> &Arc<[f64]> {
        &self.theta
    }

    pub(super) fn omega(&self) -> &Arc<[f64]> {
        &self.omega
    }

    pub(super) fn round(&self) -> u32 {
        self.round
    }

    pub(super) fn finished(&self) -> bool {
        self.round == self.plan.rounds
    }

    /// Whether the average after step K has been taken.
    pub(super) fn regressed(&self) -> bool {
        self.steps == self.plan.local_steps
    }

    /// The local steps up to the next average: line 12, read as "when I divides k + 1, or k + 1 = K".
    pub(super) fn order(&self) -> Order {
        let left = self.plan.local_steps - self.steps;
        Order { first_step: self.steps, steps: left.min(self.plan.sync_interval), step_size: self.plan.zeta }
    }

    pub(super) fn work(&self) -> Work {
        Work {
            round: self.round,
            phase: Phase::Actor,
            sync: self.syncs,
            order: self.order(),
            reply: ACTOR_UP,
            base: vec![Named { name: VectorName::Omega, values: Arc::clone(&self.omega) }],
            recipients: Recipients::Everyone,
            reducer: Reducer::Mean,
            known: false,
        }
    }

    /// Takes the mean of the replies for `ω`.
    ///
    /// # Errors
    /// One of another length: only a state that was taken up leads to that.
    pub(super) fn averaged(&mut self, mean: Vec<f64>) -> Result<(), Cause> {
        check_length("omega", &mean, self.omega.len())?;
        self.steps += self.order().steps;
        self.syncs += 1;
        self.omega = mean.into();
        Ok(())
    }

    /// Line 13's answer: the average to all clients; after step K nobody needs it, and the lean variant leaves it out.
    pub(super) fn sync(&self, serial: &mut u64) -> Option<Arc<Broadcast>> {
        if self.regressed() && self.lean {
            return None;
        }
        let order = if self.regressed() { Order::NONE } else { self.order() };
        *serial += 1;
        Some(Arc::new(Broadcast {
            serial: *serial,
            kind: ACTOR_SYNC,
            round: self.round,
            phase: Phase::Actor,
            sync: self.syncs,
            order,
            vectors: vec![Named { name: VectorName::Omega, values: Arc::clone(&self.omega) }],
        }))
    }

    /// `θ_{r+1} = θ_r + η ω_r`, and a new regression from `ω = 0`.
    pub(super) fn improve(&mut self) {
        let eta = self.plan.eta;
        self.theta =
            self.theta.iter().zip(self.omega.iter()).map(|(theta, omega)| theta + eta * omega).collect();
        self.omega = vec![0.0; self.theta.len()].into();
        self.steps = 0;
        self.syncs = 0;
        self.round += 1;
    }
}
