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

mod arms;
#[cfg(feature = "parquet")]
mod columnar;
mod configuration;
mod costs;
mod delimited;
mod difference;
mod error;
mod find;
mod label;
mod lines;
mod quantity;
mod row;
mod run;
mod side_by_side;
mod summary;
mod table;
mod target;

pub use arms::{Arm, Twice, arms};
#[cfg(feature = "parquet")]
pub use columnar::{ParquetError, write_parquet};
pub use costs::Costs;
pub use delimited::write_csv;
pub use difference::{Difference, Different};
pub use error::ResultsError;
pub use find::runs_at;
pub use label::{label, plain};
pub use quantity::{Cost, Quantity};
pub use row::RoundRow;
pub use run::{Run, RunStatus};
pub use side_by_side::Results;
pub use summary::{Predicted, ProblemShape};
pub use table::{Column, Field, Kind, Table};
pub use target::{Comparison, Reached, Target, TargetError};
