//! A file system in memory that knows which changes are durable.
//!
//! The rules are those of ext4 with ordered data and delayed allocation, without its heuristics for files that are
//! replaced, and a little worse: changes of a directory become durable in their order, each directory by itself; those
//! of a file (its length and what was appended) in their order, too, and pages that are overwritten in any order. What
//! `fsync` of a file or of a directory has returned for is durable; all else may be there, or in part, or not.

use super::super::place::Random;
use super::system_calls::{At, Call, What};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path, PathBuf};

const PAGE_BYTES: u64 = 4096;

type Node = usize;

/// Every file and directory that ever was, with all that was done to it.
#[derive(Clone, Default)]
pub(super) struct Disk {
    nodes: Vec<Content>,
    /// The calls that changed something or made it durable.
    moments: Vec<usize>,
}

#[derive(Clone)]
enum Content {
    File { first: Vec<u8>, changes: Vec<Change<Data>> },
    Directory { first: BTreeMap<String, Node>, changes: Vec<Change<Entries>> },
}

/// A change, and when it was made and became durable, in calls.
#[derive(Clone)]
struct Change<T> {
    at: usize,
    durable: usize,
    what: T,
}

impl<T> Change<T> {
    fn at(at: usize, what: T) -> Self {
        Change { at, durable: usize::MAX, what }
    }
}

#[derive(Clone)]
enum Data {
    Write { at: u64, bytes: Vec<u8> },
    Truncate(u64),
}

/// A change of a directory. Those of two directories have a common number: both are made, or neither.
#[derive(Clone)]
enum Entries {
    Put(String, Node),
    Remove(String),
    Rename(String, String),
    Exchange(String, String),
    MoveOut(String, usize),
    MoveIn(String, Node, usize),
}

/// What is open under a descriptor.
struct Open {
    node: Node,
    place: u64,
    append: bool,
}

