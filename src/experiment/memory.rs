//! How much memory a run will take at its peak, before it is run.
//!
//! What has been read (the program, the problem, its features, clients' own tables) is measured: whoever
//! plans has built what whoever runs will build. The rest follows from lengths. With p = d_θ, q the stacked
//! critic's length, l the longer of the two:
//!
//! - The *server* holds what its coordinator keeps (DPAC: θ, ω, and of ψ the iterate, the weighted sum, the
//!   last output and the start), the sum of replies, and the aggregate that is made of it.
//! - Each *thread* holds θ, ψ and ω as it was told them, the policy's table with its alias buckets where
//!   memories are finite, a reply, a sum of replies and, where rows are long, one more on its way; and the
//!   rows of eight trajectories.
//! - Where there is no critic, a thread has some vectors of length p instead; a reply may be longer than
//!   either, and beside that on its way another may wait for its turn; and the server has what *clients
//!   keep*.
//! - *Roles*, where each is an actor: three actors per client with their mailboxes, and a reply of each on
//!   its way.
//! - The *recorder* has events of rounds waiting, each of which holds θ, ψ̂ and ω alive, and evaluates a
//!   policy. Where critic rounds are recorded it has their ψ̃ and ψ̄ too, and for drift a learner.
//! - A *checkpoint* is the coordinator's state, the aggregate and the last broadcast of each kind, then all
//!   of these as bytes, by themselves and as the file will have them. It is not made while a policy is
//!   evaluated, but the allocator keeps what that took.
//! - A *trace* of level full holds the replies of the blocks that wait for it, and the broadcasts that it
//!   knows.
//! - *Exact values*: what the optimum keeps of the beliefs that it meets, after the society has gone; the
//!   larger of the two counts.
//!
//! Held against the peak resident size of runs by tests; the profile with which the program was built matters
//! little.

use super::life::queue;
use super::resolve::{OPTIMUM_OPERATIONS, Resolved};
use crate::algorithm::{Critic, Entry, Kept, Target};
use crate::config::{self, Clients, Record};
use crate::exact::optimum_bytes;
use crate::pomdp::Definition;
use crate::theory::counts::{Phase, Shape};
use crate::theory::protocol::Step;
use crate::theory::protocol::letter::{M, P, Q, REWARDS};
use dpac_actors::block_size;
use dpac_actors::host::Placement;
use dpac_actors::trace::Level;
use serde::Serialize;

/// What is asked of the machine, beside the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Threads that compute.
    pub threads: usize,
    /// Where the roles live.
    pub placement: Placement,
    /// How much of the run is recorded in a trace, if one is.
    pub trace: Option<Level>,
}

/// Bytes of a run's memory, by what holds them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// The program, the problem and its features as they are now, in this process.
    pub read: u64,
    /// The server.
    pub server: u64,
    /// All threads.
    pub threads: u64,
    /// Roles that are actors of their own.
    pub roles: u64,
    /// The recorder.
    pub recorder: u64,
    /// A checkpoint being made.
    pub checkpoint: u64,
    /// A trace being written.
    pub trace: u64,
    /// Exact values, after the society has gone.
    pub exact: u64,
    /// The most at any time: the resident size that a run reaches.
    pub peak: u64,
}

/// Bytes of a number.
const NUMBER: u64 = 8;
/// What a thread costs beside its vectors: its stack as far as it is used, its allocator's arena, its actors.
const THREAD: u64 = 256 << 10;
/// What the three actors of a client and their mailboxes cost, beside a reply.
const ROLES: u64 = 4050;
/// Vectors of θ's length that a learner without a critic works on: θ as told and as it moves, directions, a
/// score.
const WORKING: u64 = 8;
/// What more of these there are where the policy is a network: two parameters beside the one that acts, each
/// with a direction, and as much of all of them turned.
const RETRACED: u64 = 8;
/// The same of a learner that follows a plan: θ of the plan and of one that ends early, and the policy's.
const FOLLOWING: u64 = 3;
/// Reports of a trace that wait in its channel, and those that the recorder and its file are at.
const REPORTS: u64 = 16 + 8;
/// Broadcasts that a trace holds alive, since it knows their digests.
const KNOWN: u64 = 8;
/// Tables of a grid of beliefs: seldom more than half of what they may take.
const GRID: u64 = 64 << 20;
/// The program, where the system does not tell how large it is now.
const PROGRAM: u64 = 12 << 20;

impl Memory {
    /// What a run takes beyond what this process has already.
    pub fn further(&self) -> u64 {
        self.peak.saturating_sub(self.read)
    }

