//! Which runs make a line: those that share facet and color, and differ in nothing but their seed.

use super::error::PlotError;
use crate::config::nearest;
use crate::results::{Results, Run, RunStatus};
use std::collections::{BTreeMap, BTreeSet};

/// A run and what tables call it.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) run: &'a Run,
    pub(super) name: &'a str,
    pub(super) seed: u64,
}

/// The runs of one line.
pub(super) struct Arm<'a> {
    /// Its place among the facets, and among the labels.
    pub(super) facet: usize,
    pub(super) label: usize,
    pub(super) members: Vec<Member<'a>>,
}

/// The lines, and what tells them apart.
pub(super) struct Arms<'a> {
    pub(super) facets: Vec<String>,
    pub(super) labels: Vec<String>,
    pub(super) arms: Vec<Arm<'a>>,
    /// What is to be known of runs that are in none.
    pub(super) notes: Vec<String>,
}

/// What tells lines apart, and which are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The key whose values are lines.
    pub color: Option<String>,
    /// The key whose values are panels.
    pub facet: Option<String>,
    /// Keys with the values that runs must have.
    pub conditions: Vec<(String, String)>,
}

impl<'a> Arms<'a> {
    pub(super) fn of(results: &'a Results, selection: &Selection) -> Result<Self, PlotError> {
        let Selection { color, facet, conditions } = selection;
        let keys = known_keys(results.runs());
        let options = [("--color", color), ("--facet", facet)];
        let named = options.into_iter().filter_map(|(option, key)| Some((option, key.as_ref()?)));
        for (option, key) in named.chain(conditions.iter().map(|(key, _)| ("--where", key))) {
            if !keys.contains(key.as_str()) {
                let near = nearest(key, &keys.iter().copied().collect::<Vec<_>>()).map(str::to_owned);
                return Err(PlotError::NoKey { option, key: key.clone(), near });
            }
        }
        let (chosen, notes) = chosen(results, conditions)?;
        let values = |key: &Option<String>| match key {
            Some(key) => in_order(chosen.iter().map(|member| value(member.run, key))),
            None => vec![String::new()],
        };
        let (facets, labels) = (values(facet), values(color));
        let mut arms: BTreeMap<(usize, usize), Vec<Member<'a>>> = BTreeMap::new();
        for member in chosen {
            let place = |key: &Option<String>, values: &[String]| {
                let key = key.as_ref()?;
                values.iter().position(|known| *known == value(member.run, key))
            };
            let at = (place(facet, &facets).unwrap_or(0), place(color, &labels).unwrap_or(0));
            arms.entry(at).or_default().push(member);
        }
        for members in arms.values() {
            check_alike(members, results.keys())?;
        }
        let arms = arms.into_iter().map(|((facet, label), members)| Arm { facet, label, members });
        Ok(Arms { facets, labels, arms: arms.collect(), notes })
    }
}

/// The text of a key's value in a run.
fn value_of(run: &Run, key: &str) -> Option<String> {
    match key {
        "algorithm" => run.algorithm().map(str::to_owned),
        "problem" => run.problem().map(str::to_owned),
        key => run.key(key).map(str::to_owned),
    }
}

fn value(run: &Run, key: &str) -> String {
    value_of(run, key).unwrap_or_else(|| "not set".to_owned())
}

fn known_keys(runs: &[Run]) -> BTreeSet<&str> {
    let own = ["algorithm", "problem", "seed"];
    own.into_iter().chain(runs.iter().flat_map(Run::keys).map(|(key, _)| key.as_str())).collect()
}

/// Different texts: numbers by their size, anything else in the order in which they come.
fn in_order(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for text in texts {
        if !values.contains(&text) {
            values.push(text);
        }
    }
    let numbers: Option<Vec<f64>> = values.iter().map(|text| text.parse().ok()).collect();
    if let Some(numbers) = numbers {
        let mut pairs: Vec<(f64, String)> = numbers.into_iter().zip(values).collect();
        pairs.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        return pairs.into_iter().map(|(_, text)| text).collect();
    }
    values
}

