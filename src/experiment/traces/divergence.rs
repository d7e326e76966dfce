//! Where two runs part, for a person and as JSON: what explains most cases comes first.

use super::replay::{HeadDifference, Replayed};
use crate::visible::{program, shown};
use dpac_actors::trace::format::Head;
use dpac_actors::trace::{ContentDifference, Divergence, MessageDifference, Verdict, ulps};
use dpac_actors::{Address, Header, Place};
use serde_json::{Value as Json, json};
use std::fmt::Write;
use std::path::Path;

/// Numbers this close are what another order of summation makes of them.
const ROUNDING_ULPS: u64 = 16;

/// Writing into a string cannot fail, so its results are dropped here, once.
macro_rules! line {
    ($text:expr, $($arguments:tt)*) => { { let _ = writeln!($text, $($arguments)*); } };
}

/// What a person reads of a trace that was run again.
pub fn text(replayed: &Replayed, path: &Path) -> String {
    let Verdict::Differs(divergence) = &replayed.verdict else {
        let beginning = beginning(replayed).map(|text| format!(", {text}")).unwrap_or_default();
        let rounds = replayed.rounds;
        return match replayed.verdict {
            Verdict::Same => format!("the same, {rounds} rounds{beginning}\n"),
            _ => format!("the same so far, {rounds} rounds{beginning}; the trace is not whole\n"),
        };
    };
    let mut text = heads(&replayed.head_differences);
    if let Some(beginning) = beginning(replayed) {
        line!(text, "  began    {beginning}");
    }
    text.push_str(&parting(divergence, &replayed.head));
    if !replayed.deliveries.is_empty() {
        line!(text, "  before   the last messages that it was given");
        for header in replayed.deliveries.iter().rev().take(5) {
            line!(text, "             {}", replayed.head.words(header));
        }
        if replayed.deliveries.len() > 5 {
            line!(text, "             and {} before them", replayed.deliveries.len() - 5);
        }
    }
    for (i, cause) in causes(divergence, &replayed.head_differences).iter().enumerate() {
        line!(text, "  {:<8} {cause}", if i == 0 { "likely" } else { "" });
    }
    line!(text, "  again    {}", command(divergence, path));
    text
}

/// Where it began, if not at the beginning.
fn beginning(replayed: &Replayed) -> Option<String> {
    let Place { round, phase, barrier } = replayed.began_after?;
    Some(format!("from the snapshot in round {round} ({} phase, barrier {barrier}) on", phase.name()))
}

/// The differences between two heads, which explain most differences of runs.
pub fn heads(differences: &[HeadDifference]) -> String {
    let mut text = String::new();
    for (i, HeadDifference { what, recorded, now }) in differences.iter().enumerate() {
        line!(text, "  {:<8} {what}: {now}, recorded was {recorded}", if i == 0 { "heads" } else { "" });
    }
    text
}

/// Where they part.
pub fn parting(divergence: &Divergence, head: &Head) -> String {
    let mut text = divergence.words(head);
    if divergence.message.is_none() {
        line!(text, "           a trace of level order names the message, one of level full the number");
    }
    text
}

/// What it may be, most likely first.
fn causes(divergence: &Divergence, heads: &[HeadDifference]) -> Vec<String> {
    let mut causes = Vec::new();
    let differs = |what: &str| heads.iter().any(|difference| difference.what == what);
    if differs("program") || differs("commit") {
        causes.push("another version of the program; its CHANGELOG lists changes of digests".to_owned());
    }
    if differs("CPU features") || differs("target") {
        causes.push("code that is chosen by CPU or platform".to_owned());
    }
    if differs("configuration") {
        causes.push("a default that has changed since".to_owned());
    }
    if let Some(message) = &divergence.message {
        causes.push(
            match message.header.from {
                Address::Critic(_) | Address::Actor(_) => {
                    "the worker: its local steps, tables or random stream"
                }
                Address::Client(_) => "what the client hands on",
                Address::Server if message.header.to == Address::Server => "the fold of the replies",
                Address::Server => "the coordinator, whose aggregate was the same",
            }
            .to_owned(),
        );
        if let Some(ContentDifference::Number { recorded, now, .. }) = &message.content {
            causes.push(if ulps(*recorded, *now) <= ROUNDING_ULPS {
                "rounding: a sum in another order, or functions of another library".to_owned()
            } else {
                "more than rounding: other draws, other data or another formula".to_owned()
            });
        }
    }
    if heads.is_empty() {
        causes.push(
            "the program and machine are the same: look for clocks, map order, shared state".to_owned(),
        );
    }
    causes
}

