//! One role alone: driven with the messages that it was sent, it must send what it sent.

use crate::codec::{self, CodecError};
use crate::roles::{Client, Decision, Server, Worker};
use crate::trace::format::HeadKind;
use crate::trace::{
    Event, Events, Fate, Hop, Level, MessageDifference, Record, Trace, body_digest, difference,
};
use crate::{
    Address, Algorithm, Body, Broadcast, Fault, Header, Kind, Learner, Order, Phase, Reply, Then, Turn,
};
use std::collections::BTreeMap;
use std::io::Read;
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

/// Why a role cannot be driven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoleError {
    /// The trace has no payloads.
    #[error("the trace was recorded at level {}, which has no payloads; one role alone needs level full", .0.name())]
    Level(Level),
    /// There is no such role.
    #[error("there is no {role}: the run had {clients} clients")]
    NoSuchRole {
        /// The role.
        role: Address,
        /// M.
        clients: u32,
    },
    /// What a message carried is not in the trace.
    #[error("the trace does not hold what {} sent to {} in round {}; record it with its client kept", .0.from, .0.to, .0.round)]
    NotKept(Header),
    /// What a message carried cannot be read.
    #[error("the trace's payload of a message from {} to {} cannot be read: {}", .0.from, .0.to, .1)]
    Payload(Header, CodecError),
    /// The algorithm's kinds of messages are others.
    #[error("the trace's kinds of messages are not those of the algorithm")]
    Kinds,
    /// The role found a fault in what it was given.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Drives one role through a trace of level full: every message that it was sent is given to it, in their order, and every
/// message that it sends is compared with the one recorded.
///
/// A client keeps nothing and hands on what it gets. A critic or an actor borrows a learner, which takes in every broadcast
/// that its client was sent, as the thread's learner did.
///
/// # Errors
/// [`RoleError`], where the trace does not hold what the role needs.
pub fn replay_role<R: Read>(
    algorithm: &dyn Algorithm,
    trace: &mut Trace<R>,
    role: Address,
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
    let mut stand: Box<dyn Stand> = match role {
        Address::Server => Box::new(ServerStand::open(algorithm, clients, Arc::clone(&kinds))?),
        Address::Client(id) => Box::new(ClientStand { client: Client { id }, owed: None }),
        Address::Critic(client) => Box::new(WorkerStand::open(algorithm, client, Phase::Critic, seed)?),
        Address::Actor(client) => Box::new(WorkerStand::open(algorithm, client, Phase::Actor, seed)?),
    };
    let mut played =
        RoleReplay { received: 0, sent: 0, difference: None, deliveries: Vec::new(), complete: false };
    let mut payloads = Payloads { blobs: BTreeMap::new(), turn: 0, kinds };
    while let Some(record) = trace.next_record()? {
        match record {
            Record::Blob(blob) => {
                payloads.blobs.insert(blob.digest, blob.bytes);
            }
            Record::Chunk(chunk) => {
                for event in &chunk.events.events {
                    let header = chunk.events.header(event);
                    let step = Step { event, header, payloads: &mut payloads };
                    stand.event(step, &mut played)?;
                    if played.difference.is_some() {
                        return Ok(played);
                    }
                }
                payloads.over(chunk.turn, &chunk.events);
            }
            _ => {}
        }
    }
    played.complete = trace.complete();
    Ok(played)
}

/// What messages carried, while their turn lasts.
struct Payloads {
    blobs: BTreeMap<u64, Vec<u8>>,
    turn: u64,
    kinds: Arc<[Kind]>,
}

impl Payloads {
    fn body(&self, digest: u64, header: &Header) -> Result<Body, RoleError> {
        let bytes = self.blobs.get(&digest).ok_or(RoleError::NotKept(*header))?;
        codec::decode_body(bytes, header, &self.kinds).map_err(|error| RoleError::Payload(*header, error))
    }

