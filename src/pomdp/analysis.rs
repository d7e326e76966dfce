//! What a model's tables tell without solving it.

use super::{Model, Roundings, SparseRows, of_terms};

/// What some behaviour can meet, starting from the start belief.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reachability {
    /// By state: whether some sequence of actions leads there with positive probability.
    pub states: Vec<bool>,
    /// By observation: whether it can be seen.
    pub observations: Vec<bool>,
}

impl Reachability {
    /// What can be met in a model, whatever the horizon.
    pub fn of(model: &Model) -> Self {
        let mut reached = Reachability::of_tables(model.start(), model.transition(), model.observation());
        if let Some(first) = model.initial_observation() {
            for s in (0..model.states()).filter(|&s| model.start()[s] > 0.0) {
                for (o, _) in first.row(s) {
                    reached.observations[o] = true;
                }
            }
        }
        reached
    }

    /// The same from tables: T and O have row `a * S + s`, and nothing is seen before the first action.
    pub(super) fn of_tables(start: &[f64], transition: &SparseRows, observation: &SparseRows) -> Self {
        let n = start.len();
        let mut states: Vec<bool> = start.iter().map(|&p| p > 0.0).collect();
        let mut observations = vec![false; observation.columns()];
        let mut open: Vec<usize> = (0..n).filter(|&s| states[s]).collect();
        while let Some(s) = open.pop() {
            for a in 0..transition.rows() / n {
                for (next, _) in transition.row(a * n + s) {
                    for (o, _) in observation.row(a * n + next) {
                        observations[o] = true;
                    }
                    if !states[next] {
                        states[next] = true;
                        open.push(next);
                    }
                }
            }
        }
        Reachability { states, observations }
    }
}

/// The actions, ascending, whose observation has the same distribution in every state to which they can lead
/// from a state in `reached`, so that it tells nothing about the state.
///
/// T and O have row `a * S + s`; distributions are compared by their bits.
pub fn uninformative_actions(
    transition: &SparseRows,
    observation: &SparseRows,
    reached: &[bool],
) -> Vec<usize> {
    let n = reached.len();
    let says_nothing = |&a: &usize| {
        let mut follows = vec![false; n];
        for s in (0..n).filter(|&s| reached[s]) {
            for (next, _) in transition.row(a * n + s) {
                follows[next] = true;
            }
        }
        let mut next = (0..n).filter(|&s| follows[s]).map(|s| observation.row(a * n + s));
        let Some(first) = next.next() else { return true };
        let first: Vec<_> = first.collect();
        next.all(|row| row.eq(first.iter().copied()))
    };
    (0..transition.rows() / n).filter(says_nothing).collect()
}

/// Number of rows with a single nonzero.
pub fn deterministic_rows(rows: &SparseRows) -> usize {
    (0..rows.rows()).filter(|&i| rows.row(i).len() == 1).count()
}

/// Number of states that no action leaves.
pub fn absorbing_states(model: &Model) -> usize {
    let n = model.states();
    let stays = |s: usize, a: usize| model.transition().row(a * n + s).all(|(next, _)| next == s);
    (0..n).filter(|&s| (0..model.actions()).all(|a| stays(s, a))).count()
}

/// On which of its two arguments `r(s, a)` depends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RewardDependence {
    /// Two states differ under some action.
    pub on_state: bool,
    /// Two actions differ in some state.
    pub on_action: bool,
}

impl RewardDependence {
    /// The dependence of a model's expected reward, compared by its bits.
    pub fn of(model: &Model) -> Self {
        let differ = |x: f64, y: f64| x.to_bits() != y.to_bits();
        RewardDependence {
            on_state: pairs(model).any(|(s, a)| differ(model.reward(s, a), model.reward(0, a))),
            on_action: pairs(model).any(|(s, a)| differ(model.reward(s, a), model.reward(s, 0))),
        }
    }
}

/// Number of pairs (s, a) with `r(s, a) ≠ 0`.
pub fn reward_nonzeros(model: &Model) -> usize {
    pairs(model).filter(|&(s, a)| model.reward(s, a).abs() > 0.0).count()
}

/// The least and the largest `r(s, a)`, in the problem's own units; the declared range may be wider.
pub fn reward_extremes(model: &Model) -> (f64, f64) {
    let rewards = pairs(model).map(|(s, a)| model.reward(s, a));
    rewards.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), r| (lo.min(r), hi.max(r)))
}

/// Every (s, a).
fn pairs(model: &Model) -> impl Iterator<Item = (usize, usize)> {
    let states = model.states();
    (0..model.actions()).flat_map(move |a| (0..states).map(move |s| (s, a)))
}

/// Bounds of the optimal value `V*_H(b_0)` that cost `H A` products with T, in the problem's own units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The value of the best blind policy, which takes one action at every step, less what rounding may have
    /// added: below `V*`.
    pub lower: f64,
    /// That policy's action; the first one of several.
    pub blind_action: usize,
    /// The value of the optimal policy that sees the state, as in an MDP, and what rounding may have taken:
    /// above `V*`.
    pub upper: f64,
}

