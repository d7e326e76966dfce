//! The value of a policy that looks at nothing.

use super::WorkLimitExceeded;
use super::successors::{dot, reward_table};
use super::work::Work;
use crate::pomdp::Model;

/// `V^π`, normalised, of the policy that takes action a at step h with probability `probabilities[h][a]`, whatever has been
/// seen: `v_h(s) = Σ_a π_h(a) [ r(s, a) + γ Σ_s' T(s' | s, a) v_{h+1}(s') ]`. Observations do not matter, so that the tables
/// of hidden states suffice.
///
/// # Errors
/// [`WorkLimitExceeded`] after `limit` operations.
pub fn open_loop_value(
    model: &Model,
    probabilities: &[Vec<f64>],
    gamma: f64,
    limit: u64,
) -> Result<f64, WorkLimitExceeded> {
    let mut work = Work::new("the value of a policy that looks at nothing", limit);
    let states = model.states();
    let reward = reward_table(model);
    let mut value = vec![0.0; states];
    for probabilities in probabilities.iter().rev() {
        work.spend(model.transition().nonzeros() + reward.len())?;
        let mut before = vec![0.0; states];
        for (a, p) in probabilities.iter().enumerate() {
            for s in 0..states {
                let row = a * states + s;
                let future = model.transition().row(row).fold(0.0, |sum, (next, t)| sum + t * value[next]);
                before[s] += p * (reward[row] + gamma * future);
            }
        }
        value = before;
    }
    Ok(dot(model.start(), &value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::tiger;

    #[test]
    fn tigers_open_loop_values_are_those_computed_by_hand() {
        let model = tiger();
        let raw = |normalised| model.units().raw_value(normalised, 0.5, 2);
        let value = |probabilities: &[Vec<f64>]| {
            raw(open_loop_value(&model, probabilities, 0.5, 100).expect("small"))
        };
        // Listening is worth -1, opening either door unseen -45.
        assert!((value(&[vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0]]) + 1.0 + 22.5).abs() < 1e-12);
        let third = vec![1.0 / 3.0; 3];
        assert!((value(&[third.clone(), third]) + 91.0 / 3.0 * 1.5).abs() < 1e-12);
        assert!(open_loop_value(&model, &[vec![1.0, 0.0, 0.0]], 0.5, 1).is_err());
    }
}
