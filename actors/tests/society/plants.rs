//! One message damaged on purpose: the run ends with a fault, or its ledger tells.

use crate::staged::{Finished, PLACEMENTS, finished, options, run};
use crate::traces::recorded;
use crate::walk::{ACTOR_SYNC, CRITIC_SYNC, CRITIC_UP, KINDS, Q_BROADCAST, Walk};
use dpac_actors::host::{Options, Outcome, Placement};
use dpac_actors::trace::format::{Chunk, op};
use dpac_actors::trace::{Hop, Kept, Level};
use dpac_actors::{Address, Cause, Damage, Fault, Header, KIND_BARRIER, Link, Phase, Place, Plant};

const CLIENTS: u32 = 100;

/// Client 37's message of a kind, on the wire.
fn header(kind: u16, round: u32, barrier: u32) -> Header {
    let client = Address::Client(37);
    let phase = KINDS[usize::from(kind)].phase;
    let (from, to) = if kind == CRITIC_UP { (client, Address::Server) } else { (Address::Server, client) };
    Header { from, to, place: Place { round, phase, barrier }, kind }
}

/// The same message between the client and its worker.
fn twin(header: Header) -> Header {
    let ((Address::Client(id), _) | (_, Address::Client(id))) = (header.from, header.to) else {
        panic!("a message of a client")
    };
    let (client, worker) = (Address::Client(id), header.place.phase.worker(id));
    match header.from {
        Address::Server => Header { from: client, to: worker, ..header },
        _ => Header { from: worker, to: client, ..header },
    }
}

fn planted(header: Header, damage: Damage, placement: Placement) -> Result<Finished, Fault> {
    let mut options = options(CLIENTS, 2, placement);
    options.plant = Some(Plant { header, damage });
    let (result, seen) = run(Walk::default(), &options);
    result.map(|outcome| {
        let results = crate::staged::bits(&outcome.results.expect("nobody stopped the run"));
        Finished { results, ledger: outcome.ledger, seen }
    })
}

/// A message that somebody waits for: whatever happens to it, the run ends with a fault in its round.
fn every_damage_is_a_fault(header: Header, whom: impl Fn(Damage) -> Vec<Address>) {
    for damage in [Damage::Drop, Damage::Double, Damage::Lengthen, Damage::Poison, Damage::Panic] {
        for placement in PLACEMENTS {
            let case = format!("{damage:?} {header:?} {placement:?}");
            let Err(Fault { role, round, cause }) = planted(header, damage, placement) else {
                panic!("{case} went unnoticed")
            };
            assert_eq!(round, header.place.round, "{case}: {role}: {cause}");
            assert!(whom(damage).contains(&role), "{case}: {role}: {cause}");
            let fits = match damage {
                Damage::Drop => cause == Cause::MissingReply(37),
                Damage::Double => matches!(cause, Cause::Unexpected(_)),
                Damage::Lengthen => matches!(cause, Cause::Length { .. }),
                Damage::Poison => matches!(cause, Cause::NotFinite { index: 0, .. }),
                Damage::Panic => cause == Cause::Panic(format!("planted in {}", header.to)),
                Damage::Nudge(_) => unreachable!("not among them: nobody can notice one"),
            };
            assert!(fits, "{case}: {cause}");
        }
    }
}

#[test]
fn any_damage_to_a_reply_is_a_fault() {
    let up = header(CRITIC_UP, 1, 1);
    for header in [up, twin(up)] {
        every_damage_is_a_fault(header, |damage| match damage {
            Damage::Drop | Damage::Lengthen => vec![Address::Client(37)],
            // Both the fold of a shard and the server notice the second.
            Damage::Double => vec![Address::Client(37), Address::Server],
            Damage::Poison => vec![header.from],
            Damage::Panic => vec![header.to],
            Damage::Nudge(_) => Vec::new(),
        });
    }
}