/// The command that shows the same again, in the smallest run that does.
fn command(divergence: &Divergence, path: &Path) -> String {
    let path = shown(path);
    match &divergence.message {
        Some(message) if message.content.is_some() => {
            format!("{} replay {path} --role {}", program(), message.header.from)
        }
        _ => format!("{} replay {path}", program()),
    }
}

/// The same as JSON.
pub fn as_json(replayed: &Replayed, path: &Path) -> Json {
    let verdict = match &replayed.verdict {
        Verdict::Same => "same",
        Verdict::SameSoFar => "same-so-far",
        Verdict::Differs(_) => "differs",
    };
    let began_after = replayed
        .began_after
        .map(|Place { round, phase, barrier }| json!({ "round": round, "phase": phase.name(), "barrier": barrier }));
    let mut json = json!({ "verdict": verdict, "rounds": replayed.rounds, "began_after": began_after });
    if let Verdict::Differs(divergence) = &replayed.verdict {
        let heads = replayed.head_differences.iter().map(|HeadDifference { what, recorded, now }| {
            json!({ "what": what, "recorded": recorded, "now": now })
        });
        json["heads"] = heads.collect();
        json["divergence"] = divergence_as_json(divergence, &replayed.head);
        json["deliveries"] = replayed.deliveries.iter().map(|h| header_as_json(h, &replayed.head)).collect();
        json["likely"] = causes(divergence, &replayed.head_differences).into();
        json["command"] = command(divergence, path).into();
    }
    json
}

/// Where two runs part, as JSON.
pub fn divergence_as_json(divergence: &Divergence, head: &Head) -> Json {
    json!({
        "round": divergence.round,
        "turn": divergence.turn,
        "message": divergence.message.as_ref().map(|message| difference_as_json(message, head)),
        "checkpoint": divergence.checkpoint,
    })
}

/// A message that differs, as JSON.
pub fn difference_as_json(message: &MessageDifference, head: &Head) -> Json {
    let mut json = header_as_json(&message.header, head);
    let digest =
        |of: &Option<(u64, dpac_actors::trace::Fate)>| of.map(|(digest, _)| format!("{digest:016x}"));
    json["recorded_digest"] = digest(&message.recorded).into();
    json["now_digest"] = digest(&message.now).into();
    match &message.content {
        Some(ContentDifference::Number { vector, index, recorded, now }) => {
            json["number"] = json!({
                "vector": vector,
                "index": index,
                "recorded": recorded,
                "now": now,
                "recorded_bits": format!("{:016x}", recorded.to_bits()),
                "now_bits": format!("{:016x}", now.to_bits()),
                "ulps": ulps(*recorded, *now),
            });
        }
        Some(ContentDifference::Integer { vector, index, recorded, now }) => {
            json["integer"] = json!({ "vector": vector, "index": index, "recorded": recorded, "now": now });
        }
        Some(ContentDifference::Length { vector, recorded, now }) => {
            json["length"] = json!({ "vector": vector, "recorded": recorded, "now": now });
        }
        Some(ContentDifference::Other(what)) => json["other"] = what.as_str().into(),
        None => {}
    }
    json
}

/// Who sends a message to whom, and when, as JSON.
pub fn header_as_json(header: &Header, head: &Head) -> Json {
    let Header { from, to, place: Place { round, phase, barrier }, kind } = header;
    json!({
        "from": from.to_string(),
        "to": to.to_string(),
        "round": round,
        "phase": phase.name(),
        "barrier": barrier,
        "kind": head.kind_name(*kind),
    })
}
