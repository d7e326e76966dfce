//! Numbers of Table 2's panels: with their errors, censored, on the way to a run's end.

use super::{Lacking, MeasuredArm, Spot, short};
use crate::results::{Costs, Run};
use crate::statistics::Sample;

/// The mean of a sample ± its standard error.
pub(super) fn with_error(sample: &Sample) -> Result<String, Lacking> {
    Ok(format!("{} ± {}", short(sample.mean()), short(sample.standard_error()?)))
}

/// The median of so many numbers, of which those that are missing are larger than all others.
pub(super) fn median(mut there: Vec<u64>, all: usize) -> String {
    there.sort_unstable();
    let at = |i: usize| there.get(i).copied();
    match (at((all - 1) / 2), at(all / 2)) {
        (Some(low), Some(high)) => (low.midpoint(high)).to_string(),
        _ => "censored".to_owned(),
    }
}

/// A round, or that it never came.
pub(super) fn held(round: Option<usize>) -> String {
    round.map_or_else(|| "-".to_owned(), |round| round.to_string())
}

/// The gap after 1, 2, 4, ... rounds and at the end, over what had been spent. Runs of an arm send equally
/// much.
pub(super) fn on_the_way(arm: &MeasuredArm<'_>, spent: fn(&Costs) -> u64) -> Result<Vec<Spot>, Lacking> {
    let Some(first) = arm.runs().first() else { return Ok(Vec::new()) };
    let last = first.rounds().len().saturating_sub(1);
    let mut spots = Vec::new();
    for (i, row) in first.rounds().iter().enumerate() {
        if i == 0 || (i != last && !row.round.is_power_of_two()) {
            continue;
        }
        let gap = |run: &Run| run.rounds().get(i)?.gap();
        spots.push(Spot::of(spent(&row.costs) as f64, &arm.sample("gap", gap)?)?);
    }
    Ok(spots)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn medians_take_what_is_missing_for_larger_than_all_that_is_there() {
        assert_eq!(median(vec![5, 1, 3], 3), "3");
        assert_eq!(median(vec![5, 1, 3], 4), "4");
        assert_eq!(median(vec![1, 3, 5], 5), "5");
        // The middle two of six are the third and the fourth, which nobody knows.
        assert_eq!(median(vec![1, 3, 5], 6), "censored");
        assert_eq!(median(Vec::new(), 10), "censored");
    }
}
