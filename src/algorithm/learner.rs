//! The worker's side of DPTD, DPPG and DPAC, and of DPAC with a critic that is a network: local TD steps and
//! local regression steps on fresh trajectories.

use super::differences::TemporalDifferences;
use super::kinds::{OMEGA, PSI, THETA};
use super::needs::{Needs, Of};
use super::recurrent_td::RecurrentTd;
use super::regression::{Regression, StepSizes, indicate};
use super::setting::Target;
use super::trajectories::{Sizes, Trajectories};
use crate::features::Weights;
use crate::pomdp::Generator;
use dpac_actors::{Broadcast, Cause, Draft, Effort, Job, Learner, Phase, Reply, StepByStep};
use std::sync::Arc;

/// What clients know before the first message.
pub enum Start<'a> {
    /// DPTD: the policy to evaluate.
    Evaluation {
        /// Its parameter.
        theta: &'a [f64],
    },
    /// DPPG, DPAC: `θ_0` comes with the first message.
    Improvement {
        /// The regression.
        target: Target,
        /// Whether an evaluation without ψ in its opening message starts from the last `ψ̂`.
        warm: bool,
    },
}

/// What the critic's local steps ask of trajectories.
pub(super) const CRITIC: Needs =
    Needs { features: Some(Of::Taken), rewards: true, actions: false, gradients: None, probabilities: false };

/// What those of a critic ask that is a network: what the policy's network has read stands in its tapes.
const NETWORK: Needs =
    Needs { features: None, rewards: true, actions: true, gradients: Some(Of::Taken), probabilities: false };

/// What the regression asks of trajectories; of the critic it needs values and no rows.
pub(super) const fn regression_needs(target: Target) -> Needs {
    let gradients = match target {
        Target::Q | Target::Advantage => Some(Of::Taken),
        Target::Compatible => Some(Of::All),
    };
    let probabilities = matches!(target, Target::Advantage | Target::Compatible);
    Needs { features: None, rewards: false, actions: probabilities, gradients, probabilities }
}

/// How many numbers a learner keeps of each place: what the regression is on; beside values of all actions,
/// also centred scores.
pub(super) fn numbers_per_place(target: Target, actions: usize) -> usize {
    match target {
        Target::Q => 1,
        Target::Advantage => 1 + actions,
        Target::Compatible => 1 + 2 * actions,
    }
}

/// One thread's learner: local steps, and the vectors that they start from, as they came.
///
/// The local steps allocate nothing.
pub(super) struct LocalLearner {
    local: LocalSteps,
    warm: bool,
    /// Where evaluations start that do not start from the last one's result.
    first: Arc<[f64]>,
    /// `ψ̃^r` in the critic's phase, `ψ̂` in the actor's.
    psi: Arc<[f64]>,
    /// `ω^k`.
    omega: Arc<[f64]>,
}

/// Trajectories of the present policy, the steps on them, and scratch.
pub(super) struct LocalSteps {
    trajectories: Box<dyn Trajectories>,
    critic: Critic,
    regression: Regression,
    target: Target,
    targets: Targets,
}

/// How the critic learns, and what gives its values.
pub(super) enum Critic {
    /// Linear in the features of the trajectories.
    Rows(TemporalDifferences),
    /// A network that reads what the policy's network reads.
    Network(Box<RecurrentTd>),
}

/// What the regression is on, of one batch.
#[derive(Default)]
struct Targets {
    /// By place.
    targets: Vec<f64>,
    /// `⟨φ_h(z, b), ψ_h⟩` at `place * A + b`.
    values: Vec<f64>,
    /// The centred score's coefficients `1[b = a_h] - π(b | z_h)`, likewise; without π where gradients are
    /// no rows, and no score.
    centred: Vec<f64>,
}

impl LocalLearner {
    /// A learner that knows what every client knows at the start.
    pub(super) fn new(mut trajectories: Box<dyn Trajectories>, start: Start<'_>) -> Self {
        let (target, warm) = match start {
            Start::Evaluation { theta } => {
                trajectories.set_policy(theta);
                (Target::Q, true)
            }
            Start::Improvement { target, warm } => (target, warm),
        };
        let first = zeros(trajectories.sizes().stacked_critic);
        LocalLearner::of(LocalSteps::new(trajectories, target), warm, first)
    }

    /// A learner with these local steps, whose first evaluation starts from this ψ.
    pub(super) fn of(local: LocalSteps, warm: bool, first: Arc<[f64]>) -> Self {
        let omega = zeros(local.trajectories.sizes().d_theta);
        LocalLearner { local, warm, psi: Arc::clone(&first), first, omega }
    }
}

fn zeros(length: usize) -> Arc<[f64]> {
    std::iter::repeat_n(0.0, length).collect()
}

