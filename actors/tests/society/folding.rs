//! The server alone, fed in every order: what is folded is the same bits.

use crate::walk::{CRITIC_UP, KINDS, Walk};
use dpac_actors::roles::{Decision, Server};
use dpac_actors::{
    Address, Algorithm, BlockFold, BlockSum, Body, Cause, Header, Named, Phase, Place, block_count, block_of,
};
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

const CLIENTS: u32 = 1000;

const PLACE: Place = Place { round: 0, phase: Phase::Critic, barrier: 0 };

fn server(clients: u32) -> (Server, Vec<Named>) {
    let mut server = Server::new(clients, KINDS.into(), Walk { q: 2, ..Walk::default() }.coordinator());
    let turn = server.start().expect("a walk starts");
    let base = turn.barrier().expect("a walk starts with work").base.clone();
    (server, base)
}

/// Numbers of very different sizes, so that no two orders of adding them agree by chance.
fn reply(client: u32) -> Vec<Vec<f64>> {
    let m = f64::from(client);
    vec![vec![1.0 / (m + 0.3), if client.is_multiple_of(2) { 1e9 / (m + 1.0) } else { -1e-7 * m }]]
}

fn header(client: u32) -> Header {
    let (from, to) = (Address::Client(client), Address::Server);
    Header { from, to, place: PLACE, kind: CRITIC_UP }
}

fn done(steps: u64, vectors: Vec<Vec<f64>>) -> Body {
    Body::LocalStepsDone { steps, vectors, integers: Vec::new() }
}

fn deliver(server: &mut Server, client: u32) -> Result<Option<Decision>, Cause> {
    let body = done(5, reply(client));
    server.on_reply(&header(client), body).map_err(|fault| fault.cause)
}

/// A digest of the aggregate, the drift, and the next turn's ψ.
fn essence(decision: &Decision) -> (u64, u64, Vec<u64>) {
    let Body::Barrier { replies, digest } = decision.note.1 else { panic!("the note is a note") };
    assert_eq!(replies, CLIENTS);
    let psi = decision.turn.broadcasts[0].vector("psi").expect("a broadcast carries ψ");
    (digest, decision.ended.drift.to_bits(), psi.iter().map(|value| value.to_bits()).collect())
}

fn shuffled(length: u32, seed: u128) -> Vec<u32> {
    let mut generator = Pcg64Mcg::new(seed);
    let mut order: Vec<u32> = (0..length).collect();
    for i in (1..order.len()).rev() {
        order.swap(i, (generator.next_u64() % (i as u64 + 1)) as usize);
    }
    order
}

fn orders(length: u32) -> impl Iterator<Item = Vec<u32>> {
    let reversed = (0..length).rev().collect();
    [(0..length).collect(), reversed].into_iter().chain((1..8).map(move |seed| shuffled(length, seed)))
}

fn by_replies(order: &[u32]) -> (u64, u64, Vec<u64>) {
    let (mut server, _) = server(CLIENTS);
    let (last, before) = order.split_last().expect("there are clients");
    for &client in before {
        assert!(deliver(&mut server, client).expect("a good reply").is_none());
    }
    essence(&deliver(&mut server, *last).expect("a good reply").expect("the barrier closes"))
}

fn block(base: &[Named], index: u32) -> BlockSum {
    let mut fold = BlockFold::new(index, base, &[]);
    for client in block_of(CLIENTS, index) {
        fold.add(client, &reply(client), &[]).expect("a good reply");
    }
    fold.finish()
}

fn by_blocks(order: &[u32]) -> (u64, u64, Vec<u64>) {
    let (mut server, base) = server(CLIENTS);
    let (last, before) = order.split_last().expect("there are blocks");
    for &index in before {
        assert!(server.on_block(block(&base, index)).expect("a good block").is_none());
    }
    essence(&server.on_block(block(&base, *last)).expect("a good block").expect("the barrier closes"))
}

#[test]
fn replies_and_block_sums_fold_to_the_same_bits_in_every_order() {
    let expected = by_replies(&(0..CLIENTS).collect::<Vec<_>>());
    for order in orders(CLIENTS) {
        assert_eq!(by_replies(&order), expected);
    }
    for order in orders(block_count(CLIENTS)) {
        assert_eq!(by_blocks(&order), expected);
    }
}

#[test]
fn a_fold_in_order_of_arrival_gives_other_bits() {
    // What the server must not do; if this agreed, the test above could not fail.
    let arrival = |order: &[u32]| {
        let mut sums = [0.0; 2];
        for &client in order {
            for (sum, value) in sums.iter_mut().zip(&reply(client)[0]) {
                *sum += value - 1.0;
            }
        }
        sums.map(|sum| (1.0 + sum / f64::from(CLIENTS)).to_bits())
    };
    let expected = arrival(&(0..CLIENTS).collect::<Vec<_>>());
    for seed in 1..8 {
        assert_ne!(arrival(&shuffled(CLIENTS, seed)), expected);
    }
}

