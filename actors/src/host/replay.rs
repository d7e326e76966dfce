//! One role alone: driven with the messages that it was sent, it must send what it sent.

mod error;
mod payloads;

pub use self::error::RoleError;
use self::payloads::Payloads;
use crate::roles::{Asked, Awaited, Borrowed, Client, Decision, Dispatch, Server, Worker};
use crate::trace::format::{HeadKind, ServerWork};
use crate::trace::{Event, Fate, Hop, Level, MessageDifference, Record, Trace, body_digest, difference};
use crate::{
    Address, Algorithm, Body, Broadcast, Fault, Header, Kind, Learner, Letter, Phase, Purpose, Reply, Streams,
};
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What one role was found to do.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleReplay {
    /// Messages that it was given.
    pub received: u64,
    /// Messages that it sent, which were the same as recorded.
    pub sent: u64,
    /// The first that was not.
    pub difference: Option<MessageDifference>,
    /// The last messages that it was given before, oldest first; at most [`DELIVERIES_SHOWN`].
    pub deliveries: Vec<Header>,
    /// Whether the trace was read to its end, all of it sound.
    pub complete: bool,
}

/// Deliveries that are remembered for whoever asks what came before.
pub const DELIVERIES_SHOWN: usize = 20;

/// Drives one role through a trace of level full: every message that it was sent is given to it, in their
/// order, and every message that it sends is compared with the one recorded.
///
/// A client keeps nothing and hands on what it gets. A critic or an actor borrows a learner, which takes in
/// every broadcast that its client was sent, as the thread's learner did.
///
/// A trace may come from a stranger, so nothing in it is taken for granted: payloads are held against their
/// digests before they are used, messages against the algorithm's kinds, and orders against `steps`, the
/// local steps that one client takes in the whole run, by phase. A panic in the role's code is a fault, as
/// it is in a run.
///
/// # Errors
/// [`RoleError`], where the trace does not hold what the role needs.
pub fn replay_role<R: Read>(
    algorithm: &dyn Algorithm,
    trace: &mut Trace<R>,
    role: Address,
    steps: [u64; 2],
) -> Result<RoleReplay, RoleError> {
    let round = Cell::new(0);
    let played = AssertUnwindSafe(|| play(algorithm, trace, role, steps, &round));
    catch_unwind(played).unwrap_or_else(|panic| Err(Fault::panicked((role, round.get()), &*panic).into()))
}

fn play<R: Read>(
    algorithm: &dyn Algorithm,
    trace: &mut Trace<R>,
    role: Address,
    steps: [u64; 2],
    round: &Cell<u32>,
) -> Result<RoleReplay, RoleError> {
    let head = trace.head();
    let level = head.level().unwrap_or(Level::Rounds);
    if level != Level::Full {
        return Err(RoleError::Level(level));
    }
    if let Address::Client(id) | Address::Critic(id) | Address::Actor(id) = role
        && id >= head.clients
    {
        return Err(RoleError::NoSuchRole { role, clients: head.clients });
    }
    let kinds: Arc<[Kind]> = algorithm.kinds().into();
    if !head.kinds.iter().eq(&kinds.iter().map(HeadKind::of).collect::<Vec<_>>()) {
        return Err(RoleError::Kinds);
    }
    let (clients, seed) = (head.clients, head.seed);
    let mut player: Box<dyn Player> = match role {
        Address::Server => Box::new(ServerPlayer::open(algorithm, clients, Arc::clone(&kinds))?),
        Address::Client(id) => Box::new(ClientPlayer { client: Client { id }, owed: VecDeque::new() }),
        Address::Critic(client) => {
            Box::new(WorkerPlayer::open(algorithm, client, Phase::Critic, (clients, seed), steps)?)
        }
        Address::Actor(client) => {
            Box::new(WorkerPlayer::open(algorithm, client, Phase::Actor, (clients, seed), steps)?)
        }
    };
    let mut played =
        RoleReplay { received: 0, sent: 0, difference: None, deliveries: Vec::new(), complete: false };
    let mut payloads = Payloads::new(kinds);
    while let Some(record) = trace.next_record()? {
        match record {
            Record::Blob(blob) => payloads.add(blob),
            Record::Chunk(chunk) => {
                for (event, shape) in chunk.events.messages() {
                    let header = event.header(shape);
                    if event.from.max(event.to) >= clients || !payloads.sends(&header, event.hop) {
                        return Err(RoleError::Message(header));
                    }
                    round.set(header.place.round);
                    let step = Step { event, header, payloads: &mut payloads };
                    player.event(step, &mut played)?;
                    if played.difference.is_some() {
                        return Ok(played);
                    }
                }
                payloads.over(&chunk.events);
            }
            Record::ServerWork(work) => player.server_work(&work)?,
            Record::Checkpoint(_)
            | Record::End(_)
            | Record::Snapshot(_)
            | Record::Index(_)
            | Record::Gap(_)
            | Record::Footer(_)
            | Record::Unknown(_) => {}
        }
    }
    played.complete = trace.complete();
    Ok(played)
}

/// One event of the trace, as a role meets it.
struct Step<'a> {
    event: &'a Event,
    header: Header,
    payloads: &'a mut Payloads,
}

