//! Going on with a run: from the directory, from the configuration, with its trace, and after somebody has
//! touched it.

use super::Place;

#[test]
fn configuration_with_resume_starts_goes_on_or_has_nothing_to_do() {
    let place = Place::new();
    place.fine("run longer.toml -q --out whole");
    let line = "run longer.toml -q --threads 1 --out r --resume";
    place.killed(line, "r");
    place.refused("run longer.toml -q --out r --resume --seed 3", &["another seed"]);
    place.refused("run quick.toml -q --out r --resume", &["another configuration"]);
    place.fine(line);
    place.assert_same("r", "whole");
    let said = place.fine(line);
    assert!(said.contains("complete: there is nothing to do"), "{said}");
    place.refused("run quick.toml -q --out r --resume", &["exists already", "complete"]);
    place.refused("run longer.toml --resume r", &["from the run directory"]);
    place.refused("run --resume", &["--resume"]);
}

#[test]
fn run_that_was_moved_with_its_trace_goes_on_and_one_without_says_how() {
    let place = Place::new();
    std::fs::create_dir(place.path("here")).expect("writable");
    let traced = "--trace here/t.dpt --trace-level order";
    place.fine("run longer.toml -q --out whole --trace whole.dpt --trace-level order");
    place.killed(&format!("run longer.toml -q --threads 1 --out here/r {traced}"), "here/r");
    std::fs::rename(place.path("here"), place.path("there")).expect("a folder");
    std::fs::rename(place.path("there/t.dpt"), place.path("elsewhere.dpt")).expect("a trace");
    place.refused("run --resume there/r -q", &["t.dpt", "--trace FILE beside --resume"]);
    place.fine("run --resume there/r -q --trace elsewhere.dpt");
    place.assert_same("there/r", "whole");
    place.fine("trace diff elsewhere.dpt whole.dpt");
}

#[test]
fn trace_that_another_run_has_taken_since_is_not_touched() {
    let place = Place::new();
    let traced = "--trace t.dpt --trace-level order";
    place.killed(&format!("run longer.toml -q --threads 1 --out a {traced}"), "a");
    place.fine(&format!("run longer.toml -q --seed 1 --out b --force {traced}"));
    let before = place.read("t.dpt");
    place.refused("run --resume a -q", &["t.dpt", "another trace"]);
    place.refused("run --resume a -q --trace longer.toml", &["longer.toml"]);
    assert!(place.read("t.dpt") == before);
    place.refused("run --resume a -q --trace nowhere.dpt", &["nowhere.dpt"]);
    assert!(!place.path("nowhere.dpt").exists());
}

#[test]
fn changed_files_of_an_interrupted_run_are_refused_by_name_or_change_nothing() {
    let place = Place::new();
    place.fine("run longer.toml -q --out whole --log barriers");
    place.killed("run longer.toml -q --threads 1 --out begun --log barriers", "begun");
    for name in ["config.toml", "run.json", "rounds.jsonl", "barriers.jsonl", "policies.npy.partial"] {
        let copied = std::process::Command::new("cp")
            .args(["-r"])
            .args([place.path("begun"), place.path("r")])
            .status();
        assert!(copied.expect("cp").success());
        let mut content = place.read(&format!("r/{name}"));
        let at = if name.starts_with("policies") { 200 } else { 10 };
        content[at] ^= 4;
        place.write(&format!("r/{name}"), &content);
        let output = place.run("run --resume r -q");
        match output.status.code() {
            Some(2) => assert!(super::said(&output).contains(name), "{name}: {}", super::said(&output)),
            // The checkpoint before the newest stands on less of what grows.
            Some(0) if !matches!(name, "config.toml" | "run.json") => place.assert_same("r", "whole"),
            other => panic!("{name}: {other:?}: {}", super::said(&output)),
        }
        std::fs::remove_dir_all(place.path("r")).expect("a run directory");
    }
}

#[test]
fn checkpoint_names_the_program_that_wrote_it() {
    let place = Place::new();
    place.killed("run longer.toml -q --threads 1 --out r", "r");
    let version = env!("CARGO_PKG_VERSION").as_bytes();
    let content = place.read("r/checkpoint.bin");
    assert!(content.windows(version.len()).any(|window| window == version));
}

#[test]
fn damaged_newest_checkpoint_gives_way_to_the_last_durable_one() {
    let place = Place::new();
    place.fine("run longer.toml -q --out whole");
    // Long enough for one that is durable and one that is not behind it.
    let running = place.living("run longer.toml -q --threads 1 --out r", "r");
    let began = std::time::Instant::now();
    while !place.path("r/checkpoint.safe.bin").exists() {
        assert!(began.elapsed().as_secs() < 60, "no second generation");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    drop(running);
    place.write("r/checkpoint.bin", b"");
    let said = place.fine("run --resume r -q");
    assert!(
        said.contains("checkpoint.bin is damaged; the run goes on from the checkpoint before it"),
        "{said}"
    );
    place.assert_same("r", "whole");
}
