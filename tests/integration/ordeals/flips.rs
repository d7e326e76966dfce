//! Files of runs, changed one byte at a time.

use super::place::{Place, Random, assert_same, count, files, put, results_or_error, said};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};

type Files = BTreeMap<String, Vec<u8>>;

const LOCAL_STEPS: u32 = 4;
const RUN: &str = "run run.toml --out run --trace run.dpt -q";

/// A change of one file.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// The byte here, to another.
    Flip(usize, u8),
    /// What comes from here on is gone.
    Cut(usize),
    /// A byte more.
    Append(u8),
    Remove,
}

impl Change {
    fn of(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = bytes.to_vec();
        match self {
            Change::Flip(at, difference) => bytes[at] ^= difference,
            Change::Cut(length) => bytes.truncate(length),
            Change::Append(byte) => bytes.push(byte),
            Change::Remove => return None,
        }
        Some(bytes)
    }
}

/// Every byte, or so many of them as the variable says, by file; then cuts, longer files, and files that are
/// gone.
fn changes(random: &mut Random, files: &Files, quick: usize) -> Vec<(String, Change)> {
    let difference = |random: &mut Random| (random.below(255) + 1) as u8;
    let all: Vec<(&String, usize)> =
        files.iter().flat_map(|(name, bytes)| (0..bytes.len()).map(move |at| (name, at))).collect();
    let mut changes = Vec::new();
    if std::env::var("DPAC_ORDEAL_FLIPS").is_ok_and(|flips| flips == "all") {
        changes.extend(all.iter().map(|(name, at)| ((*name).clone(), Change::Flip(*at, difference(random)))));
    } else {
        for _ in 0..count("DPAC_ORDEAL_FLIPS", quick) {
            let (name, at) = all[random.below(all.len())];
            changes.push((name.clone(), Change::Flip(at, difference(random))));
        }
    }
    for (name, bytes) in files {
        changes.push((name.clone(), Change::Remove));
        changes.push((name.clone(), Change::Append(b'\n')));
        changes.push((name.clone(), Change::Append(random.below(256) as u8)));
        for length in [0, bytes.len() / 2, bytes.len().saturating_sub(1), random.below(bytes.len().max(1))] {
            changes.push((name.clone(), Change::Cut(length)));
        }
    }
    changes
}