    /// A chunk has been played. Payloads of replies stand before the chunk that refers to them, those of broadcasts before the
    /// turn's first one; so with the server's note, which is a turn's last event, all of them have been used.
    fn over(&mut self, turn: u64, events: &Events) {
        if events.events.last().is_some_and(|event| event.hop == Hop::Note) {
            self.blobs.clear();
        }
        self.turn = turn;
    }
}

/// One event of the trace, as a role meets it.
struct Step<'a> {
    event: &'a Event,
    header: Header,
    payloads: &'a mut Payloads,
}

impl Step<'_> {
    fn body(&self) -> Result<Body, RoleError> {
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
        let recorded = self.payloads.blobs.get(&self.event.digest).and_then(|bytes| codec::carried(bytes));
        let kind = self.payloads.kinds.get(usize::from(self.header.kind));
        let names = kind.map_or(&[][..], |kind| kind.vectors);
        played.difference = Some(MessageDifference {
            header: self.header,
            other_header: header.copied().filter(|other| *other != self.header),
            recorded: Some((self.event.digest, self.event.fate)),
            now: digest.map(|digest| (digest, Fate::Delivered)),
            content: recorded.zip(body).and_then(|(was, is)| difference(&was, &is.into(), names)),
        });
    }
}

/// Where a role stands while it is driven.
trait Stand {
    fn event(&mut self, step: Step<'_>, played: &mut RoleReplay) -> Result<(), RoleError>;
}

struct ServerStand {
    server: Server,
    turn: Arc<Turn>,
    decision: Option<Decision>,
    /// Per client, broadcasts of the turn that have passed: the place in `turn` of the next one.
    next: Vec<usize>,
}

impl ServerStand {
    fn open(algorithm: &dyn Algorithm, clients: u32, kinds: Arc<[Kind]>) -> Result<Self, RoleError> {
        let mut server = Server::new(clients, kinds, algorithm.coordinator());
        let turn = server.start()?;
        Ok(ServerStand { server, turn, decision: None, next: vec![0; clients as usize] })
    }
}

impl Stand for ServerStand {
    fn event(&mut self, step: Step<'_>, played: &mut RoleReplay) -> Result<(), RoleError> {
        match step.event.hop {
            Hop::Down => {
                let place = &mut self.next[step.event.client as usize];
                let sent = self.turn.broadcasts.get(*place);
                *place += 1;
                let header = sent.map(|sent| sent.header(step.event.client));
                let body = sent.map(|sent| Body::Sync(Arc::clone(sent)));
                step.compare(header.as_ref(), body.as_ref(), played);
            }
            Hop::Up if step.event.fate == Fate::Delivered => {
                step.given(played);
                let decision = self.server.on_reply(&step.header, step.body()?)?;
                self.decision = self.decision.take().or(decision);
            }
            Hop::Note => {
                let decision = self.decision.take();
                let (header, body) = decision.as_ref().map(|it| (&it.note.0, &it.note.1)).unzip();
                step.compare(header, body, played);
                if let Some(decision) = decision {
                    self.turn = decision.turn;
                    self.next.fill(0);
                }
            }
            Hop::Up | Hop::Hand | Hop::Return => {}
        }
        Ok(())
    }
}

struct ClientStand {
    client: Client,
    /// What it has to hand on.
    owed: Option<(Header, u64)>,
}

impl Stand for ClientStand {
    fn event(&mut self, step: Step<'_>, played: &mut RoleReplay) -> Result<(), RoleError> {
        if step.event.client != self.client.id {
            return Ok(());
        }
        match step.event.hop {
            Hop::Down | Hop::Return if step.event.fate == Fate::Delivered => {
                step.given(played);
                self.owed = Some((self.client.on(&step.header)?, step.event.digest));
            }
            Hop::Hand | Hop::Up => {
                let owed = self.owed.take();
                let same = owed == Some((step.header, step.event.digest));
                if same {
                    played.sent += 1;
                } else {
                    let body = owed.and_then(|(header, digest)| step.payloads.body(digest, &header).ok());
                    step.compare(owed.map(|(header, _)| header).as_ref(), body.as_ref(), played);
                }
            }
            Hop::Down | Hop::Return | Hop::Note => {}
        }
        Ok(())
    }
}

struct WorkerStand {
    worker: Worker,
    learner: Box<dyn Learner>,
    seed: u64,
    /// What the algorithm keeps for the client, which its critic and actor share.
    state: Vec<f64>,
    /// Whether the other worker's steps change what is kept.
    shares: bool,
    serial: u64,
    kinds: Vec<Kind>,
    /// The order that is known before the run, and its reply.
    known: Option<(Order, u16, Header)>,
    owed: Option<(Header, Body)>,
}

impl WorkerStand {
    fn open(algorithm: &dyn Algorithm, client: u32, phase: Phase, seed: u64) -> Result<Self, RoleError> {
        let role = phase.worker(client);
        let turn = algorithm.coordinator().start().map_err(|cause| Fault { role, round: 0, cause })?;
        let known = match &turn.then {
            Then::Work(work) if work.known => {
                let (from, to) = (Address::Client(client), work.phase.worker(client));
                let header = Header {
                    from,
                    to,
                    round: work.round,
                    phase: work.phase,
                    sync: work.sync,
                    kind: work.reply,
                };
                Some((work.order, work.reply, header))
            }
            _ => None,
        };
        let state = vec![0.0; algorithm.client_state_len()];
        Ok(WorkerStand {
            worker: Worker { client, phase },
            learner: algorithm.learner(),
            seed,
            shares: !state.is_empty(),
            state,
            serial: 0,
            kinds: algorithm.kinds().to_vec(),
            known,
            owed: None,
        })
    }

