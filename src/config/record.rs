//! What a run can be asked to record beside its rounds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A word of `output.record`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// ψ̃^{r+1}, the server's iterate after each critic round.
    Psi,
    /// ψ̄^{r+1}, the clients' mean in each critic round.
    PsiBar,
    /// Local drift of each critic round, Definition 11: clients take their local steps once more for it.
    Drift,
    /// ω_r, the direction of each outer round.
    Omega,
    /// ψ of the exact Q of each round's policy.
    ExactQ,
    /// The largest |Q − Q̂| of each round's critic, over all that its policy can come to.
    MaxQError,
    /// E(ψ_TD), the Bellman error of the fixed point of temporal differences, of each round's policy.
    FixedPointError,
}

impl Record {
    /// All words, in the order in which a line has them.
    pub const ALL: [Record; 7] = [
        Record::Psi,
        Record::PsiBar,
        Record::Drift,
        Record::Omega,
        Record::ExactQ,
        Record::MaxQError,
        Record::FixedPointError,
    ];

    /// Whether it is of critic rounds, each of which ends in a barrier; the others are of outer rounds.
    pub fn is_of_barriers(self) -> bool {
        matches!(self, Record::Psi | Record::PsiBar | Record::Drift)
    }

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Record::Psi => "psi",
            Record::PsiBar => "psi_bar",
            Record::Drift => "drift",
            Record::Omega => "omega",
            Record::ExactQ => "exact_q",
            Record::MaxQError => "max_q_error",
            Record::FixedPointError => "fixed_point_error",
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