#[test]
fn any_damage_to_a_message_with_work_is_a_fault() {
    for down in [header(CRITIC_SYNC, 1, 1), header(Q_BROADCAST, 2, 0), header(ACTOR_SYNC, 0, 1)] {
        for header in [down, twin(down)] {
            every_damage_is_a_fault(header, |damage| match damage {
                Damage::Drop => vec![Address::Client(37)],
                Damage::Double => vec![Address::Client(37), Address::Server],
                // Who compares it with what the thread's learner has taken in.
                Damage::Lengthen => vec![header.place.phase.worker(37), header.place.phase.worker(0)],
                Damage::Poison => vec![header.from],
                Damage::Panic => vec![header.to],
                Damage::Nudge(_) => Vec::new(),
            });
        }
    }
}

#[test]
fn a_message_that_asks_for_nothing_is_missed_by_the_ledger_alone() {
    let kind = usize::from(CRITIC_SYNC);
    // Client 0 is the first on its thread, whose learner takes in what the client is sent.
    for (placement, client) in PLACEMENTS.into_iter().flat_map(|placement| [(placement, 0), (placement, 37)])
    {
        let last = Header { to: Address::Client(client), ..header(CRITIC_SYNC, 1, 2) };
        let clean = finished(Walk::default(), &options(CLIENTS, 2, placement));
        let messages = |run: &Finished| {
            (run.ledger.tally(Link::Wire, kind).messages, run.ledger.tally(Link::Local, kind).messages)
        };
        let (wire, local) = messages(&clean);
        for (header, damage, expected) in [
            (last, Damage::Drop, (wire - 1, local - 1)),
            (last, Damage::Double, (wire + 1, local + 1)),
            (twin(last), Damage::Drop, (wire, local - 1)),
            (twin(last), Damage::Double, (wire, local + 1)),
        ] {
            let damaged = planted(header, damage, placement).expect("nobody waits for it");
            assert_eq!(damaged.results, clean.results, "{damage:?} {header:?} {placement:?}");
            assert_ne!(damaged.ledger, clean.ledger);
            assert_eq!(messages(&damaged), expected, "{damage:?} {header:?} {placement:?}");
        }
    }
}

#[test]
fn a_message_that_asks_for_nothing_may_not_be_changed() {
    let last = header(CRITIC_SYNC, 1, 2);
    for header in [last, twin(last)] {
        for placement in PLACEMENTS {
            let fault = |damage| planted(header, damage, placement).map(drop).expect_err("it is changed");
            let Fault { role, round, cause } = fault(Damage::Lengthen);
            assert!(matches!(cause, Cause::Length { vector: "psi", found: 5, expected: 4 }), "{cause}");
            assert!([Address::Critic(37), Address::Critic(0)].contains(&role), "{role}");
            assert_eq!(round, 1);
            let Fault { role, round, cause } = fault(Damage::Poison);
            assert!(matches!(cause, Cause::NotFinite { vector: "psi", index: 0, .. }), "{cause}");
            assert_eq!((role, round), (header.from, 1));
            let Fault { role, round, .. } = fault(Damage::Panic);
            assert_eq!((role, round), (header.to, 1));
        }
    }
}

#[test]
fn damage_to_the_first_copy_on_a_thread_is_a_fault_and_its_loss_is_told_by_the_ledger() {
    // In the role placement the learner takes in client 0's copy itself.
    for client in [0, 1] {
        let down = |barrier| Header { to: Address::Client(client), ..header(CRITIC_SYNC, 1, barrier) };
        for placement in PLACEMENTS {
            let clean = finished(Walk::default(), &options(CLIENTS, 2, placement));
            for damage in [Damage::Lengthen, Damage::Poison, Damage::Panic] {
                planted(down(2), damage, placement).map(drop).expect_err("it is changed");
            }
            planted(down(1), Damage::Drop, placement).map(drop).expect_err("somebody waits for it");
            let run = planted(down(2), Damage::Drop, placement).expect("nobody waits for it");
            assert_eq!(run.results, clean.results);
            assert_ne!(run.ledger, clean.ledger);
        }
    }
}

#[test]
fn a_lost_or_doubled_note_is_told_by_the_ledger() {
    let server = Address::Server;
    let note = Header {
        from: server,
        to: server,
        place: Place { round: 1, phase: Phase::Actor, barrier: 1 },
        kind: KIND_BARRIER,
    };
    for placement in PLACEMENTS {
        let notes =
            |damage| planted(note, damage, placement).expect("nobody waits for it").ledger.notes().messages;
        assert_eq!((notes(Damage::Drop), notes(Damage::Double)), (11, 13));
        let fault = planted(note, Damage::Panic, placement).map(drop).expect_err("a panic");
        assert_eq!(fault.role, server);
    }
}

