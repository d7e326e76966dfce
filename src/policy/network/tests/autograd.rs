//! Logits and derivatives as PyTorch's autograd finds them: `python/tests/test_networks.py` holds the file to
//! it.

use super::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Known {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    kind: String,
    hidden: Hidden,
    window: Option<usize>,
    clock: Clock,
    horizon: usize,
    actions: usize,
    classes: usize,
    first: Option<u32>,
    taken: Vec<usize>,
    seen: Vec<u32>,
    theta: Vec<f64>,
    omega: Vec<f64>,
    c: Vec<f64>,
    f: Vec<f64>,
    along: Vec<f64>,
    back: Vec<f64>,
}

impl Case {
    fn subject(&self) -> Subject {
        let Case { horizon, actions, classes, clock, .. } = *self;
        let first = self.first.is_some();
        let recurrent = || Inputs::recurrent(horizon, actions, classes, first, clock);
        let (cell, inputs) = match &self.kind[..] {
            "gru" => (Cell::Gru, recurrent()),
            "indrnn" => (Cell::IndRnn, recurrent()),
            "mlp" => {
                let pairs = self.window.expect("pairs of an mlp");
                let inputs = Inputs::window(horizon, actions, classes, first, pairs, clock);
                let network = Network::mlp(inputs.len(), self.hidden, actions).expect("a small network");
                return Subject { network, inputs };
            }
            other => panic!("no cell {other}"),
        };
        Subject::new(cell, inputs, self.hidden.last())
    }
}

#[test]
fn logits_and_both_passes_are_those_of_automatic_differentiation() {
    let text = include_str!("../../../../python/tests/networks.json");
    let Known { cases } = serde_json::from_str(text).expect("known answers");
    assert_eq!(cases.len(), 9);
    for case in &cases {
        let subject = case.subject();
        assert_eq!(subject.network.parameters(), case.theta.len(), "{}", case.name);
        // Before the first action there is a first observation, or nothing that anybody reads.
        let seen = [&[case.first.unwrap_or_default()], &case.seen[..]].concat();
        let tape = subject.record(&case.theta, &subject.inputs_of(&case.taken, &seen));
        let assert_near =
            |what, found: &[f64], known| assert_near(&format!("{}: {what}", case.name), found, known);
        assert_near("f", &subject.logits(&case.theta, &tape), &case.f);
        assert_near("J omega", &subject.tangents(&case.theta, &tape, &case.omega), &case.along);
        assert_near("J'c", &subject.cotangents(&case.theta, &tape, &case.c), &case.back);
    }
}
