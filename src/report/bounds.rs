//! Right-hand sides of theorems, beside what runs have measured of the same.

use super::told::{ArmTheory, Bounded, TheoryBound};
use crate::results::{Arm, Run, RunStatus};
use crate::statistics::{Interval, Level, Sample};
use serde::Serialize;

/// A bound of an arm beside its measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoundBeside {
    /// The arm.
    pub arm: usize,
    /// The bound.
    pub bound: TheoryBound,
    /// What was measured.
    pub measured: Option<Measured>,
}

/// A mean over the seeds of an arm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// The mean.
    pub mean: f64,
    /// Its t interval, which one seed does not have.
    pub interval: Option<Interval>,
    /// Seeds.
    pub seeds: usize,
}

impl Bounded {
    /// What it is, as the head of a table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Bounded::BellmanError => "Bellman error E(ψ̂) of the critic at the end",
            Bounded::FirstBellmanError => {
                "Bellman error E(ψ̂) of the first round's critic, which is of the policy that constants are of"
            }
            Bounded::MeanGap { .. } => {
                "Optimum less the mean value of the rounds' policies, with rewards scaled to [0, 1]"
            }
            Bounded::Displacement => {
                "Distance, squared, of a client's critic from where it began, at the first barrier (mean over clients)"
            }
        }
    }

    /// Whether two are of the same kind.
    pub(super) fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    fn of(self, run: &Run) -> Option<f64> {
        let first = || run.rounds().iter().find(|row| row.round == 1);
        match self {
            Bounded::BellmanError => run.bellman_error(),
            Bounded::FirstBellmanError => first()?.bellman_error,
            Bounded::MeanGap { rewards } => Some((run.optimum()? - run.mixture()?) / rewards),
            Bounded::Displacement => first()?.drift_critic,
        }
    }
}

impl Measured {
    /// Of the complete runs of an arm.
    fn of(bounded: Bounded, arm: &Arm<'_>) -> Option<Self> {
        let complete = arm.runs.values().filter(|run| run.status() == RunStatus::Complete);
        let values: Vec<f64> = complete.filter_map(|run| bounded.of(run)).collect();
        let sample = Sample::of(&values).ok()?;
        let interval = sample.t_interval(Level::default()).ok().filter(|_| sample.seeds() > 1);
        Some(Measured { mean: sample.mean(), interval, seeds: sample.seeds() })
    }
}

impl BoundBeside {
    /// Those of all arms, in the order of the theorems.
    pub(super) fn all(arms: &[Arm<'_>], given: &[ArmTheory]) -> Vec<Self> {
        let of_arm = |theory: &ArmTheory| {
            let arm = theory.arm;
            let beside = |bound: &TheoryBound| {
                let measurable = bound.not_measured.is_none();
                let measured = measurable.then(|| Measured::of(bound.of, arms.get(arm)?)).flatten();
                BoundBeside { arm, bound: bound.clone(), measured }
            };
            theory.bounds.iter().map(beside).collect::<Vec<_>>()
        };
        given.iter().flat_map(of_arm).collect()
    }

    /// Whether the measurement is below the bound, where there are both.
    pub(super) fn is_below(&self) -> Option<bool> {
        Some(self.measured?.mean <= self.bound.value?)
    }

    /// Whether the two can contradict each other: the bound has its constants, and all that it takes for
    /// granted.
    pub(super) fn speaks(&self) -> bool {
        !self.bound.in_order && self.bound.unmet.is_empty()
    }
}
