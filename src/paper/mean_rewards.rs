//! What a policy is worth to clients of which the rewards alone differ.

use crate::exact::{WorkLimitExceeded, optimum, policy_value};
use crate::features::FiniteMap;
use crate::policy::{LogLinear, Policy, Prepared};
use crate::pomdp::{Model, ModelParts, Names, Variation};

/// Operations of one value.
const OPERATIONS: u64 = 1_000_000_000;

/// The problem with the mean of the clients' rewards. As they move and see alike, a policy's value in it is
/// the mean of its values for the clients, and its optimum is what one policy can be worth to all of them.
/// One evaluation takes the place of as many as there are clients.
pub struct MeanRewards {
    model: Model,
    horizon: usize,
    gamma: f64,
    /// The window of the policies.
    policy: LogLinear<FiniteMap>,
}

impl MeanRewards {
    /// Of so many clients, with policies that see the last `length` pairs of action and observation.
    ///
    /// # Panics
    /// If clients differ in more than their rewards, or the problem is not small.
    pub fn of(
        nominal: &Model,
        variation: &Variation,
        clients: u32,
        [horizon, length]: [usize; 2],
        gamma: f64,
    ) -> Self {
        assert!(variation.transitions <= 0.0 && variation.sensors <= 0.0, "clients that move and see alike");
        let models = variation.models(nominal, clients).expect("a small problem");
        let (states, actions) = (nominal.states(), nominal.actions());
        let mean = |row: usize| {
            let of = |model: &Model| model.reward(row % states, row / states);
            models.iter().map(of).fold(0.0, |sum, reward| sum + reward) / f64::from(clients)
        };
        let model = Model::new(ModelParts {
            name: nominal.name().to_owned(),
            states: Names::Count(states),
            actions: Names::Count(actions),
            observations: Names::Count(nominal.observations()),
            discount: nominal.discount(),
            values: nominal.values(),
            start: nominal.start().to_vec(),
            transition: nominal.transition().clone(),
            observation: nominal.observation().clone(),
            initial_observation: nominal.initial_observation().cloned(),
            reward: (0..states * actions).map(mean).collect(),
            reward_range: Some(nominal.units().range()),
        });
        let model = model.expect("the tables of a valid problem");
        let (seen, first) = (model.observations(), model.first_observations());
        let window = FiniteMap::window(horizon, actions, seen, first, length).expect("a small problem");
        MeanRewards { model, horizon, gamma, policy: LogLinear::new(window) }
    }

    /// The most that one policy is worth to the clients, on average.
    ///
    /// # Errors
    /// Where it would take too long.
    pub fn optimum(&self) -> Result<f64, WorkLimitExceeded> {
        Ok(optimum(&self.model, self.horizon, self.gamma, OPERATIONS)?.value.value)
    }

    /// What policies are worth to the clients, on average.
    ///
    /// # Errors
    /// Where it would take too long.
    ///
    /// # Panics
    /// If a policy is not as long as its window asks.
    pub fn values(&self, policies: &[Vec<f64>]) -> Result<Vec<f64>, WorkLimitExceeded> {
        let mut prepared = Prepared::new(&self.policy);
        let mut value = |theta: &Vec<f64>| {
            assert_eq!(theta.len(), self.policy.parameters(), "a policy over the same window");
            prepared.set(&self.policy, theta);
            let found = policy_value(&self.model, &self.policy, &mut prepared, self.gamma, OPERATIONS)?;
            Ok(found.0.value)
        };
        policies.iter().map(&mut value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{Budget, Method, evaluate_clients};
    use crate::pomdp::{TabularSimulator, builtin};
    use std::sync::Arc;

    /// Exactly both: some hundred terms of size 1 in another order.
    #[test]
    fn values_are_the_means_over_clients_and_the_optimum_of_a_shared_map_is_its_formula() {
        let problem = builtin::definition("grid").expect("a built-in problem");
        let map = problem.tabular().expect("finitely many observations").model.clone();
        let (horizon, gamma, clients) = (3, 0.95, 3);
        let parts = Variation { parts: 1.0, ..Variation::default() };
        let drawn = Variation { rewards: 1.0, seed: 4, ..Variation::default() };
        for variation in [parts, drawn] {
            let mean = MeanRewards::of(&map, &variation, clients, [horizon, 1], gamma);
            let theta: Vec<f64> =
                (0..mean.policy.parameters()).map(|i| libm::sin((7 * i + 1) as f64)).collect();
            let models = variation.models(&map, clients).expect("small");
            let models: Vec<_> = models.into_iter().map(Arc::new).collect();
            let simulators: Vec<_> =
                models.iter().map(|model| Arc::new(TabularSimulator::new(model))).collect();
            let mut prepared = Prepared::at(&mean.policy, &theta);
            let key = dpac_actors::StreamKey {
                seed: 0,
                purpose: dpac_actors::Purpose::Evaluation,
                client: 0,
                round: 0,
                phase: 0,
                barrier: 0,
            };
            let budget = Budget { exact_operations: OPERATIONS, episodes: 1 };
            let of_clients = evaluate_clients(
                &models,
                &simulators,
                &mean.policy,
                &mut prepared,
                gamma,
                budget,
                &mut key.generator(),
            );
            assert_eq!(of_clients.method, Method::DynamicProgramming);
            let [value] = mean.values(&[theta]).expect("a small problem")[..] else { panic!("one policy") };
            assert!((value - of_clients.value_raw).abs() < 1e-13, "{value}, {}", of_clients.value_raw);
            assert!(mean.optimum().expect("a small problem") > value);
        }
        // Every step of the way around is worth 1 to one of the clients, but for what slips.
        let expected = 0.9 * (1.0 + gamma + gamma * gamma) / f64::from(clients);
        let found = MeanRewards::of(&map, &parts, clients, [horizon, 1], gamma).optimum();
        assert!((found.expect("a small problem") - expected).abs() < 1e-13);
    }
}
