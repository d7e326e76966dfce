//! `dpac trace doctor` and `dpac trace recover`.

use super::super::console::{BAD_INPUT, FAILED, FINE, INCOMPLETE, complain, say, say_json};
use super::super::numbers::{bytes, grouped};
use super::super::writing::complain_of_writing;
use super::file::complain_of;
use crate::files::{NewFile, open_regular};
use crate::visible::shown;
use clap::Args;
use dpac_actors::trace::{Findings, Stretch, examine, recover};
use serde_json::json;
use std::fmt::Write;
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
    let file = match open_regular(path) {
        Ok((file, _)) => BufReader::new(file),
        Err(error) => {
            complain(&format!("cannot read {}: {error}", shown(path)), None);
            return BAD_INPUT;
        }
    };
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
    let file = match open_regular(path) {
        Ok((file, _)) => BufReader::new(file),
        Err(error) => {
            complain(&format!("cannot read {}: {error}", shown(path)), None);
            return BAD_INPUT;
        }
    };
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
            if matches!(error, dpac_actors::trace::TraceError::Io(_)) { FAILED } else { BAD_INPUT }
        }
    }
}

fn report(path: &Path, findings: &Findings, json: bool) -> u8 {
    let said = if json {
        say_json(&as_json(findings))
    } else {
        say(&format!("{}\n{}", shown(path), text(findings)))
    };
    said.max(if findings.healthy() { FINE } else { INCOMPLETE })
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
    if !findings.ended {
        text.push_str("  the end of the run is missing\n");
    }
    if !findings.footed {
        text.push_str("  the footer is missing: the file was cut, or its writer was\n");
    }
    if findings.healthy() {
        text.push_str("  nothing is damaged, nothing is missing\n");
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
    json!({
        "healthy": findings.healthy(),
        "lost_bytes": findings.lost_bytes(),
        "run_ended": findings.ended,
        "footer": findings.footed,
        "stretches": findings.stretches.iter().map(stretch).collect::<Vec<_>>(),
    })
}