/// The complete runs that meet all conditions, and what is to be said of the others.
fn chosen<'a>(
    results: &'a Results,
    conditions: &[(String, String)],
) -> Result<(Vec<Member<'a>>, Vec<String>), PlotError> {
    let mut meet: Vec<(&Run, &str)> =
        results.runs().iter().zip(results.names().iter().map(String::as_str)).collect();
    for (key, wanted) in conditions {
        let there = in_order(meet.iter().map(|(run, _)| value(run, key)));
        let same = |there: &str| there == wanted || same_number(there, wanted);
        if !there.iter().any(|there| same(there)) {
            return Err(PlotError::NoValue { key: key.clone(), value: wanted.clone(), there });
        }
        meet.retain(|(run, _)| same(&value(run, key)));
    }
    let given = meet.len();
    let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
    meet.retain(|(run, _)| {
        let complete = run.status() == RunStatus::Complete;
        if !complete {
            *left_out.entry(run.status().name()).or_default() += 1;
        }
        complete
    });
    let reasons: Vec<String> = left_out.iter().map(|(status, number)| format!("{number} {status}")).collect();
    let (reasons, number) = (reasons.join(", "), given - meet.len());
    if meet.is_empty() {
        let given = if given == 1 { "1 run".to_owned() } else { format!("{given} runs") };
        let left_out = if reasons.is_empty() { "none".to_owned() } else { reasons };
        return Err(PlotError::NoRun { given, left_out });
    }
    let mut notes = Vec::new();
    if number > 0 {
        notes.push(format!("{number} of {given} runs are left out, which are not complete: {reasons}"));
    }
    if let Some(epochs) = results.mixed_epochs() {
        let epochs: Vec<String> = epochs.iter().map(u32::to_string).collect();
        notes.push(format!(
            "runs are of several epochs of results ({}), in which equal seeds need not give equal numbers",
            epochs.join(", ")
        ));
    }
    let member = |(run, name): (&'a Run, &'a str)| Member { run, name, seed: run.seed().unwrap_or(0) };
    Ok((meet.into_iter().map(member).collect(), notes))
}

fn same_number(one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    number(one).is_some_and(|one| number(other).is_some_and(|other| one.total_cmp(&other).is_eq()))
}

/// That runs of a line differ in their seeds and in nothing else. Of the keys in which they differ those are
/// named that whoever made the runs has changed, if there are such.
fn check_alike(members: &[Member<'_>], changed: &[String]) -> Result<(), PlotError> {
    let Some((first, others)) = members.split_first() else { return Ok(()) };
    let runs: Vec<&Run> = members.iter().map(|member| member.run).collect();
    let mut keys: Vec<&str> = vec!["algorithm"];
    let mut seen: BTreeSet<&str> = ["algorithm", "algorithm.kind", "seed"].into();
    keys.extend(
        runs.iter().flat_map(|run| run.keys()).map(|(key, _)| key.as_str()).filter(|key| seen.insert(key)),
    );
    keys.retain(|key| {
        let of_first = value_of(first.run, key);
        others.iter().any(|member| value_of(member.run, key) != of_first)
    });
    if keys.iter().any(|key| changed.iter().any(|changed| changed == key)) {
        keys.retain(|key| changed.iter().any(|changed| changed == key));
    }
    if !keys.is_empty() {
        let values = |key: &str| in_order(runs.iter().map(|run| value(run, key)));
        let differ = keys.into_iter().map(|key| (key.to_owned(), values(key))).collect();
        return Err(PlotError::Mixed { differ });
    }
    let mut seeds = BTreeMap::new();
    for member in members {
        if let Some(one) = seeds.insert(member.seed, member.name) {
            return Err(PlotError::Twice { one: one.to_owned(), other: member.name.to_owned() });
        }
    }
    Ok(())
}
