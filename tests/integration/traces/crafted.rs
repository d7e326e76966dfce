//! Traces that a stranger has made: every command reads them to an end, writes nowhere else, and says what is
//! wrong.

use super::{LONG, TIGER, dpac, recorded, scratch, text};
use dpac::algorithm::Registry;
use dpac::experiment::{COMPONENTS_MAX, HeadError, resolve_head};
use dpac_actors::host::Placement;
use dpac_actors::trace::Level;
use dpac_actors::trace::format::{Head, HeadFile, PlainBody, op};
use dpac_actors::{Algorithm, Snapshot, State};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

#[path = "../../../actors/tests/society/crafting.rs"]
mod crafting;
use crafting::{changed, chunk, plain, put_together, taken_apart};

const GOLDEN: &[u8] = include_bytes!("../../golden/toggle-dpac.dpt");

/// Code and what was said on both streams. A raw panic is none of the ways to end.
fn said(arguments: &[&str]) -> (i32, String) {
    let began = Instant::now();
    let Output { status, stdout, stderr } = dpac(arguments);
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    assert!(began.elapsed() < Duration::from_secs(60), "{arguments:?} took {:?}", began.elapsed());
    (status.code().unwrap_or_else(|| panic!("{arguments:?} ended by a signal: {said}")), said)
}

fn every_command(path: &Path) {
    let path = text(path);
    for arguments in [
        &["trace", "info", path][..],
        &["trace", "info", path, "--json"],
        &["trace", "dump", path],
        &["trace", "stats", path, "--json"],
        &["trace", "stats", path],
        &["trace", "doctor", path],
        &["trace", "doctor", path, "--json"],
        &["trace", "diff", path, path],
        &["trace", "export", path, "--format", "perfetto"],
        &["trace", "export", path, "--format", "mermaid"],
        &["trace", "export", path, "--format", "csv"],
        &["trace", "export", path, "--format", "jsonl"],
        &["replay", path, "--threads", "1"],
        &["replay", path, "--threads", "1", "--rounds", "1..1"],
        &["replay", path, "--role", "server"],
        &["replay", path, "--role", "client:2"],
        &["replay", path, "--role", "critic:0"],
        &["replay", path, "--role", "actor:1", "--json"],
    ] {
        said(arguments);
    }
}

