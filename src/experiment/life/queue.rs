//! The queue between the society and the recorder.
//!
//! It is bounded, so that evaluation overlaps with sampling and a slow disk holds the run back instead of
//! filling the memory.

use super::stalls::Stalls;
use crate::experiment::directory::Drift;
use crate::experiment::directory::records::Cumulative;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use dpac_actors::host::Observer;
use dpac_actors::roles::{BarrierEnded, Dispatch};
use dpac_actors::{Ended, Ledger, Milestone, Named, Phase, Snapshot};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Events that may wait for the recorder, where their vectors are short.
const QUEUE: usize = 256;
/// Bytes of vectors that may wait for it: an event of a round holds θ, ψ̂ and ω alive.
const QUEUE_BYTES: usize = 16 << 20;

/// Events that may wait for the recorder of a run with vectors of these lengths.
pub(crate) fn queue(d_theta: usize, stacked_critic: usize) -> usize {
    (QUEUE_BYTES / (8 * (2 * d_theta + stacked_critic)).max(1)).clamp(1, QUEUE)
}

pub(crate) enum Event {
    Barrier {
        ended: BarrierEnded,
        cumulative: Cumulative,
    },
    /// A turn is about to be sent, and what the barrier before it came to.
    Turn(Box<TurnEvent>),
    Round(Box<RoundEvent>),
    /// What it takes to go on after the last barrier.
    Snapshot(Box<SnapshotEvent>),
    /// A number of the whole run was found beside it.
    Measured(&'static str, f64),
    /// The run came to an end with this on the wire.
    End(Cumulative),
}

pub(crate) struct TurnEvent {
    pub(crate) ended: Option<Ended>,
    pub(crate) turn: Arc<Dispatch>,
}

pub(crate) struct SnapshotEvent {
    pub(crate) snapshot: Arc<Snapshot>,
    /// By phase, the sum of drifts in the open round, and of how many barriers.
    pub(crate) drift: [(f64, u32); 2],
    pub(crate) seconds: f64,
}

pub(crate) struct RoundEvent {
    pub(crate) round: u32,
    pub(crate) vectors: Vec<Named>,
    pub(crate) drift: Drift,
    pub(crate) ledger: Ledger,
    pub(crate) seconds: f64,
}

/// The observer that tells the recorder: the society's end of the queue.
pub(crate) struct RecorderQueue {
    events: Sender<Event>,
    logs_barriers: bool,
    asks_for_turns: bool,
    drift: [(f64, u32); 2],
    began: Instant,
    /// Wall time before this process took the run up.
    seconds_before: f64,
    /// Set where the recorder is gone: a run whose files cannot be written shall not go on.
    stop: Arc<AtomicBool>,
    stalls: Arc<Stalls>,
}

/// How a queue begins.
pub(crate) struct QueueStart {
    /// Events that may wait.
    pub(crate) length: usize,
    pub(crate) logs_barriers: bool,
    pub(crate) asks_for_turns: bool,
    pub(crate) drift: [(f64, u32); 2],
    pub(crate) seconds_before: f64,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) stalls: Arc<Stalls>,
}

impl RecorderQueue {
    /// A queue, and where its events come out.
    pub(crate) fn open(start: QueueStart) -> (Self, Receiver<Event>) {
        let QueueStart { length, logs_barriers, asks_for_turns, drift, seconds_before, stop, stalls } = start;
        let (events, received) = bounded(length);
        let began = Instant::now();
        let queue = RecorderQueue {
            events,
            logs_barriers,
            asks_for_turns,
            drift,
            began,
            seconds_before,
            stop,
            stalls,
        };
        (queue, received)
    }

    /// Another way into the queue.
    pub(crate) fn sender(&self) -> Sender<Event> {
        self.events.clone()
    }

    fn seconds(&self) -> f64 {
        self.seconds_before + self.began.elapsed().as_secs_f64()
    }

    fn send(&self, event: Event) {
        let sent = match self.events.try_send(event) {
            Ok(()) => true,
            Err(TrySendError::Full(event)) => {
                let _waiting = self.stalls.recorder.waiting();
                self.events.send(event).is_ok()
            }
            Err(TrySendError::Disconnected(_)) => false,
        };
        // A recorder that has failed says why when it is joined.
        if !sent {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

impl Observer for RecorderQueue {
    fn barrier_closed(&mut self, ended: &BarrierEnded, ledger: &Ledger) {
        let (sum, barriers) = &mut self.drift[usize::from(ended.place.phase.number())];
        *sum += ended.drift;
        *barriers += 1;
        if self.logs_barriers {
            self.send(Event::Barrier { ended: *ended, cumulative: Cumulative::of(ledger) });
        }
    }

    fn snapshot(&mut self, snapshot: &Arc<Snapshot>) {
        let (snapshot, drift, seconds) = (Arc::clone(snapshot), self.drift, self.seconds());
        self.send(Event::Snapshot(Box::new(SnapshotEvent { snapshot, drift, seconds })));
    }

    fn asks_for_turns(&self) -> bool {
        self.asks_for_turns
    }

    fn turn_opened(&mut self, ended: Option<&Ended>, turn: &Arc<Dispatch>) {
        let (ended, turn) = (ended.cloned(), Arc::clone(turn));
        self.send(Event::Turn(Box::new(TurnEvent { ended, turn })));
    }

    fn round_ended(&mut self, milestone: &Milestone, ledger: &Ledger) {
        let drifts = std::mem::take(&mut self.drift);
        let mean = |phase: Phase| {
            let (sum, barriers) = drifts[usize::from(phase.number())];
            (barriers > 0).then(|| sum / f64::from(barriers))
        };
        self.send(Event::Round(Box::new(RoundEvent {
            round: milestone.round,
            vectors: milestone.vectors.clone(),
            drift: Drift { critic: mean(Phase::Critic), actor: mean(Phase::Actor) },
            ledger: ledger.clone(),
            seconds: self.seconds(),
        })));
    }

    fn waiting(&self) -> usize {
        self.events.len()
    }
}
