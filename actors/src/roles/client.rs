//! The client: hands a `Sync` to its critic or actor, and their result to the server.

use crate::{Address, Cause, Fault, Header};

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
    /// A message from somebody else's worker.
    pub fn on(self, header: &Header) -> Result<Header, Fault> {
        let me = Address::Client(self.id);
        let worker = header.phase.worker(self.id);
        match header.from {
            Address::Server if header.to == me => Ok(Header { from: me, to: worker, ..*header }),
            from if header.to == me && from == worker => {
                Ok(Header { from: me, to: Address::Server, ..*header })
            }
            from => Err(Fault {
                role: me,
                round: header.round,
                cause: Cause::Unexpected(format!("from {from} to {}", header.to)),
            }),
        }
    }
}