#[test]
fn a_second_reply_is_noticed_whenever_it_comes() {
    for clients in [1, 2, 64, 65, 1000] {
        let doubled = clients / 2;
        // At once; when its block is complete but waits for an earlier one; when its block has been folded.
        let (mut early, mut waiting, mut folded) = (server(clients).0, server(clients).0, server(clients).0);
        let send = |server: &mut Server, from: u32| deliver(server, from).map(drop);
        send(&mut early, doubled).expect("the first");
        send(&mut early, doubled).expect_err("the second at once");
        for client in (1..clients).rev() {
            send(&mut waiting, client).expect("the first");
        }
        if doubled > 0 {
            send(&mut waiting, doubled).expect_err("the second while client 0 is missing");
            assert_eq!(waiting.missing(), Some(0));
        }
        for client in 0..clients - 1 {
            send(&mut folded, client).expect("the first");
        }
        if doubled + 1 < clients {
            send(&mut folded, doubled).expect_err("the second while the last client is missing");
        }
        send(&mut folded, clients - 1).expect("the first");
        send(&mut folded, doubled).expect_err("the second after the barrier");
    }
}

#[test]
fn blocks_that_nobody_awaits_are_errors() {
    let (mut server, base) = server(CLIENTS);
    let complete =
        |server: &mut Server, sum: BlockSum| server.on_block(sum).map(|decision| decision.is_some());
    let beyond = BlockSum { block: block_count(CLIENTS), replies: 0, ..block(&base, 0) };
    complete(&mut server, beyond.clone()).expect_err("a block beyond the last");
    complete(&mut server, BlockSum { block: u32::MAX, ..beyond }).expect_err("a block far beyond the last");
    let torn = BlockSum { replies: 15, ..block(&base, 3) };
    assert_eq!(complete(&mut server, torn).expect_err("a reply is missing").cause, Cause::MissingReply(63));
    assert_eq!(complete(&mut server, block(&base, 3)), Ok(false));
    complete(&mut server, block(&base, 3)).expect_err("it waits already");
    assert_eq!(server.missing(), Some(0));
}

#[test]
fn replies_for_another_barrier_are_errors() {
    let (mut server, _) = server(2);
    let other = [
        Header { place: Place { round: 1, ..PLACE }, ..header(0) },
        Header { place: Place { barrier: 1, ..PLACE }, ..header(0) },
        Header { place: Place { phase: Phase::Actor, ..PLACE }, ..header(0) },
        Header { kind: CRITIC_UP + 1, ..header(0) },
        Header { from: Address::Client(2), ..header(0) },
        Header { from: Address::Critic(0), ..header(0) },
        Header { from: Address::Server, ..header(0) },
    ];
    for header in other {
        let body = done(5, reply(0));
        let fault = server.on_reply(&header, body).map(drop).expect_err("nobody awaits it");
        assert!(matches!(fault.cause, Cause::Unexpected(_)), "{fault}");
    }
    let body = done(4, reply(0));
    server.on_reply(&header(0), body).map(drop).expect_err("five steps were asked for");
    assert_eq!(server.missing(), Some(0));
}

fn named(values: &[f64]) -> Vec<Named> {
    vec![Named::new("psi", values)]
}

#[test]
fn untouched_components_add_positive_zero() {
    let start = [1.0 / 3.0, -2.5, -0.0, 0.0, f64::MIN_POSITIVE];
    let base = named(&start);
    let mut fold = BlockFold::new(0, &base, &[]);
    for client in 0..7 {
        let mut reply = start.to_vec();
        reply[1] += f64::from(client);
        fold.add(client, &[reply], &[]).expect("a good reply");
    }
    let sum = fold.finish();
    let zeros = [0, 2, 3, 4].map(|i| sum.sums[0][i].to_bits());
    assert_eq!(zeros, [0; 4]);
    assert_eq!(sum.sums[0][1].to_bits(), 21.0_f64.to_bits());
    assert_eq!(sum.squared_distance.to_bits(), 91.0_f64.to_bits());
}

#[test]
fn the_mean_of_identical_replies_is_the_reply_where_its_difference_is_exact() {
    for clients in [1, 2, 3, 7, 64, 66, 1000] {
        let (mut server, base) = server(clients);
        assert_eq!(base[0].values[..], [1.0, 1.0]);
        // Both differences from 1 are exact, and so are their multiples up to a thousand.
        let reply = [-7.25, 1.0 + 1.0 / 1024.0];
        let mut decision = None;
        for client in 0..clients {
            let body = done(5, vec![reply.to_vec()]);
            decision = server.on_reply(&header(client), body).expect("a good reply");
        }
        let turn = decision.expect("the barrier closes").turn;
        let psi = turn.broadcasts[0].vector("psi").expect("a broadcast carries ψ");
        assert_eq!(psi.iter().map(|value| value.to_bits()).collect::<Vec<_>>(), reply.map(f64::to_bits));
    }
}

#[test]
fn replies_of_the_wrong_shape_or_out_of_order_do_not_fold() {
    let base = named(&[0.0; 3]);
    let mut fold = BlockFold::new(0, &base, &[]);
    let wrong = fold.add(0, &[vec![0.0; 4]], &[]).expect_err("a longer vector");
    assert_eq!(wrong, Cause::Length { vector: "psi", found: 4, expected: 3 });
    let mut fold = BlockFold::new(0, &base, &[]);
    fold.add(1, &[], &[]).expect_err("no vector");
    fold.add(1, &[vec![0.0; 3]], &[]).expect_err("client 1 has had its turn");
    fold.add(0, &[vec![0.0; 3]], &[]).expect_err("client 0 comes before client 1");
    assert_eq!(fold.replies(), 0);
}
