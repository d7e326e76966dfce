//! `dpac trace stats`: a third witness beside the ledger and the closed form.

use super::super::console::{BAD_INPUT, FAILED, FINE, say, say_json};
use super::super::numbers::grouped;
use super::file::{ended, has_messages, open, unreadable};
use crate::algorithm::Registry;
use crate::cli::screen::table;
use crate::experiment::{COMPONENTS_MAX, resolve_head};
use crate::visible::visible;
use clap::Args;
use dpac_actors::trace::format::Head;
use dpac_actors::trace::{Record, Recount};
use dpac_actors::{Tally, TallyBody};
use serde_json::{Value as Json, json};
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
    let mut compare = |what: &str, counted: &TallyBody, messages: u64, floats: u64, wire_bytes: u64| {
        let floats_counted = Tally::from(counted).all_floats();
        if (counted.messages, floats_counted, counted.wire_bytes) != (messages, floats, wire_bytes) {
            found.push(format!(
                "{what}: {} messages, {floats_counted} floats, {} bytes in events; {messages}, {floats}, {wire_bytes} by the closed form",
                counted.messages, counted.wire_bytes
            ));
        }
    };
    for (kind, counted) in head.kinds.iter().zip(&recount.wire) {
        let totals = resolved
            .closed_form
            .by_kind
            .get(kind.name.as_str())
            .map(|counts| counts.totals)
            .unwrap_or_default();
        compare(&kind.name, counted, totals.messages, totals.floats, totals.wire_bytes);
    }
    let local = resolved.closed_form.local;
    compare("local twins", &sum(&recount.local), local.messages, local.floats, local.wire_bytes);
    Ok(found)
}

fn sum(tallies: &[TallyBody]) -> TallyBody {
    tallies.iter().fold(TallyBody::default(), |mut sum, tally| {
        sum.add(tally);
        sum
    })
}

fn text(recount: &Recount, head: &Head, checks: &Checks) -> String {
    let row = |name: &str, way: &str, tally: &TallyBody| {
        let [theta, psi, omega, other] = tally.floats.map(grouped);
        [
            name.to_owned(),
            way.to_owned(),
            grouped(tally.messages),
            theta,
            psi,
            omega,
            other,
            grouped(tally.wire_bytes),
        ]
    };
    let mut rows = Vec::new();
    for (kind, tally) in head.kinds.iter().zip(&recount.wire) {
        rows.push(row(&kind.name, if kind.direction == 0 { "up" } else { "down" }, tally));
    }
    rows.push(row("all", "", &sum(&recount.wire)));
    rows.push(row("local twins", "", &sum(&recount.local)));
    rows.push(row("aggregated", "", &recount.notes));
    let names = ["messages", "", "number", "theta", "psi", "omega", "other", "bytes on the wire"];
    let mut text = table(names, 2, &rows);
    if recount.dropped > 0 {
        text.push_str(&format!("  {} messages were lost on the way\n", grouped(recount.dropped)));
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
    let tally = |tally: &TallyBody| {
        let [theta, psi, omega, other] = tally.floats;
        json!({
            "messages": tally.messages,
            "floats_by_vector": { "theta": theta, "psi": psi, "omega": omega, "other": other },
            "wire_bytes": tally.wire_bytes,
        })
    };
    let by_kind = |tallies: &[TallyBody]| -> Json {
        let pairs = head.kinds.iter().zip(tallies).map(|(kind, it)| (kind.name.clone(), tally(it)));
        Json::Object(pairs.collect())
    };
    json!({
        "wire": by_kind(&recount.wire),
        "local": by_kind(&recount.local),
        "aggregated": tally(&recount.notes),
        "dropped": recount.dropped,
        "ledger_compared": checks.ledger.is_ok(),
        "closed_form_compared": checks.closed_form.is_ok(),
        "differences": checks.differences,
    })
}
