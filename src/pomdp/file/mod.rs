//! The `.POMDP` text format of Anthony Cassandra's `pomdp-solve`: reading and writing.
//!
//! ```
//! let source = b"discount: 0.9 values: reward states: 1 actions: 1 observations: 1
//!     T: 0 identity  O: 0 uniform  R: 0 : 0 : * : * 2.5";
//! let file = dpac::pomdp::file::parse(source, "constant").unwrap();
//! assert_eq!(file.model.reward(0, 0), 2.5);
//! ```
//!
//! Where readers of this format disagree, this one decides as follows.
//!
//! - Later entries override earlier ones element by element, everywhere. `pomdp-solve` lets no zero of an
//!   `R: action : state` matrix override an earlier reward, because its sparse store drops zeros; that makes the meaning
//!   of a number depend on its value, so it is not followed.
//! - A row of T or O may miss 1 by [`ROW_SUM_TOLERANCE`](crate::pomdp::ROW_SUM_TOLERANCE), as in `pomdp-solve`. Rows are
//!   then renormalised, so that sampling, exact values and `r(s, a)` use the same probabilities.
//! - `reset` rows restart in place, by the start belief, as in `pomdp-solve`; nothing ends an episode before its horizon.
//!   The start belief may stand anywhere, so these rows are filled after the whole file is read.
//! - `start: 5` with one integer and several states is the state numbered 5, as the format's page has it; `pomdp-solve`
//!   takes it for a vector that is too short, and so does [`ReadOptions::strict`].
//! - A single observation, no R at all, and discount 1 are models like others, although `pomdp-solve` or SARSOP stop.
//! - Without `observations:` a file is an MDP and is refused: its reward entries have other forms.
//! - Names are resolved after the whole file is parsed. A preamble item after the first entry is an error nevertheless,
//!   reported once; a repeated item is an error too, although `pomdp-solve` silently takes the last discount.
//! - Harmless extensions seen in the wild are read with a warning, and refused by [`ReadOptions::strict`]: a colon before
//!   a value, several names after `start:`, `.5`, `rewards` and `costs`, `start` after an entry.
//! - A probability with a sign is read as a number and refused as a probability; strictly, the sign is refused.
//! - A row that ends early is a wrong count of numbers, also at the end of the file; an entry without any number there is
//!   an unexpected end.

mod assemble;
mod diagnostic;
mod grammar;
mod lexer;
mod preamble;
mod reward;
mod rows;
mod space;
mod writer;

pub use diagnostic::{Diagnostic, Kind, Severity};
pub use reward::OutcomeReward;
pub use writer::write;

use super::Model;
use diagnostic::Report;

/// What a problem file says.
#[derive(Clone, Debug, PartialEq)]
pub struct ProblemFile {
    /// The tables, with the expected reward `r(s, a)`.
    pub model: Model,
    /// The reward of each outcome.
    pub outcome_reward: OutcomeReward,
    /// What is worth knowing, in file order; at most 100.
    pub warnings: Vec<Diagnostic>,
}

impl ProblemFile {
    /// The file of a model that came from elsewhere; each outcome's reward is the expected one.
    pub fn of_model(model: Model) -> Self {
        ProblemFile { outcome_reward: OutcomeReward::of_model(&model), model, warnings: Vec::new() }
    }
}

/// How to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Refuse what `pomdp-solve` refuses, instead of warning of it.
    pub strict: bool,
}

impl ReadOptions {
    /// The grammar of `pomdp-solve`, without extensions.
    pub fn strict() -> Self {
        ReadOptions { strict: true }
    }
}

/// Reads a problem file, harmless extensions included; `name` becomes the model's name.
///
/// Takes time and memory linear in the source and the nonzeros of T and O, but for the time that R takes where it
/// depends on observations: one search per pair of a transition's and an observation's nonzero.
///
/// # Errors
/// What is wrong with the file, in file order, warnings included; at most 100 errors.
pub fn parse(source: &[u8], name: &str) -> Result<ProblemFile, Vec<Diagnostic>> {
    parse_with(source, name, ReadOptions::default())
}

/// [`parse`] with options.
///
/// # Errors
/// As [`parse`].
pub fn parse_with(source: &[u8], name: &str, options: ReadOptions) -> Result<ProblemFile, Vec<Diagnostic>> {
    let mut report = Report::new(source, options.strict);
    let tokens = lexer::tokens(source, &mut report);
    let statements = grammar::statements(&tokens, &mut report);
    let assembled = assemble::assemble(&statements, name, &mut report);
    match assembled {
        Some((model, outcome_reward)) if !report.has_errors() => {
            Ok(ProblemFile { model, outcome_reward, warnings: report.into_warnings() })
        }
        _ => Err(report.into_all()),
    }
}
