//! The worker's side of all three algorithms: local TD steps and local regression steps on fresh trajectories.

use super::setting::{Setting, Target};
use crate::features::{FeatureMap, Row};
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Generator, Problem, Simulator, Units};
use dpac_actors::{Broadcast, Cause, Effort, Job, Learner, Phase, Reply, Touched, VectorName};
use rand::Rng;
use std::sync::Arc;

/// What clients know before the first message.
pub enum Start<'a> {
    /// DPTD: the policy to evaluate.
    Evaluation {
        /// Its parameter.
        theta: &'a [f64],
    },
    /// DPPG, DPAC: `θ_0 = 0` comes with the first message.
    Improvement {
        /// The regression.
        target: Target,
        /// Whether an evaluation without ψ in its opening message starts from the last `ψ̂`.
        warm: bool,
    },
}

/// One thread's learner: tables for the present policy, the vectors that local steps start from, and scratch.
///
/// The local steps allocate nothing.
pub struct LocalLearner<B: Problem, P: Policy, F: FeatureMap> {
    setting: Arc<Setting<B, P, F>>,
    discounts: Vec<f64>,
    /// `α_r γ^h`.
    coefficients: Vec<f64>,
    target: Target,
    warm: bool,
    policy: Prepared<P>,
    /// `ψ̃^r` in the critic's phase, `ψ̂` in the actor's.
    psi: Vec<f64>,
    /// `ω^k`.
    omega: Vec<f64>,
    actor_memory: P::Memory,
    critic_memory: F::Memory,
    /// `φ_h(z̄_h)`.
    phi: Vec<F::Row>,
    /// `r̃_h`; the regression's targets in the actor's phase.
    numbers: Vec<f64>,
    /// `⟨φ_h, ψ_h⟩`; residuals in the actor's phase.
    values: Vec<f64>,
    /// `ξ_h(z, a)`: one row per step for the action taken, or A rows per step for the centred score.
    xi: Vec<P::Gradient>,
    /// The centred score's coefficients `1[b = a_h] - π(b | z_h)`, at `h A + b`.
    centred: Vec<f64>,
}

