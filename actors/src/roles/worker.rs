//! The critic and the actor: local steps on behalf of one client.

use crate::{Address, Effort, Header, Job, Learner, Order, Phase, Purpose, Reply, StreamKey};

/// A critic or an actor. It keeps nothing between messages and borrows its thread's learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Whose.
    pub client: u32,
    /// Which of the two.
    pub phase: Phase,
}

impl Worker {
    /// Takes the local steps that are asked for, into `reply`, and gives the header of the answer.
    ///
    /// The only randomness is the stream of (seed, local steps, client, round, phase, sync).
    #[expect(
        clippy::too_many_arguments,
        reason = "an order's place in the run, and four things borrowed from the host"
    )]
    pub fn work(
        self,
        (round, sync): (u32, u32),
        order: Order,
        reply_kind: u16,
        seed: u64,
        learner: &mut dyn Learner,
        state: &mut [f64],
        reply: &mut Reply,
    ) -> (Header, Effort) {
        let Worker { client, phase } = self;
        let key =
            StreamKey { seed, purpose: Purpose::LocalSteps, client, round, phase: phase.number(), sync };
        let job = Job { client, round, phase, sync, order };
        let effort = learner.steps(&job, state, &mut key.generator(), reply);
        let header = Header {
            from: phase.worker(client),
            to: Address::Client(client),
            round,
            phase,
            sync,
            kind: reply_kind,
        };
        (header, effort)
    }
}
