//! The moment at which the server has all replies and takes their mean is called a barrier: in help texts, on
//! screens, in files and their names, on pages and in what the sources say. Older names (sync, aggregation,
//! folded) come back nowhere but where this file says why.

use assert_cmd::Command;
use std::collections::BTreeMap;
use std::path::Path;
use syn::visit::Visit;
use tempfile::TempDir;

/// Older names of a barrier, as parts of names and as words of sentences.
const OLD: [&str; 5] = ["sync", "syncs", "aggregation", "aggregations", "aggregated"];

/// A verb of the arithmetic, which pages and comments explain (replies are folded, block by block); on a
/// screen it would be one more name of a barrier.
const ON_SCREENS: &str = "folded";

/// Names that have an older word in them, and why they keep it.
const NAMES: [(&str, &str); 16] = [
    ("critic_sync", "a kind of message, by the name that traces have it under"),
    ("actor_sync", "a kind of message, by the name that traces have it under"),
    ("sync_interval", "a key of configurations, which are known by their digests"),
    ("actor_sync_interval", "the same key, as a size"),
    ("dpac_syncs_total", "an alias until 0.3"),
    ("dpac_sync_duration_seconds", "an alias until 0.3"),
    ("dpac_last_sync_timestamp_seconds", "an alias until 0.3"),
    ("dpac_aggregation_duration_seconds", "an alias until 0.3"),
    ("sync", "a library's, or of files: std::sync, Folder::sync"),
    ("sync_all", "of files, in the standard library"),
    ("sync_data", "of files, in the standard library"),
    ("sync_folder", "of files"),
    ("SYNC_BYTES", "of the frame of a message that goes down"),
    ("CRITIC_SYNC", "the number of that kind"),
    ("ACTOR_SYNC", "the number of that kind"),
    ("last_sync", "the last `critic_sync` or `actor_sync` of a round"),
];

/// Sentences and texts that have an older word in another sense: where, a part of it, and why.
const SENTENCES: [(&str, &str, &str); 14] = [
    (
        "src/experiment/directory/names.rs",
        "syncs.jsonl",
        "what versions before 0.2 have written is still known",
    ),
    ("src/experiment/directory/records.rs", "syncs", "what versions before 0.2 have written is still read"),
    ("src/results/lines.rs", "aggregations", "what versions before 0.2 have written is still read"),
    ("src/results/summary.rs", "aggregations", "what versions before 0.2 have written is still read"),
    ("src/cli/run.rs", "syncs", "what scripts give to --log is still taken"),
    ("src/files/platform.rs", "refuse to sync a folder", "of files"),
    ("src/theory/counts/counted.rs", "a `Sync` frame", "the type of messages that go down"),
    ("src/theory/counts/counted.rs", "SYNC_BYTES", "the type of messages that go down"),
    ("actors/src/message.rs", "What a `Sync` asks for", "the type of messages that go down"),
    ("actors/src/trace/container.rs", "sync", "the word by which a reader finds a record beyond damage"),
    ("docs/trace-format.md", "sync ", "the word by which a reader finds a record beyond damage"),
    ("actors/src/trace/doctor.rs", "sync", "the word by which a reader finds a record beyond damage"),
    ("DETERMINISM.md", "`E = 73` for `Sync`", "the type of messages that go down"),
    ("src/experiment/directory/mod.rs", "[`RunDirectory::sync`]", "of files"),
];

/// Whether a name has an older word among its parts, and is not one that keeps it.
fn is_old_name(name: &str) -> bool {
    !NAMES.iter().any(|(kept, _)| *kept == name)
        && name.split('_').any(|part| OLD.iter().any(|old| part.eq_ignore_ascii_case(old)))
}

/// Names and words of a text that are older ones.
fn old_words(text: &str) -> Vec<&str> {
    let names = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    // Of the names that are kept, the one that is an English word as well is none in a text.
    names.filter(|name| is_old_name(name) || name.eq_ignore_ascii_case("sync")).collect()
}

/// Lines of a page or of what a source says that have older words, but for those with a reason.
fn old_lines(place: &str, text: &str) -> Vec<String> {
    let kept = |line: &str| SENTENCES.iter().any(|(of, part, _)| *of == place && line.contains(part));
    let lines = text.lines().filter(|line| !old_words(line).is_empty() && !kept(line));
    lines.map(|line| format!("{place}: {}", line.trim())).collect()
}

