//! Traces that nobody has recorded: every checksum is right, and what is said is not true. Whoever reads
//! one comes to an end, with work in proportion to the file, and the doctor says what is wrong with it.

use crate::crafting::{changed, chunk, plain, put_together, taken_apart};
use crate::staged::options;
use crate::traces::{file, records};
use crate::walk::{KINDS, Walk};
use dpac_actors::host::{Placement, RoleError, replay_role};
use dpac_actors::trace::format::{
    Checkpoint, Chunk, End, Footer, Head, HeadKind, Index, KINDS_MAX, SnapshotBody, VECTORS_MAX, op,
};
use dpac_actors::trace::{
    Blob, Comparer, DamageKind, Findings, Hop, Level, REMARKS_MAX, Recount, STRETCHES_MAX, Shape, Sink,
    Trace, Verdict, body_digest, examine, recover, write_record,
};
use dpac_actors::{
    Address, Body, Broadcast, Cause, Fault, Header, Named, Order, Phase, Place, Snapshot, decode, encode,
};
use std::io::Cursor;
use std::sync::Arc;
use std::time::{Duration, Instant};

const CLIENTS: u32 = 3;

fn walk() -> Walk {
    Walk { rounds: 3, ..Walk::default() }
}

/// A trace that is sound and true.
fn honest(level: Level) -> Vec<u8> {
    file(walk(), &options(CLIENTS, 1, Placement::Shard), level)
}

fn snapshot(change: impl FnOnce(&mut Snapshot)) -> impl FnOnce(&mut Vec<u8>) {
    |body| {
        let mut read = Snapshot::decode(body, &KINDS).expect("a snapshot");
        change(&mut read);
        *body = read.encode().expect("a small snapshot");
    }
}

pub(crate) fn examined(bytes: &[u8]) -> Findings {
    examine(Cursor::new(bytes), |_, _| Ok(()), |_| Ok(())).expect("it has a head")
}

fn role(bytes: &[u8], role: Address) -> Result<(), RoleError> {
    let mut trace = Trace::read(Cursor::new(bytes)).expect("a trace");
    replay_role(&walk(), &mut trace, role, [1000; 2]).map(|_| ())
}

fn roles() -> impl Iterator<Item = Address> {
    let of_client = |m| [Address::Client(m), Address::Critic(m), Address::Actor(m)];
    std::iter::once(Address::Server).chain((0..CLIENTS).flat_map(of_client))
}

fn compared(recorded: &[u8], now: &[u8]) -> Verdict {
    let (head, records) = Trace::read(Cursor::new(recorded.to_vec())).expect("a trace").into_records();
    let (_, mut others) = Trace::read(Cursor::new(now)).expect("a trace").into_records();
    let mut comparer = Comparer::new(records, head);
    while let Ok(Some(record)) = others.next_record() {
        if !matches!(record.op, op::INDEX | op::FOOTER) && comparer.record(record.op, &record.body).is_err() {
            break;
        }
    }
    comparer.verdict().expect("memory")
}

/// What every reader does with the bytes.
fn read_every_way(bytes: &[u8]) {
    let Some(_) = records(bytes) else { return };
    let mut trace = Trace::read(Cursor::new(bytes)).expect("a trace");
    let mut recount = Recount::new(trace.head());
    while let Some(record) = trace.next_record().expect("memory") {
        if let dpac_actors::trace::Record::Chunk(chunk) = record {
            recount.add(trace.head(), &chunk.events);
        }
    }
    recover(Cursor::new(bytes), &mut Cursor::new(Vec::new())).expect("it has a head");
    let honest = honest(Level::Full);
    compared(bytes, &honest);
    compared(&honest, bytes);
    compared(bytes, bytes);
    if trace.head().level() == Some(Level::Full) {
        for address in roles() {
            // Whatever it is, it is no panic.
            if let Err(RoleError::Fault(Fault { cause: Cause::Panic(text), .. })) = role(bytes, address) {
                panic!("{address}: {text}");
            }
        }
    }
}

