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
//!   `R: action : state` matrix override an earlier reward, because its sparse store drops zeros; that makes
//!   the meaning of a number depend on its value, so it is not followed.
//! - A row of T or O, or the start belief, may miss 1 by
//!   [`ROW_SUM_TOLERANCE`](crate::pomdp::ROW_SUM_TOLERANCE), as in `pomdp-solve`; and, with a warning, by
//!   less than what rounding its printed numbers explains: half a unit of the last digit of each, where whole
//!   numbers are exact, and zeros explain at most a hundredth that is missing. Rows are then renormalised, so
//!   that sampling, exact values and `r(s, a)` use the same probabilities. [`ReadOptions::normalize`] takes
//!   any positive sum.
//! - A probability outside [0, 1] by no more than the same tolerance is noise, and taken for 0 or 1 with a
//!   warning.
//! - A line, and a comment, ends at LF, CR or both. `pomdp-solve` ends comments at LF alone, so that a
//!   comment that ends at a CR is warned of, as is a byte order mark.
//! - `states: 0 1 2` is the count 3. Other numbers, tuples and the like are no names; what is wrong with
//!   entries in which they stand is then not told.
//! - `reset` rows restart in place, by the start belief, as in `pomdp-solve`; nothing ends an episode before
//!   its horizon. The start belief may stand anywhere, so these rows are filled after the whole file is read.
//!   With [`Reset::End`] they end the episode instead, as in `rl-parsers` and gym-pomdps. The pair keeps its
//!   expected reward. Then comes a further state, which nothing leaves, in which every reward is 0, and in
//!   which alone one sees a further observation; so the value of H steps is that of an episode that stops,
//!   and its end is known. Both are called `end`, or `end-1`, `end-2`, ... where that name is taken; where
//!   elements are numbered they get the next number. Wildcards of the file do not reach them.
//! - `start: 5` with one integer and several states is the state numbered 5, as the format's page has it;
//!   `pomdp-solve` takes it for a vector that is too short, and so does [`ReadOptions::strict`].
//! - A single observation, no R at all, and discount 1 are models like others, although `pomdp-solve` or
//!   SARSOP stop.
//! - Without `observations:` a file is an MDP and is refused: its reward entries have other forms.
//! - Names are resolved after the whole file is parsed. A preamble item after the first entry is an error
//!   nevertheless, reported once; a repeated item is an error too, although `pomdp-solve` silently takes the
//!   last discount.
//! - Harmless extensions seen in the wild are read with a warning, and refused by [`ReadOptions::strict`]: a
//!   colon before a value, several names after `start:`, `.5`, `rewards` and `costs`, `start` after an entry,
//!   and what is said above of sums, noise, comments, byte order marks and lists of numbers.
//! - A probability with a sign is read as a number, and refused as a probability unless it is zero or noise;
//!   strictly, the sign is refused.
//! - A row that ends early is a wrong count of numbers, also at the end of the file; an entry without any
//!   number there is an unexpected end.

mod assemble;
mod diagnostic;
mod encoding;
mod entries;
mod episode_end;
mod grammar;
mod lexer;
mod lines;
mod no_name;
mod number;
mod options;
mod preamble;
mod probability;
mod problem;
mod remarks;
mod reward;
mod rows;
mod shown;
mod space;
mod statement;
mod sums;
mod writer;

pub use diagnostic::{Diagnostic, Kind, Severity};
pub use options::{ReadLimits, ReadOptions, Reset};
pub use problem::{ProblemFile, ResetRows};
pub use reward::OutcomeReward;
pub use writer::write;

use diagnostic::Report;

/// Reads a problem file, harmless extensions included; `name` becomes the model's name.
///
/// The source is gone through token by token, so that beyond it and the model reading takes little memory:
/// some bytes per entry.
///
/// Takes time and memory linear in the source and the nonzeros of T and O, but for the time that R takes
/// where single states have rewards that depend on observations: one search per pair of a transition's and an
/// observation's nonzero.
///
/// # Errors
/// What is wrong with the file, in file order, warnings included; at most 100 errors, and how many more there
/// are ([`Kind::More`]).
pub fn parse(source: &[u8], name: &str) -> Result<ProblemFile, Vec<Diagnostic>> {
    parse_with(source, name, ReadOptions::default())
}

/// [`parse`] with options.
///
/// # Errors
/// As [`parse`].
pub fn parse_with(source: &[u8], name: &str, options: ReadOptions) -> Result<ProblemFile, Vec<Diagnostic>> {
    let mut report = Report::new(source, options.strict);
    let file = encoding::text_begins(source, &mut report)
        .and_then(|begin| assemble::assemble(source, begin, name, options, &mut report));
    match file {
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
