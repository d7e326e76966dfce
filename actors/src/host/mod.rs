//! Who moves the messages. The roles' code is the same in every host.

mod actix;
mod load;
mod observer;
mod replay;
mod session;
mod thread;

pub use self::actix::run;
pub use self::load::Load;
pub use self::observer::{Backlog, Measures, Observer, Observers, RoundMeasured};
pub use self::replay::{DELIVERIES_SHOWN, RoleError, RoleReplay, replay_role};
pub use crate::outcome::{Outcome, Result};

use crate::trace::Tracer;
use crate::{Plant, Snapshot};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Where the roles live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// One actix actor per thread owns many clients with their critics and actors.
    #[default]
    Shard,
    /// Every role is an actix actor of its own: the plainest form of the idea, for small M.
    Role,
}

/// How a society is hosted. None of it changes a result.
#[derive(Clone, Debug)]
pub struct Options {
    /// Number of clients, M.
    pub clients: u32,
    /// Threads that compute; the server has one more, which is idle while they do.
    pub threads: usize,
    /// Where the roles live.
    pub placement: Placement,
    /// Encode, decode and compare every message.
    pub wire_check: bool,
    /// Count messages. Without, the ledger has no message in it: only for measuring what counting costs.
    pub counting: bool,
    /// The run's seed, from which every stream is keyed.
    pub seed: u64,
    /// Set from outside to end the run at the next barrier, after the milestone that it has brought.
    pub stop: Arc<AtomicBool>,
    /// Damage done on purpose.
    pub plant: Option<Plant>,
    /// Where to hand over what is recorded, if anything is.
    pub tracer: Option<Tracer>,
    /// How often observers are given what it takes to go on; never, if not said.
    pub snapshots: Option<SnapshotPlan>,
    /// Where to go on, instead of at the beginning.
    pub resume: Option<Arc<Snapshot>>,
}

impl Options {
    /// Shards, and nothing recorded, checked, damaged or taken up.
    pub fn new(clients: u32, threads: usize, seed: u64) -> Self {
        Options {
            clients,
            threads,
            placement: Placement::Shard,
            wire_check: false,
            counting: true,
            seed,
            stop: Arc::default(),
            plant: None,
            tracer: None,
            snapshots: None,
            resume: None,
        }
    }
}

/// When snapshots are taken: after whichever comes first. A run that is stopped ends with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotPlan {
    /// So many outer rounds, at least 1.
    pub every_rounds: u32,
    /// So much time.
    pub every: Duration,
}
