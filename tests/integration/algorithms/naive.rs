//! The three algorithms once more, as plain loops over whole histories: no messages, no folds, no prepared
//! tables.
//!
//! Streams are keyed, and actions and states drawn, as DETERMINISM.md says; everything else is written from
//! the algorithms' definitions.

use dpac::policy::network::{Cell, Clock, Inputs, Network, Output, Parameter, Scratch, Tape};
use dpac::pomdp::{AliasRows, Generator, Model, SparseRows};
use dpac_actors::{Purpose, StepSize, StreamKey};
use rand::Rng;

/// `(o_0, a_0, o_1, ..., o_h)`.
#[derive(Clone)]
pub(super) struct History {
    pub(super) first: usize,
    pub(super) pairs: Vec<(usize, usize)>,
}

/// The nonzeros of a feature vector: (position in the stacked vector, value).
type Row = Vec<(usize, f64)>;

type RowOf = dyn Fn(&Model, &History, usize) -> Row;

/// Features, computed from the whole history each time.
pub(super) struct Map {
    pub(super) stacked: usize,
    pub(super) row: Box<RowOf>,
    /// Of logits that are a network's, which have no rows.
    pub(super) network: Option<(Network, Inputs)>,
}

/// A network that reads the whole history again each time; an MLP reads two pairs.
pub(super) fn network(model: &Model, horizon: usize, cell: Cell, units: usize) -> Map {
    let (actions, seen, clock) = (model.actions(), model.observations(), Clock::Fraction);
    let first = model.initial_observation().is_some();
    let inputs = match cell {
        Cell::Mlp => Inputs::window(horizon, actions, seen, first, 2, clock),
        _ => Inputs::recurrent(horizon, actions, seen, first, clock),
    };
    let network = Network::new(cell, inputs.len(), units, actions).expect("a small network");
    let row = Box::new(|_: &Model, _: &History, _| panic!("a network has no rows"));
    Map { stacked: network.parameters(), row, network: Some((network, inputs)) }
}

/// The steps of a network along a history.
fn read((network, inputs): &(Network, Inputs), history: &History, theta: &[f64]) -> Tape {
    let (mut tape, mut x) = (Tape::default(), Vec::new());
    inputs.start(history.first as u32, &mut x);
    tape.step(network, theta, &x);
    for (h, &(action, seen)) in history.pairs.iter().enumerate() {
        inputs.advance(h, action, seen as u32, &mut x);
        tape.step(network, theta, &x);
    }
    tape
}

/// One-hot windows: blocks of steps side by side, the window read as a number, the action last.
pub(super) fn window(model: &Model, horizon: usize, length: usize) -> Map {
    let (actions, seen, first) = (model.actions(), model.observations(), model.first_observations());
    let slots = move |h: usize| {
        let pairs = (actions * seen).pow(h.min(length) as u32);
        if h <= length { first * pairs } else { pairs }
    };
    let slot = move |history: &History| {
        let h = history.pairs.len();
        let oldest = if h <= length { history.first } else { 0 };
        let pairs = &history.pairs[h - h.min(length)..];
        pairs.iter().fold(oldest, |n, (a, o)| (n * actions + a) * seen + o)
    };
    let before = move |h: usize| (0..h).map(slots).sum::<usize>() * actions;
    Map {
        stacked: before(horizon),
        row: Box::new(move |_, history, action| {
            vec![(before(history.pairs.len()) + slot(history) * actions + action, 1.0)]
        }),
        network: None,
    }
}

/// `P(s_h = s | z_h)`.
fn belief(model: &Model, history: &History) -> Vec<f64> {
    let states = model.states();
    let normalised = |weights: Vec<f64>| {
        let sum = weights.iter().fold(0.0, |sum, w| sum + w);
        weights.iter().map(|w| w / sum).collect::<Vec<f64>>()
    };
    let first = |s| model.start()[s] * model.first_observation_probability(s, history.first);
    let mut belief = normalised((0..states).map(first).collect());
    for &(a, o) in &history.pairs {
        let next = |to: usize| {
            let moved =
                (0..states).fold(0.0, |p, s| p + belief[s] * model.transition().get(a * states + s, to));
            moved * model.observation().get(a * states + to, o)
        };
        belief = normalised((0..states).map(next).collect());
    }
    belief
}

