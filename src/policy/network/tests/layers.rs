//! Networks of several hidden layers: their shapes, where they start, and how their layers are written.

use super::super::{NetworkError, Output};
use super::*;

/// Words that anybody can count up: multiples of 2^64 over the golden ratio.
fn counted() -> impl FnMut() -> u64 {
    let mut word = 0_u64;
    move || {
        word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
        word
    }
}

fn hidden(units: &[usize]) -> Hidden {
    Hidden::new(units).expect("few layers")
}

/// Computed apart, in Python.
#[test]
fn the_first_parameter_of_layers_is_drawn_layer_by_layer() {
    let network = Network::mlp(3, hidden(&[4, 2, 3]), 2).expect("a small network");
    let u = [
        [0.2360679774997896, -0.5278640450004206, 0.708203932499369, -0.05572809000084122],
        [-0.8196601125010516, 0.4164078649987382, -0.3475241575014723, 0.8885438199983176],
        [0.1246117974981071, -0.6393202250021031, 0.5967477524976865, -0.1671842700025237],
    ];
    let w_2 = [
        [-0.8063703631849497, 0.2640959061343201],
        [-0.3974886321152875, 0.6729776372039824],
        [0.01139309895437481, -0.6501914392952326],
        [0.4202748300240371, -0.2413097082255703],
    ];
    let w_3 = [
        [1.172604454029345, 0.236982627380409, -0.6986391992685277],
        [0.8152287168657139, -0.1203931097832228, -1.056014936432159],
    ];
    let v = [
        [0.3738353924943216, -0.3900966300058886],
        [0.845971347493901, 0.08203932499369082],
        [-0.6818926975065196, 0.5541752799932702],
    ];
    let known = [&u.concat()[..], &[0.0; 4], &w_2.concat(), &[0.0; 2], &w_3.concat(), &[0.0; 3]].concat();
    let scaled = network.initial(Output::Scaled(1.0), counted()).expect("any number of units");
    assert_near("with V", &scaled, &[&known[..], &v.concat(), &[0.0; 2]].concat());
    let zero = network.initial(Output::Zero, counted()).expect("any number of units");
    assert_near("without", &zero, &[&known[..], &[0.0; 8]].concat());
    assert!(zero[35..].iter().all(|x| x.to_bits() == 0));
}

/// Likewise: each half of a layer reads its own half of the layer below.
#[test]
fn layers_that_are_paired_are_two_networks_of_opposite_outputs() {
    let network = Network::mlp(3, hidden(&[4, 2]), 2).expect("a small network");
    let known = [
        [0.2360679774997896, -0.5278640450004206, 0.2360679774997896, -0.5278640450004206],
        [0.708203932499369, -0.05572809000084122, 0.708203932499369, -0.05572809000084122],
        [-0.8196601125010516, 0.4164078649987382, -0.8196601125010516, 0.4164078649987382],
        [0.0; 4],
        [-0.4256284295846109, 0.0, 1.088239486549631, 0.0],
        [0.0, -0.4256284295846109, 0.0, 1.088239486549631],
        [0.0, 0.0, 0.152617659900694, -0.7830041667482425],
        [-0.152617659900694, 0.7830041667482425, 0.0, 0.0],
    ];
    let theta = network.initial(Output::Paired, counted()).expect("even layers");
    assert_near("theta", &theta, &known.concat());

    let subject = Subject::layered(&[6, 8, 4], [4, 3, 2], true);
    let theta = subject.network.initial(Output::Paired, counted()).expect("even layers");
    let tape = subject.record(&theta, &subject.inputs_of(&[0, 2, 1, 0], &[1, 0, 1, 1]));
    // Sums of four terms of size 1.
    assert!(subject.logits(&theta, &tape).iter().all(|f| f.abs() < 1e-15));
    let gradient = subject.cotangents(&theta, &tape, &weights(12));
    let blocks = subject.network.blocks(&gradient);
    for (block, name) in [(blocks.b, "b"), (blocks.upper, "W_l, b_l"), (blocks.v, "V")] {
        assert!(block.iter().all(|g| g.abs() > 1e-9), "{name}: {block:?}");
    }
    for units in [[4, 3], [3, 4]] {
        let network = Network::mlp(3, hidden(&units), 2).expect("a small network");
        assert_eq!(network.initial(Output::Paired, || 0), Err(NetworkError::Odd { units: 3 }));
    }
}