impl Step<'_> {
    fn body(&mut self) -> Result<Body, RoleError> {
        self.payloads.body(self.event.digest, &self.header)
    }

    fn given(&self, played: &mut RoleReplay) {
        played.received += 1;
        if played.deliveries.len() == DELIVERIES_SHOWN {
            played.deliveries.remove(0);
        }
        played.deliveries.push(self.header);
    }

    /// Holds what the role sends against the event.
    fn compare(&self, header: Option<&Header>, body: Option<&Body>, played: &mut RoleReplay) {
        let digest = body.map(body_digest);
        if header == Some(&self.header) && digest == Some(self.event.digest) {
            played.sent += 1;
            return;
        }
        let recorded = self.payloads.carried(self.event.digest);
        let kind = self.payloads.kind(self.header.kind).map(HeadKind::of);
        played.difference = Some(MessageDifference {
            header: self.header,
            other_header: header.copied().filter(|other| *other != self.header),
            recorded: Some((self.event.digest, self.event.fate)),
            now: digest.map(|digest| (digest, Fate::Delivered)),
            content: recorded.zip(body).and_then(|(was, is)| difference(&was, &is.into(), kind.as_ref())),
        });
    }
}

/// A role that is driven.
trait Player {
    fn event(&mut self, step: Step<'_>, played: &mut RoleReplay) -> Result<(), RoleError>;

    /// What the server is said to have done to come to the turn that follows: of interest to the server.
    fn server_work(&mut self, _work: &ServerWork) -> Result<(), RoleError> {
        Ok(())
    }
}

struct ServerPlayer {
    server: Server,
    turn: Arc<Dispatch>,
    decision: Option<Decision>,
    /// Per client, broadcasts of the turn that have passed: the place in `turn` of the next one.
    next: BTreeMap<u32, usize>,
}

impl ServerPlayer {
    fn open(algorithm: &dyn Algorithm, clients: u32, kinds: Arc<[Kind]>) -> Result<Self, RoleError> {
        let mut server = Server::new(clients, kinds, algorithm.coordinator());
        let turn = server.start()?;
        Ok(ServerPlayer { server, turn, decision: None, next: BTreeMap::new() })
    }
}

impl Player for ServerPlayer {
    fn event(&mut self, mut step: Step<'_>, played: &mut RoleReplay) -> Result<(), RoleError> {
        match step.event.hop {
            Hop::Down => {
                let place = self.next.entry(step.event.to).or_default();
                let sent = self.turn.broadcasts.get(*place);
                *place += 1;
                let header = sent.map(|sent| sent.header(step.event.to));
                let body = sent.map(|sent| Body::Sync(Arc::clone(sent)));
                step.compare(header.as_ref(), body.as_ref(), played);
            }
            Hop::Up if step.event.fate == Fate::Delivered => {
                step.given(played);
                let body = step.body()?;
                let decision = self.server.on_reply(&step.header, body)?;
                self.decision = self.decision.take().or(decision);
            }
            Hop::Note => {
                let decision = self.decision.take();
                let (header, body) = decision.as_ref().map(|it| (&it.note.0, &it.note.1)).unzip();
                step.compare(header, body, played);
                if let Some(decision) = decision {
                    self.turn = decision.turn;
                    self.next.clear();
                }
            }
            Hop::Up | Hop::Hand | Hop::Return | Hop::Peer => {}
        }
        Ok(())
    }

