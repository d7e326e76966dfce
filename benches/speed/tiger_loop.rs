//! Tiger by hand: the fastest loop that we know how to write for DPTD on this one problem with windows of one
//! pair. The rules of the game are in the code instead of in tables, sizes are constants, and eight
//! trajectories go side by side. It draws the same words as the twin and ends with the same ψ to the bit, so
//! nothing is left out.

use super::{ALPHA, HORIZON, LANES, Windows};
use crate::tiger_rules::{ACTIONS, PAIRS, Rules, words};
use dpac::policy::Prepared;
use dpac::pomdp::{AliasRows, Generator, discount_table};
use dpac_actors::Jump;
use rand::Rng;

const COMPONENTS: usize = ACTIONS + (HORIZON - 1) * PAIRS * ACTIONS;

/// What the loop knows beside the rules.
pub(super) struct Loop {
    /// A row for each window of each step; the first step has six that are alike.
    policy: AliasRows,
    rules: Rules,
    coefficients: [f64; HORIZON],
    gamma: f64,
}

impl Loop {
    pub(super) fn new(setting: &Windows, theta: &[f64]) -> Self {
        let mut prepared = Prepared::at(&*setting.policy, theta);
        let mut rows = Vec::new();
        for h in 0..HORIZON {
            for window in 0..PAIRS as u32 {
                let memory = if h == 0 { 0 } else { window };
                let probabilities = prepared.probabilities(&*setting.policy, &memory, h);
                rows.push(probabilities.iter().copied().enumerate().collect::<Vec<_>>());
            }
        }
        let discounts = discount_table(setting.gamma, HORIZON);
        Loop {
            policy: AliasRows::new(rows),
            rules: Rules::of(&setting.problem),
            coefficients: std::array::from_fn(|h| ALPHA * discounts[h]),
            gamma: setting.gamma,
        }
    }

    /// ψ after so many trajectories, a multiple of [`LANES`].
    pub(super) fn run(&self, mut rng: Generator, trajectories: u64) -> Vec<f64> {
        let jump = Jump::over(words(HORIZON));
        let mut psi = vec![0.0; COMPONENTS];
        let mut components = [[0usize; LANES]; HORIZON];
        let mut rewards = [[0.0; LANES]; HORIZON];
        for _ in 0..trajectories / LANES as u64 {
            let mut generators: [Generator; LANES] = std::array::from_fn(|_| {
                let here = rng.clone();
                rng = jump.from(&rng);
                here
            });
            self.sample(&mut generators, &mut components, &mut rewards);
            for lane in 0..LANES {
                self.update(
                    std::array::from_fn(|h| components[h][lane]),
                    std::array::from_fn(|h| rewards[h][lane]),
                    &mut psi,
                );
            }
        }
        psi
    }

    fn sample(
        &self,
        generators: &mut [Generator; LANES],
        components: &mut [[usize; LANES]; HORIZON],
        rewards: &mut [[f64; LANES]; HORIZON],
    ) {
        let mut tigers: [usize; LANES] =
            std::array::from_fn(|lane| Rules::begin(generators[lane].next_u64()));
        let mut windows = [0; LANES];
        for h in 0..HORIZON {
            let block = if h == 0 { 0 } else { ACTIONS + (h - 1) * PAIRS * ACTIONS };
            for lane in 0..LANES {
                let (rng, tiger) = (&mut generators[lane], tigers[lane]);
                let action = self.policy.sample(h * PAIRS + windows[lane], rng.next_u64());
                components[h][lane] = block + ACTIONS * windows[lane] + action;
                rewards[h][lane] = self.rules.reward[2 * action + tiger];
                if h + 1 < HORIZON {
                    let (place, sound) = (rng.next_u64(), rng.next_u64());
                    let heard;
                    (tigers[lane], heard) = self.rules.step(tiger, action, place, sound);
                    windows[lane] = 2 * action + heard;
                }
            }
        }
    }

    #[inline]
    fn update(&self, components: [usize; HORIZON], rewards: [f64; HORIZON], psi: &mut [f64]) {
        let values: [f64; HORIZON] = std::array::from_fn(|h| psi[components[h]]);
        for h in 0..HORIZON {
            let next = if h + 1 < HORIZON { values[h + 1] } else { 0.0 };
            psi[components[h]] += self.coefficients[h] * (rewards[h] + self.gamma * next - values[h]);
        }
    }
}
