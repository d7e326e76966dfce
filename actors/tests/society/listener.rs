//! An algorithm whose replies tell what each client has had, and in which order: for the contract of
//! [`dpac_actors::ordering`].
//!
//! In each turn the server tells three things, in an order that changes from turn to turn, and asks with a
//! fourth. Workers answer with a hash of the last message of each kind that they know, in the order in
//! which these came, and of the letters that they have, in theirs; and with a number that shows in which
//! order replies are added.

use dpac_actors::{
    Algorithm, Ask, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Letter,
    Message, Named, Order, Phase, Reducer, Reply, State, StepSize, Turn, Work,
};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

const FIRST: u16 = 0;
const SECOND: u16 = 1;
const THIRD: u16 = 2;
/// The critics' kinds that ask, answer and go from client to client; the actors' follow.
const ASK: u16 = 3;
const ANSWER: u16 = 5;
const LETTER: u16 = 7;

pub(crate) const KINDS: [Kind; 9] = {
    const fn ask(name: &'static str, phase: Phase, answer: u16) -> Kind {
        Kind::down(name, phase, &["number"]).answered_by(answer)
    }
    const fn answer(name: &'static str, phase: Phase) -> Kind {
        Kind::up(name, phase, &["value"]).with_integers(&["heard", "read"])
    }
    [
        Kind::down("first", Phase::Critic, &["number"]),
        Kind::down("second", Phase::Actor, &["number"]),
        Kind::down("third", Phase::Critic, &["number"]),
        ask("ask", Phase::Critic, ANSWER),
        ask("ask_actor", Phase::Actor, ANSWER + 1),
        answer("answer", Phase::Critic),
        answer("answer_actor", Phase::Actor),
        Kind::peer("letter", Phase::Critic, &["number"]),
        Kind::peer("letter_actor", Phase::Actor, &["number"]),
    ]
};

pub(crate) const TURNS: u32 = 7;

/// What is seen of a run from outside of its messages.
#[derive(Debug, Default)]
pub(crate) struct Gallery {
    /// By turn: workers that have begun, and that have ended.
    begun: [AtomicU32; TURNS as usize],
    ended: [AtomicU32; TURNS as usize],
    /// Workers that have begun before all of the turn before had ended, or after one of the turn after had
    /// begun.
    pub(crate) intruders: AtomicU32,
    /// Clients in the order in which they have worked, turn after turn.
    pub(crate) order: Mutex<Vec<u32>>,
    worked: Condvar,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Listener {
    pub(crate) clients: u32,
    /// Whether client 0 works after client 1 in every turn, which is on another thread.
    pub(crate) last_first: bool,
    pub(crate) gallery: &'static Gallery,
}

impl Listener {
    pub(crate) fn of(clients: u32) -> Self {
        Listener { clients, last_first: false, gallery: Box::leak(Box::default()) }
    }
}

pub(crate) fn phase(turn: u32) -> Phase {
    if turn % 3 == 1 { Phase::Actor } else { Phase::Critic }
}

/// A kind that both phases have.
fn of_phase(kind: u16, phase: Phase) -> u16 {
    kind + u16::from(phase.number())
}

/// What is told in a turn, in its order: kinds and numbers; the last one asks.
pub(crate) fn told(turn: u32) -> Vec<(u16, f64)> {
    let mut kinds = vec![FIRST, SECOND, THIRD];
    kinds.rotate_left(turn as usize % 3);
    if turn.is_multiple_of(2) {
        kinds.swap(0, 1);
    }
    kinds.push(of_phase(ASK, phase(turn)));
    kinds.iter().map(|&kind| (kind, 1.0 + f64::from(10 * turn) + f64::from(kind))).collect()
}

/// Letters that a client writes in a turn: to whom, and the number in it. A client may have several from
/// one, and some from many.
pub(crate) fn written(clients: u32, turn: u32, m: u32) -> Vec<(u32, f64)> {
    let number = |i: u32| f64::from(turn * 1000 + 4 * m + i);
    let to = [(m + 1) % clients, (7 * m + 3) % clients, (m + 1) % clients, turn % clients];
    (0..).zip(to).filter(|&(_, to)| to != m).map(|(i, to)| (to, number(i))).collect()
}

/// Takes words in; small enough for sums over clients and for floats.
pub(crate) fn hash(words: impl IntoIterator<Item = u64>) -> i64 {
    words.into_iter().fold(17, |hash, word| (hash * 31 + (word % 1_000_003) as i64) % 1_000_003)
}

/// Numbers of very different sizes, so that no two orders of adding them agree by chance.
pub(crate) fn value(turn: u32, m: u32) -> f64 {
    let m = f64::from(m) + f64::from(turn) / 8.0;
    if (m as u32).is_multiple_of(2) { 1.0 / (m + 0.3) } else { -1e9 / (m + 1.0) }
}

impl Algorithm for Listener {
    fn name(&self) -> &str {
        "listener"
    }

