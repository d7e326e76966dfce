//! Tables of Table 1's page.

use super::table1_cells::{COPIES, Cell, MIDDLE, PROBLEMS, Problem};
use super::table1_methods::{METHODS, Method, OMLE};
use super::table1_planning::{MOST, closed_form};
use super::table2_numbers::median;
use super::{Lacking, Measured, MeasuredArm, Table, short};
use crate::experiment::{Memory, Setup, machine};
use crate::results::{Comparison, Quantity, Reached, Run, Target};
use crate::statistics::Sample;
use dpac_actors::host::Placement;

/// What stands where nothing was run.
const NOT_RUN: &str = "not run";
/// Two exact values that differ by less are one: an optimum is rounded up by its own error.
const SAME: f64 = 1e-9;

/// What is missing to the optimum at the end.
pub(super) fn gap(run: &Run) -> Option<f64> {
    run.gap().map(settled)
}

/// A gap without the rounding of the two values.
pub(super) fn settled(gap: f64) -> f64 {
    if gap.abs() < SAME { 0.0 } else { gap }
}

/// Gaps, and a mark where values are estimates.
fn ended(arm: &MeasuredArm<'_>) -> Result<String, Lacking> {
    let estimated = arm.runs().iter().any(|run| run.standard_error().is_some());
    let sample = arm.sample("gap", gap)?;
    let text = format!("{} ± {}", short(sample.mean()), short(settled(sample.standard_error()?)));
    Ok(if estimated { format!("{text} (Monte-Carlo)") } else { text })
}

/// Shares of the way to the optimum: that which is asked for, and one that always listening does not have.
const SHARES: [f64; 2] = [0.95, 0.99];

/// Trajectories of all clients until the first policy with a share of the way, the median over seeds.
fn reached(arm: &MeasuredArm<'_>, share: f64) -> String {
    let target = Target { quantity: Quantity::Share, comparison: Comparison::AtLeast, threshold: share };
    let mut found = Vec::new();
    for run in arm.runs() {
        if let Reached::Yes { costs, .. } = target.reached(run) {
            found.push(costs.trajectories(run.clients().unwrap_or(1)));
        }
    }
    let (seeds, all) = (found.len(), arm.runs().len());
    format!("{} ({seeds} of {all})", median(found, all))
}

fn bytes(arm: &MeasuredArm<'_>) -> u64 {
    arm.runs().first().map_or(0, |run| run.totals().wire_bytes())
}

fn worked(method: &Method, arm: &MeasuredArm<'_>) -> Result<String, Lacking> {
    let all: Vec<String> =
        method.worked(arm)?.into_iter().map(|(count, name)| format!("{count} {name}")).collect();
    Ok(if all.is_empty() { "none".to_owned() } else { all.join(", ") })
}

