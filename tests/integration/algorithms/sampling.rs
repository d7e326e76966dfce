//! Draws have the probabilities that they should have.

use super::scattered;
use dpac::features::{FeatureMap, FiniteMap, HistoryFold};
use dpac::policy::{LogLinear, Policy, Prepared};
use dpac::pomdp::{AliasRows, Generator};
use rand::Rng;

/// The number of words x of 2^64 for which `row` draws each outcome, found from outside: a bucket draws one
/// outcome below its threshold and another from there on.
fn words(table: &AliasRows, row: usize, buckets: usize, outcomes: usize) -> Vec<u128> {
    let mut counts = vec![0; outcomes];
    let n = buckets as u128;
    for bucket in 0..n {
        // x · n falls into the bucket for x from ⌈bucket · 2^64 / n⌉.
        let (first, end) = ((bucket << 64).div_ceil(n), ((bucket + 1) << 64).div_ceil(n));
        let at = |x: u128| table.sample(row, x as u64);
        let own = at(first);
        let (mut low, mut high) = (first, end);
        while low < high {
            let middle = low + (high - low) / 2;
            if at(middle) == own { low = middle + 1 } else { high = middle }
        }
        counts[own] += low - first;
        if low < end {
            counts[at(end - 1)] += end - low;
        }
    }
    assert_eq!(counts.iter().sum::<u128>(), 1 << 64);
    counts
}

/// Rows as they come: random, equal, lopsided, with zeros and with next to nothing.
fn rows() -> Vec<Vec<f64>> {
    let mut rng = Generator::new(1);
    let mut rows = vec![
        vec![1.0],
        vec![0.25, 0.75],
        vec![0.0, 1.0],
        vec![1.0, 0.0, 0.0],
        vec![0.1; 10],
        vec![1.0 / 3.0; 3],
        vec![1e-300, 1.0],
        vec![0.0, 1.0 / 3.0, 1.0 / 3.0, 0.0, 1.0 / 3.0],
        vec![0.85, 0.15],
    ];
    for n in 2..40 {
        let weights: Vec<f64> = (0..n)
            .map(|_| match rng.next_u64() % 5 {
                0 => 0.0,
                1 => 1e-9,
                _ => (rng.next_u64() % 1000 + 1) as f64,
            })
            .chain([1.0])
            .collect();
        let sum: f64 = weights.iter().sum();
        rows.push(weights.iter().map(|w| w / sum).collect());
    }
    rows
}

#[test]
fn alias_tables_hold_their_rows_to_the_rounding_of_the_construction() {
    let rows = rows();
    let table = AliasRows::new(rows.iter().map(|row| row.iter().copied().enumerate()));
    assert_eq!(table.rows(), rows.len());
    for (i, row) in rows.iter().enumerate() {
        for (p, count) in row.iter().zip(words(&table, i, row.len(), row.len())) {
            let implied = count as f64 / 18_446_744_073_709_551_616.0;
            assert!((implied - p).abs() <= 8.881_784_197_001_252e-16, "row {i}: {implied} is not {p}");
        }
    }
}

#[test]
fn outcomes_without_probability_are_never_drawn() {
    let rows = rows();
    let table = AliasRows::new(rows.iter().map(|row| row.iter().copied().enumerate()));
    let mut zeros = 0;
    for (i, row) in rows.iter().enumerate() {
        let counts = words(&table, i, row.len(), row.len());
        for outcome in (0..row.len()).filter(|&o| row[o] <= 0.0) {
            assert_eq!(counts[outcome], 0, "row {i} draws outcome {outcome}");
            zeros += 1;
        }
    }
    assert!(zeros > 20);
}

