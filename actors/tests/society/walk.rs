//! A small algorithm: clients walk at random from where the server says, the server averages where they have come to.
//!
//! Each outer round has a phase of the critics (ψ walks) and one of the actors (ω walks), of several barriers each; then
//! `θ += ω`. Every message of the paper's actor-critic occurs. Component 0 of ψ never moves; the steps of a client depend
//! on what is kept for it between phases, on the client's number and on θ.

use dpac_actors::{
    Algorithm, Broadcast, Cause, Coordinator, Direction, Effort, Ended, Generator, Job, Kind, Learner,
    Milestone, Named, Opens, Order, Phase, Recipients, Reducer, Reply, StateReader, StateWriter, StepSize,
    Then, Turn, VectorName, Work,
};
use rand_pcg::rand_core::Rng;
use std::sync::Arc;

pub(crate) const CRITIC_UP: u16 = 0;
pub(crate) const CRITIC_SYNC: u16 = 1;
pub(crate) const POLICY_CRITIC: u16 = 2;
pub(crate) const Q_BROADCAST: u16 = 3;
pub(crate) const ACTOR_UP: u16 = 4;
pub(crate) const ACTOR_SYNC: u16 = 5;

const fn kind(
    name: &'static str,
    phase: Phase,
    opens: Opens,
    answer: Option<u16>,
    vectors: &'static [VectorName],
) -> Kind {
    let direction = if answer.is_some() { Direction::Down } else { Direction::Up };
    Kind { name, direction, phase, opens, answer, vectors }
}

pub(crate) const KINDS: [Kind; 6] = [
    kind("critic_up", Phase::Critic, Opens::Nothing, None, &[VectorName::Psi]),
    kind("critic_sync", Phase::Critic, Opens::Nothing, Some(CRITIC_UP), &[VectorName::Psi]),
    kind(
        "policy_critic",
        Phase::Critic,
        Opens::Phase,
        Some(CRITIC_UP),
        &[VectorName::Theta, VectorName::Psi],
    ),
    kind("q_broadcast", Phase::Actor, Opens::Phase, Some(ACTOR_UP), &[VectorName::Psi]),
    kind("actor_up", Phase::Actor, Opens::Nothing, None, &[VectorName::Omega]),
    kind("actor_sync", Phase::Actor, Opens::Nothing, Some(ACTOR_UP), &[VectorName::Omega]),
];

/// Where the walk does what an algorithm must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slip {
    CoordinatorPanics,
    LearnerPanics,
    StartPanics,
    StartFails,
    NextPanics,
    NextFails,
    PreparePanics,
    PrepareFails,
    StepsPanic,
    NotANumber,
    TooLong,
    TooShort,
    TooMany,
    NoReply,
    SerialTwice,
    WrongAnswer,
    NoOrder,
    TwoOrders,
    UnknownKind,
}

/// Sizes of a walk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    pub(crate) rounds: u32,
    /// Barriers in a phase of the critics.
    pub(crate) critic_syncs: u32,
    /// Barriers in a phase of the actors.
    pub(crate) actor_syncs: u32,
    /// Local steps up to a barrier.
    pub(crate) steps: u64,
    /// Length of θ and ω.
    pub(crate) p: usize,
    /// Length of ψ.
    pub(crate) q: usize,
    /// Whether clients know the first order without a message.
    pub(crate) known: bool,
    /// A slip in round 1, where it is one of the coordinator's or of client 3's worker.
    pub(crate) slip: Option<Slip>,
}

impl Default for Walk {
    fn default() -> Self {
        Walk { rounds: 3, critic_syncs: 2, actor_syncs: 2, steps: 5, p: 3, q: 4, known: false, slip: None }
    }
}

impl Walk {
    fn slips(&self, slip: Slip) -> bool {
        self.slip == Some(slip)
    }
}

impl Algorithm for Walk {
    fn name(&self) -> &str {
        "walk"
    }

    fn kinds(&self) -> &[Kind] {
        &KINDS
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        assert!(!self.slips(Slip::CoordinatorPanics), "no coordinator");
        let (psi, omega) = (vec![1.0; self.q].into(), vec![0.0; self.p].into());
        Box::new(Guide { walk: *self, theta: vec![0.5; self.p], psi, omega, round: 0, serial: 0 })
    }

