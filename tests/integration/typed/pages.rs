//! The commands of the pages, from the first to the last, and what pages show of what they say.

use super::screens::difference;
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
const EXCEPTIONS: [(&str, &str); 13] = [
    ("./ci.sh", "it runs all tests, this one among them"),
    ("cargo install ", "it builds the program for minutes"),
    ("cargo bench", "it measures for minutes"),
    ("benches/peers/run.sh", "it installs NumPy and JAX, and measures for half an hour"),
    ("benches/peers/networks.sh", "it installs PyTorch and JAX, and measures for minutes"),
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
const CODES: [(&str, i32); 2] = [("dpac trace diff ", 1), ("dpac check typo.POMDP", 2)];

/// A page's block of commands: its lines, and what the page shows right behind it.
#[derive(Debug, Default, PartialEq)]
struct Block {
    lines: Vec<String>,
    shown: Option<String>,
}

/// The blocks of commands of a page.
fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut lines = page.lines();
    // Whether nothing stands between the last block and here.
    let mut right_behind = false;
    while let Some(line) = lines.next() {
        let line = line.trim();
        let mut block = || lines.by_ref().take_while(|line| line.trim() != "```").collect::<Vec<_>>();
        match line {
            "" => continue,
            "```sh" => {
                let lines = commands(&block());
                found.push(Block { lines, shown: None });
            }
            "```text" if right_behind => {
                found.last_mut().expect("a block before").shown = Some(block().join("\n"));
            }
            _ if line.starts_with("```") => drop(block()),
            _ => {}
        }
        right_behind = line == "```sh";
    }
    found
}

/// The commands of a block. One that ends with a backslash goes on with the next line; one that is given text
/// by `<<'END'` has it with it.
fn commands(block: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = block.iter();
    while let Some(line) = lines.next() {
        let mut command = line.trim().to_owned();
        while let Some(begun) = command.strip_suffix('\\') {
            command = format!("{begun} {}", lines.next().expect("a line that goes on").trim());
        }
        if let Some((_, rest)) = command.split_once("<<'") {
            let end = rest.split('\'').next().expect("a word").to_owned();
            for line in lines.by_ref() {
                command = format!("{command}\n{line}");
                if *line == end {
                    break;
                }
            }
        }
        if !command.is_empty() {
            found.push(command);
        }
    }
    found
}

/// The pages that have commands: their paths below the repository.
fn pages() -> Vec<String> {
    let mut pages = ["README.md", "DETERMINISM.md", "dashboards/README.md"].map(str::to_owned).to_vec();
    for entry in std::fs::read_dir(root().join("docs")).expect("a folder of pages") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        if name.ends_with(".md") {
            pages.push(format!("docs/{name}"));
        }
    }
    pages
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(page: &str) -> Vec<Block> {
    blocks(&std::fs::read_to_string(root().join(page)).expect("a page"))
}

fn exception(line: &str) -> Option<usize> {
    EXCEPTIONS.iter().position(|(begins, _)| line.starts_with(begins))
}

/// Types the commands of a page. What the page shows of a block is what its commands say, of the sizes that
/// stand there: nothing of these is replaced.
fn type_page(name: &str) -> Place {
    let place = Place::new();
    for folder in ["dashboards/prometheus", "python/tests"] {
        copy(&root().join(folder), &place.path().join(folder));
    }
    for Block { lines, shown } in read(name) {
        let mut said = String::new();
        for line in lines {
            if exception(&line).is_some() {
                assert!(shown.is_none(), "{name} shows what nobody has typed: {line}");
                continue;
            }
            let mut command = in_a_test(&line, &INSTEAD, &mut Vec::new());
            for port in PORTS {
                command = command.replace(port, "--metrics-listen 127.0.0.1:0");
            }
            assert!(shown.is_none() || command == line, "{name} shows what another command says: {line}");
            let code = CODES.iter().find(|(begins, _)| line.starts_with(begins)).map_or(0, |(_, code)| *code);
            said.push_str(&place.ends_with(&command, code));
        }
        if let Some(difference) = shown.and_then(|shown| difference(&shown, &said)) {
            panic!("{name} shows something else than what is said.\n{difference}");
        }
    }
    place
}

/// The picture on a page is the one that its commands have drawn.
fn assert_drawn(place: &Place, figure: &str, picture: &str) {
    let read = |path: &Path| std::fs::read_to_string(path).expect("a picture");
    let (drawn, shown) =
        (read(&place.path().join(figure)), read(&root().join("docs/pictures").join(picture)));
    assert!(drawn == shown, "docs/pictures/{picture} is not what the commands draw");
}

#[test]
fn commands_of_the_readme_run_and_print_what_it_shows_and_draw_its_figure() {
    assert_drawn(&type_page("README.md"), "figure.svg", "targets.svg");
}

#[test]
fn commands_of_the_guide_run_in_their_order_and_print_what_it_shows() {
    assert_drawn(&type_page("docs/guide.md"), "machine.svg", "machine.svg");
}

#[test]
fn commands_of_every_other_page_run_in_their_order() {
    let pages = pages();
    let others: Vec<&String> =
        pages.iter().filter(|name| !["README.md", "docs/guide.md"].contains(&name.as_str())).collect();
    assert_eq!(others.len() + 2, pages.len());
    others.into_iter().for_each(|name| drop(type_page(name)));
}

#[test]
fn what_a_test_types_otherwise_or_leaves_out_still_stands_on_a_page() {
    let lines: Vec<String> =
        pages().iter().flat_map(|name| read(name)).flat_map(|block| block.lines).collect();
    assert!(lines.len() > 60, "{} commands", lines.len());
    let mut used = Vec::new();
    for line in &lines {
        in_a_test(line, &INSTEAD, &mut used);
    }
    all_used(&INSTEAD, &used);
    for (at, (begins, why)) in EXCEPTIONS.iter().enumerate() {
        assert!(
            why.len() > 10 && lines.iter().any(|line| exception(line) == Some(at)),
            "no page says {begins:?}"
        );
    }
    for (begins, _) in CODES {
        assert!(lines.iter().any(|line| line.starts_with(begins)), "no page says {begins:?}");
    }
}

#[test]
fn blocks_have_their_commands_their_texts_and_what_is_shown_right_behind() {
    let page = "```sh\na b \\\n  c   # why\ncat > f <<'END'\n  x\n\nEND\n\nd\n```\n\n```text\n  said\n```\n\n\
                ```text\nno command's\n```\n```sh\ne\n```\nIt says:\n\n```text\nno\n```\n";
    let lines = ["a b  c   # why", "cat > f <<'END'\n  x\n\nEND", "d"].map(str::to_owned).to_vec();
    let first = Block { lines, shown: Some("  said".to_owned()) };
    let second = Block { lines: vec!["e".to_owned()], shown: None };
    assert_eq!(blocks(page), [first, second]);
}
