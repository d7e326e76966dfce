//! OMLE (Liu, Chung, Szepesvari, Jin 2022): optimism among all models that explain what was seen almost as
//! well as the best one.
//!
//! The candidates `θ_1, ..., θ_J` are the truth and a lattice over one or two parameters of the problem. In
//! round k
//!
//! - the server takes `θ^k`, the candidate of the confidence set `B^k` whose optimal value is largest, of
//!   equal ones the first, and the optimal policy `π^k` of it, over all histories;
//! - every client rolls `π^k` out K times;
//! - `B^{k+1} = { θ : L(θ) ≥ max L - β }`, over all trajectories so far, with
//!   `L(θ) = Σ ln P_θ(o_0, r_0, ..., o_{H-1}, r_{H-1} | a_0, ...)`.
//!
//! The publication has rewards that are known functions of what is seen; here a reward is seen, and tells of
//! the state. Without it a candidate whose promise is wrong need not ever look unlikely. Optimal values are
//! planned once; the policy of the round's candidate is planned when it is needed, so that no more than one
//! is kept.

pub(super) mod protocol;

use super::entry::{Critic, Entry, Kept, Plan, Role, Unfit};
use super::planned::{Following, INSTEAD, Planned, Planner, READS, SIZING, Trajectory, memories};
use super::trajectories::Sizes;
use super::world::{Unknown, World};
use crate::config::{Key, Takes, Words};
use crate::planning::{HistoryPlanner, Likelihood, Shape};
use crate::pomdp::Model;
use crate::theory::protocol::letter::{COLLECTED, P, SLOTS};
use dpac_actors::{Algorithm, Cause, State};
use std::sync::Arc;

const CANDIDATES: Key = Key {
    name: "candidates",
    meaning: "J, models among which the truth is sought: itself, and others over the ranges of the unknown parameters",
    takes: Takes::Integer { least: 1, most: 200, default: Some(9) },
};

const UNKNOWN: Key = Key {
    name: "unknown",
    meaning: "how many of the problem's parameters that are real numbers are unknown, in the order in which the problem lists them",
    takes: Takes::Integer { least: 1, most: 2, default: Some(1) },
};

const BETA: Key = Key {
    name: "beta",
    meaning: "β, by how much a candidate's log-likelihood may be less than the largest",
    takes: Takes::Positive { default: Some(5.0) },
};

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "omle",
        summary: "OMLE: the optimal policy of the most promising model among those that explain what all clients saw.",
        keys: &[CANDIDATES, UNKNOWN, BETA],
        reads: READS,
        instead: INSTEAD,
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Liu, Chung, Szepesvari, Jin 2022, When Is Partially Observable Reinforcement Learning Not Scary?, arXiv 2204.08967",
    role: Role::Improves,
    critic: Critic::None,
    sizing: SIZING,
    letters: &[(protocol::J, &CANDIDATES)],
    protocol: protocol::protocol,
    // The policy as integers and as parameters; what all clients uploaded.
    keeps: &[
        Kept { length: SLOTS, live: 2, saved: 1 },
        Kept { length: P, live: 1, saved: 0 },
        Kept { length: COLLECTED, live: 2, saved: 1 },
    ],
    build,
};

/// Rewards differ where they do by more than this part of their range: clients send them normalised.
const SAME_REWARD: f64 = 1e-9;

/// What [`Planner`] tells, in this order.
const WORK: &[&str] = &["planning_nodes", "likelihoods"];

fn build(plan: Plan) -> Result<Arc<dyn Algorithm>, Unfit> {
    let memories = memories(&plan)?;
    let Sizes { horizon, gamma, d_theta, .. } = plan.workers.sizes();
    // What `memories` has looked at.
    let world = plan.world.clone().expect("a problem of finitely many observations");
    let shape = Shape::of(&world.model, horizon);
    if shape.nodes() != Some(d_theta as u64) {
        return Err(Unfit {
            key: "actor.features",
            message: "the optimal policy of a model depends on whole histories".to_owned(),
            help: "give actor.features the kind \"history\"",
        });
    }
    let own = |key| plan.own.integer(key).unwrap_or_default();
    let models: Arc<[Model]> = candidates(&world, own(&CANDIDATES), own(&UNKNOWN))?.into();
    let beta = plan.own.real(&BETA).unwrap_or_default();
    let planner = move || -> Box<dyn Planner> {
        Box::new(Optimist {
            values: vec![0.0; models.len()],
            log_likelihoods: vec![0.0; models.len()],
            models: Arc::clone(&models),
            beta,
            planner: HistoryPlanner::new(shape, gamma),
            likelihood: Likelihood::new(),
            begun: 0,
        })
    };
    let (name, following) = (ENTRY.words.name, Following::Plan);
    Ok(Arc::new(Planned { name, work: WORK, following, plan, memories, planner: Box::new(planner) }))
}

