//! Calls, played on a disk in memory.

use super::disk::{Change, Content, Data, Disk, Entries, Node, ROOT, apply};
use super::system_calls::{At, Call, What};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

impl Disk {
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
}

/// What is open under a descriptor.
struct Open {
    node: Node,
    place: u64,
    append: bool,
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

    /// Where a path leads: the directory that holds it, its name there, and what is there. `None` outside of
    /// the root.
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
