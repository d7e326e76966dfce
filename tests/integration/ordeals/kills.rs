//! Processes that are killed at random moments.

use super::place::{Place, Random, Results, assert_same, count, files, is_complete, said, status};
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

const RUN: &str = "run run.toml --out run --trace run.dpt --trace-level full --log barriers -q";
const KILL: i32 = 9;

/// When to kill a process that would live for `life`: within the milliseconds of its beginning, anywhere, or
/// close to its end.
fn moment(random: &mut Random, life: Duration) -> Duration {
    match random.below(3) {
        0 => random.moment_below(Duration::from_millis(10)),
        1 => random.moment_below(life),
        _ => life * 17 / 20 + random.moment_below(life / 4),
    }
}

/// The results of a run that nothing happens to, and how long it lives.
fn lone(place: &Place, arguments: &str) -> (Results, Duration) {
    let began = Instant::now();
    let results = place.lone(4, arguments);
    (results, began.elapsed())
}

#[test]
fn a_run_killed_at_random_moments_ends_as_one_that_was_not() {
    let kills = count("DPAC_ORDEAL_KILLS", 24);
    let mut random = Random::of("kills");
    let place = Place::new(24);
    let (expected, life) = lone(&place, RUN);
    let (mut killed, mut runs, mut new) = (0, 0, 0);
    while killed < kills {
        let directory = place.path("run");
        let fresh = !directory.exists();
        let arguments = if fresh { RUN } else { "run --resume run -q" };
        new += usize::from(fresh);
        let patience = moment(&mut random, life);
        let when = format!("after {killed} kills, the next at {patience:?}: {arguments}");
        let ended = place.start(arguments).within(patience);
        match ended {
            None => killed += 1,
            Some((status, said)) => assert!(status.success(), "{when}: {status}: {said}"),
        }
        place.assert_furniture(&when);
        if ended_whole(&place, &expected, &when) {
            runs += 1;
            place.clear(&["run", "run.dpt"]);
        }
    }
    // What was killed last goes on, too.
    if !is_complete(&place.path("run")) {
        let arguments = if place.path("run").exists() { "run --resume run -q" } else { RUN };
        let output = place.dpac(arguments);
        assert!(output.status.success(), "{arguments}: {}", said(&output));
        assert!(ended_whole(&place, &expected, "at last"));
    }
    println!("{killed} kills of {runs} runs, which were begun {new} times and went on else");
}

/// Whether the run is complete; whatever calls itself so has to be.
fn ended_whole(place: &Place, expected: &Results, when: &str) -> bool {
    let complete = is_complete(&place.path("run"));
    if complete {
        assert_same(&place.results("run", "run.dpt"), expected, when);
    }
    complete
}

#[test]
fn a_replacement_killed_at_random_moments_leaves_the_old_run_or_the_new_one() {
    let kills = count("DPAC_ORDEAL_KILLS", 24) / 2;
    let mut random = Random::of("replacements");
    let place = Place::new(8);
    let old = place.lone(4, &format!("{RUN} --seed 1"));
    let replace = format!("{RUN} --seed 2 --force");
    let (new, life) = lone(&place, &replace);
    let (mut killed, mut stood) = (0, [0; 2]);
    while killed < kills {
        remove_all_but_furniture(&place);
        assert!(place.dpac(&format!("{RUN} --seed 1")).status.success());
        std::fs::write(place.path("run/notes.txt"), "of the old run").expect("a file");
        let patience = moment(&mut random, life);
        let when = format!("when --force was killed after {patience:?}, {killed} before it");
        match place.start(&replace).within(patience) {
            None => killed += 1,
            Some((status, said)) => {
                assert!(status.success(), "{when}: {status}: {said}");
                assert!(status.signal() != Some(KILL));
            }
        }
        place.assert_furniture(&when);
        let directory = place.path("run");
        assert!(directory.is_dir(), "neither the old run nor the new one stands {when}");
        let config = std::fs::read_to_string(directory.join("config.toml")).expect("a configuration");
        let is_new = config.contains("seed = 2");
        assert!(is_new || config.contains("seed = 1"), "{when}: {config}");
        stood[usize::from(is_new)] += 1;
        if !is_new {
            assert_eq!(status(&directory).as_deref(), Some("complete"), "the old run {when}");
            assert_same(&place.results("run", "run.dpt"), &old, &format!("of the old run {when}"));
        } else if !is_complete(&directory) {
            let output = place.dpac("run --resume run -q");
            assert!(output.status.success(), "{when}: {}", said(&output));
        }
        if is_new {
            assert_same(&place.results("run", "run.dpt"), &new, &format!("of the new run {when}"));
        }
        // Whatever the killed one left behind does not keep the next one from replacing.
        let output = place.dpac(&replace);
        assert!(output.status.success(), "{when}: {}", said(&output));
        assert_same(&place.results("run", "run.dpt"), &new, &format!("once more, {when}"));
        let kept = files(&place.path("")).into_values().any(|bytes| bytes == b"of the old run");
        assert!(kept, "a file that dpac did not write is lost {when}");
    }
    println!("{killed} kills: the old one stood {} times, the new one {}", stood[0], stood[1]);
}

/// What replacements moved aside, for its strangers' files, does not pile up over the test.
fn remove_all_but_furniture(place: &Place) {
    place.clear(&place.names().iter().map(String::as_str).collect::<Vec<_>>());
}
