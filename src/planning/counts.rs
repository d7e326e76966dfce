//! What was seen of the process of windows.

use super::ellipse::Moment;
use super::windows::Windows;

/// Counts over windows: how often each came first, how often each pair (x, a) was met and with what rewards,
/// and what was seen after it.
#[derive(Clone, Debug)]
pub struct WindowCounts {
    windows: Windows,
    first: Vec<u64>,
    pairs: Vec<u64>,
    seen: Vec<u64>,
    rewards: Vec<f64>,
}

impl WindowCounts {
    /// Nothing seen so far.
    pub fn new(windows: Windows) -> Self {
        let (pairs, followed) = (windows.pairs(), windows.followed() * windows.observations());
        WindowCounts {
            first: vec![0; windows.first()],
            pairs: vec![0; pairs],
            seen: vec![0; followed],
            rewards: vec![0.0; pairs],
            windows,
        }
    }

    /// Takes a trajectory: the first observation (0 where there is none), H actions, the H - 1 observations
    /// between them, and the H rewards, normalised to lie in [0, 1].
    ///
    /// Sums of rewards are in the order of trajectories.
    ///
    /// # Panics
    /// If the trajectory has another length.
    pub fn observe(&mut self, first: u32, actions: &[u32], seen: &[u32], rewards: &[f64]) {
        let horizon = self.windows.horizon();
        assert_eq!((actions.len(), seen.len(), rewards.len()), (horizon, horizon - 1, horizon));
        let mut x = self.windows.map().first_slot(first as usize);
        self.first[x] += 1;
        for h in 0..horizon {
            let action = actions[h] as usize;
            let pair = x * self.windows.actions() + action;
            self.pairs[pair] += 1;
            self.rewards[pair] += rewards[h];
            if h + 1 < horizon {
                let observation = seen[h] as usize;
                self.seen[pair * self.windows.observations() + observation] += 1;
                x = self.windows.next(h, x, action, observation);
            }
        }
    }

    /// The windows.
    pub fn windows(&self) -> &Windows {
        &self.windows
    }

    /// `n_0(x)`, by the number of the window.
    pub fn first(&self) -> &[u64] {
        &self.first
    }

    /// Number of trajectories.
    pub fn trajectories(&self) -> u64 {
        self.first.iter().sum()
    }

    /// `n_h(x, a)`, by the number of the pair.
    pub fn visits(&self, pair: usize) -> u64 {
        self.pairs[pair]
    }

    /// The sum of the rewards of (x, a), by the number of the pair.
    pub fn rewards(&self, pair: usize) -> f64 {
        self.rewards[pair]
    }

    /// The mean of its normalised rewards; 0 where it was never met.
    pub fn mean_reward(&self, pair: usize) -> f64 {
        match self.visits(pair) {
            0 => 0.0,
            n => self.rewards(pair) / n as f64,
        }
    }

    /// All counts, and all sums of rewards, for whoever saves or restores them.
    pub fn parts_mut(&mut self) -> ([&mut [u64]; 3], &mut [f64]) {
        ([&mut self.first, &mut self.pairs, &mut self.seen], &mut self.rewards)
    }

    /// `n_h(x, a, ·)`, by the number of the pair.
    ///
    /// # Panics
    /// If the pair is of the last step.
    pub fn seen(&self, pair: usize) -> &[u64] {
        let observations = self.windows.observations();
        &self.seen[pair * observations..][..observations]
    }

    /// `n_h(x, a, o')` of all pairs of step h, that of the i-th pair of the step at `i * O + o'`.
    ///
    /// # Panics
    /// If h is the last step.
    pub fn seen_in_step(&self, h: usize) -> &[u64] {
        let (pairs, observations) = (self.windows.pairs_of_step(h), self.windows.observations());
        &self.seen[pairs.start * observations..pairs.end * observations]
    }

    /// `λ I + Σ n_h(x, a) φ φ'` over the pairs of step h, the i-th of which has its φ at `i * d ..` of
    /// `rows`.
    ///
    /// # Panics
    /// If there is not one row for each pair.
    pub fn moment(&self, h: usize, rows: &[f64], ridge: f64) -> Moment {
        let pairs = self.windows.pairs_of_step(h);
        let dimension = rows.len() / pairs.len();
        assert!(dimension > 0 && dimension * pairs.len() == rows.len(), "a row for each pair");
        let mut moment = Moment::new(dimension, ridge);
        for (pair, phi) in pairs.zip(rows.chunks_exact(dimension)) {
            let n = self.visits(pair);
            if n > 0 {
                moment.add(n as f64, phi);
            }
        }
        moment
    }

    /// Frequencies of the windows before the first action; uniform where nothing was seen.
    pub fn start(&self) -> Vec<f64> {
        frequencies(&self.first).collect()
    }
}

/// `n_i / Σ n`; uniform where nothing was counted.
pub(super) fn frequencies(counts: &[u64]) -> impl Iterator<Item = f64> + '_ {
    let total: u64 = counts.iter().sum();
    let unseen = 1.0 / counts.len() as f64;
    counts.iter().map(move |&n| if total == 0 { unseen } else { n as f64 / total as f64 })
}
