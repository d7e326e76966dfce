//! Letters between clients: counted to the unit, the same however a society is hosted, recorded, replayed
//! and gone on with.

use crate::crafted::examined;
use crate::crafting::{changed, chunk};
use crate::gossip::{Gossip, KINDS, OF_ACTORS, RUMOUR, Slip, beginning};
use crate::listener::Listener;
use crate::resumption;
use crate::staged::{Finished, PLACEMENTS, Seen, fault, finished, options, run};
use crate::traces::{self, assert_replays_role_by_role, compared, file};
use dpac_actors::host::{Options, Placement, RoleError, replay_role};
use dpac_actors::trace::format::op;
use dpac_actors::trace::{ContentDifference, Event, Fate, Hop, Kept, Level, Verdict};
use dpac_actors::{
    Address, Cause, Damage, Fault, Header, Ledger, Link, Phase, Place, Plant, Route, Snapshot, Tally, Total,
};

/// Letters that have been written when so many turns are over, and what they carry.
fn letters(gossip: Gossip, turns: u32) -> Total {
    let messages = gossip.letters() * u64::from(turns);
    // 41 bytes and the number of lists of integers; a length and a number for each of the two vectors.
    Total { messages, floats: messages, integers: messages, wire_bytes: messages * (49 + 16 + 16) }
}

fn assert_counted(ledger: &Ledger, gossip: Gossip, turns: u32) {
    let expected = letters(gossip, turns);
    assert_eq!(ledger.route(Route::Peer), expected, "{gossip:?} after {turns}");
    assert_eq!(ledger.floats(Route::Peer, "number"), expected.floats);
    assert_eq!(ledger.integers(Route::Peer, "age"), expected.integers);
    assert_eq!((ledger.floats(Route::Down, "number"), ledger.integers(Route::Up, "age")), (0, 0));
}

fn peers(ledger: &Ledger, link: Link) -> u64 {
    ledger.total(link, |kind| kind.route == Route::Peer).messages
}

#[test]
fn letters_are_counted_to_the_unit_after_every_barrier() {
    for clients in [1, 2, 3, 5, 70] {
        for by_turns in [false, true] {
            let gossip = Gossip { by_turns, ..Gossip::of(clients) };
            for placement in PLACEMENTS {
                let Finished { ledger, seen, .. } = finished(gossip, &options(clients, 2, placement));
                assert_counted(&ledger, gossip, gossip.turns);
                // Each goes from a worker to its client, and from the other client to its worker.
                assert_eq!(peers(&ledger, Link::Local), 2 * peers(&ledger, Link::Wire));
                let barriers: Vec<_> = seen
                    .iter()
                    .filter_map(|seen| match seen {
                        Seen::Barrier(_, ledger) => Some(ledger),
                        Seen::Round(..) => None,
                    })
                    .collect();
                assert_eq!(barriers.len(), gossip.turns as usize);
                for (turns, ledger) in (1..).zip(barriers) {
                    assert_counted(ledger, gossip, turns);
                    // Those of the last turn have not been handed over.
                    let under_way = gossip.letters();
                    assert_eq!(peers(ledger, Link::Local), 2 * peers(ledger, Link::Wire) - under_way);
                }
            }
        }
    }
}

#[test]
fn results_ledgers_and_records_are_the_same_for_all_threads_and_placements() {
    for clients in [2, 5, 200] {
        let gossip = Gossip::of(clients);
        let reference = finished(gossip, &options(clients, 1, Placement::Shard));
        for placement in PLACEMENTS {
            for threads in [1, 2, 5] {
                let run = finished(gossip, &options(clients, threads, placement));
                assert_eq!(run, reference, "{clients} clients, {threads} threads, {placement:?}");
            }
        }
        for level in Level::ALL {
            traces::assert_same_however_hosted(gossip, clients, level, &Kept::Everyone);
        }
        let some = Kept::Clients(vec![1..=1, 40..=100]);
        traces::assert_same_however_hosted(gossip, clients, Level::Full, &some);
    }
}

/// What every client's number is after so many turns, in a plain loop.
fn numbers(gossip: Gossip, turns: u32) -> Vec<f64> {
    let mut numbers: Vec<f64> = (0..gossip.clients).map(beginning).collect();
    for _ in 1..turns {
        let sum = |m: u32| {
            let letters = gossip.neighbours(m).into_iter().map(|n| numbers[n as usize]);
            letters.fold(numbers[m as usize], |sum, number| sum + number)
        };
        numbers = (0..gossip.clients).map(sum).collect();
    }
    numbers
}