impl LocalSteps {
    /// Steps on these trajectories.
    pub(super) fn new(trajectories: Box<dyn Trajectories>, target: Target) -> Self {
        let Sizes { horizon, gamma, .. } = trajectories.sizes();
        let critic = Critic::Rows(TemporalDifferences::new(gamma, horizon));
        LocalSteps::with(trajectories, target, critic)
    }

    /// The same with this critic.
    pub(super) fn with(trajectories: Box<dyn Trajectories>, target: Target, critic: Critic) -> Self {
        let Sizes { horizon, gamma, .. } = trajectories.sizes();
        let regression = Regression::new(gamma, horizon);
        LocalSteps { trajectories, critic, regression, target, targets: Targets::default() }
    }

    /// The policy that acts from now on.
    pub(super) fn set_policy(&mut self, theta: &[f64]) {
        self.trajectories.set_policy(theta);
    }

    /// What a job comes to, whose local steps sample one trajectory each.
    pub(super) fn effort(&self, job: &Job) -> Effort {
        let steps = job.order.steps;
        let environment_steps = steps.saturating_mul(self.trajectories.sizes().horizon as u64);
        Effort { local_steps: steps, trajectories: steps, environment_steps }
    }

    /// K local TD steps on `psi`.
    pub(super) fn evaluate<W: Weights + ?Sized>(&mut self, job: &Job, rng: &mut Generator, psi: &mut W) {
        let LocalSteps { trajectories, critic, .. } = self;
        let differences = match critic {
            Critic::Rows(differences) => differences,
            Critic::Network(_) => {
                let psi = psi.whole().expect("gradients of a network are long");
                return self.evaluate_and_look(job, rng, psi, &mut |_| ());
            }
        };
        differences.set_step(job.order.step_size.at(0));
        let mut left = job.order.steps;
        while left > 0 {
            left -= trajectories.sample(job.client, left, CRITIC, rng) as u64;
            differences.steps(trajectories.features(), trajectories.rewards(), psi);
        }
    }

    /// [`Self::evaluate`], with a look at `psi` before each step.
    fn evaluate_and_look(
        &mut self,
        job: &Job,
        rng: &mut Generator,
        psi: &mut [f64],
        see: &mut dyn FnMut(&[f64]),
    ) {
        let LocalSteps { trajectories, critic, .. } = self;
        let alpha = job.order.step_size.at(0);
        let needs = match critic {
            Critic::Rows(differences) => {
                differences.set_step(alpha);
                CRITIC
            }
            Critic::Network(differences) => {
                differences.set_step(alpha);
                NETWORK
            }
        };
        let horizon = trajectories.sizes().horizon;
        let mut left = job.order.steps;
        while left > 0 {
            let count = trajectories.sample(job.client, left, needs, rng);
            for k in 0..count {
                see(psi);
                let places = k * horizon..(k + 1) * horizon;
                let rewards = &trajectories.rewards()[places.clone()];
                match critic {
                    Critic::Rows(differences) => {
                        differences.steps(trajectories.features().range(places), rewards, psi);
                    }
                    Critic::Network(differences) => {
                        differences.step(trajectories.tape(k), rewards, &trajectories.taken()[places], psi);
                    }
                }
            }
            left -= count as u64;
        }
    }

    /// Nonzeros of each row that the critic's steps add; `None` where these are long.
    fn critic_nonzeros(&self) -> Option<u64> {
        match self.critic {
            Critic::Rows(_) => self.trajectories.feature_nonzeros(),
            Critic::Network(_) => None,
        }
    }

    /// K local steps of the regression on `omega`, with the critic `psi`.
    pub(super) fn regress<W: Weights + ?Sized>(
        &mut self,
        job: &Job,
        rng: &mut Generator,
        psi: &[f64],
        omega: &mut W,
    ) {
        let LocalSteps { trajectories, critic, regression, target, targets } = self;
        let along = trajectories.jacobians().is_some();
        let needs = regression_needs(*target);
        // Which logits are meant is known of rows by themselves.
        let needs = Needs { actions: needs.actions || along, ..needs };
        let mut k = 0;
        while k < job.order.steps {
            let count = trajectories.sample(job.client, job.order.steps - k, needs, rng) as u64;
            targets.set(&mut **trajectories, critic, *target, psi);
            let zeta = StepSizes { size: job.order.step_size, first: job.order.first_step + k };
            if along && *target != Target::Compatible {
                targets.take_those_taken(&**trajectories);
            }
            let Targets { targets, centred, .. } = &*targets;
            if let Some(jacobians) = trajectories.jacobians() {
                let omega = omega.whole().expect("gradients of a network are long");
                regression.steps_along(jacobians, centred, targets, zeta, omega);
                k += count;
                continue;
            }
            let centred = (*target == Target::Compatible).then_some(&centred[..]);
            regression.steps(trajectories.gradients(), centred, targets, zeta, omega);
            k += count;
        }
    }
}

