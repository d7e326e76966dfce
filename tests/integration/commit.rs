//! The commit that the program says it was built from is its own, or none.

use std::path::{Path, PathBuf};
use std::process::Command;

/// `build.rs` as a program, in a directory of its own.
fn build_script(scratch: &Path) -> PathBuf {
    let program = scratch.join("build-script");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/build.rs");
    let compiled = Command::new(rustc).args(["--edition", "2024", source, "-o"]).arg(&program).status();
    assert!(compiled.expect("rustc runs").success());
    program
}

/// The commit that the build script finds for a crate in `directory`, with some variables set.
fn commit(program: &Path, directory: &Path, variables: &[(&str, &Path)]) -> String {
    let mut command = Command::new(program);
    command.current_dir(directory).env("CARGO_MANIFEST_DIR", directory).envs(variables.iter().copied());
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let commit = text.lines().find_map(|line| line.strip_prefix("cargo:rustc-env=DPAC_COMMIT="));
    commit.expect("a commit, or that it is unknown").to_owned()
}

fn git(directory: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"];
    let output =
        Command::new("git").current_dir(directory).args(identity).args(arguments).output().expect("git");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

/// A repository with one commit, which no other directory's is.
fn repository(directory: &Path) -> String {
    std::fs::write(directory.join("a"), directory.to_str().expect("UTF-8")).expect("a file");
    git(directory, &["init", "--quiet"]);
    git(directory, &["add", "a"]);
    git(directory, &["commit", "--quiet", "-m", "a commit"]);
    git(directory, &["rev-parse", "--short=12", "HEAD"])
}

#[test]
fn a_foreign_repository_s_commit_is_not_taken_and_the_own_one_is() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let program = build_script(scratch.path());
    let home = scratch.path().join("home");
    let crate_ = home.join("unpacked/dpac");
    std::fs::create_dir_all(&crate_).expect("folders");
    let foreign = repository(&home);
    let foreign_git = home.join(".git");
    let hook: [(&str, &Path); 2] = [("GIT_DIR", &foreign_git), ("GIT_WORK_TREE", &crate_)];
    assert_eq!(commit(&program, &crate_, &[]), "unknown commit");
    assert_eq!(commit(&program, &crate_, &hook), "unknown commit");
    // The package's own note, whatever is above it.
    let note = crate_.join(".cargo_vcs_info.json");
    let sha1 = "0123456789abcdef0123456789abcdef01234567";
    let text = format!("{{\n  \"git\": {{\n    \"sha1\": \"{sha1}\"\n  }},\n  \"path_in_vcs\": \"\"\n}}");
    std::fs::write(&note, &text).expect("a note");
    assert_eq!(commit(&program, &crate_, &[]), "0123456789ab");
    let changed = text.replace("67\"", "67\",\n    \"dirty\": true");
    std::fs::write(&note, changed).expect("a note");
    assert_eq!(commit(&program, &crate_, &[]), "0123456789ab+changes");
    std::fs::write(&note, "{\"git\":{\"sha1\":\"$(rm -r)\"}}").expect("a note");
    assert_eq!(commit(&program, &crate_, &[]), "unknown commit");
    // A repository of its own.
    let own = repository(&crate_);
    assert_ne!(own, foreign);
    assert_eq!(commit(&program, &crate_, &[]), own);
    assert_eq!(commit(&program, &crate_, &hook), own);
    std::fs::write(crate_.join("a"), "b").expect("a change");
    assert_eq!(commit(&program, &crate_, &[]), format!("{own}+changes"));
}
