//! The numbers that letters stand for in one run.

use super::letter::{H, I, K, K_E, Letter, M, N, P, Q, R, R_E};
use crate::theory::counts::{CountError, Shape};

/// A number for each letter.
#[derive(Clone, Debug, Default)]
pub struct Values(Vec<(Letter, u64)>);

impl Values {
    /// Those of a run of these sizes.
    pub fn of(shape: &Shape) -> Self {
        let syncs = match shape.actor_sync_interval {
            0 => 0,
            interval => shape.actor_local_steps.div_ceil(interval),
        };
        Values(vec![
            (M, shape.clients),
            (Q, shape.stacked_critic),
            (H, shape.horizon),
            (R_E, shape.critic_rounds),
            (K_E, shape.critic_local_steps),
            (P, shape.d_theta),
            (R, shape.rounds),
            (K, shape.actor_local_steps),
            (I, shape.actor_sync_interval),
            (N, syncs),
        ])
    }

    /// The same with another number for one letter.
    #[must_use]
    pub fn with(mut self, letter: Letter, value: u64) -> Self {
        self.0.retain(|(other, _)| *other != letter);
        self.0.push((letter, value));
        self
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
