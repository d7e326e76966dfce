//! What an algorithm sends, as an expression in letters, and what follows from it.
//!
//! A [`Protocol`] is a nested loop of messages and barriers. Counts ([`Protocol::counts`],
//! [`Protocol::counts_after`]), formulas ([`Protocol::formulas`]) and sequence diagrams
//! ([`Protocol::diagram`]) are folds over this one value. It is a witness of its own: it knows neither the
//! tables of kinds nor the coordinators, wire and ledger of a run, to which it is compared. A lean run is
//! another expression. Every algorithm has its own; `docs/protocols.md` shows what all come to.

mod diagram;
mod formulas;
pub mod letter;
mod numbers;
mod size;
mod step;
mod values;

pub use formulas::{Formula, Formulas, KindFormula};
pub use letter::Letter;
pub use size::Size;
pub use step::{
    Message, OMEGA, PSI, Protocol, Step, THETA, Vector, barrier, message, repeat, sequence, server_work,
};
pub use values::Values;
