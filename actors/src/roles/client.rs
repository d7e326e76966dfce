//! The client: hands what it is told to its critic or actor, and their results to the server or to other clients.

use crate::{Address, Body, Cause, Fault, Header};

/// Client m. It keeps nothing between messages; what an algorithm keeps per client is the host's to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// m.
    pub id: u32,
}

impl Client {
    /// Passes a message on: the header of the copy that goes out; the body stays as it is.
    ///
    /// # Errors
    /// A message from somebody else's worker, or one that goes another way.
    #[inline]
    pub fn on(self, header: &Header, body: &Body) -> Result<Header, Fault> {
        let me = Address::Client(self.id);
        let worker = header.place.phase.worker(self.id);
        let to = match (header.from, body) {
            (Address::Server, Body::Sync(_)) => Some(worker),
            (Address::Client(_), Body::Letter(letter)) if letter.to == self.id => Some(worker),
            (from, Body::LocalStepsDone { .. }) if from == worker => Some(Address::Server),
            (from, Body::Letter(letter)) if from == worker && letter.from == self.id => {
                Some(Address::Client(letter.to))
            }
            _ => None,
        };
        match to {
            Some(to) if header.to == me => Ok(Header { from: me, to, ..*header }),
            _ => Err(Fault {
                role: me,
                round: header.place.round,
                cause: Cause::Unexpected(format!("from {} to {}", header.from, header.to)),
            }),
        }
    }
}
