//! Why a configuration that is well-formed cannot run.

use crate::theory::schedule::ScheduleError;
use thiserror::Error;

/// A key of a well-formed configuration whose value does not fit its problem.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct ResolveError {
    /// The key's path.
    pub key: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

pub(super) fn key(key: &'static str, message: impl Into<String>, help: &str) -> ResolveError {
    ResolveError { key, message: message.into(), help: Some(help.to_owned()) }
}

pub(super) fn schedule_error(at: &'static str) -> impl Fn(ScheduleError) -> ResolveError {
    move |error| key(at, error.to_string(), "docs/configuration.md has the schedules")
}
