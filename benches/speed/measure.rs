//! Timing in pairs, so that what the machine does meanwhile strikes both sides.

use std::time::Instant;

/// Two ways of doing the same work, timed in turns.
pub(crate) struct Paired {
    /// Seconds of each turn of the first.
    pub(crate) first: Vec<f64>,
    /// Of the second.
    pub(crate) second: Vec<f64>,
}

impl Paired {
    /// `pairs` turns of each; they take turns at going first. One more pair before them is not counted.
    pub(crate) fn time(pairs: usize, mut first: impl FnMut(), mut second: impl FnMut()) -> Self {
        let mut paired = Paired { first: Vec::new(), second: Vec::new() };
        first();
        second();
        for pair in 0..pairs {
            if pair % 2 == 0 {
                paired.first.push(seconds(&mut first));
                paired.second.push(seconds(&mut second));
            } else {
                paired.second.push(seconds(&mut second));
                paired.first.push(seconds(&mut first));
            }
        }
        paired
    }

    /// Median over the pairs of (time of the first / time of the second): the second's rate in units of the
    /// first's.
    pub(crate) fn ratio(&self) -> f64 {
        median(self.first.iter().zip(&self.second).map(|(first, second)| first / second))
    }
}

/// What `work` takes.
pub(crate) fn seconds(work: impl FnOnce()) -> f64 {
    let began = Instant::now();
    work();
    began.elapsed().as_secs_f64()
}

/// The middle one; of an even number the upper of the two in the middle.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
