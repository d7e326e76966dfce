//! Traces of whole runs: recorded, run again, compared, recounted, read by other programs.

pub(crate) mod arbitrary;
mod crafted;

use crate::whole_run::{resolved, run_resolved};
use assert_cmd::Command;
use dpac::algorithm::{Entry, Registry};
use dpac::experiment::{ReplayOptions, TraceOptions, assert_replays, replay, replay_one};
use dpac_actors::host::Placement;
use dpac_actors::trace::{ContentDifference, Kept, Level, Verdict, ulps};
use dpac_actors::{Address, Damage, Header, Phase, Place, Plant};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

const TIGER: &str = "problem = { builtin = \"tiger\", horizon = 4 }\nfederation.clients = 8\n\
    critic = { rounds = 2, local_steps = 8 }\nactor = { rounds = 3, local_steps = 16, sync_interval = 8 }\n";

/// The run's trace and its bytes after the head.
fn recorded(text: &str, level: Level, threads: usize, placement: Placement, path: &Path) -> Vec<u8> {
    run_resolved(resolved(text, &[]), |options| {
        options.force = true;
        options.threads = threads;
        options.placement = placement;
        options.trace = Some(TraceOptions { path: path.to_path_buf(), level, kept: Kept::Everyone });
    });
    let bytes = std::fs::read(path).expect("a trace");
    let length = u32::from_le_bytes(bytes[16..20].try_into().expect("four bytes")) as usize;
    bytes[8 + 16 + length..].to_vec()
}

fn scratch() -> (TempDir, PathBuf) {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = scratch.path().join("run.dpt");
    (scratch, path)
}

fn dpac(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dpac"))
        .env("COLUMNS", "100")
        .args(arguments)
        .output()
        .expect("the program runs")
}

