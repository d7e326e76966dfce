//! Snapshots of any length can be written, and reading one takes no more memory than its bytes account for.

use crate::gossip::{Gossip, OF_ACTORS};
use crate::resumption::resumed;
use crate::staged::{PLACEMENTS, Toy, fault, options};
use crate::walk::Walk;
use dpac_actors::host::{self, Observer, Observers, Options, Placement, SnapshotPlan};
use dpac_actors::{Address, Algorithm, Cause, FRAME_BYTES_MAX, Kind, Letter, Snapshot};
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
fn snapshots(toy: impl Toy) -> Vec<Snapshot> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let plan = SnapshotPlan { every_rounds: 1, every: Duration::MAX };
    let options = Options { snapshots: Some(plan), ..options(5, 1, Placement::Shard) };
    let algorithm: Arc<dyn Algorithm> = Arc::new(toy);
    host::run(&algorithm, &options, Observers::default().with(Keeper(Arc::clone(&kept)))).expect("a run");
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

/// Snapshots as bytes, of a walk, and of a gossip with letters under way and sums of integers.
fn kept() -> [(Vec<u8>, &'static [Kind]); 2] {
    let bytes = |snapshot: Snapshot| snapshot.encode().expect("a small snapshot");
    let gossip = snapshots(Gossip::of(5)).remove(1);
    assert!(!gossip.letters.is_empty() && !gossip.ended.integers.is_empty());
    [
        (bytes(snapshots(Walk::default()).remove(0)), &crate::walk::KINDS),
        (bytes(gossip), &crate::gossip::KINDS),
    ]
}

fn assert_lengths_are_known(toy: impl Toy) {
    for snapshot in snapshots(toy) {
        let bytes = snapshot.encode().expect("a small snapshot");
        assert_eq!(bytes.len(), snapshot.encoded_bytes());
        assert_eq!(Snapshot::decode(&bytes, toy.kinds()).expect("a snapshot"), snapshot);
    }
}

#[test]
fn length_of_a_snapshot_is_known_before_it_is_written() {
    assert_lengths_are_known(Walk::default());
    assert_lengths_are_known(Gossip::of(5));
}

/// Pages of zeros that nobody writes to take no memory, so that a GiB of them is cheap.
#[test]
fn a_snapshot_longer_than_any_message_is_written_whole() {
    let mut snapshot = snapshots(Walk::default()).remove(0);
    snapshot.states = vec![0.0; FRAME_BYTES_MAX / 8 + 1];
    let mut length = Length(0);
    snapshot.write(&mut length).expect("nothing is in the way");
    assert_eq!(length.0, snapshot.encoded_bytes() as u64);
    assert!(length.0 > FRAME_BYTES_MAX as u64);
}

/// A length of 2^45 bytes, or of as many elements, at every place: an allocation of that size would end the
/// process.
#[test]
fn lengths_that_lie_allocate_nothing() {
    for (bytes, kinds) in kept() {
        let mut refused = 0;
        for at in 0..bytes.len() - 7 {
            let mut lying = bytes.clone();
            lying[at..at + 8].copy_from_slice(&(1_u64 << 45).to_le_bytes());
            refused += usize::from(Snapshot::decode(&lying, kinds).is_err());
        }
        // Elsewhere it is a number like any other.
        assert!(refused > 8 * 8, "{refused} of {}", bytes.len());
        for cut in 0..bytes.len() {
            assert!(Snapshot::decode(&bytes[..cut], kinds).is_err(), "cut at {cut}");
        }
    }
}

#[test]
fn every_changed_bit_is_another_snapshot_or_an_error() {
    for (bytes, kinds) in kept() {
        let mut changed = bytes.clone();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                changed[at] ^= 1 << bit;
                if let Ok(read) = Snapshot::decode(&changed, kinds) {
                    assert!(read.encode().expect("as long") == changed, "byte {at}, bit {bit}");
                }
                changed[at] ^= 1 << bit;
            }
        }
    }
}

#[test]
fn letters_that_nobody_writes_are_not_taken_up() {
    let snapshot = snapshots(Gossip::of(5)).remove(1);
    let with_letter = |change: &dyn Fn(&mut Letter)| {
        let mut other = snapshot.clone();
        change(Arc::make_mut(&mut other.letters[3]));
        other
    };
    type Change = fn(&mut Letter);
    let changes: [(&str, Change); 4] = [
        ("to itself", |it| it.to = it.from),
        ("to nobody", |it| it.to = 5),
        ("from nobody", |it| it.from = u32::MAX),
        ("of the other phase", |it| it.kind = (it.kind + OF_ACTORS) % 6),
    ];
    for (what, change) in changes {
        let other = with_letter(&change);
        for placement in PLACEMENTS {
            let options = resumed(&Gossip::of(5), &options(5, 2, placement), &other);
            let fault = fault(Gossip::of(5), &options);
            assert_eq!(fault.role, Address::Server, "{what}");
            assert!(matches!(fault.cause, Cause::State(_)), "{what}: {fault}");
        }
    }
    let poisoned = with_letter(&|it| it.vectors[0] = [f64::INFINITY].into());
    let bytes = poisoned.encode().expect("a small snapshot");
    Snapshot::decode(&bytes, &crate::gossip::KINDS).expect_err("what no wire lets pass");
}
