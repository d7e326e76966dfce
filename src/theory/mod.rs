//! What the theory predicts from the configuration alone: counts, sizes, orders, step sizes.
//!
//! Nothing here is measured, and nothing here imports what measures: the closed forms are a witness of their own, to
//! which the ledger of a run is compared.

pub mod counts;
pub mod orders;
pub mod schedule;
pub mod sizes;

use serde::Serialize;

/// The three algorithms of the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// Distributed policy evaluation by TD learning (Algorithm 2).
    Dptd,
    /// Distributed policy improvement with an oracle for Q (Algorithm 3).
    Dppg,
    /// The actor-critic framework: a DPTD call, then a DPPG step, in every round (Algorithm 1).
    Dpac,
}
