//! Taking a trace apart, changing a record, and putting it together again with checksums that are right.

use dpac_actors::trace::format::{Chunk, PlainBody};
use dpac_actors::trace::{MAGIC, RawReader, write_record};
use std::io::Cursor;

/// Number and body of every record, the head included.
pub(crate) fn taken_apart(bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut reader = RawReader::open(Cursor::new(bytes)).expect("a trace");
    let mut found = Vec::new();
    while let Some(record) = reader.next_record().expect("a sound trace") {
        found.push((record.op, record.body));
    }
    found
}

/// The file of these records.
pub(crate) fn put_together(records: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for (op, body) in records {
        write_record(&mut bytes, *op, body).expect("memory");
    }
    bytes
}

/// The trace with its `n`-th record of a sort changed.
pub(crate) fn changed(bytes: &[u8], op: u8, n: usize, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut records = taken_apart(bytes);
    let (_, body) = records.iter_mut().filter(|(found, _)| *found == op).nth(n).expect("such a record");
    change(body);
    put_together(&records)
}

/// Changes a body that is plain data.
pub(crate) fn plain<T: PlainBody>(change: impl FnOnce(&mut T)) -> impl FnOnce(&mut Vec<u8>) {
    |body| {
        let mut read = T::decode(body).expect("a body");
        change(&mut read);
        *body = read.encode().expect("a small body");
    }
}

/// Changes a chunk.
pub(crate) fn chunk(change: impl FnOnce(&mut Chunk)) -> impl FnOnce(&mut Vec<u8>) {
    |body| {
        let mut read = Chunk::decode(body).expect("a chunk");
        change(&mut read);
        *body = read.encode().expect("a small chunk");
    }
}