    fn learner(&self) -> Box<dyn Learner> {
        assert!(!self.slips(Slip::LearnerPanics), "no learner");
        Box::new(Walker {
            walk: *self,
            theta: vec![0.5; self.p],
            psi: vec![1.0; self.q],
            omega: vec![0.0; self.p],
        })
    }

    fn client_state_len(&self) -> usize {
        1
    }
}

struct Guide {
    walk: Walk,
    theta: Vec<f64>,
    psi: Arc<[f64]>,
    omega: Arc<[f64]>,
    round: u32,
    serial: u64,
}

impl Guide {
    fn named(&self, name: VectorName) -> Named {
        let values = match name {
            VectorName::Psi => Arc::clone(&self.psi),
            VectorName::Omega => Arc::clone(&self.omega),
            _ => self.theta.clone().into(),
        };
        Named { name, values }
    }

    fn order(&self, sync: u32) -> Order {
        let steps = self.walk.steps;
        let step_size = StepSize { cap: 0.1, scale: 2.0, offset: 3.0 };
        Order { first_step: u64::from(sync) * steps, steps, step_size }
    }

    fn broadcast(&mut self, kind: u16, sync: u32, order: Order) -> Arc<Broadcast> {
        self.serial += 1;
        let Kind { phase, vectors, .. } = KINDS[usize::from(kind)];
        let vectors = vectors.iter().map(|&name| self.named(name)).collect();
        Arc::new(Broadcast { serial: self.serial, kind, round: self.round, phase, sync, order, vectors })
    }

    fn work(&self, phase: Phase, sync: u32, known: bool) -> Work {
        let (reply, name) = match phase {
            Phase::Critic => (CRITIC_UP, VectorName::Psi),
            Phase::Actor => (ACTOR_UP, VectorName::Omega),
        };
        let base = vec![self.named(name)];
        let (recipients, reducer) = (Recipients::Everyone, Reducer::Mean);
        Work {
            round: self.round,
            phase,
            sync,
            order: self.order(sync),
            reply,
            base,
            recipients,
            reducer,
            known,
        }
    }

    fn after(&mut self, ended: Ended) -> Turn {
        let mut aggregate = ended.aggregate;
        let mean = aggregate.remove(0).into();
        let sync = ended.sync + 1;
        let (kind, syncs) = match ended.phase {
            Phase::Critic => (CRITIC_SYNC, self.walk.critic_syncs),
            Phase::Actor => (ACTOR_SYNC, self.walk.actor_syncs),
        };
        match ended.phase {
            Phase::Critic => self.psi = mean,
            Phase::Actor => self.omega = mean,
        }
        if sync < syncs {
            let broadcasts = vec![self.broadcast(kind, sync, self.order(sync))];
            return Turn {
                broadcasts,
                milestone: None,
                then: Then::Work(self.work(ended.phase, sync, false)),
            };
        }
        let last = self.broadcast(kind, sync, Order::NONE);
        if ended.phase == Phase::Critic {
            let broadcasts = vec![last, self.broadcast(Q_BROADCAST, 0, self.order(0))];
            return Turn { broadcasts, milestone: None, then: Then::Work(self.work(Phase::Actor, 0, false)) };
        }
        for (theta, omega) in self.theta.iter_mut().zip(self.omega.iter()) {
            *theta += omega;
        }
        self.omega = vec![0.0; self.walk.p].into();
        let vectors = vec![self.named(VectorName::Theta), self.named(VectorName::Psi)];
        let milestone = Some(Milestone { round: self.round, vectors: vectors.clone() });
        self.round += 1;
        if self.round == self.walk.rounds {
            return Turn { broadcasts: vec![last], milestone, then: Then::Finish(vectors) };
        }
        let broadcasts = vec![last, self.broadcast(POLICY_CRITIC, 0, self.order(0))];
        Turn { broadcasts, milestone, then: Then::Work(self.work(Phase::Critic, 0, false)) }
    }

    fn spoil(&self, turn: &mut Turn) {
        let change = |turn: &mut Turn, change: fn(&mut Broadcast)| {
            change(Arc::make_mut(turn.broadcasts.last_mut().expect("a message")));
        };
        match self.walk.slip {
            Some(Slip::SerialTwice) => change(turn, |broadcast| broadcast.serial -= 1),
            Some(Slip::UnknownKind) => change(turn, |broadcast| broadcast.kind = 77),
            Some(Slip::NoOrder) => change(turn, |broadcast| broadcast.order = Order::NONE),
            Some(Slip::TwoOrders) => {
                let mut again = Broadcast::clone(turn.broadcasts.last().expect("a message"));
                again.serial += 1;
                turn.broadcasts.push(Arc::new(again));
            }
            Some(Slip::WrongAnswer) => {
                if let Then::Work(work) = &mut turn.then {
                    work.reply = ACTOR_UP;
                }
            }
            _ => {}
        }
    }
}

