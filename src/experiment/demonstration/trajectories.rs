//! Trajectories on disk: CSV, or a JSON object per line.

use super::{Moment, Seen, Stage};
use serde_json::Value;
use std::io::{BufWriter, Write};
use std::path::Path;

/// How trajectories are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrajectoryFormat {
    /// Comma-separated values under a line of names.
    Csv,
    /// One JSON object per line.
    JsonLines,
}

impl TrajectoryFormat {
    /// The format that a file's extension asks for: `csv` or `jsonl`.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "csv" => Some(TrajectoryFormat::Csv),
            "jsonl" => Some(TrajectoryFormat::JsonLines),
            _ => None,
        }
    }
}

/// Writes moments with the columns `episode`, `step`, `state`, `action`, `observation`, `reward`.
///
/// States, actions and observations are written by name; where the problem only numbers them, by number. An
/// observation that is a number is written as one. What there is not, is empty in CSV and null in JSON: a
/// reading after a silent action, and action and reward of what is seen before the first action.
pub struct TrajectoryWriter<'a, S, W: Write> {
    problem: &'a S,
    format: TrajectoryFormat,
    file: BufWriter<W>,
}

impl<'a, S: Stage, W: Write> TrajectoryWriter<'a, S, W> {
    /// Begins an empty file.
    ///
    /// # Errors
    /// Those of the file.
    pub fn begin(file: W, format: TrajectoryFormat, problem: &'a S) -> std::io::Result<Self> {
        let mut file = BufWriter::new(file);
        if format == TrajectoryFormat::Csv {
            writeln!(file, "episode,step,state,action,observation,reward")?;
        }
        Ok(TrajectoryWriter { problem, format, file })
    }

    /// Appends one line.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&mut self, moment: &Moment<Seen<S>>) -> std::io::Result<()> {
        let Moment { episode, step, state, acted, observation } = moment;
        let model = self.problem.hidden();
        let state = model.state_names().name(*state);
        let observation = self.problem.shown(observation);
        let action = acted.map(|(action, _)| model.action_names().name(action));
        let reward = acted.map(|(_, reward)| reward);
        match self.format {
            // Names of the file format hold no comma, quote or space.
            TrajectoryFormat::Csv => {
                let reward = reward.map_or_else(String::new, |reward| reward.to_string());
                let action = action.unwrap_or_default();
                let observation = match observation {
                    Value::String(name) => name,
                    Value::Null => String::new(),
                    number => number.to_string(),
                };
                writeln!(self.file, "{episode},{step},{state},{action},{observation},{reward}")
            }
            TrajectoryFormat::JsonLines => {
                let line = serde_json::json!({
                    "episode": episode,
                    "step": step,
                    "state": state,
                    "action": action,
                    "observation": observation,
                    "reward": reward,
                });
                writeln!(self.file, "{line}")
            }
        }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn finish(mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
