//! What must hold of any bytes given for a checkpoint. The fuzzer in `fuzz/` looks for bytes of which it does
//! not hold; here its corpus is replayed.

use dpac::algorithm::Registry;
use dpac::experiment::{COMPONENTS_MAX, Resolved, reread_checkpoint, resolve_head, seal_checkpoint};
use dpac_actors::Algorithm;
use dpac_actors::trace::Trace;
use std::io::Cursor;

/// A small run of three clients, whose checkpoints these are said to be.
const GOLDEN: &[u8] = include_bytes!("../golden/toggle-dpac.dpt");

/// The run.
pub(crate) fn golden() -> Resolved {
    let trace = Trace::read(Cursor::new(GOLDEN)).expect("a trace");
    resolve_head(trace.head(), Registry::BUILTIN, COMPONENTS_MAX).expect("a run that can be made again").0
}

/// Reads `bytes` as a file, and as the three parts of one whose lengths and digest are right: each has two
/// bytes of length before it.
///
/// # Panics
/// If a reader does, or if what was read is something else once it has been written.
pub(crate) fn check(resolved: &Resolved, bytes: &[u8]) {
    let algorithm = &*resolved.algorithm;
    read(algorithm, bytes);
    let mut rest = bytes;
    let parts = [(); 3].map(|()| {
        let [low, high, tail @ ..] = rest else { return &[][..] };
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let (part, later) = tail.split_at(length.min(tail.len()));
        rest = later;
        part
    });
    read(algorithm, &seal_checkpoint(parts));
}

fn read(algorithm: &dyn Algorithm, bytes: &[u8]) {
    let Some((written, snapshot)) = reread_checkpoint(bytes, algorithm.kinds()) else { return };
    let (again, _) = reread_checkpoint(&written, algorithm.kinds()).expect("it was one");
    assert_eq!(again, written);
    let Some(Ok(snapshot)) = snapshot else { return };
    // As far as neither server nor learner needs anybody else.
    let mut learner = algorithm.learner();
    if !snapshot.broadcasts.iter().all(|sent| learner.prepare(sent).is_ok()) {
        return;
    }
    let mut coordinator = algorithm.coordinator();
    if dpac_actors::State::read(&snapshot.coordinator, |state| coordinator.state(state)).is_ok() {
        // Whatever it says next, it comes to say it.
        let _ = coordinator.next(snapshot.ended);
    }
}

#[test]
fn every_input_of_the_corpus_is_a_checkpoint_or_refused() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/checkpoint");
    let resolved = golden();
    let mut inputs = 0;
    for entry in std::fs::read_dir(directory).expect("the fuzzer's corpus") {
        check(&resolved, &std::fs::read(entry.expect("an entry").path()).expect("an input"));
        inputs += 1;
    }
    assert!(inputs > 1, "{inputs} inputs in {directory}");
}

/// What the fuzzer begins with is a checkpoint, or it would look for its faults in the wrong place.
#[test]
fn the_corpus_has_a_checkpoint_with_a_snapshot_and_one_without() {
    let resolved = golden();
    for (name, with) in [("running", true), ("beginning", false)] {
        let path = format!("{}/fuzz/corpus/checkpoint/{name}", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).expect("an input");
        let length = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
        let state = &bytes[2..2 + length(0)];
        let theta = &bytes[4 + state.len()..][..length(2 + state.len())];
        let snapshot = &bytes[6 + state.len() + theta.len()..];
        let file = seal_checkpoint([state, theta, snapshot]);
        let (written, found) = reread_checkpoint(&file, resolved.algorithm.kinds()).expect("a checkpoint");
        assert_eq!(written, file, "{name}");
        assert_eq!(found.map(|snapshot| snapshot.is_ok()), with.then_some(true), "{name}");
    }
}
