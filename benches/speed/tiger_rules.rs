//! Tiger's rules in code instead of in tables: the same words give the same moves.

use dpac::pomdp::{Problem, Simulator, TabularProblem, Units};

pub(crate) const ACTIONS: usize = 3;
/// What follows an action: three of these, and two sounds.
pub(crate) const PAIRS: usize = 6;

/// Words of an episode of H steps with those of its actions: one for the tiger's place, three for each step
/// but the last, and one for that.
pub(crate) const fn words(horizon: usize) -> u64 {
    1 + 3 * (horizon as u64 - 1) + 1
}

/// The numbers of the game.
#[derive(Clone)]
pub(crate) struct Rules {
    /// `r̃` at `2 a + s`.
    pub(crate) reward: [f64; 2 * ACTIONS],
    /// Of the half of all words that could be heard wrong, those below are.
    wrong_below: u64,
}

impl Rules {
    /// Those of the problem, which is Tiger.
    pub(crate) fn of(problem: &TabularProblem) -> Self {
        let model = problem.tables().expect("tables");
        let (lo, hi) = problem.instance(0).reward_range();
        let units = Units::new(lo, hi);
        let wrong = model.observation().row(0).find(|&(seen, _)| seen == 1).expect("ears that err").1;
        Rules {
            reward: std::array::from_fn(|i| units.normalise(model.reward(i % 2, i / 2))),
            wrong_below: (2.0 * wrong * 18_446_744_073_709_551_616.0) as u64,
        }
    }

    /// The tiger's first place.
    #[inline(always)]
    pub(crate) fn begin(word: u64) -> usize {
        (word >> 63) as usize
    }

    /// The tiger's next place, and what is heard there.
    #[inline(always)]
    pub(crate) fn step(&self, tiger: usize, action: usize, place: u64, sound: u64) -> (usize, usize) {
        let half = (sound >> 63) as usize;
        let wrong = half != tiger && sound << 1 < self.wrong_below;
        let listens = action == 0;
        let heard = if listens { tiger ^ usize::from(wrong) } else { half };
        (if listens { tiger } else { (place >> 63) as usize }, heard)
    }
}
