//! The ledger against counts that were made by hand.

use crate::staged::{Finished, PLACEMENTS, Seen, finished, options};
use crate::walk::{ACTOR_SYNC, ACTOR_UP, CRITIC_SYNC, CRITIC_UP, KINDS, POLICY_CRITIC, Q_BROADCAST, Walk};
use dpac_actors::{Effort, Ledger, Link, Phase, Route, Tally, Total};

/// Messages, floats by name, bytes.
fn tally(messages: u64, floats: &[u64], wire_bytes: u64) -> Tally {
    Tally { messages, floats: floats.to_vec(), integers: Vec::new(), wire_bytes }
}

/// Messages, floats of every name, bytes.
fn total(messages: u64, floats: u64, wire_bytes: u64) -> Total {
    Total { messages, floats, integers: 0, wire_bytes }
}

const SMALL: Walk =
    Walk { rounds: 2, critic_barriers: 3, actor_barriers: 2, steps: 4, p: 2, q: 3, known: false, slip: None };

fn ledgers(walk: Walk, clients: u32) -> impl Iterator<Item = Ledger> {
    PLACEMENTS.into_iter().map(move |placement| finished(walk, &options(clients, 2, placement)).ledger)
}

#[test]
fn ledger_of_five_clients_is_what_was_counted_by_hand() {
    // Five clients, two rounds: 30 messages up and down for three barriers of the critics, 20 for two of
    // the actors, and 10 for what opens a phase. Frames: 41 + 8 + 8·3 = 73 up and 73 + 8 + 8·3 = 105 down
    // with ψ; 65 and 97 with ω; 73 + 8 + 8·2 + 8 + 8·3 = 129 with both θ and ψ.
    let by_hand = [
        tally(30, &[90], 30 * 73),
        tally(30, &[90], 30 * 105),
        tally(10, &[20, 30], 10 * 129),
        tally(10, &[30], 10 * 105),
        tally(20, &[40], 20 * 65),
        tally(20, &[40], 20 * 97),
    ];
    for ledger in ledgers(SMALL, 5) {
        for (kind, expected) in by_hand.iter().enumerate() {
            assert_eq!(ledger.tally(Link::Wire, kind), expected, "{}", KINDS[kind].name);
        }
        // Two rounds of five barriers.
        assert_eq!(*ledger.notes(), tally(10, &[], 370));
        assert_eq!((ledger.barriers(Phase::Critic), ledger.barriers(Phase::Actor)), (6, 4));
        assert_eq!(ledger.broadcasts(), 4);
        let effort =
            |steps| Effort { local_steps: steps, trajectories: 2 * steps, environment_steps: 6 * steps };
        assert_eq!(*ledger.effort(Phase::Critic), effort(120));
        assert_eq!(*ledger.effort(Phase::Actor), effort(80));
        assert_eq!(ledger.route(Route::Up), total(50, 130, 2190 + 1300));
        assert_eq!(ledger.route(Route::Down), total(70, 210, 3150 + 1290 + 1050 + 1940));
        assert_eq!(ledger.route(Route::Peer), Total::default());
        assert_eq!(ledger.route(Route::Up).payload_bytes(), 8 * 130);
        let by_name = |route| ["theta", "psi", "omega", "other"].map(|name| ledger.floats(route, name));
        assert_eq!(by_name(Route::Up), [0, 90, 40, 0]);
        assert_eq!(by_name(Route::Down), [20, 150, 40, 0]);
        assert_eq!(by_name(Route::Peer), [0; 4]);
    }
}

