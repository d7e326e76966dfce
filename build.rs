//! Tells the program which commit it was built from, where there is one: `--version` and run records say it.
//!
//! A commit is that of a repository whose top is this crate's own directory, or the one that cargo has
//! noted in a package. Of a repository further up, as of somebody's home directory, nothing is taken.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=src");
    let directory = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).expect("cargo sets it");
    let commit = of_repository(&directory).or_else(|| of_package(&directory));
    println!("cargo:rustc-env=DPAC_COMMIT={}", commit.as_deref().unwrap_or("unknown commit"));
}

/// The commit of the crate's own repository.
fn of_repository(directory: &Path) -> Option<String> {
    let top = PathBuf::from(git(directory, &["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != directory.canonicalize().ok()? {
        return None;
    }
    // Written at every commit and checkout. A path that does not exist would run this at every build.
    let log = directory.join(git(directory, &["rev-parse", "--git-path", "logs/HEAD"])?);
    if log.exists() {
        println!("cargo:rerun-if-changed={}", log.display());
    }
    let commit = git(directory, &["rev-parse", "--short=12", "HEAD"])?;
    let changes = git(directory, &["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changes.is_empty() { commit } else { format!("{commit}+changes") })
}

/// What git says about a directory. A hook of another repository, within which this may run, sets variables
/// that name that one.
fn git(directory: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.current_dir(directory).args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The commit that `cargo package` has noted: `{"git": {"sha1": "...", "dirty": true}, ...}`.
fn of_package(directory: &Path) -> Option<String> {
    let note = directory.join(".cargo_vcs_info.json");
    let text = std::fs::read_to_string(&note).ok()?;
    println!("cargo:rerun-if-changed={}", note.display());
    let (_, behind) = text.split_once("\"sha1\"")?;
    let commit: String = behind.split('"').nth(1)?.chars().take(12).collect();
    let is_commit = commit.len() == 12 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let changes = if behind
        .split_once("\"dirty\"")
        .is_some_and(|(_, rest)| rest.trim_start_matches([':', ' ']).starts_with("true"))
    {
        "+changes"
    } else {
        ""
    };
    is_commit.then(|| format!("{commit}{changes}"))
}
