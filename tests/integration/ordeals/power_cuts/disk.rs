//! A file system in memory that knows which changes are durable.
//!
//! The rules are those of ext4 with ordered data and delayed allocation, without its heuristics for files
//! that are replaced, and a little worse: changes of a directory become durable in their order, each
//! directory by itself; those of a file (its length and what was appended) in their order, too, and pages
//! that are overwritten in any order. What `fsync` of a file or of a directory has returned for is durable;
//! all else may be there, or in part, or not.

use super::super::place::Random;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

const PAGE_BYTES: u64 = 4096;

pub(super) type Node = usize;

/// Every file and directory that ever was, with all that was done to it.
#[derive(Clone, Default)]
pub(super) struct Disk {
    pub(super) nodes: Vec<Content>,
    /// The calls that changed something or made it durable.
    pub(super) moments: Vec<usize>,
}

#[derive(Clone)]
pub(super) enum Content {
    File { first: Vec<u8>, changes: Vec<Change<Data>> },
    Directory { first: BTreeMap<String, Node>, changes: Vec<Change<Entries>> },
}

/// A change, and when it was made and became durable, in calls.
#[derive(Clone)]
pub(super) struct Change<T> {
    pub(super) at: usize,
    pub(super) durable: usize,
    pub(super) what: T,
}

impl<T> Change<T> {
    pub(super) fn at(at: usize, what: T) -> Self {
        Change { at, durable: usize::MAX, what }
    }
}

#[derive(Clone)]
pub(super) enum Data {
    Write { at: u64, bytes: Vec<u8> },
    Truncate(u64),
}

/// A change of a directory. Those of two directories have a common number: both are made, or neither.
#[derive(Clone)]
pub(super) enum Entries {
    Put(String, Node),
    Remove(String),
    Rename(String, String),
    Exchange(String, String),
    MoveOut(String, usize),
    MoveIn(String, Node, usize),
}

pub(super) const ROOT: Node = 0;

impl Disk {
    /// What lies in a directory, all of it durable.
    pub(super) fn of(directory: &Path) -> Self {
        let mut disk = Disk::default();
        disk.take(directory);
        disk
    }

    fn take(&mut self, path: &Path) -> Node {
        let node = self.nodes.len();
        if path.is_dir() {
            self.nodes.push(Content::Directory { first: BTreeMap::new(), changes: Vec::new() });
            for entry in std::fs::read_dir(path).expect("a directory") {
                let entry = entry.expect("an entry");
                let child = self.take(&entry.path());
                let Content::Directory { first, .. } = &mut self.nodes[node] else {
                    unreachable!("just made")
                };
                first.insert(entry.file_name().into_string().expect("UTF-8"), child);
            }
        } else {
            let first = std::fs::read(path).expect("a file");
            self.nodes.push(Content::File { first, changes: Vec::new() });
        }
        node
    }

    /// The number of moments at which the power can fail.
    pub(super) fn steps(&self) -> usize {
        self.moments.len()
    }

    /// What lies there if the process is killed after so many steps: the system loses nothing.
    pub(super) fn killed_after(&self, steps: usize) -> Cut {
        let moment = steps.checked_sub(1).map_or(0, |last| self.moments[last]);
        fn made<T>(changes: &[Change<T>], moment: usize) -> usize {
            changes.iter().take_while(|change| change.at <= moment).count()
        }
        let made = |content: &Content| match content {
            Content::File { changes, .. } => made(changes, moment),
            Content::Directory { changes, .. } => made(changes, moment),
        };
        let survivors: Vec<usize> = self.nodes.iter().map(made).collect();
        let mut files = BTreeMap::new();
        self.collect(ROOT, &PathBuf::new(), (moment, 0), &survivors, &mut Random::of_nothing(), &mut files);
        Cut { moment, files }
    }

    /// What may lie there if the power fails after some number of calls.
    pub(super) fn cut(&self, random: &mut Random) -> Cut {
        let moment = match random.below(self.moments.len() + 1) {
            0 => 0,
            step => self.moments[step - 1],
        };
        // Sometimes as much as can be is lost, or nothing; else each file and directory has a fate of its
        // own.
        let lot = random.below(6);
        let mut survivors = Vec::new();
        for content in &self.nodes {
            survivors.push(match content {
                Content::File { changes, .. } => survive(changes, moment, lot, random),
                Content::Directory { changes, .. } => survive(changes, moment, lot, random),
            });
        }
        self.keep_moves_together(&mut survivors);
        let mut files = BTreeMap::new();
        self.collect(ROOT, &PathBuf::new(), (moment, lot), &survivors, random, &mut files);
        Cut { moment, files }
    }