#[test]
fn a_draw_is_the_bucket_of_the_high_word_and_the_threshold_of_the_low_word() {
    // Masses 0.3, 1.5, 1.2: bucket 0 is filled up by outcome 2, which then needs 0.5 of outcome 1.
    let table = AliasRows::new([[(0, 0.1), (1, 0.5), (2, 0.4)]]);
    let word = |bucket: u128, fraction: f64| {
        let low = (fraction * 18_446_744_073_709_551_616.0) as u128;
        (((bucket << 64) + low) / 3 + 1) as u64
    };
    let draws = [(0, 0.29, 0), (0, 0.31, 2), (1, 0.01, 1), (1, 0.99, 1), (2, 0.49, 2), (2, 0.51, 1)];
    for (bucket, fraction, outcome) in draws {
        assert_eq!(table.sample(0, word(bucket, fraction)), outcome, "bucket {bucket} at {fraction}");
    }
}

/// The same one-hot rows without a finite table, so that a policy on them acts by inversion.
#[derive(Clone)]
struct Untabled(FiniteMap);

impl HistoryFold for Untabled {
    type Observation = u32;
    type Memory = u32;

    fn memory(&self) -> u32 {
        self.0.memory()
    }

    fn start(&self, memory: &mut u32, first: &u32) {
        self.0.start(memory, first);
    }

    fn advance(&self, memory: &mut u32, h: usize, action: usize, seen: &u32) {
        self.0.advance(memory, h, action, seen);
    }
}

impl FeatureMap for Untabled {
    type Row = dpac::features::OneHot;

    fn horizon(&self) -> usize {
        self.0.horizon()
    }

    fn actions(&self) -> usize {
        self.0.actions()
    }

    fn dimension(&self, h: usize) -> usize {
        self.0.dimension(h)
    }

    fn stacked(&self) -> usize {
        self.0.stacked()
    }

    fn row(&self, memory: &u32, h: usize, action: usize, row: &mut Self::Row) {
        self.0.row(memory, h, action, row);
    }

    fn norm_squared_bound(&self) -> f64 {
        1.0
    }
}

/// Probabilities to rounding, and counts of actions to four standard deviations.
fn assert_frequencies<P: Policy<Memory = u32>>(
    policy: &P,
    theta: &[f64],
    expected: impl Fn(u32) -> Vec<f64>,
) {
    let mut prepared = Prepared::at(policy, theta);
    let (mut rng, n) = (Generator::new(7), 40_000);
    for memory in 0..4 {
        let expected = expected(memory);
        let found = prepared.probabilities(policy, &memory, 1);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-15, "{found} is not {expected}");
        }
        let mut counts = vec![0u32; expected.len()];
        for _ in 0..n {
            counts[prepared.act(policy, &memory, 1, rng.next_u64())] += 1;
        }
        for (count, p) in counts.iter().zip(&expected) {
            let (mean, variance) = (p * f64::from(n), p * (1.0 - p) * f64::from(n));
            assert!((f64::from(*count) - mean).abs() <= 4.0 * variance.sqrt(), "{count} of {n} for {p}");
        }
    }
}

#[test]
fn policies_act_with_the_softmax_s_frequencies_with_tables_and_without() {
    let map = FiniteMap::window(3, 3, 2, 1, 1).unwrap();
    let mut theta: Vec<f64> = scattered(map.stacked(), 1).iter().map(|x| 3.0 * x).collect();
    // An action that is never taken.
    theta[map.component(1, 2, 2)] = -1000.0;
    let softmax = |memory: u32| {
        let weights: Vec<f64> =
            (0..3).map(|a| libm::exp(theta[map.component(1, memory as usize, a)])).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|w| w / sum).collect::<Vec<f64>>()
    };
    assert_frequencies(&LogLinear::new(map.clone()), &theta, softmax);
    assert_frequencies(&LogLinear::new(Untabled(map.clone())), &theta, softmax);
}

#[test]
fn the_largest_word_never_draws_an_action_without_probability() {
    let map = Untabled(FiniteMap::window(2, 8, 2, 1, 0).unwrap());
    let policy = LogLinear::new(map);
    for salt in 0..200 {
        // The last action of the first step has no probability, whatever the others add up to.
        let mut theta = scattered(policy.parameters(), salt);
        theta[7] = -1e4;
        let mut prepared = Prepared::at(&policy, &theta);
        assert_ne!(prepared.act(&policy, &0, 0, u64::MAX), 7);
    }
}
