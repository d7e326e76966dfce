//! What the sweeps of an experiment have left.

use crate::config::Clients;
use crate::exact::{BellmanError, WorkLimitExceeded};
use crate::experiment::{LoadError, PoliciesError, Prepared, SavedPolicy, read_policies};
use crate::paper::form::Form;
use crate::paper::mean_rewards::MeanRewards;
use crate::results::{Run, RunStatus};
use crate::statistics::{Sample, StatisticsError};
use crate::sweep::Plan;
use std::collections::BTreeMap;
use thiserror::Error;

/// Operations that the exact values of one small problem may take.
const OPERATIONS: u64 = 1_000_000_000;

/// The runs of all sweeps of an experiment.
pub struct Measured {
    /// How thoroughly.
    pub form: Form,
    /// The sweeps, in the experiment's order.
    pub sweeps: Vec<Swept>,
}

/// A sweep that has been run, or planned where nothing of it runs.
pub struct Swept {
    /// Its name.
    pub name: &'static str,
    /// Its plan.
    pub plan: Plan,
    /// Its runs, in the order of its cells; none where nothing of it runs.
    pub runs: Vec<Run>,
}

/// An arm with its runs.
#[derive(Clone, Copy)]
pub struct MeasuredArm<'a> {
    swept: &'a Swept,
    number: usize,
}

/// Why there is no verdict.
#[derive(Debug, Error)]
pub enum Lacking {
    /// A number that runs should have.
    #[error("{sweep}: the arm {arm} has no {what}")]
    Number {
        /// The sweep.
        sweep: &'static str,
        /// The arm.
        arm: String,
        /// What is missing.
        what: &'static str,
    },
    /// An arm that the sweep should have.
    #[error("{sweep}: there is no arm with {settings}")]
    Arm {
        /// The sweep.
        sweep: &'static str,
        /// The settings.
        settings: String,
    },
    /// A society that ended in a fault.
    #[error(transparent)]
    Fault(#[from] dpac_actors::Fault),
    /// What statistics refuse.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    /// An arm that makes no run.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A critic that cannot be read, or policies.
    #[error(transparent)]
    Critic(#[from] PoliciesError),
    /// Values that take too long.
    #[error(transparent)]
    Work(#[from] WorkLimitExceeded),
}

impl Lacking {
    /// Whether runs of a sweep lack it, which its tables show.
    pub fn is_of_runs(&self) -> bool {
        matches!(self, Lacking::Number { .. } | Lacking::Critic(_))
    }
}

impl Measured {
    /// The sweep of a name.
    ///
    /// # Panics
    /// If the experiment has none.
    pub fn sweep(&self, name: &str) -> &Swept {
        self.sweeps.iter().find(|swept| swept.name == name).expect("a sweep of the experiment")
    }
}

impl Swept {
    /// All arms, in the order of the plan.
    pub fn arms(&self) -> impl Iterator<Item = MeasuredArm<'_>> {
        (0..self.plan.arms.len()).map(|number| MeasuredArm { swept: self, number })
    }

    /// The arms that have these settings, as they are written.
    pub fn with<'a>(&'a self, settings: &'a [(&str, &str)]) -> impl Iterator<Item = MeasuredArm<'a>> {
        self.arms().filter(|arm| settings.iter().all(|(key, value)| arm.setting(key) == Some(*value)))
    }

    /// The different values of these keys that arms have, in the order of the plan.
    pub fn choices<'a>(&'a self, keys: &[&'a str]) -> Vec<Vec<(&'a str, &'a str)>> {
        let mut found: Vec<Vec<(&str, &str)>> = Vec::new();
        for arm in self.arms() {
            let of = |key: &&'a str| Some((*key, arm.setting(key)?));
            let choice: Vec<_> = keys.iter().filter_map(of).collect();
            if !found.contains(&choice) {
                found.push(choice);
            }
        }
        found
    }

    /// The only arm with these settings.
    ///
    /// # Errors
    /// Where there is none.
    pub fn arm(&self, settings: &[(&str, &str)]) -> Result<MeasuredArm<'_>, Lacking> {
        let named = || settings.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
        let has =
            |arm: &MeasuredArm<'_>| settings.iter().all(|(key, value)| arm.setting(key) == Some(*value));
        self.arms().find(has).ok_or_else(|| Lacking::Arm { sweep: self.name, settings: named().join(", ") })
    }
}

impl<'a> MeasuredArm<'a> {
    /// The value of a key along which the sweep goes, as a word without quotes.
    pub fn setting(&self, key: &str) -> Option<&'a str> {
        let settings = &self.swept.plan.arms[self.number].settings;
        settings.iter().find(|(of, _)| of == key).map(|(_, value)| value.trim_matches(['"', '\'']))
    }

