//! Networks against numbers and formulas of others.

mod activation;
mod autograd;
mod curvature;
mod derivatives;
mod inputs;
mod known;
mod layers;
mod probes;
mod start;
mod widths;

use super::super::softmax::softmax;
use super::{Active, Cell, Clock, Hidden, Inputs, Network, Parameter, Scratch, Tape};

/// A network with its inputs.
struct Subject {
    network: Network,
    inputs: Inputs,
}

impl Subject {
    fn new(cell: Cell, inputs: Inputs, units: usize) -> Self {
        let network = Network::new(cell, inputs.len(), units, inputs.actions()).expect("a small network");
        Subject { network, inputs }
    }

    /// Of a cell for H steps, A actions and O observations, of which the first is `first` seen.
    fn of(cell: Cell, units: usize, sizes: [usize; 3], first: bool) -> Self {
        let [horizon, actions, observations] = sizes;
        let clock = Clock::Fraction;
        let inputs = match cell {
            Cell::Mlp => Inputs::window(horizon, actions, observations, first, 2, clock),
            _ => Inputs::recurrent(horizon, actions, observations, first, clock),
        };
        Subject::new(cell, inputs, units)
    }

    /// An mlp of these layers, on what [`Subject::of`] shows one.
    fn layered(hidden: &[usize], sizes: [usize; 3], first: bool) -> Self {
        let Subject { inputs, .. } = Subject::of(Cell::Mlp, 1, sizes, first);
        let hidden = Hidden::new(hidden).expect("few layers");
        let network = Network::mlp(inputs.len(), hidden, inputs.actions()).expect("a small network");
        Subject { network, inputs }
    }

    /// `x_0, x_1, ...` of what was done and seen.
    fn inputs_of(&self, actions: &[usize], seen: &[u32]) -> Vec<Vec<Active>> {
        let mut x = Vec::new();
        let each = |h: usize| {
            match h {
                0 => self.inputs.start(seen[0], &mut x),
                h => self.inputs.advance(h - 1, actions[h - 1], seen[h], &mut x),
            }
            x.clone()
        };
        (0..seen.len()).map(each).collect()
    }

    fn record(&self, theta: &[f64], inputs: &[Vec<Active>]) -> Tape {
        let mut tape = Tape::default();
        for x in inputs {
            tape.step(&self.network, theta, x);
        }
        tape
    }

    /// All logits, at `h A + a`.
    fn logits(&self, theta: &[f64], tape: &Tape) -> Vec<f64> {
        let mut all = Vec::new();
        for h in 0..tape.len() {
            let mut f = vec![f64::NAN; self.network.actions()];
            self.network.logits(theta, tape.kept(h), &mut f);
            all.extend(f);
        }
        all
    }

    fn tangents(&self, theta: &[f64], tape: &Tape, omega: &[f64]) -> Vec<f64> {
        let mut df = vec![f64::NAN; tape.len() * self.network.actions()];
        self.network.tangents(theta, tape, omega, &mut df, &mut Scratch::new(&self.network));
        df
    }

    /// `J'c`, on `omega`.
    fn add_cotangents(&self, theta: &[f64], tape: &Tape, c: &[f64], omega: &mut [f64]) {
        let parameter = Parameter::at(&self.network, theta);
        self.network.cotangents(&parameter, tape, c, omega, &mut Scratch::new(&self.network));
    }

    fn cotangents(&self, theta: &[f64], tape: &Tape, c: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; self.network.parameters()];
        self.add_cotangents(theta, tape, c, &mut gradient);
        gradient
    }

    /// One local step of the regression by two passes, on scores where it is `centred`: every `⟨ω, ξ_h⟩`
    /// before it.
    fn local_step(&self, play: &Play<'_>, omega: &mut [f64]) -> Vec<f64> {
        let Play { theta, tape, taken, targets, gamma, zeta, centred } = *play;
        let actions = self.network.actions();
        let df = self.tangents(theta, tape, omega);
        let mut policy = self.logits(theta, tape);
        let (mut products, mut c, mut discount) = (Vec::new(), Vec::new(), 1.0);
        for h in 0..tape.len() {
            let (df, policy) = (&df[h * actions..][..actions], &mut policy[h * actions..][..actions]);
            softmax(policy);
            let score = |b: usize| {
                let one = if b == taken[h] { 1.0 } else { 0.0 };
                if centred { one - policy[b] } else { one }
            };
            let product = (0..actions).fold(0.0, |sum, b| sum + score(b) * df[b]);
            c.extend((0..actions).map(|b| -2.0 * zeta * discount * (product - targets[h]) * score(b)));
            products.push(product);
            discount *= gamma;
        }
        self.add_cotangents(theta, tape, &c, omega);
        products
    }
}

/// A trajectory that is regressed on.
#[derive(Clone, Copy)]
struct Play<'a> {
    theta: &'a [f64],
    tape: &'a Tape,
    taken: &'a [usize],
    targets: &'a [f64],
    gamma: f64,
    zeta: f64,
    centred: bool,
}

/// Numbers that are exact in binary: `((a i + b) mod m - m / 2) / scale`.
fn scattered(length: usize, [a, b, m]: [usize; 3], scale: f64) -> Vec<f64> {
    (0..length).map(|i| (((a * i + b) % m) as f64 - (m / 2) as f64) / scale).collect()
}

fn theta(length: usize) -> Vec<f64> {
    scattered(length, [37, 11, 101], 64.0)
}

fn omega(length: usize) -> Vec<f64> {
    scattered(length, [53, 7, 89], 64.0)
}

/// Of logits.
fn weights(length: usize) -> Vec<f64> {
    scattered(length, [29, 5, 31], 16.0)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// Sums of some hundred terms of size 1, in another order: the other side has their last digits otherwise.
const TOLERANCE: f64 = 1e-13;

#[track_caller]
fn assert_near(what: &str, found: &[f64], known: &[f64]) {
    assert_eq!(found.len(), known.len(), "{what}");
    for (i, (found, known)) in found.iter().zip(known).enumerate() {
        let scale = known.abs().max(1.0);
        assert!((found - known).abs() <= TOLERANCE * scale, "{what}, {i}: {found} or {known}");
    }
}
