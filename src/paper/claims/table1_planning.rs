//! What OMLE plans: counted, by the closed form, and as a law in the horizon.

use super::curve::{BY_FORMULA, HORIZON};
use super::table1_cells::{COPIES, Cell, HORIZONS, PROBLEMS, Problem};
use super::table1_methods::OMLE;
use super::{Criterion, Curve, Curves, Lacking, Measured, Verdict};
use crate::statistics::Line;

/// J, candidates, and R, rounds: each candidate is planned for once, and the policy of each round and of the
/// end.
const CANDIDATES: u64 = 9;
const ROUNDS: u64 = 32;
/// More are not planned.
pub(super) const MOST: f64 = 1e8;
/// As far as the closed form is drawn.
const FARTHEST: usize = 8;

/// (J + R + 1) |A| Σ_{h<H} |O_0| (|A| |O|)^h.
pub(super) fn closed_form(cell: Cell) -> f64 {
    let nodes = cell.shape().nodes().expect("counted in 64 bits");
    (CANDIDATES + ROUNDS + 1) as f64 * nodes as f64
}

/// What was planned in a cell, where it was run.
fn counted(measured: &Measured, cell: Cell) -> Result<Option<f64>, Lacking> {
    let Some(arm) = OMLE.arm(measured, cell) else { return Ok(None) };
    let all = arm.values("planning nodes", |run| Some(run.server_work("planning_nodes")? as f64))?;
    // Where seeds differ, no number stands for all, and none equals the closed form.
    Ok(Some(if all.iter().all(|nodes| nodes.to_bits() == all[0].to_bits()) { all[0] } else { f64::NAN }))
}

/// Counts against the closed form, and exponents in the horizon.
pub(super) fn verdicts(measured: &Measured) -> Result<Vec<Verdict>, Lacking> {
    let mut differing = 0.0;
    let mut exponents = Vec::new();
    for problem in PROBLEMS {
        for copies in COPIES {
            let mut points = Vec::new();
            for horizon in HORIZONS {
                let cell = Cell { problem, horizon, copies };
                let Some(nodes) = counted(measured, cell)? else { continue };
                differing += f64::from(u8::from(nodes.to_bits() != closed_form(cell).to_bits()));
                points.push((horizon as f64, libm::log(nodes)));
            }
            let Some(line) = Line::through(&points) else { continue };
            let pairs = problem.actions() * 2 * copies;
            exponents.push(Verdict::on(
                format!(
                    "omle, {}, |O| = {}: slope of ln(planning nodes) on H by ln(|A||O|) = ln {pairs}, {} horizons",
                    problem.name(),
                    2 * copies,
                    points.len()
                ),
                line.slope / libm::log(pairs as f64),
                Criterion::Within(0.9, 1.1),
            ));
        }
    }
    let what = "omle: cells in which its planning nodes are not (J + R + 1) |A| Σ_{h<H} |O_0| (|A||O|)^h";
    exponents.insert(0, Verdict::on(what, differing, Criterion::AtMost(0.0)));
    Ok(exponents)
}

/// Planning nodes against the horizon, and the closed form from where they end.
pub(super) fn figure(measured: &Measured, problem: Problem) -> Result<Curves, Lacking> {
    let mut curves = Vec::new();
    for copies in COPIES {
        let cell = |horizon| Cell { problem, horizon, copies };
        let mut spots = Vec::new();
        for horizon in HORIZONS {
            if let Some(nodes) = counted(measured, cell(horizon))? {
                spots.push((horizon as u64, nodes));
            }
        }
        let Some(&(last, _)) = spots.last() else { continue };
        let label = format!("|O| = {}", 2 * copies);
        let beyond = (last as usize..=FARTHEST).map(|horizon| (horizon as u64, closed_form(cell(horizon))));
        curves.push(Curve::of_numbers(label.clone(), spots));
        curves.push(Curve::of_numbers(label + BY_FORMULA, beyond));
    }
    let name = problem.name();
    Ok(Curves {
        name: format!("table1-planning-{name}"),
        title: format!("OMLE on {name}: what is planned in all; dashed by the closed form, not run"),
        x: HORIZON.to_owned(),
        y: "planning nodes of a run".to_owned(),
        log_y: true,
        curves,
    })
}
