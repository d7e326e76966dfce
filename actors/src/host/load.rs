//! What shards have handed over and the server has not taken up: told to observers, used by nothing
//! else.

use crate::{Ledger, Route};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The load of one shard, or of one thread's roles. Read it at any time: it is a figure, not a lock.
#[derive(Debug, Default)]
pub struct Load {
    results: AtomicU64,
    bytes: AtomicU64,
}

impl Load {
    /// Results on their way to the server: block sums, or replies where every role is an actor.
    pub fn results(&self) -> u64 {
        self.results.load(Ordering::Relaxed)
    }

    /// Frame bytes of the replies in them.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn sent(&self, results: u64, bytes: u64) {
        self.results.fetch_add(results, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn taken(&self, results: u64, bytes: u64) {
        self.results.fetch_sub(results, Ordering::Relaxed);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// The load of each thread.
pub(super) type Loads = Arc<[Load]>;

pub(super) fn loads(threads: usize) -> Loads {
    (0..threads).map(|_| Load::default()).collect()
}

/// What the replies in a ledger weigh.
pub(super) fn reply_bytes(ledger: &Ledger) -> u64 {
    ledger.route(Route::Up).wire_bytes
}
