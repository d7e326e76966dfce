//! A file that the command line names, whichever kind it is of: its content says that.

use super::console::{complain, remark};
use crate::config::nearest;
use crate::config::{Content, Foreign};
use crate::diagnose::Located;
use crate::files::{
    CONFIGURATION_BYTES_MAX, FileKind, PROBLEM_BYTES_MAX, ReadError, read_given, read_given_by_content,
};
use crate::pomdp::builtin::{self, Entry};
use crate::visible::shown;
use std::path::Path;

/// The content of a file that is a problem or a configuration, or the built-in problem that was named
/// instead.
pub(super) enum Given {
    Problem(Vec<u8>),
    Configuration(Vec<u8>),
    Builtin(&'static Entry),
}

/// The built-in problem that a path names: one of that name, unless there is a file of the name. A directory
/// is no problem and no configuration, and hides none.
pub(super) fn builtin_named(path: &Path) -> Option<&'static Entry> {
    path.to_str().and_then(builtin::find).filter(|_| !path.exists() || path.is_dir())
}

/// As [`builtin_named`]; says so where a file of the name is what counts.
pub(super) fn builtin_meant(path: &Path) -> Option<&'static Entry> {
    let found = builtin_named(path);
    if found.is_none() && path.to_str().and_then(builtin::find).is_some() {
        let name = shown(path);
        remark(&format!(
            "  ⚠ there is a file {name}: it is read, and not the built-in problem of that name\n"
        ));
    }
    found
}

/// Reads a problem or a configuration, unless the name is that of a built-in problem.
///
/// # Errors
/// Where it cannot be read, or is known to be neither.
pub(super) fn given(path: &Path) -> Result<Given, Refusal> {
    if let Some(entry) = builtin_meant(path) {
        return Ok(Given::Builtin(entry));
    }
    let mut content = Content::Unclear;
    let limit = |beginning: &[u8]| {
        content = Content::of(beginning);
        match content {
            Content::Foreign(_) => None,
            _ if is_problem(content, path) => Some(PROBLEM_BYTES_MAX),
            _ => Some(CONFIGURATION_BYTES_MAX),
        }
    };
    // As much as says what it is.
    let read = read_given_by_content(path, CONFIGURATION_BYTES_MAX, limit);
    let bytes = read.map_err(|error| unreadable(path, error))?;
    match content {
        Content::Foreign(foreign) => Err(other(foreign, "neither a problem nor a configuration")),
        _ if is_problem(content, path) => Ok(Given::Problem(bytes)),
        _ => Ok(Given::Configuration(bytes)),
    }
}

/// Reads a problem.
///
/// # Errors
/// Where it cannot be read, or is known to be none.
pub(super) fn given_problem(path: &Path) -> Result<Vec<u8>, Refusal> {
    let bytes = read_given(path, PROBLEM_BYTES_MAX).map_err(|error| Refusal::Unreadable {
        what: "problem",
        error,
        help: None,
    })?;
    match Content::of(&bytes) {
        Content::Foreign(foreign) => Err(other(foreign, "not a problem")),
        Content::Configuration => Err(Refusal::Other {
            what: "a configuration, not a problem".to_owned(),
            help: "`dpac run`, `plan` and `check` read it; here give the problem itself",
        }),
        Content::Problem | Content::Unclear => Ok(bytes),
    }
}

/// Whether a name says that a file is a problem, which is asked where its content does not.
pub(super) fn is_problem_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pomdp"))
}

fn is_problem(content: Content, path: &Path) -> bool {
    content == Content::Problem || (content == Content::Unclear && is_problem_name(path))
}

/// Why a file is not taken.
pub(super) enum Refusal {
    /// It cannot be read, which was meant as a `what`.
    Unreadable { what: &'static str, error: ReadError, help: Option<String> },
    /// It is something else.
    Other { what: String, help: &'static str },
}

impl Refusal {
    /// Says so.
    pub(super) fn complain(&self, path: &Path) {
        match self {
            Refusal::Unreadable { error, help, .. } => {
                complain(&format!("cannot read {}: {error}", shown(path)), help.as_deref());
            }
            Refusal::Other { what, help } => {
                complain(&format!("{} is {what}", shown(path)), Some(help));
            }
        }
    }

    /// The same as a finding about the file.
    pub(super) fn finding(self, path: &Path) -> Located {
        let (message, help) = match self {
            Refusal::Unreadable { what, error, help } => (format!("cannot read the {what}: {error}"), help),
            Refusal::Other { what, help } => (format!("this is {what}"), Some(help.to_owned())),
        };
        Located { help, ..Located::whole(path, message) }
    }
}

fn other(foreign: Foreign, instead: &str) -> Refusal {
    Refusal::Other { what: format!("{foreign}, {instead}"), help: foreign.help() }
}

fn unreadable(path: &Path, error: ReadError) -> Refusal {
    let what = if is_problem_name(path) { "problem" } else { "configuration" };
    let help = match &error {
        ReadError::Kind { found: FileKind::Directory, .. } if path.join("config.toml").is_file() => {
            Some(format!("the configuration of a run is {}", shown(&path.join("config.toml"))))
        }
        // A name without an extension may be that of a built-in problem.
        ReadError::Io { .. } => path.to_str().filter(|name| !name.contains(['.', '/'])).map(|name| {
            let names: Vec<&str> = builtin::names().collect();
            match nearest(name, &names) {
                Some(near) => format!("did you mean the built-in problem `{near}`?"),
                None => format!("nor is it a built-in problem, which are {}", names.join(", ")),
            }
        }),
        _ => None,
    };
    Refusal::Unreadable { what, error, help }
}
