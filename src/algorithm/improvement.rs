//! The server's side of policy improvement (Algorithm 3, lines 6-17): the averaged regression and the
//! policy's step.

use super::critic::check_length;
use super::kinds::{ACTOR_SYNC, OMEGA, PSI, THETA};
use super::measured::{Course, RoundSteps};
use super::setting::ActorPlan;
use dpac_actors::{Ask, Cause, Message, Milestone, Named, Order, Reducer, State, StepSize, Work};
use std::sync::Arc;

/// The policy and one regression in progress.
pub(super) struct ActorServer {
    plan: ActorPlan,
    lean: bool,
    /// Steps that are measured in every round.
    measured: Option<Arc<dyn RoundSteps>>,
    /// ζ of this round: a function of `θ_r`.
    zeta: StepSize,
    /// `θ_r`.
    theta: Arc<[f64]>,
    /// r.
    round: u32,
    /// `ω^k`, the last average.
    omega: Arc<[f64]>,
    /// k: local steps that have been averaged.
    steps: u64,
    /// Averages taken in this round.
    barriers: u32,
}

impl ActorServer {
    pub(super) fn new(plan: ActorPlan, lean: bool, course: Course) -> Self {
        let Course { theta, steps: measured } = course;
        let (zeta, omega) = (plan.zeta, vec![0.0; theta.len()].into());
        let mut server =
            ActorServer { plan, lean, measured, zeta, theta, round: 0, omega, steps: 0, barriers: 0 };
        server.measure();
        server
    }

    /// The step of local steps at the present policy.
    fn measure(&mut self) {
        if let Some(measured) = &self.measured {
            self.zeta = measured.zeta(self.round, &self.theta);
        }
    }

    /// # Errors
    /// What is read does not fit the configuration.
    pub(super) fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.shared(&mut self.theta)?;
        state.integer(&mut self.round)?;
        state.shared(&mut self.omega)?;
        state.integer(&mut self.steps)?;
        state.integer(&mut self.barriers)?;
        let plan = &self.plan;
        if self.round >= plan.rounds || self.steps >= plan.local_steps {
            return Err(Cause::State("it has more rounds or local steps than the configuration"));
        }
        if u64::from(self.barriers).checked_mul(plan.sync_interval) != Some(self.steps) {
            return Err(Cause::State("its averages and local steps do not go together"));
        }
        self.measure();
        Ok(())
    }

    pub(super) fn theta(&self) -> &Arc<[f64]> {
        &self.theta
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
        Order { first_step: self.steps, steps: left.min(self.plan.sync_interval), step_size: self.zeta }
    }

    /// The barrier of the next average.
    pub(super) fn work(&self, opening: Message) -> Work {
        let base = vec![Named::new(OMEGA, Arc::clone(&self.omega))];
        Work { ask: Ask::With(opening), order: self.order(), base, reducer: Reducer::Mean }
    }

    /// The next average, for which line 13 sends the last one to all clients.
    pub(super) fn next_work(&self) -> Work {
        self.work(self.sync())
    }

    /// Line 13's answer after step K, when nobody needs it; the lean variant leaves it out.
    pub(super) fn last_sync(&self) -> Option<Message> {
        (!self.lean).then(|| self.sync())
    }

    fn sync(&self) -> Message {
        Message::new(ACTOR_SYNC, self.round, self.barriers, vec![Named::new(OMEGA, Arc::clone(&self.omega))])
    }

    /// Takes the mean of the replies for `ω`.
    ///
    /// # Errors
    /// One of another length: only a state that was taken up leads to that.
    pub(super) fn averaged(&mut self, mean: Vec<f64>) -> Result<(), Cause> {
        check_length(OMEGA, &mean, self.omega.len())?;
        self.steps += self.order().steps;
        self.barriers += 1;
        self.omega = mean.into();
        Ok(())
    }

    /// What the round has brought: the policy that it sampled, its critic and its direction, and what was
    /// measured. Then `θ_{r+1} = θ_r + η ω_r`, and a new regression from `ω = 0`.
    pub(super) fn improve(&mut self, psi: &Arc<[f64]>) -> Milestone {
        let mut vectors = vec![
            Named::new(THETA, Arc::clone(&self.theta)),
            Named::new(PSI, Arc::clone(psi)),
            Named::new(OMEGA, Arc::clone(&self.omega)),
        ];
        let eta = match &self.measured {
            None => self.plan.eta,
            Some(steps) => {
                let eta = steps.eta(self.round, &self.theta, &self.omega);
                let told = steps.told(Some(self.zeta), eta).into_iter();
                vectors.extend(told.map(|(name, number)| Named::new(name, vec![number])));
                eta
            }
        };
        let milestone = Milestone { round: self.round, vectors };
        self.theta =
            self.theta.iter().zip(self.omega.iter()).map(|(theta, omega)| theta + eta * omega).collect();
        self.omega = vec![0.0; self.theta.len()].into();
        self.steps = 0;
        self.barriers = 0;
        self.round += 1;
        if !self.finished() {
            self.measure();
        }
        milestone
    }
}
