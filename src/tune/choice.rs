//! The best candidate of every arm.

use super::by::By;
use super::settings::{Settings, label};
use super::space::Tuning;
use crate::results::{Run, RunStatus};
use crate::statistics::{Interval, Level, Paired, mean_and_standard_error};
use std::collections::BTreeMap;
use thiserror::Error;

/// A choice of values for the tuned keys, and what its runs have come to.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The tuned keys and their values.
    pub settings: Settings,
    /// What each seed has come to, of runs that are complete and have a finite number.
    pub scores: BTreeMap<u64, f64>,
    /// Seeds with none: a candidate that fails under one of them is not chosen.
    pub failed: usize,
}

impl Candidate {
    /// The mean and its standard error, which of one seed is not a number; none where a seed has failed.
    pub fn mean_and_standard_error(&self) -> Option<(f64, f64)> {
        let scores: Vec<f64> = self.scores.values().copied().collect();
        (self.failed == 0 && !scores.is_empty()).then(|| mean_and_standard_error(&scores))
    }

    fn mean(&self) -> Option<f64> {
        self.mean_and_standard_error().map(|(mean, _)| mean)
    }
}

/// What is chosen for an arm.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What candidates were judged by.
    pub by: By,
    /// The keys of arms and their values.
    pub arm: Settings,
    /// All candidates, in the order in which they were given.
    pub candidates: Vec<Candidate>,
    /// Which of them is the best; of equal ones the first.
    pub best: usize,
    /// Which of the others is.
    pub second: Option<usize>,
    /// Keys whose best value is the least or the largest that was tried: better ones may lie beyond.
    pub at_the_end: Vec<String>,
}

/// Nothing can be chosen for an arm.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Nothing {
    /// Every candidate has failed under some seed.
    #[error("{arm}: no candidate has a {by} under every seed", by = .by.name())]
    Failed {
        /// The arm as one reads it.
        arm: String,
        /// What they were to be judged by.
        by: By,
    },
    /// All have come to the same, so that nothing is known of what was tried.
    #[error("{arm}: the {by} of every candidate is the same", by = .by.name())]
    Equal {
        /// The arm as one reads it.
        arm: String,
        /// What they were to be judged by.
        by: By,
    },
}

impl Choice {
    /// The best candidate.
    pub fn best(&self) -> &Candidate {
        &self.candidates[self.best]
    }

    /// By how much the best one is better than the next, seed by seed; none of a single seed.
    pub fn lead(&self) -> Option<(f64, Interval)> {
        let (best, second) = (&self.best().scores, &self.candidates[self.second?].scores);
        let [more, less] = if self.by.better(1.0, 0.0) { [best, second] } else { [second, best] };
        let paired = Paired::of(more, less).ok()?;
        Some((paired.sample().mean(), paired.t_interval(Level::default())))
    }
}

impl Tuning {
    /// Chooses for every arm. `runs` are those of the plan, in the order of its cells.
    ///
    /// # Errors
    /// The first arm in which every candidate has failed under some seed.
    ///
    /// # Panics
    /// If there are not as many runs as cells.
    pub fn choose(&self, runs: &[Run]) -> Result<Vec<Choice>, Nothing> {
        let seeds = &self.plan.seeds;
        assert_eq!(runs.len(), self.plan.arms.len() * seeds.len(), "a run for every cell");
        let candidate = |(arm, runs): (&crate::sweep::Arm, &[Run])| {
            let score = |run: &Run| {
                let score = self.by.of(run).filter(|score| score.is_finite());
                score.filter(|_| run.status() == RunStatus::Complete)
            };
            let scores = seeds.iter().zip(runs).filter_map(|(&seed, run)| Some((seed, score(run)?)));
            let scores: BTreeMap<u64, f64> = scores.collect();
            let failed = seeds.len() - scores.len();
            Candidate { settings: arm.settings[self.of_arms.len()..].to_vec(), scores, failed }
        };
        let candidates: Vec<Candidate> =
            self.plan.arms.iter().zip(runs.chunks(seeds.len())).map(candidate).collect();
        let arms = self.plan.arms.chunks(self.candidates).zip(candidates.chunks(self.candidates));
        arms.map(|(arm, candidates)| {
            let arm = arm[0].settings[..self.of_arms.len()].to_vec();
            best(self.by, arm, candidates.to_vec())
        })
        .collect()
    }
}

