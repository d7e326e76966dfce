//! A row of the table of rounds.

use super::Costs;

/// The state of a run after some of its rounds.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundRow {
    /// r: how many rounds are over.
    pub round: u64,
    /// The value of `θ_r`, in the problem's own units, where it was evaluated.
    pub value: Option<f64>,
    /// Its standard error, for Monte-Carlo.
    pub standard_error: Option<f64>,
    /// The optimum, where the run has found it.
    pub optimum: Option<f64>,
    /// The Bellman error of the critic of the last round, where it is available.
    pub bellman_error: Option<f64>,
    /// How far clients were from where they had started at the last round's barriers, of the critic's phase.
    pub drift_critic: Option<f64>,
    /// The same of the actor's phase.
    pub drift_actor: Option<f64>,
    /// What had been sent and sampled.
    pub costs: Costs,
}

impl RoundRow {
    /// What is missing to the optimum.
    pub fn gap(&self) -> Option<f64> {
        Some(self.optimum? - self.value?)
    }
}
