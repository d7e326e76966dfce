//! A number, or the word `"auto"`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value that is given, or left to the schedule: in a file, the value itself or `"auto"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Auto<T> {
    /// The schedule decides.
    #[default]
    Auto,
    /// The user decides.
    Given(T),
}

impl<T> Auto<T> {
    /// The same of another type.
    pub fn map<U>(self, of: impl FnOnce(T) -> U) -> Auto<U> {
        match self {
            Auto::Auto => Auto::Auto,
            Auto::Given(value) => Auto::Given(of(value)),
        }
    }

    /// The value, where one is given.
    pub fn given(self) -> Option<T> {
        match self {
            Auto::Auto => None,
            Auto::Given(value) => Some(value),
        }
    }
}

#[derive(Serialize, Deserialize)]
enum Word {
    #[serde(rename = "auto")]
    Auto,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number, a table or \"auto\"")]
enum WordOr<T> {
    Word(Word),
    Value(T),
}

impl<T: Serialize + Copy> Serialize for Auto<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Auto::Auto => WordOr::Word(Word::Auto),
            Auto::Given(value) => WordOr::Value(value),
        }
        .serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Auto<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match WordOr::deserialize(deserializer)? {
            WordOr::Word(Word::Auto) => Auto::Auto,
            WordOr::Value(value) => Auto::Given(value),
        })
    }
}
