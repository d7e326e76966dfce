//! What was asked, in sentences that need no other page.

use super::given::Given;
use super::meanings::Meanings;
use super::numbers::{counted, grouped, listed, ranges, real};
use crate::results::{Arm, Run};
use std::collections::BTreeSet;

/// "dpac on tiger".
pub(super) fn title(arms: &[Arm<'_>]) -> String {
    let problems = distinct(arms, |run| run.problem().map(str::to_owned));
    let algorithms = distinct(arms, |run| run.algorithm().map(str::to_owned));
    format!("{} on {}", listed(&algorithms), listed(&problems))
}

/// The sentences.
pub(super) fn sentences(arms: &[Arm<'_>], given: &Given) -> Vec<String> {
    let runs: usize = arms.iter().map(|arm| arm.runs.len()).sum();
    let mut text = Vec::new();
    let algorithms = distinct(arms, |run| run.algorithm().map(str::to_owned));
    let problems = distinct(arms, |run| run.problem().map(str::to_owned));
    let one = |name: &String| {
        let words = given.algorithms.iter().find(|words| words.name == name);
        let about = words.map_or_else(String::new, |words| {
            format!(": {}", first_down(words.summary.trim_end_matches('.')))
        });
        format!("{name}{about}")
    };
    text.push(format!(
        "{} on the problem{} {}, of the algorithm{} {}.",
        if runs == 1 {
            "This is one run".to_owned()
        } else {
            format!("These are {} runs", grouped(runs as u64))
        },
        plural(&problems),
        listed(&problems),
        plural(&algorithms),
        algorithms.iter().map(one).collect::<Vec<_>>().join("; and "),
    ));
    text.extend(shape(arms, &problems));
    text.push(together(arms));
    text.push(seeds(arms));
    text
}

/// What kind of problem it is, where all runs have one of the same size.
fn shape(arms: &[Arm<'_>], problems: &[String]) -> Option<String> {
    let mut shapes = runs(arms).map(Run::problem_shape);
    let shape = shapes.next().flatten()?;
    if problems.len() != 1 || !shapes.all(|other| other == Some(shape)) {
        return None;
    }
    let observations = match shape.observations {
        Some(1) => "1 observation".to_owned(),
        Some(observations) => format!("{} observations", grouped(observations)),
        None => "observations that are real numbers".to_owned(),
    };
    Some(format!(
        "In {} the state is hidden: there are {}, {} and {observations}. An episode has {}, and what comes later \
         counts less, by a factor of {} for every step. A policy's value is the sum of rewards that it can expect.",
        problems[0],
        counted(shape.states as usize, "state"),
        counted(shape.actions as usize, "action"),
        counted(shape.horizon as usize, "action"),
        real(shape.discount).trim_end_matches('0').trim_end_matches('.'),
    ))
}

/// Who works together, and for how long.
fn together(arms: &[Arm<'_>]) -> String {
    let clients: BTreeSet<u64> = runs(arms).filter_map(Run::clients).collect();
    let who = match clients.iter().collect::<Vec<_>>().as_slice() {
        [] => "A server and its clients work together".to_owned(),
        [1] => "A server works with one client".to_owned(),
        [one] => format!("A server and {} clients work together", grouped(**one)),
        several => {
            let numbers: Vec<String> = several.iter().map(|&&number| grouped(number)).collect();
            format!("A server works with {} clients", listed_or(&numbers))
        }
    };
    let rounds: BTreeSet<u64> = runs(arms).filter_map(Run::planned_rounds).collect();
    let rounds = match rounds.iter().collect::<Vec<_>>().as_slice() {
        [one] => format!(" for {}", counted(**one as usize, "round")),
        _ => String::new(),
    };
    format!(
        "{who}{rounds}: each client samples trajectories of its own and exchanges vectors of parameters with the \
         others by messages, and what passes the wire is counted."
    )
}

fn seeds(arms: &[Arm<'_>]) -> String {
    let first: Vec<u64> = arms[0].runs.keys().copied().collect();
    let same = arms.iter().all(|arm| arm.runs.keys().copied().eq(first.iter().copied()));
    let whose = if arms.len() > 1 { "Every arm was run" } else { "It was run" };
    match (same, first.as_slice()) {
        (true, [seed]) => {
            format!("{whose} with one seed, {seed}, so that nothing is known of how results vary.")
        }
        (true, _) => {
            let paired = if arms.len() > 1 { " Arms are compared seed by seed." } else { "" };
            format!(
                "{whose} with {} seeds ({}). A seed decides every random draw of a run.{paired}",
                first.len(),
                ranges(&first)
            )
        }
        (false, _) => "Not every arm was run with the same seeds.".to_owned(),
    }
}

/// The keys that were varied, with what they mean and their values.
pub(super) fn axes(arms: &[Arm<'_>], given: &Given) -> Vec<(String, String, Vec<String>)> {
    let meanings = Meanings::of(&given.algorithms);
    let mut axes = Vec::new();
    for (at, (key, _)) in arms[0].settings.iter().enumerate() {
        let mut values: Vec<String> = Vec::new();
        for arm in arms {
            let value = arm.settings[at].1.to_owned();
            if !values.contains(&value) {
                values.push(value);
            }
        }
        if values.len() > 1 {
            axes.push(((*key).to_owned(), meanings.of_key(key).unwrap_or_default(), values));
        }
    }
    axes
}

fn runs<'a>(arms: &'a [Arm<'_>]) -> impl Iterator<Item = &'a Run> {
    arms.iter().flat_map(|arm| arm.runs.values().copied())
}

/// What runs have, each once, in the order in which they are met.
fn distinct(arms: &[Arm<'_>], of: impl Fn(&Run) -> Option<String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for one in runs(arms).map(|run| of(run).unwrap_or_else(|| "?".to_owned())) {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

fn plural(names: &[String]) -> &'static str {
    if names.len() == 1 { "" } else { "s" }
}

/// "1, 4 or 16".
fn listed_or(words: &[String]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => listed(words),
    }
}

/// A sentence as a part of another one.
fn first_down(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let second_is_small =
        sentence.chars().nth(1).is_some_and(|letter| letter.is_lowercase() || letter == ' ');
    match letters.next() {
        Some(first) if second_is_small => first.to_lowercase().chain(letters).collect(),
        Some(first) => [first].into_iter().chain(letters).collect(),
        None => String::new(),
    }
}