/// As [`old_words`], of a screen.
fn assert_screen(what: &str, text: &str) {
    assert!(!text.is_empty(), "{what} says nothing");
    assert_eq!(old_words(text), [""; 0], "{what}: {text}");
    assert!(!text.contains(ON_SCREENS), "{what}: {text}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Texts of all files with one of these ends below folders of the repository.
fn files(folders: &[&str], ends: &[&str]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut waiting: Vec<_> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(path.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else if ends.iter().any(|end| path.to_string_lossy().ends_with(end)) {
            let name =
                path.strip_prefix(root()).expect("below the repository").to_string_lossy().into_owned();
            found.insert(name, std::fs::read_to_string(&path).expect("a text"));
        }
    }
    found
}

#[test]
fn help_texts_call_a_barrier_a_barrier() {
    fn hold(mut command: clap::Command) {
        let help = command.render_long_help().to_string();
        assert_screen(command.get_name(), &help);
        command.get_subcommands().cloned().for_each(hold);
    }
    hold(dpac::cli::command());
}

#[test]
fn pages_schemas_dashboards_and_rules_call_a_barrier_a_barrier() {
    let pages = ["README.md", "ARCHITECTURE.md", "DETERMINISM.md", "CONTRIBUTING.md", "actors/README.md"];
    let folders = ["docs", "configs", "dashboards/grafana", "dashboards/prometheus", "dashboards/README.md"];
    let texts =
        files(&[&pages[..], &folders].concat(), &[".md", ".json", ".toml", "rules.yml", "alerts.yml"]);
    assert!(texts.len() > 20, "{}", texts.len());
    let found: Vec<String> = texts
        .iter()
        .filter(|(name, _)| !name.starts_with("docs/records/"))
        .flat_map(|(name, text)| old_lines(name, text))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What a source says: its documentation and its texts, and the names that it gives to fields and items.
#[derive(Default)]
struct Said {
    texts: Vec<String>,
    names: Vec<String>,
}

impl<'a> Visit<'a> for Said {
    fn visit_lit_str(&mut self, text: &'a syn::LitStr) {
        self.texts.push(text.value());
    }

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        self.texts.push(call.tokens.to_string());
    }

    fn visit_attribute(&mut self, attribute: &'a syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.texts.push(list.tokens.to_string());
        }
        syn::visit::visit_attribute(self, attribute);
    }

    fn visit_field(&mut self, field: &'a syn::Field) {
        self.names.extend(field.ident.as_ref().map(ToString::to_string).filter(|name| name == "sync"));
        syn::visit::visit_field(self, field);
    }

    fn visit_ident(&mut self, name: &'a syn::Ident) {
        let name = name.to_string();
        let in_camel_case = ["SyncE", "SyncR", "Syncs", "Aggregat"].iter().any(|old| name.contains(old));
        // Constants of the aliases, of the file format and of the message that goes down.
        let is_constant = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        if in_camel_case || !is_constant && name != "Sync" && is_old_name(&name) {
            self.names.push(name);
        }
    }
}

/// Older words in sources, by their paths.
fn old_in_sources(sources: &BTreeMap<String, String>) -> Vec<String> {
    let mut found = Vec::new();
    for (place, text) in sources {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{place}: {error}"));
        let mut said = Said::default();
        said.visit_file(&file);
        // What a macro is given has names of types in it, too.
        let texts = said.texts.iter().map(|text| {
            let paths = ["std :: sync", "std::sync", "Step :: Sync", "Body :: Sync", "Send + Sync"];
            paths.iter().fold(text.clone(), |text, path| text.replace(path, ""))
        });
        found.extend(texts.flat_map(|text| old_lines(place, &text)));
        found.extend(said.names.iter().map(|name| format!("{place}: {name}")));
    }
    found
}

#[test]
fn sources_call_a_barrier_a_barrier_in_texts_documentation_and_names() {
    let sources = files(&["src", "actors/src"], &[".rs"]);
    assert!(sources.len() > 200, "{} sources", sources.len());
    let found = old_in_sources(&sources);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_older_name_that_comes_back_is_found_wherever_it_stands() {
    for planted in [
        "struct Place { sync: u32 }",
        "pub struct SyncEnded;",
        "fn aggregations() {}",
        "/// How many syncs there were.\nfn f() {}",
        "fn f() { println!(\"sync {}\", 1); }",
        "const FILE: &str = \"syncs.jsonl\";",
        "#[serde(rename = \"aggregations\")]\nstruct S;",
    ] {
        let sources = BTreeMap::from([("src/planted.rs".to_owned(), planted.to_owned())]);
        assert_eq!(old_in_sources(&sources).len(), 1, "{planted}");
    }
    for fine in ["use std::sync::Arc;", "fn f() { file.sync_all(); let x = \"critic_sync\"; }"] {
        let sources = BTreeMap::from([("src/planted.rs".to_owned(), fine.to_owned())]);
        assert_eq!(old_in_sources(&sources), [""; 0], "{fine}");
    }
    for line in ["after sync 2 of round 0", "Aggregation time", "an aggregated note", "`syncs.jsonl`"] {
        assert_eq!(old_lines("README.md", line).len(), 1, "{line}");
    }
    // Whatever is kept has its reason, and is still there.
    assert!(NAMES.iter().all(|(_, why)| why.len() > 5));
    for (place, part, why) in SENTENCES {
        let text = std::fs::read_to_string(root().join(place)).expect("a file with a reason");
        assert!(text.contains(part) && why.len() > 5, "{place}: {part}");
    }
}

const RUN: &str = "problem = { builtin = \"toggle\", horizon = 2 }\n\
                   algorithm = \"dpac\"\n\
                   federation.clients = 2\n\
                   critic = { rounds = 2, local_steps = 2 }\n\
                   actor = { rounds = 2, local_steps = 3, sync_interval = 2 }\n";

/// A command's standard output and error.
fn said(at: &TempDir, line: &str, code: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_dpac"))
        .args(line.split_whitespace())
        .current_dir(at)
        .env("COLUMNS", "80")
        .assert()
        .code(code);
    let output = output.get_output();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A directory with a run that was recorded, and what was said about it.
fn place() -> (TempDir, String) {
    let at = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(at.path().join("run.toml"), RUN).expect("a configuration");
    let told = said(&at, "run run.toml --out run --log barriers --trace run.dpt --trace-level full", 0);
    (at, told)
}

#[test]
fn screens_and_files_of_a_run_call_a_barrier_a_barrier() {
    let (at, told) = place();
    assert_screen("run", &told);
    said(&at, "run run.toml --seed 1 --out other --trace other.dpt -q", 0);
    for (line, code) in [
        ("plan run.toml", 0),
        ("plan run.toml --json", 0),
        ("trace info run.dpt", 0),
        ("trace stats run.dpt", 0),
        ("trace stats run.dpt --json", 0),
        ("trace dump run.dpt", 0),
        ("trace diff run.dpt other.dpt", 1),
        ("trace export run.dpt --format jsonl", 0),
        ("trace export run.dpt --format csv", 0),
        ("trace export run.dpt --format mermaid", 0),
        ("trace export run.dpt --format perfetto", 0),
        ("replay run.dpt", 0),
        ("replay run.dpt --rounds 1 --json", 0),
        ("replay run.dpt --role server", 0),
        ("algorithms dpac", 0),
        ("evaluate run", 0),
    ] {
        assert_screen(line, &said(&at, line, code));
    }
    for entry in at.path().join("run").read_dir().expect("a run directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert_eq!(old_words(&name), [""; 0]);
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("a file");
            assert_eq!(old_words(&String::from_utf8_lossy(&bytes)), [""; 0], "{name}");
        }
    }
    assert!(at.path().join("run/barriers.jsonl").is_file());
}

/// Makes of a run directory one as versions before 0.2 wrote it, as far as barriers go.
fn as_it_was(run: &Path) {
    let older = |name: &str| {
        let text = std::fs::read_to_string(run.join(name)).expect("a text");
        text.replace("\"barriers_by_phase\"", "\"syncs\"").replace("\"barriers\"", "\"aggregations\"")
    };
    let (rounds, summary) = (older("rounds.jsonl"), older("summary.json"));
    assert!(rounds.contains("aggregations") && summary.contains("\"syncs\""));
    std::fs::rename(run.join("barriers.jsonl"), run.join("syncs.jsonl")).expect("renamed");
    let digests = std::fs::read_to_string(run.join("digests.json")).expect("digests");
    let mut digests: serde_json::Value = serde_json::from_str(&digests).expect("JSON");
    let files = digests["files"].as_object_mut().expect("digests by name");
    let of_barriers = files.remove("barriers.jsonl").expect("a digest");
    files.insert("syncs.jsonl".to_owned(), of_barriers);
    for (name, text) in [("rounds.jsonl", rounds), ("summary.json", summary)] {
        files.insert(name.to_owned(), blake3::hash(text.as_bytes()).to_hex().to_string().into());
        std::fs::write(run.join(name), text).expect("written");
    }
    std::fs::write(run.join("digests.json"), digests.to_string()).expect("written");
}

#[test]
fn runs_with_the_older_names_are_read_and_replaced_and_the_older_word_is_taken() {
    let (at, _) = place();
    said(&at, "export --openmetrics run --out new.om", 0);
    as_it_was(&at.path().join("run"));
    said(&at, "export --openmetrics run --out old.om", 0);
    let exported = |name: &str| std::fs::read_to_string(at.path().join(name)).expect("an export");
    assert_eq!(exported("old.om"), exported("new.om"));
    assert!(exported("old.om").contains("dpac_barriers_total"));
    said(&at, "evaluate run", 0);
    said(&at, "run run.toml --out run --force --log syncs -q", 0);
    assert!(at.path().join("run/barriers.jsonl").is_file());
    assert!(!at.path().join("run/syncs.jsonl").exists());
}
