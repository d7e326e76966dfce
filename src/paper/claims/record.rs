//! What an experiment leaves behind: everything that was found, and of what.

use super::curve::Curves;
use super::experiment::Experiment;
use super::measured::{Measured, Swept};
use super::table::Table;
use super::verdict::{Judged, Verdict};
use crate::experiment::RESULTS_EPOCH;
use crate::paper::form::Form;
use serde::{Deserialize, Serialize};

/// An experiment that has been run. Its page is written from this alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What the command line calls it.
    pub experiment: String,
    /// One line.
    pub title: String,
    /// What our copy of the paper says.
    pub claim: String,
    /// What of it is measured, and how.
    pub reading: String,
    /// The program's version and commit.
    pub program: String,
    /// Raised with every change after which runs give other bits.
    pub results_epoch: u32,
    /// How thoroughly it was run.
    pub form: Form,
    /// Whether all criteria are met.
    pub passed: bool,
    /// Number by number.
    pub verdicts: Vec<Verdict>,
    /// What stands in tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    /// What is drawn.
    pub curves: Vec<Curves>,
    /// What has to be known beside it, a sentence each.
    pub notes: Vec<String>,
    /// What was run.
    pub sweeps: Vec<SweepRecord>,
}

/// A sweep that was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepRecord {
    /// Its name, which its configuration has under `configs/paper/`.
    pub sweep: String,
    /// Whether nothing of it runs.
    pub counts_only: bool,
    /// The seeds of every arm.
    pub seeds: Vec<u64>,
    /// The arms.
    pub arms: Vec<ArmRecord>,
}

/// An arm of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmRecord {
    /// What it has of its own.
    pub arm: String,
    /// The digest of its configuration.
    pub config_digest: String,
}

impl Record {
    /// The record of what was measured.
    pub fn of(experiment: &Experiment, measured: &Measured, judged: Judged, program: &str) -> Self {
        let sweep = |swept: &Swept| SweepRecord {
            sweep: swept.name.to_owned(),
            counts_only: swept.runs.is_empty(),
            seeds: swept.plan.seeds.clone(),
            arms: swept
                .plan
                .arms
                .iter()
                .map(|arm| ArmRecord { arm: arm.label.clone(), config_digest: arm.config_digest.clone() })
                .collect(),
        };
        Record {
            experiment: experiment.name.to_owned(),
            title: experiment.title.to_owned(),
            claim: experiment.claim.to_owned(),
            reading: experiment.reading.to_owned(),
            program: program.to_owned(),
            results_epoch: RESULTS_EPOCH,
            form: measured.form,
            passed: judged.verdicts.iter().all(|verdict| verdict.holds),
            verdicts: judged.verdicts,
            tables: judged.tables,
            curves: judged.curves,
            notes: judged.notes,
            sweeps: measured.sweeps.iter().map(sweep).collect(),
        }
    }

    /// The record as a file has it.
    ///
    /// # Panics
    /// Never: it is plain data.
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a record is plain data");
        text.push('\n');
        text
    }

    /// What pages call it: "E5", "Table 3".
    pub fn heading(&self) -> String {
        let name = &self.experiment;
        for (prefix, what) in [("table", "Table"), ("fig", "Figure")] {
            if let Some(number) = name.strip_prefix(prefix) {
                return format!("{what} {number}");
            }
        }
        name.to_uppercase()
    }

    /// "12 of 12 criteria met".
    pub fn standing(&self) -> String {
        let met = self.verdicts.iter().filter(|verdict| verdict.holds).count();
        format!("{met} of {} criteria met", self.verdicts.len())
    }
}