/// `(1, 2x, 4x² - 1/2) ⊗ e_a`, x = b(0) - 1/2, a block per step, for models of two states.
pub(super) fn parabola(model: &Model, horizon: usize) -> Map {
    let actions = model.actions();
    Map {
        stacked: horizon * 3 * actions,
        row: Box::new(move |model, history, action| {
            let y = 2.0 * belief(model, history)[0] - 1.0;
            let at = (history.pairs.len() * actions + action) * 3;
            vec![(at, 1.0), (at + 1, y), (at + 2, y * y - 0.5)]
        }),
        network: None,
    }
}

/// `b(z) ⊗ e_window ⊗ e_a`, for models that show something before the first action.
pub(super) fn belief_in_window(model: &Model, horizon: usize, length: usize) -> Map {
    let (states, inner) = (model.states(), window(model, horizon, length));
    Map {
        stacked: inner.stacked * states,
        row: Box::new(move |model, history, action| {
            let at = (inner.row)(model, history, action)[0].0 * states;
            belief(model, history).into_iter().enumerate().map(|(s, b)| (at + s, b)).collect()
        }),
        network: None,
    }
}

fn dot(row: &Row, w: &[f64]) -> f64 {
    row.iter().fold(0.0, |sum, &(i, x)| sum + x * w[i])
}

pub(super) fn add(c: f64, row: &Row, w: &mut [f64]) {
    for &(i, x) in row {
        w[i] += c * x;
    }
}

/// A step of a trajectory: what was known, what was done, what it gave on the learners' scale.
pub(super) struct Step {
    pub(super) history: History,
    pub(super) action: usize,
    pub(super) reward: f64,
}

/// How the actor's regression is set up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Regression {
    Q,
    Advantage,
    Compatible,
}

pub(super) struct Critic {
    pub(super) rounds: u32,
    pub(super) local_steps: u64,
    pub(super) alpha: StepSize,
    pub(super) eta: StepSize,
    pub(super) average_from: u32,
    pub(super) warm: bool,
    /// Line 15 of Algorithm 2 as our copy prints it, `(1 - η) ψ̄^r + η ψ̄^{r+1}`.
    pub(super) printed: bool,
}

pub(super) struct Actor {
    pub(super) rounds: u32,
    pub(super) local_steps: u64,
    pub(super) sync_interval: u64,
    pub(super) zeta: StepSize,
    pub(super) eta: f64,
    pub(super) regression: Regression,
}

/// A problem, a policy class and a critic; whose local steps are drawn with which seed.
pub(super) struct Naive {
    pub(super) model: Model,
    pub(super) horizon: usize,
    pub(super) gamma: f64,
    pub(super) actor: Map,
    /// Whether actions come from alias tables.
    pub(super) finite: bool,
    pub(super) critic: Map,
    pub(super) clients: u32,
    pub(super) seed: u64,
}

impl Naive {
    pub(super) fn stream(&self, client: u32, round: u32, phase: u8, barrier: u32) -> Generator {
        StreamKey { seed: self.seed, purpose: Purpose::LocalSteps, client, round, phase, barrier }.generator()
    }

    /// `γ^h` by repeated multiplication.
    pub(super) fn discount(&self, h: usize) -> f64 {
        (0..h).fold(1.0, |power, _| power * self.gamma)
    }

    pub(super) fn probabilities(&self, theta: &[f64], history: &History) -> Vec<f64> {
        let logits: Vec<f64> = match &self.actor.network {
            Some(read_by) => {
                let (tape, mut f) = (read(read_by, history, theta), vec![0.0; self.model.actions()]);
                read_by.0.logits(theta, tape.kept(tape.len() - 1), &mut f);
                f
            }
            None => (0..self.model.actions())
                .map(|a| dot(&(self.actor.row)(&self.model, history, a), theta))
                .collect(),
        };
        let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = logits.iter().map(|f| libm::exp(f - largest)).collect();
        let sum = weights.iter().fold(0.0, |sum, w| sum + w);
        weights.iter().map(|w| w / sum).collect()
    }

    /// `∇_θ f_θ(z, a)`.
    pub(super) fn xi(&self, theta: &[f64], history: &History, action: usize) -> Row {
        let Some(read_by) = &self.actor.network else {
            return (self.actor.row)(&self.model, history, action);
        };
        let (tape, network) = (read(read_by, history, theta), &read_by.0);
        let (mut c, mut gradient) = (vec![0.0; tape.len() * network.actions()], vec![0.0; theta.len()]);
        c[(tape.len() - 1) * network.actions() + action] = 1.0;
        let parameter = Parameter::at(network, theta);
        network.cotangents(&parameter, &tape, &c, &mut gradient, &mut Scratch::new(network));
        gradient.into_iter().enumerate().collect()
    }

