//! Letters between clients: the counts up to a barrier are what a run has counted that ends there. Those of
//! that barrier are on the wire, and no worker has read them.

use dpac::experiment::measured;
use dpac::theory::counts::Phase as Part;
use dpac::theory::protocol::letter::{H, M, P, R};
use dpac::theory::protocol::{Protocol, Step, Values, Vector, barrier, message, repeat, sequence};
use dpac_actors::host::{self, Observer, Observers, Options};
use dpac_actors::roles::BarrierEnded;
use dpac_actors::{
    Algorithm, Ask, Broadcast, Bundle, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner,
    Ledger, Letter, Message, Milestone, Named, Order, Phase, Reducer, Reply, StepSize, Turn, Work,
};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

const KINDS: [Kind; 4] = [
    Kind::up("report", Phase::Critic, &["number"]),
    Kind::down("open", Phase::Critic, &["number"]).opening().answered_by(0),
    Kind::down("answer", Phase::Critic, &["number"]).answered_by(0),
    Kind::peer("tell", Phase::Critic, &["number"]),
];
const NUMBERS: [f64; 3] = [0.5; 3];
const CLIENTS: u32 = 5;
const ROUNDS: u32 = 3;
const BARRIERS: u32 = 2;

/// Rounds of two barriers; the clients write around a ring at the first ones of these.
#[derive(Clone, Copy, Debug)]
struct Ring {
    writing: u32,
    round: u32,
    barrier: u32,
}

impl Ring {
    fn algorithm(self) -> Arc<dyn Algorithm> {
        Arc::new(Bundle::new("ring", &KINDS, move || self, move || self))
    }

    fn protocol(self) -> Protocol {
        let vector = Vector { name: "number", symbol: "x", length: P };
        let told = |kind| message(kind, Part::Critic, [vector]);
        let letters = |barrier| {
            let letters = Step::Letters { number: M.into(), letter: told("tell") };
            if barrier < self.writing { letters } else { sequence([]) }
        };
        let round = [
            Step::Broadcast(told("open")),
            barrier(1, told("report")),
            letters(0),
            Step::Sync(told("answer")),
            barrier(1, told("report")),
            letters(1),
        ];
        Protocol { name: "ring", rounds: Some(R), steps: repeat(R, round) }
    }
}

impl Coordinator for Ring {
    fn start(&mut self) -> Result<Turn, Cause> {
        let base = vec![Named::new("number", NUMBERS)];
        let kind = if self.barrier == 0 { 1 } else { 2 };
        let ask = Ask::With(Message::new(kind, self.round, self.barrier, base.clone()));
        let order = Order { first_step: 0, steps: 1, step_size: StepSize::constant(1.0) };
        Ok(Turn::work(Work { ask, order, base, reducer: Reducer::Mean }))
    }

    fn next(&mut self, _: Ended) -> Result<Turn, Cause> {
        self.barrier += 1;
        if self.barrier < BARRIERS {
            return self.start();
        }
        (self.round, self.barrier) = (self.round + 1, 0);
        let over = Milestone { round: self.round - 1, vectors: Vec::new() };
        let turn = if self.round == ROUNDS { Turn::finish(Vec::new()) } else { self.start()? };
        Ok(turn.with(over))
    }
}

impl Learner for Ring {
    fn prepare(&mut self, _: &Broadcast) -> Result<(), Cause> {
        Ok(())
    }

    fn steps(&mut self, job: &Job<'_>, _: &mut [f64], _: &mut Generator, reply: &mut Reply) -> Effort {
        reply.copy_of(0, &NUMBERS);
        if job.place.barrier < self.writing {
            let to = (job.client + 1) % CLIENTS;
            reply.post(Letter::new(job.client, to, 3, vec![NUMBERS.into()]));
        }
        Effort { local_steps: 1, trajectories: 1, environment_steps: 2 }
    }
}

/// Keeps the ledger of every barrier, and ends the run at one.
#[derive(Default)]
struct Watcher {
    ledgers: Arc<Mutex<Vec<Ledger>>>,
    last: Option<u32>,
    stop: Arc<AtomicBool>,
}

impl Observer for Watcher {
    fn begun(&mut self, options: &Options) {
        self.stop = Arc::clone(&options.stop);
    }

    fn barrier_closed(&mut self, _: &BarrierEnded, ledger: &Ledger) {
        let mut ledgers = self.ledgers.lock().expect("nobody panics with it");
        ledgers.push(ledger.clone());
        self.stop.store(self.last.is_some_and(|last| ledgers.len() == last as usize), Ordering::Relaxed);
    }
}

#[test]
fn counts_up_to_a_barrier_are_those_of_a_run_that_ends_there_with_its_letters_under_way() {
    let values = [(M, u64::from(CLIENTS)), (H, 2), (P, NUMBERS.len() as u64), (R, u64::from(ROUNDS))];
    let values = values.into_iter().fold(Values::default(), |values, (letter, it)| values.with(letter, it));
    for writing in 0..=BARRIERS {
        let ring = Ring { writing, round: 0, barrier: 0 };
        let protocol = ring.protocol();
        let run = |last: Option<u32>| {
            let ledgers = Arc::default();
            let watcher = Watcher { ledgers: Arc::clone(&ledgers), last, ..Watcher::default() };
            let observers = Observers::default().with(watcher);
            let outcome = host::run(&ring.algorithm(), &Options::new(CLIENTS, 2, 1), observers);
            let ledgers = std::mem::take(&mut *ledgers.lock().expect("the run is over"));
            (outcome.expect("no fault").ledger, ledgers)
        };
        let counted = |ledger: &Ledger| measured(ledger, CLIENTS, |kind| writing > 0 || kind != "tell");
        let (whole, ledgers) = run(None);
        assert_eq!(counted(&whole), protocol.counts(&values).expect("small sizes"), "{writing}: the run");
        assert_eq!(ledgers.len(), (ROUNDS * BARRIERS) as usize);
        for rounds in 1..=ROUNDS {
            let barriers = rounds * BARRIERS;
            let expected = protocol.counts_after(&values, u64::from(rounds)).expect("small sizes");
            let (stopped, _) = run(Some(barriers));
            for ledger in [&stopped, &ledgers[barriers as usize - 1]] {
                assert_eq!(counted(ledger), expected, "{writing}: after {rounds} rounds");
            }
            let written = u64::from(CLIENTS * writing * rounds);
            let under_way = if writing == BARRIERS { u64::from(CLIENTS) } else { 0 };
            assert_eq!(expected.peer.messages, written);
            let others = expected.up.messages + expected.down.messages;
            assert_eq!(expected.local.messages, others + 2 * written - under_way);
        }
    }
}
