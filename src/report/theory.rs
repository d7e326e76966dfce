//! What theory says, beside what was measured.

use super::costs::sum;
use crate::results::{Arm, Predicted, Run, RunStatus};
use serde::Serialize;

/// Theory and measurement.
#[derive(Clone, Debug, Serialize)]
pub struct Theory {
    /// Runs that have come to their end, or have failed.
    pub compared: usize,
    /// Those of them whose messages were those of the closed form, to the unit.
    pub hold: usize,
    /// Where they were not, with the run's arm and seed.
    pub differences: Vec<String>,
    /// Counts of every arm that has a run to compare.
    pub counts: Vec<CountsBeside>,
    /// What else theory says, where it was asked.
    pub numbers: Vec<TheoryNumber>,
}

/// The counts of one run of an arm, predicted and measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CountsBeside {
    /// The arm.
    pub arm: usize,
    /// Messages.
    pub messages: (u64, u64),
    /// Parameters in them.
    pub floats: (u64, u64),
    /// Bytes on the wire.
    pub wire_bytes: (u64, u64),
    /// Barriers.
    pub barriers: (u64, u64),
    /// Fan-outs that follow no barrier.
    pub broadcasts: (u64, u64),
}

/// A number of theory: a constant, a term of a bound, a size.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TheoryNumber {
    /// The arm that it is of; none where it is of all.
    pub arm: Option<usize>,
    /// Its letter.
    pub symbol: String,
    /// What it is.
    pub name: String,
    /// Its value, where there is one.
    pub value: Option<f64>,
    /// What was measured of the same, where it was.
    pub measured: Option<f64>,
    /// Where the paper has it, or that it has it not.
    pub equation: String,
    /// How it was found, or why there is no value.
    pub how: String,
}

impl Theory {
    pub(super) fn of(arms: &[Arm<'_>], numbers: Vec<TheoryNumber>) -> Self {
        let ended = |run: &&&Run| matches!(run.status(), RunStatus::Complete | RunStatus::Failed);
        let runs = || arms.iter().flat_map(|arm| arm.runs.values()).filter(ended);
        let hold = runs().filter(|run| run.closed_form_holds() == Some(true)).count();
        let mut differences = Vec::new();
        for arm in arms {
            for (seed, run) in arm.runs.iter().filter(|(_, run)| ended(run)) {
                let told = run.closed_form_differences().iter();
                differences.extend(told.map(|what| format!("{}, seed {seed}: {what}", arm.label())));
            }
        }
        let counts = arms.iter().enumerate().filter_map(|(at, arm)| CountsBeside::of(at, arm)).collect();
        Theory { compared: runs().count(), hold, differences, counts, numbers }
    }
}

impl CountsBeside {
    /// Of the first run that has come to its end.
    fn of(at: usize, arm: &Arm<'_>) -> Option<Self> {
        let run = arm.runs.values().find(|run| run.status() == RunStatus::Complete)?;
        let Predicted { up, down, peer, barriers, broadcasts } = run.predicted()?;
        let (ways, costs) = ([up, down, peer], run.totals());
        Some(CountsBeside {
            arm: at,
            messages: (sum(&ways.map(|way| way.messages)), costs.messages()),
            floats: (sum(&ways.map(|way| way.floats)), costs.floats()),
            wire_bytes: (sum(&ways.map(|way| way.wire_bytes)), costs.wire_bytes()),
            barriers: (barriers, costs.barriers),
            broadcasts: (broadcasts, costs.broadcasts),
        })
    }

    /// Whether all of them are the same.
    pub(super) fn all_equal(&self) -> bool {
        [self.messages, self.floats, self.wire_bytes, self.barriers, self.broadcasts]
            .iter()
            .all(|(predicted, measured)| predicted == measured)
    }
}
