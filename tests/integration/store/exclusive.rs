//! One living process per run directory, and per trace.

use super::Place;
use std::time::Duration;

#[test]
fn of_eight_that_begin_at_once_one_runs_and_the_others_touch_nothing() {
    let place = Place::new();
    place.fine("run quick.toml -q --out whole");
    for attempt in 0..3 {
        let out = format!("out{attempt}");
        let line = format!("run quick.toml -q --threads 1 --out {out}");
        let children: Vec<_> = (0..8).map(|_| place.start(&line)).collect();
        let mut codes: Vec<_> = children.into_iter().map(|child| child.wait().status.code()).collect();
        codes.sort();
        assert_eq!(codes, [[Some(0)].as_slice(), &[Some(2); 7]].concat());
        place.assert_same(&out, "whole");
    }
}

#[test]
fn living_run_is_neither_replaced_nor_taken_up_and_its_holder_is_named() {
    let place = Place::new();
    let running = place.living("run longer.toml -q --threads 1 --out r", "r");
    let process = format!("process {}", running.0.id());
    for line in [
        "run longer.toml -q --out r --force --seed 5",
        "run --resume r -q",
        "run longer.toml -q --out r --resume",
    ] {
        place.refused(line, &["running", &process]);
    }
    place.refused("run longer.toml -q --out r", &["going on", &process]);
    let output = running.wait();
    assert_eq!(output.status.code(), Some(0), "{}", super::said(&output));
    place.fine("run longer.toml -q --out whole");
    place.assert_same("r", "whole");
}

#[test]
fn of_two_that_go_on_with_one_run_one_does() {
    let place = Place::new();
    place.fine("run longer.toml -q --out whole");
    for offset in [0, 30, 120] {
        place.killed("run longer.toml -q --threads 1 --out r", "r");
        let first = place.start("run --resume r -q --threads 1");
        std::thread::sleep(Duration::from_millis(offset));
        let second = place.start("run --resume r -q --threads 1");
        let mut codes = [first.wait().status.code(), second.wait().status.code()];
        codes.sort();
        assert_eq!(codes, [Some(0), Some(2)]);
        place.assert_same("r", "whole");
        std::fs::remove_dir_all(place.path("r")).expect("a run directory");
    }
}

#[test]
fn two_runs_do_not_write_one_trace() {
    let place = Place::new();
    let running =
        place.living("run longer.toml -q --threads 1 --out a --trace t.dpt --trace-level order", "a");
    place.refused("run quick.toml -q --out b --trace t.dpt", &["t.dpt is being written by process"]);
    place.refused("run quick.toml -q --out b --trace t.dpt --force", &["t.dpt is being written by"]);
    place.refused("convert tiger --out t.dpt --force", &["t.dpt is being written by"]);
    assert!(!place.path("b").exists());
    assert_eq!(running.wait().status.code(), Some(0));
    place.fine("trace doctor t.dpt");
}
