//! The network of a policy on a problem, and what it reads.

use super::error::SubjectError;
use crate::config::NetworkPolicy;
use crate::policy::network::{Cell, Inputs, Network};
use crate::pomdp::{GaussianModel, Model, Sensor};

/// For numbered observations, by their classes.
pub(super) fn on_classes(
    policy: NetworkPolicy,
    model: &Model,
    horizon: usize,
) -> Result<(Network, Inputs), SubjectError> {
    let observations = model.observation_classes().max(model.first_observation_classes());
    let first = model.initial_observation().is_some();
    sized(policy, inputs(policy, horizon, model.actions(), observations, first))
}

/// For readings, in units of a scale, which is the third.
pub(super) fn on_readings(
    policy: NetworkPolicy,
    model: &GaussianModel,
    horizon: usize,
) -> Result<(Network, Inputs, f64), SubjectError> {
    let hidden = model.hidden();
    let pairs =
        (0..hidden.actions()).flat_map(|action| (0..hidden.states()).map(move |state| (action, state)));
    let sensors: Vec<Sensor> = pairs.filter_map(|(action, state)| model.sensor(action, state)).collect();
    let scale = narrowest(&sensors);
    let (low, high) = range(&sensors, scale);
    let inputs = inputs(policy, horizon, hidden.actions(), 1, false).of_readings(low, high);
    let (network, inputs) = sized(policy, inputs)?;
    Ok((network, inputs, scale))
}

/// The least deviation of any sensor; 1 where nothing is ever seen.
fn narrowest(sensors: &[Sensor]) -> f64 {
    let least = sensors.iter().fold(f64::INFINITY, |least, sensor| least.min(sensor.deviation));
    if least.is_finite() { least } else { 1.0 }
}

/// Where readings are expected: within three deviations of any mean.
fn range(sensors: &[Sensor], scale: f64) -> (f64, f64) {
    const DEVIATIONS: f64 = 3.0;
    let ends = sensors.iter().map(|sensor| {
        let spread = DEVIATIONS * sensor.deviation;
        ((sensor.mean - spread) / scale, (sensor.mean + spread) / scale)
    });
    ends.reduce(|(low, high), (lower, higher)| (low.min(lower), high.max(higher))).unwrap_or((0.0, 0.0))
}

fn inputs(policy: NetworkPolicy, horizon: usize, actions: usize, observations: usize, first: bool) -> Inputs {
    let clock = policy.clock();
    match policy {
        // No window is longer than a history.
        NetworkPolicy::Mlp { window, .. } => {
            let pairs = (window as usize).min(horizon - 1);
            Inputs::window(horizon, actions, observations, first, pairs, clock)
        }
        NetworkPolicy::Indrnn { .. } | NetworkPolicy::Gru { .. } => {
            Inputs::recurrent(horizon, actions, observations, first, clock)
        }
    }
}

fn sized(policy: NetworkPolicy, inputs: Inputs) -> Result<(Network, Inputs), SubjectError> {
    let (wide, actions) = (inputs.len(), inputs.actions());
    let network = match policy {
        NetworkPolicy::Mlp { hidden, .. } => Network::mlp(wide, hidden, actions)?,
        NetworkPolicy::Indrnn { hidden, .. } => Network::new(Cell::IndRnn, wide, hidden as usize, actions)?,
        NetworkPolicy::Gru { hidden, .. } => Network::new(Cell::Gru, wide, hidden as usize, actions)?,
    };
    Ok((network, inputs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_in_units_of_the_narrowest_sensor_and_expected_near_its_means() {
        let sensors = [Sensor { mean: -1.0, deviation: 0.5 }, Sensor { mean: 2.0, deviation: 2.0 }];
        let scale = narrowest(&sensors);
        assert_eq!((scale, range(&sensors, scale)), (0.5, (-8.0, 16.0)));
        assert_eq!((narrowest(&[]), range(&[], 1.0)), (1.0, (0.0, 0.0)));
    }
}
