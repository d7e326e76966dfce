//! What the disk in memory may lose, and what it may not.

use super::super::place::Random;
use super::disk::Disk;
use super::system_calls::{At, Call, What};

fn at(path: &str) -> At {
    At { folder: None, path: path.into() }
}

fn open(path: &str, result: i32) -> What {
    let (create, exclusive, truncate, append, unnamed) = (true, false, true, false, false);
    What::Open { path: at(path), create, exclusive, truncate, append, unnamed, result }
}

fn write(file: i32, text: &str) -> What {
    What::Write { file, at: None, bytes: text.into() }
}

fn rename(from: &str, to: &str) -> What {
    What::Rename { from: at(from), to: at(to), exchange: false }
}

/// What a file may hold after `calls`, in a directory where `name` was "old"; `None` where it is missing.
fn may_hold(name: &str, calls: &[What]) -> Vec<Option<String>> {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(scratch.path().join("name"), "old").expect("a file");
    std::fs::create_dir(scratch.path().join("room")).expect("a directory");
    let calls: Vec<Call> =
        calls.iter().cloned().enumerate().map(|(began, what)| Call { began, what }).collect();
    let disk = Disk::of(scratch.path()).after(&calls, scratch.path());
    let mut random = Random::of("what a file may hold");
    let mut found: Vec<Option<String>> = (0..2000)
        .filter_map(|_| {
            // After the last call.
            let cut = disk.cut(&mut random);
            let bytes = || cut.files().remove(name).map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
            (cut.moment == calls.len()).then(bytes)
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

fn texts(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| Some((*text).to_owned())).collect()
}

#[test]
fn what_was_not_synced_is_there_in_part_or_not_at_all() {
    assert_eq!(may_hold("name", &[open("name", 3), write(3, "ab")]), texts(&["", "a", "ab", "old"]));
    let new = may_hold("new", &[open("new", 3), write(3, "ab")]);
    assert_eq!(new, [vec![None], texts(&["", "a", "ab"])].concat());
}

#[test]
fn a_file_that_was_synced_has_its_bytes_wherever_its_name_is() {
    let written = [open("new", 3), write(3, "ab"), What::Sync { file: 3 }];
    assert_eq!(may_hold("new", &written), [vec![None], texts(&["ab"])].concat());
    let renamed = [&written[..], &[rename("new", "name")]].concat();
    assert_eq!(may_hold("name", &renamed), texts(&["ab", "old"]));
    let folder = What::Open {
        path: at("."),
        create: false,
        exclusive: false,
        truncate: false,
        append: false,
        unnamed: false,
        result: 4,
    };
    let durable = [&renamed[..], &[folder, What::Sync { file: 4 }]].concat();
    assert_eq!(may_hold("name", &durable), texts(&["ab"]));
    assert_eq!(may_hold("new", &durable), [None]);
}

#[test]
fn a_name_may_be_durable_before_what_it_names() {
    let calls = [open("new", 3), write(3, "ab"), rename("new", "name"), What::SyncAll, write(3, "c")];
    assert_eq!(may_hold("name", &calls), texts(&["ab", "abc"]));
    assert_eq!(may_hold("name", &calls[..3]), texts(&["", "a", "ab", "old"]));
}

#[test]
fn a_move_between_directories_is_made_in_both_or_in_neither() {
    let calls = [rename("name", "room/name")];
    assert_eq!(may_hold("room/name", &calls), [vec![None], texts(&["old"])].concat());
    let scratch = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(scratch.path().join("name"), "old").expect("a file");
    std::fs::create_dir(scratch.path().join("room")).expect("a directory");
    let call = Call { began: 0, what: calls[0].clone() };
    let disk = Disk::of(scratch.path()).after(&[call], scratch.path());
    let mut random = Random::of("moves");
    assert!((0..200).all(|_| disk.cut(&mut random).files().len() == 1));
}