    /// `θ_0`: 0 but of networks.
    pub(super) fn first(&self) -> Vec<f64> {
        let Some((network, _)) = &self.actor.network else { return vec![0.0; self.actor.stacked] };
        let purpose = Purpose::FirstPolicy;
        let key = StreamKey { seed: self.seed, purpose, client: 0, round: 0, phase: 0, barrier: 0 };
        let mut words = key.generator();
        network.initial(Output::Zero, || words.next_u64()).expect("any number of units")
    }

    fn act(&self, theta: &[f64], history: &History, x: u64) -> usize {
        let probabilities = self.probabilities(theta, history);
        if self.finite {
            return AliasRows::new([probabilities.into_iter().enumerate()]).sample(0, x);
        }
        let u = (x >> 11) as f64 / (1u64 << 53) as f64;
        let mut sum = 0.0;
        probabilities
            .iter()
            .position(|p| {
                sum += p;
                u < sum
            })
            .unwrap_or(probabilities.len() - 1)
    }

    pub(super) fn trajectory(&self, theta: &[f64], rng: &mut Generator) -> Vec<Step> {
        let (model, states) = (&self.model, self.model.states());
        let draw = |rows: &SparseRows, i: usize, rng: &mut Generator| {
            AliasRows::new([rows.row(i)]).sample(0, rng.next_u64())
        };
        let start = model.start().iter().copied().enumerate().filter(|&(_, p)| p > 0.0);
        let mut state = AliasRows::new([start]).sample(0, rng.next_u64());
        let first = model.initial_observation().map_or(0, |rows| draw(rows, state, rng));
        let mut history = History { first, pairs: Vec::new() };
        let mut steps = Vec::new();
        for h in 0..self.horizon {
            let action = self.act(theta, &history, rng.next_u64());
            let reward = model.normalised_reward(state, action);
            steps.push(Step { history: history.clone(), action, reward });
            if h + 1 < self.horizon {
                state = draw(model.transition(), action * states + state, rng);
                let seen = draw(model.observation(), action * states + state, rng);
                history.pairs.push((action, seen));
            }
        }
        steps
    }

    /// `δ_h` and `φ_h` of a trajectory, Eq. 5-6.
    pub(super) fn differences(&self, psi: &[f64], steps: &[Step]) -> Vec<(f64, Row)> {
        let row = |step: &Step| (self.critic.row)(&self.model, &step.history, step.action);
        let value = |h: usize| steps.get(h).map_or(0.0, |step| dot(&row(step), psi));
        let delta = |h: usize| steps[h].reward + self.gamma * value(h + 1) - value(h);
        (0..steps.len()).map(|h| (delta(h), row(&steps[h]))).collect()
    }

    fn evaluate(&self, psi: &mut [f64], theta: &[f64], alpha: f64, steps: u64, rng: &mut Generator) {
        for _ in 0..steps {
            let trajectory = self.trajectory(theta, rng);
            for (h, (delta, row)) in self.differences(psi, &trajectory).iter().enumerate() {
                add(alpha * self.discount(h) * delta, row, psi);
            }
        }
    }

    /// `Q̂(z, a)`.
    fn q(&self, psi: &[f64], history: &History, a: usize) -> f64 {
        dot(&(self.critic.row)(&self.model, history, a), psi)
    }

    /// One step of the regression's descent.
    fn regress(
        &self,
        omega: &mut [f64],
        (theta, psi): (&[f64], &[f64]),
        plan: &Actor,
        zeta: f64,
        rng: &mut Generator,
    ) {
        let xi = |history: &History, a: usize| (self.actor.row)(&self.model, history, a);
        let mut changes: Vec<(f64, Row)> = Vec::new();
        for (h, Step { history, action, .. }) in self.trajectory(theta, rng).iter().enumerate() {
            let p = self.probabilities(theta, history);
            let q = self.q(psi, history, *action);
            let v = p.iter().enumerate().fold(0.0, |v, (b, p)| v + p * self.q(psi, history, b));
            let target = if plan.regression == Regression::Q { q } else { q - v };
            if plan.regression == Regression::Compatible {
                let centred: Vec<f64> =
                    p.iter().enumerate().map(|(b, p)| if b == *action { 1.0 - p } else { -p }).collect();
                let fit =
                    centred.iter().enumerate().fold(0.0, |sum, (b, c)| sum + c * dot(&xi(history, b), omega));
                let step = -(2.0 * zeta * self.discount(h) * (fit - target));
                changes.extend(centred.iter().enumerate().map(|(b, c)| (step * c, xi(history, b))));
            } else {
                let row = xi(history, *action);
                let residual = dot(&row, omega) - target;
                changes.push((-(2.0 * zeta * self.discount(h) * residual), row));
            }
        }
        for (c, row) in &changes {
            add(*c, row, omega);
        }
    }

