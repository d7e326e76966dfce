//! Results of runs as tidy tables: what is read of run directories, and how it is set out in columns.
//!
//! A [`Run`] is a run directory, read. [`Results`] are some of them, side by side: a table of their rounds, a
//! table of the runs themselves, and one of their times. Nothing here prints, and nothing changes a run.
//!
//! A row of the first table is the state after so many rounds: in row r stand the value of `θ_r` and what had
//! been sent and sampled when `θ_r` was there. So nothing has been sent in row 0, and the last row of a
//! complete run has `θ_R` and the run's totals.
//!
//! What depends on time or machine stands in the third table alone: the other two are the same to the byte
//! however a run was interrupted, and whoever ran it.

#[cfg(feature = "parquet")]
mod columnar;
mod configuration;
mod costs;
mod delimited;
mod difference;
mod error;
mod find;
mod lines;
mod run;
mod side_by_side;
mod summary;
mod table;
mod target;

#[cfg(feature = "parquet")]
pub use columnar::{ParquetError, write_parquet};
pub use costs::Costs;
pub use delimited::write_csv;
pub use difference::{Difference, Different};
pub use error::ResultsError;
pub use find::runs_at;
pub use run::{Run, RunStatus};
pub use side_by_side::Results;
pub use table::{Column, Field, Kind, Table};
pub use target::{Comparison, Quantity, Reached, Target, TargetError};

/// The state of a run after some of its rounds.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundRow {
    /// r: how many rounds are over.
    pub round: u64,
    /// The value of `θ_r`, in the problem's own units, where it was evaluated.
    pub value: Option<f64>,
    /// Its standard error, for Monte-Carlo.
    pub standard_error: Option<f64>,
    /// The optimum, where the run has found it.
    pub optimum: Option<f64>,
    /// The Bellman error of the critic of the last round, where it is available.
    pub bellman_error: Option<f64>,
    /// How far clients were from where they had started at the last round's barriers, of the critic's phase.
    pub drift_critic: Option<f64>,
    /// The same of the actor's phase.
    pub drift_actor: Option<f64>,
    /// What had been sent and sampled.
    pub costs: Costs,
}

impl RoundRow {
    /// What is missing to the optimum.
    pub fn gap(&self) -> Option<f64> {
        Some(self.optimum? - self.value?)
    }
}
