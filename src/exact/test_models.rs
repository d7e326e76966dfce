//! Small problems for tests, written out.

use crate::pomdp::{Model, ModelParts, Names, SparseRows, Values};

fn rows(columns: usize, dense: &[&[f64]]) -> SparseRows {
    SparseRows::from_rows(
        columns,
        dense.iter().map(|row| row.iter().enumerate().map(|(i, &p)| (i as u32, p)).collect::<Vec<_>>()),
    )
}

/// Tiger behind two doors: listen, open left, open right; discount 0.95.
pub(crate) fn tiger() -> Model {
    let (heard, half): ([&[f64]; 2], &[f64]) = ([&[0.85, 0.15], &[0.15, 0.85]], &[0.5, 0.5]);
    tiger_with(&["tiger-left", "tiger-right"], rows(2, &[heard[0], heard[1], half, half, half, half]))
}

/// Tiger where opening shows "none", a third observation.
pub(crate) fn tiger3() -> Model {
    let (heard, none): ([&[f64]; 2], &[f64]) = ([&[0.85, 0.15, 0.0], &[0.15, 0.85, 0.0]], &[0.0, 0.0, 1.0]);
    tiger_with(&["tiger-left", "tiger-right", "none"], rows(3, &[heard[0], heard[1], none, none, none, none]))
}

fn tiger_with(observations: &[&str], observation: SparseRows) -> Model {
    let half: &[f64] = &[0.5, 0.5];
    Model::new(ModelParts {
        name: "tiger".into(),
        states: Names::list(&["tiger-left", "tiger-right"]),
        actions: Names::list(&["listen", "open-left", "open-right"]),
        observations: Names::list(observations),
        discount: 0.95,
        values: Values::Reward,
        start: vec![0.5, 0.5],
        transition: rows(2, &[&[1.0, 0.0], &[0.0, 1.0], half, half, half, half]),
        observation,
        initial_observation: None,
        reward: vec![-1.0, -1.0, -100.0, 10.0, 10.0, -100.0],
        reward_range: None,
    })
    .expect("a model")
}

/// Two states, kept or flipped, seen through noise from the start; rewards already in [0, 1].
pub(crate) fn toggle() -> Model {
    let seen: [&[f64]; 2] = [&[0.75, 0.25], &[0.25, 0.75]];
    Model::new(ModelParts {
        name: "toggle".into(),
        states: Names::Count(2),
        actions: Names::Count(2),
        observations: Names::Count(2),
        discount: 0.9,
        values: Values::Reward,
        start: vec![0.6, 0.4],
        transition: rows(2, &[&[0.8, 0.2], &[0.2, 0.8], &[0.3, 0.7], &[0.7, 0.3]]),
        observation: rows(2, &[seen[0], seen[1], seen[0], seen[1]]),
        initial_observation: Some(rows(2, &[seen[0], seen[1]])),
        reward: vec![0.9, 0.2, 0.2, 0.9],
        reward_range: Some((0.0, 1.0)),
    })
    .expect("a model")
}