    /// The memory of a run.
    pub fn of(resolved: &Resolved, setup: Setup) -> Self {
        let lengths = Lengths::of(resolved);
        let (threads, clients) = (setup.threads as u64, resolved.shape.get(M));
        let mut memory = Memory {
            read: resident_bytes().unwrap_or(PROGRAM),
            server: lengths.server(),
            threads: threads.saturating_mul(lengths.thread(resolved)),
            checkpoint: lengths.checkpoint(),
            exact: optimum(resolved).saturating_add(lengths.policy()),
            ..Memory::default()
        };
        let &Lengths { p, q, l, .. } = &lengths;
        if setup.placement == Placement::Role {
            memory.roles = clients.saturating_mul(ROLES + NUMBER * l);
        }
        // One that it is at, one that the server waits with, and those between: of short vectors the queue is
        // seldom full.
        let waiting = 2 + queue(p as usize, q as usize).min(2) as u64;
        memory.recorder =
            waiting * NUMBER * lengths.milestone() + lengths.policy() + lengths.record(resolved, waiting);
        if setup.trace == Some(Level::Full) {
            let block = u64::from(block_size(resolved.config.federation.clients));
            let replies = (REPORTS + 2 * threads).saturating_mul(block).saturating_mul(NUMBER * l);
            memory.trace = replies.saturating_add(NUMBER * KNOWN * l + lengths.snapshot());
        }
        // The recorder either evaluates or makes a checkpoint; but what evaluating took stays with its
        // thread's allocator.
        let evaluates = resolved.config.output.evaluate_every > 0;
        let tables = if evaluates { 0 } else { lengths.policy() };
        let recorder = memory.recorder.max(memory.recorder - tables + memory.checkpoint);
        let society = [memory.server, memory.threads, memory.roles, recorder, memory.trace];
        let society = society.into_iter().fold(0, u64::saturating_add);
        memory.peak = memory.read.saturating_add(society.max(memory.exact));
        memory
    }
}

/// The lengths on which it depends, and what the algorithm makes of them.
pub(super) struct Lengths<'a> {
    entry: &'a Entry,
    shape: &'a Shape,
    pub(super) p: u64,
    pub(super) q: u64,
    l: u64,
    /// Numbers that the algorithm keeps for all clients.
    clients: u64,
    actions: u64,
    tables: bool,
}

impl<'a> Lengths<'a> {
    pub(super) fn of(resolved: &'a Resolved) -> Self {
        let Resolved { entry, shape, .. } = resolved;
        let (p, q) = (shape.get(P), shape.get(Q));
        let of_each = resolved.algorithm.client_state_len() as u64;
        let lengths = Lengths {
            entry,
            shape,
            p,
            q,
            l: p.max(q),
            clients: of_each.saturating_mul(shape.get(M)),
            actions: resolved.problem.hidden().actions() as u64,
            tables: resolved.subject.has_policy_tables(),
        };
        let longest = if lengths.sends_parameters() { lengths.l } else { 0 };
        Lengths { l: longest.max(lengths.reply()), ..lengths }
    }

    /// Numbers of what a round has brought: θ, the direction and the critic, where there are any.
    fn milestone(&self) -> u64 {
        let directions = if self.sends_parameters() { 2 } else { 1 };
        let critic = if self.entry.critic == Critic::None { 0 } else { self.q };
        directions * self.p + critic
    }

    /// Numbers that the coordinator keeps, or those of a snapshot.
    fn kept(&self, which: impl Fn(&Kept) -> u64) -> u64 {
        let kept = self.entry.keeps.iter();
        kept.map(|kept| which(kept).saturating_mul(self.shape.get(kept.length))).sum()
    }

    /// Whether θ, ψ or anything as long goes to clients or comes from them as floats. Plans go as integers.
    fn sends_parameters(&self) -> bool {
        let protocol = &self.shape.protocol;
        let messages = protocol.replies().chain(protocol.told().map(|(_, message)| message));
        messages.flat_map(|message| &message.vectors).any(|vector| vector.length != REWARDS)
    }

    /// Numbers of the longest reply.
    fn reply(&self) -> u64 {
        let replies = self.shape.protocol.replies();
        replies.map(|reply| reply.numbers(&self.shape.values)).max().unwrap_or(0)
    }

    /// What the coordinator keeps, the sum of replies and the aggregate, and an exact critic's policy.
    fn server(&self) -> u64 {
        let policy = if self.entry.critic == Critic::Exact { self.policy() } else { 0 };
        NUMBER * (self.kept(|kept| kept.live) + 2 * self.reply() + self.clients) + policy
    }

    /// A policy at one parameter: θ, and for finite memories its probabilities and their alias buckets.
    fn policy(&self) -> u64 {
        let table = NUMBER + 16 + NUMBER / self.actions.max(1);
        self.p * (NUMBER + if self.tables { table } else { 0 })
    }

