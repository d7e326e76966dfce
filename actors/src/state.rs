//! What a coordinator keeps, as bytes: numbers one after another, read back in the order in which they were written.

use crate::Cause;
use std::sync::Arc;

/// Writes a state.
#[derive(Clone, Debug, Default)]
pub struct StateWriter(Vec<u8>);

impl StateWriter {
    /// An empty state.
    pub fn new() -> Self {
        StateWriter::default()
    }

    /// Appends an integer.
    pub fn integer(&mut self, value: impl Into<u64>) -> &mut Self {
        self.0.extend_from_slice(&value.into().to_le_bytes());
        self
    }

    /// Appends a number, bit by bit.
    pub fn number(&mut self, value: f64) -> &mut Self {
        self.integer(value.to_bits())
    }

    /// Appends a vector: its length, then its numbers.
    pub fn numbers(&mut self, values: &[f64]) -> &mut Self {
        self.integer(values.len() as u64);
        for value in values {
            self.number(*value);
        }
        self
    }

    /// The state.
    pub fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

/// Reads a state.
///
/// ```
/// use dpac_actors::{StateReader, StateWriter};
/// let saved = StateWriter::new().integer(7_u32).numbers(&[0.5, -0.0]).finish();
/// let mut state = StateReader::new(&saved);
/// assert_eq!(state.integer()?, 7);
/// assert_eq!(state.numbers(2)?[1].to_bits(), (-0.0_f64).to_bits());
/// state.finish()?;
/// # Ok::<(), dpac_actors::Cause>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StateReader<'a>(&'a [u8]);

impl<'a> StateReader<'a> {
    /// A state from its beginning.
    pub fn new(saved: &'a [u8]) -> Self {
        StateReader(saved)
    }

    /// The next integer.
    ///
    /// # Errors
    /// [`Cause::State`] where the state is over.
    pub fn integer(&mut self) -> Result<u64, Cause> {
        let (word, rest) = self.0.split_first_chunk().ok_or(Cause::State("it ends early"))?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*word))
    }

    /// The next integer, if it is a `u32`.
    ///
    /// # Errors
    /// [`Cause::State`] where it is not, or the state is over.
    pub fn small_integer(&mut self) -> Result<u32, Cause> {
        u32::try_from(self.integer()?).map_err(|_| Cause::State("an integer is too large"))
    }

    /// The next integer, if it is one that can be counted on from: at most half of what fits.
    ///
    /// # Errors
    /// [`Cause::State`] where it is larger, or the state is over.
    pub fn count(&mut self) -> Result<u64, Cause> {
        let count = self.integer()?;
        if count > u64::MAX / 2 { Err(Cause::State("a count is larger than any")) } else { Ok(count) }
    }

    /// The next number.
    ///
    /// # Errors
    /// As [`StateReader::integer`].
    pub fn number(&mut self) -> Result<f64, Cause> {
        self.integer().map(f64::from_bits)
    }

    /// The next vector, which has this length.
    ///
    /// # Errors
    /// [`Cause::State`] where it has another, or the state is over.
    pub fn numbers(&mut self, length: usize) -> Result<Arc<[f64]>, Cause> {
        if self.integer()? != length as u64 || self.0.len() / 8 < length {
            return Err(Cause::State("a vector has another length"));
        }
        (0..length).map(|_| self.number()).collect()
    }

    /// The state has been read.
    ///
    /// # Errors
    /// [`Cause::State`] where there is more.
    pub fn finish(self) -> Result<(), Cause> {
        if self.0.is_empty() { Ok(()) } else { Err(Cause::State("there is more of it")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_and_every_surplus_is_an_error() {
        let saved = StateWriter::new().integer(1_u64).number(2.5).numbers(&[1.0, 2.0, 3.0]).finish();
        let read = |saved: &[u8]| {
            let mut state = StateReader::new(saved);
            let read = (state.integer()?, state.number()?.to_bits(), state.numbers(3)?);
            state.finish()?;
            Ok::<_, Cause>(read)
        };
        assert_eq!(read(&saved), Ok((1, 2.5_f64.to_bits(), [1.0, 2.0, 3.0].into())));
        for cut in 0..saved.len() {
            assert!(matches!(read(&saved[..cut]), Err(Cause::State(_))), "{cut}");
        }
        assert_eq!(read(&[saved.as_slice(), &[0]].concat()), Err(Cause::State("there is more of it")));
        assert!(StateReader::new(&u64::MAX.to_le_bytes()).numbers(usize::MAX).is_err());
    }
}
