//! What must hold of any bytes given for a saved policy (`policy.json`) or for the policies of a run
//! (`policies.npy`). The fuzzer in `fuzz/` looks for bytes of which it does not hold; here its corpus is
//! replayed.

use dpac::config::Features;
use dpac::experiment::{SavedPolicy, parse_policies, subject};
use dpac::pomdp::builtin;

/// Reads `bytes` both ways.
///
/// # Panics
/// If a reader does, or if what was read is something else once it has been written.
pub(crate) fn check(bytes: &[u8]) {
    if let Ok(policy) = serde_json::from_slice::<SavedPolicy>(bytes) {
        let written = serde_json::to_vec(&policy).expect("numbers are numbers");
        let again: SavedPolicy = serde_json::from_slice(&written).expect("it was one");
        assert_eq!(again, policy);
        fit(&policy);
    }
    // The length of a policy comes from elsewhere: here, from the first byte.
    if let Some((columns, matrix)) = bytes.split_first() {
        let columns = usize::from(*columns);
        if let Some(rows) = parse_policies(matrix, columns) {
            assert!(rows.iter().all(|row| row.len() == columns));
            assert_eq!(rows.len() * columns * 8 + 128, matrix.len());
        }
    }
}

/// Whether a policy's features fit small problems is found out, whatever they are.
fn fit(policy: &SavedPolicy) {
    if !(1..=3).contains(&policy.horizon) {
        return;
    }
    for name in ["toggle", "gaussian-tiger"] {
        let problem = builtin::find(name).expect("a built-in problem").definition([]).expect("defaults");
        let critic = Features::Window { length: 0, tied: false };
        if let Ok(subject) = subject(&problem, policy.horizon, 0.9, policy.class, &critic) {
            assert!(subject.d_theta() > 0);
        }
    }
}

#[test]
fn every_input_of_the_corpus_is_read_or_refused() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/policy");
    let mut inputs = 0;
    for entry in std::fs::read_dir(directory).expect("the fuzzer's corpus") {
        check(&std::fs::read(entry.expect("an entry").path()).expect("an input"));
        inputs += 1;
    }
    assert!(inputs > 3, "{inputs} inputs in {directory}");
}

#[test]
fn a_matrix_that_a_run_has_written_is_read_and_no_prefix_of_it_is() {
    let whole =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/policy/matrix")).expect("an input");
    let (&columns, matrix) = whole.split_first().expect("columns");
    let columns = usize::from(columns);
    assert_eq!(parse_policies(matrix, columns).map(|rows| rows.len()), Some(2));
    for cut in 0..matrix.len() {
        assert_eq!(parse_policies(&matrix[..cut], columns), None, "{cut}");
    }
    assert_eq!(parse_policies(matrix, 0), None);
    assert_eq!(parse_policies(matrix, usize::MAX), None);
}
