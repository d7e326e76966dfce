//! Claims of the paper: what is claimed, how it is read, which runs show it, and a verdict that is
//! computed from them.
//!
//! An [`Experiment`] names its sweeps, whose configurations stand under `configs/paper/`, and judges what
//! they have left. One more is one more file here, with its configurations, and a line in [`EXPERIMENTS`].

mod contents;
mod curve;
mod digits;
mod e1;
mod e10;
mod e2;
mod e3;
mod e4;
mod e5;
mod e5_differing;
mod e5_dpac;
mod e6;
mod e7;
mod e8;
mod e8_planning;
mod e9;
mod experiment;
mod fig1;
mod figure;
mod measured;
mod page;
mod record;
mod table;
mod table1;
mod table1_cells;
mod table1_methods;
mod table1_planning;
mod table1_shown;
mod table2;
mod table2_admm;
mod table2_differences;
mod table2_failure;
mod table2_map;
mod table2_methods;
mod table2_numbers;
mod table2_rate;
mod table2_shared;
mod table2_steps;
mod table2_way;
mod table3;
mod table3_differing;
mod table3_methods;
mod table3_reached;
mod tables;
mod verdict;

pub use contents::contents;
pub use curve::{Curve, Curves, Spot};
pub use digits::short;
pub use experiment::{Experiment, Quick, Source};
pub use figure::FigureAlone;
pub use measured::{Lacking, Measured, MeasuredArm, Swept};
pub use page::{numbers, page};
pub use record::{ArmRecord, Record, SweepRecord};
pub use table::Table;
pub use tables::{TABLES_PAGE, side_by_side, tables_page};
pub use verdict::{Between, Criterion, Judged, Verdict};

/// All of them, in the order of their numbers.
pub const EXPERIMENTS: [&Experiment; 14] = [
    &e1::EXPERIMENT,
    &e2::EXPERIMENT,
    &e3::EXPERIMENT,
    &e4::EXPERIMENT,
    &e5::EXPERIMENT,
    &e6::EXPERIMENT,
    &e7::EXPERIMENT,
    &e8::EXPERIMENT,
    &e9::EXPERIMENT,
    &e10::EXPERIMENT,
    &fig1::EXPERIMENT,
    &table1::EXPERIMENT,
    &table2::EXPERIMENT,
    &table3::EXPERIMENT,
];

/// The experiment of a name.
pub fn experiment(name: &str) -> Option<&'static Experiment> {
    let name = if name == E12 { table1::EXPERIMENT.name } else { name };
    EXPERIMENTS.into_iter().find(|experiment| experiment.name == name)
}

/// Experiment 11: the paper's tables of distributed methods beside measurement.
pub const E11: &str = "e11";

/// The experiments of [`E11`].
pub const OF_E11: [&Experiment; 2] = [&table2::EXPERIMENT, &table3::EXPERIMENT];

/// Experiment 12: Table 1 by its other name.
pub const E12: &str = "e12";

/// All tables of the paper, beside each other.
pub const TABLES: &str = "tables";

/// The experiments of [`TABLES`].
pub const OF_TABLES: [&Experiment; 3] = [&table1::EXPERIMENT, &table2::EXPERIMENT, &table3::EXPERIMENT];

/// The paper's figures, which are drawn alone too.
pub const FIGURES: [FigureAlone; 2] = [
    FigureAlone {
        name: "fig2",
        title: "Figure 2 alone: Γ(K; ν) as Equation 31 prints it",
        draw: |_| Ok(e3::figure_2()),
    },
    FigureAlone {
        name: "fig3",
        title: "Figure 3 alone: drift against local steps, beside its bounds",
        draw: e3::figure_3,
    },
];
