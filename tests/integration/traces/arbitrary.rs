//! What must hold of any records that somebody has put together with checksums that are right: two traces of
//! them are compared, and a role is driven through one. The fuzzer in `fuzz/` looks for records of which it
//! does not hold; here its corpus is replayed.

use dpac::algorithm::Registry;
use dpac::experiment::{COMPONENTS_MAX, Resolved, diff, divergence, resolve_head};
use dpac_actors::host::{RoleError, replay_role};
use dpac_actors::trace::format::{Chunk, Head, PlainBody, op};
use dpac_actors::trace::{Blob, MAGIC, RawReader, Trace, Verdict, body_digest, write_record};
use dpac_actors::{Address, Body, Cause, Fault, Header, Kind, Phase, Place, Snapshot, State, decode, encode};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

/// A small trace of level full, by three clients.
const GOLDEN: &[u8] = include_bytes!("../../golden/toggle-dpac.dpt");

/// The first record of the golden trace.
fn golden_head() -> Vec<u8> {
    let mut records = RawReader::open(Cursor::new(GOLDEN)).expect("a trace");
    records.next_record().expect("sound").expect("a head").body
}

/// Records as the fuzzer writes them: number, length in two bytes, body.
fn pieces(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let [number, low, high, rest @ ..] = bytes else { return None };
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let (body, later) = rest.split_at(length.min(rest.len()));
        bytes = later;
        Some((*number, body))
    })
}

/// Compares two traces. The first byte says whether the rest is two files, or the records of both, which of
/// the two in the highest bit of the number.
pub(crate) fn compare(bytes: &[u8]) {
    let Some((mode, rest)) = bytes.split_first() else { return };
    let mut files = [MAGIC.to_vec(), MAGIC.to_vec()];
    if mode % 2 == 0 {
        let Some((length, rest)) = rest.split_first_chunk() else { return };
        let length = u32::from_le_bytes(*length) as usize;
        let (a, b) = rest.split_at(length.min(rest.len()));
        files = [a.to_vec(), b.to_vec()];
    } else {
        for file in &mut files {
            write_record(file, op::HEAD, &golden_head()).expect("memory");
        }
        for (number, body) in pieces(rest) {
            write_record(&mut files[usize::from(number >> 7)], number & 15, body).expect("memory");
        }
    }
    let open = |file: &Vec<u8>| Trace::read(Cursor::new(file.clone()));
    let [Ok(a), Ok(b), Ok(again)] = [open(&files[0]), open(&files[1]), open(&files[0])] else { return };
    let found = diff(a, b).expect("memory");
    // As the program says it.
    divergence::heads(&found.head_differences);
    divergence::text(&found, Path::new("a.dpt"));
    divergence::as_json(&found, Path::new("a.dpt"));
    let itself = diff(open(&files[0]).expect("it was one"), again).expect("memory");
    assert!(
        !matches!(itself.verdict, Verdict::Differs(_)),
        "a trace is another than itself: {:?}",
        itself.verdict
    );
}

/// The run of the golden trace.
pub(crate) fn golden() -> Resolved {
    let head = Head::decode(&golden_head()).expect("a head");
    resolve_head(&head, Registry::BUILTIN, COMPONENTS_MAX).expect("a run that can be made again").0
}

