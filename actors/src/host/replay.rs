//! One role alone: driven with the messages that it was sent, it must send what it sent.

use super::bench::panicked;
use crate::codec::{self, CodecError};
use crate::roles::{Client, Decision, Server, Worker};
use crate::trace::format::HeadKind;
use crate::trace::{
    Event, Events, Fate, Hop, Level, MessageDifference, Record, Trace, body_digest, carried_digest,
    difference,
};
use crate::{
    Address, Algorithm, Body, Broadcast, Cause, Direction, Fault, Header, KIND_AGGREGATED, Kind, Learner,
    Order, Phase, Reply, Then, Turn,
};
use std::cell::Cell;
use std::collections::BTreeMap;
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
    /// What a message carried is not what its digest was taken of.
    #[error("the trace's payload of a message from {} to {} in round {} is not what its digest says", .0.from, .0.to, .0.round)]
    Forged(Header),
    /// A message that the algorithm has no use for.
    #[error("the trace has a message from {} to {} in round {} that the algorithm does not send", .0.from, .0.to, .0.round)]
    Message(Header),
    /// An order for more local steps than the run has.
    #[error("the trace orders {steps} local steps of {} in round {}, where the whole run has only {left} left for it", .header.to, .header.round)]
    Order {
        /// The message that carries it.
        header: Header,
        /// The steps it asks for.
        steps: u64,
        /// The steps that may still be asked for.
        left: u64,
    },
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
/// A trace may come from anybody, so nothing in it is taken for granted: payloads are held against their digests before they are
/// used, messages against the algorithm's kinds, and orders against `steps`, the local steps that one client takes in the whole run,
/// by phase. A panic in the role's code is a fault, as it is in a run.
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
    catch_unwind(played).unwrap_or_else(|panic| Err(panicked((role, round.get()), &*panic).into()))
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
    let mut stand: Box<dyn Stand> = match role {
        Address::Server => Box::new(ServerStand::open(algorithm, clients, Arc::clone(&kinds))?),
        Address::Client(id) => Box::new(ClientStand { client: Client { id }, owed: None }),
        Address::Critic(client) => {
            Box::new(WorkerStand::open(algorithm, client, Phase::Critic, seed, steps)?)
        }
        Address::Actor(client) => Box::new(WorkerStand::open(algorithm, client, Phase::Actor, seed, steps)?),
    };
    let mut played =
        RoleReplay { received: 0, sent: 0, difference: None, deliveries: Vec::new(), complete: false };
    let mut payloads = Payloads { blobs: BTreeMap::new(), kinds };
    while let Some(record) = trace.next_record()? {
        match record {
            Record::Blob(blob) => {
                let payload = Payload { bytes: blob.bytes, verified: false };
                payloads.blobs.entry(blob.digest).or_insert(payload);
            }
            Record::Chunk(chunk) => {
                for (event, shape) in chunk.events.messages() {
                    let header = event.header(shape);
                    if event.client >= clients || !payloads.sends(&header, event.hop) {
                        return Err(RoleError::Message(header));
                    }
                    round.set(header.round);
                    let step = Step { event, header, payloads: &mut payloads };
                    stand.event(step, &mut played)?;
                    if played.difference.is_some() {
                        return Ok(played);
                    }
                }
                payloads.over(&chunk.events);
            }
            _ => {}
        }
    }
    played.complete = trace.complete();
    Ok(played)
}

/// What messages carried, while their turn lasts.
struct Payloads {
    blobs: BTreeMap<u64, Payload>,
    kinds: Arc<[Kind]>,
}

struct Payload {
    bytes: Vec<u8>,
    /// Whether it was held against its digest.
    verified: bool,
}

impl Payloads {
    /// Whether the algorithm sends such messages that way.
    fn sends(&self, header: &Header, hop: Hop) -> bool {
        let kind = self.kinds.get(usize::from(header.kind));
        let sent = |direction| kind.is_some_and(|it| it.direction == direction && it.phase == header.phase);
        match hop {
            Hop::Down | Hop::Hand => sent(Direction::Down),
            Hop::Return | Hop::Up => sent(Direction::Up),
            Hop::Note => header.kind == KIND_AGGREGATED,
        }
    }

