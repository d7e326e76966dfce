//! The commands of the pages, from the first to the last.

use super::{Instead, Place, all_used, copy, in_a_test};
use std::path::Path;

/// What pages say and a test does otherwise.
const INSTEAD: [Instead; 8] = [
    Instead { said: "cargo run --release --", done: "dpac", why: "the program is built already" },
    Instead { said: "paper e1", done: "paper e1 --quick", why: "the full experiment takes minutes" },
    Instead {
        said: "run my.POMDP",
        done: "run my.POMDP --set actor.rounds=2 --set actor.local_steps=8 --set actor.sync_interval=4",
        why: "the default sizes take long in a test build",
    },
    Instead {
        said: "sweep configs/tiger.toml",
        done: "sweep configs/tiger.toml --set actor.rounds=3",
        why: "eighty runs of the default sizes take long in a test build",
    },
    Instead {
        said: "statistics coverage",
        done: "statistics coverage --sweeps 20",
        why: "the full table takes ten seconds of two cores",
    },
    Instead { said: "rounds=5000 ", done: "rounds=50 ", why: "it lasts until somebody has looked" },
    Instead { said: "rounds=20000 ", done: "rounds=50 ", why: "it lasts until somebody has looked" },
    Instead {
        said: "--metrics-linger 60",
        done: "--metrics-linger 0",
        why: "nobody scrapes here; that is what the tests of monitoring do",
    },
];

/// Ports that are written on pages may be taken where tests run: any other does.
const PORTS: [&str; 3] =
    ["--metrics-listen 9464", "--metrics-listen 127.0.0.1:9464", "--metrics-listen 0.0.0.0:9464"];

/// Lines that are not typed here: how they begin, and why.
const EXCEPTIONS: [(&str, &str); 11] = [
    ("./ci.sh", "it runs all tests, this one among them"),
    ("cargo bench", "it measures for minutes"),
    ("benches/peers/run.sh", "it installs NumPy and JAX, and measures for half an hour"),
    ("(cd dashboards/prometheus && prometheus ", "a server that does not end; `monitoring::live` runs it"),
    ("prometheus ", "a server that does not end; `monitoring::live` runs it"),
    ("promtool ", "another program, with a server's data; `monitoring::export` runs it"),
    ("sudo apt-get ", "it installs packages"),
    ("xdg-open ", "it opens a browser"),
    ("docker compose ", "it starts servers"),
    ("DPAC_UPDATE_DASHBOARDS=1 cargo ", "it writes files of the checkout anew"),
    ("curl ", "it asks a server that is not there"),
];

/// Commands that end with another code than 0, as the page says beside them.
const CODES: [(&str, i32); 1] = [("dpac trace diff ", 1)];

/// The lines of a page's blocks of commands; one that ends with a backslash goes on with the next.
fn commands(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "```sh" {
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != "```").collect();
        let block = block.join("\n").replace("\\\n", " ");
        found.extend(block.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()));
    }
    found
}

#[test]
fn commands_of_every_page_run_in_their_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut used, mut excepted, mut codes) = (Vec::new(), Vec::new(), 0);
    let mut pages = ["README.md", "DETERMINISM.md", "dashboards/README.md"].map(str::to_owned).to_vec();
    for entry in std::fs::read_dir(root.join("docs")).expect("a folder of pages") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        if name.ends_with(".md") {
            pages.push(format!("docs/{name}"));
        }
    }
    let mut typed = 0;
    for name in pages {
        let page = std::fs::read_to_string(root.join(&name)).expect("a page");
        let place = Place::new();
        for folder in ["dashboards/prometheus", "python/tests"] {
            copy(&root.join(folder), &place.path().join(folder));
        }
        for line in commands(&page) {
            if let Some(at) = EXCEPTIONS.iter().position(|(begins, _)| line.starts_with(begins)) {
                excepted.push(at);
                continue;
            }
            let mut command = in_a_test(&line, &INSTEAD, &mut used);
            for port in PORTS {
                command = command.replace(port, "--metrics-listen 127.0.0.1:0");
            }
            let code = CODES.iter().find(|(begins, _)| line.starts_with(begins)).map(|(_, code)| *code);
            codes += usize::from(code.is_some());
            place.ends_with(&command, code.unwrap_or(0));
            typed += 1;
        }
    }
    assert!(typed > 20, "{typed} commands");
    all_used(&INSTEAD, &used);
    assert_eq!(codes, CODES.len(), "a command of another code is gone");
    for (at, (begins, why)) in EXCEPTIONS.iter().enumerate() {
        assert!(excepted.contains(&at) && why.len() > 10, "no page says {begins:?} any more");
    }
}
