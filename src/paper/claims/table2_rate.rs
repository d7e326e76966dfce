//! Table 2: how many samples a gap takes, by how small it is.

use super::table2_methods::METHODS;
use super::{Lacking, Measured, Table};
use crate::results::Run;
use crate::statistics::{Bootstrap, Mark, MarkLaw, Time};

/// ε: the uniform policy's gap is above the first.
const LADDER: [f64; 8] = [64.0, 32.0, 16.0, 8.0, 4.0, 2.0, 1.0, 0.5];

/// The exponent of 1/ε in the environment steps of a client, fitted beside the paper's.
pub(super) fn table(measured: &Measured) -> Result<Table, Lacking> {
    let caption = "Fitted with M = 4: the environment steps of a client to the first policy with a gap of at most ε, over the marks ε = 64, 32, 16, 8, 4, 2, 1 and 0.5. T is the median over seeds of \
                   the marks that more than half of the seeds reach; the slope is that of ln T on ln(1/ε) where at least three such marks are left, with the bootstrap over seeds. This is a fit on one \
                   problem within one budget: the paper's exponent beside it is that of a bound, for ε that goes to 0.";
    let headings = ["method", "exponent in the paper", "fitted slope", "marks", "95 % bootstrap over seeds"];
    let mut table = Table::of(caption, headings);
    for method in METHODS.iter().filter(|method| !method.control) {
        let arm = method.main(measured)?;
        let mut marks = Vec::new();
        for epsilon in LADDER {
            let time = |run: &Run| first_below(run, epsilon);
            let times = arm.seeds().iter().copied().zip(arm.runs().iter().map(time)).collect();
            marks.push(Mark { epsilon, times });
        }
        let law = MarkLaw::through(&marks, &Bootstrap::default())?;
        let claimed = method.row.exponent().to_owned();
        table.row(match law {
            None => [
                method.label.to_owned(),
                claimed,
                "fewer than three marks".to_owned(),
                "-".to_owned(),
                "-".to_owned(),
            ],
            Some(MarkLaw { slope, marks, interval }) => {
                let high = if interval.high.is_finite() {
                    format!("{:.2}", interval.high)
                } else {
                    "no end".to_owned()
                };
                [
                    method.label.to_owned(),
                    claimed,
                    format!("{slope:.2}"),
                    marks.to_string(),
                    format!("{:.2} to {high}", interval.low),
                ]
            }
        });
    }
    Ok(table)
}

/// When a run first has a policy with a gap of at most ε, in environment steps of a client.
fn first_below(run: &Run, epsilon: f64) -> Time {
    let below = |row: &&crate::results::RoundRow| row.gap().is_some_and(|gap| gap <= epsilon);
    let steps = |row: &crate::results::RoundRow| row.costs.env_steps_per_client as f64;
    match run.rounds().iter().find(below) {
        Some(row) => Time::Reached(steps(row)),
        None => Time::Censored(run.totals().env_steps_per_client as f64),
    }
}
