//! A report: what some runs were asked, what they have found and what that cost, on one page that needs
//! nothing beside it.
//!
//! A [`Report`] is typed data made of [`crate::results::Results`] and of what the command knows besides
//! ([`Given`]); [`Report::page`] makes an HTML page of it, and the page carries the same data as JSON.
//! Nothing here reads or writes files, or asks a clock: equal runs give equal bytes. Whatever a stranger's
//! file says is escaped where it enters the page (`html`).

mod again;
mod arms;
mod asked;
mod bounds;
mod configuration;
mod costs;
mod data;
mod ends;
mod error;
mod figures;
mod found;
mod given;
mod html;
mod limits;
mod meanings;
mod moment;
mod names;
mod numbers;
mod page;
mod provenance;
mod sections;
mod targets;
mod theory;
mod told;
mod values;

pub use again::Again;
pub use arms::ArmLine;
pub use bounds::{BoundBeside, Measured};
pub use configuration::{Change, Configuration};
pub use costs::{ArmCosts, Counts};
pub use data::Report;
pub use error::ReportError;
pub use figures::{DrawnAxis, DrawnFigure, DrawnLine, DrawnPanel, DrawnPoint, FigureGroup};
pub use given::{Given, Input};
pub use limits::{ARMS_MAX, POINTS_MAX, RUNS_MAX};
pub use provenance::{Provenance, RunLine};
pub use targets::{MedianTime, Taken, TargetTable};
pub use theory::{CountsBeside, NumberOfArms, Theory};
pub use told::{ArmTheory, Bounded, TheoryBound, TheoryNumber};
pub use values::{Difference, Estimated, Found, Values};
