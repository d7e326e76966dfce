//! A reward that makes up nearly the whole range of rewards, and so hides all others from learners.

use super::Model;
use std::fmt;

/// A number far from all other rewards of a problem.
#[derive(Clone, Debug, PartialEq)]
pub struct LoneReward {
    /// The number, `r(s, a)` of the pair below and of all that share it.
    pub reward: f64,
    /// The first pair that has it: names of the state and of the action.
    pub first: (String, String),
    /// How many pairs have it.
    pub pairs: usize,
    /// What is left of the range without it: a part of the whole.
    pub rest: f64,
}

/// Below this part of the range all other rewards are one to a learner.
const REST_MIN: f64 = 1e-3;

impl LoneReward {
    /// The reward without which the range of rewards shrinks to less than a thousandth, if there is one and
    /// the others differ.
    pub fn of(model: &Model) -> Option<Self> {
        let (lo, hi) = model.units().range();
        let pairs = || (0..model.actions()).flat_map(|a| (0..model.states()).map(move |s| (s, a)));
        let mut rewards: Vec<f64> = pairs().map(|(s, a)| model.reward(s, a)).collect();
        rewards.sort_by(f64::total_cmp);
        rewards.dedup();
        // With two values, each is the other's whole range.
        match rewards[..] {
            [first, second, last] => LoneReward::among(model, [first, second, second, last], hi - lo),
            [first, second, .., before, last] => {
                LoneReward::among(model, [first, second, before, last], hi - lo)
            }
            _ => None,
        }
    }

    /// Of the two smallest and the two largest rewards.
    fn among(model: &Model, [first, second, before, last]: [f64; 4], range: f64) -> Option<Self> {
        let (above, below) = ((last - second) / range, (before - first) / range);
        let (reward, rest) = if above < below { (first, above) } else { (last, below) };
        if rest >= REST_MIN {
            return None;
        }
        let pairs = (0..model.actions()).flat_map(|a| (0..model.states()).map(move |s| (s, a)));
        let mut same = pairs.filter(|&(s, a)| model.reward(s, a).total_cmp(&reward).is_eq());
        let (s, a) = same.next()?;
        let first = (model.state_names().name(s).into_owned(), model.action_names().name(a).into_owned());
        Some(LoneReward { reward, first, pairs: 1 + same.count(), rest })
    }
}

impl fmt::Display for LoneReward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LoneReward { reward, first: (state, action), pairs, rest } = self;
        let more = match pairs - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        write!(
            f,
            "the reward {reward:e} of action {action} in state {state}{more} makes up nearly the whole range of rewards: \
             learners see rewards scaled to [0, 1], where all others lie within {rest:.1e} of each other and count as one"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::{builtin, file};

    fn lone(rewards: &str) -> Option<LoneReward> {
        let source = format!(
            "discount: 0.9 values: reward states: here there actions: go stay observations: 1
             T: * identity O: * uniform {rewards}"
        );
        LoneReward::of(&file::parse(source.as_bytes(), "places").expect("a problem").model)
    }

    #[test]
    fn penalty_among_small_rewards_is_found() {
        let found =
            lone("R: * : * : * : * -1e9 R: stay : here : * : * -1 R: stay : there : * : * 4").expect("one");
        assert_eq!((found.reward, found.pairs), (-1e9, 2));
        assert_eq!(found.first, ("here".to_owned(), "go".to_owned()));
        assert!((found.rest / 5e-9 - 1.0).abs() < 1e-6, "{found:?}");
        let prize =
            lone("R: stay : * : * : * -1 R: go : here : * : * -2 R: go : there : * : * 1e6").expect("one");
        assert_eq!((prize.reward, prize.pairs), (1e6, 1));
    }

    #[test]
    fn rewards_of_two_values_and_shipped_problems_have_none() {
        assert_eq!(lone("R: go : * : * : * 1e9"), None);
        assert_eq!(lone("R: go : * : * : * -1000 R: stay : here : * : * -1 R: stay : there : * : * 4"), None);
        for name in builtin::names() {
            let definition = builtin::definition(name).expect("a listed problem");
            assert_eq!(LoneReward::of(definition.hidden()), None, "{name}");
        }
    }
}