/// Tries all changes, as many at once as there are places; what is wrong is told all at once.
fn try_all(
    changes: &[(String, Change)],
    places: &[Place],
    attempt: impl Fn(&Place, &str, Change) -> Result<bool, String> + Sync,
) {
    let next = AtomicUsize::new(0);
    let refused = AtomicUsize::new(0);
    let wrong = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for place in places {
            let (next, refused, wrong, attempt) = (&next, &refused, &wrong, &attempt);
            scope.spawn(move || {
                while let Some((name, change)) = changes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match attempt(place, name, *change) {
                        Ok(was_refused) => {
                            refused.fetch_add(usize::from(was_refused), Ordering::Relaxed);
                        }
                        Err(what) => {
                            wrong.lock().expect("no panic").push(format!("{name}, {change:?}: {what}"));
                        }
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    let (all, refused) = (changes.len(), refused.into_inner());
    println!(
        "{all} changes: {refused} refused, {} without effect, {} wrong",
        all - refused - wrong.len(),
        wrong.len()
    );
    let shown: Vec<&String> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "{} of {all} changes: {shown:#?}", wrong.len());
}

fn write(place: &Place, files: &Files) {
    place.clear(&["run", "run.dpt"]);
    put(&place.path(""), files);
}

fn changed(files: &Files, name: &str, change: Change) -> Files {
    let mut files = files.clone();
    match change.of(&files[name]) {
        Some(bytes) => files.insert(name.to_owned(), bytes),
        None => files.remove(name),
    };
    files
}

/// The run directory and the trace.
fn of_run(place: &Place) -> Files {
    let mut found = files(&place.path(""));
    found.retain(|name, _| name.starts_with("run/") || name == "run.dpt");
    found
}

/// Exit code 2 with the file's name, and nothing changed.
fn is_refused_by_name(output: &Output, name: &str) -> Result<(), String> {
    let said = said(output);
    let name = Path::new(name).file_name().expect("a name").to_str().expect("UTF-8");
    match output.status.code() {
        Some(2) if said.contains(name) && !said.contains("panicked") => Ok(()),
        code => Err(format!("{code:?}: {said}")),
    }
}

/// Where there is one, in a file system without a disk: nothing here is about what survives a power cut.
fn two_places() -> [Place; 2] {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
    std::array::from_fn(|_| Place::inside(&folder, 6, LOCAL_STEPS))
}

/// Changes bytes of a run that was sent this signal, and goes on with each.
fn interrupted_and_changed(signal: &str, quick: usize) {
    let place = Place::with(6, LOCAL_STEPS);
    let expected = place.lone(LOCAL_STEPS, RUN);
    place.interrupt(RUN, 2, signal);
    let files = of_run(&place);
    let directory = files.iter().filter(|(name, _)| name.starts_with("run/"));
    let bytes: usize = directory.map(|(_, bytes)| bytes.len()).sum();
    assert!(bytes < 24 << 10 || signal != "KILL", "{bytes} bytes in a run directory");
    let changes = changes(&mut Random::of(signal), &files, quick);
    try_all(&changes, &two_places(), |place, name, change| {
        let before = changed(&files, name, change);
        write(place, &before);
        let output = place.dpac("run --resume run -q");
        if !output.status.success() {
            is_refused_by_name(&output, name)?;
            let after = of_run(place);
            // The lock says who came last, and nothing of the run.
            let kept = before.keys().filter(|name| *name != "run/lock");
            let differs: Vec<_> = kept.filter(|name| after.get(*name) != before.get(*name)).collect();
            return if differs.is_empty() {
                Ok(true)
            } else {
                Err(format!("refused, but changed {differs:?}"))
            };
        }
        let results = results_or_error(&place.path("run"), &place.path("run.dpt"))?;
        match results.keys().chain(expected.keys()).find(|name| results.get(*name) != expected.get(*name)) {
            None => Ok(false),
            Some(name) => Err(format!("goes on to another {name}")),
        }
    });
}

#[test]
fn a_byte_of_a_killed_run_that_changes_is_named_or_changes_nothing() {
    interrupted_and_changed("KILL", 500);
}

#[test]
fn a_byte_of_a_run_that_was_ended_by_a_signal_is_named_or_changes_nothing() {
    interrupted_and_changed("TERM", 150);
}

/// What `arguments` make of a complete run of which one file has changed: refused by that file's name, or the
/// same words.
fn same_or_refused(arguments: &str, quick: usize, of_interest: impl Fn(&str) -> bool) {
    let whole = Place::with(6, LOCAL_STEPS);
    let output = whole.dpac(RUN);
    assert!(output.status.success(), "{}", said(&output));
    let files = of_run(&whole);
    let expected = whole.dpac(arguments);
    assert!(expected.status.success(), "{arguments}: {}", said(&expected));
    let mut interesting = files.clone();
    interesting.retain(|name, _| of_interest(name));
    let changes = changes(&mut Random::of(arguments), &interesting, quick);
    try_all(&changes, &two_places(), |place, name, change| {
        write(place, &changed(&files, name, change));
        let output = place.dpac(arguments);
        if output.status.success() {
            let same = output.stdout == expected.stdout;
            return if same { Ok(false) } else { Err("other words, and exit code 0".to_owned()) };
        }
        // Without its summary a run is one that has not ended, which is another thing to say.
        let is_no_end = name == "run/summary.json" && matches!(change, Change::Remove);
        let said = said(&output) + &String::from_utf8_lossy(&output.stdout);
        let file = Path::new(name).file_name().expect("a name").to_str().expect("UTF-8");
        if (said.contains(file) || is_no_end)
            && !said.contains("panicked")
            && output.status.code().is_some_and(|code| code <= 3)
        {
            Ok(true)
        } else {
            Err(format!("{:?}: {said}", output.status.code()))
        }
    });
}

#[test]
fn evaluate_notices_changes_of_a_complete_run() {
    same_or_refused("evaluate run", 300, |name| name.starts_with("run/"));
}

#[test]
fn export_notices_changes_of_a_complete_run() {
    same_or_refused("export --openmetrics run", 300, |name| name.starts_with("run/"));
}

#[test]
fn replay_notices_changes_of_a_trace() {
    same_or_refused("replay run.dpt", 100, |name| name == "run.dpt");
}

#[test]
fn a_complete_run_stays_as_it_is_whatever_has_changed() {
    let whole = Place::with(6, LOCAL_STEPS);
    assert!(whole.dpac(RUN).status.success());
    let expected = whole.results("run", "run.dpt");
    let files = of_run(&whole);
    let mut summary = files.clone();
    summary.retain(|name, _| name.ends_with("summary.json"));
    // A summary that has lost its word of completion does not make a complete run go on over its own files.
    let changes = changes(&mut Random::of("summaries"), &summary, 40);
    try_all(&changes, &two_places(), |place, name, change| {
        write(place, &changed(&files, name, change));
        let output = place.dpac("run --resume run -q");
        let mut after = of_run(place);
        if output.status.success() {
            assert_same(&place.results("run", "run.dpt"), &expected, "of a run that ended twice");
            return Ok(false);
        }
        after.remove(name);
        let kept = after.iter().all(|(name, bytes)| files.get(name) == Some(bytes));
        match output.status.code() {
            Some(2) if kept => Ok(true),
            code => Err(format!("{code:?}, kept: {kept}: {}", said(&output))),
        }
    });
}