#[test]
fn one_layer_has_the_bits_of_an_mlp_without_a_list() {
    let (one, plain) = (Subject::layered(&[5], [5, 3, 2], true), Subject::of(Cell::Mlp, 5, [5, 3, 2], true));
    assert_eq!(one.network, plain.network);
    assert_eq!(one.network.lengths()[3], 0);
}

#[test]
fn the_state_is_that_of_the_last_layer_and_what_is_kept_that_of_all() {
    let subject = Subject::layered(&[5, 3, 2], [4, 3, 2], true);
    let network = &subject.network;
    assert_eq!((network.units(), network.kept()), (2, 20));
    let theta = theta(network.parameters());
    let tape = subject.record(&theta, &subject.inputs_of(&[0, 2, 1, 0], &[1, 0, 1, 1]));
    let kept = tape.kept(3);
    assert_eq!(bits(network.state(kept)), bits(&kept[18..]));
    let tanh = |p: &[f64]| p.iter().map(|p| libm::tanh(*p)).collect::<Vec<_>>();
    for (p, s) in [(0..5, 5..10), (10..13, 13..16), (16..18, 18..20)] {
        assert_near("s", &kept[s], &tanh(&kept[p]));
    }
}

#[test]
fn shapes_of_layers_have_the_parameters_of_their_table_and_limits() {
    let of = |inputs, units: &[usize], actions| {
        Hidden::new(units)
            .and_then(|hidden| Network::mlp(inputs, hidden, actions))
            .map(|network| network.parameters())
    };
    assert_eq!(of(6, &[8, 8], 3), Ok(7 * 8 + 9 * 8 + 9 * 3));
    assert_eq!(of(6, &[8, 5, 2, 7], 3), Ok(7 * 8 + 9 * 5 + 6 * 2 + 3 * 7 + 8 * 3));
    assert_eq!(of(6, &[256; 4], 3), Ok(7 * 256 + 3 * 257 * 256 + 257 * 3));
    for layers in [0, 5, 1000] {
        assert_eq!(of(6, &vec![8; layers], 3), Err(NetworkError::Layers { layers, most: 4 }));
    }
    for units in [0, 257, usize::MAX] {
        assert_eq!(of(6, &[8, units], 3), Err(NetworkError::Units { units, most: 256 }));
    }
    assert!(matches!(of(4096, &[256, 256], 3), Err(NetworkError::Parameters { .. })));
    assert!(matches!(of(1, &[256, 1], usize::MAX), Err(NetworkError::Parameters { .. })));
}

#[test]
fn layers_are_written_as_a_number_or_a_list_and_read_as_either() {
    let read = |text: &str| serde_json::from_str::<Hidden>(text).map_err(|error| error.to_string());
    for (text, units, named) in
        [("16", &[16][..], "16"), ("[16,8]", &[16, 8], "16-8"), ("[1,2,3,4]", &[1, 2, 3, 4], "1-2-3-4")]
    {
        let layers = hidden(units);
        assert_eq!(read(text), Ok(layers));
        assert_eq!(serde_json::to_string(&layers).expect("JSON"), text);
        assert_eq!(layers.to_string(), named);
    }
    assert_eq!(read("[16]"), read("16"));
    for (text, message) in [
        ("[]", "a network has 1 to 4 hidden layers, not 0"),
        ("[1,1,1,1,1]", "a network has 1 to 4 hidden layers, not 5"),
        ("[8,0]", "a hidden layer has 1 to 256 units, not 0"),
        ("257", "a hidden layer has 1 to 256 units, not 257"),
        ("-1", "a hidden layer has 1 to 256 units, not 0"),
        ("\"8\"", "expected a number of units, or a list of such"),
        ("[8,[8]]", "invalid type"),
    ] {
        assert!(read(text).is_err_and(|error| error.contains(message)), "{text}: {:?}", read(text));
    }
}
