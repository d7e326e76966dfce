//! The value of a policy that looks at nothing.

use super::WorkLimitExceeded;
use super::finite_memory::{plus, rewards_and_gains};
use super::work::Work;
use crate::pomdp::{Model, Rounded, Roundings, of_terms};

/// `V^π`, in the problem's own units, of the policy that takes action a at step h with probability
/// `probabilities[h][a]`, whatever has been seen:
/// `v_h(s) = Σ_a π_h(a) [ r(s, a) + γ Σ_s' T(s' | s, a) v_{h+1}(s') ]`. Observations do not matter, so that
/// the tables of hidden states suffice.
///
/// # Errors
/// [`WorkLimitExceeded`] after `limit` operations.
pub fn open_loop_value(
    model: &Model,
    probabilities: &[Vec<f64>],
    gamma: f64,
    limit: u64,
) -> Result<Rounded, WorkLimitExceeded> {
    let mut work = Work::new("the value of a policy that looks at nothing", limit);
    let states = model.states();
    let rewards = rewards_and_gains(model);
    let mut after = vec![[0.0; 2]; states];
    for probabilities in probabilities.iter().rev() {
        work.spend(model.transition().nonzeros() + rewards.len())?;
        let mut before = vec![[0.0; 2]; states];
        for (a, &p) in probabilities.iter().enumerate() {
            for s in 0..states {
                let row = a * states + s;
                let moves = model.transition().row(row);
                let future = moves.fold([0.0; 2], |sum, (next, t)| plus(sum, t, after[next]));
                before[s] = plus(before[s], p, plus(rewards[row], gamma, future));
            }
        }
        after = before;
    }
    let of_start = model.start().iter().zip(&after);
    let [value, gain] = of_start.fold([0.0; 2], |sum, (&p, &after)| plus(sum, p, after));
    let roundings = Roundings::by_rows(model, probabilities.len());
    Ok(Rounded { value, error: of_terms(roundings.relative(0.0), gain, value) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::tiger;

    #[test]
    fn tigers_open_loop_values_are_those_computed_by_hand() {
        let model = tiger();
        let value = |probabilities: &[Vec<f64>]| {
            open_loop_value(&model, probabilities, 0.5, 100).expect("small").value
        };
        // Listening is worth -1, opening either door unseen -45.
        assert!((value(&[vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0]]) + 1.0 + 22.5).abs() < 1e-12);
        let third = vec![1.0 / 3.0; 3];
        assert!((value(&[third.clone(), third]) + 91.0 / 3.0 * 1.5).abs() < 1e-12);
        assert!(open_loop_value(&model, &[vec![1.0, 0.0, 0.0]], 0.5, 1).is_err());
    }
}
