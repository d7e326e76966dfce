//! Repeating a symbol shown some steps ago: decodable from exactly so many observations.

use super::registry::{Build, Entry, Parameter, ParameterError, Range, within_limit};
use super::tables::{rewards, rows};
use crate::pomdp::{Model, ModelParts, Names, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "n-back",
    summary: "Name the symbol shown length - 1 steps before the newest; whoever remembers fewer observations guesses.",
    source: "our own, after RepeatPrevious of POPGym (Morad et al. 2023); decodable as in Efroni et al. 2022",
    parameters: &[
        Parameter { name: "q", default: 2.0, range: Range::Integer(2, 16), meaning: "number of symbols" },
        Parameter {
            name: "length",
            default: 2.0,
            range: Range::Integer(1, 12),
            meaning: "L, the number of observations that tell the state",
        },
    ],
    optimum: Some(
        "Σ_{t=1..H} γ^(t-1) (1 if t > length else 1/q); Σ γ^(t-1)/q for every policy of fewer than length observations and no actions",
    ),
    exact: Some(
        "the last length observations show the state: windows of length pairs or more, for every policy of that memory",
    ),
    build: Build::Tabular(|values| n_back(values.integer("q"), values.integer("length"))),
};

/// The state is the last `length` symbols, oldest first as digits to base `q`; discount 0.95.
///
/// Symbols are independent and uniform, actions do not influence them, one sees the newest, and naming the
/// oldest is worth 1. A memory of one's own actions can hold symbols: a window of fewer than `length` pairs
/// of action and observation does better than guessing, one of observations alone does not.
fn n_back(q: usize, length: usize) -> Result<Model, ParameterError> {
    let states = within_limit((q as u64).checked_pow(length as u32))?;
    let oldest = states / q;
    Ok(Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: Names::Count(states),
        actions: Names::Count(q),
        observations: Names::Count(q),
        discount: 0.95,
        values: Values::Reward,
        start: vec![1.0 / states as f64; states],
        transition: rows(states, q, states, |_, s| {
            (0..q).map(|x| (s % oldest * q + x, 1.0 / q as f64)).collect()
        }),
        observation: rows(q, q, states, |_, s| vec![(s % q, 1.0)]),
        initial_observation: None,
        reward: rewards(q, states, |s, a| f64::from(u8::from(s / oldest == a))),
        reward_range: None,
    })
    .expect("a valid problem"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::policy_value;
    use crate::features::{FeatureMap, FiniteMap};
    use crate::policy::{LogLinear, Prepared};
    use crate::pomdp::builtin::tests::assert_optimum;
    use crate::pomdp::discount_table;

    #[test]
    fn optima_are_the_closed_form() {
        for (q, length, horizon) in [(2, 1, 4), (2, 2, 5), (3, 2, 4), (2, 3, 5), (4, 1, 3), (2, 3, 2)] {
            let expected = discount_table(0.95, horizon)
                .iter()
                .enumerate()
                .map(|(h, power)| power * if h >= length { 1.0 } else { 1.0 / q as f64 })
                .sum();
            assert_optimum(&n_back(q, length).expect("small"), horizon, expected);
        }
    }

    /// The value of the window policy with logit `logit(h, slot, a)`, H = 4; a slot of one pair is
    /// `q · action + observation`.
    fn value(q: usize, window: usize, logit: impl Fn(usize, usize, usize) -> f64) -> f64 {
        let model = n_back(q, 2).expect("small");
        let map = FiniteMap::window(4, q, q, 1, window).expect("a small window");
        let mut theta = vec![0.0; map.stacked()];
        for h in 0..4 {
            for slot in 0..map.slots(h).expect("finite") {
                for a in 0..q {
                    theta[map.component(h, slot, a)] = logit(h, slot, a);
                }
            }
        }
        let policy = LogLinear::new(map);
        policy_value(&model, &policy, &mut Prepared::at(&policy, &theta), 0.95, 100_000_000)
            .expect("small")
            .0
            .value
    }

    #[test]
    fn every_policy_of_fewer_observations_guesses() {
        for q in [2, 3] {
            let expected = discount_table(0.95, 4).iter().sum::<f64>() / q as f64;
            for scale in [0.0, 1.0, 30.0] {
                for window in [0, 1] {
                    let found =
                        value(q, window, |h, slot, a| scale * ((3 * h + 5 * (slot % q) + 2 * a) % 7) as f64);
                    assert!(
                        (found - expected).abs() < 1e-12,
                        "window {window}: {found}, expected {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_action_that_is_remembered_stands_for_an_observation() {
        // At h = 1 name what is seen; at h = 2 name what one named.
        let found = value(2, 1, |h, slot, a| {
            let named = if h == 1 { slot % 2 } else { slot / 2 };
            if (h == 1 || h == 2) && a == named { 1000.0 } else { 0.0 }
        });
        let g = 0.95;
        assert!((found - (0.5 + 0.5 * g + g * g + 0.5 * g * g * g)).abs() < 1e-12, "{found}");
    }
}