    /// A move from one directory to another is made in both, or in neither.
    fn keep_moves_together(&self, survivors: &mut [usize]) {
        let number = |change: &Change<Entries>| match change.what {
            Entries::MoveOut(_, number) | Entries::MoveIn(_, _, number) => Some(number),
            _ => None,
        };
        let count = |kept: &dyn Fn(Node) -> usize| {
            let mut found: BTreeMap<usize, usize> = BTreeMap::new();
            for (node, content) in self.nodes.iter().enumerate() {
                let Content::Directory { changes, .. } = content else {
                    continue;
                };
                changes
                    .iter()
                    .take(kept(node))
                    .filter_map(number)
                    .for_each(|number| *found.entry(number).or_default() += 1);
            }
            found
        };
        let whole = count(&|_| usize::MAX);
        loop {
            let made = count(&|node| survivors[node]);
            let in_part = |number: usize| made.get(&number).is_some_and(|parts| *parts < whole[&number]);
            if !made.keys().any(|&number| in_part(number)) {
                return;
            }
            for (content, kept) in self.nodes.iter().zip(survivors.iter_mut()) {
                let Content::Directory { changes, .. } = content else {
                    continue;
                };
                let first = changes[..*kept].iter().position(|change| number(change).is_some_and(in_part));
                *kept = first.unwrap_or(*kept);
            }
        }
    }

    fn collect(
        &self,
        node: Node,
        path: &Path,
        (moment, lot): (usize, usize),
        survivors: &[usize],
        random: &mut Random,
        files: &mut BTreeMap<PathBuf, Option<Vec<u8>>>,
    ) {
        match &self.nodes[node] {
            Content::File { first, changes } => {
                let bytes = content(first, changes, moment, survivors[node], lot, random);
                files.insert(path.to_path_buf(), Some(bytes));
            }
            Content::Directory { first, changes } => {
                files.insert(path.to_path_buf(), None);
                for (name, child) in entries(first, &changes[..survivors[node]]) {
                    self.collect(child, &path.join(name), (moment, lot), survivors, random, files);
                }
            }
        }
    }
}

/// How many of the changes up to `moment` are there: all that are durable, and some of those that follow.
fn survive<T>(changes: &[Change<T>], moment: usize, lot: usize, random: &mut Random) -> usize {
    let made = changes.iter().take_while(|change| change.at <= moment).count();
    let durable =
        changes[..made].iter().rposition(|change| change.durable <= moment).map_or(0, |last| last + 1);
    match if lot < 2 { lot } else { random.below(4) } {
        0 => durable,
        1 => made,
        _ => durable + random.below(made - durable + 1),
    }
}

/// A file of which the first `kept` changes are there, and of the next one a part.
fn content(
    first: &[u8],
    changes: &[Change<Data>],
    moment: usize,
    kept: usize,
    lot: usize,
    random: &mut Random,
) -> Vec<u8> {
    let mut bytes = first.to_vec();
    for change in &changes[..kept] {
        match &change.what {
            Data::Truncate(length) => bytes.resize(*length as usize, 0),
            Data::Write { at, bytes: written } => put(&mut bytes, *at, written),
        }
    }
    let next = changes.get(kept).filter(|next| next.at <= moment && lot > 1);
    if let Some(Data::Write { at, bytes: written }) = next.map(|next| &next.what) {
        let appended =
            (*at + written.len() as u64).saturating_sub(bytes.len() as u64).min(written.len() as u64);
        let (within, beyond) = written.split_at(written.len() - appended as usize);
        // Pages that were there before are written back in any order.
        for (index, page) in within.chunks(PAGE_BYTES as usize).enumerate() {
            if random.below(2) == 0 {
                put(&mut bytes, at + index as u64 * PAGE_BYTES, page);
            }
        }
        let part = random.below(beyond.len() + 1);
        if part > 0 {
            put(&mut bytes, at + within.len() as u64, &beyond[..part]);
        }
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, at: u64, written: &[u8]) {
    let end = at as usize + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[at as usize..end].copy_from_slice(written);
}

fn entries(first: &BTreeMap<String, Node>, changes: &[Change<Entries>]) -> BTreeMap<String, Node> {
    let mut entries = first.clone();
    for change in changes {
        apply(&mut entries, &change.what);
    }
    entries
}

pub(super) fn apply(entries: &mut BTreeMap<String, Node>, change: &Entries) {
    match change {
        Entries::Put(name, node) | Entries::MoveIn(name, node, _) => {
            entries.insert(name.clone(), *node);
        }
        Entries::Remove(name) | Entries::MoveOut(name, _) => {
            entries.remove(name);
        }
        Entries::Rename(from, to) => {
            let node = entries.remove(from).expect("what is renamed");
            entries.insert(to.clone(), node);
        }
        Entries::Exchange(from, to) => {
            let (one, other) = (entries[from], entries[to]);
            entries.insert(from.clone(), other);
            entries.insert(to.clone(), one);
        }
    }
}

/// What lies on the disk when the power is back.
pub(super) struct Cut {
    pub(super) moment: usize,
    /// Directories have no bytes.
    files: BTreeMap<PathBuf, Option<Vec<u8>>>,
}

impl Cut {
    pub(super) fn write_to(&self, root: &Path) {
        for (path, bytes) in &self.files {
            match bytes {
                None => std::fs::create_dir_all(root.join(path)).expect("a directory"),
                Some(bytes) => std::fs::write(root.join(path), bytes).expect("a file"),
            }
        }
    }
}

impl Cut {
    /// Files with their contents, by path.
    pub(super) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
        self.files.iter().filter_map(|(path, bytes)| Some((text(path), bytes.clone()?))).collect()
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after call {}:", self.moment)?;
        for (path, bytes) in &self.files {
            let length = bytes.as_ref().map_or_else(|| "/".to_owned(), |bytes| format!(" {}", bytes.len()));
            write!(f, " {}{length},", path.display())?;
        }
        Ok(())
    }
}
