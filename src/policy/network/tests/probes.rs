//! Probes, against their formulas with explicit gradients.

use super::super::Probes;
use super::*;

/// Words whose high bits are known: one third of the range at a time.
fn counted() -> impl FnMut() -> u64 {
    let mut word = 1_u64;
    move || {
        word = word.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
        word ^ (word >> 29)
    }
}

/// The same sequences, read off the words as they are documented: actions, observations, signs.
fn sequences(
    inputs: &Inputs,
    count: usize,
    mut draw: impl FnMut() -> u64,
) -> Vec<(Vec<usize>, Vec<u32>, Vec<f64>)> {
    let below = |x: u64, n: usize| ((u128::from(x) * n as u128) >> 64) as usize;
    (0..count)
        .map(|_| {
            let (mut actions, mut seen, mut signs) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..inputs.horizon() {
                actions.push(below(draw(), inputs.actions()));
                seen.push(below(draw(), inputs.observations()) as u32);
                signs.push(if draw() & (1 << 63) == 0 { 1.0 } else { -1.0 });
            }
            (actions, seen, signs)
        })
        .collect()
}

#[test]
fn bounds_are_the_largest_over_sequences_of_what_gradients_say() {
    let gamma = 0.81;
    let cells = [Cell::Mlp, Cell::IndRnn, Cell::Gru].map(|cell| Subject::of(cell, 3, [4, 3, 2], true));
    for subject in cells.into_iter().chain([Subject::layered(&[3, 2], [4, 3, 2], true)]) {
        let network = &subject.network;
        let (theta, omega) = (theta(network.parameters()), omega(network.parameters()));
        let (mut gradients, mut moves) = (Vec::new(), Vec::new());
        for (actions, seen, signs) in sequences(&subject.inputs, 11, counted()) {
            let tape = subject.record(&theta, &subject.inputs_of(&actions, &seen));
            let gradient = |h: usize, b: usize| {
                let mut c = vec![0.0; 12];
                c[3 * h + b] = 1.0;
                subject.cotangents(&theta, &tape, &c)
            };
            let mut sum = vec![0.0; theta.len()];
            let mut logits = subject.logits(&theta, &tape);
            for h in 0..4 {
                // `γ^(h/2)`, with γ a square.
                let weight = signs[h] * [1.0, 0.9, 0.81, 0.729][h];
                sum.iter_mut().zip(gradient(h, actions[h])).for_each(|(sum, g)| *sum += weight * g);
                let policy = &mut logits[3 * h..][..3];
                softmax(policy);
                let df: Vec<f64> = (0..3).map(|b| dot(&gradient(h, b), &omega)).collect();
                moves.extend(df.iter().map(|df_b| (df_b - dot(policy, &df)).abs()));
            }
            gradients.push(dot(&sum, &sum));
        }
        let probes = Probes::drawn(&subject.inputs, 11, counted());
        let largest = |of: &[f64]| of.iter().copied().fold(0.0, f64::max);
        let parameter = Parameter::at(network, &theta);
        let found = probes.largest_gradient(network, &parameter, gamma);
        assert_near("B", &[found], &[largest(&gradients)]);
        // One that is not the largest of all tells a maximum from a mean or from the last.
        assert!(gradients.last() != Some(&largest(&gradients)));
        let found = probes.largest_move(network, &theta, &omega);
        assert_near("D", &[found], &[largest(&moves)]);
        assert_eq!(probes.largest_move(network, &theta, &vec![0.0; theta.len()]).to_bits(), 0);
    }
}

#[test]
fn a_parameter_that_is_no_number_has_bounds_that_are_none() {
    let subject = Subject::of(Cell::Gru, 3, [4, 3, 2], false);
    let network = &subject.network;
    let mut theta = theta(network.parameters());
    theta[5] = f64::NAN;
    let probes = Probes::drawn(&subject.inputs, 64, counted());
    assert!(probes.largest_gradient(network, &Parameter::at(network, &theta), 0.9).is_nan());
    assert!(probes.largest_move(network, &theta, &omega(theta.len())).is_nan());
}
