//! The client: hands what it is told to its critic or actor, and their results to the server or to other
//! clients.

use crate::{Address, Body, Cause, Fault, Header};

/// Client m. It keeps nothing between messages; what an algorithm keeps per client is the host's to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// The client's number, m.
    pub id: u32,
}

impl Client {
    /// Passes a message on: the header of the copy that goes out; the body stays as it is.
    ///
    /// # Errors
    /// A message from another client's worker, or one that goes another way.
    #[inline]
    pub fn on(self, header: &Header, body: &Body) -> Result<Header, Fault> {
        let me = Address::Client(self.id);
        let worker = header.place.phase.worker(self.id);
        let from = header.from;
        let to = match body {
            Body::Sync(_) => (from == Address::Server).then_some(worker),
            Body::LocalStepsDone { .. } => (from == worker).then_some(Address::Server),
            Body::Letter(letter) if letter.from == self.id => {
                (from == worker).then_some(Address::Client(letter.to))
            }
            Body::Letter(letter) => {
                (letter.to == self.id && from == Address::Client(letter.from)).then_some(worker)
            }
            Body::Barrier { .. } => None,
        };
        let to = to.filter(|_| header.to == me).ok_or_else(|| Fault {
            role: me,
            round: header.place.round,
            cause: Cause::Unexpected(format!("from {from} to {}", header.to)),
        })?;
        Ok(Header { from: me, to, ..*header })
    }
}