fn write(directory: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

fn with_head(change: impl FnOnce(&mut Head)) -> Vec<u8> {
    changed(GOLDEN, op::HEAD, 0, plain(change))
}

fn with_config(change: impl FnOnce(&mut String)) -> Vec<u8> {
    with_head(|head| change(&mut head.config))
}

#[test]
fn every_command_reads_a_crafted_trace_to_an_end() {
    let (scratch, _) = scratch();
    let crafted: Vec<(&str, Vec<u8>)> = vec![
        ("a client", changed(GOLDEN, op::CHUNK, 0, chunk(|it| it.events.events[0].to = u32::MAX))),
        ("a turn", changed(GOLDEN, op::CHUNK, 1, chunk(|it| it.turn = u64::MAX))),
        (
            "lengths",
            changed(GOLDEN, op::CHUNK, 0, chunk(|it| it.events.shapes[0].lengths = vec![u32::MAX; 64])),
        ),
        ("an order", changed(GOLDEN, op::BLOB, 0, |body| body[8 + 4 + 8 + 7] = 0x80)),
        ("a head of other blocks", with_head(|head| head.block_size = 0)),
        ("a head of many ranges", with_head(|head| head.kept = Some(vec![(7, 3); 10_000]))),
        ("a head of many snapshots", with_head(|head| head.snapshot_rounds = u32::MAX)),
        ("a head of other vectors", with_head(|head| head.kinds[0].vectors = vec!["\u{1b}".to_owned(); 64])),
        ("control characters", with_head(|head| head.program = "\u{1b}[31mred\u{9b}1m".to_owned())),
        (
            "names",
            with_head(|head| head.kinds.iter_mut().for_each(|kind| kind.name = "a,\"b\"\n; c".to_owned())),
        ),
        ("no records", put_together(&taken_apart(GOLDEN)[..1])),
    ];
    for (name, bytes) in crafted {
        every_command(&write(scratch.path(), &format!("{name}.dpt"), &bytes));
    }
}

#[test]
fn digests_that_are_no_ascii_are_told_apart() {
    let (scratch, _) = scratch();
    let file =
        |digest: &str| HeadFile { name: "x".to_owned(), digest: digest.to_owned(), content: Vec::new() };
    let path = |name, digest| write(scratch.path(), name, &with_head(|head| head.files = vec![file(digest)]));
    // The sixteenth byte is inside a character.
    let (a, b) = (path("a.dpt", "012345678901234éé"), path("b.dpt", "é"));
    let (code, found) = said(&["trace", "diff", text(&a), text(&b)]);
    assert!(code == 0 && found.contains("inputs: x é, recorded was x 012345678901234é"), "{found}");
    let (code, found) = said(&["replay", text(&a)]);
    assert!(code == 2 && found.contains("has been changed"), "{found}");
    let (code, found) = said(&["trace", "doctor", text(&a)]);
    assert!(code == 3 && found.contains("the input file x is not what its digest says"), "{found}");
}

#[test]
fn an_order_that_no_configuration_gives_is_not_carried_out() {
    let (scratch, _) = scratch();
    // 2^63 more local steps in the first order, whose digest is not right then.
    let forged = changed(GOLDEN, op::BLOB, 0, |body| body[8 + 4 + 8 + 7] = 0x80);
    let path = write(scratch.path(), "forged.dpt", &forged);
    let (code, found) = said(&["replay", text(&path), "--role", "critic:0"]);
    assert!(code == 2 && found.contains("is not what its digest says"), "{found}");
    let (code, found) = said(&["trace", "doctor", text(&path)]);
    assert!(code == 3 && found.contains("a payload that is not what its digest says"), "{found}");
}

#[test]
fn a_configuration_in_a_trace_reads_nothing_but_the_trace() {
    let (scratch, _) = scratch();
    let problem =
        write(scratch.path(), "secret.POMDP", include_bytes!("../../../configs/problems/tiger.POMDP"));
    let policies = scratch.path().join("policies");
    std::fs::create_dir(&policies).expect("a directory");
    write(&policies, "policy.json", b"{}");
    for line in [
        format!("problem = {{ file = '{}', horizon = 2 }}\n", problem.display()),
        format!("algorithm = 'dptd'\nproblem.builtin = 'toggle'\npolicy = '{}'\n", policies.display()),
        "problem = { file = '/dev/zero', horizon = 2 }\n".to_owned(),
    ] {
        let crafted = with_config(|config| *config = format!("{line}federation.clients = 3\n"));
        let path = write(scratch.path(), "crafted.dpt", &crafted);
        let head = Head::decode(&taken_apart(&crafted)[0].1).expect("a head");
        let Err(refused) = resolve_head(&head, Registry::BUILTIN, COMPONENTS_MAX) else {
            panic!("{line} was read")
        };
        assert!(matches!(refused, HeadError::Input(_)), "{refused}");
        for arguments in [&["replay", text(&path)][..], &["replay", text(&path), "--role", "server"]] {
            let (code, found) = said(arguments);
            assert!(code == 2 && found.contains("cannot read"), "{found}");
        }
        // What needs no run is said all the same.
        assert_eq!(said(&["trace", "info", text(&path)]).0, 0);
    }
}

#[test]
fn a_small_trace_of_a_very_large_run_is_run_again_only_when_asked() {
    let (scratch, _) = scratch();
    // Whole histories of 9 steps: some ten million components.
    let large = "problem = { builtin = 'tiger', horizon = 9 }\nfederation.clients = 3\n\
        actor.features.kind = 'history'\ncritic.features.kind = 'history'\n\
        actor = { rounds = 1, local_steps = 1, sync_interval = 1 }\ncritic = { rounds = 1, local_steps = 1 }\n";
    let large = large.replace("actor.features.kind = 'history'\ncritic.features.kind = 'history'\n", "");
    let large = large.replace("sync_interval = 1 }", "sync_interval = 1, features.kind = 'history' }");
    let large = large.replace("critic = { rounds", "critic = { features.kind = 'history', rounds");
    let path = write(scratch.path(), "large.dpt", &with_config(|config| *config = large));
    let (code, found) = said(&["replay", text(&path)]);
    assert!(code == 2 && found.contains("components together") && found.contains("--large"), "{found}");
    let (code, found) = said(&["trace", "stats", text(&path)]);
    assert!(
        code == 0 && found.contains("closed form  not compared: the trace's configuration does not fit"),
        "{code}: {found}"
    );
}

#[test]
fn counts_of_an_algorithm_of_one_s_own_are_compared_with_the_ledger_alone() {
    let (scratch, _) = scratch();
    let path =
        write(scratch.path(), "own.dpt", &with_head(|head| head.algorithm = "gossip\x1b[31m".to_owned()));
    let (code, found) = said(&["trace", "stats", text(&path)]);
    assert_eq!(code, 0, "{found}");
    assert!(found.contains("  ledger       equal, to the unit\n"), "{found}");
    let why = "  closed form  not compared: no closed form is known for the algorithm gossip\\u{1b}[31m\n";
    assert!(found.contains(why), "{found}");
}

#[test]
fn a_long_run_says_what_it_is_about_to_do() {
    let (scratch, _) = scratch();
    let long = "problem = { builtin = 'toggle', horizon = 2 }\nfederation.clients = 3\n\
        actor = { rounds = 1000000, local_steps = 1000 }\ncritic = { rounds = 2, local_steps = 2 }\n";
    // Nothing of it is recorded, so that nothing of it is run.
    let crafted = changed(
        &put_together(&taken_apart(GOLDEN)[..1]),
        op::HEAD,
        0,
        plain(|head: &mut Head| head.config = long.to_owned()),
    );
    let path = write(scratch.path(), "long.dpt", &crafted);
    let (code, found) = said(&["replay", text(&path)]);
    let digits: String = found.chars().filter(|c| !c.is_whitespace()).collect();
    assert!(code == 3 && digits.contains("6024000000environmentsteps"), "{found}");
    assert!(found.contains("Ctrl-C"), "{found}");
}

#[test]
fn a_snapshot_that_no_run_has_is_a_fault_and_no_panic() {
    let (scratch, path) = scratch();
    recorded(LONG, Level::Full, 1, Placement::Shard, &path);
    let bytes = std::fs::read(&path).expect("a trace");
    let (resolved, _) = crate::whole_run::resolved(LONG, &[]);
    let kinds = resolved.algorithm.kinds();
    type Change = fn(&mut Snapshot);
    let changes: [(&str, Change); 14] = [
        ("nothing averaged", |it| it.ended.aggregate.clear()),
        ("a shorter average", |it| it.ended.aggregate[0].truncate(1)),
        ("two averages", |it| it.ended.aggregate.push(Vec::new())),
        ("the other phase", |it| it.ended.place.phase = dpac_actors::Phase::Actor),
        ("broadcasts counted too far", |it| it.serial = u64::MAX),
        ("turns counted too far", |it| it.turns = u64::MAX),
        ("messages counted too far", |it| it.counters.wire[0].messages = u64::MAX),
        ("floats counted too far", |it| it.counters.local[3].floats[0] = u64::MAX),
        ("other kinds counted", |it| it.counters.wire.clear()),
        ("no state", |it| it.coordinator.clear()),
        ("a state of ones", |it| it.coordinator.iter_mut().skip(8).for_each(|byte| *byte = 0xff)),
        ("another state", |it| it.coordinator.reverse()),
        ("clients", |it| it.clients = 4),
        ("a broadcast of another length", |it| {
            let mut sent = dpac_actors::Broadcast::clone(&it.broadcasts[0]);
            sent.vectors[0].values = std::sync::Arc::new([]);
            it.broadcasts[0] = std::sync::Arc::new(sent);
        }),
    ];
    for (what, change) in changes {
        let mut records = taken_apart(&bytes);
        for (_, body) in records.iter_mut().filter(|(op, _)| *op == op::SNAPSHOT) {
            let mut snapshot = Snapshot::decode(body, kinds).expect("a snapshot");
            change(&mut snapshot);
            *body = snapshot.encode().expect("a small snapshot");
        }
        let crafted = write(scratch.path(), "crafted.dpt", &put_together(&records));
        for placement in ["shard", "role"] {
            let arguments = ["replay", text(&crafted), "--rounds", "20..21", "--placement", placement];
            let (code, found) = said(&arguments);
            assert!(code == 1, "{what}, {placement}: {code}, {found}");
        }
    }
}

/// The coordinator's own numbers, one by one, as no run has them.
#[test]
fn states_that_do_not_fit_their_plan_are_refused() {
    let (resolved, _) = crate::whole_run::resolved(LONG, &[]);
    let algorithm: &dyn Algorithm = &*resolved.algorithm;
    let (_scratch, path) = scratch();
    recorded(LONG, Level::Full, 1, Placement::Shard, &path);
    let records = taken_apart(&std::fs::read(&path).expect("a trace"));
    let (_, body) = records.iter().find(|(op, _)| *op == op::SNAPSHOT).expect("a snapshot");
    let snapshot = Snapshot::decode(body, algorithm.kinds()).expect("a snapshot");
    let words = snapshot.coordinator.len() / 8;
    let mut refused = 0;
    for word in 0..words {
        for value in [u64::MAX, u64::from(u32::MAX), 1 << 40, 41, 3] {
            let mut state = snapshot.coordinator.clone();
            state[8 * word..8 * word + 8].copy_from_slice(&value.to_le_bytes());
            let mut coordinator = algorithm.coordinator();
            // Numbers of vectors may be anything; whatever is taken up goes on or is refused, and never
            // overflows.
            let restored = State::read(&state, |state| coordinator.state(state));
            let went_on = restored.and_then(|()| coordinator.next(snapshot.ended.clone()));
            refused += u32::from(went_on.is_err());
        }
    }
    assert!(refused >= 40, "{refused} of {words} words");
}

#[test]
fn recovering_writes_a_new_file_and_nothing_else() {
    let (scratch, _) = scratch();
    let damaged = write(scratch.path(), "damaged.dpt", &GOLDEN[..GOLDEN.len() / 2]);
    let dear = write(scratch.path(), "dear.txt", b"something dear");
    let there = || {
        let entries = std::fs::read_dir(scratch.path()).expect("a directory");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    let before = there();
    let mut taken = vec![dear.clone()];
    #[cfg(unix)]
    {
        for (name, to) in [("link", &dear), ("dangling", &scratch.path().join("nowhere"))] {
            std::os::unix::fs::symlink(to, scratch.path().join(name)).expect("a link");
            taken.push(scratch.path().join(name));
        }
    }
    for output in &taken {
        for arguments in [
            &["trace", "recover", text(&damaged), text(output)][..],
            &["trace", "export", text(&damaged), "--format", "csv", "--out", text(output)],
        ] {
            let (code, found) = said(arguments);
            let refused = found.contains("exists already") || found.contains("is a link");
            assert!(code == 2 && refused, "{found}");
        }
    }
    assert_eq!(std::fs::read(&dear).expect("the file"), b"something dear");
    assert!(!scratch.path().join("nowhere").exists());
    let recovered = scratch.path().join("recovered.dpt");
    assert_eq!(said(&["trace", "recover", text(&damaged), text(&recovered)]).0, 3);
    let exported = scratch.path().join("exported.csv");
    let export = |further: &[&str]| {
        let arguments = ["trace", "export", text(&recovered), "--format", "csv", "--out", text(&exported)];
        said(&[&arguments, further].concat()).0
    };
    assert_eq!((export(&[]), export(&[]), export(&["--force"])), (3, 2, 3));
    assert_eq!(there().len(), before.len() + taken.len() - 1 + 2, "nothing else is left");
    // A trace without a head leaves nothing.
    let nothing = write(scratch.path(), "nothing.dpt", &GOLDEN[..30]);
    assert_eq!(said(&["trace", "recover", text(&nothing), text(&scratch.path().join("new.dpt"))]).0, 2);
    assert_eq!(there().len(), before.len() + taken.len() - 1 + 3);
}

#[test]
fn exports_are_well_formed_whatever_kinds_are_called_and_turns_are_counted() {
    let (scratch, _) = scratch();
    let named =
        with_head(|head| head.kinds.iter_mut().for_each(|kind| kind.name = "a,\"b\"\n; c".to_owned()));
    let crafted = changed(&named, op::CHUNK, 1, chunk(|it| it.turn = u64::MAX));
    let path = write(scratch.path(), "crafted.dpt", &crafted);
    let export = |form: &str| {
        let output = dpac(&["trace", "export", text(&path), "--format", form]);
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let picture: serde_json::Value = serde_json::from_str(&export("perfetto")).expect("JSON");
    assert!(picture["traceEvents"].as_array().is_some_and(|events| events.len() > 50));
    let csv = export("csv");
    // However a line break in a name is shown, the name is one field, in quotes.
    let rows = csv.matches(",\"a,\"\"b\"\"").count();
    assert!(rows > 10, "{csv}");
    // Notes of barriers have no kind of the algorithm's; the head has a column of that name.
    assert_eq!(rows + csv.matches(",barrier,").count() - 1, csv.matches(",delivered\n").count());
    let diagram = export("mermaid");
    assert!(diagram.lines().skip(1).all(|line| line.starts_with("    ")), "{diagram}");
}

#[test]
fn tiger_is_healthy_to_the_doctor_at_every_level() {
    let (_scratch, path) = scratch();
    for level in Level::ALL {
        recorded(TIGER, level, 2, Placement::Shard, &path);
        let (code, found) = said(&["trace", "doctor", text(&path)]);
        assert!(code == 0 && found.contains("nothing contradicts the rest"), "{level:?}: {found}");
    }
}
