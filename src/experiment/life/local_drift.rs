//! Local drift, Definition 11, of a run under way: `(1/(M K)) Σ_m Σ_k ‖ψ^{r,k,m} - ψ̃^r‖²`, k = 0 to K - 1.
//!
//! Messages carry the last of a client's local steps alone. Streams are keyed by their place in the run, so
//! the recorder takes every client's steps once more, from the same broadcasts, and looks at each.

use dpac_actors::roles::{Barrier, Dispatch};
use dpac_actors::{Broadcast, Job, Learner, Purpose, Streams};

/// A learner that takes the local steps of all clients, one client after the other.
pub(crate) struct LocalDrift {
    learner: Box<dyn Learner>,
    streams: Streams,
    clients: u32,
}

impl LocalDrift {
    /// `learner` shows its steps, and knows what every client knows at the start of a run.
    pub(crate) fn new(learner: Box<dyn Learner>, seed: u64, clients: u32) -> Self {
        LocalDrift { learner, streams: Streams::new(seed, Purpose::LocalSteps), clients }
    }

    /// Takes in what clients are told. A broadcast that the learner refuses ends the run, at the clients.
    pub(crate) fn told<'a>(&mut self, broadcasts: impl IntoIterator<Item = &'a Broadcast>) {
        for broadcast in broadcasts {
            let _ = self.learner.prepare(broadcast);
        }
    }

    /// Takes in a turn, and measures the drift of the barrier that it opens.
    pub(super) fn of(&mut self, turn: &Dispatch) -> Option<f64> {
        self.told(turn.broadcasts.iter().map(AsRef::as_ref));
        self.at(turn.barrier()?)
    }

    fn at(&mut self, barrier: &Barrier) -> Option<f64> {
        let (place, order) = (barrier.asked.place, barrier.asked.order);
        let base = &barrier.base.first()?.values;
        let (mut sum, mut steps) = (0.0, 0_u64);
        for client in 0..self.clients {
            let mut rng = self.streams.generator(client, place.round, place.phase.number(), place.barrier);
            let job = Job { client, place, order, letters: &[] };
            self.learner.step_by_step()?.look(&job, &mut rng, &mut |psi| {
                sum += psi.iter().zip(base.iter()).fold(0.0, |sum, (x, y)| sum + (x - y) * (x - y));
                steps += 1;
            });
        }
        (steps > 0).then(|| sum / steps as f64)
    }
}
