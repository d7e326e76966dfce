//! Societies of DPTD, by their sizes.

use crate::algorithm::{CriticPlan, ServerLine, Weights};
use dpac_actors::StepSize;
use serde::Serialize;

/// Sizes and step size of a DPTD society with `η = 1`; trajectories per client are
/// `T = rounds · local_steps`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Society {
    /// M.
    pub clients: u32,
    /// R.
    pub rounds: u32,
    /// K.
    pub local_steps: u64,
    /// α, the same in all rounds.
    pub alpha: f64,
    /// `R_0`: the output averages the iterates after this many rounds, with weights `(s + 2)²`.
    pub average_from: u32,
}

impl Society {
    /// T trajectories per client in rounds of K, averaged over the later half of the rounds.
    ///
    /// # Panics
    /// If K does not divide T.
    pub fn halved(clients: u32, trajectories: u32, local_steps: u32, alpha: f64) -> Self {
        assert_eq!(trajectories % local_steps, 0, "whole rounds");
        let rounds = trajectories / local_steps;
        Society { clients, rounds, local_steps: local_steps.into(), alpha, average_from: rounds / 2 }
    }

    /// The sizes as an algorithm takes them.
    pub fn plan(&self) -> CriticPlan {
        CriticPlan {
            rounds: self.rounds,
            local_steps: self.local_steps,
            alpha: StepSize::constant(self.alpha),
            eta: StepSize::constant(1.0),
            average_from: self.average_from,
            weights: Weights::Quadratic,
            server_line: ServerLine::Repaired,
            warm: false,
        }
    }
}
