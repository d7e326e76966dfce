//! What a sweep says before it begins and when it has ended.

use super::super::disk;
use super::super::numbers::{bytes, counted, grouped, metric, time};
use super::work::Work;
use crate::results::plain;
use crate::sweep::{Arm, Cell, CellEnd, Cost, Plan, Rate, Standing, SweepCell};
use crate::visible::{program, shown, visible};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// The most cells that are named one by one.
const NAMED_MAX: usize = 10;

/// What there is to do, and what it will take.
pub(super) fn announced(work: &Work<'_>, cost: &Cost, rate: Option<Rate>) -> String {
    let plan = work.plan;
    let (problem, algorithm) = &plan.arms[0].names;
    let all = plan.arms.len() * plan.seeds.len();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{} · {algorithm} · {} × {} = {}",
        visible(problem),
        counted(plan.arms.len(), "arm"),
        counted(plan.seeds.len(), "seed"),
        counted(all, "run")
    );
    for (number, (key, values)) in axes(work).into_iter().enumerate() {
        let what = if number == 0 { "axes" } else { "" };
        let _ = writeln!(text, "  {what:<8} {} = {}", visible(&key), visible(&values));
    }
    if !work.shard.is_whole() {
        let _ = writeln!(text, "  shard    {}", work.shard);
    }
    if cost.runs == 0 {
        let _ = writeln!(text, "  to do    nothing: every run has ended");
        return text;
    }
    let _ = writeln!(
        text,
        "  to do    {}: {} environment steps, about {} on disk",
        counted(cost.runs, "run"),
        metric(cost.env_steps as f64).trim_end(),
        bytes(cost.disk.total())
    );
    if let Some(warning) = disk::warning(&cost.disk, work.place) {
        text.push_str(&warning);
    }
    if let Some(rate) = rate {
        let seconds = time(rate.seconds(cost, work.jobs));
        let rate = metric(rate.env_steps_per_second);
        let jobs = counted(work.jobs, "job");
        let _ = writeln!(text, "           about {seconds} on {jobs}, at {rate} steps/s as just measured");
    }
    let _ = writeln!(text, "  into     {}", shown(work.place));
    text
}

/// The axes with their values, side by side ones among them, as far as a line holds them.
fn axes(work: &Work<'_>) -> Vec<(String, String)> {
    let of = |(at, key): (usize, &String)| {
        let mut values: Vec<&str> = Vec::new();
        for arm in &work.plan.arms {
            let value = arm.settings[at].1.trim_matches(['"', '\'']);
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let shown = values.iter().take(8).copied().collect::<Vec<_>>().join(", ");
        let more = values.len().saturating_sub(8);
        (key.clone(), if more > 0 { format!("{shown} and {more} more") } else { shown })
    };
    work.plan.keys.iter().enumerate().map(of).collect()
}

/// How a sweep has ended, as far as this process has worked on it.
pub(super) fn ended(work: &Work<'_>, cells: &[SweepCell], ends: &[(Cell, CellEnd)], asked: bool) -> String {
    let ours =
        || cells.iter().enumerate().filter(|(number, _)| work.shard.has(*number)).map(|(_, cell)| cell);
    let complete = ours().filter(|cell| cell.standing == Standing::Complete).count();
    let all = ours().count();
    let part = if work.shard.is_whole() { String::new() } else { format!(" of shard {}", work.shard) };
    let done = ends.iter().filter(|(_, end)| *end == CellEnd::Complete { already: false }).count();
    let mut text = format!(
        "  {} {} of {}{part} complete, {} of them now\n",
        if complete == all { "✓" } else { "×" },
        grouped(complete as u64),
        counted(all, "run"),
        grouped(done as u64)
    );
    let wrong: Vec<(String, String)> = ends
        .iter()
        .filter_map(|(cell, end)| {
            let why = match end {
                CellEnd::Failed(error) => format!("failed: {error}"),
                CellEnd::Refused(why) => why.clone(),
                CellEnd::Elsewhere(holder) => format!("runs elsewhere, by {holder}"),
                CellEnd::Complete { .. } | CellEnd::Interrupted => return None,
            };
            Some((cell.name.clone(), why))
        })
        .collect();
    for (name, why) in wrong.iter().take(NAMED_MAX) {
        let _ = writeln!(text, "    {}: {}", visible(name), visible(why));
    }
    if wrong.len() > NAMED_MAX {
        let _ = writeln!(text, "    and {} more", wrong.len() - NAMED_MAX);
    }
    if asked && complete < all {
        let _ = writeln!(text, "  interrupted; {}", again(work.place));
    }
    text
}

/// How to go on.
pub(super) fn again(place: &Path) -> String {
    format!("the same command goes on, {} sweep status {} says how it stands", program(), shown(place))
}

/// Where the results are, and what to do with them.
pub(super) fn next(work: &Work<'_>) -> String {
    let (program, place) = (program(), shown(work.place));
    let mut text = format!("  results  {place}/rounds.csv, runs.csv; times.csv\n");
    let lines = lines_of(work.plan);
    let (first, rest) = lines.split_first().map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
    if let Some(key) = first {
        let mut figure = format!("{program} plot {place} --color {}", visible(key));
        if let Some(key) = rest.first() {
            figure += &format!(" --facet {}", visible(key));
        }
        for key in rest.iter().skip(1) {
            let value = work.plan.arms[0].settings.iter().find(|(of, _)| of == *key);
            let value = value.map_or("", |(_, value)| plain(value));
            figure += &format!(" \\\n             --where '{}={}'", visible(key), visible(value));
        }
        let _ = writeln!(text, "  next     {figure} \\\n             --out {place}.svg");
        let _ = writeln!(text, "           {program} statistics of {place}");
    }
    text
}

/// The fewest keys, of those first in their order, that tell all arms apart.
fn lines_of(plan: &Plan) -> Vec<&String> {
    let mut told = Vec::new();
    let mut parts = 1;
    for (at, key) in plan.keys.iter().enumerate() {
        let with = |arm: &Arm| -> Vec<String> {
            let of_key = |(of, (key, value)): (usize, &(String, String))| {
                (of == at || told.contains(&key)).then(|| value.clone())
            };
            arm.settings.iter().enumerate().filter_map(of_key).collect()
        };
        let apart = plan.arms.iter().map(with).collect::<BTreeSet<_>>().len();
        if apart > parts {
            parts = apart;
            told.push(key);
        }
    }
    told
}
