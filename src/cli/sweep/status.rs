//! `dpac sweep status`.

use super::super::console::{FAILED, FINE, say, say_json};
use super::super::numbers::counted;
use super::work::refused;
use crate::sweep::{Standing, SweepCell, SweepDirectory};
use crate::visible::{shown, visible};
use clap::Args;
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

/// Say how the runs of a sweep stand; exit code 0 only if all are complete
#[derive(Args)]
#[command(after_help = "Example:\n  dpac sweep status sweeps/targets")]
pub(in crate::cli) struct Arguments {
    /// The sweep's directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Print every run as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let directory = match SweepDirectory::open(&arguments.directory) {
        Ok(directory) => directory,
        Err(error) => return refused(&error),
    };
    let cells = directory.cells();
    let said = if arguments.json {
        say_json(&as_json(&directory, &cells))
    } else {
        say(&screen(&directory, &cells))
    };
    let complete = cells.iter().all(|cell| cell.standing == Standing::Complete);
    said.max(if complete { FINE } else { FAILED })
}

fn name(standing: &Standing) -> &'static str {
    match standing {
        Standing::Missing => "to do",
        Standing::Complete => "complete",
        Standing::Failed(_) => "failed",
        Standing::Interrupted => "interrupted",
        Standing::Running(_) => "running",
        Standing::Foreign(_) => "in the way",
    }
}

fn why(standing: &Standing) -> Option<String> {
    match standing {
        Standing::Failed(why) | Standing::Foreign(why) => Some(why.clone()),
        Standing::Running(holder) => Some(holder.to_string()),
        Standing::Missing | Standing::Complete | Standing::Interrupted => None,
    }
}

fn as_json(directory: &SweepDirectory, cells: &[SweepCell]) -> serde_json::Value {
    let cell = |cell: &SweepCell| {
        json!({
            "run": cell.path.file_name().map(|name| name.to_string_lossy().into_owned()),
            "arm": cell.arm, "seed": cell.seed,
            "status": name(&cell.standing), "why": why(&cell.standing),
        })
    };
    let complete = cells.iter().filter(|cell| cell.standing == Standing::Complete).count();
    json!({
        "keys": directory.keys(), "runs": cells.len(), "complete": complete,
        "cells": cells.iter().map(cell).collect::<Vec<_>>(),
    })
}

/// The most runs that are named one by one.
const NAMED_MAX: usize = 20;

fn screen(directory: &SweepDirectory, cells: &[SweepCell]) -> String {
    let number = |wanted: &str| cells.iter().filter(|cell| name(&cell.standing) == wanted).count();
    let mut parts: Vec<String> = Vec::new();
    for wanted in ["complete", "running", "interrupted", "to do", "failed", "in the way"] {
        if number(wanted) > 0 {
            parts.push(format!("{} {wanted}", number(wanted)));
        }
    }
    let mut text =
        format!("{}: {}: {}\n", shown(directory.path()), counted(cells.len(), "run"), parts.join(", "));
    let named: Vec<_> = cells
        .iter()
        .filter(|cell| !matches!(cell.standing, Standing::Complete | Standing::Missing))
        .collect();
    for cell in named.iter().take(NAMED_MAX) {
        let name_of =
            cell.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let why = why(&cell.standing).map_or_else(String::new, |why| format!(": {}", visible(&why)));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:<11} {}{why}", name(&cell.standing), visible(&name_of));
    }
    if named.len() > NAMED_MAX {
        let _ = writeln!(text, "  and {} more; --json has all", named.len() - NAMED_MAX);
    }
    text
}
