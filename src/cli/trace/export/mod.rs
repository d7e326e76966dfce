//! `dpac trace export`: traces for other programs.

mod lines;
mod mermaid;
mod message;
mod perfetto;

use super::super::console::{BAD_INPUT, FINE, say};
use super::super::writing::complain_of_writing;
use super::file::{FileTrace, ended, has_messages, open, range, unreadable};
use crate::files::{NewFile, WriteError};
use clap::{Args, ValueEnum};
use dpac_actors::trace::{Hop, Record};
use message::{Export, Message};
use std::io::Write;
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

/// Text that is held back to be written together.
const TOGETHER_BYTES: usize = 1 << 16;

pub(super) fn main(arguments: &Arguments) -> u8 {
    let path = &arguments.trace;
    let Some(mut trace) = open(path) else { return BAD_INPUT };
    if !has_messages(path, &trace) {
        return BAD_INPUT;
    }
    let mut output = match &arguments.out {
        None => Output::Screen(FINE),
        Some(out) => match NewFile::begin(out, arguments.force, std::slice::from_ref(path)) {
            Ok(file) => Output::File(file),
            Err(error) => return complain_of_writing(&error),
        },
    };
    let export: Box<dyn Export> = match arguments.format {
        Form::Perfetto => Box::new(perfetto::Perfetto::new(trace.head())),
        Form::Mermaid => Box::new(mermaid::Mermaid::new()),
        Form::Jsonl => Box::new(lines::Lines::json()),
        Form::Csv => Box::new(lines::Lines::csv()),
    };
    let said = match exported(&mut trace, arguments, export, &mut output) {
        Ok(()) => output.finish(),
        Err(Failure::Trace(error)) => return unreadable(path, &error),
        Err(Failure::Output(error)) => {
            let path = arguments.out.clone().unwrap_or_default();
            Err(WriteError::Io { path, error })
        }
    };
    let said = said.unwrap_or_else(|error| complain_of_writing(&error));
    said.max(ended(path, &trace))
}

/// Where the text goes.
enum Output {
    /// To standard output; with what came of that.
    Screen(u8),
    File(NewFile),
}

impl Output {
    fn write(&mut self, text: &str) -> std::io::Result<()> {
        match self {
            Output::Screen(said) => {
                *said = (*said).max(say(text));
                Ok(())
            }
            Output::File(file) => file.file().write_all(text.as_bytes()),
        }
    }

    fn finish(self) -> Result<u8, WriteError> {
        match self {
            Output::Screen(said) => Ok(said),
            Output::File(file) => file.place().map(|_| FINE),
        }
    }
}

enum Failure {
    Trace(std::io::Error),
    Output(std::io::Error),
}

fn exported(
    trace: &mut FileTrace,
    arguments: &Arguments,
    mut export: Box<dyn Export>,
    output: &mut Output,
) -> Result<(), Failure> {
    let form = arguments.format;
    let rounds = arguments.rounds.clone().or_else(|| (form == Form::Mermaid).then_some(0..=0));
    let clients = arguments.clients.clone().or(match form {
        Form::Perfetto => Some(0..=7),
        Form::Mermaid => Some(0..=1),
        Form::Jsonl | Form::Csv => None,
    });
    let mut text = String::new();
    export.begin(&mut text);
    while let Some(record) = trace.next_record().map_err(Failure::Trace)? {
        let Record::Chunk(chunk) = record else { continue };
        for (event, shape) in chunk.events.messages() {
            let chosen = rounds.as_ref().is_none_or(|rounds| rounds.contains(&shape.place.round))
                && (event.hop == Hop::Note
                    || clients.as_ref().is_none_or(|clients| clients.contains(&event.client())));
            if chosen {
                let header = event.header(shape);
                let message = Message { head: trace.head(), turn: chunk.turn, event, shape, header };
                export.message(&message, &mut text);
            }
            if text.len() >= TOGETHER_BYTES {
                output.write(&text).map_err(Failure::Output)?;
                text.clear();
            }
        }
    }
    export.finish(&mut text);
    output.write(&text).map_err(Failure::Output)
}