fn with_snapshot(gossip: Gossip, options: &Options, after: usize) -> Snapshot {
    let (outcome, snapshots) = resumption::run(gossip, options, after);
    assert!(outcome.expect("stopping is no fault").results.is_none());
    let [snapshot] = &snapshots[..] else { panic!("{} snapshots", snapshots.len()) };
    snapshot.clone()
}

#[test]
fn every_client_has_the_sum_of_a_plain_loop() {
    for placement in PLACEMENTS {
        for clients in [3, 70] {
            let gossip = Gossip::of(clients);
            // The barrier at which it is stopped is the one after.
            let snapshot = with_snapshot(gossip, &options(clients, 2, placement), 3);
            let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            let turns = snapshot.barrier().round + 1;
            assert_eq!(bits(&snapshot.states), bits(&numbers(gossip, turns)));
        }
    }
}

#[test]
fn a_gossip_replays_whole_and_role_by_role_and_its_events_count_the_same_letters() {
    for by_turns in [false, true] {
        let gossip = Gossip { by_turns, ..Gossip::of(5) };
        for placement in PLACEMENTS {
            let options = options(5, 2, placement);
            for level in Level::ALL {
                let bytes = file(gossip, &options, level);
                assert_eq!(compared(&bytes, gossip, &options), Verdict::Same, "{level:?}");
            }
            let recount = assert_replays_role_by_role(gossip, &file(gossip, &options, Level::Full), 5);
            let total = |tallies: &[Tally]| {
                let mut total = Total::default();
                [RUMOUR, RUMOUR + OF_ACTORS].iter().for_each(|&kind| total.add(&tallies[usize::from(kind)]));
                total
            };
            assert_eq!(total(&recount.wire), letters(gossip, gossip.turns));
            assert_eq!(total(&recount.local).messages, 2 * letters(gossip, gossip.turns).messages);
        }
    }
}

/// A listener keeps nothing between turns, so that a worker alone need not take the other's steps; its
/// letters are the other's all the same.
#[test]
fn letters_that_the_other_worker_has_read_are_not_read_again_in_a_role_replay() {
    let listener = Listener::of(9);
    assert_replays_role_by_role(listener, &file(listener, &options(9, 2, Placement::Shard), Level::Full), 9);
}

#[test]
fn a_gossip_goes_on_from_a_snapshot_with_its_letters_under_way() {
    for clients in [3, 70] {
        let gossip = Gossip::of(clients);
        let reference = finished(gossip, &options(clients, 2, Placement::Shard));
        for after in 1..5 {
            for placement in PLACEMENTS {
                let snapshot = with_snapshot(gossip, &options(clients, 2, placement), after);
                assert_eq!(snapshot.letters.len() as u64, gossip.letters());
                let order: Vec<_> = snapshot.letters.iter().map(|letter| (letter.to, letter.from)).collect();
                assert!(order.is_sorted());
                for (threads, placement) in [(1, Placement::Role), (5, Placement::Shard)] {
                    let options =
                        resumption::resumed(&gossip, &options(clients, threads, placement), &snapshot);
                    let found = finished(gossip, &options);
                    assert_eq!(found.results, reference.results, "after {after}");
                    assert_eq!(found.ledger, reference.ledger, "after {after}");
                    let told = reference.seen.len() - found.seen.len();
                    assert_eq!(found.seen, reference.seen[told..], "after {after}");
                }
            }
        }
    }
}

#[test]
fn a_trace_goes_on_from_a_snapshot_with_its_letters_under_way() {
    use crate::replaying_rounds::{compared, snapshots};
    for clients in [3, 70] {
        let gossip = Gossip::of(clients);
        let bytes = file(gossip, &options(clients, 2, Placement::Shard), Level::Full);
        let snapshots = snapshots(&bytes, &KINDS);
        assert_eq!(snapshots.iter().map(|it| it.0.barrier().round).collect::<Vec<_>>(), [0, 2, 4]);
        for placement in PLACEMENTS {
            for (snapshot, offset) in &snapshots {
                assert_eq!(snapshot.letters.len() as u64, gossip.letters());
                let options = options(clients, 5, placement);
                assert_eq!(compared(gossip, &bytes, &options, snapshot, *offset), Verdict::Same);
            }
        }
    }
}

fn slipped(slip: Slip) -> Fault {
    let faults = PLACEMENTS.map(|placement| {
        [1, 2, 5].map(|threads| {
            let gossip = Gossip { slip: Some(slip), ..Gossip::of(70) };
            fault(gossip, &options(70, threads, placement))
        })
    });
    // Compared as text, since a number that is not one does not equal itself.
    let told = faults.as_flattened().iter().map(|fault| format!("{fault:?}")).collect::<Vec<_>>();
    assert!(told.iter().all(|fault| *fault == told[0]), "{told:?}");
    faults[0][0].clone()
}

