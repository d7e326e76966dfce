//! Problems of finitely many hidden states whose sensor gives a real number with normal noise.

use super::{AliasRows, Generator, Model, ModelError, Problem, Simulator};
use rand::Rng;
use std::sync::Arc;
use thiserror::Error;

/// What is seen after an action: a number, or nothing. Before the first action it is nothing.
pub type Reading = Option<f64>;

/// The distribution of a reading: normal, with this mean and standard deviation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensor {
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation, above 0.
    pub deviation: f64,
}

impl Sensor {
    /// The logarithm of the density at `reading`, but for the constant `-ln(2π)/2` that all sensors share.
    pub fn log_likelihood(self, reading: f64) -> f64 {
        let z = (reading - self.mean) / self.deviation;
        -0.5 * z * z - libm::log(self.deviation)
    }

    /// The probability of a reading of at least `bound`, which may be infinite.
    pub fn above(self, bound: f64) -> f64 {
        0.5 * libm::erfc((bound - self.mean) / self.deviation * std::f64::consts::FRAC_1_SQRT_2)
    }

    /// The probability of a reading of at most `bound`, which may be infinite.
    pub fn below(self, bound: f64) -> f64 {
        0.5 * libm::erfc((self.mean - bound) / self.deviation * std::f64::consts::FRAC_1_SQRT_2)
    }
}

/// A POMDP with tables for the hidden state and a sensor per (action, state entered).
///
/// An action either has a sensor in every state or in none; otherwise silence would tell about the state, and
/// its weight against a density is not defined.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianModel {
    hidden: Model,
    /// At `a * S + s'`.
    sensors: Vec<Option<Sensor>>,
}

/// Sensors that do not fit a model.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum GaussianModelError {
    /// Not one sensor per action and state.
    #[error("{found} sensors, expected one for each of {expected} pairs of action and state")]
    Shape {
        /// How many there are.
        found: usize,
        /// A · S.
        expected: usize,
    },
    /// A mean or deviation that is none.
    #[error("the sensor of action {action} and state {state} has mean {mean} and deviation {deviation}")]
    Sensor {
        /// The action.
        action: usize,
        /// The state entered.
        state: usize,
        /// The mean.
        mean: f64,
        /// The deviation.
        deviation: f64,
    },
    /// An action that shows a number in some states only.
    #[error("action {action} shows a number in some states and nothing in others")]
    PartlySilent {
        /// The action.
        action: usize,
    },
    /// Hidden tables with observations of their own.
    #[error("the hidden tables have observations of their own")]
    Observations,
}

impl GaussianModel {
    /// A model whose hidden states move and pay as `hidden` says. `hidden` has a single observation, which
    /// stands for whatever is seen, and none before the first action. `sensors` stand at `a * S + s'`; `None`
    /// shows nothing.
    ///
    /// # Errors
    /// [`GaussianModelError`] says what does not fit.
    pub fn new(hidden: Model, sensors: Vec<Option<Sensor>>) -> Result<Self, GaussianModelError> {
        if hidden.observations() != 1 || hidden.initial_observation().is_some() {
            return Err(GaussianModelError::Observations);
        }
        let (states, actions) = (hidden.states(), hidden.actions());
        if sensors.len() != states * actions {
            let (found, expected) = (sensors.len(), states * actions);
            return Err(GaussianModelError::Shape { found, expected });
        }
        for (action, row) in sensors.chunks(states).enumerate() {
            for (state, sensor) in row.iter().enumerate() {
                if let &Some(Sensor { mean, deviation }) = sensor
                    && !(mean.is_finite() && deviation.is_finite() && deviation > 0.0)
                {
                    return Err(GaussianModelError::Sensor { action, state, mean, deviation });
                }
            }
            if row.iter().any(Option::is_some) && row.iter().any(Option::is_none) {
                return Err(GaussianModelError::PartlySilent { action });
            }
        }
        Ok(GaussianModel { hidden, sensors })
    }

    /// The tables of the hidden state: states, actions, start, moves, rewards, discount, names. Their single
    /// observation stands for any reading, so that a policy that looks at nothing has here its exact value.
    pub fn hidden(&self) -> &Model {
        &self.hidden
    }

    /// The same problem with another discount.
    ///
    /// # Errors
    /// Where it is not in [0, 1].
    pub fn with_discount(self, discount: f64) -> Result<Self, ModelError> {
        Ok(GaussianModel { hidden: self.hidden.with_discount(discount)?, ..self })
    }

    /// The sensor of `action` in the state entered; `None` where nothing is shown.
    pub fn sensor(&self, action: usize, entered: usize) -> Option<Sensor> {
        self.sensors[action * self.hidden.states() + entered]
    }
}

/// A [`GaussianModel`] ready to be sampled.
///
/// Draws per episode: one word for the state; then per step one for the successor and, where the action shows
/// a number, two for the reading; none after the last action.
#[derive(Clone, Debug)]
pub struct GaussianSimulator {
    model: Arc<GaussianModel>,
    start: AliasRows,
    transition: AliasRows,
}

