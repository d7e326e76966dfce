//! `dpac trace export`: traces for other programs.

mod lines;
mod mermaid;
mod message;
mod perfetto;

use super::super::console::{BAD_INPUT, FINE, say};
use super::super::writing::complain_of_writing;
use super::file::{FileTrace, ended, has_messages, open, range, unreadable};
use crate::files::write_file;
use clap::{Args, ValueEnum};
use dpac_actors::trace::{Hop, Record};
use message::{Export, Message};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Write a trace for other programs: Perfetto, Mermaid, JSON lines, CSV
#[derive(Args)]
#[command(
    after_help = "perfetto  Chrome trace JSON, which ui.perfetto.dev opens: a track per role of the chosen clients and per fold block, an \
                        arrow per message. Its time is logical: a trace has no clock.\n\
                        mermaid   a sequence diagram of the chosen rounds and clients, at most as long as Mermaid draws\n\
                        jsonl, csv  a line per message"
)]
pub(super) struct Arguments {
    /// A trace of level order or full
    trace: PathBuf,
    /// The form
    #[arg(long, value_name = "FORM")]
    format: Form,
    /// Only these outer rounds: a number, or 3..5 [default: all; mermaid: 0]
    #[arg(long, value_name = "ROUNDS", value_parser = range)]
    rounds: Option<RangeInclusive<u32>>,
    /// Only messages to and from these clients [default: all; perfetto: 0..7; mermaid: 0..1]
    #[arg(long, value_name = "CLIENTS", value_parser = range)]
    clients: Option<RangeInclusive<u32>>,
    /// Where to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long, requires = "out")]
    force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Perfetto,
    Mermaid,
    Jsonl,
    Csv,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let path = &arguments.trace;
    let Some(mut trace) = open(path) else { return BAD_INPUT };
    if !has_messages(path, &trace) {
        return BAD_INPUT;
    }
    let export: Box<dyn Export> = match arguments.format {
        Form::Perfetto => Box::new(perfetto::Perfetto::new(trace.head())),
        Form::Mermaid => Box::new(mermaid::Mermaid::new()),
        Form::Jsonl => Box::new(lines::Lines::json()),
        Form::Csv => Box::new(lines::Lines::csv()),
    };
    let text = match exported(&mut trace, arguments, export) {
        Ok(text) => text,
        Err(error) => return unreadable(path, &error),
    };
    let said = match &arguments.out {
        None => say(&text),
        Some(out) => match write_file(out, arguments.force, std::slice::from_ref(path), text.as_bytes()) {
            Ok(()) => FINE,
            Err(error) => complain_of_writing(&error),
        },
    };
    said.max(ended(path, &trace))
}

fn exported(
    trace: &mut FileTrace,
    arguments: &Arguments,
    mut export: Box<dyn Export>,
) -> std::io::Result<String> {
    let form = arguments.format;
    let rounds = arguments.rounds.clone().or_else(|| (form == Form::Mermaid).then_some(0..=0));
    let clients = arguments.clients.clone().or(match form {
        Form::Perfetto => Some(0..=7),
        Form::Mermaid => Some(0..=1),
        Form::Jsonl | Form::Csv => None,
    });
    while let Some(record) = trace.next_record()? {
        let Record::Chunk(chunk) = record else { continue };
        for event in &chunk.events.events {
            let shape = &chunk.events.shapes[usize::from(event.shape)];
            let chosen = rounds.as_ref().is_none_or(|rounds| rounds.contains(&shape.round))
                && (event.hop == Hop::Note
                    || clients.as_ref().is_none_or(|clients| clients.contains(&event.client)));
            if chosen {
                let header = event.header(shape);
                export.message(&Message { head: trace.head(), turn: chunk.turn, event, shape, header });
            }
        }
    }
    Ok(export.finish())
}
