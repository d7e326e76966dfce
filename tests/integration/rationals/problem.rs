//! Random problems whose every number is a short decimal, and their exact values over the integers.

use dpac::features::FiniteMap;
use dpac::pomdp::{Generator, Model, file};
use num_bigint::BigInt;
use rand::{Rng, SeedableRng};
use std::fmt::Write;

/// Probabilities are multiples of 10^-12, so that the smallest of them is that.
const PARTS: u64 = 1_000_000_000_000;
/// The discount is a multiple of 1/100.
const HUNDREDTHS: u64 = 100;

/// A problem in whole numbers: of parts, of hundredths, and of a unit of reward.
pub(crate) struct Problem {
    start: Vec<u64>,
    /// At `a * S + s` over s'.
    transition: Vec<Vec<u64>>,
    /// At `a * S + s'` over o.
    observation: Vec<Vec<u64>>,
    /// At `(a * S + s) * S + s'` over o, in units.
    reward: Vec<Vec<i64>>,
    /// The unit is 10 to this power.
    unit: i32,
    discount: u64,
    states: usize,
    actions: usize,
    observations: usize,
    pub(crate) horizon: usize,
}

/// A numerator; the denominator is [`Problem::denominator`].
pub(crate) type Exact = BigInt;

impl Problem {
    /// Ranges of rewards from 1e-12 to 1e15, some probabilities as small as 1e-12, some rows certain.
    pub(crate) fn random(seed: u64) -> Self {
        let mut rng = Generator::seed_from_u64(seed);
        let mut below = move |n: u64| rng.next_u64() % n;
        let (states, actions) = (2 + below(2) as usize, 2 + below(2) as usize);
        let (observations, horizon) = (1 + below(3) as usize, 1 + below(4) as usize);
        let row = |n: usize, below: &mut dyn FnMut(u64) -> u64| {
            let weights: Vec<u64> = (0..n)
                .map(|_| match below(5) {
                    0 => 0,
                    1 => 1 + below(9),
                    2 => 1 + below(PARTS / 1000),
                    _ => 1 + below(PARTS / 4),
                })
                .collect();
            let mut row: Vec<u64> = weights.into_iter().map(|w| w.min(PARTS / 4)).collect();
            let certain = below(n as u64) as usize;
            row[certain] = 0;
            row[certain] = PARTS - row.iter().sum::<u64>();
            row
        };
        let start = row(states, &mut below);
        let transition = (0..actions * states).map(|_| row(states, &mut below)).collect();
        let observation = (0..actions * states).map(|_| row(observations, &mut below)).collect();
        // A range of at most 15 digits, of which most rewards use a few: penalties stand among small numbers.
        let (digits, by_outcome) = (1 + below(15) as u32, below(2) == 0);
        let number = |below: &mut dyn FnMut(u64) -> u64| {
            let size = 10_i64.pow(if below(3) == 0 { digits } else { digits.min(2) });
            below(2 * size as u64 + 1) as i64 - size
        };
        let reward = (0..actions * states)
            .flat_map(|_| {
                let common = number(&mut below);
                (0..states)
                    .map(|_| {
                        let of_outcome = |_| if by_outcome { number(&mut below) } else { common };
                        (0..observations).map(of_outcome).collect::<Vec<_>>()
                    })
                    .collect::<Vec<_>>()
            })
            .collect();
        let unit = -12 + below(13) as i32;
        let discount = below(HUNDREDTHS + 1);
        Problem {
            start,
            transition,
            observation,
            reward,
            unit,
            discount,
            states,
            actions,
            observations,
            horizon,
        }
    }

    pub(crate) fn gamma(&self) -> f64 {
        self.discount as f64 / HUNDREDTHS as f64
    }

    /// The problem as its file gives it.
    pub(crate) fn model(&self) -> Model {
        file::parse(self.text().as_bytes(), "random").expect("a problem").model
    }

