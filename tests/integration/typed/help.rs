//! The examples of all help texts, out of the program's own definition of its commands.

use super::{Instead, Place, all_used, copy, in_a_test};

/// What examples say and a test does otherwise.
const INSTEAD: [Instead; 8] = [
    Instead {
        said: "run tiger",
        done: "run tiger --set actor.rounds=2 --set actor.local_steps=8 --set actor.sync_interval=4",
        why: "the default sizes take long in a test build",
    },
    Instead {
        said: "run my.toml",
        done: "run my.toml --set actor.rounds=2 --set actor.local_steps=8 --set actor.sync_interval=4",
        why: "the default sizes take long in a test build",
    },
    Instead { said: "> /etc/bash_completion.d/", done: "> ", why: "only root writes there" },
    Instead { said: "paper all", done: "paper e4 --quick", why: "all experiments take half an hour" },
    Instead {
        said: "run my.POMDP",
        done: "run my.POMDP --set actor.rounds=2 --set actor.local_steps=8 --set actor.sync_interval=4",
        why: "the default sizes take long in a test build",
    },
    Instead {
        said: "statistics coverage",
        done: "statistics coverage --sweeps 20",
        why: "the full table takes ten seconds of two cores",
    },
    Instead {
        said: "sweep configs/tiger.toml",
        done: "sweep configs/tiger.toml --set actor.rounds=3 --set actor.eta=auto",
        why: "forty runs of the default sizes take long in a test build",
    },
    Instead { said: "--episodes 100000", done: "--episodes 1000", why: "a test build plays slowly" },
];

/// Examples that are not run: how they begin, and why.
const EXCEPTIONS: [(&str, &str); 2] = [
    ("promtool ", "another program, with a server's data; `monitoring::export` runs it"),
    ("prometheus ", "a server that does not end; `monitoring::live` runs it"),
];

/// Examples that end with another code than 0, as the help text says.
const CODES: [(&str, i32); 1] = [("dpac trace diff a.dpt b.dpt", 1)];

/// The lines below "Example:" or "Examples:" of a command's help, and of those below it: each with the
/// command's name.
fn examples(command: &clap::Command, name: &str, found: &mut Vec<(String, String)>) {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default().replace("\\\n", " ");
    let mut lines = help.lines();
    while let Some(line) = lines.next() {
        if matches!(line, "Example:" | "Examples:") {
            let block = lines.by_ref().take_while(|line| line.starts_with("  "));
            found.extend(block.map(|line| (name.to_owned(), line.trim().to_owned())));
        }
    }
    for below in command.get_subcommands() {
        examples(below, &format!("{name} {}", below.get_name()), found);
    }
}

/// What examples take for granted: problem files, a run, traces of it and of another one, and a sweep.
fn prepared() -> Place {
    let place = Place::new();
    let tiger =
        "run configs/tiger.toml -q --set federation.clients=18 --set actor.rounds=5 --set actor.eta=auto";
    let sweep = "sweep configs/tiger.toml -q --set actor.rounds=3 --grid federation.clients=1,2";
    for line in [
        format!("dpac {sweep} --grid actor.target=q,advantage --seeds 0..2 --out sweeps/targets"),
        "dpac convert tiger > my.POMDP".to_owned(),
        "dpac convert load-unload > maze.POMDP".to_owned(),
        format!("dpac {tiger} --out runs/tiger-dpac-1234abcd-s0 --trace run.dpt --trace-level full"),
        format!("dpac {tiger} --out runs/tiger-dpac-1234abcd-s1 --seed 1 --trace b.dpt --trace-level full"),
        "cp run.dpt a.dpt".to_owned(),
    ] {
        place.ends_with(&line, 0);
    }
    place
}

#[test]
fn every_example_of_every_help_text_runs() {
    let mut found = Vec::new();
    examples(&dpac::cli::command(), "dpac", &mut found);
    assert!(found.len() > 30, "{found:?}");
    let prepared = prepared();
    let (mut used, mut excepted, mut codes) = (Vec::new(), Vec::new(), 0);
    for name in found.iter().map(|(name, _)| name).collect::<std::collections::BTreeSet<_>>() {
        let place = Place(tempfile::tempdir().expect("a scratch directory"));
        copy(prepared.path(), place.path());
        for (_, line) in found.iter().filter(|(of, _)| of == name) {
            if let Some(at) = EXCEPTIONS.iter().position(|(begins, _)| line.starts_with(begins)) {
                excepted.push(at);
                continue;
            }
            assert!(line.starts_with("dpac "), "{name}: {line}");
            let code = CODES.iter().find(|(with, _)| with == line).map(|(_, code)| *code);
            codes += usize::from(code.is_some());
            place.ends_with(&in_a_test(line, &INSTEAD, &mut used), code.unwrap_or(0));
        }
    }
    all_used(&INSTEAD, &used);
    for (at, (begins, why)) in EXCEPTIONS.iter().enumerate() {
        assert!(excepted.contains(&at) && why.len() > 10, "no example says {begins:?} any more");
    }
    assert_eq!(codes, CODES.len(), "an example of another code is gone");
}
