//! What a process has left that was killed while it made a run directory: a folder under way, named
//! `.NAME.LETTERS.partial`, beside where the directory was to stand.
//!
//! Whoever makes one takes the lock in it first and signs it then, and holds it until the folder has its
//! name. So a signed lock that nobody holds says that its process is gone. One without a signature says
//! nothing: it may be that of a process which is about to sign it, and is left alone.

use super::make::clear;
use super::names;
use crate::files::lock::{Locked, lock};
use crate::files::platform::{Folder, How};
use std::fs::File;
use std::path::Path;

/// Deletes such folders in `parent` whose `NAME` is asked for. What cannot be deleted stays: it does no harm.
/// What holds anything that a start does not write is left as it is: where a run is replaced, the old one has
/// such a name for a moment.
pub fn clear_dead_starts(parent: &Path, is_asked_for: impl Fn(&str) -> bool) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let of = entry.file_name().to_str().and_then(name_under_way).is_some_and(&is_asked_for);
        if of && let Some(_held) = dead(&entry.path()) {
            let _ = clear(&entry.path(), None);
        }
    }
}

/// The name that a folder under way was to get.
fn name_under_way(folder: &str) -> Option<&str> {
    let (name, letters) = folder.strip_prefix('.')?.strip_suffix(names::PARTIAL)?.rsplit_once('.')?;
    (!letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(name)
}

/// The lock of a folder whose process is gone, and that has nothing but what a start writes.
fn dead(path: &Path) -> Option<File> {
    let folder = Folder::open(path).ok()?;
    let file = folder.file(Path::new(names::LOCK), How::Change).ok()?;
    let signed = file.metadata().ok()?.len() > 0;
    if !signed || lock(&file).ok()? != Locked::Ours || !folder.is_at(path) {
        return None;
    }
    let mut entries = std::fs::read_dir(path).ok()?;
    entries
        .all(|entry| entry.is_ok_and(|entry| entry.file_name().to_str().is_some_and(is_of_a_start)))
        .then_some(file)
}

fn is_of_a_start(name: &str) -> bool {
    [names::LOCK, names::MARKER, names::CONFIG, names::CHECKPOINT, names::INPUTS].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_under_way_tell_what_they_were_to_become() {
        assert_eq!(name_under_way(".0-alpha=0.1-s4.x9Yz0a.partial"), Some("0-alpha=0.1-s4"));
        for other in
            ["0-s4.x9Yz0a.partial", ".0-s4.partial", ".0-s4..partial", ".0-s4.a b.partial", ".0-s4.x9Yz0a"]
        {
            assert!(name_under_way(other).is_none_or(|name| name != "0-s4"), "{other}");
        }
    }
}
