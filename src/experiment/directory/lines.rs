//! Lines of a file of JSON objects, read within bounds: whoever has written the file may be a stranger.

use super::RunDirectory;
use super::history_error::HistoryError;
use crate::files::{ReadError, open_regular};
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

/// The longest line that is read: a hundred times what the program writes.
const LINE_BYTES: usize = 1 << 18;

/// The lines of `rounds.jsonl`, one after the other.
pub(crate) struct Lines {
    path: PathBuf,
    file: BufReader<File>,
    bytes: Vec<u8>,
    /// The number of the line read last, from 1.
    number: u64,
    cut_short: bool,
}

impl Lines {
    /// At the beginning of a file of a run directory.
    pub(crate) fn open(directory: &RunDirectory, name: &str) -> Result<Self, HistoryError> {
        let path = directory.file(name);
        let (file, _) = open_regular(&path)?;
        Ok(Lines { path, file: BufReader::new(file), bytes: Vec::new(), number: 0, cut_short: false })
    }

    /// The next line's object. After the last whole line there is none.
    pub(crate) fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, HistoryError> {
        self.bytes.clear();
        let limit = LINE_BYTES as u64;
        let read = (&mut self.file).take(limit).read_until(b'\n', &mut self.bytes);
        let read = read.map_err(|error| ReadError::Io { path: self.path.clone(), error })?;
        self.number += 1;
        match self.bytes.last() {
            None => Ok(None),
            Some(b'\n') => self.again().map(Some),
            Some(_) if read == LINE_BYTES => {
                Err(self.damaged(format!("longer than {LINE_BYTES} bytes: no line of a run")))
            }
            Some(_) => {
                self.cut_short = true;
                Ok(None)
            }
        }
    }

    /// The line that was read last, as something else.
    pub(crate) fn again<T: DeserializeOwned>(&self) -> Result<T, HistoryError> {
        serde_json::from_slice(&self.bytes).map_err(|error| self.damaged(plain(&error)))
    }

    /// Whether the last line was cut short, and left out.
    pub(crate) fn cut_short(&self) -> bool {
        self.cut_short
    }

    /// The number of the line read last, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// What is wrong with the line that was read last.
    pub(crate) fn damaged(&self, message: String) -> HistoryError {
        HistoryError::Damaged { path: self.path.clone(), line: self.number, message }
    }
}

/// A complaint about a line without "at line 1", which it would always say.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((message, _)) => format!("{message}, at column {}", error.column()),
        None => text,
    }
}