    /// The number that a key has in this arm.
    ///
    /// # Errors
    /// Where it has none.
    pub fn number(&self, key: &'static str) -> Result<f64, Lacking> {
        let parsed = self.setting(key).and_then(|value| value.parse().ok());
        parsed.ok_or_else(|| self.lacks(key))
    }

    /// Its seeds, in the order of its runs.
    pub fn seeds(&self) -> &'a [u64] {
        &self.swept.plan.seeds
    }

    /// Its runs, by seed.
    pub fn runs(&self) -> &'a [Run] {
        let seeds = self.swept.plan.seeds.len();
        self.swept.runs.get(self.number * seeds..(self.number + 1) * seeds).unwrap_or(&[])
    }

    /// A number of every run.
    ///
    /// # Errors
    /// Where a run is not complete, or has none.
    pub fn values(&self, what: &'static str, of: impl Fn(&Run) -> Option<f64>) -> Result<Vec<f64>, Lacking> {
        let runs = self.runs();
        let value = |run: &Run| of(run).filter(|_| run.status() == RunStatus::Complete);
        let values: Option<Vec<f64>> = runs.iter().map(value).collect();
        values.filter(|values| !values.is_empty()).ok_or_else(|| self.lacks(what))
    }

    /// The same by seed.
    ///
    /// # Errors
    /// As [`Self::values`].
    pub fn by_seed(
        &self,
        what: &'static str,
        of: impl Fn(&Run) -> Option<f64>,
    ) -> Result<BTreeMap<u64, f64>, Lacking> {
        Ok(self.swept.plan.seeds.iter().copied().zip(self.values(what, of)?).collect())
    }

    /// The critic of every run.
    ///
    /// # Errors
    /// Where a run has none.
    pub fn critics(&self) -> Result<Vec<Vec<f64>>, Lacking> {
        let length = self.prepared()?.resolved.subject.stacked_critic();
        let critic = |run: &Run| -> Result<Vec<f64>, Lacking> {
            let rows = read_policies(&run.path().join("critic.npy"), length)?;
            rows.into_iter().next().ok_or_else(|| self.lacks("critic"))
        };
        self.runs().iter().map(critic).collect()
    }

    /// θ of every round of its first run, from 0, and the last one.
    ///
    /// # Errors
    /// Where it has not kept them.
    pub fn policies(&self) -> Result<Vec<Vec<f64>>, Lacking> {
        let run = self.runs().first().ok_or_else(|| self.lacks("run"))?;
        let length = self.prepared()?.resolved.subject.d_theta();
        let mut policies = read_policies(&run.path().join("policies.npy"), length)?;
        let last = SavedPolicy::read(&run.path().join("policy.json"));
        policies.push(last.map_err(|_| self.lacks("last policy"))?.theta);
        Ok(policies)
    }

    /// Its problem with the mean of its clients' rewards, for policies of a window.
    ///
    /// # Errors
    /// Where it makes no run any more.
    ///
    /// # Panics
    /// If its problem is not small, has real-valued readings, or clients differ in more than rewards.
    pub fn mean_rewards(&self, length: usize) -> Result<MeanRewards, Lacking> {
        let resolved = self.prepared()?.resolved;
        let variation = resolved.config.problem.clients.and_then(Clients::variation).unwrap_or_default();
        let model = &resolved.problem.tabular().expect("finitely many observations").model;
        let (clients, window) = (resolved.config.federation.clients, [resolved.horizon(), length]);
        Ok(MeanRewards::of(model, &variation, clients, window, resolved.gamma))
    }

    /// How far the critic of every run is from the exact action values of the uniform policy.
    ///
    /// # Errors
    /// Where a run has no critic, or the problem is too large.
    pub fn bellman_errors(&self) -> Result<Vec<BellmanError>, Lacking> {
        let subject = self.prepared()?.resolved.subject;
        let uniform = vec![0.0; subject.d_theta()];
        let error = |psi: Vec<f64>| subject.bellman_error(&uniform, &psi, OPERATIONS).ok();
        let errors: Option<Vec<_>> = self.critics()?.into_iter().map(error).collect();
        errors.ok_or_else(|| self.lacks("exact action values"))
    }

    /// A number of every run as a sample.
    ///
    /// # Errors
    /// As [`Self::values`], and where a number is not finite.
    pub fn sample(&self, what: &'static str, of: impl Fn(&Run) -> Option<f64>) -> Result<Sample, Lacking> {
        Ok(Sample::of(&self.values(what, of)?)?)
    }

    /// The run that its first seed has, resolved anew.
    ///
    /// # Errors
    /// Where it makes no run any more.
    pub fn prepared(&self) -> Result<Prepared, Lacking> {
        let plan = &self.swept.plan;
        Ok(plan.base.prepare(&plan.arms[self.number].settings, plan.seeds[0])?)
    }

    fn lacks(&self, what: &'static str) -> Lacking {
        Lacking::Number { sweep: self.swept.name, arm: self.swept.plan.arms[self.number].label.clone(), what }
    }
}
