//! Traces: the same records whoever hosts the society, and every message in them.

use crate::arbitrary::check;
use crate::gossip::Gossip;
use crate::staged::{PLACEMENTS, Toy, options, run};
use crate::walk::{CRITIC_UP, Walk};
use dpac_actors::host::{self, Options, Placement, replay_role};
use dpac_actors::trace::format::{End, Gap, Head, HeadKind, MINOR, PlainBody, op};
use dpac_actors::trace::{
    Comparer, ContentDifference, Kept, Level, Memory, MessageDifference, OpenError, Record, Recount, Stretch,
    Trace, TraceError, TraceFile, TraceRecorder, Verdict, examine, is_trace, recover, ulps,
};
use dpac_actors::{Address, Counters, Damage, Header, Phase, Place, Plant, Tally, block_size};
use std::io::Cursor;

/// The records of a run, and how it ended.
pub(crate) fn recorded(toy: impl Toy, options: &Options, level: Level, kept: Kept) -> (Memory, host::Result) {
    let recorder = TraceRecorder::start(level, kept, Memory::default()).expect("a thread");
    let recorder = recorder.with_snapshots(SNAPSHOT_ROUNDS);
    let mut options = options.clone();
    options.tracer = Some(recorder.tracer());
    let (outcome, _) = run(toy, &options);
    drop(options);
    let (memory, done) = recorder.finish(&outcome);
    done.expect("memory takes everything");
    (memory, outcome)
}

pub(crate) fn assert_same_however_hosted(toy: impl Toy, clients: u32, level: Level, kept: &Kept) {
    let (reference, _) = recorded(toy, &options(clients, 1, Placement::Shard), level, kept.clone());
    for placement in PLACEMENTS {
        for threads in [1, 2, 5] {
            let (memory, _) = recorded(toy, &options(clients, threads, placement), level, kept.clone());
            assert!(memory == reference, "{clients} clients, {threads} threads, {placement:?}, {level:?}");
        }
    }
}

#[test]
fn records_are_the_same_for_all_threads_and_placements() {
    for level in Level::ALL {
        for clients in [1, 3, 200] {
            assert_same_however_hosted(Walk::default(), clients, level, &Kept::Everyone);
        }
        let known = Walk { known: true, ..Walk::default() };
        assert_same_however_hosted(known, 70, level, &Kept::Clients(vec![3..=5, 60..=90]));
    }
}

#[test]
fn the_last_record_has_the_ledger_of_the_run() {
    let (memory, outcome) =
        recorded(Walk::default(), &options(9, 2, Placement::Shard), Level::Rounds, Kept::Everyone);
    let (op, body) = memory.records.last().expect("records");
    assert_eq!(*op, op::END);
    let end = End::decode(body).expect("an end");
    assert_eq!(end.counters, Some(Counters::from(&outcome.expect("no fault").ledger)));
}

/// A snapshot in every second round.
pub(crate) const SNAPSHOT_ROUNDS: u32 = 2;

/// A head for a trace.
pub(crate) fn head(toy: &impl Toy, options: &Options, level: Level) -> Head {
    Head {
        minor: MINOR,
        program: "test".to_owned(),
        commit: String::new(),
        target: String::new(),
        cpu_features: Vec::new(),
        created_unix_seconds: 0,
        algorithm: toy.name().to_owned(),
        clients: options.clients,
        block_size: block_size(options.clients),
        seed: options.seed,
        level: level as u8,
        kept: None,
        snapshot_rounds: if level == Level::Full { SNAPSHOT_ROUNDS } else { 0 },
        kinds: toy.kinds().iter().map(HeadKind::of).collect(),
        config: String::new(),
        files: Vec::new(),
    }
}

/// An empty file, open for reading and writing.
pub(crate) fn made(path: &std::path::Path) -> std::fs::File {
    let file = std::fs::File::options().read(true).write(true).create(true).truncate(true).open(path);
    file.expect("a file")
}