#[test]
fn a_true_trace_contradicts_itself_nowhere() {
    for level in Level::ALL {
        for walk in [walk(), Walk { known: true, ..walk() }, Walk { rounds: 7, ..walk() }] {
            for clients in [1, 3, 70] {
                let bytes = file(walk, &options(clients, 2, Placement::Shard), level);
                let findings = examined(&bytes);
                assert!(findings.healthy(), "{level:?}, {clients}: {:?}", findings.remarks);
            }
        }
    }
}

#[test]
fn the_doctor_sees_every_contradiction() {
    type Change = Box<dyn FnOnce(&mut Vec<u8>)>;
    let first = |change: fn(&mut Chunk)| -> Change { Box::new(chunk(change)) };
    let cases: Vec<(&str, u8, usize, Change)> = vec![
        ("a client", op::CHUNK, 0, first(|it| it.events.events[0].to = CLIENTS)),
        ("a kind", op::CHUNK, 0, first(|it| it.events.shapes[0].kind = 99)),
        ("a kind that goes the other way", op::CHUNK, 0, first(|it| it.events.shapes[0].kind = 0)),
        ("a phase", op::CHUNK, 0, first(|it| it.events.shapes[0].place.phase = Phase::Actor)),
        ("a length", op::CHUNK, 0, first(|it| it.events.shapes[0].lengths[0] += 1)),
        ("a digest", op::CHUNK, 0, first(|it| it.events.events[0].digest ^= 1)),
        ("a hop", op::CHUNK, 0, first(|it| it.events.events[0].hop = Hop::Up)),
        ("a turn too far", op::CHUNK, 1, first(|it| it.turn = u64::MAX)),
        ("a turn that goes back", op::CHUNK, 1, first(|it| it.turn = 1)),
        (
            "a message left out",
            op::CHUNK,
            1,
            first(|it| it.events.events.truncate(it.events.events.len() - 2)),
        ),
        ("a payload", op::BLOB, 1, Box::new(|body| *body.last_mut().expect("a number") ^= 1)),
        ("a payload of nothing", op::BLOB, 1, Box::new(|body| body.truncate(9))),
        ("a round", op::CHECKPOINT, 1, Box::new(plain(|it: &mut Checkpoint| it.round = 0))),
        ("turns", op::CHECKPOINT, 1, Box::new(plain(|it: &mut Checkpoint| it.turns += 1))),
        ("the chain", op::CHECKPOINT, 1, Box::new(plain(|it: &mut Checkpoint| it.events ^= 1))),
        (
            "a count",
            op::CHECKPOINT,
            1,
            Box::new(plain(|it: &mut Checkpoint| it.counters.wire[2].messages = u64::MAX)),
        ),
        ("kinds counted", op::CHECKPOINT, 1, Box::new(plain(|it: &mut Checkpoint| it.counters.wire.clear()))),
        (
            "the end's count",
            op::END,
            0,
            Box::new(plain(|it: &mut End| it.counters.as_mut().unwrap().local[0].floats[0] -= 1)),
        ),
        ("the end's chain", op::END, 0, Box::new(plain(|it: &mut End| it.events ^= 1))),
        ("the end's turns", op::END, 0, Box::new(plain(|it: &mut End| it.turns += 2))),
        ("the end's sort", op::END, 0, Box::new(plain(|it: &mut End| it.status = 9))),
        (
            "a place in the index",
            op::INDEX,
            0,
            Box::new(plain(|it: &mut Index| it.checkpoints[1].1 = u64::MAX)),
        ),
        (
            "a circle in the index",
            op::INDEX,
            0,
            Box::new(plain(|it: &mut Index| it.checkpoints[1] = it.checkpoints[0])),
        ),
        ("the footer's place", op::FOOTER, 0, Box::new(plain(|it: &mut Footer| it.index_offset = 0))),
        ("the footer's number", op::FOOTER, 0, Box::new(plain(|it: &mut Footer| it.records = u64::MAX))),
        ("a snapshot's seed", op::SNAPSHOT, 0, Box::new(snapshot(|it| it.seed ^= 1))),
        ("a snapshot's turns", op::SNAPSHOT, 0, Box::new(snapshot(|it| it.turns += 1))),
        ("a snapshot's count", op::SNAPSHOT, 0, Box::new(snapshot(|it| it.counters.notes.messages += 1))),
        ("a snapshot's round", op::SNAPSHOT, 0, Box::new(snapshot(|it| it.ended.place.round = 1))),
        ("blocks", op::HEAD, 0, Box::new(plain(|it: &mut Head| it.block_size = 0))),
        ("ranges", op::HEAD, 0, Box::new(plain(|it: &mut Head| it.kept = Some(vec![(u32::MAX, 0)])))),
        ("no vectors", op::HEAD, 0, Box::new(plain(|it: &mut Head| it.kinds[0].vectors.clear()))),
        ("a kind's phase", op::HEAD, 0, Box::new(plain(|it: &mut Head| it.kinds[0].phase = 7))),
        ("a kind's route", op::HEAD, 0, Box::new(plain(|it: &mut Head| it.kinds[0].route = 3))),
        ("an answer", op::HEAD, 0, Box::new(plain(|it: &mut Head| it.kinds[1].answer = Some(u16::MAX)))),
        ("the level", op::HEAD, 0, Box::new(plain(|it: &mut Head| it.level = 0))),
        ("no snapshots", op::HEAD, 0, Box::new(plain(|it: &mut Head| it.snapshot_rounds = 0))),
        ("other clients", op::HEAD, 0, Box::new(plain(|it: &mut Head| it.clients = u32::MAX))),
    ];
    let bytes = honest(Level::Full);
    for (what, op, n, change) in cases {
        let crafted = changed(&bytes, op, n, change);
        let findings = examined(&crafted);
        assert!(!findings.healthy(), "{what} went unseen");
        assert_eq!(findings.remarks.first.is_empty(), findings.lost_bytes > 0, "{what}: {findings:?}");
        read_every_way(&crafted);
    }
}