impl Targets {
    /// The coefficients `1[b = a_h]`.
    fn take_those_taken(&mut self, trajectories: &dyn Trajectories) {
        indicate(trajectories.taken(), trajectories.sizes().actions, &mut self.centred);
    }

    /// What the regression of this kind is on, from the critic `psi`.
    fn set(&mut self, trajectories: &mut dyn Trajectories, critic: &mut Critic, target: Target, psi: &[f64]) {
        let Targets { targets, values, centred } = self;
        let actions = trajectories.sizes().actions;
        match (critic, target) {
            (Critic::Rows(_), Target::Q) => {
                trajectories.values(psi, Of::Taken, targets);
                return;
            }
            (Critic::Rows(_), _) => trajectories.values(psi, Of::All, values),
            (Critic::Network(critic), _) => {
                values.resize(trajectories.taken().len() * actions, 0.0);
                let of_one = trajectories.sizes().horizon * actions;
                for (k, values) in values.chunks_exact_mut(of_one).enumerate() {
                    critic.values(trajectories.tape(k), psi, values);
                }
            }
        }
        if target == Target::Q {
            let taken = trajectories.taken().iter().zip(values.chunks_exact(actions));
            targets.clear();
            targets.extend(taken.map(|(&action, values)| values[action as usize]));
            return;
        }
        let (probabilities, taken) = (trajectories.probabilities(), trajectories.taken());
        targets.resize(taken.len(), 0.0);
        for place in 0..taken.len() {
            let values = &values[place * actions..][..actions];
            let probabilities = &probabilities[place * actions..][..actions];
            let mut v = 0.0;
            for b in 0..actions {
                v += probabilities[b] * values[b];
            }
            targets[place] = values[taken[place] as usize] - v;
        }
        if target == Target::Compatible {
            centred.resize(taken.len() * actions, 0.0);
            for place in 0..taken.len() {
                let probabilities = &probabilities[place * actions..][..actions];
                let centred = &mut centred[place * actions..][..actions];
                for b in 0..actions {
                    centred[b] = -probabilities[b];
                }
                centred[taken[place] as usize] = 1.0 - probabilities[taken[place] as usize];
            }
        }
    }
}

impl Learner for LocalLearner {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        if let Some(theta) = broadcast.vector(THETA) {
            check(THETA, theta.len(), self.omega.len())?;
            self.local.set_policy(theta);
        }
        if let Some(psi) = broadcast.vector(PSI) {
            check(PSI, psi.len(), self.psi.len())?;
            self.psi = Arc::clone(psi);
        } else if broadcast.place.phase == Phase::Critic && broadcast.place.barrier == 0 && !self.warm {
            self.psi = Arc::clone(&self.first);
        }
        if let Some(omega) = broadcast.vector(OMEGA) {
            check(OMEGA, omega.len(), self.omega.len())?;
            self.omega = Arc::clone(omega);
        } else if broadcast.place.phase == Phase::Actor && broadcast.place.barrier == 0 {
            self.omega = zeros(self.omega.len());
        }
        Ok(())
    }

    fn steps(&mut self, job: &Job, _state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let LocalLearner { local, psi, omega, .. } = self;
        // Rows of local steps: those of the centred score are A for each step of a trajectory, and long rows
        // are not counted.
        let actions = local.trajectories.sizes().actions;
        let effort = local.effort(job);
        let changes =
            |rows: u64, nonzeros: Option<u64>| nonzeros.map_or(u64::MAX, |n| rows.saturating_mul(n));
        match job.place.phase {
            Phase::Critic => {
                let changes = changes(effort.environment_steps, local.critic_nonzeros());
                match reply.draft(psi, changes) {
                    Draft::Copied(psi) => local.evaluate(job, rng, psi),
                    Draft::Marked(mut psi) => local.evaluate(job, rng, &mut psi),
                }
            }
            Phase::Actor => {
                let of = regression_needs(local.target).gradients.expect("a regression on gradients");
                let rows = effort.environment_steps.saturating_mul(of.rows(actions) as u64);
                let changes = changes(rows, local.trajectories.gradient_nonzeros());
                match reply.draft(omega, changes) {
                    Draft::Copied(omega) => local.regress(job, rng, psi, omega),
                    Draft::Marked(mut omega) => local.regress(job, rng, psi, &mut omega),
                }
            }
        }
        effort
    }

    fn step_by_step(&mut self) -> Option<&mut dyn StepByStep> {
        Some(self)
    }
}

/// Of the critic's phase.
impl StepByStep for LocalLearner {
    fn look(&mut self, job: &Job, rng: &mut Generator, see: &mut dyn FnMut(&[f64])) {
        if job.place.phase == Phase::Critic {
            let mut psi = self.psi.to_vec();
            self.local.evaluate_and_look(job, rng, &mut psi, see);
        }
    }
}

fn check(vector: &'static str, found: usize, expected: usize) -> Result<(), Cause> {
    if found == expected { Ok(()) } else { Err(Cause::Length { vector, found, expected }) }
}
