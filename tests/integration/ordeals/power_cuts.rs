//! What a disk may hold after a power cut.
//!
//! One test reassembles it from the system calls of a run, which `strace` records: [`disk`] says which of them may be
//! missing. The other takes copies of an ext4 file system while a run writes to it; that needs root and a loop device,
//! and says so where there is none.

mod block_device;
mod disk;
mod system_calls;

use super::place::{Place, Random, Results, assert_same, count, files, is_complete, results_or_error, said};
use disk::Disk;
use std::collections::BTreeMap;
use std::path::Path;
use system_calls::record;

const FRESH: &str = "run run.toml --out run --trace run.dpt --trace-level full --log syncs -q";

/// The run in `place`, after a power cut: complete as `expected`, or goes on to that, or begins anew where it had not
/// begun. An error says what it did instead.
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

/// Records `arguments` in a place that `prepare` has made ready, cuts the power so often, and looks at what goes on.
fn cut_the_power(test: &str, images: usize, prepare: impl Fn(&Place), arguments: &str, expected: &Results) {
    let place = Place::new(12);
    prepare(&place);
    let before = Disk::of(&place.path(""));
    let calls = record(&place, arguments);
    assert_same(&place.results("run", "run.dpt"), expected, "of the recorded run");
    let disk = before.after(&calls, &place.path(""));
    assert!(disk.whole().files() == files(&place.path("")), "some call has escaped the record");
    let mut random = Random::of(test);
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for image in 0..images {
        let cut = disk.cut(&mut random);
        empty(&place.path(""));
        cut.write_to(&place.path(""));
        let lay = cut.to_string();
        place.assert_furniture(&format!("after cut {image}: {lay}"));
        match goes_on(&place, arguments, expected) {
            Ok(way) => *ways.entry(way).or_default() += 1,
            Err(what) => wrong.push(format!("cut {image}, {lay}\n    {what}")),
        }
        place.assert_furniture(&format!("after what followed cut {image}: {lay}"));
    }
    println!("{test}: {images} power cuts in {} steps: {ways:?}, {} wrong", disk.steps(), wrong.len());
    let shown = wrong.iter().take(6).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {images} cuts:\n{shown}", wrong.len());
}

fn empty(directory: &Path) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) }
            .expect("removable");
    }
}

#[test]
fn a_run_goes_on_after_a_power_cut_at_any_moment() {
    let images = count("DPAC_ORDEAL_IMAGES", 12);
    let expected = Place::new(12).lone(4, FRESH);
    cut_the_power("power cuts", images, |_| {}, FRESH, &expected);
}

#[test]
fn a_run_that_goes_on_goes_on_again_after_a_power_cut() {
    let images = count("DPAC_ORDEAL_IMAGES", 12) / 2;
    let expected = Place::new(12).lone(4, FRESH);
    let interrupt = |place: &Place| {
        let mut random = Random::of("interruptions before power cuts");
        loop {
            let ended = place.start(FRESH).within(random.moment_below(std::time::Duration::from_millis(120)));
            let rounds = std::fs::read(place.path("run/rounds.jsonl")).unwrap_or_default();
            let lines = rounds.iter().filter(|&&byte| byte == b'\n').count();
            if ended.is_none() && (3..=9).contains(&lines) && !is_complete(&place.path("run")) {
                return;
            }
            for name in ["run", "run.dpt"] {
                let path = place.path(name);
                let gone =
                    if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
                gone.unwrap_or_default();
            }
        }
    };
    cut_the_power("power cuts of what goes on", images, interrupt, "run --resume run -q", &expected);
}

#[test]
fn a_power_cut_under_a_replacement_leaves_the_old_run_or_the_new_one() {
    let images = count("DPAC_ORDEAL_IMAGES", 12) / 2;
    let mut random = Random::of("power cuts of replacements");
    let place = Place::new(12);
    let old = place.lone(4, &format!("{FRESH} --seed 1"));
    let replace = format!("{FRESH} --seed 2 --force");
    let new = place.lone(4, &replace);
    assert!(place.dpac(&format!("{FRESH} --seed 1")).status.success());
    let before = Disk::of(&place.path(""));
    let calls = record(&place, &replace);
    let disk = before.after(&calls, &place.path(""));
    assert!(disk.whole().files() == files(&place.path("")), "some call has escaped the record");
    let (mut wrong, mut stood) = (Vec::new(), [0; 2]);
    for image in 0..images {
        let cut = disk.cut(&mut random);
        empty(&place.path(""));
        cut.write_to(&place.path(""));
        place.assert_furniture(&format!("after cut {image}: {cut}"));
        let config = std::fs::read_to_string(place.path("run/config.toml")).unwrap_or_default();
        let is_new = config.contains("seed = 2");
        let looked_at = if is_new {
            goes_on(&place, &replace, &new).map(drop)
        } else if config.contains("seed = 1") {
            results_or_error(&place.path("run"), &place.path("run.dpt")).and_then(|found| same(&found, &old))
        } else {
            Err("neither stands".to_owned())
        };
        stood[usize::from(is_new)] += 1;
        if let Err(what) = looked_at {
            wrong.push(format!("cut {image}, {cut}\n    {what}"));
        }
    }
    println!("{images} power cuts in {} steps: old {}, new {}", disk.steps(), stood[0], stood[1]);
    let shown = wrong.iter().take(6).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {images} cuts:\n{shown}", wrong.len());
}