impl<B, P, F> LocalLearner<B, P, F>
where
    B: Problem,
    P: Policy,
    F: FeatureMap<Observation = P::Observation>,
    B::Simulator: Simulator<Observation = P::Observation>,
{
    /// A learner that knows what every client knows at the start.
    pub fn new(setting: Arc<Setting<B, P, F>>, start: Start<'_>) -> Self {
        let mut policy = Prepared::new(&setting.policy);
        let (target, warm) = match start {
            Start::Evaluation { theta } => {
                policy.set(&setting.policy, theta);
                (Target::Q, true)
            }
            Start::Improvement { target, warm } => (target, warm),
        };
        let (horizon, actions) = (setting.horizon, setting.critic.actions());
        let xi_rows = if target == Target::Compatible { horizon * actions } else { horizon };
        LocalLearner {
            discounts: setting.discounts(),
            coefficients: vec![0.0; horizon],
            target,
            warm,
            policy,
            psi: vec![0.0; setting.critic.stacked()],
            omega: vec![0.0; setting.policy.parameters()],
            actor_memory: setting.policy.memory(),
            critic_memory: setting.critic.memory(),
            phi: vec![F::Row::default(); horizon],
            numbers: vec![0.0; horizon],
            values: vec![0.0; horizon + 1],
            xi: vec![P::Gradient::default(); xi_rows],
            centred: vec![0.0; horizon * actions],
            setting,
        }
    }

    /// K local TD steps, Eq. 5-6, on `psi`.
    fn evaluate<M: Marks>(&mut self, job: &Job, rng: &mut Generator, psi: &mut [f64], marks: &mut M) {
        let LocalLearner { setting, discounts, coefficients, policy, phi, numbers, values, .. } = self;
        let simulator = setting.problem.instance(job.client);
        let alpha = job.order.step_size.at(0);
        for (coefficient, power) in coefficients.iter_mut().zip(discounts) {
            *coefficient = alpha * *power;
        }
        let mut evaluation = Evaluation {
            simulator: &*simulator,
            units: units(&*simulator),
            policy: &setting.policy,
            critic: &setting.critic,
            gamma: setting.gamma,
            coefficients,
            prepared: policy,
            actor_memory: &mut self.actor_memory,
            critic_memory: &mut self.critic_memory,
            phi: &mut phi[..setting.horizon],
            rewards: &mut numbers[..setting.horizon],
            values,
        };
        for _ in 0..job.order.steps {
            evaluation.step(rng, psi, marks);
        }
    }

    /// K local steps of the regression, Algorithm 3: `ω ← ω - ζ_k 2 Σ_h γ^h ξ_h (⟨ω, ξ_h⟩ - target_h)`, all steps of a
    /// trajectory at the same ω.
    fn regress<M: Marks>(&mut self, job: &Job, rng: &mut Generator, omega: &mut [f64], marks: &mut M) {
        let simulator = self.setting.problem.instance(job.client);
        let (horizon, actions) = (self.setting.horizon, self.setting.critic.actions());
        for k in 0..job.order.steps {
            let zeta = job.order.step_size.at(job.order.first_step + k);
            self.sample_for_actor(&simulator, rng);
            if self.target == Target::Compatible {
                for h in 0..horizon {
                    let score = self.centred[h * actions..(h + 1) * actions]
                        .iter()
                        .zip(&self.xi[h * actions..(h + 1) * actions])
                        .fold(0.0, |sum, (c, xi)| sum + c * xi.dot(omega));
                    self.values[h] = score - self.numbers[h];
                }
                for h in 0..horizon {
                    let step = -(2.0 * zeta * self.discounts[h] * self.values[h]);
                    for b in h * actions..(h + 1) * actions {
                        self.xi[b].add_to(step * self.centred[b], omega);
                        marks.row(&self.xi[b]);
                    }
                }
            } else {
                for h in 0..horizon {
                    self.values[h] = self.xi[h].dot(omega) - self.numbers[h];
                }
                for h in 0..horizon {
                    self.xi[h].add_to(-(2.0 * zeta * self.discounts[h] * self.values[h]), omega);
                    marks.row(&self.xi[h]);
                }
            }
        }
        // The critic's phase relies on values[H] = 0, which this phase never touches.
        debug_assert_eq!(self.values[horizon].to_bits(), 0);
    }

    /// One trajectory: `ξ_h` and the target for h = 0..H-1.
    fn sample_for_actor(&mut self, simulator: &B::Simulator, rng: &mut Generator) {
        let horizon = self.setting.horizon;
        let (mut state, first) = simulator.initial(rng);
        self.setting.policy.start(&mut self.actor_memory, &first);
        self.setting.critic.start(&mut self.critic_memory, &first);
        for h in 0..horizon {
            let action = self.policy.act(&self.setting.policy, &self.actor_memory, h, rng.next_u64());
            self.look(h, action);
            if h + 1 < horizon {
                let (_, seen) = simulator.step(&mut state, action, rng);
                self.setting.policy.advance(&mut self.actor_memory, h, action, &seen);
                self.setting.critic.advance(&mut self.critic_memory, h, action, &seen);
            }
        }
    }

    /// The regression's row and target at step h of the trajectory.
    #[inline]
    fn look(&mut self, h: usize, action: usize) {
        let Setting { policy, critic, .. } = &*self.setting;
        let row = &mut self.phi[h];
        critic.row(&self.critic_memory, h, action, row);
        let q = row.dot(&self.psi);
        if self.target == Target::Q {
            self.numbers[h] = q;
            policy.gradient(self.policy.theta(), &self.actor_memory, h, action, &mut self.xi[h]);
            return;
        }
        let probabilities = self.policy.probabilities(policy, &self.actor_memory, h);
        let mut v = 0.0;
        for (b, p) in probabilities.iter().enumerate() {
            critic.row(&self.critic_memory, h, b, row);
            v += p * row.dot(&self.psi);
        }
        self.numbers[h] = q - v;
        let actions = probabilities.len();
        if self.target == Target::Advantage {
            policy.gradient(self.policy.theta(), &self.actor_memory, h, action, &mut self.xi[h]);
            return;
        }
        for (b, p) in probabilities.iter().enumerate() {
            self.centred[h * actions + b] = if b == action { 1.0 - p } else { -p };
        }
        for b in 0..actions {
            policy.gradient(self.policy.theta(), &self.actor_memory, h, b, &mut self.xi[h * actions + b]);
        }
    }
}

/// What the TD steps of one client work with, borrowed once for all of them.
struct Evaluation<'a, S, P: Policy, F: FeatureMap> {
    simulator: &'a S,
    units: Units,
    policy: &'a P,
    critic: &'a F,
    gamma: f64,
    coefficients: &'a [f64],
    prepared: &'a mut Prepared<P>,
    actor_memory: &'a mut P::Memory,
    critic_memory: &'a mut F::Memory,
    phi: &'a mut [F::Row],
    rewards: &'a mut [f64],
    /// One more than there are steps; the last stays 0, since there is no step H.
    values: &'a mut [f64],
}

