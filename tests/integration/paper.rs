//! The experiments on the theorems, in their quick form.

mod checks;
mod claims;

use dpac::paper::{Check, Form, Options, Record, e1, e2};

fn quick(threads: usize) -> Options {
    Options { form: Form::Quick, seeds: None, threads, program: "test".into() }
}

fn assert_passes(record: &Record) {
    let failed: Vec<&Check> =
        record.panels.iter().flat_map(|panel| &panel.checks).filter(|check| !check.holds).collect();
    assert!(failed.is_empty() && record.passed, "{record}");
}

#[test]
fn dptd_converges_to_exact_values_in_the_quick_form() {
    assert_passes(&e1::run(&quick(2)).expect("no fault"));
}

#[test]
fn error_falls_with_clients_in_the_quick_form() {
    assert_passes(&e2::run(&quick(2)).expect("no fault"));
}

#[test]
fn record_does_not_depend_on_threads_but_for_its_seconds() {
    let with = |threads| {
        let mut record = e2::run(&Options { seeds: Some(2), ..quick(threads) }).expect("no fault");
        record.seconds = 0.0;
        serde_json::to_string(&record).expect("plain data")
    };
    assert_eq!(with(1), with(3));
}
