//! A key that the algorithm does not read is an error where it stands, and none is dropped in silence.

use super::{MINIMAL, TIGER, load};
use dpac::algorithm::Registry;
use dpac::config::{Fault, Loaded, SETTING, Words, schema_json};

/// Every key that belongs to the critic, the actor or one algorithm: a value that is not its default, and
/// whether DPAC, DPPG and DPTD read it.
const KEYS: [(&str, &str, [bool; 3]); 19] = [
    ("policy", "\"a.json\"", [false, false, true]),
    ("critic.rounds", "3", [true, false, true]),
    ("critic.local_steps", "3", [true, false, true]),
    ("critic.features", "{ kind = \"window\", length = 1 }", [true, true, true]),
    ("critic.alpha", "0.5", [true, false, true]),
    ("critic.eta", "0.5", [true, false, true]),
    ("critic.init", "\"zero\"", [true, false, false]),
    ("critic.average_from", "0", [true, false, true]),
    ("critic.weights", "\"uniform\"", [true, false, true]),
    ("critic.server_line", "\"printed\"", [true, false, true]),
    ("actor.rounds", "3", [true, true, false]),
    ("actor.local_steps", "3", [true, true, false]),
    ("actor.sync_interval", "3", [true, true, false]),
    ("actor.target", "\"advantage\"", [true, true, false]),
    ("actor.features", "{ kind = \"window\", length = 1 }", [true, true, false]),
    ("actor.policy", "{ kind = \"gru\" }", [true, true, false]),
    ("actor.zeta", "0.5", [true, true, false]),
    ("actor.eta", "0.5", [true, true, false]),
    ("actor.largest_move", "0.5", [true, true, false]),
];

const ALGORITHMS: [&str; 3] = ["dpac", "dppg", "dptd"];

#[test]
fn every_key_of_critic_and_actor_is_read_or_refused() {
    let schema: serde_json::Value =
        serde_json::from_str(&schema_json(&Registry::BUILTIN.words())).expect("a schema");
    for section in ["critic", "actor"] {
        let keys = schema["properties"][section]["properties"].as_object().expect("a section");
        for key in keys.keys() {
            let path = format!("{section}.{key}");
            assert!(KEYS.iter().any(|(key, ..)| *key == path), "which algorithms read {path}?");
        }
    }
    for (key, value, read) in KEYS {
        for (name, read) in ALGORITHMS.into_iter().zip(read) {
            let words = Registry::BUILTIN.find(name).expect("it is listed").words;
            assert_eq!(words.reads(key), read, "{name} {key}");
        }
        for Words { name, .. } in Registry::BUILTIN.words() {
            read_or_refused(name, key, value);
        }
    }
    for (key, value) in [("schedule", "\"theory\""), ("trajectories", "64"), ("federation.lean", "true")] {
        for Words { name, .. } in Registry::BUILTIN.words() {
            read_or_refused(name, key, value);
        }
    }
}

/// A key is read, or an error where it stands that says what to do.
fn read_or_refused(algorithm: &str, key: &str, value: &str) {
    let words = Registry::BUILTIN.find(algorithm).expect("it is listed").words;
    // It goes with a network alone, which is a key of its own.
    let beside = if key == "actor.largest_move" && words.reads(key) {
        "actor.policy = { kind = \"gru\" }\n"
    } else {
        ""
    };
    let text = format!("{MINIMAL}algorithm = \"{algorithm}\"\n{key} = {value}\n{beside}");
    match load(&text, &[]) {
        Ok(_) => assert!(words.reads(key), "{algorithm} drops {key}"),
        Err(errors) => {
            let [error] = errors.as_slice() else { panic!("{errors}") };
            // Of a table that is of no use, the whole is refused.
            let table = key.split('.').next().unwrap_or(key);
            let refused = if words.reads(table) { key } else { table };
            let fault = Fault::NotOfAlgorithm { key: refused.to_owned(), algorithm: algorithm.to_owned() };
            assert_eq!((&error.fault, error.place.line()), (&fault, Some(3)), "{errors}");
            assert!(!words.reads(key) && error.help.is_some(), "{errors}");
        }
    }
}

#[test]
fn algorithm_set_beside_a_file_tells_what_to_remove_from_it() {
    let errors = load(TIGER, &["algorithm=dppg"]).expect_err("the file has the sizes of a critic");
    let keys: Vec<_> = errors.as_slice().iter().map(|error| error.place.written()).collect();
    assert_eq!(keys, ["rounds", "local_steps", "alpha"]);
    let unset = ["critic.rounds", "critic.local_steps", "critic.alpha"];
    for (error, key) in errors.as_slice().iter().zip(unset) {
        let way_out = format!("from the file, or for this run by --unset {key}");
        assert!(error.help.as_ref().is_some_and(|help| help.contains(&way_out)), "{error}");
        assert_ne!(error.place.source.name, SETTING);
    }
    let loaded = Loaded::from_str("run.toml", TIGER).expect("TOML").without(&unset).expect("they are there");
    let loaded = loaded.with_overrides(&["algorithm=dppg"]).expect("a setting");
    assert!(loaded.config(&Registry::BUILTIN.words()).is_ok(), "what is taken out is in nobody's way");
}

#[test]
fn words_that_ask_for_nothing_are_in_configurations_of_every_algorithm() {
    let text = "algorithm = \"dppg\"\nproblem.builtin = \"tiger\"\n[critic]\nalpha = \"auto\"\neta = \"auto\"\n\
                init = \"warm\"\naverage_from = \"auto\"\n";
    assert!(load(text, &[]).is_ok());
    // What an earlier version has kept of keys that it did not read can still be evaluated and replayed.
    let text = text.replacen("\"auto\"", "0.5", 1);
    assert!(load(&text, &[]).is_err());
    let kept = Loaded::from_str("config.toml", &text).expect("TOML").kept_by_a_run();
    assert!(kept.config(&Registry::BUILTIN.words()).is_ok());
}