#[test]
fn a_body_that_is_not_what_its_number_says_is_damage_and_what_follows_is_found() {
    let bytes = honest(Level::Full);
    for (op, body) in
        [(op::CHUNK, vec![0; 40]), (op::SNAPSHOT, vec![1; 5]), (op::HEAD, Vec::new()), (77, vec![])]
    {
        let mut records = taken_apart(&bytes);
        records.insert(5, (op, body));
        let crafted = put_together(&records);
        let findings = examined(&crafted);
        assert!(findings.lost_bytes >= 16 && findings.stretches.len() == 3, "{op}: {findings:?}");
        let mut recovered = Cursor::new(Vec::new());
        recover(Cursor::new(&crafted), &mut recovered).expect("it has a head");
        // Of the recovered trace, all that stands before the gap is read; nothing of the rest is damaged.
        let again = examined(&recovered.into_inner());
        assert_eq!((again.lost_bytes, again.ended, again.footed), (0, true, true), "{op}");
        assert!(again.remarks.first.is_empty(), "{op}: {:?}", again.remarks);
        read_every_way(&crafted);
    }
}

#[test]
fn records_after_the_end_and_a_second_footer_are_seen() {
    let records = taken_apart(&honest(Level::Full));
    let of = |op: u8| records.iter().find(|(found, _)| *found == op).expect("such a record").clone();
    for op in [op::CHUNK, op::BLOB, op::CHECKPOINT, op::END, op::FOOTER, op::SNAPSHOT] {
        let mut longer = records.clone();
        longer.push(of(op));
        let findings = examined(&put_together(&longer));
        assert!(
            findings.remarks.first.iter().any(|it| it.what.contains("after the end")),
            "{op}: {findings:?}"
        );
    }
}

