//! The ordering contract, line by line: [`dpac_actors::ordering`].

use crate::listener::{Gallery, KINDS, Listener, TURNS, hash, phase, told, value, written};
use crate::staged::{Bits, Finished, PLACEMENTS, Seen, finished, options};
use dpac_actors::host::{Options, Placement};
use dpac_actors::{Address, Damage, Header, Link, Phase, Place, Plant, Route, block_count, block_of};
use std::sync::atomic::Ordering;

/// Clients in blocks of their own, and in blocks of three.
const SIZES: [u32; 2] = [9, 130];

/// Runs under every placement on 1, 2 and 5 threads.
fn hosted(clients: u32, mut run: impl FnMut(Listener, &Options)) {
    for placement in PLACEMENTS {
        for threads in [1, 2, 5] {
            run(Listener::of(clients), &options(clients, threads, placement));
        }
    }
}

/// One of the three results of a turn.
fn result(finished: &Finished, turn: u32, which: usize) -> Vec<f64> {
    let (_, bits): &Bits = &finished.results[3 * turn as usize + which];
    bits.iter().map(|&bits| f64::from_bits(bits)).collect()
}

const HEARD: usize = 1;
const READ: usize = 2;

/// The hash of the last messages of each kind after a turn, of a client that has had some of them otherwise.
fn heard(turn: u32, otherwise: impl Fn(u32, u16, f64) -> f64) -> i64 {
    let mut last: Vec<(u16, f64)> = Vec::new();
    for earlier in 0..=turn {
        for (kind, number) in told(earlier) {
            last.retain(|(known, _)| *known != kind);
            last.push((kind, otherwise(earlier, kind, number)));
        }
    }
    hash(last.iter().flat_map(|&(kind, number)| [u64::from(kind), number.to_bits()]))
}

fn as_told(_: u32, _: u16, number: f64) -> f64 {
    number
}

#[test]
fn line_1_a_client_has_the_servers_messages_in_the_order_in_which_they_were_sent() {
    for clients in SIZES {
        hosted(clients, |listener, options| {
            let run = finished(listener, options);
            for turn in 0..TURNS {
                let expected = vec![heard(turn, as_told) as f64; clients as usize];
                assert_eq!(result(&run, turn, HEARD), expected, "turn {turn}, {options:?}");
            }
        });
    }
    // Another order would show.
    let mut backwards: Vec<_> = told(0);
    backwards.reverse();
    let words = backwards.iter().flat_map(|&(kind, number)| [u64::from(kind), number.to_bits()]);
    assert_ne!(hash(words), heard(0, as_told));
}

/// One client's copy of a message is changed on its way. What its worker has taken in is its own copy,
/// whichever message of the turn it was and whoever of its workers works; and that of all others is what
/// was sent.
#[test]
fn line_2_a_worker_has_taken_in_every_earlier_broadcast_of_its_client_before_it_works() {
    const CLIENT: u32 = 5;
    for turn in [2, 4] {
        for (kind, _) in told(turn) {
            let phase = KINDS[usize::from(kind)].phase;
            let place = Place { round: turn, phase, barrier: 0 };
            let down = Header { from: Address::Server, to: Address::Client(CLIENT), place, kind };
            let twin = Header { from: Address::Client(CLIENT), to: phase.worker(CLIENT), ..down };
            for header in [down, twin] {
                let nudged = |at: u32, of: u16, number: f64| {
                    if (at, of) == (turn, kind) { number.next_up() } else { number }
                };
                hosted(9, |listener, options| {
                    let plant = Some(Plant { header, damage: Damage::Nudge(0) });
                    let run = finished(listener, &Options { plant, ..options.clone() });
                    let mut expected = vec![heard(turn, as_told) as f64; 9];
                    expected[CLIENT as usize] = heard(turn, nudged) as f64;
                    assert_eq!(result(&run, turn, HEARD), expected, "{header:?} {options:?}");
                });
            }
        }
    }
    assert_eq!((phase(2), phase(4)), (Phase::Critic, Phase::Actor));
}

