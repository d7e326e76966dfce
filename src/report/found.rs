//! What came out, in a few sentences.

use super::arms::ArmLine;
use super::costs::{ArmCosts, sum};
use super::ends::both_ends;
use super::numbers::{bytes, counted, grouped, percent, real};
use super::targets::TargetTable;
use super::theory::Theory;
use super::values::{Found, Values};
use crate::results::{Arm, Quantity, Run};
use crate::statistics::Interval;

/// What the sentences are made of.
pub(super) struct Parts<'a> {
    pub(super) arms: &'a [Arm<'a>],
    pub(super) lines: &'a [ArmLine],
    pub(super) values: &'a [Values],
    pub(super) targets: &'a [TargetTable],
    pub(super) costs: &'a [ArmCosts],
    pub(super) theory: &'a Theory,
}

pub(super) fn sentences(parts: &Parts<'_>) -> Vec<String> {
    let mut text = Vec::new();
    let values = &parts.values[0];
    match values.extremes() {
        None => text.push(format!("No run has come to its end with a {}.", values.name)),
        Some((best, _)) if parts.arms.len() == 1 => {
            text.push(format!("At the end the {} is {}.", values.name, estimate(parts, best)));
            text.extend(way(parts, best));
            text.push(cost(parts, best));
        }
        Some((best, worst)) => {
            let (most, least) =
                if values.more_is_better { ("highest", "lowest") } else { ("lowest", "highest") };
            text.push(format!(
                "At the end the {} is {most} in the arm {}: {}. It is {least} in the arm {}: {}. The best of \
                 several arms is told by the same numbers that it is chosen by, which flatters it a little.",
                values.name,
                parts.lines[best].label,
                estimate(parts, best),
                parts.lines[worst].label,
                estimate(parts, worst),
            ));
            text.extend(way(parts, best));
            text.push(cost(parts, best));
        }
    }
    text.extend(parts.targets.iter().map(|target| reached(parts, target)));
    text.push(held(parts.theory));
    text.extend(bounds(parts.theory));
    text
}

/// "1.7951, the median of 5 seeds, with a 95 % bootstrap interval from 1.7940 to 1.7953".
fn estimate(parts: &Parts<'_>, arm: usize) -> String {
    let estimated = &parts.values[0].arms[arm];
    let Some(Found { median, median_interval, .. }) = &estimated.found else { return "not known".to_owned() };
    match median_interval {
        Some(interval) => {
            format!(
                "{}, the median of {}, {}",
                real(*median),
                counted(interval.seeds, "seed"),
                ends(interval)
            )
        }
        None => format!("{}, of one seed", real(*median)),
    }
}

/// "with a 95 % bootstrap interval from 1.7940 to 1.7953".
fn ends(interval: &Interval) -> String {
    let (low, high) = both_ends(interval);
    format!("with a {} % bootstrap interval from {low} to {high}", 100.0 * interval.level.get())
}

/// How far that is on the way from the uniform policy to the optimum.
fn way(parts: &Parts<'_>, arm: usize) -> Option<String> {
    if parts.values[0].quantity != Quantity::Value.name() {
        return None;
    }
    let runs: Vec<&Run> = parts.arms[arm].runs.values().copied().collect();
    let shares: Vec<f64> = parts.arms[arm].ends(Quantity::Share).into_values().collect();
    let share = crate::statistics::Sample::of(&shares).ok()?.median();
    let (uniform, optimum) =
        (runs.iter().find_map(|run| run.uniform())?, runs.iter().find_map(|run| run.optimum())?);
    Some(format!(
        "The optimum is {}, and the uniform policy, with which every run begins, has {}: {} of the way between them \
         is done.",
        real(optimum),
        real(uniform),
        percent(share)
    ))
}

fn cost(parts: &Parts<'_>, arm: usize) -> String {
    let costs = &parts.costs[arm];
    let sampled = costs.all.trajectories.map_or_else(String::new, |trajectories| {
        format!(", and its clients sampled {} trajectories", grouped(trajectories))
    });
    let whose = if parts.arms.len() == 1 { "A run" } else { "A run of that arm" };
    let mut text = format!(
        "{whose} sent {} messages, {} on the wire{sampled}.",
        grouped(sum(&costs.all.messages)),
        bytes(costs.wire_bytes() as f64)
    );
    let all: Vec<u64> = parts.costs.iter().map(ArmCosts::wire_bytes).collect();
    if let (Some(least), Some(most)) = (all.iter().min(), all.iter().max())
        && least < most
    {
        text += &format!(
            " Over all arms a run cost from {} to {} on the wire.",
            bytes(*least as f64),
            bytes(*most as f64)
        );
    }
    text
}

fn reached(parts: &Parts<'_>, target: &TargetTable) -> String {
    let (mut there, mut seeds) = (0, 0);
    let mut cheapest: Option<(f64, usize)> = None;
    for (arm, taken) in target.arms.iter().enumerate() {
        there += taken.reached;
        seeds += taken.seeds;
        if let Some(median) = taken.wire_bytes.median
            && cheapest.is_none_or(|(least, _)| median < least)
        {
            cheapest = Some((median, arm));
        }
    }
    let by = match cheapest {
        Some((median, _)) if parts.arms.len() == 1 => {
            format!(", with a median of {} on the wire", bytes(median))
        }
        Some((median, arm)) => format!(
            "; it took the fewest bytes in the arm {}, with a median of {} on the wire",
            parts.lines[arm].label,
            bytes(median)
        ),
        None => String::new(),
    };
    format!(
        "The target {}, a bound on the {}, was reached by {there} of {}{by}.",
        target.target,
        target.about,
        counted(seeds, "run")
    )
}

fn held(theory: &Theory) -> String {
    let Theory { compared, hold, .. } = *theory;
    match (compared, hold) {
        (0, _) => "No run has ended, so that its messages could be compared with the closed form.".to_owned(),
        (compared, hold) if compared == hold => format!(
            "In {} what was counted on the wire equals what the closed form of the algorithm's messages says, to the \
             unit.",
            if compared == 1 { "this run".to_owned() } else { format!("all {}", counted(compared, "run")) }
        ),
        (compared, hold) => format!(
            "In {} of {} what was counted on the wire differs from what the closed form of the algorithm's messages \
             says.",
            compared - hold,
            counted(compared, "run")
        ),
    }
}

/// What became of the theorems' bounds.
fn bounds(theory: &Theory) -> Option<String> {
    let compared: Vec<(bool, bool)> =
        theory.bounds.iter().filter_map(|beside| Some((beside.is_below()?, beside.speaks()))).collect();
    if compared.is_empty() {
        return None;
    }
    let below = compared.iter().filter(|(below, _)| *below).count();
    let speaking = compared.iter().filter(|(_, speaks)| *speaks).count();
    let verdict = match speaking {
        0 => "Of none of them do the runs have all that it takes for granted, so that nothing is confirmed and \
              nothing contradicted"
            .to_owned(),
        _ => {
            let held = compared.iter().filter(|two| **two == (true, true)).count();
            format!("For {speaking} of them the runs have all that is taken for granted, and {held} of these hold")
        }
    };
    Some(format!(
        "Beside {} of the theorems there is a measurement, which is below {below} of them. {verdict}.",
        counted(compared.len(), "bound"),
    ))
}
