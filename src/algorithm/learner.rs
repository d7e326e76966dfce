//! The worker's side of all algorithms: local TD steps and local regression steps on fresh trajectories.

use super::lanes::{LANES, Lanes, Moment};
use super::setting::{Setting, Target};
use crate::features::{FeatureMap, Row};
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Generator, Problem, Simulator, Units};
use dpac_actors::{Broadcast, Cause, Effort, Job, Learner, Phase, Reply, Touched, VectorName};
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
pub(super) struct LocalLearner<B: Problem, P: Policy, F: FeatureMap> {
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
    lanes: Lanes<P, F>,
    /// `φ_h(z̄_h)`, trajectory by trajectory, at `lane H + h`; so are the next two.
    phi: Vec<F::Row>,
    /// `r̃_h`; the regression's targets in the actor's phase.
    numbers: Vec<f64>,
    /// `ξ_h(z, a)`: one row per step for the action taken, or A rows per step for the centred score.
    xi: Vec<P::Gradient>,
    /// The centred score's coefficients `1[b = a_h] - π(b | z_h)`, at `(lane H + h) A + b`.
    centred: Vec<f64>,
    /// Of one trajectory, `⟨φ_h, ψ_h⟩`, and 0 for the step H that does not exist; residuals in the actor's phase.
    values: Vec<f64>,
}

/// Bytes of what a learner keeps of its trajectories: feature rows, gradients and numbers of every step and lane.
pub fn scratch_bytes<P: Policy, F: FeatureMap>(policy: &P, critic: &F, target: Target) -> u64 {
    // Rows without a constant number of nonzeros are lists of (index, value).
    let row = |constant: Option<u64>, nonzeros: usize| match constant {
        Some(nonzeros) => size_of::<u32>() as u64 * nonzeros,
        None => size_of::<Vec<u8>>() as u64 + size_of::<(u32, f64)>() as u64 * nonzeros as u64,
    };
    let gradients = if target == Target::Compatible { critic.actions() as u64 } else { 1 };
    let step = |h: usize| {
        let phi = row(F::Row::NONZEROS, critic.nonzeros(h));
        let xi = row(P::Gradient::NONZEROS, policy.nonzeros(h));
        phi + gradients * xi + 8 * (1 + critic.actions() as u64)
    };
    LANES as u64 * (0..critic.horizon()).map(step).sum::<u64>()
}

