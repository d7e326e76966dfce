//! Why one role alone cannot be driven through a trace.

use crate::codec::CodecError;
use crate::trace::Level;
use crate::{Address, Fault, Header};

/// Why a role cannot be driven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoleError {
    /// The trace has no payloads.
    #[error("the trace was recorded at level {}, which has no payloads; one role alone needs level full", .0.name())]
    Level(Level),
    /// There is no such role.
    #[error("there is no {role}: the run had {clients} clients")]
    NoSuchRole {
        /// The role that was asked for.
        role: Address,
        /// Number of clients, M.
        clients: u32,
    },
    /// What a message carried is not in the trace.
    #[error("the trace does not hold what {} sent to {} in round {}; record it with its client kept", .0.from, .0.to, .0.place.round)]
    NotKept(Header),
    /// What a message carried cannot be read.
    #[error("the trace's payload of a message from {} to {} cannot be read: {}", .0.from, .0.to, .1)]
    Payload(Header, CodecError),
    /// What a message carried is not what its digest was taken of.
    #[error("the trace's payload of a message from {} to {} in round {} is not what its digest says", .0.from, .0.to, .0.place.round)]
    Forged(Header),
    /// A message that the algorithm has no use for.
    #[error("the trace has a message from {} to {} in round {} that the algorithm does not send", .0.from, .0.to, .0.place.round)]
    Message(Header),
    /// An order for more local steps than the run has.
    #[error("the trace orders {steps} local steps of {} in round {}, where the whole run has only {left} left for it", .header.to, .header.place.round)]
    Order {
        /// The message that carries it.
        header: Header,
        /// The steps it asks for.
        steps: u64,
        /// The steps that may still be asked for.
        left: u64,
    },
    /// The server has done other work than the trace says.
    #[error("the server did {now:?} to come to turn {turn}; recorded was {recorded:?}")]
    ServerWork {
        /// Number of the turn.
        turn: u64,
        /// Counts as recorded, in the algorithm's order.
        recorded: Vec<u64>,
        /// The counts now.
        now: Vec<u64>,
    },
    /// The algorithm's kinds of messages are others.
    #[error("the trace's kinds of messages are not those of the algorithm")]
    Kinds,
    /// The role found a fault in what it was given.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}
