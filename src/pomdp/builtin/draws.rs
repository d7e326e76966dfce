//! Random numbers of problems that are drawn from a seed: one stream per table and row, whatever else is
//! drawn.

use crate::pomdp::Generator;
use crate::pomdp::gaussian::standard_normal;
use rand::Rng;

/// What is drawn; its number is part of the stream's key.
#[derive(Clone, Copy)]
pub(crate) enum Table {
    Transition = 1,
    Observation = 2,
    Reward = 3,
    Rocks = 4,
    Feature = 5,
    ClientTransition = 6,
    ClientObservation = 7,
    ClientFirstObservation = 8,
    ClientReward = 9,
    ClientSensor = 10,
    /// Random Fourier features; a row is a component.
    Fourier = 16,
    /// Weights of a reservoir; a row is a unit.
    Reservoir = 17,
}

/// A stream of draws.
pub(crate) struct Draws(Generator);

impl Draws {
    /// The stream of one row of a table; its state is SplitMix64's mix of seed, table and row, twice.
    pub(crate) fn new(seed: u64, table: Table, row: usize) -> Self {
        Draws::keyed(&[seed, table as u64, row as u64])
    }

    /// The stream of one row of a table of one client, whatever other clients there are.
    pub(in crate::pomdp) fn of_client(seed: u64, client: u32, table: Table, row: usize) -> Self {
        Draws::keyed(&[seed, table as u64, row as u64, u64::from(client)])
    }

    fn keyed(words: &[u64]) -> Self {
        let half = |lane: u64| words.iter().fold(lane, |h, &word| mix(h ^ mix(word.wrapping_add(GOLDEN))));
        let (high, low) = (half(0x4528_21e6_38d0_1377), half(0xbe54_66cf_34e9_0c6c));
        Draws(Generator::new(u128::from(high) << 64 | u128::from(low)))
    }

    /// A uniform number in (0, 1], of the 53 high bits of a word.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// A standard normal number, of two words.
    pub(crate) fn normal(&mut self) -> f64 {
        standard_normal(&mut self.0)
    }

    /// A uniform number below `n`, from the high word of `x · n`.
    pub(in crate::pomdp) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// `k` different numbers below `n`, ascending; every such set is equally likely.
    pub(in crate::pomdp) fn subset(&mut self, n: usize, k: usize) -> Vec<usize> {
        // Floyd's method: one draw for each.
        let mut chosen = vec![false; n];
        for last in n - k..n {
            let drawn = self.below(last + 1);
            let new = if chosen[drawn] { last } else { drawn };
            chosen[new] = true;
        }
        (0..n).filter(|&i| chosen[i]).collect()
    }

    /// A uniform point of the simplex over `k` of `n` outcomes, these drawn as well.
    pub(in crate::pomdp) fn distribution(&mut self, n: usize, k: usize) -> Vec<(usize, f64)> {
        let outcomes = self.subset(n, k);
        // Exponential numbers divided by their sum; the least of them keeps every weight above zero.
        let weights: Vec<f64> = outcomes.iter().map(|_| f64::MIN_POSITIVE - libm::log(self.unit())).collect();
        let total = weights.iter().fold(0.0, |sum, weight| sum + weight);
        outcomes.into_iter().zip(weights.into_iter().map(|weight| weight / total)).collect()
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finalizer of SplitMix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_tables_have_known_answers() {
        // Computed apart, in Python, from DETERMINISM.md.
        let words = |mut draws: Draws| [(); 3].map(|()| draws.0.next_u64());
        assert_eq!(
            words(Draws::new(7, Table::Transition, 3)),
            [0xe897_3e33_ccec_2e8a, 0x98c0_fc72_c159_de4c, 0xae02_248a_6d16_da4b]
        );
        assert_eq!(
            words(Draws::of_client(7, 5, Table::ClientReward, 3)),
            [0xba3b_9a86_53a3_31b9, 0xc55e_30bd_a5ba_80d2, 0xc73b_0bc0_d762_5877]
        );
        assert_eq!(
            words(Draws::new(7, Table::Fourier, 3)),
            [0x299b_0d3a_220d_02d9, 0x65b7_fc6e_d885_4e3a, 0x7bbf_14cf_44a9_f237]
        );
        assert_eq!(
            words(Draws::new(7, Table::Reservoir, 3)),
            [0x1463_be1a_72ed_2166, 0xb2ad_3708_669c_f71f, 0x6df6_1284_145d_3fdd]
        );
    }

    #[test]
    fn subsets_ascend_without_repetition() {
        for row in 0..200 {
            let subset = Draws::new(3, Table::Rocks, row).subset(9, 1 + row % 9);
            assert_eq!(subset.len(), 1 + row % 9);
            assert!(subset.windows(2).all(|pair| pair[0] < pair[1]) && subset.iter().all(|&x| x < 9));
        }
    }

    #[test]
    fn each_of_three_numbers_is_drawn_as_often() {
        let mut counts = [0_u32; 3];
        for row in 0..3000 {
            counts[Draws::new(1, Table::Transition, row).below(3)] += 1;
        }
        // Five deviations of 3000 draws of probability 1/3.
        assert!(counts.iter().all(|&count| count.abs_diff(1000) < 130), "{counts:?}");
    }
}
