//! What an algorithm's words must be, so that configurations can say them.

use super::algorithm::{Key, SHARED, Takes, Words};
use super::schema::schema;
use thiserror::Error;

/// Words that configurations cannot say, or that errors could not repeat.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WordsError {
    /// A name that is part of no path, or needs quotes.
    #[error("\"{0}\" is no name: names are of lowercase letters, digits and dashes, a letter first")]
    Name(&'static str),
    /// A key that is not written as TOML writes bare keys.
    #[error("\"{0}\" is no key: keys are of lowercase letters, digits and underscores, a letter first")]
    Key(&'static str),
    /// Two keys of one name; `kind` is the key of the algorithm's name.
    #[error("there are two keys `{0}`")]
    Twice(&'static str),
    /// A default that is not among the values, or no value at all.
    #[error("the values of its key `{0}` do not hold its default, or there are none")]
    Values(&'static str),
    /// A key that is said to be read, and that no configuration has.
    #[error("it reads `{0}`, which is no key that algorithms share")]
    Read(&'static str),
}

impl Words {
    /// Whether configurations can say these words.
    ///
    /// # Errors
    /// [`WordsError`] names the first that they cannot.
    pub fn check(&self) -> Result<(), WordsError> {
        if !is_made_of(self.name, b'-') {
            return Err(WordsError::Name(self.name));
        }
        for (number, key) in self.keys.iter().enumerate() {
            if !is_made_of(key.name, b'_') {
                return Err(WordsError::Key(key.name));
            }
            if key.name == "kind" || self.keys[..number].iter().any(|other| other.name == key.name) {
                return Err(WordsError::Twice(key.name));
            }
            if !has_values(key) {
                return Err(WordsError::Values(key.name));
            }
        }
        let schema = schema(&[]);
        let is_shared = |read: &str| {
            let (table, key) = read.split_once('.').unwrap_or((read, "*"));
            let keys = &schema["properties"][table]["properties"];
            SHARED.contains(&table)
                && (read == table || key == "*" && keys.is_object() || !keys[key].is_null())
        };
        match self.reads.iter().find(|read| !is_shared(read)) {
            Some(read) => Err(WordsError::Read(read)),
            None => Ok(()),
        }
    }
}

fn is_made_of(name: &str, sign: u8) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == sign)
}

fn has_values(key: &Key) -> bool {
    match key.takes {
        Takes::Integer { least, most, default } => {
            least <= most && default.is_none_or(|value| (least..=most).contains(&value))
        }
        Takes::Positive { default } => default.is_none_or(|value| value > 0.0 && value.is_finite()),
        Takes::Share { default } => default.is_none_or(|value| value > 0.0 && value <= 1.0),
        Takes::Words { words } => !words.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { name: "gain", meaning: "g", takes: Takes::Positive { default: None } };
    const WORDS: Words = Words {
        name: "my-td",
        summary: "Mine.",
        keys: &[KEY],
        reads: &["schedule", "critic.*", "federation.clients"],
        instead: &[],
    };

    #[test]
    fn words_that_configurations_cannot_say_are_refused_by_name() {
        assert_eq!(WORDS.check(), Ok(()));
        for name in ["", "a/b", "My", "my td", "-td", "..", "0"] {
            assert_eq!(Words { name, ..WORDS }.check(), Err(WordsError::Name(name)));
        }
        let with = |keys| Words { keys, ..WORDS }.check();
        assert_eq!(with(&[Key { name: "a.b", ..KEY }]), Err(WordsError::Key("a.b")));
        assert_eq!(with(&[KEY, KEY]), Err(WordsError::Twice("gain")));
        assert_eq!(with(&[Key { name: "kind", ..KEY }]), Err(WordsError::Twice("kind")));
        let values = |takes| with(vec![Key { takes, ..KEY }].leak());
        for takes in [
            Takes::Words { words: &[] },
            Takes::Positive { default: Some(0.0) },
            Takes::Share { default: Some(1.5) },
            Takes::Integer { least: 2, most: 1, default: None },
            Takes::Integer { least: 2, most: 3, default: Some(1) },
        ] {
            assert_eq!(values(takes), Err(WordsError::Values("gain")), "{takes:?}");
        }
        for read in ["seed", "critic.gamma", "critics.*", "schedule.x"] {
            assert_eq!(Words { reads: vec![read].leak(), ..WORDS }.check(), Err(WordsError::Read(read)));
        }
    }
}