fn best(by: By, arm: Settings, candidates: Vec<Candidate>) -> Result<Choice, Nothing> {
    let best_but = |but: Option<usize>| {
        let means = candidates.iter().enumerate().filter(|(at, _)| Some(*at) != but);
        let means = means.filter_map(|(at, candidate)| Some((at, candidate.mean()?)));
        means.fold(None, |best: Option<(usize, f64)>, (at, mean)| match best {
            Some((_, of)) if !by.better(mean, of) => best,
            _ => Some((at, mean)),
        })
    };
    let named = || if arm.is_empty() { "the configuration".to_owned() } else { label(&arm) };
    let Some((best, of_best)) = best_but(None) else { return Err(Nothing::Failed { arm: named(), by }) };
    let same =
        |candidate: &Candidate| candidate.mean().is_some_and(|mean| mean.to_bits() == of_best.to_bits());
    if candidates.len() > 1 && candidates.iter().all(same) {
        return Err(Nothing::Equal { arm: named(), by });
    }
    let second = best_but(Some(best)).map(|(at, _)| at);
    let at_the_end = ends(&candidates, best);
    Ok(Choice { by, arm, candidates, best, second, at_the_end })
}

/// The keys whose value in a candidate is the least or the largest of several numbers.
fn ends(candidates: &[Candidate], best: usize) -> Vec<String> {
    let number = |candidate: &Candidate, key: usize| candidate.settings[key].1.parse::<f64>().ok();
    let at_the_end = |key: &usize| {
        let all: Option<Vec<f64>> = candidates.iter().map(|candidate| number(candidate, *key)).collect();
        let (Some(all), Some(here)) = (all, number(&candidates[best], *key)) else { return false };
        let beyond = |is: fn(&f64, &f64) -> bool| all.iter().any(|other| is(other, &here));
        beyond(|other, here| other < here) != beyond(|other, here| other > here)
    };
    let keys = 0..candidates[best].settings.len();
    keys.filter(at_the_end).map(|key| candidates[best].settings[key].0.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(eta: &str, scores: &[f64], failed: usize) -> Candidate {
        Candidate {
            settings: vec![("actor.eta".to_owned(), eta.to_owned())],
            scores: (1000..).zip(scores.iter().copied()).collect(),
            failed,
        }
    }

    #[test]
    fn the_best_mean_is_chosen_and_a_candidate_that_fails_once_is_not() {
        let candidates = vec![
            candidate("1.0", &[1.0, 2.0], 0),
            candidate("2.0", &[9.0], 1),
            candidate("4.0", &[2.0, 2.5], 0),
            candidate("8.0", &[0.0, 4.0], 0),
        ];
        let choice = best(By::Value, Vec::new(), candidates.clone()).expect("a choice");
        assert_eq!((choice.best, choice.second), (2, Some(3)));
        assert!(choice.at_the_end.is_empty());
        let lead = choice.lead().expect("two seeds");
        assert!((lead.0 - 0.25).abs() < 1e-15, "{}", lead.0);
        let least = best(By::BellmanError, Vec::new(), candidates).expect("a choice");
        assert_eq!((least.best, least.second), (0, Some(3)));
        assert_eq!(least.at_the_end, ["actor.eta"]);
        assert!((least.lead().expect("two seeds").0 - 0.5).abs() < 1e-15, "less is better");
    }

    #[test]
    fn of_equal_ones_the_first_is_chosen_and_where_all_fail_none() {
        let mut equal = vec![candidate("1.0", &[1.0], 0), candidate("2.0", &[1.0], 0)];
        let undecided = best(By::Value, Vec::new(), equal.clone()).expect_err("nothing decides");
        assert_eq!(undecided.to_string(), "the configuration: the value of every candidate is the same");
        equal.push(candidate("4.0", &[0.5], 0));
        let choice = best(By::Value, Vec::new(), equal).expect("a choice");
        assert_eq!((choice.best, choice.second), (0, Some(1)));
        assert!(choice.lead().is_none(), "one seed has no interval");
        let arm = vec![("federation.clients".to_owned(), "4".to_owned())];
        let nothing = best(By::Value, arm, vec![candidate("1.0", &[], 2)]).expect_err("nothing");
        assert_eq!(nothing.to_string(), "federation.clients=4: no candidate has a value under every seed");
    }
}