    fn text(&self) -> String {
        let Problem { states, actions, observations, .. } = *self;
        let parts = |row: &[u64]| {
            let decimal = |p: &u64| format!("{}.{:012}", p / PARTS, p % PARTS);
            row.iter().map(decimal).collect::<Vec<_>>().join(" ")
        };
        let mut text = format!(
            "discount: {:.2}\nvalues: reward\nstates: {states}\nactions: {actions}\nobservations: {observations}\nstart: {}\n",
            self.gamma(),
            parts(&self.start)
        );
        for a in 0..actions {
            for s in 0..states {
                let _ = writeln!(text, "T: {a} : {s} {}", parts(&self.transition[a * states + s]));
                let _ = writeln!(text, "O: {a} : {s} {}", parts(&self.observation[a * states + s]));
                for next in 0..states {
                    for (o, reward) in self.reward[(a * states + s) * states + next].iter().enumerate() {
                        let _ = writeln!(text, "R: {a} : {s} : {next} : {o} {reward}e{}", self.unit);
                    }
                }
            }
        }
        text
    }

    /// Of a value over the whole horizon: `PARTS^(1 + 2 H) HUNDREDTHS^(H - 1) 10^-unit`. Of the shifted
    /// numbers of [`shifted`] it is a common factor.
    pub(crate) fn denominator(&self) -> BigInt {
        let steps = self.horizon as u32;
        let places = BigInt::from(10).pow(self.unit.unsigned_abs());
        BigInt::from(PARTS).pow(1 + 2 * steps) * BigInt::from(HUNDREDTHS).pow(steps - 1) * places
    }

    /// `V*`.
    pub(crate) fn optimum(&self) -> Exact {
        self.best(&self.first(), self.horizon)
    }

    fn first(&self) -> Vec<BigInt> {
        self.start.iter().map(|&p| BigInt::from(p)).collect()
    }

    fn best(&self, weights: &[BigInt], to_go: usize) -> Exact {
        let value = |a| self.value_of(weights, a, to_go, &mut |_, next| self.best(next, to_go - 1));
        (0..self.actions).map(value).max().expect("an action")
    }

    /// `V^π` of the policy that takes `action(h, slot)`, where slots are those of a window of one pair.
    pub(crate) fn policy(&self, map: &FiniteMap, action: &dyn Fn(usize, usize) -> usize) -> Exact {
        self.follow(&self.first(), 0, 0, map, action)
    }

    fn follow(
        &self,
        weights: &[BigInt],
        h: usize,
        slot: usize,
        map: &FiniteMap,
        action: &dyn Fn(usize, usize) -> usize,
    ) -> Exact {
        let a = action(h, slot);
        self.value_of(weights, a, self.horizon - h, &mut |o, next| {
            self.follow(next, h + 1, map.next_slot(h, slot, a, o), map, action)
        })
    }

    /// What an action is worth at unnormalised weights, of which a step multiplies the denominator by
    /// `PARTS² HUNDREDTHS`.
    fn value_of(
        &self,
        weights: &[BigInt],
        a: usize,
        to_go: usize,
        after: &mut dyn FnMut(usize, &[BigInt]) -> Exact,
    ) -> Exact {
        let mut now = BigInt::from(0);
        let mut next = vec![vec![BigInt::from(0); self.states]; self.observations];
        for (s, weight) in weights.iter().enumerate() {
            for s2 in 0..self.states {
                for (o, next) in next.iter_mut().enumerate() {
                    let p = u128::from(self.transition[a * self.states + s][s2])
                        * u128::from(self.observation[a * self.states + s2][o]);
                    if p > 0 {
                        let joint = weight * p;
                        now += &joint * self.reward[(a * self.states + s) * self.states + s2][o];
                        next[s2] += joint;
                    }
                }
            }
        }
        if to_go == 1 {
            return now;
        }
        let later: BigInt = next.iter().enumerate().map(|(o, next)| after(o, next)).sum();
        let step = BigInt::from(PARTS).pow(2) * HUNDREDTHS;
        now * step.pow(to_go as u32 - 1) + later * self.discount
    }
}

/// A double times 2^1100, which is a whole number.
pub(crate) fn shifted(x: f64) -> BigInt {
    let bits = x.abs().to_bits();
    let (exponent, fraction) = (bits >> 52, bits & ((1 << 52) - 1));
    let (mantissa, exponent) = if exponent == 0 { (fraction, 1) } else { (fraction | (1 << 52), exponent) };
    let size = BigInt::from(mantissa) << (exponent + 1100 - 1075);
    if x < 0.0 { -size } else { size }
}