/// Drives a role through the records. The first byte says which role, and whether digests are made right.
pub(crate) fn drive(resolved: &Resolved, bytes: &[u8]) {
    let Some((mode, rest)) = bytes.split_first() else { return };
    let algorithm = &*resolved.algorithm;
    let mut records: Vec<(u8, Vec<u8>)> =
        pieces(rest).map(|(number, body)| (number & 15, body.to_vec())).collect();
    if mode & 1 == 1 {
        make_digests_right(&mut records, algorithm.kinds());
    }
    let mut file = MAGIC.to_vec();
    write_record(&mut file, op::HEAD, &golden_head()).expect("memory");
    for (number, body) in &records {
        write_record(&mut file, *number, body).expect("memory");
    }
    let of_client = |m| [Address::Client(m), Address::Critic(m), Address::Actor(m)];
    let roles: Vec<_> = std::iter::once(Address::Server).chain((0..3).flat_map(of_client)).collect();
    let role = roles[usize::from(mode >> 1) % roles.len()];
    let mut trace = Trace::read(Cursor::new(file)).expect("its head is sound");
    if let Err(RoleError::Fault(Fault { cause: Cause::Panic(text), .. })) =
        replay_role(algorithm, &mut trace, role, [8, 8])
    {
        panic!("{role}: {text}");
    }
    for (_, body) in records.iter().filter(|(number, _)| *number == op::SNAPSHOT) {
        take_up(algorithm, body);
    }
}

/// Goes on from a snapshot, as far as neither server nor learner needs anybody else.
fn take_up(algorithm: &dyn dpac_actors::Algorithm, body: &[u8]) {
    let Ok(snapshot) = Snapshot::decode(body, algorithm.kinds()) else { return };
    let mut learner = algorithm.learner();
    for sent in &snapshot.broadcasts {
        if learner.prepare(sent).is_err() {
            return;
        }
    }
    let mut coordinator = algorithm.coordinator();
    let restored = State::read(&snapshot.coordinator, |state| coordinator.state(state));
    if restored.is_ok() && coordinator.next(snapshot.ended).is_ok() {
        // An evaluation that is over says so instead.
        if let Ok(again) = State::write(|state| coordinator.state(state)) {
            let mut other = algorithm.coordinator();
            State::read(&again, |state| other.state(state)).ok();
        }
    }
}

/// Gives every payload the digest that it has, and every message that refers to it.
fn make_digests_right(records: &mut [(u8, Vec<u8>)], kinds: &[Kind]) {
    let mut renamed = BTreeMap::new();
    for (number, body) in records {
        match *number {
            op::BLOB => {
                let Some(mut blob) = Blob::decode(body) else { continue };
                let Some(read) = read_payload(&blob.bytes, kinds) else { continue };
                let digest = body_digest(&read);
                renamed.insert(blob.digest, digest);
                blob.digest = digest;
                *body = blob.encode();
            }
            op::CHUNK => {
                let Some(mut chunk) = Chunk::decode(body) else { continue };
                for event in &mut chunk.events.events {
                    event.digest = *renamed.get(&event.digest).unwrap_or(&event.digest);
                }
                *body = chunk.encode().expect("it was as long");
            }
            _ => {}
        }
    }
}

/// A payload as a message of whatever kind it fits.
fn read_payload(payload: &[u8], kinds: &[Kind]) -> Option<Body> {
    (0..kinds.len() as u16).find_map(|kind| {
        let header = Header {
            from: Address::Server,
            to: Address::Server,
            place: Place { round: 0, phase: Phase::Critic, barrier: 0 },
            kind,
        };
        let frame = encode(&header, &Body::Barrier { replies: 0, digest: 0 }).expect("a small frame");
        // A note's body has 16 bytes: its sort, two numbers.
        let before = &frame[..frame.len() - 16];
        Some(decode(&[before, payload].concat(), kinds).ok()?.body)
    })
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let directory = format!("{}/fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(&directory).expect("the fuzzer's corpus");
    let inputs: Vec<_> =
        entries.map(|entry| std::fs::read(entry.expect("an entry").path()).expect("an input")).collect();
    assert!(!inputs.is_empty(), "{directory} is empty");
    inputs
}

#[test]
fn any_two_traces_are_compared_to_an_end() {
    corpus("trace_diff").iter().for_each(|input| compare(input));
}

#[test]
fn a_role_is_driven_through_any_records_to_an_end() {
    let resolved = golden();
    for mut input in corpus("role_replay") {
        for mode in 0..20 {
            if let Some(first) = input.first_mut() {
                *first = mode;
            }
            drive(&resolved, &input);
        }
    }
}