impl GaussianSimulator {
    /// Builds the sampling tables of a model.
    pub fn new(model: Arc<GaussianModel>) -> Self {
        let hidden = model.hidden();
        let support = hidden.start().iter().copied().enumerate().filter(|&(_, p)| p > 0.0);
        let rows = hidden.transition();
        GaussianSimulator {
            start: AliasRows::new([support]),
            transition: AliasRows::new((0..rows.rows()).map(|i| rows.row(i))),
            model,
        }
    }
}

impl Simulator for GaussianSimulator {
    type State = u32;
    type Observation = Reading;

    fn actions(&self) -> usize {
        self.model.hidden().actions()
    }

    fn reward_range(&self) -> (f64, f64) {
        self.model.hidden().units().range()
    }

    fn initial(&self, rng: &mut Generator) -> (u32, Reading) {
        (self.start.sample(0, rng.next_u64()) as u32, None)
    }

    fn step(&self, state: &mut u32, action: usize, rng: &mut Generator) -> (f64, Reading) {
        let hidden = self.model.hidden();
        let before = *state as usize;
        let next = self.transition.sample(action * hidden.states() + before, rng.next_u64());
        *state = next as u32;
        let reading = self.model.sensor(action, next);
        let reading = reading.map(|sensor| sensor.mean + sensor.deviation * standard_normal(rng));
        (hidden.reward(before, action), reading)
    }

    fn last_step(&self, state: &mut u32, action: usize, _rng: &mut Generator) -> f64 {
        self.model.hidden().reward(*state as usize, action)
    }
}

/// A standard normal number out of two words, by Box and Muller (1958).
pub(super) fn standard_normal(rng: &mut Generator) -> f64 {
    const UNIT: f64 = 1.0 / 9_007_199_254_740_992.0;
    let radius = ((rng.next_u64() >> 11) + 1) as f64 * UNIT;
    let turn = (rng.next_u64() >> 11) as f64 * UNIT;
    libm::sqrt(-2.0 * libm::log(radius)) * libm::cos(std::f64::consts::TAU * turn)
}

/// A problem with real-valued observations: the same for every client, or one for each.
#[derive(Clone, Debug)]
pub struct GaussianProblem {
    model: Arc<GaussianModel>,
    simulator: Arc<GaussianSimulator>,
    /// Each client's own; none where all have the one above.
    simulators: Arc<[Arc<GaussianSimulator>]>,
}

impl GaussianProblem {
    /// The problem of `model`.
    pub fn new(model: GaussianModel) -> Self {
        GaussianProblem::of_clients(model, Vec::new())
    }

    /// The problem in which client m acts in `clients[m]`, whose sizes and reward range are those of
    /// `nominal`, and whose beliefs are those of `nominal`. Without any client all act in `nominal`.
    pub fn of_clients(nominal: GaussianModel, clients: Vec<GaussianModel>) -> Self {
        let simulator = |model: GaussianModel| Arc::new(GaussianSimulator::new(Arc::new(model)));
        let simulators = clients.into_iter().map(simulator).collect();
        let model = Arc::new(nominal);
        let simulator = Arc::new(GaussianSimulator::new(Arc::clone(&model)));
        GaussianProblem { simulator, model, simulators }
    }

    /// Each client's own simulator; empty where clients are alike.
    pub fn client_simulators(&self) -> &[Arc<GaussianSimulator>] {
        &self.simulators
    }

    /// Hidden tables and sensors.
    pub fn model(&self) -> &Arc<GaussianModel> {
        &self.model
    }
}

impl Problem for GaussianProblem {
    type Simulator = GaussianSimulator;

    fn name(&self) -> &str {
        self.model.hidden().name()
    }

    fn instance(&self, client: u32) -> Arc<GaussianSimulator> {
        Arc::clone(if self.simulators.is_empty() {
            &self.simulator
        } else {
            &self.simulators[client as usize]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first four moments of 10^6 draws lie within five of their standard errors: 1, sqrt 2, sqrt 15,
    /// sqrt 96 over 10^3.
    #[test]
    fn standard_normal_numbers_have_the_moments_of_the_normal_distribution() {
        const DRAWS: u32 = 1_000_000;
        let mut rng = Generator::new(7);
        let mut sums = [0.0; 4];
        for _ in 0..DRAWS {
            let z = standard_normal(&mut rng);
            let mut power = 1.0;
            for sum in &mut sums {
                power *= z;
                *sum += power;
            }
        }
        for (sum, (mean, variance)) in sums.iter().zip([(0.0, 1.0), (1.0, 2.0), (0.0, 15.0), (3.0, 96.0)]) {
            let error = f64::sqrt(variance / f64::from(DRAWS));
            assert!((sum / f64::from(DRAWS) - mean).abs() < 5.0 * error, "{sums:?}");
        }
    }

    #[test]
    fn standard_normal_numbers_are_those_they_always_were() {
        let mut rng = Generator::new(42);
        let drawn = [(); 3].map(|()| standard_normal(&mut rng).to_bits());
        assert_eq!(
            drawn,
            [0x3fd0_ce09_e7b1_c7b3, 0x3fdf_8786_d034_77d5, 0xbff6_29d6_e199_8c46],
            "{drawn:#x?}"
        );
    }
}
