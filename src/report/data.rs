//! All that a page says, as data.

use super::again::Again;
use super::arms::ArmLine;
use super::configuration::Configuration;
use super::costs::ArmCosts;
use super::error::ReportError;
use super::figures::{FigureGroup, groups};
use super::given::Given;
use super::limits::{ARMS_MAX, RUNS_MAX};
use super::provenance::{Provenance, notes};
use super::targets::TargetTable;
use super::theory::Theory;
use super::values::{Values, quantities};
use super::{asked, found};
use crate::results::{Results, arms as arms_of};
use serde::Serialize;

/// A page's data.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What stands above it.
    pub title: String,
    /// What was asked, in sentences.
    pub asked: Vec<String>,
    /// The keys that were varied: key, what it means, its values.
    pub axes: Vec<(String, String, Vec<String>)>,
    /// What came out, in sentences.
    pub found: Vec<String>,
    /// What is to be known of the runs.
    pub notes: Vec<String>,
    /// The arms, which other parts name by their place here.
    pub arms: Vec<ArmLine>,
    /// The figures.
    pub figures: Vec<FigureGroup>,
    /// What every arm has come to.
    pub values: Vec<Values>,
    /// What it took to reach targets.
    pub targets: Vec<TargetTable>,
    /// What every arm has cost.
    pub costs: Vec<ArmCosts>,
    /// What theory says, beside what was measured.
    pub theory: Theory,
    /// The configurations.
    pub configuration: Configuration,
    /// Where all of it comes from.
    pub provenance: Provenance,
    /// How to make it again.
    pub again: Again,
}

impl Report {
    /// The report of some runs.
    ///
    /// # Errors
    /// Where there are too many, or one of them is there twice.
    pub fn of(results: &Results, given: &Given) -> Result<Self, ReportError> {
        let runs = results.runs();
        if runs.len() > RUNS_MAX {
            return Err(ReportError::TooManyRuns { runs: runs.len() });
        }
        let arms = arms_of(results)?;
        if arms.is_empty() {
            return Err(ReportError::NoRuns);
        }
        if arms.len() > ARMS_MAX {
            return Err(ReportError::TooManyArms { arms: arms.len() });
        }
        let lines: Vec<ArmLine> = arms.iter().map(ArmLine::of).collect();
        let about = quantities(&arms);
        let compared = |at: usize| at == 0;
        let values = about.iter().enumerate();
        let values: Vec<Values> =
            values.map(|(at, &quantity)| Values::of(quantity, compared(at), &arms)).collect();
        let targets: Vec<TargetTable> =
            given.targets.iter().map(|target| TargetTable::of(*target, &arms)).collect();
        let costs: Vec<ArmCosts> = arms.iter().map(ArmCosts::of).collect();
        let theory = Theory::of(&arms, given);
        let mut notes = notes(results, given.missing);
        let figures = groups(results, &about, &mut notes);
        let configuration = Configuration::of(&arms, given);
        let found = found::sentences(&found::Parts {
            arms: &arms,
            lines: &lines,
            values: &values,
            targets: &targets,
            costs: &costs,
            theory: &theory,
        });
        Ok(Report {
            title: given.title.clone().unwrap_or_else(|| asked::title(&arms)),
            asked: asked::sentences(&arms, given),
            axes: asked::axes(&arms, given),
            found,
            notes,
            figures,
            values,
            targets,
            costs,
            theory,
            again: Again::of(&arms, &configuration, &given.targets),
            configuration,
            provenance: Provenance::of(results, &arms),
            arms: lines,
        })
    }
}
