//! What must hold of any bytes given to the reader of problem files. The fuzzer in `fuzz/` looks for bytes of
//! which it does not hold; here its corpus is replayed.

use dpac::pomdp::file::{
    Diagnostic, ProblemFile, ReadLimits, ReadOptions, Reset, Severity, parse_with, write,
};

/// Small, so that every input is read at once: the fuzzer looks for faults of logic, and its memory limit is
/// for those.
const LIMITS: ReadLimits = ReadLimits { rows: 1 << 10, nonzeros: 1 << 12, reward_terms: 1 << 16 };

/// Reads `source` in every way.
///
/// # Panics
/// If the reader does, if an error points outside the source, or if what was read does not survive being
/// written.
pub(crate) fn check(source: &[u8]) {
    for reset in [Reset::Continue, Reset::End] {
        let with = |options: ReadOptions| {
            let mut options = options;
            options.limits = LIMITS;
            options.reset = reset;
            read(source, options)
        };
        let (strictly, leniently) = (with(ReadOptions::strict()), with(ReadOptions::default()));
        let mut counts = ReadOptions::default();
        (counts.normalize, counts.discount) = (true, Some(0.5));
        with(counts);
        // What is read strictly means the same without the extensions.
        if let Some(file) = strictly {
            assert_eq!(leniently.map(meaning), Some(meaning(file)));
        }
    }
}

fn read(source: &[u8], options: ReadOptions) -> Option<ProblemFile> {
    match parse_with(source, "fuzzed", options) {
        Ok(file) => {
            check_places(&file.warnings, source);
            check_writing(&file);
            Some(file)
        }
        Err(diagnostics) => {
            assert!(diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error));
            check_places(&diagnostics, source);
            None
        }
    }
}

fn check_places(diagnostics: &[Diagnostic], source: &[u8]) {
    assert!(diagnostics.is_sorted_by_key(|diagnostic| diagnostic.span.start));
    for diagnostic in diagnostics {
        let span = &diagnostic.span;
        assert!(span.start <= span.end && span.end <= source.len(), "{diagnostic:?}");
        // A line ends at LF, at CR, or at both together.
        let ends =
            |at: &usize| source[*at] == b'\n' || source[*at] == b'\r' && source.get(at + 1) != Some(&b'\n');
        let line = 1 + (0..span.start).filter(ends).count();
        assert_eq!(diagnostic.line, line, "{diagnostic:?}");
        assert!(diagnostic.column >= 1 && !diagnostic.message.is_empty(), "{diagnostic:?}");
    }
}

/// Written, and with no `reset` left in it, it is a file of the strict grammar, and reads back to the same
/// model and rewards, bit for bit.
fn check_writing(file: &ProblemFile) {
    let text = write(file);
    let again = parse_with(text.as_bytes(), "fuzzed", ReadOptions::strict());
    let again = again.unwrap_or_else(|diagnostics| panic!("{diagnostics:?}\n{text}"));
    assert_eq!(write(&again), text);
    assert_eq!(meaning(again), meaning(file.clone()), "{text}");
}

/// Everything but warnings. `Debug` tells apart all finite numbers, also the two zeros.
fn meaning(file: ProblemFile) -> String {
    format!("{:?}\n{:?}", file.model, file.outcome_reward)
}

#[test]
fn every_input_of_the_corpus_is_read_soundly_or_refused() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/read");
    let mut inputs = 0;
    for entry in std::fs::read_dir(directory).expect("the fuzzer's corpus") {
        let path = entry.expect("an entry").path();
        check(&std::fs::read(&path).expect("an input"));
        inputs += 1;
    }
    assert!(inputs > 50, "{inputs} inputs in {directory}");
}
