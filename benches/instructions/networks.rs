//! What networks take: a GRU of 8 units on Tiger's inputs.

use crate::society;
use dpac::policy::network::{Cell, Clock, Inputs, Network, Parameter, Scratch, Tape};
use std::hint::black_box;

const HORIZON: usize = 8;
const ACTIONS: usize = 3;

/// A network with a parameter, and its inputs.
fn gru() -> (Network, Inputs, Vec<f64>) {
    let inputs = Inputs::recurrent(HORIZON, ACTIONS, 2, false, Clock::Fraction);
    let network = Network::new(Cell::Gru, inputs.len(), 8, ACTIONS).expect("a small network");
    let theta = society::theta(network.parameters()).iter().map(|theta| theta - 0.5).collect();
    (network, inputs, theta)
}

/// So many trajectories, each step with its logits; the tape of the last one.
fn acted(trajectories: u64) -> (Network, Vec<f64>, Tape) {
    let (network, inputs, theta) = gru();
    let (mut tape, mut x, mut f) = (Tape::default(), Vec::new(), [0.0; ACTIONS]);
    for i in 0..trajectories as usize {
        tape.clear();
        inputs.start(0, &mut x);
        for h in 0..HORIZON {
            let kept = tape.step(&network, &theta, &x);
            network.logits(&theta, kept, &mut f);
            black_box(&f);
            if h + 1 < HORIZON {
                inputs.advance(h, (i + h) % ACTIONS, ((i + 2 * h) % 2) as u32, &mut x);
            }
        }
    }
    (network, theta, tape)
}

pub(crate) fn act(trajectories: u64) {
    black_box(acted(trajectories));
}

pub(crate) fn tangents(passes: u64) {
    let (network, theta, tape) = acted(1);
    let omega = society::theta(network.parameters());
    let (mut df, mut scratch) = ([0.0; HORIZON * ACTIONS], Scratch::new(&network));
    for _ in 0..passes {
        network.tangents(&theta, &tape, black_box(&omega), &mut df, &mut scratch);
        black_box(&df);
    }
}

pub(crate) fn cotangents(passes: u64) {
    let (network, theta, tape) = acted(1);
    let (parameter, mut scratch) = (Parameter::at(&network, &theta), Scratch::new(&network));
    let c = society::theta(HORIZON * ACTIONS);
    let mut omega = vec![0.0; network.parameters()];
    for _ in 0..passes {
        network.cotangents(&parameter, &tape, black_box(&c), &mut omega, &mut scratch);
        black_box(&omega);
    }
}
