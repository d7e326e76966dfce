//! How clients that share out a map come to its optimum, round by round, by exact values.

use super::{Lacking, MeasuredArm, Swept};
use crate::results::Run;

/// Pairs of action and reading that policies on the map see.
const WINDOW: usize = 1;

/// Shares of the way from the uniform policy, which `θ_0` is, to the optimum, after 0, 1, ... rounds. Nothing
/// is drawn, so that one run is all.
pub(super) struct Way {
    shares: Vec<f64>,
}

impl Way {
    /// Of an arm's first run: from its own values where all of them are exact, else from the policies that it
    /// has kept.
    pub(super) fn of(arm: &MeasuredArm<'_>) -> Result<Self, Lacking> {
        let mean = arm.mean_rewards(WINDOW)?;
        let values = match arm.runs().first().and_then(exact_values) {
            Some(values) => values,
            None => mean.values(&arm.policies()?)?,
        };
        let (optimum, uniform) = (mean.optimum()?, values[0]);
        Ok(Way { shares: values.iter().map(|value| (value - uniform) / (optimum - uniform)).collect() })
    }

    /// At the last policy.
    pub(super) fn last(&self) -> f64 {
        self.shares[self.rounds()]
    }

    /// Of the uniform mixture of the rounds' policies: how fast it is.
    pub(super) fn mean(&self) -> f64 {
        let rounds = &self.shares[..self.rounds()];
        rounds.iter().fold(0.0, |sum, share| sum + share) / rounds.len() as f64
    }

    pub(super) fn rounds(&self) -> usize {
        self.shares.len() - 1
    }

    /// The first round at which a share is reached.
    pub(super) fn first(&self, mark: f64) -> Option<usize> {
        self.shares.iter().position(|share| *share >= mark)
    }

    /// The first round from which on a share is kept.
    pub(super) fn kept(&self, mark: f64) -> Option<usize> {
        let kept = self.shares.iter().rev().take_while(|share| **share >= mark).count();
        (kept > 0).then(|| self.shares.len() - kept)
    }
}

/// The values after every round, if none was estimated.
fn exact_values(run: &Run) -> Option<Vec<f64>> {
    let value = |row: &crate::results::RoundRow| row.value.filter(|_| row.standard_error.is_none());
    let values: Option<Vec<f64>> = run.rounds().iter().map(value).collect();
    values.filter(|values| values.len() as u64 == run.rounds_over() + 1)
}

/// A way, with the step that it was taken with.
pub(super) struct Stepped<'a> {
    pub(super) eta: &'a str,
    pub(super) arm: MeasuredArm<'a>,
    pub(super) way: Way,
}

impl Stepped<'_> {
    /// The step, where all arms of its sweep have one.
    pub(super) fn eta_of_run(&self) -> &str {
        self.arm.runs().first().and_then(|run| run.key("actor.eta")).unwrap_or_default()
    }
}

/// Arms that differ in the step of the policy alone.
pub(super) struct Steps<'a> {
    pub(super) settings: Vec<(&'a str, &'a str)>,
    pub(super) stepped: Vec<Stepped<'a>>,
}

impl<'a> Steps<'a> {
    /// Those of a sweep, by the values of these keys.
    pub(super) fn of(swept: &'a Swept, keys: &[&'a str]) -> Result<Vec<Self>, Lacking> {
        let mut found = Vec::new();
        for settings in swept.choices(keys) {
            let mut stepped = Vec::new();
            for arm in swept.arms() {
                if settings.iter().all(|(key, value)| arm.setting(key) == Some(*value)) {
                    let eta = arm.setting("actor.eta").unwrap_or_default();
                    stepped.push(Stepped { eta, arm, way: Way::of(&arm)? });
                }
            }
            found.push(Steps { settings, stepped });
        }
        Ok(found)
    }

    /// What a key is here.
    pub(super) fn setting(&self, key: &str) -> Option<&'a str> {
        self.settings.iter().find(|(of, _)| *of == key).map(|(_, value)| *value)
    }

    /// The one with the best mixture, of equal ones the first: what `dpac tune --by mixture` chooses.
    pub(super) fn fastest(&self) -> &Stepped<'a> {
        let first = &self.stepped[0];
        self.stepped.iter().fold(first, |best, one| if one.way.mean() > best.way.mean() { one } else { best })
    }

    /// At how many of the steps that both have this one keeps a share later than another, and at how many
    /// earlier; a share that is never kept is later than one that is.
    pub(super) fn later_and_earlier(&self, than: &Self, mark: f64) -> [usize; 2] {
        let mut found = [0; 2];
        for one in &self.stepped {
            let Some(other) = than.stepped.iter().find(|other| other.eta == one.eta) else { continue };
            let [one, other] = [one, other].map(|stepped| stepped.way.kept(mark).unwrap_or(usize::MAX));
            found[0] += usize::from(one > other);
            found[1] += usize::from(one < other);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::Way;

    #[test]
    fn a_share_is_reached_once_and_kept_from_where_it_is_not_lost_any_more() {
        let way = Way { shares: vec![0.0, 0.95, 0.7, 0.9, 1.0] };
        assert_eq!((way.first(0.9), way.kept(0.9)), (Some(1), Some(3)));
        assert_eq!((way.first(0.99), way.kept(0.99), way.kept(1.1)), (Some(4), Some(4), None));
        assert_eq!((way.rounds(), way.kept(0.0)), (4, Some(0)));
        assert!((way.last() - 1.0).abs() < 1e-15 && (way.mean() - 2.55 / 4.0).abs() < 1e-15);
    }
}
