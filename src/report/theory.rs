//! What theory says, beside what was measured.

use super::bounds::BoundBeside;
use super::costs::sum;
use super::given::Given;
use super::told::{ArmTheory, TheoryNumber};
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
    /// Right-hand sides of theorems, beside what was measured of the same.
    pub bounds: Vec<BoundBeside>,
    /// Constants, steps and sizes; those that are the same in all arms that have any stand once.
    pub numbers: Vec<NumberOfArms>,
    /// The policies that constants are of, each once.
    pub policies: Vec<String>,
    /// Arms of which there is no theory, and why.
    pub untold: Vec<String>,
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

/// A number of theory, and whose it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NumberOfArms {
    /// The arm; none where it is the same in all.
    pub arm: Option<usize>,
    /// The number.
    #[serde(flatten)]
    pub number: TheoryNumber,
}

impl Theory {
    pub(super) fn of(arms: &[Arm<'_>], given: &Given) -> Self {
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
        let mut policies: Vec<String> = Vec::new();
        for theory in &given.theory {
            if !policies.contains(&theory.policy) {
                policies.push(theory.policy.clone());
            }
        }
        Theory {
            compared: runs().count(),
            hold,
            differences,
            counts,
            bounds: BoundBeside::all(arms, &given.theory),
            numbers: numbers(&given.theory),
            policies,
            untold: given.untold.clone(),
        }
    }
}

/// The numbers of all arms, side by side: those that have one name stand together, and once where they are
/// the same.
fn numbers(given: &[ArmTheory]) -> Vec<NumberOfArms> {
    let Some(first) = given.first() else { return Vec::new() };
    let mut found = Vec::new();
    for (at, number) in first.numbers.iter().enumerate() {
        // Every arm has the same list.
        let same = |theory: &ArmTheory| theory.numbers.get(at) == Some(number);
        if given.iter().all(same) {
            found.push(NumberOfArms { arm: None, number: number.clone() });
            continue;
        }
        let of_arm = |theory: &ArmTheory| {
            let number = theory.numbers.get(at)?.clone();
            Some(NumberOfArms { arm: Some(theory.arm), number })
        };
        found.extend(given.iter().filter_map(of_arm));
    }
    found
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
