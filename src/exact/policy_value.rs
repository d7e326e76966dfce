//! The value of a policy, exactly.

use super::finite_memory::{backward, is_finite, rewards_and_gains};
use super::tree::{HistoryTree, NoMemory};
use super::work::Work;
use super::{Method, WorkLimitExceeded};
use crate::policy::{Policy, Prepared};
use crate::pomdp::{Model, Rounded, Roundings, of_terms};

/// `V^π` in the problem's own units, and how it was computed: by [`value_by_dynamic_programming`] for
/// policies of a finite memory, else by [`value_by_enumeration`].
///
/// The policy is what its probabilities are as they are computed; what rounding did to them is no error of
/// the value.
///
/// # Errors
/// [`WorkLimitExceeded`] after `limit` operations.
pub fn policy_value<P: Policy<Observation = u32>>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    limit: u64,
) -> Result<(Rounded, Method), WorkLimitExceeded> {
    if is_finite(policy) {
        value_by_dynamic_programming(model, policy, prepared, gamma, limit)
            .map(|value| (value, Method::DynamicProgramming))
    } else {
        value_by_enumeration(model, policy, prepared, gamma, limit).map(|value| (value, Method::Enumeration))
    }
}

/// `V^π`, in the problem's own units, over pairs of state and memory; linear in the number of memories.
///
/// # Errors
/// [`WorkLimitExceeded`] after `limit` operations.
///
/// # Panics
/// If the policy's memory is not finite.
pub fn value_by_dynamic_programming<P: Policy<Observation = u32>>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    limit: u64,
) -> Result<Rounded, WorkLimitExceeded> {
    let mut work = Work::new("the value of a policy by dynamic programming", limit);
    let rewards = rewards_and_gains(model);
    let terms = backward(model, policy, prepared, gamma, &rewards, &mut work, |_, _, _| ())?;
    Ok(rounded(terms, Roundings::by_rows(model, policy.horizon())))
}

/// `V^π`, in the problem's own units, of any policy, over all histories that the model can show.
///
/// # Errors
/// [`WorkLimitExceeded`] after `limit` operations; their number grows like `(A O)^H`.
pub fn value_by_enumeration<P: Policy<Observation = u32>>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    limit: u64,
) -> Result<Rounded, WorkLimitExceeded> {
    let mut work = Work::new("the value of a policy by enumeration", limit);
    let rewards = rewards_and_gains(model);
    let tree = HistoryTree::with_rewards(model, policy, prepared, &NoMemory, gamma, rewards);
    let terms = tree.walk(&mut work, |_, _| Ok(()))?;
    Ok(rounded(terms, Roundings::by_beliefs(model, policy.horizon())))
}

fn rounded([value, gain]: [f64; 2], roundings: Roundings) -> Rounded {
    Rounded { value, error: of_terms(roundings.relative(0.0), gain, value) }
}