#[test]
fn line_3_replies_fold_in_client_order_within_blocks_and_blocks_in_order() {
    for clients in SIZES {
        let sum = |members: &mut dyn Iterator<Item = u32>, turn| {
            members.fold(0.0, |sum, m| sum + (value(turn, m) - 1.0))
        };
        let plain = |turn| {
            let blocks = (0..block_count(clients)).map(|block| sum(&mut block_of(clients, block), turn));
            1.0 + blocks.fold(0.0, |total, block| total + block) / f64::from(clients)
        };
        hosted(clients, |listener, options| {
            let run = finished(listener, options);
            for turn in 0..TURNS {
                let found = result(&run, turn, 0);
                assert_eq!(found[0].to_bits(), f64::to_bits(plain(turn)), "turn {turn}, {options:?}");
            }
        });
        // Backwards it would be another number.
        let backwards = |turn| 1.0 + sum(&mut (0..clients).rev(), turn) / f64::from(clients);
        assert!((0..TURNS).any(|turn| f64::to_bits(backwards(turn)) != f64::to_bits(plain(turn))));
    }
}

/// The letters of a turn are the next turn's, whichever worker works in it.
#[test]
fn line_4_letters_are_handed_over_in_the_next_turn_by_sender_and_in_each_senders_order() {
    for clients in SIZES {
        let letters = |turn: u32, to: u32| {
            let from = |m: u32| {
                let sent = written(clients, turn, m).into_iter().filter(move |letter| letter.0 == to);
                sent.flat_map(move |(_, number)| [u64::from(m), number.to_bits()])
            };
            (0..clients).flat_map(from).collect::<Vec<u64>>()
        };
        let expected: Vec<Vec<f64>> = (0..TURNS)
            .map(|turn| {
                let of = |m| turn.checked_sub(1).map_or_else(Vec::new, |before| letters(before, m));
                (0..clients).map(|m| hash(of(m)) as f64).collect()
            })
            .collect();
        hosted(clients, |listener, options| {
            let run = finished(listener, options);
            for turn in 0..TURNS {
                assert_eq!(result(&run, turn, READ), expected[turn as usize], "turn {turn}, {options:?}");
            }
        });
        assert!(letters(1, 1).len() > 2 * clients as usize, "all write to client 1, and one more than once");
    }
    assert!((1..TURNS).any(|turn| phase(turn) != phase(turn - 1)));
}

#[test]
fn line_5_a_turn_begins_when_all_of_the_turn_before_is_over_and_counted() {
    for clients in SIZES {
        let letters = |turn| (0..clients).map(|m| written(clients, turn, m).len() as u64).sum::<u64>();
        hosted(clients, |listener, options| {
            let run = finished(listener, options);
            assert_eq!(listener.gallery.intruders.load(Ordering::SeqCst), 0, "{options:?}");
            assert_eq!(run.seen.len(), TURNS as usize);
            for (turn, seen) in (0..).zip(&run.seen) {
                let Seen::Barrier(ended, ledger) = seen else { panic!("no milestones") };
                assert_eq!(ended.place.round, turn);
                let m = u64::from(clients) * u64::from(turn + 1);
                let counted = |route| ledger.total(Link::Wire, |kind| kind.route == route).messages;
                let peers: u64 = (0..=turn).map(letters).sum();
                assert_eq!(
                    [Route::Down, Route::Up, Route::Peer].map(counted),
                    [4 * m, m, peers],
                    "turn {turn}, {options:?}"
                );
            }
        });
    }
}

/// Client 0 is made to work after client 1 where they live on two threads; before it where there is one, in
/// whose blocks it is first.
#[test]
fn line_6_clients_of_a_turn_work_in_any_order_and_nothing_of_it_is_seen() {
    let place_of = |gallery: &Gallery, m: u32| {
        let order = gallery.order.lock().expect("nobody panics");
        order.iter().position(|&worked| worked == m).expect("it has worked")
    };
    let reference = finished(Listener::of(9), &options(9, 1, Placement::Shard));
    hosted(9, |listener, options| {
        let last_first = options.threads > 1;
        let listener = Listener { last_first, ..listener };
        assert_eq!(finished(listener, options), reference, "{options:?}");
        let late = place_of(listener.gallery, 0) > place_of(listener.gallery, 1);
        if options.threads > 1 || options.placement == Placement::Shard {
            assert_eq!(late, last_first, "{options:?}");
        }
    });
}
