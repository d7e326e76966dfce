//! Tells the program which commit it was built from, where there is one: `--version` and run records say it.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=src");
    // Written at every commit and checkout. A path that does not exist (a tarball) would run this at every build.
    let log = ".git/logs/HEAD";
    if std::path::Path::new(log).exists() {
        println!("cargo:rerun-if-changed={log}");
    }
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        output.status.success().then_some(text)
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"]).map_or_else(
        || "unknown commit".to_owned(),
        |commit| {
            let dirty =
                git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|text| !text.is_empty());
            if dirty { format!("{commit}+changes") } else { commit }
        },
    );
    println!("cargo:rustc-env=DPAC_COMMIT={commit}");
}
