//! A latent variable behind what is seen next, by expectation maximisation.

use crate::pomdp::Generator;
use rand::{Rng, SeedableRng};

/// `P(o' | x, a) = Σ_{z < d} p(z | x, a) p(o' | z)` for the pairs (x, a) of one step.
///
/// The discrete form of the latent variable of Zhang, Ren, Xiao, Schuurmans, Dai 2024, and a factorisation of
/// the matrix P by rank d of numbers that are not negative. Pairs are numbered within their step.
#[derive(Clone, Debug, PartialEq)]
pub struct Latent {
    rank: usize,
    observations: usize,
    /// `p(z | x, a)` at `pair * d + z`.
    features: Vec<f64>,
    /// `p(o' | z)` at `z * O + o'`.
    emissions: Vec<f64>,
    next_features: Vec<f64>,
    next_emissions: Vec<f64>,
}

impl Latent {
    /// A start: `p(z | x, a)` uniform, and each `p(· | z)` a uniform point of the simplex, drawn from `seed`.
    /// Whatever was never seen keeps the uniform one.
    ///
    /// # Panics
    /// If a size is 0.
    pub fn start(rank: usize, pairs: usize, observations: usize, seed: u64) -> Self {
        assert!(rank > 0 && pairs > 0 && observations > 0, "a latent variable of nothing");
        let mut generator = Generator::seed_from_u64(seed);
        let mut emissions = Vec::with_capacity(rank * observations);
        for _ in 0..rank {
            // Exponential numbers divided by their sum; none of them is 0.
            let weights: Vec<f64> = (0..observations)
                .map(|_| f64::MIN_POSITIVE - libm::log(unit(generator.next_u64())))
                .collect();
            let total = weights.iter().fold(0.0, |sum, weight| sum + weight);
            emissions.extend(weights.iter().map(|weight| weight / total));
        }
        Latent {
            rank,
            observations,
            features: vec![1.0 / rank as f64; pairs * rank],
            next_features: vec![0.0; rank],
            next_emissions: vec![0.0; emissions.len()],
            emissions,
        }
    }

    /// One sweep of expectation maximisation over the counts `n(x, a, o')` at `pair * O + o'`; returns the
    /// log-likelihood `Σ n ln P(o' | x, a)` before it, which no sweep lowers.
    ///
    /// A sweep reads pairs × O counts, and for those that are not 0 takes d products.
    ///
    /// # Panics
    /// If there is not one count for each.
    pub fn sweep(&mut self, counts: &[u64]) -> f64 {
        let (rank, observations) = (self.rank, self.observations);
        assert_eq!(counts.len() * rank, self.features.len() * observations, "a count for each pair and seen");
        let mut log_likelihood = 0.0;
        self.next_emissions.fill(0.0);
        for (features, counts) in self.features.chunks_exact_mut(rank).zip(counts.chunks_exact(observations))
        {
            self.next_features.fill(0.0);
            for (o, &count) in counts.iter().enumerate() {
                if count == 0 {
                    continue;
                }
                let joint = |z: usize| features[z] * self.emissions[z * observations + o];
                let probability = (0..rank).fold(0.0, |sum, z| sum + joint(z));
                log_likelihood += count as f64 * libm::log(probability);
                for z in 0..rank {
                    let expected = count as f64 * (joint(z) / probability);
                    self.next_features[z] += expected;
                    self.next_emissions[z * observations + o] += expected;
                }
            }
            normalise(&self.next_features, features);
        }
        let emissions = self.emissions.chunks_exact_mut(observations);
        for (next, emissions) in self.next_emissions.chunks_exact(observations).zip(emissions) {
            normalise(next, emissions);
        }
        log_likelihood
    }

    /// The log-likelihood of counts, as [`Latent::sweep`] returns it.
    ///
    /// # Panics
    /// If there is not one count for each.
    pub fn log_likelihood(&self, counts: &[u64]) -> f64 {
        let observations = self.observations;
        assert_eq!(counts.len(), self.pairs() * observations, "a count for each pair and observation");
        let seen = counts.iter().enumerate().filter(|&(_, &count)| count > 0);
        seen.fold(0.0, |sum, (place, &count)| {
            sum + count as f64 * libm::log(self.probability(place / observations, place % observations))
        })
    }

    /// `p(z | x, a)` and `p(o' | z)`, for whoever saves or restores them.
    pub fn parts_mut(&mut self) -> [&mut [f64]; 2] {
        [&mut self.features, &mut self.emissions]
    }

    /// d.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// Number of pairs.
    pub fn pairs(&self) -> usize {
        self.features.len() / self.rank
    }

    /// O.
    pub fn observations(&self) -> usize {
        self.observations
    }

    /// `p(z | x, a)` at `pair * d + z`: the features of all pairs.
    pub fn features(&self) -> &[f64] {
        &self.features
    }