    fn server_work(&mut self, work: &ServerWork) -> Result<(), RoleError> {
        let recorded: Vec<u64> = work.done.iter().map(|(_, done)| *done).collect();
        if recorded == self.turn.done {
            return Ok(());
        }
        Err(RoleError::ServerWork { turn: work.turn, recorded, now: self.turn.done.clone() })
    }
}

struct ClientPlayer {
    client: Client,
    /// What it has to hand on: headers, with the digests of what they carry.
    owed: VecDeque<(Header, u64)>,
}

impl Player for ClientPlayer {
    fn event(&mut self, mut step: Step<'_>, played: &mut RoleReplay) -> Result<(), RoleError> {
        let (event, me) = (step.event, self.client.id);
        let delivered = event.fate == Fate::Delivered;
        if matches!(event.hop, Hop::Hand | Hop::Up | Hop::Peer) && event.from == me {
            // Letters from others wait for the next turn, while what its own worker wrote goes at once.
            let equal = self.owed.iter().position(|owed| *owed == (step.header, event.digest));
            let place =
                equal.or_else(|| self.owed.iter().position(|owed| owed.0 == step.header)).unwrap_or(0);
            let owed = self.owed.remove(place);
            if equal.is_some() {
                played.sent += 1;
            } else {
                let body = owed.and_then(|(header, digest)| step.payloads.body(digest, &header).ok());
                step.compare(owed.map(|(header, _)| header).as_ref(), body.as_ref(), played);
            }
        }
        let given = match event.hop {
            Hop::Down | Hop::Return | Hop::Peer => delivered && event.to == me,
            Hop::Hand | Hop::Up | Hop::Note => false,
        };
        if given {
            step.given(played);
            let body = step.body()?;
            self.owed.push_back((self.client.on(&step.header, &body)?, event.digest));
        }
        Ok(())
    }
}

struct WorkerPlayer {
    worker: Worker,
    learner: Box<dyn Learner>,
    /// Of local steps.
    streams: Streams,
    /// What the algorithm keeps for the client, which its critic and actor share.
    state: Vec<f64>,
    /// Whether the other worker's steps change what is kept.
    shares: bool,
    serial: u64,
    kinds: Vec<Kind>,
    clients: u32,
    /// Local steps of the whole run, and those that may still be ordered, by phase.
    steps: [u64; 2],
    left: [u64; 2],
    /// Letters that its client was handed in this turn.
    letters: Vec<Arc<Letter>>,
    /// What it is asked for before the run.
    known: Option<Asked>,
    owed: VecDeque<(Header, Body)>,
}

impl WorkerPlayer {
    fn open(
        algorithm: &dyn Algorithm,
        client: u32,
        phase: Phase,
        (clients, seed): (u32, u64),
        steps: [u64; 2],
    ) -> Result<Self, RoleError> {
        let mut server = Server::new(clients, algorithm.kinds().into(), algorithm.coordinator());
        let turn = server.start()?;
        let known = match &turn.then {
            Awaited::Replies(barrier) if barrier.known => Some(barrier.asked),
            Awaited::Replies(_) | Awaited::Results(_) => None,
        };
        let state = vec![0.0; algorithm.client_state_len()];
        Ok(WorkerPlayer {
            worker: Worker { client, phase },
            learner: algorithm.learner(),
            streams: Streams::new(seed, Purpose::LocalSteps),
            shares: !state.is_empty(),
            state,
            serial: 0,
            kinds: algorithm.kinds().to_vec(),
            clients,
            steps,
            left: steps,
            letters: Vec::new(),
            known,
            owed: VecDeque::new(),
        })
    }

    /// Takes the local steps that are asked for, of this worker or of the other one, and owes what comes of
    /// them if they are its own.
    fn work(&mut self, asked: &Asked) -> Result<(), RoleError> {
        let worker = Worker::asked(self.worker.client, asked);
        let phase = usize::from(worker.phase.number());
        let (left, order) = (&mut self.left[phase], asked.order);
        // Steps are numbered within the phase of a round, so the last of them has a number below the run's
        // steps, too.
        if order.first_step.saturating_add(order.steps) > self.steps[phase] || order.steps > *left {
            let header = asked.header(self.worker.client);
            return Err(RoleError::Order { header, steps: order.steps, left: *left });
        }
        *left -= order.steps;
        let mut reply = Reply::default();
        let letters = std::mem::take(&mut self.letters);
        let (learner, state) = (&mut *self.learner, &mut self.state[..]);
        let borrowed = Borrowed { learner, state, letters: &letters, streams: &mut self.streams };
        let (header, _) = worker.work(asked, borrowed, &mut reply);
        if worker == self.worker {
            let letters = reply.take_letters();
            self.owed.push_back((header, reply.into_body(order.steps)));
            for letter in letters {
                let header = worker.post(asked, &letter, &self.kinds, self.clients)?;
                self.owed.push_back((header, Body::Letter(Arc::new(letter))));
            }
        }
        Ok(())
    }

    /// Whether steps of this phase are its own, or leave something behind for it.
    fn concerns(&self, phase: Phase) -> bool {
        phase == self.worker.phase || self.shares
    }
}

impl Player for WorkerPlayer {
    fn event(&mut self, mut step: Step<'_>, played: &mut RoleReplay) -> Result<(), RoleError> {
        if step.event.client() != self.worker.client || step.event.fate != Fate::Delivered {
            return Ok(());
        }
        let mine = step.header.place.phase == self.worker.phase;
        match step.event.hop {
            Hop::Hand => {
                if mine {
                    step.given(played);
                }
                match step.body()? {
                    Body::Letter(letter) => self.letters.push(letter),
                    Body::Sync(sent) => {
                        self.serial += 1;
                        let sent = Broadcast { serial: self.serial, ..Broadcast::clone(&sent) };
                        let (role, round) = (step.header.to, sent.place.round);
                        self.learner.prepare(&sent).map_err(|cause| Fault { role, round, cause })?;
                        if let Some(asked) = Asked::by(&sent, &self.kinds) {
                            if self.concerns(sent.place.phase) {
                                self.work(&asked)?;
                            }
                            // They are for this turn's work, whichever worker does it.
                            self.letters.clear();
                        }
                    }
                    Body::LocalStepsDone { .. } | Body::Barrier { .. } => {}
                }
            }
            Hop::Return => {
                if let Some(asked) = self.known.take().filter(|asked| self.concerns(asked.place.phase)) {
                    self.work(&asked)?;
                }
                if mine {
                    let owed = self.owed.pop_front();
                    let (header, body) = owed.as_ref().map(|(header, body)| (header, body)).unzip();
                    step.compare(header, body, played);
                }
            }
            Hop::Down | Hop::Up | Hop::Note | Hop::Peer => {}
        }
        Ok(())
    }
}