impl<S, P, F> Evaluation<'_, S, P, F>
where
    S: Simulator,
    P: Policy<Observation = S::Observation>,
    F: FeatureMap<Observation = S::Observation>,
{
    /// One local step: all of a trajectory's steps move at once, by errors at the same ψ.
    #[inline]
    fn step<M: Marks>(&mut self, rng: &mut Generator, psi: &mut [f64], marks: &mut M) {
        self.sample(rng, psi);
        let errors =
            self.rewards.iter().zip(self.values.windows(2)).map(|(r, v)| r + self.gamma * v[1] - v[0]);
        for ((delta, coefficient), phi) in errors.zip(self.coefficients).zip(&*self.phi) {
            phi.add_to(coefficient * delta, psi);
            marks.row(phi);
        }
    }

    /// One trajectory: `φ_h(z̄_h)`, `⟨φ_h, ψ_h⟩` and `r̃_h` for h = 0..H-1. The products are taken on the way, where they overlap with
    /// the sampling.
    #[inline]
    fn sample(&mut self, rng: &mut Generator, psi: &[f64]) {
        let Evaluation { simulator, units, policy, critic, prepared, actor_memory, critic_memory, .. } = self;
        let (mut state, first) = simulator.initial(rng);
        policy.start(actor_memory, &first);
        critic.start(critic_memory, &first);
        let last = self.phi.len() - 1;
        let rows = self.phi.iter_mut().zip(self.rewards.iter_mut()).zip(self.values.iter_mut());
        for (h, ((phi, reward), value)) in rows.enumerate() {
            let action = prepared.act(policy, actor_memory, h, rng.next_u64());
            critic.row(critic_memory, h, action, phi);
            *value = phi.dot(psi);
            if h == last {
                *reward = units.normalise(simulator.last_step(&mut state, action, rng));
                break;
            }
            let (raw, seen) = simulator.step(&mut state, action, rng);
            *reward = units.normalise(raw);
            policy.advance(actor_memory, h, action, &seen);
            critic.advance(critic_memory, h, action, &seen);
        }
    }
}

/// Who is told which components local steps change.
trait Marks {
    fn row(&mut self, row: &impl Row);
}

/// Nobody: the whole vector is taken for changed.
struct Unmarked;

impl Marks for Unmarked {
    #[inline]
    fn row(&mut self, _row: &impl Row) {}
}

impl Marks for Touched {
    #[inline]
    fn row(&mut self, row: &impl Row) {
        row.for_each(|i, _| self.mark(i));
    }
}

fn units(simulator: &impl Simulator) -> Units {
    let (lo, hi) = simulator.reward_range();
    Units::new(lo, hi)
}

impl<B, P, F> Learner for LocalLearner<B, P, F>
where
    B: Problem,
    P: Policy,
    F: FeatureMap<Observation = P::Observation>,
    B::Simulator: Simulator<Observation = P::Observation>,
{
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        if let Some(theta) = broadcast.vector(VectorName::Theta) {
            check("theta", theta.len(), self.setting.policy.parameters())?;
            self.policy.set(&self.setting.policy, theta);
        }
        if let Some(psi) = broadcast.vector(VectorName::Psi) {
            check("psi", psi.len(), self.psi.len())?;
            self.psi.copy_from_slice(psi);
        } else if broadcast.phase == Phase::Critic && broadcast.sync == 0 && !self.warm {
            self.psi.fill(0.0);
        }
        if let Some(omega) = broadcast.vector(VectorName::Omega) {
            check("omega", omega.len(), self.omega.len())?;
            self.omega.copy_from_slice(omega);
        } else if broadcast.phase == Phase::Actor && broadcast.sync == 0 {
            self.omega.fill(0.0);
        }
        Ok(())
    }

    fn steps(&mut self, job: &Job, _state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        // Rows of local steps: those of the centred score are A for each step of a trajectory, and long rows are not counted.
        let rows = job.order.steps.saturating_mul(self.setting.horizon as u64);
        match job.phase {
            Phase::Critic => {
                let psi = std::mem::take(&mut self.psi);
                let changes = F::Row::NONZEROS.map_or(u64::MAX, |n| rows.saturating_mul(n));
                match reply.marked_copy_of(&psi, changes) {
                    Some((reply, touched)) => self.evaluate(job, rng, reply, touched),
                    None => self.evaluate(job, rng, reply.copy_of(0, &psi), &mut Unmarked),
                }
                self.psi = psi;
            }
            Phase::Actor => {
                let omega = std::mem::take(&mut self.omega);
                let rows = if self.target == Target::Compatible {
                    rows.saturating_mul(self.setting.critic.actions() as u64)
                } else {
                    rows
                };
                let changes = P::Gradient::NONZEROS.map_or(u64::MAX, |n| rows.saturating_mul(n));
                match reply.marked_copy_of(&omega, changes) {
                    Some((reply, touched)) => self.regress(job, rng, reply, touched),
                    None => self.regress(job, rng, reply.copy_of(0, &omega), &mut Unmarked),
                }
                self.omega = omega;
            }
        }
        Effort {
            local_steps: job.order.steps,
            trajectories: job.order.steps,
            environment_steps: job.order.steps * self.setting.horizon as u64,
        }
    }
}

fn check(vector: &'static str, found: usize, expected: usize) -> Result<(), Cause> {
    if found == expected { Ok(()) } else { Err(Cause::Length { vector, found, expected }) }
}