    /// What a message carried: what its digest was taken of, and numbers that a wire lets pass.
    fn body(&mut self, digest: u64, header: &Header) -> Result<Body, RoleError> {
        let Payload { bytes, verified } = self.blobs.get_mut(&digest).ok_or(RoleError::NotKept(*header))?;
        let body = codec::decode_body(bytes, header, &self.kinds)
            .map_err(|error| RoleError::Payload(*header, error))?;
        if !*verified {
            if body_digest(&body) != digest {
                return Err(RoleError::Forged(*header));
            }
            if let Some(cause) = not_finite(&body) {
                return Err(Fault { role: header.from, round: header.round, cause }.into());
            }
            *verified = true;
        }
        Ok(body)
    }

    /// A chunk has been played. Payloads of replies stand before the chunk that refers to them, those of broadcasts before the
    /// turn's first one; so with the server's note, which is a turn's last event, all of them have been used.
    fn over(&mut self, events: &Events) {
        if events.events.last().is_some_and(|event| event.hop == Hop::Note) {
            self.blobs.clear();
        }
    }
}

/// The first component that is no number.
fn not_finite(body: &Body) -> Option<Cause> {
    let find = |vector: &'static str, values: &[f64]| {
        let index = values.iter().position(|value| !value.is_finite())?;
        Some(Cause::NotFinite { vector, index, value: values[index] })
    };
    match body {
        Body::Sync(sent) => sent.vectors.iter().find_map(|named| find(named.name.name(), &named.values)),
        Body::LocalStepsDone { vectors, .. } => vectors.iter().find_map(|values| find("a reply", values)),
        Body::Aggregated { .. } => None,
    }
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
        let recorded = self.payloads.blobs.get(&self.event.digest);
        let recorded = recorded.and_then(|payload| codec::carried(&payload.bytes));
        let recorded = recorded.filter(|carried| carried_digest(carried) == self.event.digest);
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
    next: BTreeMap<u32, usize>,
}

impl ServerStand {
    fn open(algorithm: &dyn Algorithm, clients: u32, kinds: Arc<[Kind]>) -> Result<Self, RoleError> {
        let mut server = Server::new(clients, kinds, algorithm.coordinator());
        let turn = server.start()?;
        Ok(ServerStand { server, turn, decision: None, next: BTreeMap::new() })
    }
}

impl Stand for ServerStand {
    fn event(&mut self, mut step: Step<'_>, played: &mut RoleReplay) -> Result<(), RoleError> {
        match step.event.hop {
            Hop::Down => {
                let place = self.next.entry(step.event.client).or_default();
                let sent = self.turn.broadcasts.get(*place);
                *place += 1;
                let header = sent.map(|sent| sent.header(step.event.client));
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
    /// Local steps of the whole run, and those that may still be ordered, by phase.
    steps: [u64; 2],
    left: [u64; 2],
    /// The order that is known before the run, and its reply.
    known: Option<(Order, u16, Header)>,
    owed: Option<(Header, Body)>,
}

impl WorkerStand {
    fn open(
        algorithm: &dyn Algorithm,
        client: u32,
        phase: Phase,
        seed: u64,
        steps: [u64; 2],
    ) -> Result<Self, RoleError> {
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
            steps,
            left: steps,
            known,
            owed: None,
        })
    }

    fn work(
        &mut self,
        phase: Phase,
        asked: &Header,
        order: Order,
        kind: u16,
    ) -> Result<(Header, Body), RoleError> {
        let left = &mut self.left[usize::from(phase.number())];
        // Steps are numbered within the phase of a round, so the last of them has a number below the run's steps, too.
        if order.first_step.saturating_add(order.steps) > self.steps[usize::from(phase.number())]
            || order.steps > *left
        {
            return Err(RoleError::Order { header: *asked, steps: order.steps, left: *left });
        }
        *left -= order.steps;
        let worker = Worker { client: self.worker.client, phase };
        let mut reply = Reply::default();
        let place = (asked.round, asked.sync);
        let (header, _) =
            worker.work(place, order, kind, self.seed, &mut *self.learner, &mut self.state, &mut reply);
        Ok((header, Body::LocalStepsDone { steps: order.steps, vectors: reply.into_vectors() }))
    }
}

impl Stand for WorkerStand {
    fn event(&mut self, mut step: Step<'_>, played: &mut RoleReplay) -> Result<(), RoleError> {
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
                    let done = self.work(step.header.phase, &step.header, sent.order, kind)?;
                    self.owed = mine.then_some(done);
                }
            }
            Hop::Return => {
                if let Some((order, kind, header)) = self.known.take()
                    && (mine || self.shares)
                {
                    let done = self.work(header.phase, &header, order, kind)?;
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