/// The trace of a run as a file.
pub(crate) fn file(toy: impl Toy, options: &Options, level: Level) -> Vec<u8> {
    let directory = std::env::temp_dir().join(format!(
        "dpac-trace-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    let sink = TraceFile::create(made(&directory), &head(&toy, options, level)).expect("a file");
    let recorder = TraceRecorder::start(level, Kept::Everyone, sink).expect("a thread");
    let recorder = recorder.with_snapshots(SNAPSHOT_ROUNDS);
    let mut traced = options.clone();
    traced.tracer = Some(recorder.tracer());
    let (outcome, _) = run(toy, &traced);
    drop(traced);
    let (sink, done) = recorder.finish(&outcome);
    done.expect("the disk takes everything");
    sink.finish().expect("the disk takes everything");
    let bytes = std::fs::read(&directory).expect("the file");
    std::fs::remove_file(&directory).expect("the file");
    bytes
}

pub(crate) fn trace(bytes: &[u8]) -> Trace<Cursor<&[u8]>> {
    Trace::read(Cursor::new(bytes)).expect("a trace")
}

/// Runs an algorithm against a trace.
pub(crate) fn compared(bytes: &[u8], toy: impl Toy, options: &Options) -> Verdict {
    let opened = Trace::read(Cursor::new(bytes.to_vec())).expect("a trace");
    let (head, records) = opened.into_records();
    let level = head.level().expect("a level");
    let recorder = TraceRecorder::start(level, Kept::Everyone, Comparer::new(records, head));
    let recorder = recorder.expect("a thread").with_snapshots(SNAPSHOT_ROUNDS);
    let mut traced = options.clone();
    traced.tracer = Some(recorder.tracer());
    let (outcome, _) = run(toy, &traced);
    drop(traced);
    let (comparer, _) = recorder.finish(&outcome);
    comparer.verdict().expect("memory")
}

pub(crate) fn roles(clients: u32) -> Vec<Address> {
    let of_client = |m| [Address::Client(m), Address::Critic(m), Address::Actor(m)];
    std::iter::once(Address::Server).chain((0..clients).flat_map(of_client)).collect()
}

const NUDGED: Plant = Plant {
    header: Header {
        from: Address::Critic(2),
        to: Address::Client(2),
        place: Place { round: 1, phase: Phase::Critic, barrier: 1 },
        kind: CRITIC_UP,
    },
    damage: Damage::Nudge(3),
};

/// Drives every role through a trace, in which each message was sent by one of them; and counts it again.
pub(crate) fn assert_replays_role_by_role(toy: impl Toy, bytes: &[u8], clients: u32) -> Recount {
    let mut sent = 0;
    for role in roles(clients) {
        let played = replay_role(&toy, &mut trace(bytes), role, [u64::MAX; 2]).expect("a role");
        assert_eq!(played.difference, None, "{role}");
        assert!(played.complete, "{role}: {played:?}");
        sent += played.sent;
    }
    let mut recount = Recount::new(trace(bytes).head());
    let mut reader = trace(bytes);
    let mut end = None;
    while let Some(record) = reader.next_record().expect("memory") {
        match record {
            Record::Chunk(chunk) => recount.add(reader.head(), &chunk.events),
            Record::End(found) => end = Some(found),
            _ => {}
        }
    }
    let counters = end.and_then(|end| end.counters).expect("a run that came to its end");
    assert_eq!(recount.differences(reader.head(), &counters), [""; 0]);
    let messages = |tallies: &[Tally]| tallies.iter().map(|tally| tally.messages).sum::<u64>();
    assert_eq!(sent, messages(&counters.wire) + messages(&counters.local) + counters.notes.messages);
    recount
}

#[test]
fn a_run_replays_whole_at_every_level_and_role_by_role_at_full() {
    for walk in [Walk::default(), Walk { known: true, ..Walk::default() }] {
        let options = options(5, 2, Placement::Shard);
        for level in Level::ALL {
            let bytes = file(walk, &options, level);
            assert_eq!(compared(&bytes, walk, &options), Verdict::Same, "{level:?}");
        }
        assert_replays_role_by_role(walk, &file(walk, &options, Level::Full), 5);
    }
}

#[test]
fn one_ulp_in_one_reply_is_named_with_its_message_and_number() {
    let walk = Walk::default();
    let clean = options(5, 2, Placement::Shard);
    let mut nudged = clean.clone();
    nudged.plant = Some(NUDGED);
    let bytes = file(walk, &nudged, Level::Full);
    let named = |difference: &MessageDifference| {
        assert_eq!(difference.header, NUDGED.header);
        let Some(ContentDifference::Number { vector, index, recorded, now }) = &difference.content else {
            panic!("{difference:?}")
        };
        assert_eq!((vector.as_str(), *index), ("psi", 3));
        assert_eq!(recorded.to_bits(), now.next_up().to_bits());
        assert_eq!(ulps(*recorded, *now), 1);
    };
    let Verdict::Differs(divergence) = compared(&bytes, walk, &clean) else {
        panic!("the nudge went unseen")
    };
    assert_eq!((divergence.round, &divergence.checkpoint), (1, &Vec::new()));
    named(divergence.message.as_ref().expect("a message"));
    for role in roles(5) {
        let played = replay_role(&walk, &mut trace(&bytes), role, [u64::MAX; 2]).expect("a role");
        match played.difference {
            Some(difference) if role == Address::Critic(2) => {
                named(&difference);
                assert_eq!(played.deliveries.last().map(|header| header.to), Some(role));
            }
            // What the others do with it is what they would have done.
            difference => assert_eq!(difference, None, "{role}"),
        }
    }
    // The other levels know the message, or at least the round.
    let order = compared(&file(walk, &nudged, Level::Order), walk, &clean);
    let Verdict::Differs(divergence) = order else { panic!("the nudge went unseen") };
    let message = divergence.message.expect("a message");
    assert_eq!((message.header, message.content), (NUDGED.header, None));
    let rounds = compared(&file(walk, &nudged, Level::Rounds), walk, &clean);
    let Verdict::Differs(divergence) = rounds else { panic!("the nudge went unseen") };
    assert_eq!((divergence.round, &divergence.message), (1, &None));
    assert!(divergence.checkpoint[0].contains("block sums"), "{divergence:?}");
}

/// A small trace of a walk.
fn small() -> Vec<u8> {
    let walk = Walk { rounds: 1, critic_barriers: 1, actor_barriers: 1, ..Walk::default() };
    file(walk, &options(1, 1, Placement::Shard), Level::Full)
}

/// A small trace with letters and integers.
fn small_with_letters() -> Vec<u8> {
    file(Gossip { turns: 1, ..Gossip::of(2) }, &options(2, 1, Placement::Shard), Level::Full)
}

#[test]
fn every_prefix_of_a_trace_is_the_same_so_far_or_no_trace() {
    let walk = Walk { rounds: 2, critic_barriers: 1, actor_barriers: 1, ..Walk::default() };
    let options = options(2, 1, Placement::Shard);
    let bytes = file(walk, &options, Level::Full);
    assert_eq!(compared(&bytes[..bytes.len() / 2], walk, &options), Verdict::SameSoFar);
    for bytes in [bytes, small_with_letters()] {
        let whole = records(&bytes).expect("a trace").0;
        for cut in 0..bytes.len() {
            if let Some((read, complete)) = records(&bytes[..cut]) {
                assert!(!complete && read == whole[..read.len()], "cut at {cut}");
            }
        }
    }
}

/// Changes every byte in turn, as every mask says.
fn assert_damage_ends_it(bytes: &[u8], masks: impl Iterator<Item = u8> + Clone) {
    let whole = records(bytes).expect("a trace").0;
    let mut flipped = bytes.to_vec();
    for at in 0..bytes.len() {
        for mask in masks.clone() {
            flipped[at] = bytes[at] ^ mask;
            if let Some((read, complete)) = records(&flipped) {
                assert!(!complete && read == whole[..read.len()], "byte {at}, mask {mask:02x}");
            }
        }
        flipped[at] = bytes[at];
    }
}

#[test]
fn every_other_value_of_every_byte_of_a_trace_ends_it_before_the_damage() {
    assert_damage_ends_it(&small(), 1..=u8::MAX);
}

#[test]
fn every_flipped_bit_of_a_trace_with_letters_ends_it_before_the_damage() {
    assert_damage_ends_it(&small_with_letters(), (0..8).map(|bit| 1 << bit));
}

/// The sound records, and whether that is all; nothing where there is no trace.
pub(crate) fn records(bytes: &[u8]) -> Option<(Vec<Record>, bool)> {
    let mut trace = Trace::read(Cursor::new(bytes)).ok()?;
    let mut records = Vec::new();
    while let Some(record) = trace.next_record().expect("memory") {
        records.push(record);
    }
    assert_eq!(trace.complete(), trace.damage().is_none());
    Some((records, trace.complete()))
}

/// The first bytes of a trace that version 0.1.0 has recorded.
const FORMAT_1: &[u8] = b"\x89DPT\x01\x0d\x0a\x1aDPr1\x01\x00\x00\x00\x2a\x04\x00\x00\xb5\x74\x91\x01";

#[test]
fn a_trace_of_format_1_is_refused_by_name() {
    let error = Trace::read(Cursor::new(FORMAT_1)).map(drop).expect_err("another format");
    assert!(matches!(error, TraceError::Open(OpenError::Version(1))), "{error:?}");
    assert_eq!(
        error.to_string(),
        "a trace of format 1; this program reads format 2: replay it with the version of dpac that recorded \
         it, or record the run again"
    );
    // It is known to be a trace, and nothing is recovered from it.
    assert!(is_trace(FORMAT_1));
    let looked = examine(Cursor::new(FORMAT_1), |_, _| Ok(()), |_| Ok(()));
    assert!(matches!(looked, Err(TraceError::Open(OpenError::Version(1)))));
    let recovered = recover(Cursor::new(FORMAT_1), &mut Cursor::new(Vec::new()));
    assert!(matches!(recovered, Err(TraceError::Open(OpenError::Version(1)))));
}

#[test]
fn what_is_sound_beyond_damage_is_found_and_recovered() {
    let walk = Walk::default();
    let options = options(3, 1, Placement::Shard);
    let bytes = file(walk, &options, Level::Full);
    let healthy = examine(Cursor::new(&bytes), |_, _| Ok(()), |_| Ok(())).expect("a head");
    assert!(healthy.healthy() && healthy.lost_bytes == 0 && healthy.stretches.len() == 1);
    // A record in the middle loses a byte of its body.
    let (whole, _) = records(&bytes).expect("a trace");
    let mut damaged = bytes.clone();
    let at = bytes.len() / 2;
    damaged[at] ^= 0x55;
    let findings = examine(Cursor::new(&damaged), |_, _| Ok(()), |_| Ok(())).expect("a head");
    let [Stretch::Sound { .. }, Stretch::Damaged { offset, bytes: lost, .. }, Stretch::Sound { .. }] =
        findings.stretches[..]
    else {
        panic!("{:?}", findings.stretches)
    };
    assert!((offset..offset + lost).contains(&(at as u64)) && !findings.healthy());
    let mut recovered = Cursor::new(Vec::new());
    assert_eq!(recover(Cursor::new(&damaged), &mut recovered).expect("a head"), findings);
    let recovered = recovered.into_inner();
    // It opens again, is read up to the gap, and says what was lost.
    let (read, complete) = records(&recovered).expect("a trace");
    assert!(!complete && read == whole[..read.len()] && !read.is_empty());
    let mut gaps = Vec::new();
    let again = examine(Cursor::new(&recovered), |_, _| Ok(()), |_| Ok(())).expect("a head");
    assert_eq!((again.lost_bytes, again.ended, again.footed), (0, true, true));
    examine(
        Cursor::new(&recovered),
        |op, body| {
            if op == op::GAP {
                gaps.extend(Gap::decode(body));
            }
            Ok(())
        },
        |_| Ok(()),
    )
    .expect("a head");
    assert_eq!(gaps, [Gap { offset, bytes: lost }]);
    assert_eq!(compared(&recovered, walk, &options), Verdict::SameSoFar);
}

#[test]
fn cut_traces_are_recovered_up_to_the_cut() {
    let walk = Walk { rounds: 1, critic_barriers: 1, actor_barriers: 1, ..Walk::default() };
    let bytes = file(walk, &options(2, 1, Placement::Shard), Level::Full);
    for cut in (0..bytes.len()).step_by(7) {
        let mut recovered = Cursor::new(Vec::new());
        if recover(Cursor::new(&bytes[..cut]), &mut recovered).is_ok() {
            let (read, _) = records(&recovered.into_inner()).expect("a trace");
            let (before, _) = records(&bytes[..cut]).expect("a trace");
            let kept = before.iter().filter(|record| !matches!(record, Record::Index(_)));
            assert_eq!(
                read.iter().filter(|r| !matches!(r, Record::Footer(_))).count(),
                kept.count(),
                "cut at {cut}"
            );
        }
    }
}

#[test]
fn a_file_made_of_false_beginnings_is_searched_in_time() {
    let bytes = file(Walk::default(), &options(2, 1, Placement::Shard), Level::Rounds);
    let mut hostile = bytes[..bytes.len() / 2].to_vec();
    let mut frame = [0; 16];
    frame[..4].copy_from_slice(b"DPr1");
    frame[8..12].copy_from_slice(&400_000_u32.to_le_bytes());
    for _ in 0..60_000 {
        hostile.extend_from_slice(&frame);
    }
    let findings = examine(Cursor::new(&hostile), |_, _| Ok(()), |_| Ok(())).expect("a head");
    assert!(findings.lost_bytes >= 900_000);
}

/// The files that the fuzzer begins with, and what a linear congruential generator makes of them.
#[test]
fn any_bytes_are_read_to_an_end_and_what_is_read_is_written_the_same() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/trace");
    let mut files: Vec<Vec<u8>> = std::fs::read_dir(directory)
        .expect("a corpus")
        .map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a file"))
        .collect();
    files.push(file(Walk { rounds: 1, ..Walk::default() }, &options(2, 1, Placement::Shard), Level::Full));
    assert!(files.iter().all(|bytes| records(bytes).is_some_and(|(_, complete)| complete)), "sound traces");
    assert!(files.len() > 3, "the corpus has a file of each level");
    let mut draw = 1_u64;
    let mut below = |n: usize| {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (draw >> 33) as usize % n
    };
    for bytes in &files {
        check(bytes);
        for _ in 0..300 {
            let mut changed = bytes.clone();
            for _ in 0..1 + below(4) {
                let at = below(changed.len());
                match below(3) {
                    0 => changed[at] = below(256) as u8,
                    1 => changed.truncate(at.max(1)),
                    _ => drop(changed.remove(at)),
                }
                if changed.is_empty() {
                    break;
                }
            }
            check(&changed);
        }
    }
}
