//! What holds for any bytes that are taken for a trace: the fuzzer and the tests call the same function.

use dpac_actors::trace::format::{
    Checkpoint, Chunk, End, Footer, Gap, Head, HeadKind, Index, MINOR, PlainBody, SnapshotBody, op,
};
use dpac_actors::trace::{Blob, MAGIC, Record, Recount, Trace, examine, recover, write_record};
use dpac_actors::{Kind, Snapshot};
use std::io::Cursor;

/// Reads `bytes` as a trace, as the body of every record, and as the bodies of the records of a trace that
/// is sound.
pub(crate) fn check(bytes: &[u8]) {
    read(bytes);
    bodies(bytes);
    read(&framed(bytes));
}

/// Whatever it is, it is read to an end, and recovered to something that opens again.
fn read(bytes: &[u8]) {
    let Ok(mut trace) = Trace::read(Cursor::new(bytes)) else {
        assert!(recover(Cursor::new(bytes), &mut Cursor::new(Vec::new())).is_err());
        return;
    };
    let mut recount = Recount::new(trace.head());
    let mut records = 0_usize;
    while let Some(record) = trace.next_record().expect("memory") {
        records += 1;
        if let Record::Chunk(chunk) = &record {
            recount.add(trace.head(), &chunk.events);
        }
    }
    assert!(records <= bytes.len() / 16);
    assert_eq!(trace.complete(), trace.damage().is_none());
    let findings = examine(Cursor::new(bytes), |_, _| Ok(()), |_| Ok(())).expect("it has a head");
    if trace.complete() {
        assert_eq!(findings.lost_bytes, 0);
    }
    let mut recovered = Cursor::new(Vec::new());
    recover(Cursor::new(bytes), &mut recovered).expect("it has a head");
    let recovered = recovered.into_inner();
    let again = Trace::read(Cursor::new(recovered)).expect("it has a head still");
    assert_eq!(again.head(), trace.head());
}

/// What is read as a body is written as the same bytes.
fn bodies(bytes: &[u8]) {
    fn plain<T: PlainBody>(bytes: &[u8]) {
        if let Some(body) = T::decode(bytes) {
            assert_eq!(body.encode().expect("it was as long"), bytes);
        }
    }
    plain::<Head>(bytes);
    plain::<Checkpoint>(bytes);
    plain::<End>(bytes);
    plain::<Index>(bytes);
    plain::<Gap>(bytes);
    plain::<Footer>(bytes);
    if let Some(chunk) = Chunk::decode(bytes) {
        assert_eq!(chunk.encode().expect("it was as long"), bytes);
    }
    if let Some(blob) = Blob::decode(bytes) {
        assert_eq!(blob.encode(), bytes);
    }
    const NONE: [Kind; 0] = [];
    if let Ok(snapshot) = Snapshot::decode(bytes, &NONE) {
        assert_eq!(snapshot.encode().expect("it was as long"), bytes);
        let recorded = SnapshotBody::decode(bytes).map(|body| body.round);
        assert_eq!(recorded, snapshot.trace.map(|_| snapshot.ended.place.round));
    }
}

/// A file whose frames are sound: the first byte of each piece is its number, the second its length.
fn framed(bytes: &[u8]) -> Vec<u8> {
    let head = Head {
        minor: MINOR,
        program: String::new(),
        commit: String::new(),
        target: String::new(),
        cpu_features: Vec::new(),
        created_unix_seconds: 0,
        algorithm: String::new(),
        clients: 3,
        block_size: 1,
        seed: 0,
        level: 1,
        kept: None,
        snapshot_rounds: 0,
        kinds: vec![HeadKind {
            name: "kind".to_owned(),
            route: 0,
            phase: 0,
            opens_phase: false,
            answer: None,
            vectors: vec!["theta".to_owned(), "psi".to_owned()],
            integers: vec!["count".to_owned()],
        }],
        config: String::new(),
        files: Vec::new(),
    };
    let mut file = MAGIC.to_vec();
    write_record(&mut file, op::HEAD, &head.encode().expect("a small head")).expect("memory");
    let mut rest = bytes;
    while let [number, length, tail @ ..] = rest {
        let (body, later) = tail.split_at(usize::from(*length).min(tail.len()));
        write_record(&mut file, number % 16, body).expect("memory");
        rest = later;
    }
    file
}