    fn thread(&self, resolved: &Resolved) -> u64 {
        let &Lengths { p, q, l, .. } = self;
        let none = self.entry.critic == Critic::None;
        // Of sums that wait for those before them there are half as many as threads.
        let waiting = if none { l / 2 } else { 0 };
        let on_their_way = u64::from(none || !self.tables);
        let regresses = self.shape.protocol.replies().any(|reply| reply.phase == Phase::Actor);
        let omega = if regresses { p } else { 0 };
        let target = match resolved.config.actor.target {
            // Rows and probabilities of all actions, as the compatible regression has them.
            _ if none || matches!(self.entry.critic, Critic::Network { .. }) => Target::Compatible,
            config::Target::Q => Target::Q,
            config::Target::Advantage => Target::Advantage,
            config::Target::Compatible => Target::Compatible,
        };
        let scratch = resolved.subject.scratch_bytes(target);
        let own = match none {
            true if self.sends_parameters() => {
                let network = resolved.policy_class.features().is_none();
                (WORKING + if network { RETRACED } else { 0 }) * p
            }
            true => FOLLOWING * p,
            false => q + omega,
        };
        self.policy() + NUMBER * (own + (2 + on_their_way) * l + waiting) + scratch + THREAD
    }

    /// What recording beside the rounds takes: turns with what their barriers came to; for drift a learner.
    fn record(&self, resolved: &Resolved, waiting: u64) -> u64 {
        let words = &resolved.config.output.record;
        let turns = if words.iter().any(|word| word.is_of_barriers()) { waiting } else { 0 };
        let learner = if words.contains(&Record::Drift) { self.thread(resolved) - THREAD } else { 0 };
        turns * NUMBER * 2 * self.q + learner
    }

    /// The coordinator's state and the aggregate.
    fn snapshot(&self) -> u64 {
        NUMBER * (self.kept(|kept| kept.saved) + self.reply() + self.clients)
    }

    /// A snapshot, the broadcasts that only it holds still, and all of it as bytes: by itself, and once more
    /// in the file's.
    fn checkpoint(&self) -> u64 {
        // What opens a phase holds vectors that the coordinator has.
        let held: u64 = self.last_told().filter(|(_, answers)| *answers).map(|(floats, _)| floats).sum();
        self.snapshot() + NUMBER * held + 2 * self.encoded() + NUMBER * self.p
    }

    /// What is in a checkpoint's file: the snapshot with its broadcasts, and the policy that was evaluated
    /// last.
    pub(super) fn checkpoint_bytes(&self) -> u64 {
        self.encoded() + NUMBER * self.p
    }

    /// A snapshot with its broadcasts, as bytes.
    fn encoded(&self) -> u64 {
        self.snapshot() + NUMBER * self.last_told().map(|(floats, _)| floats).sum::<u64>()
    }

    /// Numbers of the last broadcast of each kind, and whether it answers a phase.
    fn last_told(&self) -> impl Iterator<Item = (u64, bool)> {
        let mut kinds: Vec<(&str, u64, bool)> = Vec::new();
        for (step, message) in self.shape.protocol.told() {
            if !kinds.iter().any(|(kind, ..)| *kind == message.kind) {
                let answers = matches!(step, Step::Sync(_));
                kinds.push((message.kind, message.numbers(&self.shape.values), answers));
            }
        }
        kinds.into_iter().map(|(_, floats, answers)| (floats, answers))
    }
}

/// What the optimum of this problem keeps.
fn optimum(resolved: &Resolved) -> u64 {
    let differ = resolved.config.problem.clients.and_then(Clients::variation).is_some();
    match &resolved.problem {
        _ if differ => 0,
        Definition::Tabular(file) => {
            optimum_bytes(&file.model.first_copies(), resolved.horizon(), OPTIMUM_OPERATIONS)
        }
        Definition::Gaussian(model) if model.hidden().states() == 2 => GRID,
        Definition::Gaussian(_) => 0,
    }
}

/// The resident size of this process, where the system tells it.
fn resident_bytes() -> Option<u64> {
    metrics_process::collector::collect().resident_memory_bytes
}

/// What this machine has free, or this process's control group, where there are the files that tell it, as on
/// Linux.
pub fn free_bytes() -> Option<u64> {
    let number = |text: &str| text.split_whitespace().next()?.parse::<u64>().ok();
    let machine = std::fs::read_to_string("/proc/meminfo").ok()?;
    let machine = machine.lines().find_map(|line| line.strip_prefix("MemAvailable:")).and_then(number)? << 10;
    let group = |name: &str| number(&std::fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok()?);
    // A group without a limit says "max", which is no number.
    let group = group("max").map(|most| most.saturating_sub(group("current").unwrap_or(0)));
    Some(group.map_or(machine, |group| group.min(machine)))
}
