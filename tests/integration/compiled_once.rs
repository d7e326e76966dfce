//! What is compiled for each pair of policy and features, and what is compiled once, by the names of functions in the program.

use std::collections::BTreeSet;
use std::fs;

/// The program's functions whose names, as the linker knows them, have all of these parts; not the closures inside of them.
fn functions(program: &[u8], parts: &[&str]) -> BTreeSet<String> {
    let texts = program.split(|&byte| byte == 0).filter(|text| text.len() < 10_000);
    let names = texts.filter_map(|text| std::str::from_utf8(text).ok());
    let has_all = |name: &&str| {
        name.starts_with('_') && parts.iter().all(|part| name.contains(part)) && !name.contains("closure")
    };
    names.filter(has_all).map(str::to_owned).collect()
}

#[test]
fn algorithms_are_compiled_once_and_sampling_loops_once_for_each_setting() {
    let program = fs::read(env!("CARGO_BIN_EXE_dpac")).expect("the program");
    for (algorithm, name) in [("dptd", "Dptd"), ("dppg", "Dppg"), ("dpac", "Dpac")] {
        for method in ["11coordinator", "7learner"] {
            let found = functions(&program, &["Algorithm", algorithm, name, method]);
            assert_eq!(found.len(), 1, "{found:#?}");
        }
    }
    let settings = functions(&program, &["Setting", "Workers", "7learner"]).len();
    assert!(settings > 1, "the program has settings of several types");
    for name in ["17sample_for_critic", "16sample_for_actor"] {
        let loops = functions(&program, &["LocalLearner", name]).len();
        assert!(loops > 1 && loops <= settings, "{name}: {loops}, for {settings} settings");
    }
    // Where they are not inlined.
    for name in ["13over_memories", "14over_histories"] {
        assert!(functions(&program, &["moments", name]).len() <= 1, "{name}");
    }
}
