//! Lower bounds: values of plans that somebody could follow.

use super::successors::dot;
use crate::pomdp::Model;

/// The values of some plans for the same number of steps, as functions of the state.
///
/// A plan is an action, and for every observation a plan for the steps that are left. `max_i Σ_s b(s) α_i(s)`
/// is the value at b of the best of them, hence at most `V*(b)`.
#[derive(Clone, Debug)]
pub(crate) struct Plans {
    /// α of every plan; none is everywhere at most another.
    values: Vec<Vec<f64>>,
}

impl Plans {
    /// The plans that always take the same action, for `horizon`, ..., 1 steps: element h has h steps behind
    /// it.
    pub(crate) fn blind(model: &Model, reward: &[f64], horizon: usize, gamma: f64) -> Vec<Self> {
        let (states, actions) = (model.states(), model.actions());
        let mut plans = vec![Plans { values: Vec::new() }; horizon];
        for a in 0..actions {
            let reward = &reward[a * states..(a + 1) * states];
            let mut value = vec![0.0; states];
            for h in (0..horizon).rev() {
                let moved = |s: usize| {
                    let row = model.transition().row(a * states + s);
                    row.fold(0.0, |sum, (next, p)| sum + p * value[next])
                };
                value = (0..states).map(|s| reward[s] + gamma * moved(s)).collect();
                plans[h].insert(value.clone());
            }
        }
        plans
    }

    /// The value of the best plan at `belief`, and its number; beliefs of any mass.
    pub(crate) fn best(&self, belief: &[f64]) -> (f64, usize) {
        let values = self.values.iter().map(|value| dot(belief, value)).enumerate();
        values.fold((f64::NEG_INFINITY, 0), |best, (i, value)| if value > best.0 { (value, i) } else { best })
    }

    /// α of a plan.
    pub(crate) fn plan(&self, number: usize) -> &[f64] {
        &self.values[number]
    }

    /// Number of plans.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Adds a plan, and forgets those that are nowhere better.
    pub(crate) fn insert(&mut self, value: Vec<f64>) {
        let below = |x: &[f64], y: &[f64]| x.iter().zip(y).all(|(x, y)| x <= y);
        if self.values.iter().any(|known| below(&value, known)) {
            return;
        }
        self.values.retain(|known| !below(known, &value));
        self.values.push(value);
    }
}

/// α of the plan "`action`, then after o the plan `then[o]`":
/// `α(s) = r(s, a) + γ Σ_s' T(s' | s, a) Σ_o O(o | a, s') α_{then[o]}(s')`.
pub(crate) fn followed_by(
    model: &Model,
    reward: &[f64],
    gamma: f64,
    action: usize,
    after: &Plans,
    then: &[usize],
) -> Vec<f64> {
    let states = model.states();
    let row = |s: usize| action * states + s;
    let expected: Vec<f64> = (0..states)
        .map(|s| model.observation().row(row(s)).fold(0.0, |sum, (o, p)| sum + p * after.plan(then[o])[s]))
        .collect();
    let future =
        |s: usize| model.transition().row(row(s)).fold(0.0, |sum, (next, p)| sum + p * expected[next]);
    (0..states).map(|s| reward[row(s)] + gamma * future(s)).collect()
}