    fn work(&mut self, phase: Phase, asked: &Header, order: Order, kind: u16) -> (Header, Body) {
        let worker = Worker { client: self.worker.client, phase };
        let mut reply = Reply::default();
        let place = (asked.round, asked.sync);
        let (header, _) =
            worker.work(place, order, kind, self.seed, &mut *self.learner, &mut self.state, &mut reply);
        (header, Body::LocalStepsDone { steps: order.steps, vectors: reply.vectors })
    }
}

impl Stand for WorkerStand {
    fn event(&mut self, step: Step<'_>, played: &mut RoleReplay) -> Result<(), RoleError> {
        if step.event.client != self.worker.client || step.event.fate != Fate::Delivered {
            return Ok(());
        }
        let mine = step.header.phase == self.worker.phase;
        match step.event.hop {
            Hop::Hand => {
                let Body::Sync(sent) = step.body()? else { return Ok(()) };
                self.serial += 1;
                let sent = Broadcast { serial: self.serial, ..Broadcast::clone(&sent) };
                let round = sent.round;
                let role = step.header.to;
                self.learner.prepare(&sent).map_err(|cause| Fault { role, round, cause })?;
                if mine {
                    step.given(played);
                }
                let answer = self.kinds.get(usize::from(sent.kind)).and_then(|kind| kind.answer);
                // Steps of the other worker are taken only for what they leave behind.
                if let Some(kind) = answer.filter(|_| sent.order.steps > 0 && (mine || self.shares)) {
                    let done = self.work(step.header.phase, &step.header, sent.order, kind);
                    self.owed = mine.then_some(done);
                }
            }
            Hop::Return => {
                if let Some((order, kind, header)) = self.known.take()
                    && (mine || self.shares)
                {
                    let done = self.work(header.phase, &header, order, kind);
                    self.owed = mine.then_some(done);
                }
                if mine {
                    let owed = self.owed.take();
                    let (header, body) = owed.as_ref().map(|(header, body)| (header, body)).unzip();
                    step.compare(header, body, played);
                }
            }
            Hop::Down | Hop::Up | Hop::Note => {}
        }
        Ok(())
    }
}
