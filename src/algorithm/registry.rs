//! The algorithms of a program: those of `dpac`, and those that somebody has built a program with.

use super::ENTRIES;
use super::entry::Entry;
use crate::config::{Words, WordsError};
use thiserror::Error;

/// The algorithms of a program. It is a value that is handed on: whatever reads a configuration, resumes a
/// run or replays a trace is given one, and knows no other algorithms.
///
/// ```
/// use dpac::algorithm::{Entry, Registry};
/// use dpac::config::Words;
///
/// let dptd = *Registry::BUILTIN.find("dptd").expect("one of dpac's");
/// let mine = Entry { package: "mine", words: Words { name: "my-td", ..dptd.words }, ..dptd };
/// let taken = Registry::with(vec![mine].leak()).expect_err("its protocol still bears the other name");
/// assert_eq!(taken.to_string(), "the protocol of the algorithm \"my-td\" of mine is called \"dptd\"");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Registry {
    own: &'static [Entry],
}

/// Why algorithms are not those of a program. It names the algorithm, and the package whose entry is to be
/// changed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RegistryError {
    /// Two algorithms have one name.
    #[error("the algorithm \"{name}\" of {package} has the name of one of {other}")]
    Taken {
        /// The name.
        name: &'static str,
        /// The package of the later one.
        package: &'static str,
        /// The package of the one that has the name.
        other: &'static str,
    },
    /// A name, a key or a default that configurations cannot have.
    #[error("the algorithm \"{name}\" of {package}: {error}")]
    Words {
        /// The algorithm.
        name: &'static str,
        /// The package.
        package: &'static str,
        /// What is wrong.
        error: WordsError,
    },
    /// A protocol of another name, which the counts of a run would bear.
    #[error("the protocol of the algorithm \"{name}\" of {package} is called \"{found}\"")]
    Protocol {
        /// The algorithm.
        name: &'static str,
        /// The package.
        package: &'static str,
        /// The protocol's name.
        found: &'static str,
    },
}

impl RegistryError {
    /// What to do.
    pub fn help(&self) -> &'static str {
        match self {
            RegistryError::Taken { .. } => "give it another name, in `words` of its entry",
            RegistryError::Words { .. } => "change `words` of its entry",
            RegistryError::Protocol { .. } => "let `protocol` of its entry give the algorithm's name",
        }
    }
}

impl Registry {
    /// The algorithms of `dpac` alone.
    pub const BUILTIN: Registry = Registry { own: &[] };

    /// The algorithms of `dpac`, and these.
    ///
    /// # Errors
    /// [`RegistryError`] names the first entry that cannot be one of them.
    pub fn with(own: &'static [Entry]) -> Result<Registry, RegistryError> {
        for (number, entry) in own.iter().enumerate() {
            let (name, package) = (entry.name(), entry.package);
            let earlier = ENTRIES.iter().chain(&own[..number]);
            if let Some(other) = earlier.into_iter().find(|other| other.name() == name) {
                return Err(RegistryError::Taken { name, package, other: other.package });
            }
            let words = |error| RegistryError::Words { name, package, error };
            entry.words.check().map_err(words)?;
            let found = entry.usual_protocol(false).name;
            if found != name {
                return Err(RegistryError::Protocol { name, package, found });
            }
        }
        Ok(Registry { own })
    }

    /// All algorithms, those of `dpac` first.
    pub fn entries(self) -> impl Iterator<Item = &'static Entry> + Clone {
        ENTRIES.iter().chain(self.own)
    }

    /// The algorithm of this name.
    pub fn find(self, name: &str) -> Option<&'static Entry> {
        self.entries().find(|entry| entry.name() == name)
    }

    /// What configurations can say of each algorithm.
    pub fn words(self) -> Vec<Words> {
        self.entries().map(|entry| entry.words).collect()
    }

    /// Whether an entry came with the program instead of `dpac`.
    pub fn is_own(self, entry: &Entry) -> bool {
        self.own.iter().any(|own| own.name() == entry.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Key, Takes};

    fn mine(change: impl FnOnce(&mut Entry)) -> Result<Registry, RegistryError> {
        let mut entry = *Registry::BUILTIN.find("fed-td").expect("one of dpac's");
        entry.package = "mine";
        change(&mut entry);
        Registry::with(vec![entry].leak())
    }

    fn named(entry: &mut Entry) {
        entry.words.name = "my-td";
        entry.protocol = |lean, own| {
            let mut protocol = (Registry::BUILTIN.find("fed-td").expect("one of dpac's").protocol)(lean, own);
            protocol.name = "my-td";
            protocol
        };
    }

    #[test]
    fn an_algorithm_of_one_s_own_stands_behind_those_of_dpac() {
        let registry = mine(named).expect("a fair entry");
        let names: Vec<&str> = registry.entries().map(Entry::name).collect();
        let listed = ENTRIES.iter().map(Entry::name);
        assert_eq!(names, listed.chain(["my-td"]).collect::<Vec<_>>());
        assert_eq!((names[0], names.len()), ("dpac", ENTRIES.len() + 1));
        let own: Vec<&str> =
            registry.entries().filter(|entry| registry.is_own(entry)).map(|entry| entry.package).collect();
        assert_eq!(own, ["mine"]);
        assert!(registry.entries().filter(|entry| !registry.is_own(entry)).all(|it| it.package == "dpac"));
        assert!(Registry::BUILTIN.find("my-td").is_none());
        assert_eq!(registry.words().len(), names.len());
    }

    #[test]
    fn an_entry_that_cannot_be_one_is_named_with_its_package() {
        let refused = |change: fn(&mut Entry)| mine(change).expect_err("no fair entry").to_string();
        assert_eq!(refused(|_| ()), "the algorithm \"fed-td\" of mine has the name of one of dpac");
        let twice = *mine(named).expect("a fair entry").find("my-td").expect("it is listed");
        let twice = Registry::with(vec![twice, Entry { package: "yours", ..twice }].leak());
        let taken = twice.expect_err("one name twice").to_string();
        assert_eq!(taken, "the algorithm \"my-td\" of yours has the name of one of mine");
        let protocol = refused(|entry| entry.words.name = "my-td");
        assert_eq!(protocol, "the protocol of the algorithm \"my-td\" of mine is called \"fed-td\"");
        let words = refused(|entry| entry.words.name = "my td");
        assert!(words.starts_with("the algorithm \"my td\" of mine: "), "{words}");
        let key = refused(|entry| {
            let takes = Takes::Positive { default: Some(-1.0) };
            let keys = vec![Key { name: "gain", meaning: "g", takes }].leak();
            entry.words = Words { name: "my-td", keys, ..entry.words };
        });
        assert!(key.starts_with("the algorithm \"my-td\" of mine: "), "{key}");
    }
}
