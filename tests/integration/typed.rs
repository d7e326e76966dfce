//! What help texts and pages tell people to type can be typed: every example of every help text, and every
//! command of the pages, in their order, in a directory with what a checkout has. What a page shows right
//! behind its commands is what they say.

mod help;
mod pages;
mod screens;

use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A directory like a checkout's, in which `dpac` is the program. Its configurations have small sizes,
/// since a test build is slow.
struct Place(TempDir);

impl Place {
    fn new() -> Place {
        let place = Place(tempfile::tempdir().expect("a scratch directory"));
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&root.join("configs"), &place.path().join("configs"));
        let of_tiger = [("rounds", "128", "40"), ("local_steps", "64", "4"), ("local_steps", "512", "8")];
        place.smaller("configs/tiger.toml", &of_tiger);
        place.smaller("configs/gaussian-tiger.toml", &[("rounds", "128", "2"), ("local_steps", "256", "8")]);
        for name in ["configs/tiger.toml", "configs/gaussian-tiger.toml"] {
            place.smaller(name, &[("sync_interval", "64", "4")]);
        }
        std::fs::create_dir(place.path().join(".bin")).expect("a folder");
        let program = env!("CARGO_BIN_EXE_dpac");
        std::os::unix::fs::symlink(program, place.path().join(".bin/dpac")).expect("a link");
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Gives other numbers to some keys of a configuration: key, the number that it has, the number that it
    /// gets.
    fn smaller(&self, name: &str, sizes: &[(&str, &str, &str)]) {
        let path = self.path().join(name);
        let mut text = std::fs::read_to_string(&path).expect("a configuration");
        for (key, old, new) in sizes {
            let (old, new) = (format!("\n{key} = {old}"), format!("\n{key} = {new}"));
            assert!(text.contains(&old), "{name} has no {old:?}");
            text = text.replace(&old, &new);
        }
        std::fs::write(&path, text).expect("a configuration");
    }

    /// Types a line into a shell.
    fn type_in(&self, line: &str) -> Output {
        let path = std::env::var("PATH").unwrap_or_default();
        Command::new("sh")
            .args(["-c", line])
            .current_dir(self.path())
            .env("PATH", format!("{}:{path}", self.path().join(".bin").display()))
            .env("COLUMNS", "80")
            .output()
            .expect("a shell")
    }

    /// Types a line that ends with a code. What it has said: standard output and standard error, as a
    /// terminal would show them.
    fn ends_with(&self, line: &str, code: i32) -> String {
        let output = self.type_in(&format!("exec 2>&1\n{line}"));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{line}\n{said}");
        said
    }
}

/// Links stay links: a program that is copied cannot be run while another thread's child still has it open
/// for writing.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).expect("an entry");
        if path.is_symlink() {
            let target = std::fs::read_link(&path).expect("a link");
            std::os::unix::fs::symlink(target, to.join(name)).expect("a link");
        } else if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            std::fs::copy(&path, to.join(name)).expect("a copy");
        }
    }
}

/// Something that a line says and a test does not do.
struct Instead {
    said: &'static str,
    done: &'static str,
    why: &'static str,
}

/// The line as it is typed here, with the places in `used` of what was replaced.
fn in_a_test(line: &str, instead: &[Instead], used: &mut Vec<usize>) -> String {
    let mut line = line.to_owned();
    for (i, Instead { said, done, why }) in instead.iter().enumerate() {
        assert!(why.len() > 10, "{said} is replaced without a reason");
        if line.contains(said) {
            line = line.replace(said, done);
            used.push(i);
        }
    }
    line
}

/// Refuses replacements and exceptions that nothing asks for any more.
fn all_used(instead: &[Instead], used: &[usize]) {
    for (i, Instead { said, .. }) in instead.iter().enumerate() {
        assert!(used.contains(&i), "no line says {said:?} any more");
    }
}
