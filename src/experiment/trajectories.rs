//! Trajectories on disk: CSV, or a JSON object per line.

use super::demonstration::Moment;
use crate::pomdp::Model;
use std::fs::File;
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
/// States, actions and observations are written by name; where the problem only numbers them, by number. Action and
/// reward of what is seen before the first action are empty in CSV and null in JSON.
pub struct TrajectoryWriter<'a> {
    model: &'a Model,
    format: TrajectoryFormat,
    file: BufWriter<File>,
}

impl<'a> TrajectoryWriter<'a> {
    /// Makes the file, or empties it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn create(path: &Path, format: TrajectoryFormat, model: &'a Model) -> std::io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        if format == TrajectoryFormat::Csv {
            writeln!(file, "episode,step,state,action,observation,reward")?;
        }
        Ok(TrajectoryWriter { model, format, file })
    }

    /// Appends one line.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&mut self, moment: &Moment) -> std::io::Result<()> {
        let &Moment { episode, step, state, acted, observation } = moment;
        let state = self.model.state_names().name(state);
        let observation = self.model.observation_names().name(observation);
        let action = acted.map(|(action, _)| self.model.action_names().name(action));
        let reward = acted.map(|(_, reward)| reward);
        match self.format {
            // Names of the file format hold no comma, quote or space.
            TrajectoryFormat::Csv => {
                let reward = reward.map_or_else(String::new, |reward| reward.to_string());
                let action = action.unwrap_or_default();
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