/// The first broadcast of a trace, as its record and as a message for client 0.
fn first_broadcast(bytes: &[u8]) -> (Header, Broadcast) {
    let body = taken_apart(bytes).into_iter().find(|(op, _)| *op == op::BLOB).expect("a payload").1;
    let header = Header {
        from: Address::Server,
        to: Address::Client(0),
        place: Place { round: 0, phase: Phase::Critic, barrier: 0 },
        kind: crate::walk::POLICY_CRITIC,
    };
    let payload = Blob::decode(&body).expect("a payload").bytes;
    let frame = encode(&header, &Body::Barrier { replies: 0, digest: 0 }).expect("a small frame");
    let frame = [&frame[..FRAME_BEFORE_BODY], &payload].concat();
    let Body::Sync(sent) = decode(&frame, &KINDS).expect("a frame").body else { panic!("no broadcast") };
    (header, Broadcast::clone(&sent))
}

/// Bytes of a frame before the body.
const FRAME_BEFORE_BODY: usize = 21;

/// The trace with its first broadcast changed, in the payload and in every event.
fn with_first_broadcast(bytes: &[u8], change: impl FnOnce(&mut Broadcast)) -> Vec<u8> {
    let (header, mut sent) = first_broadcast(bytes);
    let old = body_digest(&Body::Sync(Arc::new(sent.clone())));
    change(&mut sent);
    let body = Body::Sync(Arc::new(sent));
    let new = body_digest(&body);
    let payload = encode(&header, &body).expect("a small frame")[FRAME_BEFORE_BODY..].to_vec();
    let bytes = changed(bytes, op::BLOB, 0, |body| *body = Blob { digest: new, bytes: payload }.encode());
    changed(
        &bytes,
        op::CHUNK,
        0,
        chunk(|chunk| {
            for event in chunk.events.events.iter_mut().filter(|event| event.digest == old) {
                event.digest = new;
            }
        }),
    )
}

#[test]
fn an_order_for_more_steps_than_the_run_has_is_not_carried_out() {
    let bytes = honest(Level::Full);
    let worker = Address::Critic(0);
    role(&bytes, worker).expect("an honest trace");
    for (first_step, steps) in [(0, 1 << 63), (0, 1001), (u64::MAX, 1), (u64::MAX, u64::MAX), (1000, 1)] {
        let crafted = with_first_broadcast(&bytes, |sent| {
            sent.order = Order { first_step, steps, ..sent.order };
        });
        let refused = role(&crafted, worker).expect_err("an order beyond the run");
        assert!(matches!(refused, RoleError::Order { steps: found, .. } if found == steps), "{refused}");
        read_every_way(&crafted);
    }
}

#[test]
fn orders_that_are_repeated_come_to_an_end_with_the_steps_of_the_run() {
    let bytes = honest(Level::Full);
    let crafted = changed(
        &bytes,
        op::CHUNK,
        0,
        chunk(|chunk| {
            let hand = *chunk.events.events.iter().find(|event| event.hop == Hop::Hand).expect("a message");
            chunk.events.events = vec![hand; 100_000];
        }),
    );
    let refused = role(&crafted, Address::Critic(0)).expect_err("more steps than the run has");
    assert!(matches!(refused, RoleError::Order { .. }), "{refused}");
}