    /// `base + (1/M) Σ_m (reply_m - base)`, over blocks of clients.
    pub(super) fn mean(&self, base: &[f64], reply: impl Fn(u32) -> Vec<f64>) -> Vec<f64> {
        let replies: Vec<Vec<f64>> = (0..self.clients).map(reply).collect();
        let block = self.clients.div_ceil(64).clamp(1, 256) as usize;
        let sum = |i: usize| {
            let of_block =
                |block: &[Vec<f64>]| block.iter().fold(0.0, |sum, reply| sum + (reply[i] - base[i]));
            replies.chunks(block).fold(0.0, |sum, block| sum + of_block(block))
        };
        (0..base.len()).map(|i| base[i] + sum(i) / f64::from(self.clients)).collect()
    }

    /// Algorithm 2 from `start`: the weighted average. `place` numbers the rounds' streams.
    pub(super) fn dptd(
        &self,
        theta: &[f64],
        start: &[f64],
        plan: &Critic,
        place: impl Fn(u32) -> (u32, u32),
    ) -> Vec<f64> {
        let (mut psi, mut mean_before) = (start.to_vec(), start.to_vec());
        let (mut sum, mut weights) = (vec![0.0; start.len()], 0.0);
        for r in 0..plan.rounds {
            let (alpha, eta) = (plan.alpha.at(u64::from(r)), plan.eta.at(u64::from(r)));
            let (round, barrier) = place(r);
            let mean = self.mean(&psi, |m| {
                let mut local = psi.clone();
                self.evaluate(
                    &mut local,
                    theta,
                    alpha,
                    plan.local_steps,
                    &mut self.stream(m, round, 0, barrier),
                );
                local
            });
            let from = if plan.printed { &mean_before } else { &psi };
            psi = from.iter().zip(&mean).map(|(old, new)| (1.0 - eta) * old + eta * new).collect();
            mean_before = mean;
            if r >= plan.average_from {
                let weight = (f64::from(r + 1) + 2.0) * (f64::from(r + 1) + 2.0);
                sum.iter_mut().zip(&psi).for_each(|(sum, psi)| *sum += weight * psi);
                weights += weight;
            }
        }
        sum.iter().map(|sum| sum / weights).collect()
    }

    /// Lines 6-17 of Algorithm 3: `ω_r`.
    fn direction(&self, theta: &[f64], psi: &[f64], plan: &Actor, round: u32) -> Vec<f64> {
        let mut omega = vec![0.0; theta.len()];
        let (mut begin, mut barrier) = (0, 0);
        for k in 0..plan.local_steps {
            if (k + 1) % plan.sync_interval == 0 || k + 1 == plan.local_steps {
                omega = self.mean(&omega, |m| {
                    let (mut local, mut rng) = (omega.clone(), self.stream(m, round, 1, barrier));
                    for step in begin..=k {
                        self.regress(&mut local, (theta, psi), plan, plan.zeta.at(step), &mut rng);
                    }
                    local
                });
                (begin, barrier) = (k + 1, barrier + 1);
            }
        }
        omega
    }

    /// Algorithm 3, or 1, by what `evaluation(r, θ_r, ψ̂_{r-1})` is: the last θ and the last ψ̂.
    pub(super) fn improve(
        &self,
        plan: &Actor,
        evaluation: impl Fn(u32, &[f64], &[f64]) -> Vec<f64>,
    ) -> (Vec<f64>, Vec<f64>) {
        let (mut theta, mut psi) = (vec![0.0; self.actor.stacked], vec![0.0; self.critic.stacked]);
        for r in 0..plan.rounds {
            psi = evaluation(r, &theta, &psi);
            let omega = self.direction(&theta, &psi, plan, r);
            theta.iter_mut().zip(&omega).for_each(|(theta, omega)| *theta += plan.eta * omega);
        }
        (theta, psi)
    }

    /// Algorithm 1.
    pub(super) fn dpac(&self, critic: &Critic, actor: &Actor) -> (Vec<f64>, Vec<f64>) {
        self.improve(actor, |r, theta, psi| {
            let start = if critic.warm { psi.to_vec() } else { vec![0.0; psi.len()] };
            self.dptd(theta, &start, critic, |barrier| (r, barrier))
        })
    }
}
