//! Experiments that are sweeps, in their quick form, as the command runs them.

use dpac::algorithm::Registry;
use dpac::config::Loaded;
use dpac::paper::claims::EXPERIMENTS;
use dpac::sweep::{Base, Plan, Spec};
use std::process::{Command, Output};
use tempfile::TempDir;

fn paper(place: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.args(["paper"]).args(arguments).current_dir(place.path()).env("COLUMNS", "80");
    command.output().expect("the program starts")
}

fn passes(name: &str) -> serde_json::Value {
    let place = tempfile::tempdir().expect("a scratch directory");
    let output = paper(&place, &[name, "--quick", "--json"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&said).expect("a record")
}

#[test]
fn counts_at_the_sizes_of_the_corollaries_have_the_exponents_of_an_independent_script() {
    assert_eq!(passes("e4")["passed"], true);
}

#[test]
fn copies_of_observations_change_neither_error_nor_cost() {
    assert_eq!(passes("e8")["passed"], true);
}

#[test]
fn quadratic_weights_are_better_and_the_printed_line_grows() {
    let record = passes("e10");
    assert_eq!(record["passed"], true);
    // What the record says of its runs is what the program would run.
    assert_eq!(record["results_epoch"], dpac::experiment::RESULTS_EPOCH);
    let arms = record["sweeps"][0]["arms"].as_array().expect("arms");
    assert_eq!(arms.len(), 6);
}

#[test]
fn pages_figures_and_records_are_written_and_replaced_only_when_asked_to() {
    let place = tempfile::tempdir().expect("a scratch directory");
    let first = paper(&place, &["e8", "--quick", "--pages", "pages"]);
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
    let page = std::fs::read_to_string(place.path().join("pages/e8.md")).expect("a page");
    assert!(
        page.contains("**Verdict: every criterion is met**") && page.contains("![Error against copies"),
        "{page}"
    );
    assert!(
        place.path().join("pages/e8.svg").is_file() && place.path().join("pages/records/e8.json").is_file()
    );
    let again = paper(&place, &["e8", "--quick", "--pages", "pages"]);
    assert_eq!(again.status.code(), Some(2), "nothing is replaced unasked");
    let forced = paper(&place, &["e8", "--quick", "--pages", "pages", "--force"]);
    assert_eq!(forced.status.code(), Some(0), "{}", String::from_utf8_lossy(&forced.stderr));
    assert_eq!(std::fs::read_to_string(place.path().join("pages/e8.md")).expect("a page"), page);
}

/// Every record under `docs/paper` is of the runs that the program would make now: their configurations'
/// digests, and the epoch of its results.
#[test]
fn committed_records_are_of_the_present_program() {
    let records = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/paper/records");
    for experiment in EXPERIMENTS {
        let path = format!("{records}/{}.json", experiment.name);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let record: serde_json::Value = serde_json::from_str(&text).expect("a record");
        assert_eq!(record["results_epoch"], dpac::experiment::RESULTS_EPOCH, "{path}");
        assert_eq!((&record["form"], &record["passed"]), (&"full".into(), &true.into()), "{path}");
        let sweeps = record["sweeps"].as_array().expect("sweeps");
        assert_eq!(sweeps.len(), experiment.sweeps.len(), "{path}");
        for (source, of_record) in experiment.sweeps.iter().zip(sweeps) {
            let loaded = Loaded::from_str(source.name, source.text).expect("TOML");
            let table = loaded.sweep().expect("a table").expect("a sweep");
            let spec = Spec { grid: table.grid, zip: table.zip, seeds: vec![0], targets: Vec::new() };
            let plan = Plan::new(Base { loaded, registry: Registry::BUILTIN }, &spec);
            let plan = plan.unwrap_or_else(|(arm, error)| panic!("{arm}: {error}"));
            let now: Vec<&str> = plan.arms.iter().map(|arm| arm.config_digest.as_str()).collect();
            let then: Vec<&str> = of_record["arms"]
                .as_array()
                .expect("arms")
                .iter()
                .filter_map(|arm| arm["config_digest"].as_str())
                .collect();
            assert_eq!(then, now, "{path}: `dpac paper {} --pages docs/paper --force`", experiment.name);
        }
    }
}
