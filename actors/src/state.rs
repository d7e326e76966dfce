//! What a coordinator keeps, as bytes: numbers one after another, written and read by the same lines.

use crate::Cause;
use std::sync::Arc;

/// Visits what a coordinator keeps: writes it down, or reads it back in the same order.
///
/// ```
/// use dpac_actors::{Cause, State};
/// struct Server { round: u32, model: Vec<f64> }
/// impl Server {
///     fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
///         state.integer(&mut self.round)?;
///         state.numbers(&mut self.model)
///     }
/// }
/// let mut server = Server { round: 7, model: vec![0.5, -0.0] };
/// let saved = State::write(|state| server.state(state))?;
/// let mut other = Server { round: 0, model: vec![0.0; 2] };
/// State::read(&saved, |state| other.state(state))?;
/// assert_eq!((other.round, other.model[1].to_bits()), (7, (-0.0_f64).to_bits()));
/// # Ok::<(), dpac_actors::Cause>(())
/// ```
#[derive(Debug)]
pub struct State<'a>(Way<'a>);

#[derive(Debug)]
enum Way<'a> {
    Writing(Vec<u8>),
    Reading(&'a [u8]),
}

/// An integer of a state, of any width.
pub trait StateInteger: Copy {
    /// The integer in its widest form.
    fn wide(self) -> u64;

    /// The integer, where it fits.
    fn narrow(wide: u64) -> Option<Self>;
}

macro_rules! integers {
    ($($type:ty),+) => {
        $(impl StateInteger for $type {
            fn wide(self) -> u64 {
                self as u64
            }

            fn narrow(wide: u64) -> Option<Self> {
                Self::try_from(wide).ok()
            }
        })+
    };
}

integers!(u8, u16, u32, u64, usize);

impl State<'_> {
    /// What an algorithm says that does not keep its state.
    pub const NONE: Cause = Cause::State("the algorithm does not save itself");

    /// What `visit` writes.
    ///
    /// # Errors
    /// Errors of `visit`.
    pub fn write(visit: impl FnOnce(&mut State<'_>) -> Result<(), Cause>) -> Result<Vec<u8>, Cause> {
        let mut state = State(Way::Writing(Vec::new()));
        visit(&mut state)?;
        match state.0 {
            Way::Writing(bytes) => Ok(bytes),
            Way::Reading(_) => Ok(Vec::new()),
        }
    }

    /// Lets `visit` read what was written, all of it.
    ///
    /// # Errors
    /// [`Cause::State`] where the bytes are others than a visit writes, and those of `visit`.
    pub fn read(saved: &[u8], visit: impl FnOnce(&mut State<'_>) -> Result<(), Cause>) -> Result<(), Cause> {
        let mut state = State(Way::Reading(saved));
        visit(&mut state)?;
        match state.0 {
            Way::Reading([]) => Ok(()),
            _ => Err(Cause::State("there is more of it")),
        }
    }

    fn word(&mut self, word: u64) -> Result<u64, Cause> {
        match &mut self.0 {
            Way::Writing(bytes) => {
                bytes.extend_from_slice(&word.to_le_bytes());
                Ok(word)
            }
            Way::Reading(left) => {
                let (word, rest) = left.split_first_chunk().ok_or(Cause::State("it ends early"))?;
                *left = rest;
                Ok(u64::from_le_bytes(*word))
            }
        }
    }

    /// Visits an integer.
    ///
    /// # Errors
    /// [`Cause::State`] where the one that is read does not fit, or the state is over.
    pub fn integer(&mut self, value: &mut impl StateInteger) -> Result<(), Cause> {
        let word = self.word(value.wide())?;
        *value = StateInteger::narrow(word).ok_or(Cause::State("an integer is too large"))?;
        Ok(())
    }

    /// Visits a number, bit by bit.
    ///
    /// # Errors
    /// [`Cause::State`] where the state is over.
    pub fn number(&mut self, value: &mut f64) -> Result<(), Cause> {
        *value = f64::from_bits(self.word(value.to_bits())?);
        Ok(())
    }

    /// Visits a vector, which keeps the length that it has.
    ///
    /// # Errors
    /// [`Cause::State`] where the one that is read has another, or the state is over.
    pub fn numbers(&mut self, values: &mut [f64]) -> Result<(), Cause> {
        self.length(values.len())?;
        values.iter_mut().try_for_each(|value| self.number(value))
    }

    /// Visits a vector that is shared, as [`State::numbers`] does.
    ///
    /// # Errors
    /// Those of [`State::numbers`].
    pub fn shared(&mut self, values: &mut Arc<[f64]>) -> Result<(), Cause> {
        match self.0 {
            Way::Writing(_) => {
                self.length(values.len())?;
                values.iter().try_for_each(|value| self.word(value.to_bits()).map(|_| ()))
            }
            Way::Reading(_) => {
                self.length(values.len())?;
                *values =
                    (0..values.len()).map(|_| self.word(0).map(f64::from_bits)).collect::<Result<_, _>>()?;
                Ok(())
            }
        }
    }

    fn length(&mut self, length: usize) -> Result<(), Cause> {
        let found = self.word(length as u64)?;
        let left = match &self.0 {
            Way::Writing(_) => usize::MAX,
            Way::Reading(left) => left.len() / 8,
        };
        if found != length as u64 || left < length {
            return Err(Cause::State("a vector has another length"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Kept {
        round: u32,
        weight: f64,
        psi: Vec<f64>,
    }

    impl Kept {
        fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
            state.integer(&mut self.round)?;
            state.number(&mut self.weight)?;
            state.numbers(&mut self.psi)
        }
    }

    #[test]
    fn every_prefix_and_every_surplus_is_an_error() {
        let mut kept = Kept { round: 1, weight: 2.5, psi: vec![1.0, 2.0, 3.0] };
        let saved = State::write(|state| kept.state(state)).expect("it can be written");
        let read = |saved: &[u8]| {
            let mut read = Kept { psi: vec![0.0; 3], ..Kept::default() };
            State::read(saved, |state| read.state(state))?;
            Ok::<_, Cause>(read)
        };
        assert_eq!(read(&saved), Ok(kept));
        for cut in 0..saved.len() {
            assert!(matches!(read(&saved[..cut]), Err(Cause::State(_))), "{cut}");
        }
        assert_eq!(read(&[saved.as_slice(), &[0]].concat()), Err(Cause::State("there is more of it")));
        let large = State::write(|state| state.integer(&mut (u64::from(u32::MAX) + 1))).expect("written");
        assert!(State::read(&large, |state| state.integer(&mut 0_u32)).is_err());
        let mut shared: Arc<[f64]> = [1.5, -0.0].into();
        let saved = State::write(|state| state.shared(&mut shared)).expect("written");
        let mut other: Arc<[f64]> = [0.0; 2].into();
        State::read(&saved, |state| state.shared(&mut other)).expect("read");
        assert_eq!(shared, other);
    }
}
