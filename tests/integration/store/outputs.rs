//! The one rule for files that a person names: what exists is refused, or replaced whole with `--force`;
//! never what is read.

use super::Place;

#[test]
fn commands_that_write_refuse_what_exists_and_replace_it_with_force() {
    let place = Place::new();
    place.fine("run quick.toml -q --out r --trace t.dpt --trace-level order");
    for line in [
        "convert tiger --out x.POMDP",
        "simulate tiger --policy uniform --episodes 3 --trajectories x.csv",
        "trace export t.dpt --format jsonl --out x.jsonl",
        "trace recover t.dpt x.dpt",
        "export --openmetrics r --out x.om",
        "run quick.toml -q --out s --trace x.trace",
    ] {
        let name = line.split_whitespace().find(|word| word.starts_with("x.")).expect("a file");
        place.write(name, "precious");
        place.refused(line, &[name, "exists already"]);
        assert_eq!(place.read(name), b"precious", "{line}");
        let replaced = place.run(&format!("{line} --force"));
        assert_eq!(replaced.status.code(), Some(0), "{line}: {}", super::said(&replaced));
        assert_ne!(place.read(name), b"precious", "{line}");
        let partial = super::names(place.scratch.path()).into_iter().find(|name| name.contains("partial"));
        assert_eq!(partial, None, "{line}");
    }
}

#[test]
fn force_does_not_replace_what_a_command_reads() {
    let place = Place::new();
    place.fine("run quick.toml -q --out r --trace t.dpt --trace-level order");
    place.fine("convert tiger --out tiger.POMDP");
    for (line, name) in [
        ("convert tiger.POMDP --out tiger.POMDP --force", "tiger.POMDP"),
        ("convert tiger.POMDP --out ./r/../tiger.POMDP --force", "tiger.POMDP"),
        ("trace export t.dpt --format jsonl --out t.dpt --force", "t.dpt"),
        ("trace recover t.dpt t.dpt --force", "t.dpt"),
        ("run tiger.POMDP -q --trace tiger.POMDP --force", "tiger.POMDP"),
        ("run quick.toml -q --trace quick.toml --force", "quick.toml"),
    ] {
        let before = place.read(name);
        place.refused(line, &["is what this command reads"]);
        assert!(place.read(name) == before, "{line}");
    }
}
