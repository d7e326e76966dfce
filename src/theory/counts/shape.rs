//! All on which the counts of a run depend.

use crate::theory::protocol::letter::{Letter, N};
use crate::theory::protocol::{Protocol, Values};
use serde::{Serialize, Serializer};

/// All on which counts depend: what is sent, and a number for each letter in that.
#[derive(Clone, Debug)]
pub struct Shape {
    /// What the algorithm sends.
    pub protocol: Protocol,
    /// Whether messages and vectors that nobody needs are left out of it.
    pub lean: bool,
    /// The sizes.
    pub values: Values,
}

impl Shape {
    /// The number that a letter stands for; 0 for one that the run does not have.
    pub fn get(&self, letter: Letter) -> u64 {
        self.values.get(letter).unwrap_or_default()
    }

    /// Outer rounds of the run.
    pub fn rounds(&self) -> u64 {
        self.protocol.rounds.map_or(1, |letter| self.get(letter))
    }
}

/// By the names of sizes; the number of barriers follows from others.
impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let words = [("algorithm", self.protocol.name.into()), ("lean", self.lean.into())];
        let sizes = self.values.iter().filter(|(letter, _)| *letter != N);
        let sizes = sizes.map(|(letter, value)| (letter.size, serde_json::Value::from(value)));
        serializer.collect_map(words.into_iter().chain(sizes))
    }
}
