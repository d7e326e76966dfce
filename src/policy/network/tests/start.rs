//! The first parameter, and shapes that there are none of.

use super::super::{NetworkError, Output};
use super::*;
use dpac_actors::{Generator, Purpose, StreamKey};
use rand::Rng;

/// The words of the key (0, purpose, 0, 0, 0, 0).
fn words(purpose: Purpose) -> Generator {
    StreamKey { seed: 0, purpose, client: 0, round: 0, phase: 0, barrier: 0 }.generator()
}

fn initial(network: &Network, output: Output) -> Vec<f64> {
    let mut words = words(Purpose::FirstPolicy);
    network.initial(output, || words.next_u64()).expect("units that fit")
}

fn gru(units: usize) -> Subject {
    Subject::of(Cell::Gru, units, [4, 3, 2], false)
}

/// Computed apart, in Python. Of two purposes: the implementation that figures were learned with drew from
/// the first.
#[test]
fn the_first_parameter_of_a_gru_is_known() {
    let network = gru(4).network;
    let known = [
        (
            Purpose::Statistics,
            [
                0.422695321438545,
                0.213723796008432,
                0.441094162853323,
                -0.552090208428432,
                0.0923503035547173,
                0.357822213331592,
                -0.444247730841381,
                0.69980973682442,
            ],
            -8.63190493165958,
        ),
        (
            Purpose::FirstPolicy,
            [
                0.4018781680689052,
                -0.5277922028389062,
                -0.23094625450887518,
                0.2381956957649367,
                -0.7467542145469009,
                0.6142866235785438,
                -0.468017706693138,
                -0.03575773277519478,
            ],
            2.9502412928281383,
        ),
    ];
    for (purpose, weights, sum) in known {
        let mut words = words(purpose);
        let theta = network.initial(Output::Zero, || words.next_u64()).expect("any number of units");
        let blocks = network.blocks(&theta);
        let (u, w) = (blocks.u, blocks.w);
        let found = [&u[..3], &u[u.len() - 1..], &w[..3], &w[w.len() - 1..]];
        assert_near("weights", &found.concat(), &weights);
        assert_near("sum", &[theta.iter().sum()], &[sum]);
        for block in [blocks.b, blocks.v, blocks.v_bias] {
            assert!(block.iter().all(|x| x.to_bits() == 0));
        }
    }
}

#[test]
fn weights_are_within_their_bounds_and_take_a_word_each() {
    for cell in [Cell::Mlp, Cell::IndRnn, Cell::Gru] {
        for (output, drawn, scale) in
            [(Output::Zero, 0, 0.0), (Output::Scaled(0.1), 1, 0.1), (Output::Scaled(1.0), 1, 1.0)]
        {
            let subject = Subject::of(cell, 16, [4, 3, 2], true);
            let network = subject.network;
            let (mut generator, mut count) = (words(Purpose::FirstPolicy), 0);
            let theta = network
                .initial(output, || {
                    count += 1;
                    generator.next_u64()
                })
                .expect("any number of units");
            let [u, w, _, _, v, _] = network.lengths();
            assert_eq!(count, u + w + drawn * v);
            let blocks = network.blocks(&theta);
            let bound = (3.0_f64 / 16.0).sqrt();
            let of_w = if cell == Cell::IndRnn { 0.0..1.0 } else { -bound..bound };
            assert!(blocks.u.iter().all(|x| (-1.0..1.0).contains(x)));
            assert!(blocks.w.iter().all(|x| of_w.contains(x)));
            let widest = blocks.v.iter().fold(0.0_f64, |widest, x| widest.max(x.abs()));
            // Of 48 numbers the largest is above 0.9 of the bound in all but one of a hundred cases.
            assert!((0.9 * scale * bound..=scale * bound).contains(&widest), "{widest}");
        }
    }
}

#[test]
fn paired_units_do_the_same_and_their_logits_cancel_while_all_have_gradients() {
    for cell in [Cell::Mlp, Cell::IndRnn, Cell::Gru] {
        let subject = Subject::of(cell, 6, [4, 3, 2], true);
        let theta = initial(&subject.network, Output::Paired);
        let tape = subject.record(&theta, &subject.inputs_of(&[0, 2, 1, 0], &[1, 0, 1, 1]));
        for h in 0..tape.len() {
            let s = subject.network.state(tape.kept(h));
            assert_near("the other half", &s[..3], &s[3..]);
            assert!(s.iter().all(|s| s.abs() > 1e-3));
        }
        // Sums of six terms of size 1.
        let logits = subject.logits(&theta, &tape);
        assert!(logits.iter().all(|f| f.abs() < 1e-15), "{cell:?}: {logits:?}");
        let gradient = subject.cotangents(&theta, &tape, &weights(12));
        let blocks = subject.network.blocks(&gradient);
        for (block, name) in [(blocks.b, "b"), (blocks.v, "V"), (blocks.v_bias, "v")] {
            assert!(block.iter().all(|g| g.abs() > 1e-6), "{cell:?}, {name}: {block:?}");
        }
        if cell == Cell::Gru {
            let w = subject.network.blocks(&theta).w;
            let bound = 1.0;
            for (place, weight) in w.iter().enumerate() {
                let (j, i) = (place / 18, place % 6);
                assert_eq!(*weight != 0.0, (j < 3) == (i < 3), "from {j} to {i}");
                assert!(weight.abs() <= bound);
            }
        }
    }
    let odd = gru(5).network.initial(Output::Paired, || 0);
    assert_eq!(odd, Err(NetworkError::Odd { units: 5 }));
}

#[test]
fn a_policy_with_logits_of_zero_is_uniform() {
    let subject = gru(16);
    let theta = initial(&subject.network, Output::Zero);
    let tape = subject.record(&theta, &subject.inputs_of(&[0, 2, 1, 0], &[0, 0, 1, 1]));
    assert!(subject.logits(&theta, &tape).iter().all(|f| *f == 0.0));
}

#[test]
fn shapes_have_the_parameters_of_their_tables_and_limits() {
    for (units, parameters) in [(8, 387), (16, 1155), (32, 3843)] {
        assert_eq!(gru(units).network.parameters(), parameters);
    }
    let of = |cell, inputs, units| Network::new(cell, inputs, units, 3).map(|network| network.parameters());
    assert_eq!(of(Cell::Mlp, 6, 16), Ok(16 * 7 + 3 * 17));
    assert_eq!(of(Cell::IndRnn, 6, 16), Ok(16 * 8 + 3 * 17));
    assert!(of(Cell::Gru, 6, 256).is_ok());
    for units in [0, 257, usize::MAX] {
        assert_eq!(of(Cell::Gru, 6, units), Err(NetworkError::Units { units, most: 256 }));
    }
    for inputs in [4096, usize::MAX] {
        assert!(matches!(of(Cell::Gru, inputs, 256), Err(NetworkError::Parameters { .. })));
    }
    assert!(matches!(Network::new(Cell::Mlp, 1, 256, usize::MAX), Err(NetworkError::Parameters { .. })));
}
