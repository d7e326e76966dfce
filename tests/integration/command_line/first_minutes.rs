//! What a newcomer types: names of built-in problems, a configuration to begin with, letters for keys, and
//! what the shell and `man` are told.

use super::{dpac, listing, output, scratch, text};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// Sizes that a test build takes quickly.
const SMALL: [&str; 8] = [
    "--set",
    "actor.rounds=2",
    "--set",
    "actor.local_steps=4",
    "--set",
    "actor.sync_interval=4",
    "--set",
    "critic.local_steps=4",
];

fn said(scratch: &TempDir, arguments: &[&str]) -> String {
    let output = output(scratch, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Why the program does not do it.
fn refused(scratch: &TempDir, arguments: &[&str]) -> String {
    let output = output(scratch, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
    assert!(output.stdout.is_empty(), "{arguments:?}");
    text(&output.stderr)
}

fn runs(scratch: &TempDir) -> Vec<String> {
    let runs = std::fs::read_dir(scratch.path().join("runs")).expect("runs");
    let mut names: Vec<String> =
        runs.map(|run| run.expect("an entry").file_name().into_string().expect("ASCII")).collect();
    names.sort();
    names
}

#[test]
fn name_of_a_built_in_problem_goes_wherever_a_file_does() {
    let scratch = scratch();
    said(&scratch, &[&["run", "tiger", "--quiet"], &SMALL[..]].concat());
    assert!(runs(&scratch)[0].starts_with("tiger-dpac-"), "{:?}", runs(&scratch));
    assert!(said(&scratch, &["plan", "tiger"]).contains("tiger · dpac · plan, nothing is run"));
    assert_eq!(
        said(&scratch, &["check", "tiger"]),
        "tiger: fine; 2 states, 3 actions, 2 observations, γ = 0.95\n"
    );
    let output = output(&scratch, &["sweep", "tiger", "--dry-run", "--seeds", "0..1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(said(&scratch, &["solve", "tiger"]).starts_with("tiger · H = 4, "));
    let one = said(&scratch, &["problems", "tiger"]);
    assert!(one.starts_with("tiger\n") && said(&scratch, &["problems"]).contains(&one), "{one}");
}

#[test]
fn every_built_in_problem_has_default_settings_that_make_a_run() {
    let scratch = scratch();
    for problem in dpac::pomdp::builtin::names() {
        let plan: Value = serde_json::from_str(&said(&scratch, &["plan", problem, "--json"])).expect("JSON");
        assert!(plan["closed_form"]["barriers"].as_u64().is_some_and(|barriers| barriers > 0), "{problem}");
    }
}

#[test]
fn a_name_that_is_nearly_one_of_a_built_in_problem_is_told_which() {
    let scratch = scratch();
    for command in ["run", "plan", "sweep", "solve", "info", "problems"] {
        let error = refused(&scratch, &[command, "tigre"]);
        assert!(error.contains("did you mean") && error.contains("`tiger`?"), "{command}: {error}");
    }
    let error = refused(&scratch, &["run", "lion"]);
    assert!(error.contains("nor is it a built-in problem, which are block-ring, "), "{error}");
    // What has an extension is meant as a file.
    assert!(!refused(&scratch, &["run", "tiger.toml"]).contains("built-in"));
}

#[test]
fn configuration_to_begin_with_is_the_default_one_and_replaces_nothing() {
    let scratch = scratch();
    for problem in ["tiger", "gaussian-tiger"] {
        let file = format!("{problem}.toml");
        let told = said(&scratch, &["init", &file, "--problem", problem]);
        assert!(told.contains(&format!("dpac run {file}\n")), "{told}");
        // What is read takes memory; else the two are one.
        let plan = |of: &str| {
            let mut plan: Value =
                serde_json::from_str(&said(&scratch, &["plan", of, "--json"])).expect("JSON");
            plan["memory_bytes"].take();
            plan
        };
        assert_eq!(plan(&file), plan(problem));
        let text = std::fs::read_to_string(scratch.path().join(&file)).expect("a configuration");
        assert!(text.starts_with("#:schema ./schema.json\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        // Every letter stands beside its key.
        for (key, letter) in [
            ("clients", "M"),
            ("horizon", "H"),
            ("rounds", "R_e"),
            ("local_steps", "K_e"),
            ("rounds", "R"),
            ("local_steps", "K"),
            ("sync_interval", "I"),
            ("alpha", "α"),
            ("zeta", "ζ"),
            ("eta", "η"),
        ] {
            let beside =
                |line: &str| line.starts_with(&format!("{key} = ")) && line.contains(&format!("# {letter}"));
            assert!(text.lines().any(beside), "{key}: {letter}\n{text}");
        }
    }
    // A run of the file is that of the name: the directory's name has the digest of the configuration.
    said(&scratch, &[&["run", "tiger", "--quiet"], &SMALL[..]].concat());
    let again = refused(&scratch, &[&["run", "tiger.toml", "--quiet"], &SMALL[..]].concat());
    assert!(again.contains("exists already: the run in it is this one"), "{again}");

    let schema = std::fs::read_to_string(scratch.path().join("schema.json")).expect("a schema");
    assert_eq!(schema, said(&scratch, &["schema"]));
    let before = listing(scratch.path());
    assert!(refused(&scratch, &["init", "tiger.toml"]).contains("tiger.toml exists"), "it is somebody's");
    assert_eq!(listing(scratch.path()), before);
}

#[test]
fn configuration_to_begin_with_names_a_problem_file_from_where_it_stands() {
    let scratch = scratch();
    std::fs::copy("configs/problems/tiger.POMDP", scratch.path().join("my.POMDP")).expect("a copy");
    std::fs::create_dir(scratch.path().join("below")).expect("a directory");
    for file in ["my.toml", "below/my.toml"] {
        said(&scratch, &["init", file, "--problem", "my.POMDP"]);
        assert!(said(&scratch, &["check", file]).contains(": fine; 2 states"));
    }
}

#[test]
fn letters_of_the_paper_name_their_keys() {
    let scratch = scratch();
    for (setting, help) in [
        ("M=4", "M is `federation.clients`"),
        ("R=4", "R is `actor.rounds`"),
        ("K=4", "K is `actor.local_steps`"),
        ("I=4", "I is `actor.sync_interval`"),
        ("R_e=4", "R_e is `critic.rounds`"),
        ("K_e=4", "K_e is `critic.local_steps`"),
        ("H=4", "H is `problem.horizon`"),
        ("T=4", "T is `trajectories`"),
        ("gamma=0.5", "gamma is `problem.discount`"),
        ("γ=0.5", "γ is `problem.discount`"),
        ("α=0.5", "α is `critic.alpha`"),
        ("ζ=0.5", "ζ is `actor.zeta`"),
        ("η=0.5", "η is `actor.eta` or `critic.eta`"),
        ("critic.η=0.5", "η is `critic.eta`"),
        ("actor.M=4", "M is `federation.clients`"),
        // Names of keys are told their tables, as ever.
        ("clients=4", "`clients` belongs in [problem] or [federation]"),
        ("eta=4", "`eta` belongs in [critic] or [actor]"),
    ] {
        let error = refused(&scratch, &["plan", "run.toml", "--set", setting]);
        assert!(error.contains(&format!("help: {help}\n")), "{setting}: {error}");
    }
    let error = refused(&scratch, &["sweep", "run.toml", "--grid", "M=1,4", "--dry-run"]);
    assert!(error.contains("M is `federation.clients`"), "{error}");
    std::fs::write(scratch.path().join("greek.toml"), "problem.builtin = \"tiger\"\nη = 1\n")
        .expect("a file");
    let error = refused(&scratch, &["plan", "greek.toml"]);
    assert!(
        error.contains("greek.toml:2:1") && error.contains("η is `actor.eta` or `critic.eta`"),
        "{error}"
    );
}

#[test]
fn a_key_of_the_file_can_be_taken_out_for_one_run() {
    let scratch = scratch();
    std::fs::copy("configs/problems/tiger.POMDP", scratch.path().join("my.POMDP")).expect("a copy");
    let file = "[problem]\nfile = \"my.POMDP\"\nhorizon = 2\n[actor]\nrounds = 8\n";
    std::fs::write(scratch.path().join("my.toml"), file).expect("a file");
    let other = ["plan", "my.toml", "--set", "problem.builtin=toggle"];
    let error = refused(&scratch, &other);
    assert!(
        error.contains("exclude each other") && error.contains("--unset problem.file takes it out"),
        "{error}"
    );
    let plan =
        said(&scratch, &[&other[..], &["--unset", "problem.file", "--unset", "actor.rounds"]].concat());
    assert!(plan.contains("toggle · dpac") && plan.contains("H = 2, ") && plan.contains("R = 128"), "{plan}");
    let error = refused(&scratch, &["plan", "my.toml", "--unset", "actor.round"]);
    assert!(error.contains("--unset:1:1") && error.contains("did you mean `actor.rounds`?"), "{error}");
    let error = refused(&scratch, &["plan", "my.toml", "--unset", "M"]);
    assert!(error.contains("M is `federation.clients`"), "{error}");
}

#[test]
fn summary_as_json_is_what_the_file_holds_and_all_that_standard_output_gets() {
    let scratch = scratch();
    for more in [&[][..], &["--verify"], &["--resume"]] {
        let arguments = [&["run", "run.toml", "--out", "out", "--json"], more].concat();
        let arguments =
            if more == ["--verify"] { [&arguments[..], &["--force"]].concat() } else { arguments };
        let printed: Value = serde_json::from_str(&said(&scratch, &arguments)).expect("JSON alone");
        let file = std::fs::read(scratch.path().join("out/summary.json")).expect("a summary");
        assert_eq!(printed, serde_json::from_slice::<Value>(&file).expect("JSON"), "{more:?}");
        assert_eq!(printed["status"], "complete");
    }
}

#[test]
fn numbers_are_plain_and_messages_unbroken_where_programs_read_them() {
    let scratch = scratch();
    for arguments in
        [&["plan", "tiger"][..], &["info", "light-maze"], &["run", "run.toml", "--out", "out", "-v"]]
    {
        let output = output(&scratch, arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(!text(&output.stdout).contains('\u{202f}') && !text(&output.stderr).contains('\u{202f}'));
    }
    std::fs::write(scratch.path().join("row.POMDP"), ROW).expect("a problem");
    let error = refused_or_found(&scratch, &["check", "row.POMDP"]);
    assert!(
        error.lines().any(|line| line.contains("transition row") && line.contains(", not to 1")),
        "{error}"
    );
}

/// A row that sums to 1.5, of names that make the message longer than 80 columns.
const ROW: &str = "discount: 0.9\nvalues: reward\nstates: a-state-with-a-rather-long-name another\n\
    actions: an-action-with-a-long-name\nobservations: o\nT: *\n1 0.5\n0 1\nO: *\n1\n1\nR: * : * : * : * 1\n";

fn refused_or_found(scratch: &TempDir, arguments: &[&str]) -> String {
    let output = output(scratch, arguments);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    text(&output.stderr)
}

#[test]
fn every_command_has_a_manual_page() {
    let scratch = scratch();
    assert!(said(&scratch, &["man"]).contains(".TH dpac 1"));
    said(&scratch, &["man", "man1"]);
    let mut names = Vec::new();
    all_commands(&dpac::cli::command(), "dpac", &mut names);
    assert!(names.len() > 25, "{names:?}");
    for name in &names {
        let page = scratch.path().join(format!("man1/{name}.1"));
        let page = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(page.contains(".SH SYNOPSIS") && page.contains(&format!(".TH {name} 1")), "{name}: {page}");
    }
    assert_eq!(std::fs::read_dir(scratch.path().join("man1")).expect("pages").count(), names.len());
    let page = std::fs::read_to_string(scratch.path().join("man1/dpac-plot.1")).expect("a page");
    assert!(page.contains("[possible values: mean, median, iqm]"), "values stand behind the help, in a line");
    assert!(refused(&scratch, &["man", "man1"]).contains("exists"));
    said(&scratch, &["man", "man1", "--force"]);
}

fn all_commands(command: &clap::Command, name: &str, names: &mut Vec<String>) {
    names.push(name.to_owned());
    for below in command.get_subcommands() {
        all_commands(below, &format!("{name}-{}", below.get_name()), names);
    }
}

#[test]
fn completions_know_problems_algorithms_and_keys_and_validate_nothing() {
    let scratch = scratch();
    for shell in ["bash", "zsh"] {
        let script = said(&scratch, &["completions", shell]);
        for word in [
            "gaussian-tiger",
            "dptd",
            "federation.clients=",
            "actor.target=advantage",
            "critic.features.kind=window",
        ] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    // In zsh files are as good as names.
    assert!(said(&scratch, &["completions", "zsh"]).contains("toggle; _files}"));
    // What the scripts list is no restriction.
    assert!(said(&scratch, &["plan", "run.toml", "--set", "critic.rounds=3"]).contains("R_e = 3"));
}

/// What bash offers for the last of some words.
fn offered(script: &Path, words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let line = format!(
        "source '{}'; COMP_WORDS=({}); COMP_CWORD={}; _dpac dpac '{}' '{}'; echo \"${{COMPREPLY[@]}}\"",
        script.display(),
        quoted.join(" "),
        words.len() - 1,
        words[words.len() - 1],
        words[words.len() - 2],
    );
    let output = std::process::Command::new("bash").args(["--norc", "-c", &line]).output().expect("bash");
    text(&output.stdout).trim().to_owned()
}

#[test]
fn bash_offers_problems_and_keys() {
    let scratch = scratch();
    let script = scratch.path().join("dpac.bash");
    std::fs::write(&script, said(&scratch, &["completions", "bash"])).expect("a script");
    assert_eq!(offered(&script, &["dpac", "run", "gauss"]), "gaussian-tiger");
    assert_eq!(
        offered(&script, &["dpac", "run", "run.toml", "--set", "federation.cl"]),
        "federation.clients="
    );
    assert_eq!(offered(&script, &["dpac", "plan", "run.toml", "--unset", "actor.sy"]), "actor.sync_interval");
    assert_eq!(offered(&script, &["dpac", "algorithms", "dppg"]), "dppg");
    // Without quotes around it the setting is one word, and is taken.
    dpac(
        &scratch,
        &["plan", "run.toml", "--set", "critic.features.kind=window", "--set", "critic.features.length=1"],
    )
    .assert()
    .success();
}
