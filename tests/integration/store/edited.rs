//! Whatever is read of a run that has ended is what was written, or is refused by name.

use super::Place;
use std::path::PathBuf;

/// A complete run of a problem file, and a copy of it to be edited.
fn copied(place: &Place) -> PathBuf {
    let (from, to) = (place.path("whole"), place.path("edited"));
    let _ = std::fs::remove_dir_all(&to);
    for folder in ["", "inputs"] {
        std::fs::create_dir(to.join(folder)).expect("writable");
        for entry in std::fs::read_dir(from.join(folder)).expect("a directory") {
            let entry = entry.expect("an entry");
            if entry.path().is_file() {
                std::fs::copy(entry.path(), to.join(folder).join(entry.file_name())).expect("writable");
            }
        }
    }
    to
}

fn whole() -> Place {
    let place = Place::new();
    place.fine("convert tiger --out tiger.POMDP");
    place.write("file.toml", super::QUICK.replace("builtin = \"tiger\"", "file = \"tiger.POMDP\""));
    place.fine("run file.toml -q --out whole");
    place
}

#[test]
fn edited_files_of_a_complete_run_are_noticed_by_whoever_reads_them() {
    let place = whole();
    place.fine("evaluate whole --json");
    place.fine("export --openmetrics whole");
    for name in [
        "config.toml",
        "inputs/tiger.POMDP",
        "policies.npy",
        "policy.json",
        "rounds.jsonl",
        "summary.json",
        "run.json",
    ] {
        let path = copied(&place).join(name);
        let mut content = std::fs::read(&path).expect("a file");
        // A digit for another one, as late as there is one: the file still says something.
        let at = content.iter().rposition(u8::is_ascii_digit).unwrap_or(content.len() - 10);
        content[at] ^= 1;
        std::fs::write(&path, content).expect("writable");
        place.write(
            "saved.toml",
            "algorithm = \"dptd\"\npolicy = \"edited\"\nproblem = { builtin = \"tiger\", horizon = 4 }\n",
        );
        for line in [
            "evaluate edited --json",
            "export --openmetrics edited",
            "simulate tiger --policy edited --episodes 3",
            "plan saved.toml",
        ] {
            place.refused(line, &[name]);
        }
    }
    for name in ["policies.npy", "digests.json"] {
        std::fs::remove_file(copied(&place).join(name)).expect("a file");
        place.refused("evaluate edited", &[name, "gone"]);
    }
    copied(&place);
    assert_eq!(place.run("evaluate edited --json").stdout, place.run("evaluate whole --json").stdout);
}
