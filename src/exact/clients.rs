//! The value of a policy for clients that differ: the mean over them.

use super::monte_carlo::monte_carlo_in_turn;
use super::policy_value::policy_value;
use super::{Budget, Estimate};
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Generator, Model, Rounded, Simulator};
use std::sync::Arc;

/// `(1/M) Σ_m V_m^π` over the clients' own problems, exactly where `models` has one for each and every
/// client's share of the operations suffices; else over episodes that clients play in turn, every client as
/// many as the others.
///
/// # Panics
/// If there is no client, or if it comes to episodes and the budget has none.
pub fn evaluate_clients<S, P>(
    models: &[Arc<Model>],
    simulators: &[Arc<S>],
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    budget: Budget,
    rng: &mut Generator,
) -> Estimate
where
    S: Simulator<Observation = u32>,
    P: Policy<Observation = u32>,
{
    if models.len() == simulators.len()
        && let Some(estimate) = exact(models, policy, prepared, gamma, budget.exact_operations)
    {
        return estimate;
    }
    monte_carlo_over_clients(simulators, policy, prepared, gamma, budget.episodes, rng)
}

fn exact<P: Policy<Observation = u32>>(
    models: &[Arc<Model>],
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    operations: u64,
) -> Option<Estimate> {
    let share = operations / models.len() as u64;
    let (mut sum, mut errors, mut sizes) = (0.0, 0.0, 0.0);
    let mut method = None;
    for model in models {
        let (found, by) = policy_value(model, policy, prepared, gamma, share).ok()?;
        sum += found.value;
        errors += found.error;
        sizes += found.value.abs();
        method = Some(by);
    }
    let clients = models.len() as f64;
    // The sum over clients and the division round as well.
    let value = Rounded { value: sum / clients, error: errors / clients + f64::EPSILON * sizes };
    Some(Estimate::exact(value, method?))
}

/// The mean over episodes that clients play in turn: at least `episodes`, and of every client as many as of
/// the others.
///
/// The standard error counts the differences between clients as if they were chance, so it is rather too
/// large.
///
/// # Panics
/// If there is no client or no episode.
pub fn monte_carlo_over_clients<S, P>(
    simulators: &[Arc<S>],
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    episodes: u64,
    rng: &mut Generator,
) -> Estimate
where
    S: Simulator,
    P: Policy<Observation = S::Observation>,
{
    let each = episodes.div_ceil(simulators.len() as u64);
    Estimate::sampled(monte_carlo_in_turn(simulators, policy, prepared, gamma, each, rng))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::Method;
    use crate::features::FiniteMap;
    use crate::policy::LogLinear;
    use crate::pomdp::builtin::toggle;
    use crate::pomdp::{TabularSimulator, Variation};

    /// Exactly, the mean of the clients' values; by 40 000 episodes, within five of their standard errors of
    /// it.
    #[test]
    fn value_for_clients_that_differ_is_the_mean_of_theirs() {
        let variation = Variation { rewards: 0.5, transitions: 0.5, sensors: 0.5, parts: 0.0, seed: 1 };
        let models = variation.models(&toggle(), 3).expect("small");
        let models: Vec<_> = models.into_iter().map(Arc::new).collect();
        let simulators: Vec<_> = models.iter().map(|model| Arc::new(TabularSimulator::new(model))).collect();
        let policy = LogLinear::new(FiniteMap::window(4, 2, 2, 2, 1).expect("small"));
        let theta: Vec<f64> = (0..policy.parameters()).map(|i| (i % 3) as f64).collect();
        let mut prepared = Prepared::at(&policy, &theta);
        let values: Vec<f64> = models
            .iter()
            .map(|model| policy_value(model, &policy, &mut prepared, 0.9, 1_000_000).expect("small").0.value)
            .collect();
        let mean = values.iter().sum::<f64>() / 3.0;
        assert!((values[0] - values[1]).abs() > 1e-3, "clients differ: {values:?}");
        let mut evaluate = |exact_operations| {
            let budget = Budget { exact_operations, episodes: 40_000 };
            let mut rng = Generator::new(5);
            evaluate_clients(&models, &simulators, &policy, &mut prepared, 0.9, budget, &mut rng)
        };
        let found = evaluate(3_000_000);
        assert!((found.value_raw - mean).abs() < 1e-14 && found.method == Method::DynamicProgramming);
        let found = evaluate(3);
        let Method::MonteCarlo { episodes, standard_error } = found.method else { panic!("{found:?}") };
        assert_eq!(episodes, 40_002);
        assert!((found.value_raw - mean).abs() < 5.0 * standard_error, "{found:?}, {mean}");
    }
}
