//! What is compiled for each policy and for each critic's features, and what is compiled once, by the names
//! of functions in the program: their number is a sum over what there is, and no product.

use std::collections::BTreeSet;
use std::fs;

/// The program's functions whose names, as the linker knows them, have all of these parts; not the closures
/// inside of them.
fn functions(program: &[u8], parts: &[&str]) -> BTreeSet<String> {
    let texts = program.split(|&byte| byte == 0).filter(|text| text.len() < 10_000);
    let names = texts.filter_map(|text| std::str::from_utf8(text).ok());
    let has_all = |name: &&str| {
        name.starts_with('_') && parts.iter().all(|part| name.contains(part)) && !name.contains("closure")
    };
    names.filter(has_all).map(str::to_owned).collect()
}

/// Policy classes, each in the simulator that it acts in: beliefs, beliefs with windows, windows, a problem's
/// own features and random networks of numbered observations; beliefs, functions of readings, and nothing at
/// all of real-valued ones. Critics read the same.
const FEATURES: usize = 8;
/// Networks, whatever their cells: of numbered observations and of real-valued ones. Critics read their
/// states.
const NETWORKS: usize = 2;
/// The paper's experiments have a critic on a table of any features besides.
const MAPS: usize = FEATURES + NETWORKS + 1;
/// One-hot rows and lists, with marks and without.
const KINDS_OF_ROWS: usize = 4;

#[test]
fn algorithms_are_compiled_once_sampling_for_each_policy_and_features_for_each_map() {
    let program = fs::read(env!("CARGO_BIN_EXE_dpac")).expect("the program");
    let assert_copies = |parts: &[&str], expected: usize| {
        let found = functions(&program, parts);
        assert_eq!(found.len(), expected, "{parts:?}: {found:#?}");
    };
    for (algorithm, name) in [("dptd", "Dptd"), ("dppg", "Dppg"), ("dpac", "Dpac")] {
        for method in ["11coordinator", "7learner"] {
            assert_copies(&["Algorithm", algorithm, name, method], 1);
        }
    }
    // Whatever algorithms there are. These are never inlined.
    assert_copies(&["Sampler$LT$", "Samples", "6sample17h"], FEATURES + NETWORKS);
    assert_copies(&["Pass$LT$", "Passes", "4look17h"], MAPS);
    assert_copies(&["Pass$LT$", "Passes", "6values17h"], MAPS);
    assert_copies(&["algorithm11differences8steps_on17h"], KINDS_OF_ROWS);
    assert_copies(&["algorithm10regression10Regression8steps_on17h"], KINDS_OF_ROWS);
    assert_copies(&["LocalLearner", "Learner", "5steps17h"], 1);
    for name in ["13over_memories", "14over_histories"] {
        assert_copies(&["moments", name], 1);
    }
}
