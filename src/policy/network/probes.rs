//! Probes: sequences of uniform actions and observations, on which the server measures a network before it
//! chooses step sizes.

use super::super::softmax::softmax;
use super::input::{Active, Inputs};
use super::parameter::Parameter;
use super::scratch::Scratch;
use super::shape::Network;
use super::tape::Tape;

/// Sequences that nobody has played, with a sign at each step.
#[derive(Clone, Debug, PartialEq)]
pub struct Probes {
    inputs: Inputs,
    /// By sequence and step, as are the next two.
    actions: Vec<u32>,
    observations: Vec<Active>,
    signs: Vec<f64>,
}

impl Probes {
    /// `count` sequences; each step takes three words: one each for action and observation, by the high word
    /// of its product with their number, and one for the sign, which is -1 where the word's top bit is set. A
    /// reading is `low + (high - low) u`, u of the word's 53 highest bits.
    ///
    /// The observation of step h is the one seen before its action. That of step 0 is drawn also where
    /// nothing is seen then.
    pub fn drawn(inputs: &Inputs, count: usize, mut draw: impl FnMut() -> u64) -> Self {
        let steps = count * inputs.horizon();
        let mut probes = Probes {
            inputs: inputs.clone(),
            actions: Vec::with_capacity(steps),
            observations: Vec::with_capacity(steps),
            signs: Vec::with_capacity(steps),
        };
        let below = |x: u64, n: usize| ((u128::from(x) * n as u128) >> 64) as u32;
        for _ in 0..steps {
            probes.actions.push(below(draw(), inputs.actions()));
            probes.observations.push(inputs.drawn(draw()));
            probes.signs.push(if draw() >> 63 == 1 { -1.0 } else { 1.0 });
        }
        probes
    }

    /// `B = max ‖Σ_h s_h γ^(h/2) ∇f_θ(z_h, a_h)‖²` over the probes, whose mean over signs is
    /// `Σ_h γ^h ‖∇f_θ(z_h, a_h)‖²`: a regression's step is to be at most `1 / (2 B)`.
    pub fn largest_gradient(&self, network: &Network, parameter: &Parameter, gamma: f64) -> f64 {
        let (horizon, actions) = (self.inputs.horizon(), network.actions);
        let discounts = std::iter::successors(Some(1.0), |power: &f64| Some(power * gamma));
        let roots: Vec<f64> = discounts.take(horizon).map(f64::sqrt).collect();
        let (mut scratch, mut c) = (Scratch::new(network), vec![0.0; horizon * actions]);
        let (mut gradient, mut largest) = (vec![0.0; network.parameters()], 0.0);
        self.for_each(network, parameter.theta(), |tape, taken, signs| {
            c.fill(0.0);
            for h in 0..horizon {
                c[h * actions + taken[h] as usize] = signs[h] * roots[h];
            }
            gradient.fill(0.0);
            network.cotangents(parameter, tape, &c, &mut gradient, &mut scratch);
            largest = larger(largest, gradient.iter().fold(0.0, |sum, g| sum + g * g));
        });
        largest
    }

    /// `D = max |df_b - Σ_c π_c df_c|` over probes, steps and actions, where df are the tangents of the
    /// logits along ω and π is the policy at θ: by how much a logit moves, relative to the others, where θ
    /// moves by ω.
    pub fn largest_move(&self, network: &Network, theta: &[f64], omega: &[f64]) -> f64 {
        let actions = network.actions;
        let (mut scratch, mut policy) = (Scratch::new(network), vec![0.0; actions]);
        let (mut df, mut largest) = (vec![0.0; self.inputs.horizon() * actions], 0.0);
        self.for_each(network, theta, |tape, _, _| {
            network.tangents(theta, tape, omega, &mut df, &mut scratch);
            for (h, df) in df.chunks_exact(actions).enumerate() {
                network.logits(theta, tape.kept(h), &mut policy);
                softmax(&mut policy);
                let mean = policy.iter().zip(df).fold(0.0, |sum, (p, df)| sum + p * df);
                largest = df.iter().fold(largest, |largest, df| larger(largest, (df - mean).abs()));
            }
        });
        largest
    }

    /// Calls a function of every sequence's tape, actions and signs.
    fn for_each(&self, network: &Network, theta: &[f64], mut call: impl FnMut(&Tape, &[u32], &[f64])) {
        let horizon = self.inputs.horizon();
        let (mut tape, mut x): (Tape, Vec<Active>) = (Tape::default(), Vec::new());
        let taken = self.actions.chunks_exact(horizon);
        let seen = self.observations.chunks_exact(horizon);
        for ((taken, seen), signs) in taken.zip(seen).zip(self.signs.chunks_exact(horizon)) {
            tape.clear();
            for h in 0..horizon {
                if h == 0 {
                    self.inputs.start(seen[0], &mut x);
                } else {
                    self.inputs.advance(h - 1, taken[h - 1] as usize, seen[h], &mut x);
                }
                tape.step(network, theta, &x);
            }
            call(&tape, taken, signs);
        }
    }
}

/// The larger one; what is no number is larger than any, so that it is seen.
fn larger(a: f64, b: f64) -> f64 {
    if b > a || b.is_nan() { b } else { a }
}
