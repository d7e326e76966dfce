//! What each algorithm sends, as an expression in letters, and what follows from it.
//!
//! A [`Protocol`] is a nested loop of messages and barriers. Counts ([`Protocol::counts`], [`Protocol::counts_after`]), formulas
//! ([`Protocol::formulas`]) and sequence diagrams ([`Protocol::diagram`]) are folds over this one value. It is a witness of its own: it
//! knows neither the tables of kinds nor the coordinators, wire and ledger of a run, to which it is compared. A lean run is
//! another expression. `docs/protocols.md` shows what all come to.

mod diagram;
mod dpac;
mod dppg;
mod dptd;
mod formulas;
pub mod letter;
mod numbers;
mod size;
mod step;
mod values;

pub use formulas::{Formula, Formulas, KindFormula};
pub use letter::Letter;
pub use size::Size;
pub use step::{Message, OMEGA, PSI, Protocol, Step, THETA, Vector, barrier, message, repeat, sequence};
pub use values::Values;

use super::Algorithm;
use super::counts::Shape;

/// An algorithm, and its protocol, lean or not.
pub type Registered = (Algorithm, fn(lean: bool) -> Protocol);

/// Every algorithm. The ledgers of all that stand here are held to their protocols by the same tests.
pub const ALL: [Registered; 3] =
    [(Algorithm::Dptd, dptd::protocol), (Algorithm::Dppg, dppg::protocol), (Algorithm::Dpac, dpac::protocol)];

/// The protocol of an algorithm.
pub fn of(algorithm: Algorithm, lean: bool) -> Protocol {
    let (_, protocol) = ALL.iter().find(|(known, _)| *known == algorithm).expect("every algorithm is listed");
    protocol(lean)
}

/// Outer rounds of a run of these sizes; those of DPTD are its own.
pub fn rounds(shape: &Shape) -> u64 {
    let letter = of(shape.algorithm, shape.lean).rounds;
    Values::of(shape).get(letter).expect("every run has a number of rounds")
}
