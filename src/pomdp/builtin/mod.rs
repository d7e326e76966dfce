//! Problems that need no file: the small ones on which exact values can be enumerated.

mod tiger;
mod tiger3;
mod toggle;

pub use tiger::tiger;
pub use tiger3::tiger3;
pub use toggle::toggle;

use super::Model;

/// A problem and the name one calls it by.
type Named = (&'static str, fn() -> Model);

/// In alphabetical order.
const PROBLEMS: [Named; 3] = [("tiger", tiger), ("tiger3", tiger3), ("toggle", toggle)];

/// The built-in problem of this name.
pub fn builtin(name: &str) -> Option<Model> {
    PROBLEMS.iter().find(|(known, _)| *known == name).map(|(_, build)| build())
}

/// Names of the built-in problems, in alphabetical order.
pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
    PROBLEMS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_builds_a_model_of_that_name() {
        for name in names() {
            assert_eq!(builtin(name).expect("a listed problem").name(), name);
        }
        assert!(builtin("lion").is_none());
    }
}
