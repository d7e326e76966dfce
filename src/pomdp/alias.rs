//! Constant-time sampling of finite distributions: Walker's alias method with Vose's construction.

/// One bucket: `own` below the threshold, `other` above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bucket {
    threshold: u64,
    own: u32,
    other: u32,
}

/// Many distributions, one alias table each, side by side in memory.
///
/// A draw takes one uniform 64-bit word `x`: the bucket is the high word of `x · n`, the fraction within it
/// the low word. The construction is deterministic (fixed order, additions and comparisons only), so tables
/// are the same bits everywhere.
///
/// ```
/// use dpac::pomdp::AliasRows;
/// let coin = AliasRows::new([vec![(7, 0.25), (9, 0.75)]]);
/// assert_eq!(coin.sample(0, 0), 7);
/// assert_eq!(coin.sample(0, u64::MAX), 9);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasRows {
    heads: Vec<Head>,
    buckets: Vec<Bucket>,
}

/// Where a row's buckets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    first: u32,
    len: u32,
}

/// Memory of the construction, kept from row to row.
#[derive(Clone, Debug, Default)]
pub struct AliasScratch {
    mass: Vec<f64>,
    other: Vec<usize>,
    small: Vec<usize>,
    large: Vec<usize>,
}

impl AliasRows {
    /// Tables for rows of (outcome, probability); each row sums to 1 up to rounding and is not empty.
    pub fn new<R>(rows: impl IntoIterator<Item = R>) -> Self
    where
        R: IntoIterator<Item = (usize, f64)>,
    {
        let mut table = AliasRows { heads: Vec::new(), buckets: Vec::new() };
        let (mut row, mut scratch) = (Vec::new(), AliasScratch::default());
        for entries in rows {
            row.clear();
            row.extend(entries);
            table.push(&row, &mut scratch);
        }
        table
    }

    /// Forgets all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.heads.clear();
        self.buckets.clear();
    }

    /// Appends one row.
    ///
    /// # Panics
    /// If the row is empty.
    pub fn push(&mut self, row: &[(usize, f64)], scratch: &mut AliasScratch) {
        assert!(!row.is_empty(), "a distribution needs an outcome");
        let n = row.len();
        let short = |n: usize| u32::try_from(n).expect("an alias table of under 2^32 buckets");
        self.heads.push(Head { first: short(self.buckets.len()), len: short(n) });
        let AliasScratch { mass, other, small, large } = scratch;
        mass.clear();
        mass.extend(row.iter().map(|&(_, p)| p * n as f64));
        other.clear();
        other.extend(0..n);
        small.clear();
        large.clear();
        for (i, &mass) in mass.iter().enumerate() {
            if mass < 1.0 { small.push(i) } else { large.push(i) }
        }
        while let (Some(&needy), Some(&rich)) = (small.last(), large.last()) {
            small.pop();
            other[needy] = rich;
            mass[rich] -= 1.0 - mass[needy];
            if mass[rich] < 1.0 {
                large.pop();
                small.push(rich);
            }
        }
        for i in 0..n {
            // What rounding leaves without a partner owns its whole bucket; without mass it owns nothing of
            // it.
            if other[i] == i && row[i].1 == 0.0 {
                other[i] = likeliest(row);
            }
            let threshold = if other[i] == i { u64::MAX } else { scale(mass[i]) };
            self.buckets.push(Bucket { threshold, own: row[i].0 as u32, other: row[other[i]].0 as u32 });
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.heads.len()
    }

    /// The outcome of row `row` for the uniform word `x`.
    #[inline(always)]
    pub fn sample(&self, row: usize, x: u64) -> usize {
        let Head { first, len } = self.heads[row];
        let product = u128::from(x) * u128::from(len);
        let bucket = self.buckets[first as usize + (product >> 64) as usize];
        let outcome = if (product as u64) < bucket.threshold { bucket.own } else { bucket.other };
        outcome as usize
    }
}

fn likeliest(row: &[(usize, f64)]) -> usize {
    (0..row.len()).fold(0, |best, i| if row[i].1 > row[best].1 { i } else { best })
}

/// A fraction of 1 as a 64-bit threshold. The cast saturates, so 1.0 and what rounding puts above it become
/// the maximum.
fn scale(fraction: f64) -> u64 {
    (fraction * 18_446_744_073_709_551_616.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed apart, in Python, from DETERMINISM.md: outcome 5 is filled up first, by the last of those
    /// with more than enough.
    #[test]
    fn a_table_has_known_buckets() {
        let table = AliasRows::new([[(3, 0.1), (5, 0.2), (7, 0.3), (9, 0.4)]]);
        let known = [
            (0x6666_6666_6666_6800, 3, 9),
            (0xcccc_cccc_cccc_d000, 5, 9),
            (u64::MAX, 7, 7),
            (0xcccc_cccc_cccc_d800, 9, 7),
        ];
        assert_eq!(table.buckets, known.map(|(threshold, own, other)| Bucket { threshold, own, other }));
    }

    #[test]
    fn a_word_below_the_threshold_draws_the_bucket_s_own_outcome() {
        let table = AliasRows::new([[(3, 0.125), (5, 0.875)]]);
        // Of the bucket of outcome 3 a quarter is its own: words below 2^61.
        assert_eq!([0, (1 << 61) - 1, 1 << 61, u64::MAX].map(|x| table.sample(0, x)), [3, 3, 5, 5]);
    }
}
