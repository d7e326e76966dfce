//! The numbers that letters stand for in one run.

use super::letter::Letter;
use crate::theory::counts::CountError;

/// A number for each letter.
#[derive(Clone, Debug, Default)]
pub struct Values(Vec<(Letter, u64)>);

impl Values {
    /// The same with another number for one letter.
    #[must_use]
    pub fn with(mut self, letter: Letter, value: u64) -> Self {
        self.0.retain(|(other, _)| *other != letter);
        self.0.push((letter, value));
        self
    }

    /// The letters that have a number.
    pub fn iter(&self) -> impl Iterator<Item = (Letter, u64)> + '_ {
        self.0.iter().copied()
    }

    /// # Errors
    /// If the letter has no value.
    pub fn get(&self, letter: Letter) -> Result<u64, CountError> {
        let known = self.0.iter().find(|(known, _)| *known == letter);
        known.map(|&(_, value)| value).ok_or(CountError::Unknown { size: letter.size })
    }

    /// # Errors
    /// If one of these letters has no value, or is 0.
    pub(super) fn all_at_least_one(&self, letters: &[Letter]) -> Result<(), CountError> {
        for &letter in letters {
            self.get(letter)?;
        }
        match self.0.iter().find(|(letter, value)| *value == 0 && letters.contains(letter)) {
            Some((letter, _)) => Err(CountError::Zero { size: letter.size }),
            None => Ok(()),
        }
    }
}
