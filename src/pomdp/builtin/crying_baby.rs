//! Whether to feed a baby of whose hunger one hears only the crying: Kochenderfer (2015).

use super::registry::{Build, Entry, Parameter, Range};
use super::tables::{complement, rewards, rows};
use crate::pomdp::{Model, ModelParts, Names, Values};

const PROBABILITY: Range = Range::Real(0.0, 1.0);

pub(super) const ENTRY: Entry = Entry {
    name: "crying-baby",
    summary: "Feeding costs 5 and sates; each step of hunger costs 10; crying is a noisy sign of it.",
    source: "Kochenderfer 2015, Decision Making Under Uncertainty",
    parameters: &[
        Parameter {
            name: "become_hungry",
            default: 0.1,
            range: PROBABILITY,
            meaning: "probability that a sated baby becomes hungry",
        },
        Parameter {
            name: "cry_hungry",
            default: 0.8,
            range: PROBABILITY,
            meaning: "probability that a hungry baby cries",
        },
        Parameter {
            name: "cry_sated",
            default: 0.1,
            range: PROBABILITY,
            meaning: "probability that a sated baby cries",
        },
    ],
    optimum: Some("H = 1: 0; H = 2: -min(5, 10 γ become_hungry)"),
    exact: None,
    build: Build::Tabular(|values| {
        Ok(crying_baby(values.real("become_hungry"), values.real("cry_hungry"), values.real("cry_sated")))
    }),
};

/// States sated (where one starts) and hungry, actions ignore and feed, observations quiet and crying;
/// discount 0.9.
///
/// With the defaults the same problem as `configs/problems/crying-baby.POMDP`.
fn crying_baby(become_hungry: f64, cry_hungry: f64, cry_sated: f64) -> Model {
    Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: Names::list(&["sated", "hungry"]),
        actions: Names::list(&["ignore", "feed"]),
        observations: Names::list(&["quiet", "crying"]),
        discount: 0.9,
        values: Values::Cost,
        start: vec![1.0, 0.0],
        transition: rows(2, 2, 2, |a, s| match (a, s) {
            (1, _) => vec![(0, 1.0)],
            (_, 0) => vec![(0, complement(become_hungry)), (1, become_hungry)],
            _ => vec![(1, 1.0)],
        }),
        observation: rows(2, 2, 2, |_, s| {
            let cries = if s == 0 { cry_sated } else { cry_hungry };
            vec![(0, complement(cries)), (1, cries)]
        }),
        initial_observation: None,
        reward: rewards(2, 2, |s, a| 0.0 - 5.0 * a as f64 - 10.0 * s as f64),
        reward_range: None,
    })
    .expect("a valid problem")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::tests::assert_optimum;

    #[test]
    fn defaults_are_the_problem_of_the_file() {
        let bytes = include_bytes!("../../../configs/problems/crying-baby.POMDP");
        let file = crate::pomdp::file::parse(bytes, "crying-baby").expect("a problem file");
        assert_eq!(crying_baby(0.1, 0.8, 0.1), file.model);
    }

    #[test]
    fn short_horizons_never_feed() {
        let model = crying_baby(0.1, 0.8, 0.1);
        assert_optimum(&model, 1, 0.0);
        assert_optimum(&model, 2, -0.9);
        // After one cry hunger has probability 8/17, and waiting costs 9 (8/17 + 9/170) < 5: ignore three
        // times.
        assert_optimum(&model, 3, -(0.9 + 0.81 * 1.9));
    }

    #[test]
    fn certain_hunger_is_fed_before_it_comes() {
        // Feeding a sated baby keeps it sated: 5 + 5 γ, and nothing at the last step.
        assert_optimum(&crying_baby(1.0, 1.0, 0.0), 3, -(5.0 + 5.0 * 0.9));
    }
}
