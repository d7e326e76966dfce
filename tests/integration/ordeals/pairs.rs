//! Processes begun together on one run directory, or on one trace.

use super::place::{Place, Random, Results, Running, assert_same, count, files};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const LOCAL_STEPS: u32 = 4;

/// One who begins, and the seed of what is to be.
struct One {
    arguments: String,
    directory: &'static str,
    seed: Option<u64>,
}

fn one(arguments: &str, directory: &'static str, seed: u64) -> One {
    One { arguments: format!("run {arguments} -q"), directory, seed: Some(seed) }
}

fn resuming() -> One {
    One { arguments: "run --resume run -q".to_owned(), directory: "run", seed: None }
}

/// Results of lone runs with seeds 0, 1, ….
fn lone(place: &Place, seeds: u64, trace: &str) -> Vec<Results> {
    let run = |seed| place.lone(LOCAL_STEPS, &format!("run run.toml --out run {trace} --seed {seed} -q"));
    (0..seeds).map(run).collect()
}

/// Begins each after a time of its own; exit codes and errors.
fn begin(place: &Place, random: &mut Random, ones: &[One], spread: Duration) -> Vec<(Option<i32>, String)> {
    let mut order: Vec<(Duration, usize)> =
        (0..ones.len()).map(|index| (random.moment_below(spread), index)).collect();
    order.sort();
    let began = Instant::now();
    let mut running: Vec<(usize, Running)> = Vec::new();
    for (at, index) in order {
        std::thread::sleep(at.saturating_sub(began.elapsed()));
        running.push((index, place.start(&ones[index].arguments)));
    }
    let mut ended: Vec<_> = running.into_iter().map(|(index, running)| (index, running.ended())).collect();
    ended.sort_by_key(|(index, _)| *index);
    ended.into_iter().map(|(_, ended)| ended).collect()
}

/// Who won; the others came away with 2 and a reason.
fn winners(ones: &[One], ended: &[(Option<i32>, String)], when: &str) -> Vec<usize> {
    for (one, (code, said)) in ones.iter().zip(ended) {
        assert!(matches!(code, Some(0 | 2)), "{}: {code:?} {when}: {said}", one.arguments);
        assert!(!said.contains("panicked"), "{}: {when}: {said}", one.arguments);
        assert!(*code == Some(0) || said.contains('×'), "{}: no reason {when}: {said}", one.arguments);
    }
    (0..ones.len()).filter(|&index| ended[index].0 == Some(0)).collect()
}

fn seed_of(place: &Place, directory: &str) -> u64 {
    let config = std::fs::read_to_string(place.path(directory).join("config.toml")).expect("a configuration");
    let line = config.lines().find_map(|line| line.strip_prefix("seed = ")).expect("a seed");
    line.trim().parse().expect("a number")
}

/// Who was refused has left nothing, and who won has left what it was asked for.
fn assert_no_litter(place: &Place, made: &[&str], when: &str) {
    let names = place.names();
    let litter: Vec<&String> = names.iter().filter(|name| !made.contains(&name.as_str())).collect();
    assert!(litter.is_empty(), "{litter:?} {when}");
}

#[test]
fn of_two_that_begin_a_run_in_one_directory_one_is_done_and_the_other_refused() {
    let pairs = count("DPAC_ORDEAL_PAIRS", 24) / 4;
    let mut random = Random::of("two runs");
    let place = Place::with(16, LOCAL_STEPS);
    let expected = lone(&place, 2, "");
    for pair in 0..pairs {
        let ones =
            [one("run.toml --out run --seed 0", "run", 0), one("run.toml --out run --seed 1", "run", 1)];
        let ended = begin(&place, &mut random, &ones, Duration::from_millis(40));
        let when = format!("in pair {pair}: {ended:?}");
        let winners = winners(&ones, &ended, &when);
        assert_eq!(winners.len(), 1, "{when}");
        assert_same(&place.results("run", ""), &expected[winners[0]], &when);
        assert_eq!(seed_of(&place, "run"), winners[0] as u64, "{when}");
        place.assert_furniture(&when);
        assert_no_litter(&place, &["run"], &when);
        place.clear(&["run"]);
    }
}

