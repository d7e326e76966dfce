//! What may stand behind a claim: a test, a record or a command. Whatever is named must be there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Places whose files are tests, records of measurements, or programs that measure.
const PLACES: [&str; 11] = [
    "tests/",
    "actors/tests/",
    "examples/own-algorithm/tests/",
    "python/tests/",
    "docs/records",
    "docs/paper/records",
    "benches/",
    "fuzz/corpus",
    "dashboards/check",
    "dashboards/prometheus/tests.yml",
    "ci.sh",
];

/// What there is in the repository.
pub(super) struct Repository {
    root: PathBuf,
    /// Paths of modules and of functions, in `tests/` and below `src/`, as they follow `cargo test`.
    tests: BTreeSet<String>,
    commands: BTreeSet<String>,
}

/// Something that is named as evidence.
pub(super) struct Named {
    pub(super) what: String,
    pub(super) exists: bool,
}

impl Repository {
    /// Reads which tests there are; `commands` are the names of the program's subcommands.
    pub(super) fn read(root: &Path, commands: impl IntoIterator<Item = String>) -> Repository {
        let mut tests = BTreeSet::new();
        for folder in ["tests/integration", "actors/tests", "src", "actors/src"] {
            let top = root.join(folder);
            for path in sources(&top) {
                let below = path.strip_prefix(&top).expect("below the folder").with_extension("");
                let mut module: Vec<String> =
                    below.iter().map(|part| part.to_str().expect("UTF-8").to_owned()).collect();
                module.retain(|part| part != "mod" && part != "main" && part != "lib");
                tests.extend((0..module.len()).map(|i| module[i..].join("::") + "::"));
                tests.extend(functions(&std::fs::read_to_string(&path).expect("a source")));
            }
        }
        Repository { root: root.to_path_buf(), tests, commands: commands.into_iter().collect() }
    }

    /// All evidence that a text of the page `page` names in its code spans and links, or that it is, if it
    /// is a block of commands.
    pub(super) fn named(&self, page: &str, text: &str) -> Vec<Named> {
        let mut found: Vec<Named> = text.lines().filter_map(|line| self.command(line.trim())).collect();
        found.extend(text.split('`').skip(1).step_by(2).filter_map(|span| self.span(span)));
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        found.extend(links.filter_map(|(target, _)| {
            let folder = Path::new(page).parent().unwrap_or(Path::new(""));
            let path = target.split('#').next().unwrap_or_default();
            let path = normal(&folder.join(path));
            self.file(&path)
        }));
        found
    }

    fn span(&self, span: &str) -> Option<Named> {
        self.command(span).or_else(|| self.file(span)).or_else(|| self.test(span))
    }

    fn command(&self, line: &str) -> Option<Named> {
        // Without the comment, what is set for this command alone, and the bracket of a shell of its own.
        let line = line.split(" #").next().unwrap_or_default();
        let mut words = line.trim_start_matches('(').split_whitespace().skip_while(|word| {
            word.split_once('=')
                .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        });
        let exists = match (words.next()?, words.next()) {
            ("dpac", Some(word)) => word.starts_with('-') || self.commands.contains(word),
            ("cargo", Some("test")) => self.tested(words.collect()),
            ("cargo", Some("bench")) => match words.next()? {
                "--bench" => self.is_bench(words.next().unwrap_or_default()),
                "-p" => words.next() == Some("dpac-instructions"),
                _ => true,
            },
            ("cargo", Some("run" | "clippy" | "fuzz")) => true,
            (program, _) if program.ends_with(".sh") && program.contains('/') => {
                self.root.join(program.trim_start_matches("./")).is_file()
            }
            _ => return None,
        };
        Some(Named { what: line.to_owned(), exists })
    }

    /// Whether the filters of `cargo test` are tests.
    fn tested(&self, words: Vec<&str>) -> bool {
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word {
                "--test" | "-p" => drop(words.next()),
                "--" => break,
                option if option.starts_with('-') => {}
                // A filter is any part of a test's path.
                filter if self.tests.iter().any(|test| test.contains(filter)) => {}
                _ => return false,
            }
        }
        true
    }

    fn is_bench(&self, name: &str) -> bool {
        let place = self.root.join("benches").join(name);
        place.is_dir() || place.with_extension("rs").is_file()
    }

    fn file(&self, path: &str) -> Option<Named> {
        let is_evidence =
            PLACES.iter().any(|place| path.starts_with(place) || path == place.trim_end_matches('/'));
        let pattern = path.split_once('*').map_or(path, |(folder, _)| folder);
        is_evidence.then(|| Named { what: path.to_owned(), exists: self.root.join(pattern).exists() })
    }

    /// `ledger::` is a module of tests; a function's name is evidence if it is one of a test.
    fn test(&self, span: &str) -> Option<Named> {
        let is_path = span.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':');
        let last = span.rsplit("::").next().unwrap_or_default();
        if !is_path {
            None
        } else if last.is_empty() && span.contains("::") {
            Some(Named { what: span.to_owned(), exists: self.tests.contains(span) })
        } else {
            let named = last.matches('_').count() > 1 && self.tests.contains(last);
            named.then(|| Named { what: span.to_owned(), exists: true })
        }
    }
}

/// A path without `..`.
fn normal(path: &Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.iter().filter_map(|part| part.to_str()) {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// The names of the tests in a source: functions behind `#[test]`, also inside of `proptest!`.
fn functions(source: &str) -> Vec<String> {
    let mut lines = source.lines().map(str::trim);
    let mut found = Vec::new();
    while lines.any(|line| line == "#[test]") {
        let function = lines.by_ref().find_map(|line| line.strip_prefix("fn "));
        found.extend(function.and_then(|rest| rest.split_once('(')).map(|(name, _)| name.to_owned()));
    }
    found
}
