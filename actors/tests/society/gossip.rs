//! A small algorithm without a model at the server: clients on a ring add up one another's numbers.
//!
//! In each turn a client adds what its neighbours have written in the turn before to its own number, and
//! writes the sum to both. The server says which turn it is, waits for everybody, and keeps the mean and
//! what has been counted. Turns belong to the critics, or to critics and actors by turns.

use dpac_actors::{
    Algorithm, Ask, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Letter,
    Message, Milestone, Named, Order, Phase, Reducer, Reply, State, StepSize, Turn, Work,
};

/// The critics' kinds; the actors' are as many further on.
pub(crate) const REPORT: u16 = 0;
pub(crate) const TICK: u16 = 1;
pub(crate) const RUMOUR: u16 = 2;
pub(crate) const OF_ACTORS: u16 = 3;

pub(crate) const KINDS: [Kind; 6] = {
    const fn report(name: &'static str, phase: Phase) -> Kind {
        Kind::up(name, phase, &["mean"]).with_integers(&["read", "oldest"])
    }
    const fn tick(name: &'static str, phase: Phase) -> Kind {
        Kind::down(name, phase, &[]).with_integers(&["turn"])
    }
    const fn rumour(name: &'static str, phase: Phase) -> Kind {
        Kind::peer(name, phase, &["number"]).with_integers(&["age"])
    }
    [
        report("report", Phase::Critic),
        tick("tick", Phase::Critic).opening().answered_by(REPORT),
        rumour("rumour", Phase::Critic),
        report("actors_report", Phase::Actor),
        tick("actors_tick", Phase::Actor).answered_by(REPORT + OF_ACTORS),
        rumour("actors_rumour", Phase::Actor),
    ]
};

/// What client 3 does in round 1 that it must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    ToNobody,
    ToItself,
    InAnothersName,
    UnknownKind,
    KindThatGoesUp,
    OtherPhase,
    TwoVectors,
    TwoOfIntegers,
    NotANumber,
    /// The sum of a block, or of all blocks, is beyond the largest integer.
    Overflow,
    LongIntegers,
    NoIntegers,
}

/// Sizes of a gossip.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gossip {
    pub(crate) clients: u32,
    pub(crate) turns: u32,
    /// Whether every second turn is the actors'.
    pub(crate) by_turns: bool,
    /// The age that a letter gets in its first turn.
    pub(crate) age: i64,
    pub(crate) slip: Option<Slip>,
}

impl Gossip {
    pub(crate) fn of(clients: u32) -> Self {
        Gossip { clients, turns: 6, by_turns: true, age: 1, slip: None }
    }

    /// The neighbours of a client, ascending.
    pub(crate) fn neighbours(self, m: u32) -> Vec<u32> {
        let mut both = vec![(m + 1) % self.clients, (m + self.clients - 1) % self.clients];
        both.sort_unstable();
        both.dedup();
        both.retain(|&n| n != m);
        both
    }

    /// Letters that are written in a turn.
    pub(crate) fn letters(self) -> u64 {
        (0..self.clients).map(|m| self.neighbours(m).len() as u64).sum()
    }

    fn phase(self, turn: u32) -> Phase {
        if self.by_turns && turn % 2 == 1 { Phase::Actor } else { Phase::Critic }
    }
}

/// Where a client begins: numbers that show in which order they are added.
pub(crate) fn beginning(m: u32) -> f64 {
    let m = f64::from(m);
    if m % 2.0 == 0.0 { 1.0 / (m + 0.3) } else { 1e7 / (m + 1.0) }
}

/// A kind of the phase.
fn of_phase(kind: u16, phase: Phase) -> u16 {
    kind + OF_ACTORS * u16::from(phase.number())
}

impl Algorithm for Gossip {
    fn name(&self) -> &str {
        "gossip"
    }

    fn kinds(&self) -> &[Kind] {
        &KINDS
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        Box::new(Clock { gossip: *self, turn: 0, read: 0, mean: 0.0 })
    }

    fn learner(&self) -> Box<dyn Learner> {
        Box::new(Gossiper { gossip: *self, turn: 0 })
    }

    fn client_state_len(&self) -> usize {
        1
    }
}