#[test]
fn of_eight_that_begin_at_once_one_is_done_and_seven_are_refused() {
    let rounds = count("DPAC_ORDEAL_PAIRS", 24) / 12;
    let mut random = Random::of("eight runs");
    let place = Place::with(16, LOCAL_STEPS);
    let expected = lone(&place, 8, "");
    for round in 0..rounds {
        let ones: Vec<One> = (0..8)
            .map(|seed| one(&format!("run.toml --out new/run --seed {seed}"), "new/run", seed))
            .collect();
        let ended = begin(&place, &mut random, &ones, Duration::from_millis(4));
        let when = format!("in round {round}: {ended:?}");
        let winners = winners(&ones, &ended, &when);
        assert_eq!(winners.len(), 1, "{when}");
        assert_same(&place.results("new/run", ""), &expected[winners[0]], &when);
        place.assert_furniture(&when);
        assert_no_litter(&place, &["new"], &when);
        assert_eq!(std::fs::read_dir(place.path("new")).expect("a directory").count(), 1, "{when}");
        place.clear(&["new"]);
    }
}

#[test]
fn a_run_goes_on_once_however_many_resume_it() {
    let pairs = count("DPAC_ORDEAL_PAIRS", 24) / 4;
    let mut random = Random::of("two that resume");
    let place = Place::with(16, LOCAL_STEPS);
    let expected = lone(&place, 1, "--trace run.dpt --trace-level full").remove(0);
    for pair in 0..pairs {
        let rounds = 1 + random.below(12);
        place.interrupt(
            "run run.toml --out run --trace run.dpt --trace-level full --seed 0 -q",
            rounds,
            "KILL",
        );
        // Every third time eight.
        let ones: Vec<One> = (0..if pair % 3 == 2 { 8 } else { 2 }).map(|_| resuming()).collect();
        let ended = begin(&place, &mut random, &ones, Duration::from_millis(30));
        let when = format!("in pair {pair}: {ended:?}");
        assert_eq!(winners(&ones, &ended, &when).len(), 1, "{when}");
        assert_same(&place.results("run", "run.dpt"), &expected, &when);
        place.assert_furniture(&when);
    }
}

#[test]
fn who_resumes_a_run_that_has_just_begun_is_refused_or_takes_it_over_whole() {
    let pairs = count("DPAC_ORDEAL_PAIRS", 24) / 4;
    let mut random = Random::of("run and resume");
    let place = Place::with(16, LOCAL_STEPS);
    let expected = lone(&place, 1, "").remove(0);
    for pair in 0..pairs {
        let ones = [one("run.toml --out run --seed 0", "run", 0), resuming()];
        let ended = begin(&place, &mut random, &ones, Duration::from_millis(40));
        let when = format!("in pair {pair}: {ended:?}");
        assert_eq!(winners(&ones, &ended, &when).len(), 1, "{when}");
        assert_same(&place.results("run", ""), &expected, &when);
        place.assert_furniture(&when);
        place.clear(&["run"]);
    }
}

#[test]
fn who_resumes_while_the_run_is_killed_takes_it_over_or_is_refused() {
    let pairs = count("DPAC_ORDEAL_PAIRS", 24) / 4;
    let mut random = Random::of("killed and resumed at once");
    let place = Place::with(16, LOCAL_STEPS);
    let began = Instant::now();
    let expected = lone(&place, 1, "--trace run.dpt --trace-level full").remove(0);
    let life = began.elapsed();
    let mut taken_over = 0;
    for pair in 0..pairs {
        place.clear(&["run", "run.dpt"]);
        let living = place.start("run run.toml --out run --trace run.dpt --trace-level full --seed 0 -q");
        std::thread::sleep(random.moment_below(life));
        let (pause, killed_first) = (random.moment_below(Duration::from_millis(8)), random.below(2) == 0);
        let resume = || place.start(&resuming().arguments);
        let heir = if killed_first {
            drop(living);
            std::thread::sleep(pause);
            resume()
        } else {
            let heir = resume();
            std::thread::sleep(pause);
            drop(living);
            heir
        };
        let (code, said) = heir.ended();
        let when = format!("in pair {pair}: {code:?}: {said}");
        assert!(matches!(code, Some(0 | 2)) && !said.contains("panicked"), "{when}");
        taken_over += usize::from(code == Some(0));
        if place.path("run").exists() {
            let complete = place.dpac("run --resume run -q").status.code();
            assert!(matches!(complete, Some(0 | 2)), "{when}");
            assert_same(&place.results("run", "run.dpt"), &expected, &when);
        }
        place.assert_furniture(&when);
    }
    println!("{taken_over} of {pairs} taken over at once");
}

