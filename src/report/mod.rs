//! A report: what some runs were asked, what they have found and what that cost, on one page that needs
//! nothing beside it.
//!
//! A [`Report`] is typed data made of [`crate::results::Results`] and of what the command knows besides
//! ([`Given`]); [`Report::page`] makes an HTML page of it, and the page carries the same data as JSON.
//! Nothing here reads or writes files, or asks a clock: equal runs give equal bytes. Whatever a stranger's
//! file says is escaped where it enters the page ([`html`]).

mod again;
mod arms;
mod asked;
mod configuration;
mod costs;
mod error;
mod figures;
mod found;
mod html;
mod meanings;
mod moment;
mod numbers;
mod page;
mod provenance;
mod sections;
mod targets;
mod theory;
mod values;

pub use again::Again;
pub use arms::ArmLine;
pub use configuration::{Change, Configuration, Input};
pub use costs::{ArmCosts, Counts};
pub use error::ReportError;
pub use figures::{DrawnFigure, DrawnLine, DrawnPanel, FigureGroup};
pub use provenance::{Provenance, RunLine};
pub use targets::TargetTable;
pub use theory::{CountsBeside, Theory, TheoryNumber};
pub use values::{Difference, Estimated, Found, Values};

use crate::config::algorithm::Words;
use crate::results::{Quantity, Results, Target, arms as arms_of};
use serde::Serialize;

/// The most runs of a report.
pub const RUNS_MAX: usize = 5000;

/// The most arms of a report: as many rows have its tables.
pub const ARMS_MAX: usize = 200;

/// The most points of a line of its figures.
pub const POINTS_MAX: usize = 200;

/// What a report is made with besides the runs.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// What stands above it; else its problem and algorithm.
    pub title: Option<String>,
    /// What runs may reach.
    pub targets: Vec<Target>,
    /// How many runs of the sweep are not begun.
    pub missing: usize,
    /// The algorithms by name, with what they are and the keys that they have.
    pub algorithms: Vec<Words>,
    /// Names and texts of the first run's input files.
    pub inputs: Vec<Input>,
    /// The first run's `config.toml`.
    pub configuration: String,
    /// What theory says of the arms, where it was asked.
    pub theory: Vec<TheoryNumber>,
}

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
        let about = values::quantities(&arms);
        let compared = |at: usize| at == 0;
        let values = about.iter().enumerate();
        let values: Vec<Values> =
            values.map(|(at, &quantity)| Values::of(quantity, compared(at), &arms)).collect();
        let targets: Vec<TargetTable> =
            given.targets.iter().map(|target| TargetTable::of(*target, &arms)).collect();
        let costs: Vec<ArmCosts> = arms.iter().map(ArmCosts::of).collect();
        let theory = Theory::of(&arms, given.theory.clone());
        let mut notes = provenance::notes(results, given.missing);
        let figures = figures::groups(results, &about, &mut notes);
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

/// What a quantity is called in sentences.
pub(crate) fn name_of(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Value => "value",
        Quantity::Gap => "gap to the optimum",
        Quantity::Share => "share of the way from the uniform policy to the optimum",
        Quantity::BellmanError => "Bellman error",
        Quantity::DriftActor => "drift of actors",
        Quantity::DriftCritic => "drift of critics",
    }
}
