//! What networks are shown of a history: one-hot blocks of actions and observations, and a clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A component of an input that need not be 0.
///
/// One-hot blocks have the value 1, by which a product is the other factor to the bit. Readings that are real
/// numbers are components of any value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Active {
    /// Which.
    pub at: u32,
    /// Its value.
    pub value: f64,
}

impl From<u32> for Active {
    /// The observation of this class.
    fn from(class: u32) -> Self {
        Active { at: class, value: 1.0 }
    }
}

/// What an observation can be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    /// One of so many classes.
    Classes(usize),
    /// A number, expected within these bounds.
    Reading { low: f64, high: f64 },
}

/// What of the step's number an input has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// One number, `2h / (H - 1) - 1`; 0 where H is 1.
    #[default]
    Fraction,
    /// H numbers, of which the one of h is 1.
    OneHot,
    /// Nothing.
    None,
}

/// Where the first observation stands, which follows no action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    /// Nobody sees one.
    Unseen,
    /// Where later ones do: there is a pair without an action.
    Pair,
    /// In a block behind the pairs, as long as the pairs go back to the beginning.
    Block,
}

/// Inputs `x_h` of a network for histories of H steps.
///
/// They are `[pair 1 (the newest) | ... | pair L | first observation | clock]`, where pair j is
/// `[one-hot a_{h-j} : A | one-hot o_{h-j+1} : O]`. What lies before the beginning is 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    horizon: usize,
    actions: usize,
    seen: Seen,
    pairs: usize,
    first: First,
    clock: Clock,
}

impl Inputs {
    /// For a recurrent cell: one pair, whose observation at h = 0 is the first one where there is one.
    pub fn recurrent(horizon: usize, actions: usize, observations: usize, first: bool, clock: Clock) -> Self {
        let first = if first { First::Pair } else { First::Unseen };
        Inputs { horizon, actions, seen: Seen::Classes(observations), pairs: 1, first, clock }
    }

    /// For a cell without memory: `pairs` pairs, and the first observation where there is one, shown as long
    /// as h is at most `pairs`.
    pub fn window(
        horizon: usize,
        actions: usize,
        observations: usize,
        first: bool,
        pairs: usize,
        clock: Clock,
    ) -> Self {
        let first = if first { First::Block } else { First::Unseen };
        Inputs { horizon, actions, seen: Seen::Classes(observations), pairs, first, clock }
    }

    /// The same for observations that are real numbers, which [probes](super::Probes) draw within these
    /// bounds: one component in the place of the one-hot block, 0 where nothing is seen.
    #[must_use]
    pub fn of_readings(self, low: f64, high: f64) -> Self {
        Inputs { seen: Seen::Reading { low, high }, ..self }
    }

    /// H.
    pub fn horizon(&self) -> usize {
        self.horizon
    }

    /// A.
    pub fn actions(&self) -> usize {
        self.actions
    }

    /// Components of an observation: O, or the number of classes; 1 for readings.
    pub fn observations(&self) -> usize {
        match self.seen {
            Seen::Classes(classes) => classes,
            Seen::Reading { .. } => 1,
        }
    }

    /// An observation for a word: each class is as likely, or each reading within the bounds.
    pub(super) fn drawn(&self, word: u64) -> Active {
        match self.seen {
            Seen::Classes(classes) => (((u128::from(word) * classes as u128) >> 64) as u32).into(),
            Seen::Reading { low, high } => {
                let uniform = (word >> 11) as f64 / 9_007_199_254_740_992.0;
                Active { at: 0, value: low + (high - low) * uniform }
            }
        }
    }

    /// I.
    pub fn len(&self) -> usize {
        let first = if self.first == First::Block { self.observations() } else { 0 };
        let clock = match self.clock {
            Clock::Fraction => 1,
            Clock::OneHot => self.horizon,
            Clock::None => 0,
        };
        self.pairs * self.pair() + first + clock
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The most components of one input that need not be 0.
    pub fn most(&self) -> usize {
        2 * self.pairs + usize::from(self.first == First::Block) + usize::from(self.clock != Clock::None)
    }

    /// The length of a pair.
    fn pair(&self) -> usize {
        self.actions + self.observations()
    }

    /// `x_0`, of a first observation that counts only where there is one; components ascend.
    pub fn start(&self, first: impl Into<Active>, x: &mut Vec<Active>) {
        x.clear();
        match self.first {
            First::Unseen => {}
            First::Pair => x.push(behind(self.actions, first.into())),
            First::Block => x.push(behind(self.pairs * self.pair(), first.into())),
        }
        self.push_clock(0, x);
    }

    /// Makes `x_{h+1}` of `x_h`: at step `h` it acted so, and saw this.
    pub fn advance(&self, h: usize, action: usize, seen: impl Into<Active>, x: &mut Vec<Active>) {
        let known = self.pairs.min(h);
        let first = (self.first == First::Block && h < self.pairs).then(|| x[2 * known]);
        x.truncate(2 * known.min(self.pairs.saturating_sub(1)));
        for active in x.iter_mut() {
            active.at += self.pair() as u32;
        }
        if self.pairs > 0 {
            x.push(one(action));
            x.push(behind(self.actions, seen.into()));
            if x.len() > 2 {
                x.rotate_right(2);
            }
        }
        x.extend(first);
        self.push_clock(h + 1, x);
    }

    fn push_clock(&self, h: usize, x: &mut Vec<Active>) {
        let end = self.len();
        match self.clock {
            Clock::Fraction => {
                let last = self.horizon.saturating_sub(1);
                let value = if last == 0 { 0.0 } else { 2.0 * h as f64 / last as f64 - 1.0 };
                x.push(Active { at: (end - 1) as u32, value });
            }
            Clock::OneHot => x.push(one(end - self.horizon + h)),
            Clock::None => {}
        }
    }
}

fn one(at: usize) -> Active {
    (at as u32).into()
}

/// A component of a block that begins there.
fn behind(begin: usize, component: Active) -> Active {
    Active { at: begin as u32 + component.at, ..component }
}
