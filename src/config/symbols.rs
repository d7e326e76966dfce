//! The letters of the paper, and the keys that they stand for.

use super::suggest::listed;

/// A letter as people type it, and its keys: the first one in every algorithm that has it, then others.
type Symbol = (&'static [&'static str], &'static [&'static str]);

/// The letters of sizes, steps and problems. A key's documentation has its letter; a test holds the two to
/// each other.
const SYMBOLS: [Symbol; 15] = [
    (&["M"], &["federation.clients"]),
    (&["R"], &["actor.rounds"]),
    (&["K"], &["actor.local_steps"]),
    (&["I"], &["actor.sync_interval"]),
    (&["R_e"], &["critic.rounds"]),
    (&["K_e"], &["critic.local_steps"]),
    (&["R_0"], &["critic.average_from"]),
    (&["H"], &["problem.horizon"]),
    (&["T"], &["trajectories"]),
    (&["γ", "gamma"], &["problem.discount"]),
    (&["α"], &["critic.alpha"]),
    (&["ζ"], &["actor.zeta"]),
    (&["η"], &["actor.eta", "critic.eta"]),
    (&["L"], &["critic.features.length", "actor.features.length"]),
    (&["c"], &["problem.split"]),
];

/// The key of a letter, in words; `None` for what is no letter.
pub(super) fn keys_of(letter: &str) -> Option<String> {
    meant_by(letter, "")
}

/// The key that a letter stands for where it was written in a table: one of that table, if there is one, else
/// any.
pub(super) fn meant_by(letter: &str, table: &str) -> Option<String> {
    let keys = SYMBOLS.iter().find(|(letters, _)| letters.contains(&letter))?.1;
    let inside = |key: &&str| key.rsplit_once('.').is_some_and(|(of, _)| of == table);
    let here: Vec<&str> = keys.iter().copied().filter(inside).collect();
    Some(listed(if here.is_empty() { keys } else { &here }, "`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schema::schema;
    use serde_json::Value as Json;

    /// The documentation of a dotted key; below features, of any kind that has it.
    fn documented<'a>(schema: &'a Json, key: &str) -> Option<&'a str> {
        let Some((first, rest)) = key.split_once('.') else {
            return schema["properties"][key]["description"].as_str();
        };
        let below = &schema["properties"][first];
        let kinds = below["oneOf"].as_array().map_or(&[][..], Vec::as_slice);
        std::iter::once(below).chain(kinds).find_map(|schema| documented(schema, rest))
    }

    #[test]
    fn every_key_of_a_letter_is_documented_with_that_letter() {
        let schema = schema(&[]);
        for (letters, keys) in &SYMBOLS {
            for key in *keys {
                let text = documented(&schema, key).unwrap_or_else(|| panic!("{key} is no key"));
                let mut words = text.split(|sign: char| !(sign.is_alphanumeric() || sign == '_'));
                assert!(words.any(|word| word == letters[0]), "{key}: {text}");
            }
        }
    }

    #[test]
    fn letters_mean_the_key_of_the_table_that_they_were_written_in() {
        assert_eq!(keys_of("M").as_deref(), Some("`federation.clients`"));
        assert_eq!(keys_of("η").as_deref(), Some("`actor.eta` or `critic.eta`"));
        assert_eq!(meant_by("η", "critic").as_deref(), Some("`critic.eta`"));
        assert_eq!(meant_by("M", "actor").as_deref(), Some("`federation.clients`"));
        assert_eq!(keys_of("Q"), None);
    }
}
