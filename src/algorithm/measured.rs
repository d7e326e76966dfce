//! Where policies start that do not start at 0, and step sizes that are measured anew in every round.

use crate::policy::network::{Inputs, Network, Parameter, Probes};
use dpac_actors::{Purpose, StepSize, StreamKey};
use rand::Rng;
use std::sync::Arc;

/// Where a policy starts, and how far each round goes.
#[derive(Clone)]
pub struct Course {
    /// `θ_0`.
    pub theta: Arc<[f64]>,
    /// ζ and η of each round; where there are none, those of the plan are for all rounds.
    pub steps: Option<Arc<dyn RoundSteps>>,
}

impl Course {
    /// From `θ_0 = 0` with the steps of the plan.
    pub fn from_zero(parameters: usize) -> Self {
        Course { theta: vec![0.0; parameters].into(), steps: None }
    }
}

/// Step sizes of rounds: functions of what the server has, and of the round's number.
pub trait RoundSteps: Send + Sync {
    /// `ζ_r`, at the policy that acts in the round.
    fn zeta(&self, round: u32, theta: &[f64]) -> StepSize;

    /// `η_r`, along the direction that the round has brought.
    fn eta(&self, round: u32, theta: &[f64], omega: &[f64]) -> f64;

    /// What watchers are told of a round with these steps, by the names of [`MEASURED`]; without ζ where no
    /// local step is taken with it.
    fn told(&self, _zeta: Option<StepSize>, _eta: f64) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
}

/// The names of what is measured in a round: `ζ_r`, and the bound `B_r` that it comes of; `η_r` and `D_r`.
pub const MEASURED: [&str; 4] = ["zeta", "B", "eta", "D"];

/// The name of the steps of a critic that is a network: `α_s` of each round s of the round's evaluation.
pub const ALPHA: &str = "alpha";

/// Steps of networks, measured on [probes](Probes): `ζ_r = 1 / (2 B_r)`, and `η_r = move / D_r`, by which no
/// logit of a probe moves by more than `move` relative to the others, to first order.
#[derive(Clone, Debug)]
pub struct ByProbes {
    /// The network.
    pub network: Network,
    /// What it reads.
    pub inputs: Inputs,
    /// γ.
    pub gamma: f64,
    /// Probes of different seeds and rounds are different.
    pub seed: u64,
    /// Probes of each round.
    pub probes: usize,
    /// The largest move.
    pub largest_move: f64,
    /// ζ, where it is not measured.
    pub zeta: Option<StepSize>,
    /// η, where it is not measured.
    pub eta: Option<f64>,
}

impl ByProbes {
    /// How many probes there are, where nobody says otherwise.
    pub const PROBES: usize = 64;
    /// How far a logit moves, where nobody says otherwise.
    pub const MOVE: f64 = 1.0;

    fn probes(&self, round: u32) -> Probes {
        let purpose = Purpose::Probes;
        let key = StreamKey { seed: self.seed, purpose, client: 0, round, phase: 0, barrier: 0 };
        let mut words = key.generator();
        Probes::drawn(&self.inputs, self.probes, || words.next_u64())
    }
}

impl RoundSteps for ByProbes {
    fn zeta(&self, round: u32, theta: &[f64]) -> StepSize {
        self.zeta.unwrap_or_else(|| {
            let parameter = Parameter::at(&self.network, theta);
            let bound = self.probes(round).largest_gradient(&self.network, &parameter, self.gamma);
            StepSize::constant(1.0 / (2.0 * bound))
        })
    }

    fn eta(&self, round: u32, theta: &[f64], omega: &[f64]) -> f64 {
        self.eta.unwrap_or_else(|| {
            let largest = self.probes(round).largest_move(&self.network, theta, omega);
            if largest == 0.0 { 0.0 } else { self.largest_move / largest }
        })
    }

    fn told(&self, zeta: Option<StepSize>, eta: f64) -> Vec<(&'static str, f64)> {
        let [zeta_name, bound, eta_name, moved] = MEASURED;
        let zeta = zeta.map(|zeta| zeta.at(0));
        let mut told: Vec<_> = zeta.map(|zeta| (zeta_name, zeta)).into_iter().collect();
        told.push((eta_name, eta));
        if let (None, Some(zeta)) = (self.zeta, zeta) {
            told.push((bound, 1.0 / (2.0 * zeta)));
        }
        if self.eta.is_none() {
            // No step is taken only where nothing would move.
            told.push((moved, if eta == 0.0 { 0.0 } else { self.largest_move / eta }));
        }
        told
    }
}