#[test]
fn a_payload_that_is_not_what_its_digest_says_is_not_used() {
    let bytes = honest(Level::Full);
    // The order's number of steps, whose digest stays what it was.
    let crafted = changed(&bytes, op::BLOB, 0, |body| body[8 + 4 + 8 + 7] ^= 0x40);
    for address in [Address::Critic(0), Address::Critic(2)] {
        let refused = role(&crafted, address).expect_err("a forged order");
        assert!(matches!(refused, RoleError::Forged(_)), "{refused}");
    }
    let Verdict::Differs(found) = compared(&crafted, &bytes) else { panic!("the payloads differ") };
    assert!(found.checkpoint[0].contains("is not what its digest says"), "{found:?}");
    // A reply.
    let replies = taken_apart(&bytes);
    let reply = replies.iter().filter(|(op, _)| *op == op::BLOB).position(|(_, body)| body[8] == 1);
    let crafted =
        changed(&bytes, op::BLOB, reply.expect("a reply"), |body| *body.last_mut().expect("a number") ^= 1);
    let refused = role(&crafted, Address::Server).expect_err("a forged reply");
    assert!(matches!(refused, RoleError::Forged(_)), "{refused}");
}

#[test]
fn payloads_of_what_is_no_number_and_of_other_lengths_are_faults() {
    let bytes = honest(Level::Full);
    for value in [f64::NAN, f64::NEG_INFINITY] {
        let crafted = with_first_broadcast(&bytes, |sent| sent.vectors[0].values = Arc::new([value, 1.0]));
        let refused = role(&crafted, Address::Critic(1)).expect_err("no number");
        assert!(
            matches!(&refused, RoleError::Fault(Fault { cause: Cause::NotFinite { index: 0, .. }, .. })),
            "{refused}"
        );
    }
    let crafted = with_first_broadcast(&bytes, |sent| {
        sent.vectors = vec![Named::new("theta", [])];
    });
    read_every_way(&crafted);
}

#[test]
fn messages_that_no_role_sends_are_refused_by_every_role() {
    let bytes = honest(Level::Full);
    type Change = fn(&mut Chunk);
    let changes: [(&str, Change); 5] = [
        ("the largest client", |it| it.events.events[0].to = u32::MAX),
        ("an unknown kind", |it| it.events.shapes[0].kind = u16::MAX - 1),
        ("the note's kind", |it| it.events.shapes[0].kind = u16::MAX),
        ("a kind that goes up", |it| it.events.shapes[0].kind = 0),
        ("the other phase", |it| it.events.shapes[0].place.phase = Phase::Actor),
    ];
    for (what, change) in changes {
        let crafted = changed(&bytes, op::CHUNK, 0, chunk(change));
        for address in roles() {
            let refused = role(&crafted, address).expect_err(what);
            assert!(matches!(refused, RoleError::Message(_)), "{what}, {address}: {refused}");
        }
        read_every_way(&crafted);
    }
}

#[test]
fn two_traces_with_very_many_shapes_are_compared_in_time() {
    let bytes = honest(Level::Full);
    // More than an event can refer to, over two chunks of one turn; no two are alike.
    let crowded = |salt: u32| {
        let mut records = taken_apart(&bytes);
        let at = records.iter().position(|(op, _)| *op == op::CHUNK).expect("a chunk");
        let crowd = |from: u32| {
            let mut crowd = Chunk::decode(&records[at].1).expect("a chunk");
            let like = crowd.events.shapes[0].clone();
            let shape = |i| Shape {
                place: Place { round: from + i, barrier: salt * u32::from(from > 0), ..like.place },
                ..like.clone()
            };
            crowd.events.shapes = (0..40_000).map(shape).collect();
            let event = crowd.events.events[0];
            crowd.events.events =
                (0..40_000).map(|shape| dpac_actors::trace::Event { shape, ..event }).collect();
            (op::CHUNK, crowd.encode().expect("a chunk"))
        };
        let crowds = [crowd(0), crowd(40_000)];
        records.splice(at..=at, crowds);
        put_together(&records)
    };
    let began = Instant::now();
    let Verdict::Differs(found) = compared(&crowded(1), &crowded(2)) else { panic!("they differ") };
    let message = found.message.expect("a message");
    assert_eq!(
        (message.header.place.barrier, message.other_header.map(|other| other.place.barrier)),
        (1, Some(2))
    );
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    read_every_way(&crowded(1));
}