/// The truth first. Of n others, number i has a first parameter at the share `(i + 1/2) / n` of its range,
/// and a second one at the part of i times the golden ratio that is no whole number: a lattice whose points
/// lie evenly.
fn candidates(world: &World, candidates: u64, unknown: u64) -> Result<Vec<Model>, Unfit> {
    let others = candidates - 1;
    let mut models = vec![Model::clone(&world.model)];
    if others == 0 {
        return Ok(models);
    }
    let Some(parameters) = world.parameters.get(..unknown as usize) else {
        return Err(Unfit {
            key: "algorithm.unknown",
            message: format!("the problem has {} parameters that are real numbers", world.parameters.len()),
            help: "choose a built-in problem that has as many (`dpac problems NAME`), or candidates = 1, the truth alone",
        });
    };
    for i in 0..others {
        let shares = [(2 * i + 1) as f64 / (2 * others) as f64, (i as f64 * GOLDEN).fract()];
        let within = |(of, share): (&Unknown, f64)| of.least + (of.most - of.least) * share;
        let values: Vec<f64> = parameters.iter().zip(shares).map(within).collect();
        let model = (world.with)(&values).map_err(|message| Unfit {
            key: "algorithm.unknown",
            message: format!("there is no candidate with {values:?}: {message}"),
            help: "let fewer parameters be unknown",
        })?;
        models.push(model);
    }
    Ok(models)
}

/// (√5 - 1) / 2.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// The server's side.
struct Optimist {
    models: Arc<[Model]>,
    /// `V*` of each candidate.
    values: Vec<f64>,
    /// Of each candidate, of all trajectories so far.
    log_likelihoods: Vec<f64>,
    beta: f64,
    planner: HistoryPlanner,
    likelihood: Likelihood,
    /// 0 before the values are planned.
    begun: u8,
}

impl Optimist {
    /// The candidate of the confidence set that promises most.
    fn most_promising(&self) -> usize {
        let most_likely = self.log_likelihoods.iter().fold(f64::NEG_INFINITY, |most, &log| most.max(log));
        let mut best = None;
        for (j, (&log, &value)) in self.log_likelihoods.iter().zip(&self.values).enumerate() {
            if log >= most_likely - self.beta && best.is_none_or(|(_, most)| value > most) {
                best = Some((j, value));
            }
        }
        best.map_or(0, |(j, _)| j)
    }
}

impl Planner for Optimist {
    fn learn(&mut self, trajectories: &mut dyn Iterator<Item = Trajectory<'_>>) -> Vec<u64> {
        let (mut actions, mut seen, mut rewards, mut likelihoods) = (Vec::new(), Vec::new(), Vec::new(), 0);
        let range = self.models[0].units().range();
        for trajectory in trajectories {
            rewards.clear();
            rewards.extend(trajectory.rewards.iter().map(|&reward| range.0 + reward * (range.1 - range.0)));
            actions.clear();
            actions.extend(trajectory.actions());
            seen.clear();
            seen.extend(trajectory.seen());
            for (model, sum) in self.models.iter().zip(&mut self.log_likelihoods) {
                let told = (&actions[..], &seen[..], &rewards[..]);
                *sum += self.likelihood.log_with_rewards(model, told, SAME_REWARD * (range.1 - range.0));
                likelihoods += 1;
            }
        }
        vec![0, likelihoods]
    }

    fn plan(&mut self, actions: &mut [u32]) -> Vec<u64> {
        let before = self.planner.nodes();
        if self.begun == 0 {
            for (model, value) in self.models.iter().zip(&mut self.values) {
                *value = self.planner.value(model);
            }
            self.begun = 1;
        }
        self.planner.plan(&self.models[self.most_promising()], actions);
        vec![self.planner.nodes() - before]
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.integer(&mut self.begun)?;
        state.numbers(&mut self.values)?;
        state.numbers(&mut self.log_likelihoods)
    }
}
