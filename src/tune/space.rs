//! Which runs are made to tune a configuration.

use super::by::By;
use super::settings::{Settings, label};
use crate::config::Config;
use crate::experiment::LoadError;
use crate::sweep::{Base, Plan, Spec};
use thiserror::Error;

/// What is tuned, and for what.
#[derive(Clone, Debug, Default)]
pub struct Space {
    /// The keys whose values are tried, and these; where there is none, the step that the algorithm
    /// takes, the policy's or else the critic's, at a quarter to four times of what `"auto"` is in each arm.
    pub candidates: Spec,
    /// The arms, for each of which a value of every key is chosen.
    pub arms: Spec,
    /// Seeds that the experiment does not use.
    pub seeds: Vec<u64>,
    /// What decides; where nobody says it, the value of the last policy, and for algorithms that improve none
    /// the Bellman error.
    pub by: Option<By>,
}

/// A step size: its key, and the number that a resolved configuration has for it.
type Step = (&'static str, fn(&Config) -> Option<f64>);

/// Steps that are tuned where nobody names a key: the first that the algorithm takes.
const STEPS: [Step; 2] = [
    ("actor.eta", |config| config.actor.eta.given()?.constant()),
    ("critic.alpha", |config| config.critic.alpha.given()?.constant()),
];

/// The multiples of `"auto"` that are tried then.
const MULTIPLES: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

/// A sweep whose runs say which candidate is the best for each arm.
pub struct Tuning {
    /// The runs: arm by arm all candidates, and of each all seeds.
    pub plan: Plan,
    /// The keys of arms.
    pub of_arms: Vec<String>,
    /// The keys that are tuned.
    pub tuned: Vec<String>,
    /// How many candidates each arm has.
    pub candidates: usize,
    /// What decides.
    pub by: By,
}

/// Why there is nothing to tune, or no run of it.
#[derive(Debug, Error)]
pub enum SpaceError {
    /// An arm with a candidate that makes no run.
    #[error("the arm {0}: {1}")]
    Load(String, LoadError),
    /// No key was named, and the algorithm takes none that is tuned by itself.
    #[error("{algorithm} takes no step size that is tuned where nobody names a key")]
    NoStep {
        /// The algorithm.
        algorithm: String,
    },
}

impl Space {
    /// Resolves one run of every candidate of every arm.
    ///
    /// # Errors
    /// [`SpaceError`].
    ///
    /// # Panics
    /// If there are no seeds.
    pub fn plan(&self, base: Base) -> Result<Tuning, SpaceError> {
        let load = |(label, error)| SpaceError::Load(label, error);
        let of_arms: Vec<String> = self.arms.keys().map(str::to_owned).collect();
        let arms = self.arms.choices();
        // What the algorithm is, one arm says: arms are of one experiment.
        let first = base.prepare(&arms[0], self.seeds[0]).map_err(|error| load((label(&arms[0]), error)))?;
        let improves = first.resolved.evaluated.is_empty();
        let by = self.by.unwrap_or(if improves { By::Value } else { By::BellmanError });
        let (tuned, of_each) = if self.candidates.keys().next().is_some() {
            let tuned = self.candidates.keys().map(str::to_owned).collect();
            (tuned, arms.iter().map(|_| self.candidates.choices()).collect())
        } else {
            let config = &first.resolved.config;
            let is_free = |key: &str| !of_arms.iter().any(|of_arms| of_arms == key);
            let step = STEPS.iter().find(|(key, of)| of(config).is_some() && is_free(key));
            let Some(step) = step else {
                let algorithm = first.resolved.algorithm.name().to_owned();
                return Err(SpaceError::NoStep { algorithm });
            };
            let around = |arm: &Settings| around(&base, arm, self.seeds[0], *step);
            let of_each: Result<Vec<_>, _> = arms.iter().map(around).collect();
            (vec![step.0.to_owned()], of_each.map_err(load)?)
        };
        let candidates = of_each.first().map_or(0, Vec::len);
        let with = |(arm, candidates): (&Settings, Vec<Settings>)| {
            let with = |more: Settings| [&arm[..], &more].concat();
            candidates.into_iter().map(with).collect::<Vec<_>>()
        };
        let choices = arms.iter().zip(of_each).flat_map(with).collect();
        let keys = of_arms.iter().chain(&tuned).cloned().collect();
        let plan = Plan::of_choices(base, keys, choices, self.seeds.clone()).map_err(load)?;
        Ok(Tuning { plan, of_arms, tuned, candidates, by })
    }
}

/// The candidates around `"auto"` in an arm.
fn around(
    base: &Base,
    arm: &Settings,
    seed: u64,
    (key, of): Step,
) -> Result<Vec<Settings>, (String, LoadError)> {
    let auto = [&arm[..], &[(key.to_owned(), "auto".to_owned())]].concat();
    let prepared = base.prepare(&auto, seed).map_err(|error| (label(arm), error))?;
    // An algorithm that takes the step has a number for it.
    let auto = of(&prepared.resolved.config).unwrap_or(1.0);
    Ok(MULTIPLES.iter().map(|multiple| vec![(key.to_owned(), short(multiple * auto))]).collect())
}

/// A number with the three digits by which step sizes are told apart.
fn short(number: f64) -> String {
    let short: f64 = format!("{number:.2e}").parse().unwrap_or(number);
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::Registry;
    use crate::config::{Axis, Loaded};

    fn base(text: &str) -> Base {
        Base {
            loaded: Loaded::from_str("an example", text).expect("a configuration"),
            registry: Registry::BUILTIN,
        }
    }

    fn axes(texts: &[&str]) -> Spec {
        let axis = |text: &&str| Axis::of_argument(text, "--grid").expect("an axis");
        Spec { grid: texts.iter().map(axis).collect(), ..Spec::default() }
    }

    #[test]
    fn every_arm_has_the_same_number_of_candidates_around_its_own_auto() {
        let text = "problem.builtin = 'toggle'\nactor = { rounds = 4, local_steps = 8, eta = 7.5 }\n";
        let space =
            Space { arms: axes(&["actor.target=q,advantage"]), seeds: vec![1000], ..Space::default() };
        let tuning = space.plan(base(text)).expect("a plan");
        assert_eq!((tuning.candidates, tuning.plan.arms.len()), (5, 10));
        assert_eq!(tuning.by, By::Value);
        let etas: Vec<&str> = tuning.plan.arms.iter().map(|arm| arm.settings[1].1.as_str()).collect();
        // 12 / √4 for q and 40 / √4 for advantage, whatever the file says.
        assert_eq!(etas, ["1.5", "3.0", "6.0", "12.0", "24.0", "5.0", "10.0", "20.0", "40.0", "80.0"]);
    }

    #[test]
    fn algorithms_that_improve_no_policy_have_the_critics_step_tuned_by_its_error() {
        let text = "algorithm = 'dptd'\nproblem = { builtin = 'toggle', horizon = 2 }\n";
        let tuning = Space { seeds: vec![1000], ..Space::default() }.plan(base(text)).expect("a plan");
        assert_eq!(tuning.tuned, ["critic.alpha"]);
        assert_eq!((tuning.by, tuning.plan.arms.len()), (By::BellmanError, 5));
    }

    #[test]
    fn named_keys_are_tried_with_every_arm() {
        let text = "problem.builtin = 'toggle'\n";
        let space = Space {
            candidates: axes(&["actor.eta=log:1..4:3", "critic.alpha=0.1,0.2"]),
            arms: axes(&["federation.clients=1,2"]),
            seeds: vec![1000, 1001],
            by: Some(By::Mixture),
        };
        let tuning = space.plan(base(text)).expect("a plan");
        assert_eq!((tuning.candidates, tuning.plan.arms.len(), tuning.plan.cells().len()), (6, 12, 24));
        assert_eq!(
            label(&tuning.plan.arms[7].settings),
            "federation.clients=2, actor.eta=1, critic.alpha=0.2"
        );
    }
}