    /// `P(o' | x, a)`.
    pub fn probability(&self, pair: usize, seen: usize) -> f64 {
        let features = &self.features[pair * self.rank..][..self.rank];
        features
            .iter()
            .enumerate()
            .fold(0.0, |sum, (z, p)| sum + p * self.emissions[z * self.observations + seen])
    }
}

/// Writes `weights / Σ weights`, and leaves a distribution as it is that has no weight.
fn normalise(weights: &[f64], distribution: &mut [f64]) {
    let total = weights.iter().fold(0.0, |sum, weight| sum + weight);
    if total > 0.0 {
        for (p, weight) in distribution.iter_mut().zip(weights) {
            *p = weight / total;
        }
    }
}

/// A uniform number in (0, 1], of the 53 high bits of a word.
fn unit(word: u64) -> f64 {
    ((word >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: usize = 10;
    const OBSERVATIONS: usize = 5;

    /// Counts between 0 and 20, some pairs without any.
    fn counts(seed: u64) -> Vec<u64> {
        let mut generator = Generator::seed_from_u64(seed);
        let mut counts: Vec<u64> = (0..PAIRS * OBSERVATIONS).map(|_| generator.next_u64() >> 59).collect();
        counts.iter_mut().for_each(|n| *n = n.saturating_sub(11));
        counts[3 * OBSERVATIONS..4 * OBSERVATIONS].fill(0);
        counts
    }

    /// From 20 starts, on counts of their own; rounding of a likelihood of some hundred terms is far below
    /// one part in 10^12.
    #[test]
    fn no_sweep_lowers_the_likelihood_and_what_was_never_seen_stays_uniform() {
        for seed in 0..20 {
            let (counts, rank) = (counts(seed), 1 + seed as usize % 4);
            let mut latent = Latent::start(rank, PAIRS, OBSERVATIONS, seed);
            let mut before = f64::NEG_INFINITY;
            for sweep in 0..200 {
                let direct = latent.log_likelihood(&counts);
                let likelihood = latent.sweep(&counts);
                assert!((direct - likelihood).abs() <= 1e-12 * likelihood.abs(), "{direct}, {likelihood}");
                let least = before - 1e-12 * likelihood.abs();
                assert!(likelihood >= least, "seed {seed}, sweep {sweep}: {likelihood} after {before}");
                before = likelihood;
            }
            assert!(before > Latent::start(rank, PAIRS, OBSERVATIONS, seed).log_likelihood(&counts));
            for z in 0..rank {
                assert_eq!(latent.features()[3 * rank + z].to_bits(), (1.0 / rank as f64).to_bits());
            }
            for pair in 0..PAIRS {
                let total: f64 = (0..OBSERVATIONS).map(|o| latent.probability(pair, o)).sum();
                assert!((total - 1.0).abs() < 1e-13, "seed {seed}, pair {pair}: {total}");
            }
        }
    }

    #[test]
    fn rank_one_is_what_is_seen_after_any_pair() {
        let counts = counts(1);
        let mut latent = Latent::start(1, PAIRS, OBSERVATIONS, 7);
        latent.sweep(&counts);
        let total: u64 = counts.iter().sum();
        for o in 0..OBSERVATIONS {
            let seen: u64 = counts.iter().skip(o).step_by(OBSERVATIONS).sum();
            assert!((latent.probability(2, o) - seen as f64 / total as f64).abs() < 1e-15);
        }
    }

    /// Mixtures in tenths of two distributions in tenths, a hundred counts each. The limit of expectation
    /// maximisation is linear here; 5 starts of 3000 sweeps leave the best far below the tolerance.
    #[test]
    fn a_table_of_rank_two_is_recovered() {
        let emissions = [[5, 3, 1, 1, 0], [0, 1, 2, 3, 4]];
        let table: Vec<u64> = (0..PAIRS)
            .flat_map(|pair| {
                let first = pair as u64 + 1 - pair as u64 / 9;
                (0..OBSERVATIONS).map(move |o| first * emissions[0][o] + (10 - first) * emissions[1][o])
            })
            .collect();
        let fitted = |seed| {
            let mut latent = Latent::start(2, PAIRS, OBSERVATIONS, seed);
            (0..3000).for_each(|_| {
                latent.sweep(&table);
            });
            (latent.log_likelihood(&table), latent)
        };
        let (_, best) = (0..5).map(fitted).max_by(|x, y| x.0.total_cmp(&y.0)).expect("starts");
        for (place, &count) in table.iter().enumerate() {
            let found = best.probability(place / OBSERVATIONS, place % OBSERVATIONS);
            assert!((found - count as f64 / 100.0).abs() < 1e-6, "{place}: {found}, {count}");
        }
    }

    #[test]
    fn a_start_is_its_seed() {
        assert_eq!(Latent::start(3, 4, 5, 6), Latent::start(3, 4, 5, 6));
        assert_ne!(Latent::start(3, 4, 5, 6), Latent::start(3, 4, 5, 7));
    }
}