fn json(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = dpac(arguments);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    (serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{error}")), output.status.code())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn roles(clients: u32) -> Vec<Address> {
    let of_client = |m| [Address::Client(m), Address::Critic(m), Address::Actor(m)];
    std::iter::once(Address::Server).chain((0..clients).flat_map(of_client)).collect()
}

#[test]
fn traces_are_equal_after_the_head_for_all_threads_and_placements() {
    let (_scratch, path) = scratch();
    for level in Level::ALL {
        let reference = recorded(TIGER, level, 1, Placement::Shard, &path);
        for (threads, placement) in [(2, Placement::Shard), (5, Placement::Shard), (2, Placement::Role)] {
            // A file of its own: whoever starts a program meanwhile holds the lock of the last one until that
            // begins.
            let again = path.with_extension(format!("{threads}-{placement:?}"));
            assert!(recorded(TIGER, level, threads, placement, &again) == reference, "{level:?}, {threads}");
        }
    }
}

#[test]
fn tiger_with_eight_clients_replays_whole_and_for_each_of_its_25_roles_alone() {
    let (_scratch, path) = scratch();
    recorded(TIGER, Level::Full, 2, Placement::Shard, &path);
    assert_replays(&path, Registry::BUILTIN, None);
    let roles = roles(8);
    assert_eq!(roles.len(), 25);
    for role in roles {
        assert_replays(&path, Registry::BUILTIN, Some(role));
    }
    let whole = json(&["replay", text(&path), "--threads", "2", "--json"]);
    assert_eq!(
        (whole.0["verdict"].as_str(), whole.0["rounds"].as_u64(), whole.1),
        (Some("same"), Some(3), Some(0))
    );
    let one = json(&["replay", text(&path), "--role", "critic:7", "--json"]);
    assert_eq!((one.0["verdict"].as_str(), one.1), (Some("same"), Some(0)));
}

#[test]
fn one_ulp_in_one_reply_is_named_by_replay() {
    let (_scratch, path) = scratch();
    let (from, to) = (Address::Actor(5), Address::Client(5));
    // Of DPAC's kinds the sixth is `actor_up`'s answer; its own number is 4.
    let header = Header { from, to, place: Place { round: 2, phase: Phase::Actor, barrier: 1 }, kind: 4 };
    run_resolved(resolved(TIGER, &[]), |options| {
        options.plant = Some(Plant { header, damage: Damage::Nudge(17) });
        options.trace = Some(TraceOptions { path: path.clone(), level: Level::Full, kept: Kept::Everyone });
    });
    let replayed = replay(&path, Registry::BUILTIN, ReplayOptions::default()).expect("a trace");
    let Verdict::Differs(divergence) = replayed.verdict else { panic!("the nudge went unseen") };
    let message = divergence.message.expect("a message");
    assert_eq!((divergence.round, message.header), (2, header));
    let Some(ContentDifference::Number { vector, index, recorded, now }) = message.content else {
        panic!("{:?}", message.content)
    };
    assert_eq!((&*vector, index, ulps(recorded, now)), ("omega", 17, 1));
    assert!(
        replayed.deliveries.iter().all(|delivery| delivery.to == from) && !replayed.deliveries.is_empty()
    );
    for role in roles(8) {
        let played = replay_one(&path, Registry::BUILTIN, role).expect("a role");
        assert_eq!(played.difference.is_some(), role == from, "{role}");
    }
    let (json, code) = json(&["replay", text(&path), "--json"]);
    let message = &json["divergence"]["message"];
    assert_eq!(code, Some(1));
    assert_eq!((message["from"].as_str(), message["to"].as_str()), (Some("actor:5"), Some("client:5")));
    assert_eq!((message["kind"].as_str(), message["number"]["index"].as_u64()), (Some("actor_up"), Some(17)));
    assert_eq!(message["number"]["ulps"], 1);
    assert!(json["command"].as_str().is_some_and(|command| command.ends_with("--role actor:5")));
    let said = dpac(&["replay", text(&path)]);
    let said = String::from_utf8(said.stdout).expect("UTF-8");
    assert!(said.contains("omega[17]") && said.contains("1 ulp apart") && said.contains("actor:5"), "{said}");
}

#[test]
fn stats_recount_what_ledger_and_closed_form_say() {
    let (_scratch, path) = scratch();
    let dptd = "algorithm = \"dptd\"\nproblem.builtin = \"toggle\"\nfederation = { clients = 70, lean = true }\n\
        critic = { rounds = 3, local_steps = 4 }\n";
    let dppg = "algorithm = \"dppg\"\nproblem = { builtin = \"toggle\", horizon = 2 }\n\
        actor = { rounds = 2, local_steps = 7, sync_interval = 3 }\n";
    for configuration in [TIGER, dptd, dppg] {
        for level in [Level::Order, Level::Full] {
            recorded(configuration, level, 2, Placement::Shard, &path);
            let (stats, code) = json(&["trace", "stats", text(&path), "--json"]);
            assert_eq!((code, &stats["differences"]), (Some(0), &Value::Array(Vec::new())));
            assert_eq!(
                (&stats["ledger_compared"], &stats["closed_form_compared"]),
                (&true.into(), &true.into())
            );
        }
    }
    recorded(TIGER, Level::Rounds, 2, Placement::Shard, &path);
    assert_eq!(dpac(&["trace", "stats", text(&path)]).status.code(), Some(2));
}

#[test]
fn damaged_traces_exit_with_3_and_say_where() {
    let (scratch, path) = scratch();
    recorded(TIGER, Level::Order, 1, Placement::Shard, &path);
    let bytes = std::fs::read(&path).expect("a trace");
    let cut = scratch.path().join("cut.dpt");
    std::fs::write(&cut, &bytes[..bytes.len() * 2 / 3]).expect("a file");
    for verb in [&["replay"][..], &["trace", "info"], &["trace", "stats"], &["trace", "doctor"]] {
        let output = dpac(&[verb, &[text(&cut)]].concat());
        assert_eq!(output.status.code(), Some(3), "{verb:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let recovered = scratch.path().join("recovered.dpt");
    assert_eq!(dpac(&["trace", "recover", text(&cut), text(&recovered)]).status.code(), Some(3));
    assert_eq!(dpac(&["trace", "diff", text(&path), text(&recovered)]).status.code(), Some(3));
    assert_eq!(dpac(&["trace", "recover", text(&cut), text(&recovered)]).status.code(), Some(2), "it exists");
    for nothing in ["Cargo.toml", "no/such/file"] {
        assert_eq!(dpac(&["replay", nothing]).status.code(), Some(2), "{nothing}");
        assert_eq!(dpac(&["trace", "info", nothing]).status.code(), Some(2), "{nothing}");
    }
}

#[test]
fn two_runs_part_at_their_first_message_and_their_heads_are_told_apart() {
    let (scratch, path) = scratch();
    recorded(TIGER, Level::Full, 1, Placement::Shard, &path);
    let other = scratch.path().join("other.dpt");
    recorded(&format!("seed = 1\n{TIGER}"), Level::Full, 1, Placement::Shard, &other);
    assert_eq!(json(&["trace", "diff", text(&path), text(&path), "--json"]).1, Some(0));
    let (found, code) = json(&["trace", "diff", text(&path), text(&other), "--json"]);
    assert_eq!((code, &found["divergence"]["message"]["from"]), (Some(1), &"critic:0".into()));
    assert!(found["heads"].as_array().is_some_and(|heads| heads.iter().any(|head| head["what"] == "seed")));
}

#[test]
fn perfetto_gets_valid_json_whose_arrows_begin_and_end() {
    let (_scratch, path) = scratch();
    recorded(TIGER, Level::Order, 1, Placement::Shard, &path);
    let (picture, code) = json(&["trace", "export", text(&path), "--format", "perfetto"]);
    assert_eq!(code, Some(0));
    let events = picture["traceEvents"].as_array().expect("events");
    let arrows = |phase: &str| {
        let mut ids: Vec<u64> = events
            .iter()
            .filter(|event| event["ph"] == phase)
            .filter_map(|event| event["id"].as_u64())
            .collect();
        ids.sort_unstable();
        ids
    };
    let (begin, end) = (arrows("s"), arrows("f"));
    assert_eq!(begin, end);
    // Every message but the server's notes.
    assert_eq!(begin.len(), 480);
    // Each arrow is tied to a slice on its track at its time.
    for arrow in events.iter().filter(|event| event["ph"] == "s" || event["ph"] == "f") {
        let at = arrow["ts"].as_u64().expect("a time");
        let tied = events.iter().any(|slice| {
            let begins = slice["ts"].as_u64().unwrap_or(u64::MAX);
            slice["ph"] == "X"
                && (&slice["pid"], &slice["tid"]) == (&arrow["pid"], &arrow["tid"])
                && (begins..=begins + slice["dur"].as_u64().unwrap_or(0)).contains(&at)
        });
        assert!(tied, "{arrow}");
    }
}

#[test]
fn sequence_diagrams_and_lines_have_the_chosen_messages() {
    let (_scratch, path) = scratch();
    recorded(TIGER, Level::Order, 1, Placement::Shard, &path);
    let export = |arguments: &[&str]| {
        let output = dpac(&[&["trace", "export", text(&path), "--format"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let diagram = export(&["mermaid", "--clients", "3"]);
    assert!(diagram.starts_with("sequenceDiagram\n    participant server as server\n"), "{diagram}");
    assert_eq!(diagram.matches("policy_critic (1554 floats)").count(), 2);
    assert!(
        diagram.len() < 50_000
            && export(&["mermaid", "--clients", "0..7", "--rounds", "0..2"]).len() < 50_000
    );
    let csv = export(&["csv", "--clients", "2", "--rounds", "1"]);
    let lines = export(&["jsonl", "--clients", "2", "--rounds", "1"]);
    assert_eq!(csv.lines().count(), lines.lines().count() + 1);
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["round"], 1);
    }
}

#[test]
fn chosen_clients_replay_alone_and_others_are_missed_by_name() {
    let (_scratch, path) = scratch();
    run_resolved(resolved(TIGER, &[]), |options| {
        let kept = Kept::Clients(vec![2..=3]);
        options.trace = Some(TraceOptions { path: path.clone(), level: Level::Full, kept });
    });
    assert_replays(&path, Registry::BUILTIN, None);
    for role in [Address::Critic(2), Address::Actor(3), Address::Client(2)] {
        assert_replays(&path, Registry::BUILTIN, Some(role));
    }
    // What a worker is sent is kept for all; what the server is sent is not.
    assert_replays(&path, Registry::BUILTIN, Some(Address::Critic(0)));
    let output = dpac(&["replay", text(&path), "--role", "server"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("client:0"), "{output:?}");
}

/// To make them anew, on purpose: see CONTRIBUTING.md.
/// Those of format 1 stand in a folder of their own: files may exist, and nobody shall take them for damaged.
#[test]
fn traces_of_format_1_are_refused_by_name_with_what_to_do() {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/1");
    let mut found = 0;
    for entry in std::fs::read_dir(&golden).expect("golden traces of format 1") {
        let path = entry.expect("an entry").path();
        for command in [&["replay"][..], &["trace", "info"], &["trace", "stats"], &["trace", "doctor"]] {
            let output = dpac(&[command, &[text(&path)]].concat());
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{command:?}: {error}");
            for said in ["trace of format 1", "reads format 2", "record the run again"] {
                assert!(error.split_whitespace().collect::<Vec<_>>().join(" ").contains(said), "{error}");
            }
        }
        found += 1;
    }
    assert_eq!(found, 6);
}

#[test]
fn golden_traces_replay_whole_and_role_by_role() {
    for entry in Registry::BUILTIN.entries() {
        let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let path = golden.join(format!("toggle-{}.dpt", entry.name()));
        if std::env::var_os("DPAC_MINT_TRACES").is_some() {
            mint(entry, &path);
        }
        assert_replays(&path, Registry::BUILTIN, None);
        for role in roles(golden_clients(entry)) {
            assert_replays(&path, Registry::BUILTIN, Some(role));
        }
    }
}

fn golden_clients(entry: &Entry) -> u32 {
    if entry.sizing.is_of_one_agent() { 1 } else { 3 }
}

fn mint(entry: &Entry, path: &Path) {
    let sizes = [
        ("critic.rounds", 2),
        ("critic.local_steps", 2),
        ("actor.rounds", 2),
        ("actor.local_steps", 4),
        ("actor.sync_interval", 2),
    ];
    let sizes = sizes.into_iter().filter(|(key, _)| entry.words.reads(key));
    let sizes: String = sizes.map(|(key, size)| format!("{key} = {size}\n")).collect();
    let text = format!(
        "algorithm = \"{}\"\nproblem = {{ builtin = \"toggle\", horizon = 2 }}\nfederation.clients = {}\n{sizes}{}",
        entry.name(),
        golden_clients(entry),
        crate::ledger::network(entry)
    );
    recorded(&text, Level::Full, 1, Placement::Shard, path);
}

#[test]
fn the_page_on_the_format_says_what_the_code_does() {
    use dpac_actors::trace::format::{EVENT_BYTES, KINDS_MAX, SHAPES_MAX, SnapshotBody, VECTORS_MAX, op};
    use dpac_actors::trace::{BODY_BYTES_MAX, CHUNK_BYTES, Fate, Hop, MAGIC, SYNC};
    let page = include_str!("../../docs/trace-format.md");
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    let numbers = [
        (op::HEAD, "head"),
        (op::CHUNK, "chunk"),
        (op::CHECKPOINT, "checkpoint"),
        (op::BLOB, "blob"),
        (op::END, "end"),
        (op::INDEX, "index"),
        (op::GAP, "gap"),
        (op::SNAPSHOT, "snapshot"),
        (op::SERVER_WORK, "server work"),
        (op::FOOTER, "footer"),
    ];
    for (number, name) in numbers {
        assert!(page.contains(&format!("\n| {number} | {name} |")), "{name}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| ") && line[2..3].chars().all(char::is_numeric));
    assert_eq!(
        rows.filter(|row| !row.contains("..") && !row.contains("hop:") && !row.contains("fate:")).count(),
        10
    );
    for said in [
        hex(&MAGIC),
        hex(&SYNC.to_le_bytes()),
        format!("at most {BODY_BYTES_MAX} bytes"),
        format!("its events have {CHUNK_BYTES} bytes"),
        format!("{EVENT_BYTES} bytes each"),
        format!("more than {} bytes", SnapshotBody::BYTES_MAX),
        format!("at most {VECTORS_MAX} of them"),
        format!("at most {SHAPES_MAX} shapes"),
        format!("at most {KINDS_MAX} kinds of messages"),
    ] {
        assert!(page.contains(&said), "{said}");
    }
    for (number, level) in Level::ALL.iter().enumerate() {
        assert!(page.contains(&format!("{number} `{}`", level.name())));
    }
    let hops = [
        "server to client",
        "client to its critic or actor",
        "critic or actor to its client",
        "client to server",
        "the server's note",
        "client to client",
    ];
    for (hop, said) in Hop::ALL.into_iter().zip(hops) {
        assert!(page.contains(&format!("{} {said}", hop as u8)), "{hop:?}");
    }
    for (fate, said) in Fate::ALL.into_iter().zip(["delivered", "lost"]) {
        assert!(page.contains(&format!("{} {said}", fate as u8)), "{fate:?}");
    }
}

#[test]
fn runs_verify_themselves_on_another_number_of_threads() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let dptd =
        "algorithm = \"dptd\"\nproblem.builtin = \"toggle\"\ncritic = { rounds = 3, local_steps = 4 }\n";
    let dppg = "algorithm = \"dppg\"\nproblem = { builtin = \"toggle\", horizon = 2 }\n\
        actor = { rounds = 2, local_steps = 7, sync_interval = 3 }\n";
    for (name, configuration) in [("dpac", TIGER), ("dptd", dptd), ("dppg", dppg)] {
        let config = scratch.path().join(format!("{name}.toml"));
        std::fs::write(&config, configuration).expect("a file");
        let out = scratch.path().join(name);
        let output = dpac(&["run", text(&config), "--out", text(&out), "-q", "--threads", "2", "--verify"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("verified the same on 1 thread"));
    }
    // Nothing is left of the trace that it took.
    let left = std::fs::read_dir(scratch.path()).expect("the directory");
    assert!(left.flatten().all(|entry| !entry.file_name().to_string_lossy().ends_with(".dpt")));
}

#[test]
fn rounds_that_are_asked_for_are_compared_and_no_later_ones() {
    let (_scratch, path) = scratch();
    let header = Header {
        from: Address::Actor(5),
        to: Address::Client(5),
        place: Place { round: 2, phase: Phase::Actor, barrier: 1 },
        kind: 4,
    };
    run_resolved(resolved(TIGER, &[]), |options| {
        options.plant = Some(Plant { header, damage: Damage::Nudge(17) });
        options.trace = Some(TraceOptions { path: path.clone(), level: Level::Order, kept: Kept::Everyone });
    });
    assert_eq!(dpac(&["replay", text(&path), "--rounds", "0..1"]).status.code(), Some(0));
    assert_eq!(dpac(&["replay", text(&path), "--rounds", "1..2"]).status.code(), Some(1));
    assert_eq!(dpac(&["replay", text(&path), "--rounds", "2..1"]).status.code(), Some(2));
}

#[test]
fn a_trace_that_exists_is_replaced_only_by_force() {
    let (scratch, path) = scratch();
    let config = scratch.path().join("run.toml");
    std::fs::write(&config, TIGER).expect("a file");
    std::fs::write(&path, "something dear").expect("a file");
    let out = scratch.path().join("run");
    let run = |further: &[&str]| {
        let arguments = ["run", text(&config), "--out", text(&out), "-q"];
        let output = dpac(&[&arguments, further].concat());
        (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
    };
    let (code, said) = run(&["--trace", text(&path)]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("run.dpt exists already") && said.contains("--force"), "{said}");
    assert_eq!(std::fs::read(&path).expect("the file"), b"something dear");
    assert!(!out.exists());
    assert_eq!(run(&["--trace", text(&path), "--force"]), (Some(0), String::new()));
    assert_replays(&path, Registry::BUILTIN, None);
    // The trace that verifying takes is nobody's, even if a run that was killed has left one.
    std::fs::write(scratch.path().join("run.verify.dpt"), "left").expect("a file");
    assert_eq!(run(&["--verify", "--force"]).0, Some(0));
    #[cfg(unix)]
    {
        // A device holds nothing that could be lost, and cannot be read back for an index.
        std::fs::remove_dir_all(&out).expect("the run directory");
        assert_eq!(run(&["--trace", "/dev/null"]), (Some(0), String::new()));
    }
}

/// 40 rounds, so that a snapshot is taken in every third.
const LONG: &str = "problem = { builtin = \"toggle\", horizon = 2 }\nfederation.clients = 3\n\
    critic = { rounds = 2, local_steps = 4 }\nactor = { rounds = 40, local_steps = 4, sync_interval = 2 }\n";

#[test]
fn late_rounds_of_a_full_trace_replay_from_a_snapshot_and_say_so() {
    let (_scratch, path) = scratch();
    let began = |arguments: &[&str]| {
        let (found, code) = json(&[&["replay", text(&path), "--json"], arguments].concat());
        assert_eq!((code, &found["verdict"]), (Some(0), &"same".into()), "{found}");
        (found["began_after"]["round"].as_u64(), found["rounds"].as_u64().expect("a number"))
    };
    recorded(LONG, Level::Full, 2, Placement::Shard, &path);
    for placement in ["shard", "role"] {
        // The snapshot of the first asked round itself is too late: its first barrier is behind it.
        for (rounds, expected) in [
            ("0..3", (None, 4)),
            ("1..3", (Some(0), 4)),
            ("30", (Some(27), 4)),
            ("31..33", (Some(30), 4)),
            ("39", (Some(36), 4)),
        ] {
            assert_eq!(began(&["--rounds", rounds, "--placement", placement]), expected, "{rounds}");
        }
    }
    assert_eq!(began(&[]), (None, 40));
    let said = String::from_utf8(dpac(&["replay", text(&path), "--rounds", "31..33"]).stdout).expect("UTF-8");
    assert!(said.contains("the same, 4 rounds, from the snapshot in round 30 (critic phase"), "{said}");
    let info = String::from_utf8(dpac(&["trace", "info", text(&path)]).stdout).expect("UTF-8");
    assert!(info.contains("14 snapshots of "), "{info}");
    recorded(LONG, Level::Order, 2, Placement::Shard, &path);
    assert_eq!(began(&["--rounds", "31..33"]), (None, 34));
}

#[test]
fn one_ulp_before_the_snapshot_is_not_seen_and_after_it_is_named() {
    let (_scratch, path) = scratch();
    for (round, seen) in [(5, false), (32, true)] {
        let (from, to) = (Address::Actor(1), Address::Client(1));
        let header = Header { from, to, place: Place { round, phase: Phase::Actor, barrier: 1 }, kind: 4 };
        run_resolved(resolved(LONG, &[]), |options| {
            options.force = true;
            options.plant = Some(Plant { header, damage: Damage::Nudge(2) });
            let kept = Kept::Everyone;
            options.trace = Some(TraceOptions { path: path.clone(), level: Level::Full, kept });
        });
        let (found, code) = json(&["replay", text(&path), "--rounds", "31..33", "--json"]);
        assert_eq!(
            (found["began_after"]["round"].as_u64(), code),
            (Some(30), Some(i32::from(seen))),
            "{found}"
        );
        if seen {
            let message = &found["divergence"]["message"];
            assert_eq!((&found["divergence"]["round"], &message["from"]), (&32.into(), &"actor:1".into()));
            assert_eq!(message["number"]["ulps"], 1);
        }
        assert_eq!(dpac(&["replay", text(&path)]).status.code(), Some(1), "seen from the beginning");
    }
}

#[test]
fn runs_of_different_length_part_at_a_message_and_not_at_a_snapshot() {
    let (scratch, path) = scratch();
    // Steps of the server are 12/√R where nobody says anything.
    let long = LONG.replace("rounds = 40", "eta = 1.0, rounds = 40");
    recorded(&long, Level::Full, 1, Placement::Shard, &path);
    let other = scratch.path().join("other.dpt");
    recorded(&long.replace("rounds = 40", "rounds = 8"), Level::Full, 1, Placement::Shard, &other);
    let (found, code) = json(&["trace", "diff", text(&path), text(&other), "--json"]);
    // All of the shorter one is there; then it ends.
    assert_eq!((code, &found["rounds"]), (Some(1), &7.into()), "{found}");
}