#[test]
fn a_letter_that_cannot_be_sent_is_a_fault_of_the_worker_that_wrote_it() {
    let cases = [
        (Slip::ToNobody, "a letter to client 70, which the run does not have"),
        (Slip::ToItself, "a letter to itself"),
        (Slip::InAnothersName, "a letter in the name of client 1"),
        (Slip::UnknownKind, "a letter of kind 77, which does not go from client to client"),
        (Slip::KindThatGoesUp, "a letter of kind 3, which does not go from client to client"),
        (Slip::OtherPhase, "a rumour, which is of another phase"),
        (Slip::TwoVectors, "a actors_rumour with 2 vectors and 0 of integers, which has at most 1 and 1"),
        (Slip::TwoOfIntegers, "a actors_rumour with 1 vectors and 2 of integers, which has at most 1 and 1"),
    ];
    for (slip, what) in cases {
        let cause = Cause::Unexpected(what.to_owned());
        assert_eq!(slipped(slip), Fault { role: Address::Actor(3), round: 1, cause }, "{slip:?}");
    }
}

#[test]
fn a_number_in_a_letter_that_is_none_is_found_where_it_is_written() {
    let Fault { role, round, cause } = slipped(Slip::NotANumber);
    assert_eq!((role, round), (Address::Actor(3), 1));
    assert!(
        matches!(cause, Cause::NotFinite { vector: "number", index: 0, value } if value.is_nan()),
        "{cause}"
    );
}

/// A letter from client 3 to client 2, in round 1, which is the actors'.
const LETTER: Header = Header {
    from: Address::Client(3),
    to: Address::Client(2),
    place: Place { round: 1, phase: Phase::Actor, barrier: 0 },
    kind: RUMOUR + OF_ACTORS,
};

#[test]
fn a_letter_that_is_lost_or_doubled_is_told_by_the_ledger() {
    let gossip = Gossip::of(5);
    let written = Header { from: Address::Actor(3), to: Address::Client(3), ..LETTER };
    let handed = Header { from: Address::Client(2), to: Address::Actor(2), ..LETTER };
    for placement in PLACEMENTS {
        let clean = options(5, 2, placement);
        let whole = finished(gossip, &clean).ledger;
        // The server, which asks for the sum of ages, is content with either.
        for (header, damage, wire, local) in [
            (LETTER, Damage::Drop, -1, -1),
            (LETTER, Damage::Double, 1, 1),
            (written, Damage::Drop, -1, -2),
            (written, Damage::Double, 1, 2),
            (handed, Damage::Drop, 0, -1),
            (handed, Damage::Double, 0, 1),
        ] {
            let damaged = Options { plant: Some(Plant { header, damage }), ..clean.clone() };
            let found = finished(gossip, &damaged).ledger;
            let difference = |link| peers(&found, link) as i64 - peers(&whole, link) as i64;
            let case = format!("{damage:?} {header:?} {placement:?}");
            assert_eq!((difference(Link::Wire), difference(Link::Local)), (wire, local), "{case}");
            // Its records are sound, say so too, and are those of the other placement.
            let [shard, role] = PLACEMENTS.map(|placement| {
                traces::recorded(
                    gossip,
                    &Options { placement, ..damaged.clone() },
                    Level::Full,
                    Kept::Everyone,
                )
                .0
            });
            assert!(shard == role, "{case}");
        }
    }
}

#[test]
fn a_poisoned_letter_is_a_fault_of_its_sender_and_a_panic_one_of_its_receiver() {
    for placement in PLACEMENTS {
        let planted = |damage| {
            let plant = Some(Plant { header: LETTER, damage });
            fault(Gossip::of(5), &Options { plant, ..options(5, 2, placement) })
        };
        let Fault { role, round, cause } = planted(Damage::Poison);
        assert_eq!((role, round), (LETTER.from, 1));
        assert!(matches!(cause, Cause::NotFinite { vector: "number", .. }), "{cause}");
        let panic = Cause::Panic("planted in client:2".to_owned());
        assert_eq!(planted(Damage::Panic), Fault { role: LETTER.to, round: 1, cause: panic });
    }
}

