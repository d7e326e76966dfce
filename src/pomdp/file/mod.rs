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
//!   The start belief may stand anywhere, so these rows are filled after the whole file is read. With [`Reset::End`] they
//!   end the episode instead, as in `rl-parsers` and gym-pomdps. The pair keeps its expected reward. Then comes a further
//!   state, which nothing leaves, in which every reward is 0, and in which alone one sees a further observation; so the
//!   value of H steps is that of an episode that stops, and its end is known. Both are called `end`, or `end-1`, `end-2`,
//!   ... where that name is taken; where elements are numbered they get the next number. Wildcards of the file do not
//!   reach them.
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
mod episode_end;
mod grammar;
mod lexer;
mod preamble;
mod remarks;
mod reward;
mod rows;
mod space;
mod writer;

pub use diagnostic::{Diagnostic, Kind, Severity};
pub use reward::OutcomeReward;
pub use writer::write;

use super::Model;
use diagnostic::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a problem file says.
#[derive(Clone, Debug, PartialEq)]
pub struct ProblemFile {
    /// The tables, with the expected reward `r(s, a)`.
    pub model: Model,
    /// The reward of each outcome.
    pub outcome_reward: OutcomeReward,
    /// The rows that restart by the start belief, or end the episode.
    pub resets: ResetRows,
    /// What is worth knowing, in file order; at most 100.
    pub warnings: Vec<Diagnostic>,
}

impl ProblemFile {
    /// The file of a model that came from elsewhere; each outcome's reward is the expected one.
    pub fn of_model(model: Model) -> Self {
        let (outcome_reward, resets) = (OutcomeReward::of_model(&model), ResetRows::default());
        ProblemFile { model, outcome_reward, resets, warnings: Vec::new() }
    }
}

/// The `T: action : state reset` rows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResetRows {
    /// How many pairs of an action and a state have one.
    pub rows: usize,
    /// What they were taken for.
    pub read_as: Reset,
}

/// What a `T: action : state reset` row means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reset {
    /// The next state is drawn from the start belief, and the episode goes on.
    #[default]
    Continue,
    /// The episode ends: from then on nothing is earned, and the observation `end` tells it.
    End,
}

/// How to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Refuse what `pomdp-solve` refuses, instead of warning of it.
    pub strict: bool,
    /// What `reset` rows mean.
    pub reset: Reset,
    /// How large a problem may be.
    pub limits: ReadLimits,
}

/// How large a problem may be, so that a short text cannot ask for more memory than there is.
///
/// A line such as `T: * uniform` stands for `A · S²` numbers, so that the length of the source is no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// Pairs of an action and a state; also the number of observations.
    pub rows: usize,
    /// Nonzeros of T, and as many of O; single entries that override them are counted too, row by row.
    pub nonzeros: usize,
    /// Terms of all expected rewards together, where rewards depend on observations.
    pub reward_terms: usize,
}

impl Default for ReadLimits {
    /// 2^24 rows and 2^25 nonzeros, which are at most a few GiB while reading, and 2^30 terms, some ten seconds.
    fn default() -> Self {
        ReadLimits { rows: MAX_ROWS, nonzeros: MAX_NONZEROS, reward_terms: MAX_REWARD_TERMS }
    }
}

const MAX_ROWS: usize = 1 << 24;
const MAX_NONZEROS: usize = 1 << 25;
const MAX_REWARD_TERMS: usize = 1 << 30;

impl ReadOptions {
    /// The grammar of `pomdp-solve`, without extensions.
    pub fn strict() -> Self {
        ReadOptions { strict: true, ..ReadOptions::default() }
    }
}

/// Reads a problem file, harmless extensions included; `name` becomes the model's name.
///
/// Takes time and memory linear in the source and the nonzeros of T and O, but for the time that R takes where single
/// states have rewards that depend on observations: one search per pair of a transition's and an observation's nonzero.
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
    match assemble::assemble(&statements, name, options, &mut report) {
        Some(file) if !report.has_errors() => Ok(ProblemFile { warnings: report.into_warnings(), ..file }),
        _ => Err(report.into_all()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::fmt::Write;

    #[test]
    fn tables_take_no_more_room_than_their_nonzeros() {
        let mut text = String::from("discount: 0.9 values: reward states: 70 actions: 3 observations: 9\n");
        for a in 0..3 {
            let _ = writeln!(text, "T: {a} : * : * 0\nO: {a} uniform");
            for s in 0..70 {
                let next = (s + 1) % 70;
                let _ = writeln!(text, "T: {a} : {s} : {next} 0.3\nT: {a} : {s} : {s} 0.6");
                let _ = writeln!(text, "T: {a} : {s} : {} 0.100001", (s + 2) % 70);
            }
        }
        let model = parse(text.as_bytes(), "case").expect("a good file").model;
        assert_eq!(model.transition().nonzeros(), 3 * 70 * 3);
        assert_eq!(model.observation().nonzeros(), 3 * 70 * 9);
        for rows in [model.transition(), model.observation()] {
            assert_eq!(rows.room(), rows.nonzeros());
        }
    }
}
