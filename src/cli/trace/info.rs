//! `dpac trace info`.

use super::super::console::{BAD_INPUT, say, say_json};
use super::super::numbers::{bytes, grouped};
use super::file::{ended, open, unreadable};
use crate::visible::shown;
use clap::Args;
use dpac_actors::trace::format::Head;
use dpac_actors::trace::{Level, Record};
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

/// Say what a trace is of, and how much it holds
#[derive(Args)]
pub(super) struct Arguments {
    /// A trace
    trace: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Default)]
struct Held {
    rounds: u64,
    messages: u64,
    blobs: u64,
    blob_bytes: u64,
    snapshots: u64,
    snapshot_bytes: u64,
    ended: Option<u8>,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let path = &arguments.trace;
    let Some(mut trace) = open(path) else { return BAD_INPUT };
    let mut held = Held::default();
    loop {
        match trace.next_record() {
            Ok(Some(Record::Checkpoint(_))) => held.rounds += 1,
            Ok(Some(Record::Chunk(chunk))) => held.messages += chunk.events.events.len() as u64,
            Ok(Some(Record::Blob(blob))) => {
                held.blobs += 1;
                held.blob_bytes += blob.bytes.len() as u64;
            }
            Ok(Some(Record::Snapshot(snapshot))) => {
                held.snapshots += 1;
                held.snapshot_bytes += snapshot.bytes.len() as u64;
            }
            Ok(Some(Record::End(end))) => held.ended = Some(end.status),
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => return unreadable(path, &error),
        }
    }
    let size = trace.size();
    let (head, complete) = (trace.head(), trace.complete());
    let said = if arguments.json {
        say_json(&as_json(head, &held, size, complete))
    } else {
        say(&format!("{}\n{}", shown(path), text(head, &held, size)))
    };
    said.max(ended(path, &trace))
}

fn ending(held: &Held) -> &'static str {
    match held.ended {
        Some(0) => "complete",
        Some(1) => "stopped",
        Some(_) => "ended by a fault",
        None => "cut short",
    }
}

fn level(head: &Head) -> &'static str {
    head.level().map_or("unknown", Level::name)
}

fn text(head: &Head, held: &Held, size: u64) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let mut line = |label: &str, what: String| {
        let _ = writeln!(text, "  {label:<8} {what}");
    };
    line(
        "run",
        format!(
            "{}, M = {}, seed {}; {}",
            head.algorithm,
            grouped(head.clients.into()),
            head.seed,
            ending(held)
        ),
    );
    line("level", level(head).to_owned());
    if let Some(kept) = &head.kept {
        let ranges: Vec<String> =
            kept.iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") }).collect();
        line("", format!("replies of clients {} are kept", ranges.join(",")));
    }
    line(
        "holds",
        format!(
            "{} rounds, {} messages, {} payloads of {}",
            grouped(held.rounds),
            grouped(held.messages),
            grouped(held.blobs),
            bytes(held.blob_bytes)
        ),
    );
    if held.snapshots > 0 {
        line("", format!("{} snapshots of {}", grouped(held.snapshots), bytes(held.snapshot_bytes)));
    }
    line("size", bytes(size));
    line("by", format!("{} ({}) on {}", head.program, head.commit, head.target));
    line("", format!("CPU features {}", head.cpu_features.join(" ")));
    let names: Vec<&str> = head.kinds.iter().map(|kind| kind.name.as_str()).collect();
    line("kinds", names.join(", "));
    let files: Vec<String> = head
        .files
        .iter()
        .map(|file| format!("{} ({})", file.name, bytes(file.content.len() as u64)))
        .collect();
    line("inputs", if files.is_empty() { "none".to_owned() } else { files.join(", ") });
    text
}

fn as_json(head: &Head, held: &Held, size: u64, complete: bool) -> serde_json::Value {
    json!({
        "algorithm": head.algorithm,
        "clients": head.clients,
        "seed": head.seed,
        "level": level(head),
        "kept_clients": head.kept,
        "program": head.program,
        "commit": head.commit,
        "target": head.target,
        "cpu_features": head.cpu_features,
        "created_unix_seconds": head.created_unix_seconds,
        "block_size": head.block_size,
        "kinds": head.kinds.iter().map(|kind| &kind.name).collect::<Vec<_>>(),
        "config": head.config,
        "files": head.files.iter().map(|f| json!({ "name": f.name, "blake3": f.digest, "bytes": f.content.len() })).collect::<Vec<_>>(),
        "rounds": held.rounds,
        "messages": held.messages,
        "payloads": held.blobs,
        "payload_bytes": held.blob_bytes,
        "snapshots": held.snapshots,
        "snapshot_bytes": held.snapshot_bytes,
        "file_bytes": size,
        "ending": ending(held),
        "complete": complete,
    })
}