impl<B, P, F> LocalLearner<B, P, F>
where
    B: Problem,
    P: Policy,
    F: FeatureMap<Observation = P::Observation>,
    B::Simulator: Simulator<Observation = P::Observation>,
{
    /// A learner that knows what every client knows at the start.
    pub(super) fn new(setting: Arc<Setting<B, P, F>>, start: Start<'_>) -> Self {
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
            lanes: Lanes::new(&setting.policy, &setting.critic),
            phi: vec![F::Row::default(); LANES * horizon],
            numbers: vec![0.0; LANES * horizon],
            values: vec![0.0; horizon + 1],
            xi: vec![P::Gradient::default(); LANES * xi_rows],
            centred: vec![0.0; LANES * horizon * actions],
            setting,
        }
    }

    /// K local TD steps, Eq. 5-6, on `psi`: all of a trajectory's steps move at once, by errors at the same ψ.
    fn evaluate<M: Marks>(&mut self, job: &Job, rng: &mut Generator, psi: &mut [f64], marks: &mut M) {
        let setting = Arc::clone(&self.setting);
        let simulator = &*setting.problem.instance(job.client);
        let (horizon, gamma) = (setting.horizon, setting.gamma);
        let alpha = job.order.step_size.at(0);
        for (coefficient, power) in self.coefficients.iter_mut().zip(&self.discounts) {
            *coefficient = alpha * *power;
        }
        let mut left = job.order.steps;
        while left > 0 {
            let count = self.sample_for_critic(&setting, simulator, left, rng);
            left -= count as u64;
            let LocalLearner { coefficients, phi, numbers, values, .. } = self;
            for (phi, rewards) in phi.chunks_exact(horizon).zip(numbers.chunks_exact(horizon)).take(count) {
                for (value, phi) in values.iter_mut().zip(phi) {
                    *value = phi.dot(psi);
                }
                for (h, phi) in phi.iter().enumerate() {
                    let delta = rewards[h] + gamma * values[h + 1] - values[h];
                    phi.add_to(coefficients[h] * delta, psi);
                    marks.row(phi);
                }
            }
        }
    }

    /// A few trajectories, of those that are left: `φ_h` and `r̃_h` for h = 0..H-1. Gives their number.
    #[inline(never)]
    fn sample_for_critic(
        &mut self,
        setting: &Setting<B, P, F>,
        simulator: &B::Simulator,
        left: u64,
        rng: &mut Generator,
    ) -> usize {
        let LocalLearner { policy: prepared, lanes, phi, numbers, .. } = self;
        let Setting { policy, critic, horizon, .. } = setting;
        let (phi, numbers) = (&mut phi[..], &mut numbers[..]);
        let count = lanes.sample(
            left,
            (simulator, policy, critic),
            prepared,
            rng,
            |_, at| critic.row(at.critic, at.h, at.action, &mut phi[at.lane * horizon + at.h]),
            |lane, h, reward| numbers[lane * horizon + h] = reward,
        );
        let units = units(simulator);
        for reward in &mut numbers[..count * horizon] {
            *reward = units.normalise(*reward);
        }
        count
    }

    /// K local steps of the regression, Algorithm 3: `ω ← ω - ζ_k 2 Σ_h γ^h ξ_h (⟨ω, ξ_h⟩ - target_h)`, all steps of a
    /// trajectory at the same ω.
    fn regress<M: Marks>(&mut self, job: &Job, rng: &mut Generator, omega: &mut [f64], marks: &mut M) {
        let setting = Arc::clone(&self.setting);
        let simulator = &*setting.problem.instance(job.client);
        let mut k = 0;
        while k < job.order.steps {
            let count = self.sample_for_actor(&setting, simulator, job.order.steps - k, rng);
            for lane in 0..count {
                let zeta = job.order.step_size.at(job.order.first_step + k);
                self.regress_on(lane, zeta, omega, marks);
                k += 1;
            }
        }
        // The critic's phase relies on values[H] = 0, which this phase never touches.
        debug_assert_eq!(self.values[setting.horizon].to_bits(), 0);
    }

    /// One local step of the regression, on the trajectory of this lane.
    fn regress_on<M: Marks>(&mut self, lane: usize, zeta: f64, omega: &mut [f64], marks: &mut M) {
        let horizon = self.setting.horizon;
        let rows = if self.target == Target::Compatible { self.setting.critic.actions() } else { 1 };
        let targets = &self.numbers[lane * horizon..][..horizon];
        let xi = &self.xi[lane * horizon * rows..][..horizon * rows];
        let residuals = &mut self.values[..horizon];
        if self.target == Target::Compatible {
            let centred = &self.centred[lane * horizon * rows..][..horizon * rows];
            let steps = || xi.chunks_exact(rows).zip(centred.chunks_exact(rows));
            for ((residual, target), (xi, centred)) in residuals.iter_mut().zip(targets).zip(steps()) {
                let score = centred.iter().zip(xi).fold(0.0, |sum, (c, xi)| sum + c * xi.dot(omega));
                *residual = score - target;
            }
            for ((residual, power), (xi, centred)) in residuals.iter().zip(&self.discounts).zip(steps()) {
                let step = -(2.0 * zeta * power * residual);
                for (xi, c) in xi.iter().zip(centred) {
                    xi.add_to(step * c, omega);
                    marks.row(xi);
                }
            }
        } else {
            for ((residual, target), xi) in residuals.iter_mut().zip(targets).zip(xi) {
                *residual = xi.dot(omega) - target;
            }
            for ((residual, power), xi) in residuals.iter().zip(&self.discounts).zip(xi) {
                xi.add_to(-(2.0 * zeta * power * residual), omega);
                marks.row(xi);
            }
        }
    }

    /// A few trajectories, of those that are left: `ξ_h` and the target for h = 0..H-1. Gives their number.
    #[inline(never)]
    fn sample_for_actor(
        &mut self,
        setting: &Setting<B, P, F>,
        simulator: &B::Simulator,
        left: u64,
        rng: &mut Generator,
    ) -> usize {
        let LocalLearner { policy: prepared, lanes, phi, numbers, xi, centred, psi, target, .. } = self;
        let Setting { policy, critic, horizon, .. } = setting;
        let actions = critic.actions();
        // Rows of the critic's features are looked at and not kept.
        let row = &mut phi[0];
        lanes.sample(
            left,
            (simulator, policy, critic),
            prepared,
            rng,
            |prepared, Moment { lane, h, actor, critic: memory, action }| {
                let place = lane * horizon + h;
                critic.row(memory, h, action, row);
                let q = row.dot(psi);
                if *target == Target::Q {
                    numbers[place] = q;
                    policy.gradient(prepared.theta(), actor, h, action, &mut xi[place]);
                    return;
                }
                let probabilities = prepared.probabilities(policy, actor, h);
                let mut v = 0.0;
                for (b, p) in probabilities.iter().enumerate() {
                    critic.row(memory, h, b, row);
                    v += p * row.dot(psi);
                }
                numbers[place] = q - v;
                if *target == Target::Advantage {
                    policy.gradient(prepared.theta(), actor, h, action, &mut xi[place]);
                    return;
                }
                for (b, p) in probabilities.iter().enumerate() {
                    centred[place * actions + b] = if b == action { 1.0 - p } else { -p };
                }
                for b in 0..actions {
                    policy.gradient(prepared.theta(), actor, h, b, &mut xi[place * actions + b]);
                }
            },
            |_, _, _| (),
        )
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
        if self.policy.theta().is_empty() {
            // A trace may begin anywhere. Before there is a policy it is θ = 0, where every run starts.
            self.policy.set(&self.setting.policy, &vec![0.0; self.setting.policy.parameters()]);
        }
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
            environment_steps: job.order.steps.saturating_mul(self.setting.horizon as u64),
        }
    }
}

fn check(vector: &'static str, found: usize, expected: usize) -> Result<(), Cause> {
    if found == expected { Ok(()) } else { Err(Cause::Length { vector, found, expected }) }
}
