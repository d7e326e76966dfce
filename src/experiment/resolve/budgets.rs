//! What computing exact values may cost during a run.

use crate::exact::Budget;

/// What one evaluation of a policy may cost during a run.
pub const EVALUATION: Budget = Budget { exact_operations: 20_000_000, episodes: 10_000 };

/// What the optimum may cost: a second or so, and some hundreds of MiB of beliefs.
pub const OPTIMUM_OPERATIONS: u64 = 20_000_000;

/// What the optimum may cost where observations are real numbers: a second or so, and at most 128 MiB.
pub(crate) const GRID_OPERATIONS: u64 = 2_000_000_000;
