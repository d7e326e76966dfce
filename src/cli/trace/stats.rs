//! `dpac trace stats`: a third witness beside the ledger and the closed form.

use super::super::console::{BAD_INPUT, FAILED, FINE, say, say_json};
use super::super::numbers::grouped;
use super::file::{ended, has_messages, open, unreadable};
use crate::algorithm::Registry;
use crate::cli::screen::table;
use crate::experiment::{COMPONENTS_MAX, resolve_head};
use crate::theory::counts::Totals;
use crate::visible::visible;
use clap::Args;
use dpac_actors::trace::format::{Head, HeadKind};
use dpac_actors::trace::{Record, Recount};
use dpac_actors::{Route, Tally, Total};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Count messages, floats and bytes again, from the recorded messages alone
#[derive(Args)]
#[command(
    after_help = "The counts are compared with the ledger that the run kept, and with the closed form of the recorded configuration. \
                        Exit code 1 if they differ."
)]
pub(super) struct Arguments {
    /// A trace of level order or full
    trace: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    let path = &arguments.trace;
    let Some(mut trace) = open(path) else { return BAD_INPUT };
    if !has_messages(path, &trace) {
        return BAD_INPUT;
    }
    let mut recount = Recount::new(trace.head());
    // The ledger as of the messages counted so far: at a checkpoint, or at the end.
    let (mut told, mut complete) = (None, false);
    loop {
        match trace.next_record() {
            Ok(Some(Record::Chunk(chunk))) => recount.add(trace.head(), &chunk.events),
            Ok(Some(Record::ServerWork(work))) => recount.add_server_work(&work),
            Ok(Some(Record::Checkpoint(checkpoint))) => {
                told = Some((recount.clone(), checkpoint.counters));
            }
            Ok(Some(Record::End(end))) => {
                complete = end.status == 0;
                told = end.counters.map(|counters| (recount.clone(), counters)).or(told);
            }
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => return unreadable(path, &error),
        }
    }
    let head = trace.head();
    let mut differences = told.map_or_else(Vec::new, |(counted, told)| counted.differences(head, &told));
    let whole = if complete { Ok(()) } else { Err(CUT_SHORT.to_owned()) };
    let closed_form = whole.clone().and_then(|()| against_closed_form(&recount, head, registry));
    differences.extend(closed_form.iter().flatten().cloned());
    let checks = Checks { ledger: whole, closed_form: closed_form.map(|_| ()), differences };
    let said = if arguments.json {
        say_json(&as_json(&recount, head, &checks))
    } else {
        say(&text(&recount, head, &checks))
    };
    let verdict = if checks.differences.is_empty() { FINE } else { FAILED };
    said.max(verdict).max(ended(path, &trace))
}

/// What the count was compared with, or why it was not.
struct Checks {
    ledger: Result<(), String>,
    closed_form: Result<(), String>,
    differences: Vec<String>,
}

const CUT_SHORT: &str = "the trace does not reach the end of the run";

/// Where the count differs from the closed form, or why that is not known.
fn against_closed_form(recount: &Recount, head: &Head, registry: Registry) -> Result<Vec<String>, String> {
    if registry.find(&head.algorithm).is_none() {
        return Err(format!("no closed form is known for the algorithm {}", visible(&head.algorithm)));
    }
    let resolved = resolve_head(head, registry, COMPONENTS_MAX);
    let resolved = resolved.map(|(resolved, _)| resolved).map_err(|error| {
        let told = error.to_string();
        visible(told.lines().next().unwrap_or_default()).into_owned()
    })?;
    let mut found = Vec::new();
    let mut compare = |what: &str, counted: &Total, totals: &Totals| {
        let counted = Totals::from(*counted);
        if counted != *totals {
            let said = |totals: &Totals| {
                let Totals { messages, floats, integers, wire_bytes, .. } = totals;
                format!("{messages} messages, {floats} floats, {integers} integers, {wire_bytes} bytes")
            };
            found.push(format!("{what}: {} in events; {} by the closed form", said(&counted), said(totals)));
        }
    };
    for (kind, counted) in head.kinds.iter().zip(&recount.wire) {
        let totals = resolved
            .closed_form
            .by_kind
            .get(kind.name.as_str())
            .map(|counts| counts.totals)
            .unwrap_or_default();
        compare(&kind.name, &sum(std::slice::from_ref(counted)), &totals);
    }
    compare("local twins", &sum(&recount.local), &resolved.closed_form.local);
    let planned = &resolved.closed_form.server_work;
    let names = recount.server_work.keys().map(String::as_str).chain(planned.keys().copied());
    for name in names.collect::<BTreeSet<_>>() {
        let recorded = recount.server_work.get(name).copied().unwrap_or_default();
        let by_form = planned.get(name).copied().unwrap_or_default();
        if recorded != by_form {
            found.push(format!("{}: {recorded} as recorded; {by_form} by the closed form", visible(name)));
        }
    }
    Ok(found)
}

