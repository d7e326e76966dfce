//! Loops of a constant length are those of any length, to the bit.

use super::*;
use std::hint::black_box;

#[test]
fn networks_of_the_usual_widths_have_the_bits_of_any_width() {
    for cell in [Cell::Mlp, Cell::IndRnn, Cell::Gru] {
        for units in [8, 16, 32] {
            let subject = Subject::of(cell, units, [6, 3, 2], true);
            let network = &subject.network;
            let (theta, omega) = (theta(network.parameters()), omega(network.parameters()));
            let inputs = subject.inputs_of(&[0, 2, 1, 0, 2, 1], &[1, 0, 1, 1, 0, 0]);
            let tape = subject.record(&theta, &inputs);
            let n = black_box(units);
            for (h, x) in inputs.iter().enumerate() {
                let mut kept = vec![f64::NAN; network.kept()];
                let before = (h > 0).then(|| network.state(tape.kept(h - 1)));
                network.step_by(n, &theta, x, before, &mut kept);
                assert_eq!(bits(&kept), bits(tape.kept(h)), "{cell:?}, {units}, step {h}");
            }
            let mut scratch = Scratch::new(network);
            let mut df = vec![0.0; 18];
            network.tangents_by(n, &theta, &tape, &omega, &mut df, &mut scratch);
            assert_eq!(bits(&df), bits(&subject.tangents(&theta, &tape, &omega)), "{cell:?}, {units}");
            let (mut any, mut usual) = (omega.clone(), omega);
            let parameter = Parameter::at(network, &theta);
            network.cotangents_by(n, &parameter, &tape, &weights(18), &mut any, &mut scratch);
            subject.add_cotangents(&theta, &tape, &weights(18), &mut usual);
            assert_eq!(bits(&any), bits(&usual), "{cell:?}, {units}");
        }
    }
}