/// [`Bounds`] over `horizon` steps at discount `gamma`.
pub fn bounds(model: &Model, horizon: usize, gamma: f64) -> Bounds {
    let n = model.states();
    let relative = Roundings::by_rows(model, horizon).relative(0.0);
    let q = |values: &[[f64; 2]], s: usize, a: usize| {
        let next = model.transition().row(a * n + s);
        let future =
            next.fold([0.0; 2], |[v, g], (next, p)| [v + p * values[next][0], g + p * values[next][1]]);
        [model.reward(s, a) + gamma * future[0], model.gain(s, a) + gamma * future[1]]
    };
    let at_start = |values: &[[f64; 2]]| {
        let weighted = model.start().iter().zip(values);
        let [value, gain] = weighted.fold([0.0; 2], |[v, g], (p, x)| [v + p * x[0], g + p * x[1]]);
        (value, of_terms(relative, gain, value))
    };

    let blind = |a: usize| {
        let mut values = vec![[0.0; 2]; n];
        for _ in 0..horizon {
            values = (0..n).map(|s| q(&values, s, a)).collect();
        }
        let (value, error) = at_start(&values);
        value - error
    };
    let (mut lower, mut blind_action) = (blind(0), 0);
    for a in 1..model.actions() {
        let value = blind(a);
        if value > lower {
            (lower, blind_action) = (value, a);
        }
    }

    // Value and gain are the largest of any action each, so that the gain is at least that of the best
    // policy.
    let mut values = vec![[0.0; 2]; n];
    for _ in 0..horizon {
        let best = |s: usize| {
            let largest = |x: [f64; 2], y: [f64; 2]| [x[0].max(y[0]), x[1].max(y[1])];
            (0..model.actions()).map(|a| q(&values, s, a)).fold([f64::NEG_INFINITY; 2], largest)
        };
        values = (0..n).map(best).collect();
    }
    let (value, error) = at_start(&values);
    Bounds { lower, blind_action, upper: value + error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::optimum;
    use crate::pomdp::builtin::{builtin, names};
    use crate::pomdp::file::parse;

    const HEAD: &str =
        "discount: 0.5 values: reward states: a b c actions: stay go observations: x y start: a ";

    fn model(entries: &str) -> Model {
        parse(format!("{HEAD}{entries}").as_bytes(), "case").expect("a good file").model
    }

    #[test]
    fn only_what_the_start_belief_leads_to_is_reached() {
        let model =
            model("T: stay identity T: go 0 1 0 0 1 0 0 0 1 O: * : a : x 1 O: * : b : x 1 O: * : c : y 1");
        let reached = Reachability::of(&model);
        assert_eq!(reached.states, [true, true, false]);
        assert_eq!(reached.observations, [true, false]);
        assert_eq!(absorbing_states(&model), 2);
        assert_eq!(deterministic_rows(model.transition()), 6);
    }

    #[test]
    fn observation_before_the_first_action_is_seen() {
        let tiger3 = builtin("tiger3").expect("a built-in problem");
        assert_eq!(Reachability::of(&tiger3).observations, [true; 3]);
    }

    #[test]
    fn action_is_uninformative_when_no_successor_looks_different() {
        // Going leads to b alone, where alone the observation need not vary; staying tells a from b once both
        // are reached.
        let model = model("T: stay identity T: go : * : b 1 O: * : a : x 1 O: * : b 0.5 0.5 O: * : c : y 1");
        let reached = Reachability::of(&model).states;
        assert_eq!(uninformative_actions(model.transition(), model.observation(), &reached), [1]);
    }

    #[test]
    fn reward_depends_on_what_makes_a_difference() {
        let of = |rewards: &str| {
            let dependence = RewardDependence::of(&model(&format!("T: * identity O: * uniform {rewards}")));
            (dependence.on_state, dependence.on_action)
        };
        assert_eq!(of("R: * : * : * : * 1"), (false, false));
        assert_eq!(of("R: * : a : * : * 1"), (true, false));
        assert_eq!(of("R: go : * : * : * 1"), (false, true));
        assert_eq!(of("R: go : c : * : * 1"), (true, true));
    }

    #[test]
    fn blind_and_observed_values_are_those_computed_by_hand() {
        // Staying in a earns 1 per step; going to b costs 2 and then staying earns 8 per step.
        let model = model(
            "T: stay identity T: go : * : b 1 O: * uniform R: stay : a : * : * 1 R: go : a : * : * -2 \
             R: stay : b : * : * 8",
        );
        let bounds = bounds(&model, 3, 0.5);
        // Less and more by what rounding might have done.
        assert!(bounds.lower < 1.75 && bounds.lower > 1.75 - 1e-13, "{bounds:?}");
        assert_eq!(bounds.blind_action, 0);
        assert!(bounds.upper > 4.0 && bounds.upper < 4.0 + 1e-13, "{bounds:?}");
        assert_eq!((reward_nonzeros(&model), reward_extremes(&model)), (3, (-2.0, 8.0)));
    }

    #[test]
    fn optimal_value_lies_between_the_bounds() {
        let mut compared = 0;
        for name in names() {
            let Some(model) = builtin(name) else { continue };
            for horizon in 0..6 {
                let gamma = model.discount();
                // Where that is too much work there is nothing to compare.
                let Ok(optimum) = optimum(&model, horizon, gamma, 5_000_000) else { continue };
                compared += 1;
                let optimum = optimum.value.value;
                let Bounds { lower, upper, .. } = bounds(&model, horizon, gamma);
                assert!(lower <= optimum + 1e-9 && optimum <= upper + 1e-9, "{name}, H = {horizon}");
            }
        }
        assert!(compared >= 60, "{compared} of 78 pairs of problem and horizon");
    }
}