    fn kinds(&self) -> &[Kind] {
        &KINDS
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        Box::new(Speaker { turn: 0, results: Vec::new() })
    }

    fn learner(&self) -> Box<dyn Learner> {
        Box::new(Ear { listener: *self, heard: Vec::new() })
    }
}

/// The server: it keeps what every turn has brought.
struct Speaker {
    turn: u32,
    results: Vec<Named>,
}

impl Speaker {
    fn speak(&self) -> Turn {
        let message = |(kind, number): (u16, f64)| {
            Message::new(kind, self.turn, 0, vec![Named::new("number", [number])])
        };
        let mut messages: Vec<_> = told(self.turn).into_iter().map(message).collect();
        let asking = messages.pop().expect("one asks");
        let order = Order { first_step: 0, steps: 1, step_size: StepSize::constant(1.0) };
        let base = vec![Named::new("value", [1.0])];
        let work = Work { ask: Ask::With(asking), order, base, reducer: Reducer::Mean };
        Turn { tell: messages, ..Turn::work(work) }
    }
}

impl Coordinator for Speaker {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.speak())
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        let floats = |values: &[i64]| values.iter().map(|&value| value as f64).collect::<Vec<_>>();
        self.results.push(Named::new("value", ended.aggregate[0].clone()));
        self.results.push(Named::new("heard", floats(&ended.integers[0])));
        self.results.push(Named::new("read", floats(&ended.integers[1])));
        self.turn += 1;
        Ok(if self.turn == TURNS { Turn::finish(self.results.clone()) } else { self.speak() })
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.integer(&mut self.turn)
    }
}

struct Ear {
    listener: Listener,
    /// The last message of each kind, in their order.
    heard: Vec<(u16, f64)>,
}

impl Learner for Ear {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        let number = broadcast.vector("number").ok_or_else(|| Cause::Algorithm("no number".into()))?;
        self.heard.retain(|(kind, _)| *kind != broadcast.kind);
        self.heard.push((broadcast.kind, number[0]));
        Ok(())
    }

    fn steps(&mut self, job: &Job<'_>, _: &mut [f64], _: &mut Generator, reply: &mut Reply) -> Effort {
        let Listener { clients, last_first, gallery } = self.listener;
        let (turn, m) = (job.place.round, job.client);
        gallery.begin(turn, clients);
        let mut order = gallery.order.lock().expect("nobody panics");
        if last_first && m == 0 {
            // A wait that is too short would fail the test, and not hold it up.
            let due = |order: &mut Vec<u32>| order.iter().filter(|&&m| m == 1).count() <= turn as usize;
            let waited = gallery.worked.wait_timeout_while(order, Duration::from_secs(20), due);
            order = waited.expect("nobody panics").0;
        }
        order.push(m);
        drop(order);
        gallery.worked.notify_all();
        reply.copy_of(0, &[value(turn, m)]);
        let heard = hash(self.heard.iter().flat_map(|&(kind, number)| [u64::from(kind), number.to_bits()]));
        let letters = job.letters.iter().flat_map(|it| [u64::from(it.from), it.vectors[0][0].to_bits()]);
        for (i, hash) in [heard, hash(letters)].into_iter().enumerate() {
            let own = reply.integers(i);
            own.resize(clients as usize, 0);
            own[m as usize] = hash;
        }
        let kind = of_phase(LETTER, job.place.phase);
        for (to, number) in written(clients, turn, m) {
            reply.post(Letter::new(m, to, kind, vec![[number].into()]));
        }
        gallery.ended[turn as usize].fetch_add(1, Ordering::SeqCst);
        Effort { local_steps: 1, ..Effort::default() }
    }
}

impl Gallery {
    fn begin(&self, turn: u32, clients: u32) {
        let turn = turn as usize;
        let before = turn.checked_sub(1).map_or(clients, |before| self.ended[before].load(Ordering::SeqCst));
        let after = self.begun.get(turn + 1).map_or(0, |after| after.load(Ordering::SeqCst));
        self.begun[turn].fetch_add(1, Ordering::SeqCst);
        if (before, after) != (clients, 0) {
            self.intruders.fetch_add(1, Ordering::SeqCst);
        }
    }
}
