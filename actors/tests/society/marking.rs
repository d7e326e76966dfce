//! Replies that change little: whatever a learner does with its draft, the results are those of one that
//! copies, to the bit.

use crate::staged::{bits, options};
use crate::walk::{Q_BROADCAST, Walk};
use dpac_actors::host::{self, Observers, Options, Placement};
use dpac_actors::{
    Algorithm, Broadcast, Cause, Coordinator, Draft, Effort, Generator, Job, Kind, Learner, Reply,
};
use rand_pcg::rand_core::Rng;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Length of every vector.
const LENGTH: usize = 100;

/// How clients write their replies. What they write is the same in all of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// On a copy.
    Copies,
    /// On a draft.
    Drafts,
    /// On a draft, from the same numbers in another place.
    DraftsOfItsOwn,
    /// On a draft, and the last change by taking the whole vector.
    Whole,
    /// Every other client so.
    EveryOtherWhole,
    /// On a draft, after which the vector is exchanged for one of its own.
    Exchanges,
    /// On the second of two drafts.
    DraftsTwice,
    /// On a draft; and some answer with the reply that another client has had, in this turn or in the one
    /// before.
    Hoards,
    /// The same with the numbers of that reply, on copies.
    HoardsCopies,
}

impl Manner {
    fn draft<'a>(self, reply: &'a mut Reply, start: &Arc<[f64]>, changes: usize) -> Draft<'a> {
        match self {
            Manner::Copies | Manner::HoardsCopies => Draft::Copied(reply.copy_of(0, start)),
            // An address of its own.
            Manner::DraftsOfItsOwn => reply.draft(&start.to_vec().into(), changes as u64),
            _ => reply.draft(start, changes as u64),
        }
    }
}

/// A walk's server, and clients that change six components, of which the first ones differ between clients.
/// From time to time a client starts from another vector than the others.
struct Nudge {
    walk: Walk,
    manner: Manner,
    strays: bool,
    marked: Arc<AtomicU32>,
}

impl Algorithm for Nudge {
    fn name(&self) -> &str {
        "nudge"
    }

    fn kinds(&self) -> &[Kind] {
        self.walk.kinds()
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        self.walk.coordinator()
    }

    fn learner(&self) -> Box<dyn Learner> {
        Box::new(Nudger {
            manner: self.manner,
            strays: self.strays,
            marked: Arc::clone(&self.marked),
            start: vec![1.0; LENGTH].into(),
            other: vec![-0.5; LENGTH].into(),
            kept: None,
        })
    }
}

struct Nudger {
    manner: Manner,
    strays: bool,
    marked: Arc<AtomicU32>,
    start: Arc<[f64]>,
    /// From which a client starts that strays.
    other: Arc<[f64]>,
    kept: Option<Reply>,
}

impl Learner for Nudger {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        if broadcast.kind == Q_BROADCAST {
            self.start = vec![0.0; LENGTH].into();
        } else if let Some(last) = broadcast.vectors.last() {
            self.start = Arc::clone(&last.values);
        }
        Ok(())
    }

    fn steps(&mut self, job: &Job<'_>, _state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let Nudger { manner, strays, marked, start, other, kept } = self;
        let start = if *strays && job.client % 5 == 2 { &*other } else { &*start };
        let places = [job.client as usize % 7, 40, 63, 64, 99, 40];
        let numbers = places.map(|_| (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 - 0.3);
        // What client 2 has had is client 100's answer, and that of client 102 the answer of client 149
        // after the next barrier.
        let takes = kept.is_some()
            && (job.place.barrier, job.client) == if job.place.barrier == 0 { (0, 100) } else { (1, 149) };
        // Those before are written on the draft, the others on the whole vector.
        let mut whole_from = places.len();
        match manner {
            Manner::Whole => whole_from = 5,
            Manner::EveryOtherWhole if job.client.is_multiple_of(2) => whole_from = 5,
            Manner::Exchanges => whole_from = 3,
            Manner::DraftsTwice => reply.draft(start, 1).set(17, 4.0),
            Manner::Hoards if takes => {
                *reply = kept.take().unwrap_or_default();
                return Effort::default();
            }
            Manner::HoardsCopies if takes => {
                reply.copy_of(0, &kept.take().unwrap_or_default().vectors()[0]);
                return Effort::default();
            }
            _ => {}
        }
        let mut draft = manner.draft(reply, start, places.len());
        marked.fetch_add(u32::from(matches!(draft, Draft::Marked(_))), Ordering::Relaxed);
        (0..whole_from).for_each(|k| draft.add(places[k], numbers[k]));
        if *manner == Manner::Exchanges {
            let own = reply.vectors()[0].clone();
            reply.vectors_mut()[0] = own;
        }
        (whole_from..places.len()).for_each(|k| reply.vectors_mut()[0][places[k]] += numbers[k]);
        if job.place.barrier == 0 && job.client % 4 == 2 && kept.is_none() {
            *kept = Some(reply.clone());
        }
        Effort { local_steps: job.order.steps, ..Effort::default() }
    }
}

