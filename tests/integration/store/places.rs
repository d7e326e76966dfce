//! Where a run directory can be made, and what `--force` replaces.

use super::{Place, names};

#[test]
fn nothing_that_exists_is_deleted_however_its_path_is_spelled() {
    let place = Place::new();
    for name in ["project/thesis.tex", "results/data.csv"] {
        place.write(name, "precious");
    }
    std::fs::create_dir(place.path("empty")).expect("writable");
    for out in [
        "project/new/..",
        "typo/../results",
        "typo/../typo/../results/.",
        "results/",
        "results/.",
        ".",
        "..",
        "/",
    ] {
        for force in ["", "--force"] {
            place.refused(&format!("run quick.toml -q --out {out} {force}"), &[]);
        }
    }
    assert_eq!(place.read("project/thesis.tex"), b"precious");
    assert_eq!(place.read("results/data.csv"), b"precious");
    place.refused("run quick.toml -q --out empty", &["exists already"]);
    assert_eq!(names(place.scratch.path()), ["empty", "longer.toml", "project", "quick.toml", "results"]);
}

#[test]
fn force_replaces_only_what_is_certainly_a_run_directory() {
    let place = Place::new();
    place.write("site/config.toml", "title = \"a site\"");
    place.write("site/thesis.tex", "precious");
    place.refused("run quick.toml -q --out site --force", &["not certainly a run directory", "no run.json"]);
    // A file of that name that somebody else has made.
    place.write("site/run.json", "{\"scripts\": {}}");
    place.refused("run quick.toml -q --out site --force", &["not certainly a run directory"]);
    assert_eq!(names(&place.path("site")), ["config.toml", "run.json", "thesis.tex"]);
    place.write("file", "precious");
    place.refused("run quick.toml -q --out file --force", &["no directory"]);
    assert_eq!(place.read("file"), b"precious");
}

#[test]
fn force_leaves_alone_what_the_run_is_made_of_or_started_in() {
    let place = Place::new();
    place.fine("run quick.toml -q --out r");
    place.write("r/own.toml", super::QUICK);
    let before = names(&place.path("r"));
    place.refused("run r/own.toml -q --out r --force", &["holds the configuration of this run"]);
    place.refused("run r/config.toml -q --out r --force", &["holds the configuration of this run"]);
    let mut inside = place.command("run ../quick.toml -q --out ../r --force");
    let output = inside.current_dir(place.path("r")).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2), "{}", super::said(&output));
    assert_eq!(names(&place.path("r")), before);
}

#[cfg(unix)]
#[test]
fn force_does_not_replace_through_a_link() {
    let place = Place::new();
    place.fine("run quick.toml -q --out r");
    std::os::unix::fs::symlink("r", place.path("link")).expect("links");
    std::os::unix::fs::symlink("nowhere", place.path("dangling")).expect("links");
    for out in ["link", "link/", "link/.", "dangling"] {
        place.refused(&format!("run quick.toml -q --out {out} --force"), &["it is a link"]);
        place.refused(&format!("run quick.toml -q --out {out}"), &["exists already"]);
    }
    assert_eq!(place.status("r"), "complete");
    // A parent may be one: a person's own folder of runs elsewhere.
    std::fs::create_dir(place.path("elsewhere")).expect("writable");
    std::os::unix::fs::symlink("elsewhere", place.path("runs")).expect("links");
    place.fine("run quick.toml -q --out runs/s");
    place.assert_same("elsewhere/s", "r");
}

#[test]
fn force_keeps_what_it_has_not_written_and_deletes_the_rest() {
    let place = Place::new();
    place.fine("run quick.toml -q --out r --seed 1");
    place.write("r/notes.md", "mine");
    place.write("r/inputs/data.csv", "mine too");
    place.write("r/summary.json~", "and this");
    let said = place.fine("run quick.toml -q --out r --force");
    assert!(said.contains("notes.md") && said.contains("is kept"), "{said}");
    assert_eq!(place.read("r/notes.md"), b"mine");
    assert_eq!(place.read("r/inputs/data.csv"), b"mine too");
    assert_eq!(place.read("r/summary.json~"), b"and this");
    place.fine("run quick.toml -q --out other");
    place.assert_same("r", "other");
    assert_eq!(
        names(place.scratch.path()),
        ["longer.toml", "other", "quick.toml", "r"],
        "nothing is left beside it"
    );
}

#[test]
fn start_that_fails_leaves_the_old_directory_whole() {
    let place = Place::new();
    place.fine("run quick.toml -q --out r --seed 1");
    let before = place.results("r");
    let output = place.run("run quick.toml -q --out r --force --trace nowhere/t.dpt");
    assert_eq!(output.status.code(), Some(1), "{}", super::said(&output));
    if cfg!(target_os = "linux") {
        let output = place.run("run quick.toml -q --out r --force --trace /dev/full");
        assert_eq!(output.status.code(), Some(1), "{}", super::said(&output));
    }
    place.refused("run quick.toml -q --out r --force --trace quick.toml", &["is what this command reads"]);
    place.refused("run quick.toml -q --out r --force --trace r/t.dpt", &["would lie in the run directory"]);
    assert!(place.results("r") == before);
    assert_eq!(names(place.scratch.path()), ["longer.toml", "quick.toml", "r"]);
}

#[test]
fn existing_run_is_called_what_it_is() {
    let place = Place::new();
    place.fine("run quick.toml -q --out r");
    place.refused("run quick.toml -q --out r", &["exists already", "complete"]);
    place.killed("run longer.toml -q --threads 1 --out k", "k");
    place.refused("run longer.toml -q --out k", &["interrupted", "dpac run --resume k"]);
    std::fs::create_dir(place.path("empty")).expect("writable");
    place.refused("run quick.toml -q --out empty", &["no run directory"]);
}
