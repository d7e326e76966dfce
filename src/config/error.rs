//! What can be wrong with a configuration, and where.

use super::place::{Place, SETTING};
use std::fmt;
use thiserror::Error;

/// What is wrong.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The file could not be read, or is too long.
    #[error("cannot read the configuration: {0}")]
    Unreadable(String),
    /// The text is no TOML: unbalanced, misspelt, or with a key that stands there twice.
    #[error("not TOML: {0}")]
    NotToml(String),
    /// A `--set` without `=`.
    #[error("a setting without `=`")]
    NoEquals,
    /// A key that does not exist at this place.
    #[error("unknown key `{key}`{table}", table = in_table(.table))]
    UnknownKey {
        /// The key alone.
        key: String,
        /// Dotted path of the table; empty at the top.
        table: String,
    },
    /// A key that exists, but not for this kind of features.
    #[error("`{key}` does not apply to the kind \"{kind}\"")]
    Inapplicable {
        /// Dotted path.
        key: String,
        /// The kind at hand.
        kind: String,
    },
    /// A key that must be there.
    #[error("missing key `{0}`")]
    Missing(String),
    /// A value of another type.
    #[error("`{key}` is {found}, not {wanted}")]
    WrongType {
        /// Dotted path.
        key: String,
        /// The type found, with article.
        found: &'static str,
        /// The type wanted, with article.
        wanted: String,
    },
    /// A number outside its bounds, or too large for any.
    #[error("`{key}` is out of range: {found}")]
    OutOfRange {
        /// Dotted path.
        key: String,
        /// As written.
        found: String,
    },
    /// NaN, an infinity, or a number beyond the largest one.
    #[error("`{key}` is not finite: {found}")]
    NotFinite {
        /// Dotted path.
        key: String,
        /// As written.
        found: String,
    },
    /// An empty name or path.
    #[error("`{0}` is empty")]
    Empty(String),
    /// A word that is not among those allowed.
    #[error("`{key}` cannot be \"{found}\"")]
    UnknownWord {
        /// Dotted path.
        key: String,
        /// The word.
        found: String,
    },
    /// A word of a list that stands there again.
    #[error("`{key}` has \"{word}\" twice")]
    Twice {
        /// Dotted path.
        key: String,
        /// The word.
        word: String,
    },
    /// Two keys that exclude each other.
    #[error("`{key}` and `{other}` exclude each other")]
    Conflict {
        /// Dotted path of the key at the place.
        key: String,
        /// Dotted path of the other key.
        other: String,
    },
    /// A key or table that this algorithm has no use for.
    #[error("`{key}` has no meaning for the algorithm \"{algorithm}\"")]
    NotOfAlgorithm {
        /// Dotted path.
        key: String,
        /// The algorithm.
        algorithm: String,
    },
    /// Anything that only shows once the problem is known: the text is the caller's.
    #[error("{0}")]
    Rejected(String),
}

fn in_table(table: &str) -> String {
    if table.is_empty() { String::new() } else { format!(" in [{table}]") }
}

/// A fault with its place and, where there is one, the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// What is wrong.
    pub fault: Fault,
    /// Where.
    pub place: Place,
    /// What to write instead.
    pub help: Option<String>,
}

impl ConfigError {
    /// A fault at a place; `help` says what to write instead.
    pub fn new(fault: Fault, place: Place, help: impl Into<Option<String>>) -> Self {
        ConfigError { fault, place, help: help.into() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.fault)?;
        if let Some(help) = &self.help {
            write!(f, " ({help})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// The most errors that are shown, as of a problem file: nobody reads more, and where they stand takes time
/// to find.
const SHOWN_MAX: usize = 100;

/// Everything that is wrong with a configuration, in the order of its text, then of settings; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

impl ConfigErrors {
    /// `Err` with the errors in the order of their places, or `Ok` where there are none.
    ///
    /// # Errors
    /// The errors themselves.
    pub fn unless_empty(mut errors: Vec<ConfigError>) -> Result<(), Self> {
        if errors.is_empty() {
            return Ok(());
        }
        // Settings come after the file, as found: each of them is a text of its own, so that positions say
        // nothing.
        errors.sort_by_key(|error| match &error.place {
            place if place.source.name == SETTING => usize::MAX,
            place => place.span.as_ref().map_or(0, |span| span.start),
        });
        Err(ConfigErrors(errors))
    }

    /// The errors.
    pub fn as_slice(&self) -> &[ConfigError] {
        &self.0
    }

    /// The first hundred errors, which are those that are shown.
    pub fn first(&self) -> &[ConfigError] {
        &self.0[..self.0.len().min(SHOWN_MAX)]
    }

    /// How many errors there are beyond the first hundred.
    pub fn beyond_first(&self) -> usize {
        self.0.len().saturating_sub(SHOWN_MAX)
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        ConfigErrors(vec![error])
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.first().iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{error}")?;
        }
        match self.beyond_first() {
            0 => Ok(()),
            more => write!(f, "\nand {more} more errors"),
        }
    }
}

impl std::error::Error for ConfigErrors {}
