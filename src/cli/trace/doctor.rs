//! `dpac trace doctor` and `dpac trace recover`.

use super::super::console::{BAD_INPUT, FAILED, FINE, INCOMPLETE, say, say_json};
use super::super::numbers::{bytes, grouped};
use super::super::writing::complain_of_writing;
use super::file::{complain_of, unreadable};
use crate::experiment::{input_is_intact, open_trace_file};
use crate::files::NewFile;
use crate::visible::shown;
use clap::Args;
use dpac_actors::trace::{Findings, Remark, Stretch, TraceError, examine, recover};
use serde_json::json;
use std::fmt::Write;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

/// Look for damage in a trace, and for what is sound beyond it
#[derive(Args)]
pub(super) struct Arguments {
    /// A trace
    trace: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Write a readable trace of what is sound in a damaged one
#[derive(Args)]
#[command(
    after_help = "Where something is lost, the new trace says how much; replaying it goes no further than that."
)]
pub(super) struct RecoverArguments {
    /// A damaged trace
    trace: PathBuf,
    /// Where to write
    output: PathBuf,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let path = &arguments.trace;
    let Some(file) = opened(path) else { return BAD_INPUT };
    match examine(file, |_, _| Ok(()), |_| Ok(())) {
        Ok(findings) => report(path, &findings, arguments.json),
        Err(error) => {
            complain_of(path, &error);
            BAD_INPUT
        }
    }
}

pub(super) fn recover_main(arguments: &RecoverArguments) -> u8 {
    let (path, output) = (&arguments.trace, &arguments.output);
    let Some(file) = opened(path) else { return BAD_INPUT };
    let mut new = match NewFile::begin(output, arguments.force, std::slice::from_ref(path)) {
        Ok(new) => new,
        Err(error) => return complain_of_writing(&error),
    };
    let recovered = recover(file, &mut BufWriter::new(new.file()));
    match recovered {
        Ok(findings) => match new.place() {
            Ok(()) => report(path, &findings, false),
            Err(error) => complain_of_writing(&error),
        },
        Err(error) => {
            complain_of(path, &error);
            if matches!(error, TraceError::Io(_)) { FAILED } else { BAD_INPUT }
        }
    }
}

/// The file at `path`; where it cannot be opened, that has been said.
fn opened(path: &Path) -> Option<BufReader<File>> {
    match open_trace_file(path) {
        Ok(file) => Some(BufReader::new(file)),
        Err(error) => {
            unreadable(path, &error);
            None
        }
    }
}

fn report(path: &Path, findings: &Findings, json: bool) -> u8 {
    let said = if json {
        say_json(&as_json(findings))
    } else {
        say(&format!("{}\n{}", shown(path), text(findings)))
    };
    said.max(if healthy(findings) { FINE } else { INCOMPLETE })
}

fn healthy(findings: &Findings) -> bool {
    findings.healthy() && changed_inputs(findings).next().is_none()
}

/// Input files that are not what their digests say.
fn changed_inputs(findings: &Findings) -> impl Iterator<Item = &str> {
    findings.head.files.iter().filter(|file| !input_is_intact(file)).map(|file| file.name.as_str())
}

fn text(findings: &Findings) -> String {
    let mut text = String::new();
    for stretch in &findings.stretches {
        // Writing into a string cannot fail.
        let _ = match stretch {
            Stretch::Sound { offset, bytes: length, records } => {
                writeln!(
                    text,
                    "  {:>14}  {:>10}  {} sound records",
                    grouped(*offset),
                    bytes(*length),
                    grouped(*records)
                )
            }
            Stretch::Damaged { offset, bytes: length, what } => {
                writeln!(text, "  {:>14}  {:>10}  lost: {what}", grouped(*offset), bytes(*length))
            }
        };
    }
    if findings.further_stretches > 0 {
        let further = grouped(findings.further_stretches);
        let _ = writeln!(
            text,
            "  and {further} further stretches; {} are lost in all",
            bytes(findings.lost_bytes)
        );
    }
    for Remark { offset, what } in &findings.remarks.first {
        let _ = writeln!(text, "  {:>14}  {what}", grouped(*offset));
    }
    if findings.remarks.further > 0 {
        let _ = writeln!(text, "  and {} further contradictions", grouped(findings.remarks.further));
    }
    for file in changed_inputs(findings) {
        let _ = writeln!(text, "  the input file {file} is not what its digest says");
    }
    if !findings.ended {
        text.push_str("  the end of the run is missing\n");
    }
    if !findings.footed {
        text.push_str("  the footer is missing: the file was cut, or its writer was\n");
    }
    if healthy(findings) {
        text.push_str("  nothing is damaged, nothing is missing, nothing contradicts the rest\n");
    }
    text
}

fn as_json(findings: &Findings) -> serde_json::Value {
    let stretch = |stretch: &Stretch| match stretch {
        Stretch::Sound { offset, bytes, records } => {
            json!({ "sound": true, "offset": offset, "bytes": bytes, "records": records })
        }
        Stretch::Damaged { offset, bytes, what } => {
            json!({ "sound": false, "offset": offset, "bytes": bytes, "what": what.to_string() })
        }
    };
    let remark = |remark: &Remark| json!({ "offset": remark.offset, "what": remark.what });
    json!({
        "healthy": healthy(findings),
        "lost_bytes": findings.lost_bytes,
        "run_ended": findings.ended,
        "footer": findings.footed,
        "stretches": findings.stretches.iter().map(stretch).collect::<Vec<_>>(),
        "further_stretches": findings.further_stretches,
        "contradictions": findings.remarks.first.iter().map(remark).collect::<Vec<_>>(),
        "further_contradictions": findings.remarks.further,
        "changed_inputs": changed_inputs(findings).collect::<Vec<_>>(),
    })
}