/// The bits of a run's results, and how many drafts were marked.
fn nudged(manner: Manner, strays: bool, options: &Options) -> (Vec<Vec<u64>>, u32) {
    let walk = Walk { p: LENGTH, q: LENGTH, ..Walk::default() };
    let marked = Arc::new(AtomicU32::new(0));
    let algorithm: Arc<dyn Algorithm> = Arc::new(Nudge { walk, manner, strays, marked: Arc::clone(&marked) });
    let outcome = host::run(&algorithm, options, Observers::default()).expect("a run without faults");
    let results = bits(&outcome.results.expect("nobody stopped the run"));
    (results.into_iter().map(|(_, bits)| bits).collect(), marked.load(Ordering::Relaxed))
}

const CLIENTS: u32 = 150;
/// Three rounds of two barriers of critics and two of actors.
const REPLIES: u32 = 3 * 4 * CLIENTS;

#[track_caller]
fn holds(manner: Manner, strays: bool, marked: u32) {
    let plain = options(CLIENTS, 1, Placement::Shard);
    let (copied, none) = nudged(Manner::Copies, strays, &plain);
    assert_eq!(none, 0);
    for threads in [1, 2] {
        let (results, found) = nudged(manner, strays, &options(CLIENTS, threads, Placement::Shard));
        assert!(results == copied, "{manner:?}, {threads} threads");
        assert_eq!(found, marked, "{manner:?}, {threads} threads");
    }
    // Where every role is an actor, replies are copies.
    assert_eq!(nudged(manner, strays, &options(CLIENTS, 2, Placement::Role)), (copied, 0));
}

#[test]
fn clients_that_draft_one_after_the_other_have_the_results_of_copies() {
    holds(Manner::Drafts, false, REPLIES);
}

#[test]
fn a_start_of_the_same_numbers_in_another_place_is_the_same() {
    holds(Manner::DraftsOfItsOwn, false, REPLIES);
}

#[test]
fn whoever_takes_the_whole_vector_after_a_marked_draft_is_folded_whole() {
    holds(Manner::Whole, false, REPLIES);
    holds(Manner::EveryOtherWhole, false, REPLIES);
    holds(Manner::Exchanges, false, REPLIES);
}

#[test]
fn a_second_draft_knows_nothing_of_the_first() {
    holds(Manner::DraftsTwice, false, REPLIES);
}

/// A draft that starts elsewhere than at the barrier's base would be folded as if it had started there.
#[test]
fn clients_that_start_from_different_vectors_have_the_results_of_copies() {
    for manner in [Manner::Drafts, Manner::Whole, Manner::DraftsTwice] {
        holds(manner, true, REPLIES / 5 * 4);
    }
}

/// What is known of a reply is known of the numbers in it, and of one barrier, whoever has kept it.
#[test]
fn a_reply_that_was_kept_from_another_client_or_turn_counts_as_its_numbers() {
    let one_thread = options(CLIENTS, 1, Placement::Shard);
    let (copied, _) = nudged(Manner::HoardsCopies, false, &one_thread);
    let (kept, marked) = nudged(Manner::Hoards, false, &one_thread);
    assert!(kept == copied);
    // All but those that it has kept: two in each of three rounds' two phases.
    assert_eq!(marked, REPLIES - 12);
    assert!(copied != nudged(Manner::Copies, false, &one_thread).0);
}