const ROOT: Node = 0;

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

    /// The disk after these calls, of a process that worked in `root`.
    pub(super) fn after(mut self, calls: &[Call], root: &Path) -> Self {
        let root = root.canonicalize().expect("a directory");
        let mut player = Player { disk: &mut self, root, open: BTreeMap::new(), live: BTreeMap::new() };
        player.read_live(ROOT);
        for (index, call) in calls.iter().enumerate() {
            player.play(index + 1, call);
        }
        self
    }

    /// What lies there if the power does not fail.
    pub(super) fn whole(&self) -> Cut {
        let survivors: Vec<usize> = self
            .nodes
            .iter()
            .map(|content| match content {
                Content::File { changes, .. } => changes.len(),
                Content::Directory { changes, .. } => changes.len(),
            })
            .collect();
        let mut files = BTreeMap::new();
        self.collect(
            ROOT,
            &PathBuf::new(),
            (usize::MAX, 0),
            &survivors,
            &mut Random::of("nothing"),
            &mut files,
        );
        Cut { moment: usize::MAX, files }
    }

    /// What may lie there if the power fails after some number of calls.
    pub(super) fn cut(&self, random: &mut Random) -> Cut {
        let moment = match random.below(self.moments.len() + 1) {
            0 => 0,
            step => self.moments[step - 1],
        };
        // Sometimes as much as can be is lost, or nothing; else each file and directory has a fate of its own.
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

fn apply(entries: &mut BTreeMap<String, Node>, change: &Entries) {
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
    moment: usize,
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

/// Plays calls on a disk.
struct Player<'a> {
    disk: &'a mut Disk,
    root: PathBuf,
    open: BTreeMap<i32, Open>,
    /// The directories as the process sees them.
    live: BTreeMap<Node, BTreeMap<String, Node>>,
}

impl Player<'_> {
    fn read_live(&mut self, node: Node) {
        if let Content::Directory { first, .. } = &self.disk.nodes[node] {
            let first = first.clone();
            self.live.insert(node, first.clone());
            first.values().for_each(|&child| self.read_live(child));
        }
    }

    /// Where a path leads: the directory that holds it, its name there, and what is there. `None` outside of the root.
    fn find(&self, path: &At) -> Option<(Node, String, Option<Node>)> {
        let mut at = match path.folder {
            Some(folder) if path.path.is_relative() => self.open.get(&folder)?.node,
            _ => ROOT,
        };
        let relative = match path.path.strip_prefix(&self.root) {
            Ok(below) => below,
            Err(_) if path.path.is_absolute() => return None,
            Err(_) => &path.path,
        };
        let mut names: Vec<String> = Vec::new();
        for part in relative.components() {
            match part {
                Component::Normal(name) => names.push(name.to_str()?.to_owned()),
                Component::CurDir => {}
                Component::ParentDir => drop(names.pop()?),
                Component::RootDir | Component::Prefix(_) => return None,
            }
        }
        let Some(last) = names.pop() else {
            return Some((at, String::new(), Some(at)));
        };
        for name in names {
            at = *self.live.get(&at)?.get(&name)?;
        }
        let node = self.live.get(&at)?.get(&last).copied();
        Some((at, last, node))
    }

    fn change(&mut self, directory: Node, at: usize, what: Entries) {
        apply(self.live.get_mut(&directory).expect("a directory"), &what);
        let Content::Directory { changes, .. } = &mut self.disk.nodes[directory] else {
            panic!("no directory")
        };
        changes.push(Change::at(at, what));
        self.moment(at);
    }

    fn moment(&mut self, now: usize) {
        if self.disk.moments.last() != Some(&now) {
            self.disk.moments.push(now);
        }
    }

    fn data(&mut self, file: Node, at: usize, what: Data) {
        if let Content::File { changes, .. } = &mut self.disk.nodes[file] {
            changes.push(Change::at(at, what));
            self.moment(at);
        }
    }

    fn length(&self, file: Node) -> u64 {
        let Content::File { first, changes } = &self.disk.nodes[file] else {
            return 0;
        };
        changes.iter().fold(first.len() as u64, |length, change| match &change.what {
            Data::Truncate(length) => *length,
            Data::Write { at, bytes } => length.max(at + bytes.len() as u64),
        })
    }

    fn make(&mut self, content: Content) -> Node {
        let node = self.disk.nodes.len();
        if matches!(content, Content::Directory { .. }) {
            self.live.insert(node, BTreeMap::new());
        }
        self.disk.nodes.push(content);
        node
    }

    /// What had returned when the call began is durable when it returns.
    fn sync(&mut self, node: Node, began: usize, now: usize) {
        fn settle<T>(changes: &mut [Change<T>], began: usize, now: usize) {
            for change in changes.iter_mut().filter(|change| change.at <= began) {
                change.durable = change.durable.min(now);
            }
        }
        match &mut self.disk.nodes[node] {
            Content::File { changes, .. } => settle(changes, began, now),
            Content::Directory { changes, .. } => settle(changes, began, now),
        }
        self.moment(now);
    }

    fn play(&mut self, now: usize, call: &Call) {
        match &call.what {
            What::Open { path, create, exclusive, truncate, append, unnamed, result } => {
                // The number may be that of something outside, whose close went unseen.
                self.open.remove(result);
                let Some((directory, name, found)) = self.find(path) else {
                    return;
                };
                let new = || Content::File { first: Vec::new(), changes: Vec::new() };
                let node = match found {
                    Some(_) if *unnamed => self.make(new()),
                    Some(node) => {
                        assert!(!(*create && *exclusive), "{name} was there and was made");
                        if *truncate && self.length(node) > 0 {
                            self.data(node, now, Data::Truncate(0));
                        }
                        node
                    }
                    None => {
                        assert!(*create, "{} was not there and was opened", path.path.display());
                        let node = self.make(new());
                        self.change(directory, now, Entries::Put(name, node));
                        node
                    }
                };
                self.open.insert(*result, Open { node, place: 0, append: *append });
            }
            What::Close { file } => drop(self.open.remove(file)),
            What::Duplicate { file, result } => {
                if let Some(Open { node, place, append }) = self.open.get(file) {
                    let copy = Open { node: *node, place: *place, append: *append };
                    self.open.insert(*result, copy);
                } else {
                    self.open.remove(result);
                }
            }
            What::Read { file, length } => {
                if let Some(open) = self.open.get_mut(file) {
                    open.place += length;
                }
            }
            What::Seek { file, result } => {
                if let Some(open) = self.open.get_mut(file) {
                    open.place = *result;
                }
            }
            What::Write { file, at, bytes } => {
                let Some(open) = self.open.get(file) else {
                    return;
                };
                let node = open.node;
                let at_end = open.append.then(|| self.length(node));
                let place = at.or(at_end).unwrap_or(open.place);
                if at.is_none() {
                    self.open.get_mut(file).expect("open").place = place + bytes.len() as u64;
                }
                self.data(node, now, Data::Write { at: place, bytes: bytes.clone() });
            }
            What::Truncate { file, length } => {
                if let Some(&Open { node, .. }) = self.open.get(file) {
                    self.data(node, now, Data::Truncate(*length));
                }
            }
            What::Sync { file } => {
                if let Some(&Open { node, .. }) = self.open.get(file) {
                    self.sync(node, call.began, now);
                }
            }
            What::SyncAll => (0..self.disk.nodes.len()).for_each(|node| self.sync(node, call.began, now)),
            What::MakeDirectory { path } => {
                let Some((directory, name, _)) = self.find(path) else {
                    return;
                };
                let node = self.make(Content::Directory { first: BTreeMap::new(), changes: Vec::new() });
                self.change(directory, now, Entries::Put(name, node));
            }
            What::Rename { from, to, exchange } => self.rename(now, from, to, *exchange),
            What::Link { from, to } => {
                let descriptor = from.path.strip_prefix("/proc/self/fd").ok();
                let descriptor = descriptor.and_then(|number| number.to_str()?.parse::<i32>().ok());
                let empty = from.path.as_os_str().is_empty();
                let node = match descriptor.or(from.folder.filter(|_| empty)) {
                    Some(file) => self.open.get(&file).map(|open| open.node),
                    None => self.find(from).and_then(|(_, _, node)| node),
                };
                if let (Some(node), Some((directory, name, _))) = (node, self.find(to)) {
                    self.change(directory, now, Entries::Put(name, node));
                }
            }
            What::Remove { path } => {
                if let Some((directory, name, Some(_))) = self.find(path) {
                    self.change(directory, now, Entries::Remove(name));
                }
            }
        }
    }

    fn rename(&mut self, now: usize, from: &At, to: &At, exchange: bool) {
        let Some((source, old, Some(node))) = self.find(from) else {
            return;
        };
        let Some((target, new, found)) = self.find(to) else { panic!("a file is moved out of the place") };
        if source == target {
            let what = if exchange { Entries::Exchange(old, new) } else { Entries::Rename(old, new) };
            self.change(source, now, what);
            return;
        }
        assert!(!exchange || found.is_some(), "what is exchanged is there");
        self.change(source, now, Entries::MoveOut(old.clone(), now));
        self.change(target, now, Entries::MoveIn(new, node, now));
        if let Some(other) = found.filter(|_| exchange) {
            // The way back has the same number: there is no half of an exchange.
            self.change(source, now, Entries::MoveIn(old, other, now));
        }
    }
}

mod tests {
    use super::*;

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
}
