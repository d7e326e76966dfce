//! What must hold of any bytes given for a configuration, with `--set`s after a byte 0. The fuzzer in `fuzz/`
//! looks for bytes of which it does not hold; here its corpus is replayed.

use dpac::algorithm::Registry;
use dpac::config::{Loaded, resolved_toml};

/// Reads `bytes`.
///
/// # Panics
/// If the reader does, if an error has no text or stands outside its source, or if what was read is another
/// configuration once it has been written.
pub(crate) fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let (text, settings) = text.split_once('\0').unwrap_or((text, ""));
    let settings: Vec<&str> = settings.split('\0').filter(|setting| !setting.is_empty()).collect();
    let algorithms = Registry::BUILTIN.words();
    let read = |text: &str, settings: &[&str]| {
        Loaded::from_str("any", text)?.with_overrides(settings)?.config(&algorithms)
    };
    let config = match read(text, &settings) {
        Ok(config) => config,
        Err(errors) => {
            let said = errors.to_string();
            assert!(!said.is_empty());
            for error in dpac::diagnose::of_configuration(&errors) {
                assert!(!error.message.is_empty());
                assert!(error.position().is_none_or(|(line, column)| line > 0 && column > 0));
            }
            return;
        }
    };
    let words = Registry::BUILTIN.find(&config.algorithm.name).expect("it was read").words;
    let written = resolved_toml(&config, &words, &[]);
    let again = read(&written, &[]).unwrap_or_else(|errors| panic!("{errors}\n{written}"));
    assert_eq!(again, config, "{written}");
    assert_eq!(resolved_toml(&again, &words, &[]), written);
}

#[test]
fn every_input_of_the_corpus_is_a_configuration_or_refused() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/configuration");
    let mut inputs = 0;
    for entry in std::fs::read_dir(directory).expect("the fuzzer's corpus") {
        check(&std::fs::read(entry.expect("an entry").path()).expect("an input"));
        inputs += 1;
    }
    assert!(inputs > 5, "{inputs} inputs in {directory}");
}
