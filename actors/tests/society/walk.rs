//! A small algorithm: clients walk at random from where the server says, the server averages where they
//! have come to.
//!
//! Each outer round has a phase of the critics (ψ walks) and one of the actors (ω walks), of several
//! barriers each; then `θ += ω`. Every message of the paper's actor-critic occurs. Component 0 of ψ never
//! moves; the steps of a client depend on what is kept for it between phases, on the client's number and on
//! θ.

use dpac_actors::{
    Algorithm, Ask, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Message,
    Milestone, Named, Order, Phase, Place, Reducer, Reply, State, StepSize, Then, Turn, Work,
};
use rand_pcg::rand_core::Rng;
use std::sync::Arc;

pub(crate) const CRITIC_UP: u16 = 0;
pub(crate) const CRITIC_SYNC: u16 = 1;
pub(crate) const POLICY_CRITIC: u16 = 2;
pub(crate) const Q_BROADCAST: u16 = 3;
pub(crate) const ACTOR_UP: u16 = 4;
pub(crate) const ACTOR_SYNC: u16 = 5;

pub(crate) const KINDS: [Kind; 6] = [
    Kind::up("critic_up", Phase::Critic, &["psi"]),
    Kind::down("critic_sync", Phase::Critic, &["psi"]).answered_by(CRITIC_UP),
    Kind::down("policy_critic", Phase::Critic, &["theta", "psi"]).opening().answered_by(CRITIC_UP),
    Kind::down("q_broadcast", Phase::Actor, &["psi"]).opening().answered_by(ACTOR_UP),
    Kind::up("actor_up", Phase::Actor, &["omega"]),
    Kind::down("actor_sync", Phase::Actor, &["omega"]).answered_by(ACTOR_UP),
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
    NoOrder,
    UnknownKind,
}

/// Sizes of a walk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    pub(crate) rounds: u32,
    /// Barriers in a phase of the critics.
    pub(crate) critic_barriers: u32,
    /// Barriers in a phase of the actors.
    pub(crate) actor_barriers: u32,
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
        Walk {
            rounds: 3,
            critic_barriers: 2,
            actor_barriers: 2,
            steps: 5,
            p: 3,
            q: 4,
            known: false,
            slip: None,
        }
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
        Box::new(Guide { walk: *self, theta: vec![0.5; self.p], psi, omega, round: 0 })
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
}

impl Guide {
    fn named(&self, name: &'static str) -> Named {
        let values = match name {
            "psi" => Arc::clone(&self.psi),
            "omega" => Arc::clone(&self.omega),
            _ => self.theta.clone().into(),
        };
        Named { name, values }
    }

    fn order(&self, barrier: u32) -> Order {
        let steps = self.walk.steps;
        let step_size = StepSize { cap: 0.1, scale: 2.0, offset: 3.0 };
        Order { first_step: u64::from(barrier) * steps, steps, step_size }
    }

    fn message(&self, kind: u16, barrier: u32) -> Message {
        let vectors = KINDS[usize::from(kind)].vectors.iter().map(|&name| self.named(name)).collect();
        Message::new(kind, self.round, barrier, vectors)
    }

    /// Local steps from ψ, or from ω.
    fn work(&self, base: &'static str, barrier: u32, ask: Ask) -> Turn {
        let base = vec![self.named(base)];
        Turn::work(Work { ask, order: self.order(barrier), base, reducer: Reducer::Mean })
    }

    fn after(&mut self, mut ended: Ended) -> Turn {
        let mean = ended.aggregate.remove(0).into();
        let barrier = ended.place.barrier + 1;
        let (kind, name, barriers) = match ended.place.phase {
            Phase::Critic => (CRITIC_SYNC, "psi", self.walk.critic_barriers),
            Phase::Actor => (ACTOR_SYNC, "omega", self.walk.actor_barriers),
        };
        match ended.place.phase {
            Phase::Critic => self.psi = mean,
            Phase::Actor => self.omega = mean,
        }
        let told = self.message(kind, barrier);
        if barrier < barriers {
            return self.work(name, barrier, Ask::With(told));
        }
        if ended.place.phase == Phase::Critic {
            return self.work("omega", 0, Ask::With(self.message(Q_BROADCAST, 0))).telling(told);
        }
        for (theta, omega) in self.theta.iter_mut().zip(self.omega.iter()) {
            *theta += omega;
        }
        self.omega = vec![0.0; self.walk.p].into();
        let vectors = vec![self.named("theta"), self.named("psi")];
        let milestone = Milestone { round: self.round, vectors: vectors.clone() };
        self.round += 1;
        let next = if self.round == self.walk.rounds {
            Turn::finish(vectors)
        } else {
            self.work("psi", 0, Ask::With(self.message(POLICY_CRITIC, 0)))
        };
        next.telling(told).with(milestone)
    }

    fn spoil(&self, turn: &mut Turn) {
        let Then::Work(work) = &mut turn.then else { return };
        match (self.walk.slip, &mut work.ask) {
            (Some(Slip::UnknownKind), Ask::With(message)) => message.kind = 77,
            (Some(Slip::NoOrder), _) => work.order = Order::NONE,
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
        let ask = match self.walk.known {
            true => Ask::Known { round: 0, barrier: 0, reply: CRITIC_UP },
            false => Ask::With(self.message(POLICY_CRITIC, 0)),
        };
        Ok(self.work("psi", 0, ask))
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        let spoiled = ended.place == Place { round: 1, phase: Phase::Critic, barrier: 0 };
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

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.numbers(&mut self.theta)?;
        state.shared(&mut self.psi)?;
        state.shared(&mut self.omega)?;
        state.integer(&mut self.round)
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
        if broadcast.place.round == 1 {
            assert!(!self.walk.slips(Slip::PreparePanics), "not prepared");
            if self.walk.slips(Slip::PrepareFails) {
                return Err(Cause::Algorithm("not prepared".into()));
            }
        }
        if broadcast.kind == Q_BROADCAST {
            self.omega.fill(0.0);
        }
        for Named { name, values } in &broadcast.vectors {
            let vector = match *name {
                "psi" => &mut self.psi,
                "omega" => &mut self.omega,
                _ => &mut self.theta,
            };
            if vector.len() != values.len() {
                let (found, expected) = (values.len(), vector.len());
                return Err(Cause::Length { vector: name, found, expected });
            }
            vector.copy_from_slice(values);
        }
        Ok(())
    }

    fn steps(&mut self, job: &Job<'_>, state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let Job { client, place: Place { round, phase, .. }, order, .. } = *job;
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