#[test]
fn a_replacement_waits_for_nobody_and_mixes_nothing() {
    let pairs = count("DPAC_ORDEAL_PAIRS", 24) / 4;
    let mut random = Random::of("replacements begun together");
    let place = Place::with(16, LOCAL_STEPS);
    let expected = lone(&place, 3, "");
    for pair in 0..pairs {
        let both_replace = pair % 2 == 0;
        if both_replace {
            assert!(place.dpac("run run.toml --out run --seed 0 -q").status.success());
            std::fs::write(place.path("run/notes.txt"), "of somebody").expect("a file");
        }
        let ones = [
            one(
                &format!("run.toml --out run --seed 1{}", if both_replace { " --force" } else { "" }),
                "run",
                1,
            ),
            one("run.toml --out run --seed 2 --force", "run", 2),
        ];
        let ended = begin(&place, &mut random, &ones, Duration::from_millis(60));
        let when = format!("in pair {pair}: {ended:?}");
        let winners = winners(&ones, &ended, &when);
        let seed = seed_of(&place, "run");
        assert!(!winners.is_empty(), "{when}");
        // Both, where one had ended when the other began.
        assert!(winners.iter().any(|&winner| ones[winner].seed == Some(seed)), "{when}: seed {seed} stands");
        assert_same(&place.results("run", ""), &expected[seed as usize], &when);
        place.assert_furniture(&when);
        if both_replace {
            let kept = files(&place.path("")).into_values().any(|bytes| bytes == b"of somebody");
            assert!(kept, "a file that dpac did not write is lost {when}");
        }
        place.clear(&place.names().iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn a_trace_has_one_writer() {
    let pairs = count("DPAC_ORDEAL_PAIRS", 24) / 4;
    let mut random = Random::of("one trace");
    let place = Place::with(16, LOCAL_STEPS);
    let expected = lone(&place, 2, "--trace run.dpt --trace-level full");
    for pair in 0..pairs {
        let traced = "--trace run.dpt --trace-level full";
        let ones = [
            one(&format!("run.toml --out a --seed 0 {traced}"), "a", 0),
            one(&format!("run.toml --out b --seed 1 {traced}"), "b", 1),
        ];
        let ended = begin(&place, &mut random, &ones, Duration::from_millis(40));
        let when = format!("in pair {pair}: {ended:?}");
        let winners = winners(&ones, &ended, &when);
        assert_eq!(winners.len(), 1, "{when}");
        let winner = winners[0];
        assert_same(&place.results(ones[winner].directory, "run.dpt"), &expected[winner], &when);
        assert!(!place.path(ones[1 - winner].directory).exists(), "the other left a directory {when}");
        place.assert_furniture(&when);
        assert_no_litter(&place, &[ones[winner].directory, "run.dpt"], &when);
        place.clear(&["a", "b", "run.dpt"]);
    }
}

#[test]
fn whoever_comes_to_a_living_run_is_told_who_holds_it_and_touches_nothing() {
    let place = Place::with(48, 4000);
    let traced = "--trace run.dpt --trace-level full";
    let expected = place.lone(4000, &format!("run run.toml --out run {traced} --seed 0 -q"));
    let living = place.start(&format!("run run.toml --out run {traced} --seed 0 -q"));
    let rounds = place.path("run/rounds.jsonl");
    let began = Instant::now();
    while std::fs::metadata(&rounds).map_or(0, |metadata| metadata.len()) == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "no first round");
        std::thread::sleep(Duration::from_micros(500));
    }
    living.signal("STOP");
    // What its threads had begun before the signal came.
    std::thread::sleep(Duration::from_millis(50));
    let before = files(&place.path(""));
    let mut wrong = Vec::new();
    for arguments in [
        "run run.toml --out run --seed 0 -q",
        "run run.toml --out run --seed 1 -q",
        "run run.toml --out run --seed 1 --force -q",
        "run run.toml --out ./run/ --seed 1 --force -q",
        "run --resume run -q",
        "run --resume ../*/run -q",
        "run run.toml --out other --trace run.dpt --seed 1 -q",
        "run run.toml --out other --trace run.dpt --seed 1 --force -q",
        "run run.toml --out other --trace run/rounds.jsonl --seed 1 --force -q",
    ] {
        let arguments = arguments.replace("../*", place.path("").to_str().expect("UTF-8"));
        let output = place.dpac(&arguments);
        let said = super::place::said(&output);
        if output.status.code() != Some(2) {
            wrong.push(format!("{arguments}: {:?}: {said}", output.status.code()));
        }
        // A file of a run is no trace, whoever holds it.
        if !said.contains(&living.id().to_string()) && !arguments.contains("run/rounds.jsonl") {
            wrong.push(format!("{arguments}: process {} holds it: {said}", living.id()));
        }
        let after = files(&place.path(""));
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let changed: Vec<_> =
            names.into_iter().filter(|name| before.get(*name) != after.get(*name)).collect();
        if !changed.is_empty() {
            wrong.push(format!("{arguments}: changed {changed:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    living.signal("CONT");
    let (code, said) = living.ended();
    assert_eq!(code, Some(0), "{said}");
    assert_same(&place.results("run", "run.dpt"), &expected, "after all who came");
}