/// The server: it counts turns.
struct Clock {
    gossip: Gossip,
    turn: u32,
    read: u64,
    mean: f64,
}

impl Clock {
    fn results(&self) -> Vec<Named> {
        vec![Named::new("mean", [self.mean]), Named::new("read", [self.read as f64])]
    }

    fn tick(&self) -> Turn {
        let tick = of_phase(TICK, self.gossip.phase(self.turn));
        let message = Message::new(tick, self.turn, 0, vec![]).with_integers("turn", [i64::from(self.turn)]);
        let order = Order { first_step: 0, steps: 1, step_size: StepSize::constant(1.0) };
        let base = vec![Named::new("mean", [0.0])];
        Turn::work(Work { ask: Ask::With(message), order, base, reducer: Reducer::Mean })
    }
}

impl Coordinator for Clock {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.tick())
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.mean = ended.aggregate[0][0];
        self.read += ended.integers[0][0] as u64;
        let oldest = i64::from(self.gossip.clients) * self.gossip.age * i64::from(self.turn);
        if ended.integers[1] != [oldest, -oldest] {
            return Err(Cause::Algorithm(format!("ages {:?}, due were {oldest}", ended.integers[1])));
        }
        let milestone = Milestone { round: self.turn, vectors: self.results() };
        self.turn += 1;
        let over = self.turn == self.gossip.turns;
        Ok(if over { Turn::finish(self.results()) } else { self.tick() }.with(milestone))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.integer(&mut self.turn)?;
        state.integer(&mut self.read)?;
        state.number(&mut self.mean)
    }
}

struct Gossiper {
    gossip: Gossip,
    /// As the server has said it.
    turn: i64,
}

impl Learner for Gossiper {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        let turn = broadcast.integers("turn").ok_or_else(|| Cause::Algorithm("no turn".into()))?;
        self.turn = turn[0];
        Ok(())
    }

    fn steps(&mut self, job: &Job<'_>, state: &mut [f64], _: &mut Generator, reply: &mut Reply) -> Effort {
        let Gossip { age, slip, clients, .. } = self.gossip;
        let phase = job.place.phase;
        if self.turn == 0 {
            state[0] = beginning(job.client);
        }
        for letter in job.letters {
            state[0] += letter.vectors[0][0];
        }
        let oldest = job.letters.iter().map(|letter| letter.integers[0][0]).max();
        // Who has no neighbours hears of nobody, and is as old.
        let oldest = oldest.unwrap_or(if clients == 1 { age * self.turn } else { 0 });
        reply.copy_of(0, &[state[0]]);
        reply.integers(0).push(job.letters.len() as i64);
        reply.integers(1).extend([oldest, -oldest]);
        let number = || vec![[state[0]].into()];
        for to in self.gossip.neighbours(job.client) {
            let letter = Letter::new(job.client, to, of_phase(RUMOUR, phase), number());
            reply.post(letter.with_integers([age * (self.turn + 1)]));
        }
        if let Some(slip) = slip.filter(|_| (job.client, job.place.round) == (3, 1)) {
            let good = Letter::new(3, 2, of_phase(RUMOUR, phase), number());
            match slip {
                Slip::ToNobody => reply.post(Letter { to: clients, ..good }),
                Slip::ToItself => reply.post(Letter { to: 3, ..good }),
                Slip::InAnothersName => reply.post(Letter { from: 1, ..good }),
                Slip::UnknownKind => reply.post(Letter { kind: 77, ..good }),
                Slip::KindThatGoesUp => reply.post(Letter { kind: of_phase(REPORT, phase), ..good }),
                Slip::OtherPhase => reply.post(Letter { kind: (good.kind + OF_ACTORS) % 6, ..good }),
                Slip::TwoVectors => reply.post(Letter { vectors: [number(), number()].concat(), ..good }),
                Slip::TwoOfIntegers => reply.post(good.with_integers([1]).with_integers([2])),
                Slip::NotANumber => reply.post(Letter { vectors: vec![[f64::NAN].into()], ..good }),
                Slip::Overflow => reply.integers(0)[0] = i64::MAX,
                Slip::LongIntegers => reply.integers(0).push(0),
                Slip::NoIntegers => reply.integers(0).clear(),
            }
        }
        Effort { local_steps: 1, ..Effort::default() }
    }
}
