//! The mathematics of the local phases as bare loops: one stream, one vector, no society. Tables, features,
//! generator and update are the library's; the loops around them are written out here.
//!
//! They keep an actor's memory of the history and a critic's, unless they are told that one will do. What a
//! society has and they do not: messages, the fold of M replies, a vector for each client to start from. What
//! they have and it does not: the horizon, known to the compiler.

use dpac::algorithm::Setting;
use dpac::features::{FeatureMap, Row};
use dpac::policy::{LogLinear, Policy, Prepared};
use dpac::pomdp::{Generator, Simulator, TabularProblem, TabularSimulator, Units, discount_table};
use rand::Rng;

/// A problem in tables, with a log-linear policy and a critic over features of the same kind.
pub(crate) type Tabular<F> = Setting<TabularProblem, LogLinear<F>, F>;

/// The loops over trajectories of H steps, with their scratch.
pub(crate) struct Bare<'a, const H: usize, F: FeatureMap> {
    setting: &'a Tabular<F>,
    simulator: &'a TabularSimulator,
    discounts: [f64; H],
    policy: Prepared<LogLinear<F>>,
    actor_memory: F::Memory,
    critic_memory: F::Memory,
    /// `φ_h(z̄_h)`.
    phi: [F::Row; H],
    /// `ξ_h(z̄_h)`.
    xi: [F::Row; H],
}

impl<'a, const H: usize, F: FeatureMap<Observation = u32>> Bare<'a, H, F> {
    /// Loops at the policy of `theta`.
    pub(crate) fn new(setting: &'a Tabular<F>, simulator: &'a TabularSimulator, theta: &[f64]) -> Self {
        assert_eq!(setting.horizon, H, "the loops are for the setting's horizon");
        let powers = discount_table(setting.gamma, H);
        Bare {
            setting,
            simulator,
            discounts: std::array::from_fn(|h| powers[h]),
            policy: Prepared::at(&*setting.policy, theta),
            actor_memory: setting.policy.memory(),
            critic_memory: setting.critic.memory(),
            phi: std::array::from_fn(|_| F::Row::default()),
            xi: std::array::from_fn(|_| F::Row::default()),
        }
    }

    /// Another policy.
    pub(crate) fn set(&mut self, theta: &[f64]) {
        self.policy.set(&*self.setting.policy, theta);
    }

    /// The critic's local steps: a trajectory, then the semi-gradient step of all its H errors at the same ψ.
    ///
    /// With `ONE_MEMORY` the critic reads the actor's memory, which must then be the same function of the
    /// history.
    pub(crate) fn evaluate<const ONE_MEMORY: bool>(
        &mut self,
        trajectories: u64,
        alpha: f64,
        mut rng: Generator,
        psi: &mut [f64],
    ) {
        let Bare { simulator, policy: prepared, actor_memory, critic_memory, phi, .. } = self;
        let Setting { policy, critic, gamma, .. } = self.setting;
        let (policy, critic) = (&**policy, &**critic);
        let (lo, hi) = simulator.reward_range();
        let units = Units::new(lo, hi);
        let coefficients = self.discounts.map(|power| alpha * power);
        let (mut rewards, mut values) = ([0.0; H], [0.0; H]);
        for _ in 0..trajectories {
            let (mut state, first) = simulator.initial(&mut rng);
            policy.start(prepared.theta(), actor_memory, &first);
            if !ONE_MEMORY {
                critic.start(critic_memory, &first);
            }
            for h in 0..H {
                let action = prepared.act(policy, actor_memory, h, rng.next_u64());
                let read = if ONE_MEMORY { &*actor_memory } else { &*critic_memory };
                critic.row(read, h, action, &mut phi[h]);
                values[h] = phi[h].dot(psi);
                if h + 1 == H {
                    rewards[h] = units.normalise(simulator.last_step(&mut state, action, &mut rng));
                    break;
                }
                let (reward, seen) = simulator.step(&mut state, action, &mut rng);
                rewards[h] = units.normalise(reward);
                policy.advance(prepared.theta(), actor_memory, h, action, &seen);
                if !ONE_MEMORY {
                    critic.advance(critic_memory, h, action, &seen);
                }
            }
            for h in 0..H {
                let next = if h + 1 < H { values[h + 1] } else { 0.0 };
                let delta = rewards[h] + gamma * next - values[h];
                phi[h].add_to(coefficients[h] * delta, psi);
            }
        }
    }

    /// The actor's local steps: a trajectory, then the step of the regression of `⟨φ_h, ψ_h⟩` on `ξ_h`, all H
    /// residuals at the same ω.
    pub(crate) fn regress(
        &mut self,
        trajectories: u64,
        zeta: f64,
        mut rng: Generator,
        psi: &[f64],
        omega: &mut [f64],
    ) {
        let Bare { simulator, policy: prepared, actor_memory, critic_memory, phi, xi, .. } = self;
        let Setting { policy, critic, .. } = self.setting;
        let (policy, critic) = (&**policy, &**critic);
        let coefficients = self.discounts.map(|power| 2.0 * zeta * power);
        let mut residuals = [0.0; H];
        for _ in 0..trajectories {
            let (mut state, first) = simulator.initial(&mut rng);
            policy.start(prepared.theta(), actor_memory, &first);
            critic.start(critic_memory, &first);
            for h in 0..H {
                let action = prepared.act(policy, actor_memory, h, rng.next_u64());
                critic.row(critic_memory, h, action, &mut phi[h]);
                policy.gradient(prepared.theta(), actor_memory, h, action, &mut xi[h]);
                residuals[h] = xi[h].dot(omega) - phi[h].dot(psi);
                if h + 1 == H {
                    break;
                }
                let (_, seen) = simulator.step(&mut state, action, &mut rng);
                policy.advance(prepared.theta(), actor_memory, h, action, &seen);
                critic.advance(critic_memory, h, action, &seen);
            }
            for h in 0..H {
                xi[h].add_to(-(coefficients[h] * residuals[h]), omega);
            }
        }
    }
}
