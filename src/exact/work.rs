//! Exact computations are exponential in the worst case: each takes a limit and says when it would exceed it.

use thiserror::Error;

/// A computation that would take more elementary operations than it may.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{computation} takes more than {limit} operations")]
pub struct WorkLimitExceeded {
    /// What was computed.
    pub computation: &'static str,
    /// The limit, in elementary operations: about one multiplication and addition each.
    pub limit: u64,
}

/// Operations spent so far. Work is charged before it is done, so that memory stays below the limit as well.
#[derive(Debug)]
pub(crate) struct Work {
    computation: &'static str,
    limit: u64,
    spent: u64,
}

impl Work {
    pub(crate) fn new(computation: &'static str, limit: u64) -> Self {
        Work { computation, limit, spent: 0 }
    }

    /// Operations that may still be spent.
    pub(crate) fn left(&self) -> u64 {
        self.limit.saturating_sub(self.spent)
    }

    /// Operations spent so far.
    pub(crate) fn spent(&self) -> u64 {
        self.spent
    }

    #[inline]
    pub(crate) fn spend(&mut self, operations: usize) -> Result<(), WorkLimitExceeded> {
        self.spent = self.spent.saturating_add(operations as u64);
        if self.spent > self.limit {
            return Err(WorkLimitExceeded { computation: self.computation, limit: self.limit });
        }
        Ok(())
    }
}