fn sum(tallies: &[Tally]) -> Total {
    tallies.iter().fold(Total::default(), |mut sum, tally| {
        sum.add(tally);
        sum
    })
}

/// The numbers of a tally by the names of its kind's vectors.
fn by_name<'a>(kind: &'a HeadKind, tally: &'a Tally) -> impl Iterator<Item = (&'a str, u64)> {
    let floats = kind.vectors.iter().zip(&tally.floats);
    let integers = kind.integers.iter().zip(&tally.integers);
    floats.chain(integers).map(|(name, &count)| (name.as_str(), count))
}

fn text(recount: &Recount, head: &Head, checks: &Checks) -> String {
    // Every name once, in the order of the kinds.
    let mut names: Vec<&str> = Vec::new();
    for name in head.kinds.iter().flat_map(|kind| kind.vectors.iter().chain(&kind.integers)) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let counted = |tallies: &[Tally]| {
        let mut numbers = vec![0_u64; names.len()];
        for (kind, tally) in head.kinds.iter().zip(tallies) {
            for (name, count) in by_name(kind, tally) {
                let place = names.iter().position(|known| *known == name).expect("every name is there");
                numbers[place] = numbers[place].saturating_add(count);
            }
        }
        numbers
    };
    let row = |name: &str, way: &str, total: Total, numbers: Vec<u64>| {
        let mut row = vec![visible(name).into_owned(), way.to_owned(), grouped(total.messages)];
        row.extend(numbers.into_iter().map(grouped));
        row.push(grouped(total.wire_bytes));
        row
    };
    let mut rows = Vec::new();
    for (number, kind) in head.kinds.iter().enumerate() {
        let mut only = vec![Tally::default(); head.kinds.len()];
        only[number].clone_from(&recount.wire[number]);
        let way = kind.route().map_or("", Route::name);
        rows.push(row(&kind.name, way, sum(&only), counted(&only)));
    }
    rows.push(row("all", "", sum(&recount.wire), counted(&recount.wire)));
    rows.push(row("local twins", "", sum(&recount.local), counted(&recount.local)));
    let notes = sum(std::slice::from_ref(&recount.notes));
    rows.push(row("barrier", "", notes, vec![0; names.len()]));
    let names: Vec<_> = names.into_iter().map(visible).collect();
    let mut titles = vec!["messages", "", "number"];
    titles.extend(names.iter().map(|name| &**name));
    titles.push("bytes on the wire");
    let mut text = table(&titles, 2, &rows);
    if recount.dropped > 0 {
        text.push_str(&format!("  {} messages were lost on the way\n", grouped(recount.dropped)));
    }
    if !recount.server_work.is_empty() {
        let sort = |(name, &done): (&String, &u64)| {
            format!("{} {}", grouped(done), visible(&name.replace('_', " ")))
        };
        let sorts: Vec<String> = recount.server_work.iter().map(sort).collect();
        text.push_str(&format!("  of the server: {}\n", sorts.join(", ")));
    }
    for (checked, name) in [(&checks.ledger, "ledger"), (&checks.closed_form, "closed form")] {
        let verdict = match (checked, checks.differences.is_empty()) {
            (Ok(()), true) => "equal, to the unit".to_owned(),
            (Ok(()), false) => "see below".to_owned(),
            (Err(why), _) => format!("not compared: {why}"),
        };
        text.push_str(&format!("  {name:<12} {verdict}\n"));
    }
    for difference in &checks.differences {
        text.push_str(&format!("  {difference}\n"));
    }
    text
}

fn as_json(recount: &Recount, head: &Head, checks: &Checks) -> Json {
    let tally = |tally: &Tally, numbers: Vec<(&str, u64)>| {
        let numbers = numbers.into_iter().map(|(name, count)| (name.to_owned(), count.into()));
        json!({
            "messages": tally.messages,
            "floats_by_vector": Json::Object(numbers.collect()),
            "wire_bytes": tally.wire_bytes,
        })
    };
    let by_kind = |tallies: &[Tally]| -> Json {
        let pairs = head.kinds.iter().zip(tallies);
        let pairs = pairs.map(|(kind, it)| (kind.name.clone(), tally(it, by_name(kind, it).collect())));
        Json::Object(pairs.collect())
    };
    json!({
        "wire": by_kind(&recount.wire),
        "local": by_kind(&recount.local),
        "barrier": tally(&recount.notes, Vec::new()),
        "dropped": recount.dropped,
        "server_work": recount.server_work,
        "ledger_compared": checks.ledger.is_ok(),
        "closed_form_compared": checks.closed_form.is_ok(),
        "differences": checks.differences,
    })
}
