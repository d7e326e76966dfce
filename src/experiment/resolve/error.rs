//! Why a configuration that is well-formed cannot run.

use super::input::InputError;
use crate::theory::schedule::ScheduleError;
use thiserror::Error;

/// A configuration that is well-formed and still cannot run.
#[derive(Debug, Error)]
pub enum ResolveError {
    /// Something wrong with an input file.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A key whose value does not fit the problem.
    #[error("{message}")]
    Key {
        /// Its path.
        key: &'static str,
        /// What is wrong.
        message: String,
        /// What to do.
        help: Option<String>,
    },
}

pub(super) fn key(key: &'static str, message: impl Into<String>, help: &str) -> ResolveError {
    ResolveError::Key { key, message: message.into(), help: Some(help.to_owned()) }
}

pub(super) fn schedule_error(at: &'static str) -> impl Fn(ScheduleError) -> ResolveError {
    move |error| key(at, error.to_string(), "see the section on schedules in the README")
}