#[test]
fn a_known_first_order_saves_one_message_per_client() {
    for (sent, known) in ledgers(SMALL, 5).zip(ledgers(Walk { known: true, ..SMALL }, 5)) {
        assert_eq!(*known.tally(Link::Wire, POLICY_CRITIC.into()), tally(5, &[10, 15], 5 * 129));
        assert_eq!(known.broadcasts(), 3);
        for kind in [CRITIC_UP, CRITIC_SYNC, Q_BROADCAST, ACTOR_UP, ACTOR_SYNC].map(usize::from) {
            assert_eq!(known.tally(Link::Wire, kind), sent.tally(Link::Wire, kind));
        }
        assert_eq!(known.effort(Phase::Critic), sent.effort(Phase::Critic));
    }
}

#[test]
fn ledger_equals_its_closed_form_for_several_sizes() {
    for (clients, rounds, barriers, steps, p, q) in
        [(1, 1, 1, 1, 1, 1), (3, 4, 1, 2, 5, 1), (66, 2, 3, 1, 1, 7), (130, 1, 2, 3, 4, 4)]
    {
        let walk = Walk {
            rounds,
            critic_barriers: barriers,
            actor_barriers: 1,
            steps,
            p,
            q,
            known: false,
            slip: None,
        };
        let (m, r, s) = (u64::from(clients), u64::from(rounds), u64::from(barriers));
        let (theta, psi) = (p as u64, q as u64);
        for ledger in ledgers(walk, clients) {
            let up = ledger.route(Route::Up);
            assert_eq!(up, total(m * r * (s + 1), m * r * (s * psi + theta), up.wire_bytes));
            assert_eq!(up.wire_bytes, up.messages * 49 + 8 * up.floats);
            let by_name = |route| ["theta", "psi", "omega"].map(|name| ledger.floats(route, name));
            assert_eq!(by_name(Route::Up), [0, m * r * s * psi, m * r * theta]);
            let down = ledger.route(Route::Down);
            let floats = [m * r * theta, m * r * (s + 2) * psi, m * r * theta];
            assert_eq!(by_name(Route::Down), floats);
            assert_eq!(down, total(m * r * (s + 3), floats.iter().sum(), down.wire_bytes));
            assert_eq!(down.wire_bytes, m * r * (81 * (s + 2) + 89) + 8 * down.floats);
            let effort = ledger.effort(Phase::Critic);
            assert_eq!(effort.local_steps, m * r * s * steps);
            assert_eq!((ledger.barriers(Phase::Critic), ledger.broadcasts()), (r * s, 2 * r));
        }
    }
}

#[test]
fn every_wire_message_has_one_local_twin() {
    for walk in [SMALL, Walk { known: true, ..SMALL }] {
        for ledger in ledgers(walk, 67) {
            for kind in 0..KINDS.len() {
                assert_eq!(ledger.tally(Link::Local, kind), ledger.tally(Link::Wire, kind));
            }
        }
    }
}

#[test]
fn a_milestone_is_told_with_the_ledger_up_to_its_barrier() {
    let Finished { seen, .. } = finished(SMALL, &options(5, 2, PLACEMENTS[0]));
    let told: Vec<_> = seen
        .windows(2)
        .filter_map(|pair| match pair {
            [Seen::Barrier(ended, before), Seen::Round(round, _, ledger)] => {
                Some((ended.place.round, *round, before == ledger, ledger.broadcasts()))
            }
            _ => None,
        })
        .collect();
    // Two phases per round have been opened by then; the next round's opening is not yet sent.
    assert_eq!(told, [(0, 0, true, 2), (1, 1, true, 4)]);
}

#[test]
fn numbers_of_a_message_are_counted_by_the_place_of_their_name() {
    let sum = Tally { integers: vec![6], ..tally(1, &[1, 2, 3, 4], 5) };
    assert_eq!((sum.all_floats(), sum.all_integers(), sum.payload_bytes()), (10, 6, 8 * 16));
    assert_eq!((sum.floats[2], sum.integers[0]), (3, 6));
    let mut twice = sum.clone();
    twice.add(&sum);
    assert_eq!(twice, Tally { integers: vec![12], ..tally(2, &[2, 4, 6, 8], 10) });
}
