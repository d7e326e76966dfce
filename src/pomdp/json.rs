//! A model as JSON, for programs that do not read the `.POMDP` format.

use super::{Model, Names, OwnFeatures, SparseRows};
use std::fmt::Write;

/// The model as a JSON object, with one nonzero per line; every number reads back to the same bits.
///
/// Fields: `name`, `discount`, `states`, `actions`, `observations` (lists of names), `start` (`[s, p]`),
/// `transition` (`[a, s, s', p]`), `observation` (`[a, s', o, p]`), `initial_observation` (`[s, o, p]`; null
/// where nothing is seen before the first action) and `reward` (`[a, s, r(s, a)]`, rewards also where the
/// source counts costs). A problem with [`OwnFeatures`] has `features` too: `dimension`, `block` (one number
/// per class of observations) and `rows` (`[block, a, i, φ_i]`). Indices count from 0.
pub fn to_json(model: &Model) -> String {
    let states = model.states();
    let of_action = |rows: &SparseRows| {
        list((0..rows.rows()).flat_map(|i| {
            rows.row(i).map(move |(j, p)| format!("[{}, {}, {j}, {}]", i / states, i % states, number(p)))
        }))
    };
    let start = model.start().iter().enumerate().filter(|&(_, &p)| p > 0.0);
    let initial = model.initial_observation().map_or_else(
        || "null".to_owned(),
        |rows| {
            list(
                (0..states).flat_map(|s| rows.row(s).map(move |(o, p)| format!("[{s}, {o}, {}]", number(p)))),
            )
        },
    );
    let rewards = (0..model.actions())
        .flat_map(|a| (0..states).map(move |s| (a, s, model.reward(s, a))))
        .filter(|(.., reward)| reward.abs() > 0.0)
        .map(|(a, s, reward)| format!("[{a}, {s}, {}]", number(reward)));
    let fields = [
        ("name", string(model.name())),
        ("discount", number(model.discount())),
        ("states", names(model.state_names())),
        ("actions", names(model.action_names())),
        ("observations", names(model.observation_names())),
        ("start", list(start.map(|(s, &p)| format!("[{s}, {}]", number(p))))),
        ("transition", of_action(model.transition())),
        ("observation", of_action(model.observation())),
        ("initial_observation", initial),
        ("reward", list(rewards)),
    ];
    let own = model.own_features().map(|own| ("features", features(own)));
    let fields: Vec<String> =
        fields.into_iter().chain(own).map(|(key, value)| format!("  \"{key}\": {value}")).collect();
    format!("{{\n{}\n}}\n", fields.join(",\n"))
}

/// The problem's own features, by the blocks that classes of observations share.
fn features(own: &OwnFeatures) -> String {
    let blocks: Vec<usize> = (0..own.classes()).map(|class| own.block(class)).collect();
    let count = blocks.iter().max().map_or(0, |&last| last + 1);
    let rows = (0..count).flat_map(|b| (0..own.actions()).map(move |a| (b, a))).flat_map(|(b, a)| {
        let row = own.of_block(b, a).iter().enumerate().filter(|(_, x)| x.abs() > 0.0);
        row.map(move |(i, &x)| format!("[{b}, {a}, {i}, {}]", number(x)))
    });
    format!("{{\"dimension\": {}, \"block\": {blocks:?}, \"rows\": {}}}", own.dimension(), list(rows))
}

/// Elements on lines of their own.
fn list(elements: impl Iterator<Item = String>) -> String {
    let mut text = String::from("[");
    for (i, element) in elements.enumerate() {
        let comma = if i > 0 { "," } else { "" };
        write!(text, "{comma}\n    {element}").expect("strings grow");
    }
    text.push_str(if text.len() > 1 { "\n  ]" } else { "]" });
    text
}

fn names(names: &Names) -> String {
    let names: Vec<String> = (0..names.len()).map(|i| string(&names.name(i))).collect();
    format!("[{}]", names.join(", "))
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The shortest decimal that reads back; a model's numbers are finite.
fn number(value: f64) -> String {
    format!("{value:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::builtin;

    #[test]
    fn features_that_a_problem_brings_along_are_read_back_to_the_bit() {
        let model = builtin("low-rank-block").expect("a built-in problem");
        let own = model.own_features().expect("it has some");
        let json: serde_json::Value = serde_json::from_str(&to_json(&model)).expect("JSON");
        let features = &json["features"];
        let index = |value: &serde_json::Value| value.as_u64().expect("an index") as usize;
        let mut read = vec![vec![0.0_f64; index(&features["dimension"])]; own.classes() * own.actions()];
        let blocks = features["block"].as_array().expect("a list");
        assert_eq!(blocks.len(), own.classes());
        for row in features["rows"].as_array().expect("a list") {
            for (class, _) in blocks.iter().enumerate().filter(|(_, block)| index(block) == index(&row[0])) {
                let value = row[3].as_f64().expect("a number");
                read[class * own.actions() + index(&row[1])][index(&row[2])] = value;
            }
        }
        for (i, row) in read.iter().enumerate() {
            assert_eq!(row, own.row(i / own.actions(), i % own.actions()));
        }
        let without: serde_json::Value =
            serde_json::from_str(&to_json(&builtin("tiger").expect("built in"))).expect("JSON");
        assert!(without.get("features").is_none());
    }

    #[test]
    fn every_table_entry_is_read_back_to_the_bit() {
        for name in ["tiger", "toggle"] {
            let model = builtin(name).expect("a built-in problem");
            let json: serde_json::Value = serde_json::from_str(&to_json(&model)).expect("JSON");
            assert_eq!(json["name"], name);
            assert_eq!(json["discount"].as_f64(), Some(model.discount()));
            assert_eq!(json["states"].as_array().map(Vec::len), Some(model.states()));
            for (key, rows) in [("transition", model.transition()), ("observation", model.observation())] {
                let read: Vec<_> = json[key]
                    .as_array()
                    .expect("a list")
                    .iter()
                    .map(|entry| {
                        let index = |i: usize| entry[i].as_u64().expect("an index") as usize;
                        (index(0) * model.states() + index(1), index(2), entry[3].as_f64().map(f64::to_bits))
                    })
                    .collect();
                let held: Vec<_> = (0..rows.rows())
                    .flat_map(|i| rows.row(i).map(move |(j, p)| (i, j, Some(p.to_bits()))))
                    .collect();
                assert_eq!(read, held, "{name}, {key}");
            }
            for entry in json["reward"].as_array().expect("a list") {
                let index = |i: usize| entry[i].as_u64().expect("an index") as usize;
                let reward = model.reward(index(1), index(0));
                assert_eq!(entry[2].as_f64().map(f64::to_bits), Some(reward.to_bits()));
            }
            assert_eq!(json["initial_observation"].is_null(), model.initial_observation().is_none());
        }
    }
}
