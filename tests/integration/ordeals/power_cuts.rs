//! What a disk may hold after a power cut.
//!
//! It is reassembled from the system calls of a run, which `strace` records: [`disk`] says which of them may
//! be missing after a power cut; none is after a kill, so that one can be looked at between any two calls.
//! Another test takes copies of an ext4 file system while a run writes to it; that needs root and a loop
//! device, and says so where there is none.

mod block_device;
mod disk;
mod failing_calls;
mod playing;
mod rules;
mod system_calls;

use super::place::{Place, Random, Results, assert_same, count, files, is_complete, results_or_error, said};
use disk::{Cut, Disk};
use std::collections::BTreeMap;
use std::path::Path;
use system_calls::record;

const FRESH: &str = "run run.toml --out run --trace run.dpt --trace-level full --log barriers -q";

/// The run in `place`, after a power cut: complete as `expected`, or goes on to that, or begins anew where it
/// had not begun. An error says what it did instead.
fn goes_on(place: &Place, arguments: &str, expected: &Results) -> Result<&'static str, String> {
    let directory = place.path("run");
    let found = || results_or_error(&directory, &place.path("run.dpt"));
    if is_complete(&directory) {
        return same(&found()?, expected)
            .map(|()| "complete")
            .map_err(|what| format!("called complete: {what}"));
    }
    let (way, arguments) =
        if directory.exists() { ("went on", "run --resume run -q") } else { ("began anew", arguments) };
    let output = place.dpac(arguments);
    if !output.status.success() {
        return Err(format!("{arguments}: {:?}: {}", output.status.code(), said(&output)));
    }
    same(&found()?, expected).map(|()| way).map_err(|what| format!("{way}: {what}"))
}

fn same(found: &Results, expected: &Results) -> Result<(), String> {
    let names = found.keys().chain(expected.keys());
    let other: Vec<&String> = names.filter(|name| found.get(*name) != expected.get(*name)).collect();
    if other.is_empty() { Ok(()) } else { Err(format!("other {other:?}")) }
}

/// What stands after a run with seed 1 was to be replaced by one with seed 2: the old run as it was, or the
/// new one, which goes on. An error says what is there instead.
fn old_or_new(place: &Place, arguments: &str, old: &Results, new: &Results) -> Result<&'static str, String> {
    let config = std::fs::read_to_string(place.path("run/config.toml")).unwrap_or_default();
    if config.contains("seed = 2") {
        goes_on(place, arguments, new)
    } else if config.contains("seed = 1") {
        let found = results_or_error(&place.path("run"), &place.path("run.dpt"))?;
        same(&found, old).map(|()| "the old run stands")
    } else {
        Err("neither stands".to_owned())
    }
}

/// Records `arguments` in the place.
fn recorded(place: &Place, arguments: &str, expected: &Results) -> Disk {
    let before = Disk::of(&place.path(""));
    let calls = record(place, arguments);
    assert_same(&place.results("run", "run.dpt"), expected, "of the recorded run");
    let disk = before.after(&calls, &place.path(""));
    let whole = disk.killed_after(disk.steps());
    assert!(whole.files() == files(&place.path("")), "some call has escaped the record");
    disk
}

/// Puts back what lies on the disk after each of the cuts, and looks at it.
fn look_at_each(
    place: &Place,
    cuts: impl IntoIterator<Item = Cut>,
    look: impl Fn(&Place) -> Result<&'static str, String>,
) {
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for cut in cuts {
        empty(&place.path(""));
        cut.write_to(&place.path(""));
        place.assert_furniture(&cut.to_string());
        match look(place) {
            Ok(way) => *ways.entry(way).or_default() += 1,
            Err(what) => wrong.push(format!("{cut}\n    {what}")),
        }
        place.assert_furniture(&format!("after what followed: {cut}"));
    }
    println!("{ways:?}, {} wrong", wrong.len());
    let shown = wrong.iter().take(6).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} wrong:\n{shown}", wrong.len());
}

fn empty(directory: &Path) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) }
            .expect("removable");
    }
}

fn cuts<'a>(disk: &'a Disk, random: &'a mut Random, quick: usize) -> impl Iterator<Item = Cut> + 'a {
    let images = count("DPAC_ORDEAL_IMAGES", 12) * quick / 12;
    println!("{images} power cuts in {} steps", disk.steps());
    (0..images).map(|_| disk.cut(random))
}

fn after_every_step(disk: &Disk) -> impl Iterator<Item = Cut> + '_ {
    println!("killed after each of {} steps", disk.steps());
    (0..=disk.steps()).map(|steps| disk.killed_after(steps))
}

const REPLACE: &str =
    "run run.toml --out run --trace run.dpt --trace-level full --log barriers -q --seed 2 --force";

/// A place in which a run with seed 1 has been replaced by one with seed 2, and the results of both.
fn replaced() -> (Place, Disk, Results, Results) {
    let place = Place::new(12);
    let old = place.lone(4, &format!("{FRESH} --seed 1"));
    let new = place.lone(4, REPLACE);
    assert!(place.dpac(&format!("{FRESH} --seed 1")).status.success());
    let disk = recorded(&place, REPLACE, &new);
    (place, disk, old, new)
}

#[test]
fn a_run_goes_on_after_a_power_cut_at_any_moment() {
    let place = Place::new(12);
    let expected = place.lone(4, FRESH);
    let disk = recorded(&place, FRESH, &expected);
    let mut random = Random::of("power cuts");
    look_at_each(&place, cuts(&disk, &mut random, 24), |place| goes_on(place, FRESH, &expected));
}

#[test]
fn a_run_that_goes_on_goes_on_again_after_a_power_cut() {
    let place = Place::new(12);
    let expected = place.lone(4, FRESH);
    place.interrupt(FRESH, 6, "KILL");
    let disk = recorded(&place, "run --resume run -q", &expected);
    let mut random = Random::of("power cuts of what goes on");
    look_at_each(&place, cuts(&disk, &mut random, 12), |place| goes_on(place, FRESH, &expected));
}

#[test]
fn a_power_cut_under_a_replacement_leaves_the_old_run_or_the_new_one() {
    let (place, disk, old, new) = replaced();
    let mut random = Random::of("power cuts of replacements");
    look_at_each(&place, cuts(&disk, &mut random, 12), |place| old_or_new(place, REPLACE, &old, &new));
}

#[test]
fn a_run_killed_between_any_two_changes_of_a_file_goes_on() {
    let place = Place::new(6);
    let expected = place.lone(4, FRESH);
    let disk = recorded(&place, FRESH, &expected);
    look_at_each(&place, after_every_step(&disk), |place| goes_on(place, FRESH, &expected));
}

#[test]
fn a_run_that_goes_on_and_is_killed_between_any_two_changes_of_a_file_goes_on_again() {
    let place = Place::new(6);
    let expected = place.lone(4, FRESH);
    place.interrupt(FRESH, 3, "KILL");
    let disk = recorded(&place, "run --resume run -q", &expected);
    look_at_each(&place, after_every_step(&disk), |place| goes_on(place, FRESH, &expected));
}

#[test]
fn a_replacement_killed_between_any_two_changes_of_a_file_leaves_the_old_run_or_the_new_one() {
    let (place, disk, old, new) = replaced();
    look_at_each(&place, after_every_step(&disk), |place| old_or_new(place, REPLACE, &old, &new));
}
