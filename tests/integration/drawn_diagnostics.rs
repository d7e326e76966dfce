//! What must hold of what the program draws of the errors in any bytes, taken for a configuration and for a
//! problem. The fuzzer in `fuzz/` looks for bytes of which it does not hold; here its corpus is replayed.

use dpac::algorithm::Registry;
use dpac::config::Loaded;
use dpac::diagnose::{Style, of_configuration, of_problem, render};
use dpac::pomdp::file::{ReadLimits, ReadOptions, parse_with};
use std::path::Path;

/// Small, so that every input is read at once.
const LIMITS: ReadLimits = ReadLimits { rows: 1 << 10, nonzeros: 1 << 12, reward_terms: 1 << 16 };

/// A terminal of 80 columns.
const STYLE: Style = Style { color: false, width: 80 };

/// Draws what is wrong with `bytes`, as on a terminal of 80 columns.
///
/// # Panics
/// If the drawing does, or if it could change what a terminal does.
pub(crate) fn check(bytes: &[u8]) {
    let mut options = ReadOptions::default();
    options.limits = LIMITS;
    let found = match parse_with(bytes, "any", options) {
        Ok(problem) => problem.warnings,
        Err(diagnostics) => diagnostics,
    };
    harmless(&render(&of_problem(&found, Path::new("any.POMDP"), bytes), STYLE));
    let text = String::from_utf8_lossy(bytes);
    let algorithms = Registry::BUILTIN.words();
    if let Err(errors) = Loaded::from_str("any.toml", &text).and_then(|loaded| loaded.config(&algorithms)) {
        let drawn = render(&of_configuration(&errors), STYLE);
        assert!(!drawn.is_empty());
        harmless(&drawn);
    }
}

fn harmless(drawn: &str) {
    assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()), "{drawn:?}");
    assert!(drawn.is_empty() || drawn.ends_with('\n'), "{drawn:?}");
}

#[test]
fn every_input_of_the_corpus_is_drawn_without_harm() {
    let corpus = |name: &str| format!("{}/fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut inputs = 0;
    for directory in [corpus("diagnostics"), corpus("configuration"), corpus("read")] {
        for entry in std::fs::read_dir(directory).expect("the fuzzer's corpus") {
            check(&std::fs::read(entry.expect("an entry").path()).expect("an input"));
            inputs += 1;
        }
    }
    assert!(inputs > 50, "{inputs} inputs");
}
