//! The critic and the actor: local steps on behalf of one client.

use super::Asked;
use crate::{
    Address, Cause, Effort, Fault, Header, Job, Kind, Learner, Letter, Phase, Reply, Route, Streams,
};
use std::sync::Arc;

/// A critic or an actor. It keeps nothing between messages and borrows what its thread has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    /// The client that it works for.
    pub client: u32,
    /// The phase in which it works.
    pub phase: Phase,
}

/// What a worker borrows while it works.
pub struct Borrowed<'a> {
    /// Its thread's learner, which has taken in every broadcast that its client was sent.
    pub learner: &'a mut dyn Learner,
    /// What the algorithm keeps for the client.
    pub state: &'a mut [f64],
    /// Letters that its client was sent since it last worked.
    pub letters: &'a [Arc<Letter>],
    /// The run's streams of local steps.
    pub streams: &'a mut Streams,
}

impl Worker {
    /// The worker of a client that is asked for this.
    pub fn asked(client: u32, asked: &Asked) -> Self {
        Worker { client, phase: asked.place.phase }
    }

    /// Takes the local steps that are asked for, into `reply`, and gives the header of the answer.
    ///
    /// The only randomness is the stream of (seed, local steps, client, round, phase, barrier).
    pub fn work(self, asked: &Asked, borrowed: Borrowed<'_>, reply: &mut Reply) -> (Header, Effort) {
        let Worker { client, phase } = self;
        let Asked { place, order, reply: kind } = *asked;
        let Borrowed { learner, state, letters, streams } = borrowed;
        let mut rng = streams.generator(client, place.round, phase.number(), place.barrier);
        let job = Job { client, place, order, letters };
        let effort = learner.steps(&job, state, &mut rng, reply);
        let header = Header { from: phase.worker(client), to: Address::Client(client), place, kind };
        (header, effort)
    }

    /// The header of a letter that has just been written.
    ///
    /// # Errors
    /// A letter in another client's name, to a client that does not exist, to oneself, or of a kind that
    /// is of another phase or does not go from client to client.
    pub fn post(self, asked: &Asked, letter: &Letter, kinds: &[Kind], clients: u32) -> Result<Header, Fault> {
        let Worker { client, phase } = self;
        let &Letter { from, to, kind: number, .. } = letter;
        let kind = kinds.get(usize::from(number)).filter(|kind| kind.route == Route::Peer);
        let role = phase.worker(client);
        let wrong = if from != client {
            format!("a letter in the name of client {from}")
        } else if to == client {
            "a letter to itself".to_owned()
        } else if to >= clients {
            format!("a letter to client {to}, which the run does not have")
        } else {
            match kind {
                Some(kind) if kind.phase == phase => {
                    let to = Address::Client(client);
                    return Ok(Header { from: role, to, place: asked.place, kind: number });
                }
                Some(kind) => format!("a {}, which is of another phase", kind.name),
                None => format!("a letter of kind {number}, which does not go from client to client"),
            }
        };
        Err(Fault { role, round: asked.place.round, cause: Cause::Unexpected(wrong) })
    }
}
