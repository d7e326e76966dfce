//! The value of a policy, exactly.

use super::finite_memory::{backward, is_finite};
use super::tree::{HistoryTree, NoMemory};
use super::work::Work;
use super::{Method, WorkLimitExceeded};
use crate::policy::{Policy, Prepared};
use crate::pomdp::Model;

/// `V^π`, normalised, and how it was computed: by [`value_by_dynamic_programming`] for policies of a finite memory,
/// else by [`value_by_enumeration`].
///
/// # Errors
/// [`WorkLimitExceeded`] after `limit` operations.
pub fn policy_value<P: Policy<Observation = u32>>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    limit: u64,
) -> Result<(f64, Method), WorkLimitExceeded> {
    if is_finite(policy) {
        value_by_dynamic_programming(model, policy, prepared, gamma, limit)
            .map(|value| (value, Method::DynamicProgramming))
    } else {
        value_by_enumeration(model, policy, prepared, gamma, limit).map(|value| (value, Method::Enumeration))
    }
}

/// `V^π`, normalised, over pairs of state and memory; linear in the number of memories.
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
) -> Result<f64, WorkLimitExceeded> {
    let mut work = Work::new("the value of a policy by dynamic programming", limit);
    backward(model, policy, prepared, gamma, &mut work, |_, _, _| ())
}

/// `V^π`, normalised, of any policy, over all histories that the model can show.
///
/// # Errors
/// [`WorkLimitExceeded`] after `limit` operations; their number grows like `(A O)^H`.
pub fn value_by_enumeration<P: Policy<Observation = u32>>(
    model: &Model,
    policy: &P,
    prepared: &mut Prepared<P>,
    gamma: f64,
    limit: u64,
) -> Result<f64, WorkLimitExceeded> {
    let mut work = Work::new("the value of a policy by enumeration", limit);
    HistoryTree::new(model, policy, prepared, &NoMemory, gamma).walk(&mut work, |_, _| Ok(()))
}