impl Coordinator for Guide {
    fn start(&mut self) -> Result<Turn, Cause> {
        assert!(!self.walk.slips(Slip::StartPanics), "no start");
        if self.walk.slips(Slip::StartFails) {
            return Err(Cause::Algorithm("no start".into()));
        }
        let known = self.walk.known;
        let broadcasts =
            if known { Vec::new() } else { vec![self.broadcast(POLICY_CRITIC, 0, self.order(0))] };
        Ok(Turn { broadcasts, milestone: None, then: Then::Work(self.work(Phase::Critic, 0, known)) })
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        let spoiled = (ended.round, ended.phase, ended.sync) == (1, Phase::Critic, 0);
        if spoiled {
            assert!(!self.walk.slips(Slip::NextPanics), "no next turn");
            if self.walk.slips(Slip::NextFails) {
                return Err(Cause::Algorithm("no next turn".into()));
            }
        }
        let mut turn = self.after(ended);
        if spoiled {
            self.spoil(&mut turn);
        }
        Ok(turn)
    }

    fn save(&self) -> Option<Vec<u8>> {
        let mut state = StateWriter::new();
        state.numbers(&self.theta).numbers(&self.psi).numbers(&self.omega);
        Some(state.integer(self.round).integer(self.serial).finish())
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), Cause> {
        let mut state = StateReader::new(saved);
        self.theta = state.numbers(self.walk.p)?.to_vec();
        self.psi = state.numbers(self.walk.q)?;
        self.omega = state.numbers(self.walk.p)?;
        self.round = state.small_integer()?;
        self.serial = state.integer()?;
        state.finish()
    }
}

struct Walker {
    walk: Walk,
    theta: Vec<f64>,
    psi: Vec<f64>,
    omega: Vec<f64>,
}

impl Learner for Walker {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        if broadcast.round == 1 {
            assert!(!self.walk.slips(Slip::PreparePanics), "not prepared");
            if self.walk.slips(Slip::PrepareFails) {
                return Err(Cause::Algorithm("not prepared".into()));
            }
        }
        if broadcast.kind == Q_BROADCAST {
            self.omega.fill(0.0);
        }
        for Named { name, values } in &broadcast.vectors {
            let vector = match name {
                VectorName::Psi => &mut self.psi,
                VectorName::Omega => &mut self.omega,
                _ => &mut self.theta,
            };
            if vector.len() != values.len() {
                let (found, expected) = (values.len(), vector.len());
                return Err(Cause::Length { vector: name.name(), found, expected });
            }
            vector.copy_from_slice(values);
        }
        Ok(())
    }

    fn steps(&mut self, job: &Job, state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let Job { client, round, phase, order, .. } = *job;
        let slip = self.walk.slip.filter(|_| client == 3 && round == 1);
        assert_ne!(slip, Some(Slip::StepsPanic), "a step missed");
        let start = match phase {
            Phase::Critic => &self.psi,
            Phase::Actor => &self.omega,
        };
        let vector = reply.copy_of(0, start);
        for k in order.first_step..order.first_step + order.steps {
            let step = order.step_size.at(k) * (1.0 + state[0] / 8.0) + self.theta[0] / 64.0;
            for value in vector.iter_mut().skip(usize::from(phase == Phase::Critic)) {
                let uniform = (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
                *value += step * (uniform - 0.5 + f64::from(client % 7) / 16.0);
            }
        }
        state[0] += f64::from(client % 3);
        match slip {
            Some(Slip::NotANumber) => vector[1] = f64::NAN,
            Some(Slip::TooLong) => reply.vectors_mut()[0].push(0.0),
            Some(Slip::TooShort) => reply.vectors_mut()[0].truncate(1),
            Some(Slip::TooMany) => reply.vectors_mut().push(vec![1.0]),
            Some(Slip::NoReply) => reply.vectors_mut().clear(),
            _ => {}
        }
        Effort { local_steps: order.steps, trajectories: 2 * order.steps, environment_steps: 6 * order.steps }
    }
}
