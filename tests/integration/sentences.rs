//! What the pages say can be looked up: a sentence with a number that measures, or with a word such as
//! *never* or *exact*, names in itself or around it a test, a record or a command, and what it names is
//! there. The few that do not are listed in `sentences.allowed`, each with its reason.

mod claims;
mod evidence;
mod links;
mod pages;

use claims::claims;
use evidence::Repository;
use pages::{linking_pages, pages, sentences, verdict};
use std::path::Path;

/// The sentences that may stand for themselves: page, first words, and why, a line each.
const ALLOWED: &str = include_str!("sentences.allowed");

fn repository() -> Repository {
    let commands = dpac::cli::command();
    let names = commands.get_subcommands().map(|command| command.get_name().to_owned());
    Repository::read(Path::new(env!("CARGO_MANIFEST_DIR")), names.chain(["help".to_owned()]))
}

/// Sentences that claim something and name nothing, as "page: sentence".
fn unsupported(repository: &Repository, page: &str, text: &str) -> Vec<String> {
    sentences(text)
        .into_iter()
        .filter(|sentence| claims(&sentence.text))
        .filter(|sentence| sentence.around.iter().all(|text| repository.named(page, text).is_empty()))
        .map(|sentence| format!("{page}: {}", sentence.text))
        .collect()
}

#[test]
fn sentences_that_claim_something_name_a_test_a_record_or_a_command() {
    let repository = repository();
    let pages = pages(Path::new(env!("CARGO_MANIFEST_DIR")));
    let mut found: Vec<String> =
        pages.iter().flat_map(|(page, text)| unsupported(&repository, page, text)).collect();
    let mut stale = Vec::new();
    for line in ALLOWED.lines() {
        let (start, reason) =
            line.split_once(" | ").expect("a sentence's first words, a bar, and the reason");
        assert!(reason.len() > 20, "no reason: {line}");
        match found.iter().position(|sentence| sentence.starts_with(start)) {
            Some(at) => drop(found.remove(at)),
            None => stale.push(start),
        }
    }
    assert!(found.is_empty(), "name what shows these, or say less:\n{}", found.join("\n"));
    assert!(
        stale.is_empty(),
        "no sentence begins with these, or it has its evidence now:\n{}",
        stale.join("\n")
    );
    assert!(ALLOWED.lines().count() < 10, "the list of sentences that stand for themselves grows");
}

/// The rule of docs/paper/README.md.
#[test]
fn sentences_with_measured_numbers_link_their_records() {
    let repository = repository();
    let pages = pages(Path::new(env!("CARGO_MANIFEST_DIR")));
    let (mut without, mut verdicts) = (Vec::new(), 0);
    for (page, text) in &pages {
        let of_claim = page.strip_prefix("docs/paper/").and_then(|name| name.strip_suffix(".md"));
        match of_claim {
            // A record stands behind each table.
            Some("tables") => {
                for section in text.split("\n## Table ").skip(1) {
                    let number = section.split(':').next().unwrap_or_default();
                    let record = format!("[record](records/table{number}.json)");
                    assert!(section.contains(&record), "{page}: Table {number} does not link {record}");
                }
            }
            // The record stands behind the whole page.
            Some(name) if name != "README" => {
                let verdict = verdict(text).unwrap_or_default();
                let record = format!("[record](records/{name}.json)");
                assert!(verdict.contains(&record), "{page}: its verdict does not link {record}: {verdict}");
                verdicts += 1;
            }
            // What holds a section as a whole does not tell which of its numbers was measured where.
            _ if of_claim.is_some() || page == "docs/readings.md" => {
                let bare = sentences(text).into_iter().filter(|sentence| {
                    let own = sentence.around.last().expect("a sentence has its own block");
                    // The columns before the last quote our copy and say what the program takes.
                    let quotes = page == "docs/readings.md" && own.starts_with('|');
                    let why = own.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap_or_default();
                    let measures = claims(&sentence.text) && (!quotes || why.contains(&sentence.text));
                    measures && repository.named(page, own).is_empty()
                });
                without.extend(bare.map(|sentence| format!("{page}: {}", sentence.text)));
            }
            _ => {}
        }
    }
    assert_eq!(verdicts, dpac::paper::claims::EXPERIMENTS.len());
    assert!(
        without.is_empty(),
        "link the record, or name what finds the number anew:\n{}",
        without.join("\n")
    );
}