#[test]
fn shapes_and_heads_beyond_their_bounds_are_refused() {
    let bytes = honest(Level::Order);
    let long = |n: usize| changed(&bytes, op::CHUNK, 0, chunk(|it| it.events.shapes[0].lengths = vec![1; n]));
    assert!(records(&long(VECTORS_MAX)).expect("a trace").1);
    let beyond = long(VECTORS_MAX + 1);
    let mut trace = Trace::read(Cursor::new(&beyond)).expect("a trace");
    while trace.next_record().expect("memory").is_some() {}
    assert_eq!(trace.damage().map(|damage| damage.what), Some(DamageKind::Body));
    let kind = HeadKind { name: String::new(), ..HeadKind::of(&KINDS[0]) };
    let heads: [fn(&mut Head, HeadKind); 4] = [
        |head, kind| head.kinds = vec![kind; KINDS_MAX + 1],
        |head, kind| head.kinds = vec![HeadKind { vectors: vec![String::new(); VECTORS_MAX + 1], ..kind }],
        |head, _| head.clients = 0,
        |head, _| head.level = 3,
    ];
    for change in heads {
        let kind = kind.clone();
        let crafted = changed(&bytes, op::HEAD, 0, plain(|head: &mut Head| change(head, kind)));
        assert!(records(&crafted).is_none());
        examine(Cursor::new(&crafted), |_, _| Ok(()), |_| Ok(())).expect_err("no head");
    }
}

#[test]
fn counts_stop_at_the_largest_number() {
    let bytes = honest(Level::Order);
    let crafted =
        changed(&bytes, op::CHUNK, 0, chunk(|it| it.events.shapes[0].lengths = vec![u32::MAX; VECTORS_MAX]));
    let mut trace = Trace::read(Cursor::new(&crafted)).expect("a trace");
    let Some(dpac_actors::trace::Record::Chunk(chunk)) = trace.next_record().expect("memory") else {
        panic!("a chunk")
    };
    let mut recount = Recount::new(trace.head());
    for tally in &mut recount.wire {
        (tally.messages, tally.wire_bytes) = (u64::MAX, u64::MAX);
        tally.floats.fill(u64::MAX - 1);
    }
    recount.add(trace.head(), &chunk.events);
    assert!(recount.wire.iter().all(|tally| (tally.messages, tally.wire_bytes) == (u64::MAX, u64::MAX)));
}

#[test]
fn a_file_of_short_damages_is_examined_in_time_and_told_in_few_words() {
    let mut bytes = honest(Level::Rounds);
    let gap = [0_u8; 16];
    for _ in 0..50_000 {
        bytes.push(7);
        write_record(&mut bytes, op::GAP, &gap).expect("memory");
    }
    let began = Instant::now();
    let findings = examined(&bytes);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!((findings.stretches.len(), findings.lost_bytes), (STRETCHES_MAX, 50_000));
    assert_eq!(findings.stretches.len() as u64 + findings.further_stretches, 100_001);
    assert!(findings.remarks.first.len() <= REMARKS_MAX);
}

#[test]
fn snapshots_of_what_cannot_be_are_no_snapshots() {
    let bytes = honest(Level::Full);
    let crafted = changed(
        &bytes,
        op::SNAPSHOT,
        0,
        snapshot(|it| {
            let mut sent = Broadcast::clone(&it.broadcasts[0]);
            sent.vectors[0].values = Arc::new([f64::NAN]);
            it.broadcasts[0] = Arc::new(sent);
        }),
    );
    let (_, body) = taken_apart(&crafted).into_iter().find(|(op, _)| *op == op::SNAPSHOT).expect("one");
    assert!(SnapshotBody::decode(&body).is_some(), "its numbers are nobody's who cannot read its kinds");
    Snapshot::decode(&body, &KINDS).expect_err("a broadcast that no wire lets pass");
    read_every_way(&crafted);
}