#[test]
fn a_plant_that_no_message_matches_does_nothing() {
    for placement in PLACEMENTS {
        let clean = finished(Walk::default(), &options(CLIENTS, 2, placement));
        assert_eq!(planted(header(CRITIC_UP, 9, 0), Damage::Panic, placement), Ok(clean));
    }
}

#[test]
fn a_society_that_counts_nothing_has_the_same_results_and_no_message_in_its_ledger() {
    for placement in PLACEMENTS {
        let counting = options(CLIENTS, 2, placement);
        let silent = Options { counting: false, ..counting.clone() };
        let [counted, uncounted] =
            [counting, silent].map(|options| run(Walk::default(), &options).0.expect("a run without faults"));
        let results = |outcome: &Outcome| {
            crate::staged::bits(outcome.results.as_ref().expect("nobody stopped the run"))
        };
        assert_eq!(results(&counted), results(&uncounted));
        for link in [Link::Wire, Link::Local] {
            assert!(counted.ledger.total(link, |_| true).messages > 0);
            assert_eq!(uncounted.ledger.total(link, |_| true).messages, 0);
        }
    }
}

/// What each client sends to the server at a barrier: the client, and the digest of its reply.
fn replies(plant: Option<Plant>, place: Place, threads: usize, placement: Placement) -> Vec<(u32, u64)> {
    let options = Options { plant, ..options(CLIENTS, threads, placement) };
    let (memory, outcome) = recorded(Walk::default(), &options, Level::Order, Kept::Everyone);
    outcome.expect("nobody notices a nudge");
    let mut replies = Vec::new();
    for (_, body) in memory.records.iter().filter(|(op, _)| *op == op::CHUNK) {
        let events = Chunk::decode(body).expect("a chunk").events;
        let sent = events.messages().filter(|(event, shape)| event.hop == Hop::Up && shape.place == place);
        replies.extend(sent.map(|(event, _)| (event.from, event.digest)));
    }
    replies
}

#[test]
fn a_nudged_broadcast_changes_the_result_of_its_receiver_and_of_nobody_else() {
    let down = header(CRITIC_SYNC, 1, 1);
    let clean = replies(None, down.place, 2, Placement::Shard);
    assert_eq!(clean.iter().map(|(client, _)| *client).collect::<Vec<_>>(), Vec::from_iter(0..CLIENTS));
    for header in [down, twin(down)] {
        let plant = Some(Plant { header, damage: Damage::Nudge(3) });
        let reference = replies(plant, down.place, 2, Placement::Shard);
        let differ = clean.iter().zip(&reference).filter(|(was, is)| was != is);
        assert_eq!(differ.map(|(was, _)| was.0).collect::<Vec<_>>(), [37], "{header:?}");
        for placement in PLACEMENTS {
            for threads in [1, 2, 5] {
                let found = replies(plant, down.place, threads, placement);
                assert_eq!(found, reference, "{header:?}, {threads} threads, {placement:?}");
            }
        }
    }
}

#[test]
fn records_of_a_damaged_run_are_the_same_for_all_placements() {
    let (up, down, last) = (header(CRITIC_UP, 1, 1), header(CRITIC_SYNC, 1, 1), header(CRITIC_SYNC, 1, 2));
    let nudged = [up, twin(up), down, twin(down), last, twin(last)].map(|header| (header, Damage::Nudge(3)));
    let others = [last, twin(last)].into_iter().flat_map(|it| [(it, Damage::Drop), (it, Damage::Double)]);
    for (header, damage) in nudged.into_iter().chain(others) {
        for level in Level::ALL {
            let [shard, role] = PLACEMENTS.map(|placement| {
                let plant = Some(Plant { header, damage });
                let options = Options { plant, ..options(CLIENTS, 2, placement) };
                recorded(Walk::default(), &options, level, Kept::Everyone).0
            });
            assert!(shard == role, "{damage:?} {header:?} {level:?}");
        }
    }
}
