//! What the bounds ask for at the sizes of a run: orders of counts, and sizes.

use super::facts::Facts;
use super::quantity::{Advice, Value};
use super::sizes::{corollary_1, local_sgd, q_and_a};
use crate::theory::advice::{fewest_steps, largest_interval};
use crate::theory::orders::{self, Order};

pub(super) fn orders(facts: &Facts<'_>) -> Vec<(&'static str, Vec<Order>)> {
    if facts.evaluates() {
        return Vec::new();
    }
    let mut found = vec![("barriers of the actor", orders::actor(facts.m(), facts.t()).to_vec())];
    if facts.learns_a_critic() {
        found.push((
            "barriers of the critic, T_e = K",
            orders::critic(facts.m(), facts.t(), facts.alike()).to_vec(),
        ));
    }
    found
}

pub(super) fn sizes(facts: &Facts<'_>) -> Vec<Advice> {
    let whole = |found: Result<f64, String>| Value::of(found.map(|x| x.floor().max(1.0)));
    let mut advice = Vec::new();
    if facts.learns_a_critic() {
        let steps = corollary_1(facts).map(|sizes| sizes.minimum(sizes.repaired()));
        let rounds = steps.clone().map(|k| (facts.t_e() / k.floor().max(1.0)).ceil());
        advice.push(Advice {
            size: "K_e",
            value: whole(steps),
            reason: "the minimum of Corollary 1, repaired: with more, a term of its bound outweighs that of the noise, \
                     which falls as 1/(M T)"
                .to_owned(),
        });
        advice.push(Advice {
            size: "R_e",
            value: Value::of(rounds),
            reason: format!("the {} trajectories of each client in rounds of that length", facts.t_e()),
        });
    }
    if !facts.evaluates() {
        let sgd = local_sgd(facts);
        let [_, steps, interval] = facts.actor_sizes();
        let fewest = sgd.clone().map(|sgd| fewest_steps(sgd).ceil());
        let widest = sgd.and_then(|sgd| Ok(largest_interval(sgd, q_and_a(facts)?[0]) as f64));
        advice.push(Advice {
            size: "K",
            value: Value::of(fewest),
            reason: format!(
                "at least, for I = {interval}: with fewer, where a regression begins outweighs its noise in Lemma 11; here K = {steps}"
            ),
        });
        advice.push(Advice {
            size: "I",
            value: Value::of(widest),
            reason: format!(
                "at most, for K = {steps}: with more, the term of local steps in Lemma 11 outweighs that of the noise; here I = {interval}"
            ),
        });
    }
    advice
}
