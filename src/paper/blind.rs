//! A built-in problem with a policy that looks at nothing, and critics over its histories.

use crate::exact::{HistoryTree, Work};
use crate::features::{BeliefFilter, BeliefMap, Degree, FeatureMap, FiniteMap, HistoryFold};
use crate::policy::{LogLinear, Policy, Prepared};
use crate::pomdp::{Model, builtin};
use std::sync::Arc;

/// Operations that one small problem may take.
const OPERATIONS: u64 = 1_000_000_000;

/// A problem, its horizon and discount, and a policy that looks at nothing: the uniform one, unless another
/// is asked for.
pub struct Blind {
    model: Model,
    policy: LogLinear<FiniteMap>,
    theta: Vec<f64>,
    whole: FiniteMap,
    gamma: f64,
}

impl Blind {
    /// On the built-in problem `name`, with the problem's own discount.
    ///
    /// # Panics
    /// If there is no such problem, or its histories are too many to enumerate.
    pub fn builtin(name: &str, horizon: usize) -> Self {
        let problem = builtin::definition(name).expect("a built-in problem");
        Self::of(problem.tabular().expect("finitely many observations").model.clone(), horizon)
    }

    /// On these tables.
    ///
    /// # Panics
    /// If the histories are too many to enumerate.
    pub fn of(model: Model, horizon: usize) -> Self {
        let policy = LogLinear::new(window_of(&model, horizon, 0));
        let (theta, whole) = (vec![0.0; policy.parameters()], window_of(&model, horizon, horizon - 1));
        let gamma = model.discount();
        Blind { model, policy, theta, whole, gamma }
    }

    /// With another discount.
    #[must_use]
    pub fn at(self, gamma: f64) -> Self {
        Blind { gamma, ..self }
    }

    /// With a policy that takes its first action with this probability, and all others equally often.
    #[must_use]
    pub fn taking_the_first(mut self, first: f64) -> Self {
        let others = (1.0 - first) / (self.model.actions() - 1) as f64;
        let blind = self.window(0);
        for h in 0..self.horizon() {
            for a in 0..self.model.actions() {
                self.theta[blind.component(h, 0, a)] = libm::log(if a == 0 { first } else { others });
            }
        }
        self
    }

    /// One-hot features of the last `length` pairs of action and observation.
    pub fn window(&self, length: usize) -> FiniteMap {
        window_of(&self.model, self.horizon(), length)
    }

    /// The belief as critics have it.
    pub fn belief(&self) -> BeliefMap {
        BeliefMap::for_critic(
            Arc::new(BeliefFilter::new(Arc::new(self.model.clone()))),
            self.horizon(),
            Degree::One,
        )
    }

    /// One-hot features of whole histories.
    pub fn whole(&self) -> &FiniteMap {
        &self.whole
    }

    /// The tables.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The policy.
    pub fn policy(&self) -> &LogLinear<FiniteMap> {
        &self.policy
    }

    /// Its parameters.
    pub fn theta(&self) -> &[f64] {
        &self.theta
    }

    /// The policy at its parameters.
    pub fn prepared(&self) -> Prepared<LogLinear<FiniteMap>> {
        Prepared::at(&self.policy, &self.theta)
    }

    /// H.
    pub fn horizon(&self) -> usize {
        self.whole.horizon()
    }

    /// γ.
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// Visits the memory that a fold has of every history that can be shown; folds meet the same histories in
    /// the same order.
    ///
    /// # Panics
    /// If the histories are too many.
    pub(super) fn walk<F: HistoryFold<Observation = u32>>(
        &self,
        fold: &F,
        mut visit: impl FnMut(usize, &F::Memory),
    ) {
        let mut work = Work::new("the features of histories", OPERATIONS);
        let mut prepared = self.prepared();
        HistoryTree::new(&self.model, &self.policy, &mut prepared, fold, self.gamma)
            .walk(&mut work, |seen, _| {
                visit(seen.h, seen.memory);
                Ok(())
            })
            .expect("a small problem");
    }
}

fn window_of(model: &Model, horizon: usize, length: usize) -> FiniteMap {
    let (seen, first) = (model.observations(), model.first_observations());
    FiniteMap::window(horizon, model.actions(), seen, first, length).expect("a small problem")
}