fn or_not_run(
    arm: Option<MeasuredArm<'_>>,
    text: impl FnOnce(&MeasuredArm<'_>) -> Result<String, Lacking>,
) -> Result<String, Lacking> {
    arm.map_or_else(|| Ok(NOT_RUN.to_owned()), |arm| text(&arm))
}

/// The paper's columns, and beside each what was measured.
pub(super) fn beside(measured: &Measured) -> Result<Table, Lacking> {
    let caption = "Columns of the paper's Table 1, which are its claims, each with what was measured beside it on Tiger with H = 4, M = 4 clients and 8192 trajectories in all: what \
                   servers plan, what is missing to the optimum at the last policy, mean over seeds ± the standard error, trajectories until a share of 0.99 of the way, median over \
                   seeds (seeds that come there), and bytes of all messages. With |O| = 8 each of Tiger's two observations has four copies.";
    let headings = [
        "method",
        "paper: continuous observation",
        "paper: exhaustive search",
        "measured: planning, |O| = 2",
        "measured: planning, |O| = 8",
        "paper: planning error analysis",
        "measured: gap, |O| = 2",
        "measured: gap, |O| = 8",
        "measured: trajectories to 0.99, |O| = 2",
        "measured: trajectories to 0.99, |O| = 8",
        "paper: distributed training",
        "measured: bytes, |O| = 2",
        "measured: bytes, |O| = 8",
        "what was implemented",
    ];
    let mut table = Table::of(caption, headings);
    for method in &METHODS {
        let arm = |copies| method.arm(measured, Cell { problem: Problem::Tiger, horizon: MIDDLE, copies });
        let [continuous, exhaustive, analysis, distributed] = method.claims.map(str::to_owned);
        let both =
            |text: &dyn Fn(&MeasuredArm<'_>) -> Result<String, Lacking>| -> Result<[String; 2], Lacking> {
                Ok([or_not_run(arm(1), text)?, or_not_run(arm(4), text)?])
            };
        let [few_plans, many_plans] = both(&|arm| worked(method, arm))?;
        let [few_gap, many_gap] = both(&ended)?;
        let [few_reached, many_reached] = both(&|arm| Ok(reached(arm, SHARES[1])))?;
        let [few_bytes, many_bytes] = both(&|arm| Ok(bytes(arm).to_string()))?;
        table.row([
            method.label.to_owned(),
            continuous,
            exhaustive,
            few_plans,
            many_plans,
            analysis,
            few_gap,
            many_gap,
            few_reached,
            many_reached,
            distributed,
            few_bytes,
            many_bytes,
            method.evidence.to_owned(),
        ]);
    }
    Ok(table)
}

/// A table of a problem with a row for every cell and a column for every method.
fn by_cell(
    measured: &Measured,
    problem: Problem,
    caption: String,
    text: impl Fn(&Method, &MeasuredArm<'_>) -> Result<String, Lacking>,
) -> Result<Table, Lacking> {
    let headings = ["H", "|O|"].into_iter().chain(METHODS.iter().map(|method| method.label));
    let mut table = Table { caption, headings: headings.map(str::to_owned).collect(), rows: Vec::new() };
    for cell in problem.cells() {
        let arms = METHODS.iter().map(|method| (method, method.arm(measured, cell)));
        if METHODS.iter().all(|method| method.arm(measured, cell).is_none()) {
            continue;
        }
        let cells: Result<Vec<String>, Lacking> =
            arms.map(|(method, arm)| or_not_run(arm, |arm| text(method, arm))).collect();
        let mut cells = cells?;
        if closed_form(cell) > MOST {
            cells[0] = format!("{} planning nodes by formula, not run", short(closed_form(cell)));
        }
        table.row([cell.horizon.to_string(), cell.observations().to_string()].into_iter().chain(cells));
    }
    Ok(table)
}

/// Gaps and trajectories in every cell, of both problems.
pub(super) fn cells(measured: &Measured) -> Result<Vec<Table>, Lacking> {
    let mut tables = Vec::new();
    for problem in PROBLEMS {
        let name = problem.name();
        let caption = format!(
            "Measured on {name}: what is missing to the optimum at the last policy after 8192 trajectories in all, in the problem's units, mean over seeds ± the standard error. \
             Optima are exact; values of policies that are tables over more histories than can be gone through are estimates, and say so."
        );
        tables.push(by_cell(measured, problem, caption, |_, arm| ended(arm))?);
        for share in SHARES {
            let caption = format!(
                "Measured on {name}: trajectories of all clients until the first policy with a share of at least {share} of the way from the uniform policy to the optimum, the median over \
                 seeds (seeds that come there). Policies are looked at before the first round and after every round: 256 trajectories of those that plan, 512 of DPAC. Where half of all seeds \
                 or more never come there the median is censored."
            );
            tables.push(by_cell(measured, problem, caption, |_, arm| Ok(reached(arm, share)))?);
        }
        let caption = format!(
            "Counted on {name}: what the server of a run does that costs and is no message, by name."
        );
        tables.push(by_cell(measured, problem, caption, worked)?);
    }
    tables.push(messages(measured)?);
    Ok(tables)
}

/// What is sent and kept.
fn messages(measured: &Measured) -> Result<Table, Lacking> {
    let caption = "Counted with H = 4: floats, integers and bytes of all messages of a run, the same by trajectory, and memory that a run on one thread takes beside the program, as \
                   `dpac plan` computes it.";
    let headings =
        ["problem", "|O|", "method", "floats", "integers", "bytes", "bytes of a trajectory", "memory, bytes"];
    let mut table = Table::of(caption, headings);
    for (cell, method, arm) in middle(measured) {
        let Some(run) = arm.runs().first() else { continue };
        let trajectories = run.totals().trajectories(run.clients().unwrap_or(1));
        let setup = Setup { threads: 1, placement: Placement::Shard, trace: None };
        let memory = Memory::of(&arm.prepared()?.resolved, setup).further();
        table.row([
            cell.problem.name().to_owned(),
            cell.observations().to_string(),
            method.label.to_owned(),
            run.totals().floats().to_string(),
            run.totals().sum(|totals| totals.integers).to_string(),
            run.totals().wire_bytes().to_string(),
            short(run.totals().wire_bytes() as f64 / trajectories as f64),
            memory.to_string(),
        ]);
    }
    Ok(table)
}

/// The arms with H = 4.
fn middle(measured: &Measured) -> impl Iterator<Item = (Cell, &'static Method, MeasuredArm<'_>)> {
    let cells = PROBLEMS
        .into_iter()
        .flat_map(|problem| COPIES.map(|copies| Cell { problem, horizon: MIDDLE, copies }));
    cells.flat_map(move |cell| {
        METHODS.iter().filter_map(move |method| Some((cell, method, method.arm(measured, cell)?)))
    })
}

/// Seconds of the runs, which no other table of the page depends on.
pub(super) fn seconds(measured: &Measured) -> Result<Table, Lacking> {
    let caption = format!(
        "Seconds of a run with H = 4, the least and the median over seeds, with what it takes to evaluate a policy after every round; on {}, where several runs went on at a time. \
         They differ from run to run, as nothing else on this page does, and decide no criterion.",
        machine()
    );
    let mut table =
        Table::of(caption, ["problem", "|O|", "method", "least", "median", "least, µs of a trajectory"]);
    for (cell, method, arm) in middle(measured) {
        let sample: Sample = arm.sample("seconds", Run::wall_seconds)?;
        let least = arm.values("seconds", Run::wall_seconds)?.into_iter().fold(f64::INFINITY, f64::min);
        let trajectories =
            arm.runs().first().map_or(0, |run| run.totals().trajectories(run.clients().unwrap_or(1)));
        table.row([
            cell.problem.name().to_owned(),
            cell.observations().to_string(),
            method.label.to_owned(),
            short(least),
            short(sample.median()),
            short(1e6 * least / trajectories as f64),
        ]);
    }
    Ok(table)
}

/// The cells in which both OMLE and another method have exact values.
pub(super) fn exact<'a>(
    measured: &'a Measured,
    other: &'static Method,
) -> impl Iterator<Item = (Cell, MeasuredArm<'a>, MeasuredArm<'a>)> {
    let cells = PROBLEMS.into_iter().flat_map(Problem::cells);
    cells.filter_map(move |cell| {
        let (omle, other) = (OMLE.arm(measured, cell)?, other.arm(measured, cell)?);
        let estimated = |arm: &MeasuredArm<'_>| arm.runs().iter().any(|run| run.standard_error().is_some());
        (!estimated(&omle) && !estimated(&other)).then_some((cell, omle, other))
    })
}
