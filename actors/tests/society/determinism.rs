//! The same bits for all threads, placements and sizes, and in every run.

use crate::staged::{Finished, PLACEMENTS, Seen, bits, finished, options, run_and_stop};
use crate::walk::Walk;
use dpac_actors::host::Placement;
use dpac_actors::{block_count, block_of};

fn same_however_hosted(walk: Walk, clients: u32, threads: &[usize]) -> Finished {
    let reference = finished(walk, &options(clients, 1, Placement::Shard));
    for placement in PLACEMENTS {
        for &threads in threads {
            let run = finished(walk, &options(clients, threads, placement));
            assert_eq!(run, reference, "{clients} clients, {threads} threads, {placement:?}");
        }
    }
    reference
}

#[test]
fn results_ledger_and_milestones_are_the_same_for_all_threads_and_placements() {
    // 63 blocks of 16, the last one with 8: twelve blocks per thread for five threads.
    assert_eq!((block_count(1000), block_of(1000, 62)), (63, 992..1000));
    let reference = same_however_hosted(Walk::default(), 1000, &[1, 2, 5]);
    let milestones = reference.seen.iter().filter(|seen| matches!(seen, Seen::Round(..))).count();
    assert_eq!((reference.seen.len(), milestones), (3 * 5, 3));
}

#[test]
fn results_are_the_same_when_the_first_order_is_known() {
    let walk = Walk { known: true, ..Walk::default() };
    let known = same_however_hosted(walk, 200, &[1, 2, 5]);
    // The order itself is the same, so only the ledger tells the two apart.
    let sent = finished(Walk::default(), &options(200, 2, Placement::Shard));
    assert_eq!(known.results, sent.results);
    assert_ne!(known.ledger, sent.ledger);
}

#[test]
fn repeated_runs_are_equal() {
    for placement in PLACEMENTS {
        let options = options(100, 3, placement);
        let first = finished(Walk::default(), &options);
        for _ in 0..10 {
            assert_eq!(finished(Walk::default(), &options), first);
        }
    }
}

#[test]
fn another_seed_gives_other_results_and_the_same_ledger() {
    let one = options(10, 2, Placement::Shard);
    let mut other = one.clone();
    other.seed += 1;
    let (one, other) = (finished(Walk::default(), &one), finished(Walk::default(), &other));
    assert_ne!(one.results, other.results);
    assert_eq!(one.ledger, other.ledger);
}

#[test]
fn the_wire_check_changes_nothing() {
    for placement in PLACEMENTS {
        let plain = options(70, 2, placement);
        let mut checked = plain.clone();
        checked.wire_check = true;
        assert_eq!(finished(Walk::default(), &checked), finished(Walk::default(), &plain));
    }
}

#[test]
fn few_clients_and_the_edge_of_the_first_block_size_are_hosted_alike() {
    for clients in [1, 2, 63, 64, 65, 66] {
        same_however_hosted(Walk::default(), clients, &[1, 2, 5]);
    }
}

#[test]
fn threads_without_a_block_do_no_harm() {
    assert_eq!(block_count(3), 3);
    same_however_hosted(Walk { known: true, ..Walk::default() }, 3, &[8]);
    same_however_hosted(Walk::default(), 3, &[8]);
}

#[test]
fn a_walk_without_vectors_to_speak_of_ends_too() {
    let reference = same_however_hosted(Walk { p: 1, q: 1, ..Walk::default() }, 5, &[1, 2]);
    // ψ has only the component that never moves.
    assert_eq!(reference.results[1].1, vec![1.0_f64.to_bits()]);
}

#[test]
fn the_stop_flag_ends_the_run_at_the_next_barrier() {
    for placement in PLACEMENTS {
        let reference = finished(Walk::default(), &options(40, 2, placement));
        // The fourth barrier closes round 0, whose milestone is told; nothing comes after it.
        for (barriers, told) in [(1, 1), (3, 3), (4, 5)] {
            let (result, seen) = run_and_stop(Walk::default(), &options(40, 2, placement), Some(barriers));
            let outcome = result.expect("stopping is no fault");
            assert_eq!(outcome.results.as_deref().map(bits), None);
            assert_eq!(seen, reference.seen[..told]);
            let (Seen::Barrier(_, ledger) | Seen::Round(_, _, ledger)) = &seen[told - 1];
            assert_eq!(outcome.ledger, *ledger);
        }
    }
}
