//! The closed form of everything that a run counts: messages, floats, bytes, barriers, trajectories.
//!
//! One message is one payload over one link between the server and a client; a broadcast to M clients is M
//! messages. What an algorithm sends stands in its [protocol]; counts are sums over it. `docs/protocols.md`
//! shows them in letters.
//!
//! [protocol]: super::protocol

mod counted;
mod error;
mod shape;

pub use counted::{
    BARRIER_BYTES, ByRoute, ByVector, Counts, Direction, FLOAT_BYTES, INTEGERS_BYTES, KindCounts,
    LETTER_BYTES, LOCAL_STEPS_DONE_BYTES, PerPhase, Phase, SYNC_BYTES, Totals, VECTOR_BYTES,
};
pub use error::CountError;
pub use shape::Shape;

/// The counts of a whole run, from its sizes alone.
///
/// # Errors
/// If a size that the algorithm needs is 0, or a count does not fit 64 bits.
pub fn closed_form(shape: &Shape) -> Result<Counts, CountError> {
    shape.protocol.counts(&shape.values)
}

/// The counts up to the last barrier of the first `rounds` outer rounds, which is where a round's record
/// stands: the message that follows this barrier, if one does, is sent with the next round's first messages.
///
/// # Errors
/// As [`closed_form`].
pub fn closed_form_after(shape: &Shape, rounds: u64) -> Result<Counts, CountError> {
    shape.protocol.counts_after(&shape.values, rounds)
}