#[test]
fn what_pages_name_as_evidence_is_there() {
    let repository = repository();
    let pages = pages(Path::new(env!("CARGO_MANIFEST_DIR")));
    let mut named = 0;
    for (page, text) in &pages {
        for sentence in sentences(text) {
            for evidence in sentence.around.iter().flat_map(|text| repository.named(page, text)) {
                assert!(evidence.exists, "{page}: {} is not there", evidence.what);
                named += 1;
            }
        }
    }
    assert!(named > 100, "{named}");
}

#[test]
fn links_of_pages_lead_somewhere() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut headings = links::Headings::default();
    let lost: Vec<String> = linking_pages(repository)
        .iter()
        .flat_map(|(page, text)| links::lost(repository, page, text, &mut headings))
        .collect();
    assert!(lost.is_empty(), "these are not there:\n{}", lost.join("\n"));
}

#[test]
fn every_page_of_the_book_is_in_its_contents() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let contents = std::fs::read_to_string(repository.join("docs/README.md")).expect("contents");
    for (page, _) in linking_pages(repository) {
        if let Some(name) = page.strip_prefix("docs/").filter(|name| *name != "README.md") {
            assert!(contents.contains(&format!("({name})")), "docs/README.md does not name {page}");
        }
    }
}

#[test]
fn claims_are_told_from_names_versions_and_dates() {
    for claim in [
        "It takes 0.3 s on two cores.",
        "Counting costs 1 to 2 %.",
        "The result is exact.",
        "It **never** waits.",
        "Some 1600 bytes.",
        "That is four times as fast.",
        "It holds in 19 of 20 seeds.",
        "A round is 93% of it.",
        "At most 64 clients.",
        "All have norms of at most 1.",
        "It is rounded to 12 significant digits.",
        "A run of 100 000 has as many.",
        "Again, in some eight minutes:",
        "It comes every half an hour.",
        "The optimum is 1.795544.",
    ] {
        assert!(claims(claim), "{claim}");
    }
    for none in [
        "With the Rust toolchain 1.89 or later.",
        "Measured on 23 November 2026.",
        "Bodies are bincode 2.0.1.",
        "Exit code 2.",
        "2 M R",
        "See Eq. 9.",
        "The trace format, version 1.0",
        "`0.3 s` of `f64`, see [page](x/1.5.md).",
        "MIT or Apache 2.0",
        "| `policy_direction` | actor | down | M R | 2 M R p |",
    ] {
        assert!(!claims(none), "{none}");
    }
}

#[test]
fn evidence_counts_where_it_belongs_and_only_if_it_is_there() {
    let repository = repository();
    let unsupported = |text: &str| unsupported(&repository, "docs/page.md", text).len();
    assert_eq!(unsupported("It takes 3 seconds."), 1);
    assert_eq!(unsupported("It takes 3 seconds. See `tests/integration/ledger.rs`."), 0);
    assert_eq!(unsupported("It takes 3 seconds.\n\nSee `ledger::`."), 1, "another paragraph");
    assert_eq!(unsupported("- It takes 3 seconds\n- and `ledger::`"), 1, "another item");
    assert_eq!(unsupported("See `ledger::`:\n\n- It takes 3 seconds\n- always."), 0, "its introduction");
    let judged = "Always.\n\n**Verdict: yes** ([record](records/2026-11-29-build.txt)).\n\n## Two\n\nNever.";
    assert_eq!(unsupported(judged), 0, "a page that is judged as a whole");
    let held = "## One\n\n**Held by** `ledger::`.\n\nAlways.\n\n- Never\n\n";
    assert_eq!(unsupported(held), 0, "a section that is held as a whole");
    assert_eq!(unsupported(&format!("{held}## Two\n\nAlways.")), 1, "another section");
    assert_eq!(unsupported("```sh\ndpac run x.toml\n```\n\nIt takes 3 seconds."), 0);
    assert_eq!(unsupported("| x | y |\n| --- | --- |\n| 3 seconds | `dpac plan` |\n| 4 seconds | |"), 1);
    assert_eq!(unsupported("It takes 3 seconds, see `theory`."), 1, "no evidence");
    assert_eq!(unsupported("```\nIt takes 3 seconds.\n```"), 0, "a picture");
    let missing =
        |text: &str| repository.named("docs/page.md", text).iter().filter(|named| !named.exists).count();
    assert_eq!(
        missing("`dpac run`, `ledger::`, `tests/integration/ledger.rs`, `cargo test --lib theory::`"),
        0
    );
    assert_eq!(missing("[record](records/2026-11-29-build.txt), `cargo test --test integration traces`"), 0);
    assert_eq!(
        missing("`dpac frobnicate`, `legder::`, `tests/integration/legder.rs`, `cargo test legder`"),
        4
    );
    assert_eq!(missing("[record](records/1999.txt), `cargo bench --bench sped`"), 2);
}
