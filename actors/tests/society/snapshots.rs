//! Snapshots of any length can be written, and reading one takes no more memory than its bytes account for.

use crate::staged::options;
use crate::walk::{KINDS, Walk};
use dpac_actors::host::{self, Observer, Observers, Options, Placement, SnapshotPlan};
use dpac_actors::{Algorithm, FRAME_BYTES_MAX, Snapshot};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

struct Keeper(Arc<Mutex<Vec<Snapshot>>>);

impl Observer for Keeper {
    fn snapshot(&mut self, snapshot: &Arc<Snapshot>) {
        self.0.lock().expect("nobody panics").push(Snapshot::clone(snapshot));
    }
}

/// The snapshots of a small run.
fn snapshots() -> Vec<Snapshot> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let plan = SnapshotPlan { every_rounds: 1, every: Duration::MAX };
    let options = Options { snapshots: Some(plan), ..options(5, 1, Placement::Shard) };
    let algorithm: Arc<dyn Algorithm> = Arc::new(Walk::default());
    let observers = Observers::default().with(Keeper(Arc::clone(&kept)));
    host::run(&algorithm, &options, observers).expect("a run");
    let snapshots = kept.lock().expect("nobody panics").clone();
    assert!(!snapshots.is_empty());
    snapshots
}

/// Counts what is written.
struct Length(u64);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn length_of_a_snapshot_is_known_before_it_is_written() {
    for snapshot in snapshots() {
        let bytes = snapshot.encode().expect("a small snapshot");
        assert_eq!(bytes.len(), snapshot.encoded_bytes());
        assert_eq!(Snapshot::decode(&bytes, &KINDS).expect("a snapshot"), snapshot);
    }
}

/// Pages of zeros that nobody writes to take no memory, so that a GiB of them is cheap.
#[test]
fn a_snapshot_longer_than_any_message_is_written_whole() {
    let mut snapshot = snapshots().remove(0);
    snapshot.states = vec![0.0; FRAME_BYTES_MAX / 8 + 1];
    let mut length = Length(0);
    snapshot.write(&mut length).expect("nothing is in the way");
    assert_eq!(length.0, snapshot.encoded_bytes() as u64);
    assert!(length.0 > FRAME_BYTES_MAX as u64);
}

/// A length of 2^45 bytes, or of as many elements, at every place: an allocation of that size would end the process.
#[test]
fn lengths_that_lie_allocate_nothing() {
    let bytes = snapshots().remove(0).encode().expect("a small snapshot");
    let mut refused = 0;
    for at in 0..bytes.len() - 7 {
        let mut lying = bytes.clone();
        lying[at..at + 8].copy_from_slice(&(1_u64 << 45).to_le_bytes());
        refused += usize::from(Snapshot::decode(&lying, &KINDS).is_err());
    }
    // Elsewhere it is a number like any other.
    assert!(refused > 8 * 8, "{refused} of {}", bytes.len());
    for cut in 0..bytes.len() {
        assert!(Snapshot::decode(&bytes[..cut], &KINDS).is_err(), "cut at {cut}");
    }
}
