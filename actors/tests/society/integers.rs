//! Integers beside floats: summed over clients, counted by name at eight bytes each, and never wrapped.

use crate::gossip::{Gossip, OF_ACTORS, REPORT, Slip, TICK};
use crate::staged::{PLACEMENTS, fault, finished, options};
use dpac_actors::{Address, BlockFold, Cause, Fault, Link, Named, Route, Tally};

/// The server holds the sums of what its clients have read, and of the ages, against its own; its last
/// result is the first sum.
#[test]
fn the_server_has_the_sums_over_all_clients() {
    for clients in [1, 2, 3, 70, 200] {
        let gossip = Gossip::of(clients);
        for placement in PLACEMENTS {
            for threads in [1, 2, 5] {
                let results = finished(gossip, &options(clients, threads, placement)).results;
                // Letters of the last turn are read by nobody.
                let read = (gossip.letters() * u64::from(gossip.turns - 1)) as f64;
                assert_eq!(results[1], ("read", vec![read.to_bits()]));
            }
        }
    }
}

#[test]
fn integers_are_counted_by_name_and_by_hand() {
    // Five clients, three turns of the critics and three of the actors. A report has one float and three
    // integers, which stand in two lists: 41 + 8 + 8 + 8 + 8 + 8 + 8 + 16 bytes; a tick has one integer: 73
    // + 8 + 8 + 8.
    let report = Tally { messages: 15, floats: vec![15], integers: vec![15, 30], wire_bytes: 15 * 105 };
    let tick = Tally { messages: 15, floats: vec![], integers: vec![15], wire_bytes: 15 * 97 };
    for placement in PLACEMENTS {
        let ledger = finished(Gossip::of(5), &options(5, 2, placement)).ledger;
        for phase in [0, OF_ACTORS] {
            for (kind, expected) in [(REPORT + phase, &report), (TICK + phase, &tick)] {
                for link in [Link::Wire, Link::Local] {
                    assert_eq!(ledger.tally(link, kind.into()), expected);
                }
            }
        }
        let by_name = |route| ["turn", "read", "oldest", "age"].map(|name| ledger.integers(route, name));
        assert_eq!(by_name(Route::Down), [30, 0, 0, 0]);
        assert_eq!(by_name(Route::Up), [0, 30, 60, 0]);
        assert_eq!(by_name(Route::Peer), [0, 0, 0, 60]);
        assert_eq!(ledger.route(Route::Up).payload_bytes(), 8 * (30 + 90));
    }
}

fn slipped(slip: Slip, clients: u32) -> Fault {
    let [shard, role] = PLACEMENTS.map(|placement| {
        fault(Gossip { slip: Some(slip), ..Gossip::of(clients) }, &options(clients, 2, placement))
    });
    assert_eq!(shard, role);
    shard
}

#[test]
fn a_sum_of_integers_that_does_not_fit_is_a_fault() {
    let cause = Cause::Overflow { vector: "read", index: 0 };
    let text = "the sum of component 0 of read over all clients does not fit into 64 bits";
    assert_eq!(cause.to_string(), text);
    // Blocks of one client are added by the server; of sixteen, client by client.
    let by_server = Fault { role: Address::Server, round: 1, cause: cause.clone() };
    assert_eq!(slipped(Slip::Overflow, 5), by_server);
    assert_eq!(slipped(Slip::Overflow, 1000), Fault { role: Address::Client(3), round: 1, cause });
}

#[test]
fn integers_of_another_length_are_a_fault_that_names_client_and_vector() {
    for clients in [5, 1000] {
        for (slip, found) in [(Slip::LongIntegers, 2), (Slip::NoIntegers, 0)] {
            let cause = Cause::Length { vector: "read", found, expected: 1 };
            assert_eq!(slipped(slip, clients), Fault { role: Address::Client(3), round: 1, cause });
        }
    }
}

#[test]
fn negative_integers_fold_and_too_few_or_too_many_vectors_do_not() {
    let base = vec![Named::new("psi", [0.0])];
    const NAMES: &[&str] = &["wins", "visits"];
    let mut fold = BlockFold::new(0, &base, NAMES);
    let reply = [vec![0.5]];
    fold.add(0, &reply, &[vec![i64::MIN], vec![1, 2]]).expect("a good reply");
    fold.add(1, &reply, &[vec![i64::MAX], vec![-5, 0]]).expect("a good reply");
    let short = fold.add(2, &reply, &[vec![0]]).expect_err("one of two");
    assert_eq!(short, Cause::Unexpected("a reply of 1 vectors of integers, expected 2".to_owned()));
    let length = fold.add(3, &reply, &[vec![0], vec![1]]).expect_err("one of two components");
    assert_eq!(length, Cause::Length { vector: "visits", found: 1, expected: 2 });
    assert_eq!(fold.finish().integers, [vec![-1], vec![-4, 2]]);
}