#[test]
fn one_ulp_in_one_letter_is_named_with_its_message_and_number() {
    let gossip = Gossip::of(5);
    let clean = options(5, 2, Placement::Shard);
    let written = Header { from: Address::Actor(3), to: Address::Client(3), ..LETTER };
    for (header, guilty) in [(written, Address::Actor(3)), (LETTER, Address::Client(3))] {
        let plant = Some(Plant { header, damage: Damage::Nudge(0) });
        let bytes = file(gossip, &Options { plant, ..clean.clone() }, Level::Full);
        let Verdict::Differs(found) = compared(&bytes, gossip, &clean) else { panic!("unseen") };
        let message = found.message.expect("a message");
        assert_eq!((found.round, message.header), (1, header));
        let mut named = 0;
        let mut assert_named = |content: Option<ContentDifference>| {
            let Some(ContentDifference::Number { vector, index: 0, recorded, now }) = content else {
                panic!("{content:?}")
            };
            assert_eq!((vector.as_str(), recorded), ("number", now.next_up()));
            named += 1;
        };
        // What goes from client to client was compared when it was written.
        if header == written {
            assert_named(message.content);
        }
        for role in traces::roles(5) {
            let mut trace = traces::trace(&bytes);
            let played = replay_role(&gossip, &mut trace, role, [u64::MAX; 2]);
            let difference = played.expect("a role").difference;
            let found = difference.as_ref().map(|difference| difference.header);
            assert_eq!(found, (role == guilty).then_some(header), "{role}");
            if let Some(difference) = difference {
                assert_named(difference.content);
            }
        }
        assert_eq!(named, 1 + usize::from(header == written));
    }
}

#[test]
fn another_integer_in_a_letter_is_named() {
    let (young, old) = (Gossip::of(5), Gossip { age: 2, ..Gossip::of(5) });
    let options = options(5, 2, Placement::Shard);
    let bytes = file(young, &options, Level::Full);
    let Verdict::Differs(found) = compared(&bytes, old, &options) else { panic!("unseen") };
    let message = found.message.expect("a message");
    assert_eq!((message.header.from, message.header.kind), (Address::Critic(0), RUMOUR));
    let vector = "age".to_owned();
    let content = ContentDifference::Integer { vector, index: 0, recorded: 1, now: 2 };
    assert_eq!(message.content, Some(content));
}

#[test]
fn a_run_that_fails_tells_nothing_of_its_letters() {
    let gossip = Gossip { slip: Some(Slip::ToItself), ..Gossip::of(5) };
    let (result, seen) = run(gossip, &options(5, 2, Placement::Shard));
    result.map(drop).expect_err("a letter to itself");
    assert_eq!(seen.len(), 2, "one barrier and its milestone");
}

/// What is said of letters: from whom to whom, how they go, and what they carry.
#[test]
fn the_doctor_sees_contradictions_in_letters() {
    let bytes = file(Gossip::of(5), &options(5, 1, Placement::Shard), Level::Full);
    assert!(examined(&bytes).healthy());
    type Change = fn(&mut Event);
    let to_others = |hop| move |event: &&mut Event| event.hop == hop;
    let changes: [(&str, Hop, Change); 9] = [
        ("another receiver", Hop::Peer, |it| it.to = (it.to + 1) % 5),
        ("another sender", Hop::Peer, |it| it.from = (it.from + 1) % 5),
        ("a receiver that is not there", Hop::Peer, |it| it.to = 5),
        ("a letter to oneself", Hop::Peer, |it| it.to = it.from),
        ("another payload", Hop::Peer, |it| it.digest ^= 1),
        ("one that was lost", Hop::Peer, |it| it.fate = Fate::Dropped),
        ("up", Hop::Peer, |it| (it.hop, it.to) = (Hop::Up, 0)),
        ("down", Hop::Peer, |it| (it.hop, it.from) = (Hop::Down, 0)),
        ("handed to somebody else", Hop::Hand, |it| (it.from, it.to) = ((it.to + 1) % 5, (it.to + 1) % 5)),
    ];
    for (what, hop, change) in changes {
        // The second turn has letters of the first, which are handed over first of all.
        let crafted = changed(
            &bytes,
            op::CHUNK,
            1,
            chunk(|it| it.events.events.iter_mut().find(to_others(hop)).map_or((), change)),
        );
        let findings = examined(&crafted);
        assert!(!findings.healthy() && findings.lost_bytes == 0, "{what} went unseen");
        assert!(
            findings.remarks.first.iter().any(|remark| {
                remark.what.starts_with("a message from") || remark.what.contains("in events")
            }),
            "{what}: {findings:?}"
        );
        for role in std::iter::once(Address::Server).chain((0..5).map(Address::Client)) {
            let mut trace = traces::trace(&crafted);
            let played = replay_role(&Gossip::of(5), &mut trace, role, [1000; 2]);
            if let Err(RoleError::Fault(Fault { cause: Cause::Panic(text), .. })) = played {
                panic!("{what}, {role}: {text}");
            }
        }
    }
}
