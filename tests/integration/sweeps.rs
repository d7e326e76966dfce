//! Sets of runs: whatever happens on the way, the same runs stand there at the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const CONFIG: &str = "algorithm = 'dpac'
problem = { builtin = 'toggle', horizon = 3 }
federation.clients = 2
critic = { rounds = 2, local_steps = 8 }
actor = { rounds = 12, local_steps = 12, sync_interval = 5 }
output.keep_policies = 'all'
";

/// Two values of two keys, and two seeds.
const AXES: &[&str] =
    &["--grid", "federation.clients=1,3", "--grid", "actor.target=q,advantage", "--seeds", "4..5"];

struct Place(TempDir);

impl Place {
    fn new() -> Place {
        let place = Place(tempfile::tempdir().expect("a scratch directory"));
        std::fs::write(place.path("sweep.toml"), CONFIG).expect("a configuration");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
        command.args(arguments).current_dir(self.0.path()).env("COLUMNS", "80");
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn dpac(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    fn sweep(&self, more: &[&str]) -> Output {
        self.dpac(&[&["sweep", "sweep.toml"], AXES, more].concat())
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn said_by(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}", said(output));
}

/// What a sweep's directory holds that is a function of configuration and seeds: by relative path, without
/// what times, machines and programs that went on have left.
fn results(sweep: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![sweep.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            // A process that was killed in its first moments has left a folder under way.
            if path.is_dir() && !name.starts_with('.') {
                folders.push(path);
            } else if ["config.toml", "policies.npy", "policy.json", "critic.npy", "sweep.json"]
                .contains(&&*name)
                || path.parent() == Some(sweep) && name.ends_with(".csv") && name != "times.csv"
            {
                let relative = path.strip_prefix(sweep).expect("below").to_string_lossy().into_owned();
                files.insert(relative, std::fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

/// How many moments are tried: few where nobody asks for more.
fn kills() -> u32 {
    std::env::var("DPAC_SWEEP_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(8)
}

/// Numbers that are the same every time: of a multiplicative generator with the seed 16.
fn moments(life: Duration) -> impl Iterator<Item = Duration> {
    let mut state = 16_u64;
    std::iter::from_fn(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Some(life.mul_f64((state >> 40) as f64 / (1_u64 << 24) as f64))
    })
}

#[test]
fn kills_shards_and_jobs_change_no_byte_of_what_a_sweep_gives() {
    let place = Place::new();
    let began = Instant::now();
    assert_code(&place.sweep(&["--out", "whole", "--jobs", "1"]), 0);
    let life = began.elapsed();
    let expected = results(&place.path("whole"));
    assert!(expected.contains_key("sweep.json") && expected.len() > 8 * 3, "{:?}", expected.keys());

    // Killed at random moments, with one job and with two.
    let mut killed = 0;
    let mut round = 0;
    for moment in moments(life) {
        if killed == kills() {
            break;
        }
        round += 1;
        let jobs = ["1", "2"][round % 2];
        let name = format!("killed-{}", killed / 8);
        let arguments = [&["sweep", "sweep.toml"], AXES, &["--out", &name, "--jobs", jobs, "-q"]].concat();
        let mut child = place.command(&arguments).spawn().expect("the program starts");
        std::thread::sleep(moment);
        let over = child.try_wait().expect("a child").is_some();
        if over {
            // It has come to its end, and the next begins anew.
            let output = child.wait_with_output().expect("a child");
            assert_code(&output, 0);
            assert!(results(&place.path(&name)) == expected, "after {killed} kills, {name}");
            std::fs::remove_dir_all(place.path(&name)).expect("a sweep goes away");
        } else {
            child.kill().expect("a child");
            child.wait().expect("a child");
            killed += 1;
        }
    }
    for number in 0..kills().div_ceil(8) {
        let name = format!("killed-{number}");
        assert_code(&place.sweep(&["--out", &name, "--jobs", "2"]), 0);
        assert!(results(&place.path(&name)) == expected, "after {killed} kills, {name}");
        assert_eq!(dead_starts(&place.path(&name)), Vec::<PathBuf>::new());
    }

    // In three parts, two of them at the same time.
    let part = |shard: &str, jobs: &str| {
        let more = ["--out", "parts", "--shard", shard, "--jobs", jobs];
        place.command(&[&["sweep", "sweep.toml"], AXES, &more].concat()).spawn().expect("the program starts")
    };
    let (first, third) = (part("1/3", "1"), part("3/3", "2"));
    for child in [first, third] {
        assert_code(&child.wait_with_output().expect("a child"), 0);
    }
    let status = place.dpac(&["sweep", "status", "parts"]);
    assert_code(&status, 1);
    assert!(said(&status).contains("3 to do"), "{}", said(&status));
    assert_code(&part("2/3", "1").wait_with_output().expect("a child"), 0);
    assert_code(&place.dpac(&["sweep", "status", "parts"]), 0);
    assert!(results(&place.path("parts")) == expected, "in parts");
}

#[test]
fn what_is_complete_is_left_as_it_is() {
    let place = Place::new();
    assert_code(&place.sweep(&["--out", "it"]), 0);
    let summaries = || {
        let cell = |number: usize| std::fs::read_dir(place.path("it/runs")).expect("runs").nth(number);
        (0..8)
            .map(|number| {
                let path = cell(number).expect("a run").expect("an entry").path().join("summary.json");
                (path.clone(), std::fs::metadata(&path).expect("a summary").modified().expect("a time"))
            })
            .collect::<Vec<_>>()
    };
    let before = summaries();
    let again = place.sweep(&["--out", "it"]);
    assert_code(&again, 0);
    assert!(said(&again).contains("nothing: every run has ended"), "{}", said(&again));
    assert_eq!(summaries(), before);
}

#[test]
fn arms_of_a_sweep_are_those_of_its_axes_whatever_steps_were_chosen_for_them() {
    let place = Place::new();
    assert_code(&place.sweep(&["--out", "it"]), 0);
    let output = place.dpac(&["statistics", "of", "it", "--against", "actor.target=q", "--json"]);
    assert_code(&output, 0);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let arms: Vec<&str> =
        json["arms"].as_array().expect("arms").iter().filter_map(|arm| arm["arm"].as_str()).collect();
    assert_eq!(arms[..2], ["clients=1, target=q", "clients=1, target=advantage"]);
    assert_eq!((arms.len(), json["compared"].as_array().map(Vec::len)), (4, Some(2)));
    let alone = place.dpac(&["statistics", "of", "it/runs", "--against", "actor.target=q"]);
    assert_code(&alone, 2);
    assert!(said(&alone).contains("no two arms differ in actor.target alone"), "{}", said(&alone));
}

#[test]
fn what_a_sweep_says_next_works_as_it_stands() {
    let place = Place::new();
    for axes in [
        &["--grid", "federation.clients=1,3"][..],
        &[
            "--grid",
            "federation.clients=1,3",
            "--grid",
            "actor.target=q,advantage",
            "--grid",
            "actor.rounds=3,4",
        ],
        &["--zip", "critic.rounds=1,2", "--zip", "critic.local_steps=8,4"],
    ] {
        let output = place.dpac(&[&["sweep", "sweep.toml", "--seeds", "1", "--out", "it"], axes].concat());
        assert_code(&output, 0);
        let text = said(&output).replace("\\\n", "");
        let next = text.split_once("  next ").expect("what is next").1;
        for line in next.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words = line.split_whitespace().skip(1).map(|word| word.trim_matches('\''));
            assert_code(&place.dpac(&words.collect::<Vec<_>>()), 0);
        }
        assert!(said(&output).lines().all(|line| line.chars().count() <= 80), "{}", said(&output));
        std::fs::remove_dir_all(place.path("it")).expect("a sweep goes away");
        for end in ["svg", "csv", "py"] {
            std::fs::remove_file(place.path("it").with_extension(end)).expect("a file of the figure");
        }
    }
}

#[test]
fn a_table_in_the_file_says_the_same_as_options() {
    let place = Place::new();
    let table =
        "[sweep]\nseeds = '4..5'\ngrid.federation.clients = [1, 3]\ngrid.actor.target = ['q', 'advantage']\n";
    std::fs::write(place.path("table.toml"), format!("{CONFIG}{table}")).expect("a configuration");
    let dry = |output: Output| {
        assert_code(&output, 0);
        let text = said(&output);
        text.lines().filter(|line| !line.contains("steps/s")).map(str::to_owned).collect::<Vec<_>>()
    };
    let of_file = dry(place.dpac(&["sweep", "table.toml", "--dry-run"]));
    let of_options = dry(place.sweep(&["--dry-run"]));
    // The values of the file have quotes, as TOML wants.
    let plain = |lines: Vec<String>| lines.join("\n").replace(['"', '\''], "");
    let (of_file, of_options) = (plain(of_file), plain(of_options));
    let without_place =
        |text: &str| text.lines().filter(|line| !line.contains("into")).collect::<Vec<_>>().join("\n");
    assert_eq!(without_place(&of_file), without_place(&of_options));
    assert!(!place.path("sweeps").exists(), "a dry run writes nothing");
    // The rest of the file is a run as any other.
    assert_code(&place.dpac(&["run", "table.toml", "--out", "one", "-q"]), 0);
    assert_code(&place.dpac(&["run", "sweep.toml", "--out", "other", "-q"]), 0);
    let config =
        |name: &str| std::fs::read_to_string(place.path(name).join("config.toml")).expect("a configuration");
    assert_eq!(config("one"), config("other"));
}

#[test]
fn a_cell_is_the_run_that_one_would_make_by_hand() {
    let place = Place::new();
    assert_code(&place.sweep(&["--out", "it"]), 0);
    let by_hand = ["--set", "federation.clients=3", "--set", "actor.target=advantage", "--seed", "5"];
    assert_code(&place.dpac(&[&["run", "sweep.toml"], &by_hand[..], &["--out", "hand", "-q"]].concat()), 0);
    let cell = place.path("it/runs/7-clients=3,target=advantage-s5");
    for name in ["config.toml", "policies.npy", "policy.json", "critic.npy"] {
        let read = |path: PathBuf| std::fs::read(path).expect("a file");
        assert!(read(cell.join(name)) == read(place.path("hand").join(name)), "{name}");
    }
}

#[test]
fn bad_input_is_refused_where_it_stands_and_writes_nothing() {
    let place = Place::new();
    for (arguments, wanted) in [
        (&["--grid", "federation.client=1,2"][..], "did you mean `clients`?"),
        (&["--grid", "federation.clients=1,four"], "`federation.clients` is a string, not an integer"),
        (&["--grid", "federation.clients="], "has no values"),
        (&["--grid", "federation.clients"], "a setting without `=`"),
        (&["--grid", "federation.clients=2,2"], "takes the value 2 twice"),
        (&["--grid", "federation.clients=2", "--zip", "federation.clients=3"], "is an axis twice"),
        (&["--grid", "seed=1,2"], "`seed` is no axis"),
        (
            &["--zip", "critic.rounds=1,2", "--zip", "critic.local_steps=3"],
            "`critic.rounds` has 2 values and `critic.local_steps` 1",
        ),
        (&["--seeds", "3..1"], "3..1 is empty"),
        (&["--seeds", "x"], "\"x\" is no seed"),
        (&["--grid", "actor.eta=log:0..1:3"], "begins above 0"),
        (&["--shard", "4/3"], "is no shard"),
        (&["--grid", "problem.builtin=tiger,tigre"], "tigre"),
    ] {
        let output = place.dpac(&[&["sweep", "sweep.toml"], arguments].concat());
        assert_code(&output, 2);
        assert!(said(&output).contains(wanted), "{arguments:?}: {}", said(&output));
    }
    std::fs::write(place.path("bad.toml"), format!("{CONFIG}[sweep]\ngird.federation.clients = [1]\n"))
        .expect("a file");
    let output = place.dpac(&["sweep", "bad.toml"]);
    assert_code(&output, 2);
    assert!(said(&output).contains("did you mean `grid`?"), "{}", said(&output));
    let left: Vec<_> = std::fs::read_dir(place.0.path()).expect("a folder").collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_directory_of_something_else_is_refused_and_left_as_it_was() {
    let place = Place::new();
    assert_code(&place.sweep(&["--out", "it"]), 0);
    let before = results(&place.path("it"));
    let more_seeds = place.dpac(&[
        "sweep",
        "sweep.toml",
        AXES[0],
        AXES[1],
        AXES[2],
        AXES[3],
        "--seeds",
        "4..6",
        "--out",
        "it",
    ]);
    assert_code(&more_seeds, 2);
    assert!(said(&more_seeds).contains("its seeds are 4..5, not 4..6"), "{}", said(&more_seeds));
    let other = place.sweep(&["--out", "it", "--set", "critic.rounds=3"]);
    assert_code(&other, 2);
    assert!(said(&other).contains("another configuration"), "{}", said(&other));
    std::fs::create_dir(place.path("mine")).expect("a folder");
    std::fs::write(place.path("mine/notes.txt"), "mine").expect("a file");
    let foreign = place.sweep(&["--out", "mine"]);
    assert_code(&foreign, 2);
    assert!(said(&foreign).contains("holds no sweep"), "{}", said(&foreign));
    assert!(results(&place.path("it")) == before);
    assert_eq!(std::fs::read_dir(place.path("mine")).expect("a folder").count(), 1);
    assert_code(&place.dpac(&["sweep", "status", "mine"]), 2);
    std::fs::write(place.path("it/sweep.json"), "{}").expect("a file");
    assert_code(&place.dpac(&["sweep", "status", "it"]), 2);
}

/// Folders under way in a sweep whose lock is signed: what a start leaves that is killed.
fn dead_starts(sweep: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(sweep.join("runs")).expect("runs");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let signed = |path: &PathBuf| std::fs::metadata(path.join("lock")).is_ok_and(|lock| lock.len() > 0);
    paths.filter(|path| path.extension().is_some_and(|end| end == "partial") && signed(path)).collect()
}

#[cfg(unix)]
#[test]
fn starts_that_were_killed_go_away_and_what_may_live_or_be_a_strangers_stays() {
    let place = Place::new();
    assert_code(&place.sweep(&["--out", "it"]), 0);
    let cell = "7-clients=3,target=advantage-s5";
    let whole = place.path("it/runs").join(cell);
    let under_way = |name: &str| place.path("it/runs").join(name);
    let left = |name: &str, files: &[&str]| {
        std::fs::create_dir(under_way(name)).expect("a folder");
        for file in files {
            let copied = std::fs::copy(whole.join(file), under_way(name).join(file));
            copied
                .map(|_| ())
                .or_else(|_| std::fs::write(under_way(name).join(file), "mine"))
                .expect("a file");
        }
    };
    let start = ["lock", "run.json", "config.toml"];
    let (dead, dead_early) = (format!(".{cell}.aB3xYz.partial"), ".0-clients=1,target=q-s4.aB3xYz.partial");
    left(&dead, &start);
    left(dead_early, &["lock"]);
    // In the hands of somebody; before its lock is signed; of no cell; with a file of a stranger; a run that
    // was moved aside.
    let (held, unsigned) = (format!(".{cell}.living.partial"), format!(".{cell}.signed.partial"));
    left(&held, &start);
    left(&unsigned, &["run.json"]);
    std::fs::write(under_way(&unsigned).join("lock"), "").expect("a lock");
    let (foreign, aside) = (format!(".{cell}.mine00.partial"), format!(".{cell}.aside0.partial"));
    left(".8-clients=9-s4.aB3xYz.partial", &start);
    left(&foreign, &["lock", "run.json", "notes.txt"]);
    left(&aside, &["lock", "run.json", "config.toml", "rounds.jsonl", "summary.json"]);
    let outside = place.path("outside");
    std::fs::create_dir(&outside).expect("a folder");
    std::fs::copy(whole.join("lock"), outside.join("lock")).expect("a file");
    let link = under_way(&format!(".{cell}.link00.partial"));
    std::os::unix::fs::symlink(&outside, &link).expect("links");
    let holder = std::fs::File::open(under_way(&held).join("lock")).expect("a lock");
    holder.lock().expect("locked");

    assert_code(&place.sweep(&["--out", "it", "--shard", "1/2"]), 0);
    for gone in [dead.as_str(), dead_early] {
        assert!(!under_way(gone).exists(), "{gone}");
    }
    assert_eq!(std::fs::read_dir(under_way(&held)).expect("a folder").count(), 3);
    assert_eq!(std::fs::read_dir(under_way(&unsigned)).expect("a folder").count(), 2);
    assert_eq!(std::fs::read_dir(under_way(".8-clients=9-s4.aB3xYz.partial")).expect("a folder").count(), 3);
    assert_eq!(std::fs::read_dir(under_way(&foreign)).expect("a folder").count(), 3);
    assert_eq!(std::fs::read_dir(under_way(&aside)).expect("a folder").count(), 5);
    assert!(link.exists() && outside.join("lock").exists());
    drop(holder);
    assert_code(&place.sweep(&["--out", "it"]), 0);
    assert!(!under_way(&held).exists());

    // A run that is made by itself, likewise.
    let alone = place.path(".one.aB3xYz.partial");
    std::fs::create_dir(&alone).expect("a folder");
    std::fs::copy(whole.join("lock"), alone.join("lock")).expect("a file");
    assert_code(&place.dpac(&["run", "sweep.toml", "--out", "one", "-q"]), 0);
    assert!(!alone.exists());
}

#[test]
fn a_sweep_gets_more_seeds_in_a_second_directory_and_both_are_read_as_one() {
    let place = Place::new();
    let sweep = |seeds: &str, out: &str| {
        let axes = [AXES[..4].to_vec(), vec!["--seeds", seeds, "--out", out, "-q"]].concat();
        place.dpac(&[vec!["sweep", "sweep.toml"], axes].concat())
    };
    assert_code(&sweep("4..6", "whole"), 0);
    assert_code(&sweep("4..5", "it"), 0);
    let refused = sweep("4..6", "it");
    assert_code(&refused, 2);
    assert!(
        said(&refused).contains("help: --seeds 6 --out DIR runs the others elsewhere"),
        "{}",
        said(&refused)
    );
    assert_code(&sweep("6", "more"), 0);

    let statistics = |places: &[&str]| {
        let more = ["--against", "actor.target=q", "--target", "share>=0.01", "--json"];
        let output = place.dpac(&[&["statistics", "of"], places, &more].concat());
        assert_code(&output, 0);
        output.stdout
    };
    assert_eq!(said_by(&statistics(&["it", "more"])), said_by(&statistics(&["whole"])));
    let numbers = |places: &[&str], out: &str| {
        let keys = ["--color", "federation.clients", "--facet", "actor.target", "--out", out];
        assert_code(&place.dpac(&[&["plot"], places, &keys].concat()), 0);
        let path = place.path(out).with_extension("csv");
        std::fs::read_to_string(path).expect("numbers")
    };
    assert_eq!(numbers(&["it", "more"], "both.svg"), numbers(&["whole"], "whole.svg"));
    let rows = |places: &[&str]| {
        let table = ["export", "--csv", "--table", "rounds"];
        let output = place.dpac(&[&table, places].concat());
        assert_code(&output, 0);
        // The name of the run is another in another sweep.
        let text = said_by(&output.stdout);
        let mut rows: Vec<String> =
            text.lines().filter_map(|row| Some(row.split_once(',')?.1.to_owned())).collect();
        rows.sort();
        rows
    };
    assert_eq!(rows(&["it", "more"]), rows(&["whole"]));

    // Where the second sweep is of another configuration, its arms are others.
    let other = ["--set", "actor.rounds=6", "--seeds", "6", "--out", "other", "-q"];
    assert_code(&place.dpac(&[&["sweep", "sweep.toml"], &AXES[..4], &other].concat()), 0);
    let json: serde_json::Value =
        serde_json::from_slice(&place.dpac(&["statistics", "of", "it", "other", "--json"]).stdout)
            .expect("JSON");
    assert_eq!(json["arms"].as_array().map(Vec::len), Some(8), "{json}");
    let label = json["arms"][7]["arm"].as_str().expect("a label");
    assert_eq!(label, "clients=3, target=advantage, rounds=6");
}

#[test]
fn a_target_that_cannot_be_read_is_an_error_at_its_line_and_not_left_out() {
    let place = Place::new();
    assert_code(&place.sweep(&["--out", "it", "--target", "share>=0.5", "--target", "value>=1.0"]), 0);
    let manifest = std::fs::read_to_string(place.path("it/sweep.json")).expect("a manifest");
    let line = manifest.lines().position(|line| line.contains("value>=1.0")).expect("the target") + 1;
    for (damage, what) in [("worth>=1.0", "no quantity of a run"), ("value>=", "is no number")] {
        let damaged = manifest.replace("value>=1.0", damage);
        std::fs::write(place.path("it/sweep.json"), damaged).expect("a file");
        let again = [&["sweep", "sweep.toml"], AXES, &["--out", "it", "--target", "share>=0.5"]].concat();
        let statistics = ["statistics", "of", "it"];
        for command in
            [&["sweep", "status", "it"][..], &again, &statistics, &["plot", "it", "--out", "f.svg"]]
        {
            let output = place.dpac(command);
            assert_code(&output, 2);
            let text = said(&output);
            let where_and_what =
                ["it/sweep.json is not what dpac wrote: ", what, &format!("at line {line} ")];
            assert!(where_and_what.iter().all(|part| text.contains(part)), "{command:?}: {text}");
        }
    }
}

#[test]
fn a_run_that_fails_is_told_and_the_others_end() {
    let place = Place::new();
    // Steps of this size carry the critic out of the floats.
    let axes = ["--grid", "critic.alpha=0.5,1e300", "--seeds", "0..1", "--out", "it"];
    let output = place.dpac(
        &[&["sweep", "sweep.toml", "--set", "critic.features={kind='window',length=1,tied=true}"], &axes[..]]
            .concat(),
    );
    assert_code(&output, 1);
    let text = said(&output);
    assert!(text.contains("2 of 4 runs complete") && text.contains("failed: "), "{text}");
    let status = place.dpac(&["sweep", "status", "it", "--json"]);
    assert_code(&status, 1);
    let json: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
    assert_eq!((json["runs"].as_u64(), json["complete"].as_u64()), (Some(4), Some(2)));
    assert_eq!(json["cells"][2]["status"], "failed");
}

#[test]
fn a_step_size_of_the_file_that_depends_on_an_axis_is_told_once_where_it_stands() {
    let place = Place::new();
    let pinned = CONFIG.replace("sync_interval = 5 }", "sync_interval = 5, eta = 1.0 }");
    std::fs::write(place.path("pinned.toml"), pinned).expect("a configuration");
    let axes = ["--grid", "actor.target=q,advantage", "--grid", "federation.clients=1,2", "--dry-run"];
    let output = place.dpac(&[&["sweep", "pinned.toml"], &axes[..]].concat());
    assert_code(&output, 0);
    let text = said(&output);
    assert_eq!(text.matches("`actor.eta` stays 1").count(), 1, "{text}");
    assert!(text.contains("pinned.toml:"), "{text}");
    let auto = place.dpac(&[&["sweep", "pinned.toml", "--set", "actor.eta=auto"], &axes[..]].concat());
    assert!(!said(&auto).contains("stays"), "{}", said(&auto));
}

#[cfg(unix)]
#[test]
fn a_sweep_has_one_owner_and_its_shards_one_each() {
    let place = Place::new();
    assert_code(&place.sweep(&["--out", "it"]), 0);
    let hold = |name: &str, shared: bool| {
        let file = std::fs::File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(place.path("it").join(name))
            .expect("a lock");
        if shared { file.lock_shared() } else { file.lock() }.expect("locked");
        file
    };
    let whole = hold("sweep.lock", false);
    assert_code(&place.sweep(&["--out", "it"]), 2);
    assert_code(&place.sweep(&["--out", "it", "--shard", "1/2"]), 2);
    drop(whole);
    let (shared, part) = (hold("sweep.lock", true), hold("shard-1-of-2.lock", false));
    assert_code(&place.sweep(&["--out", "it"]), 2);
    assert_code(&place.sweep(&["--out", "it", "--shard", "1/2"]), 2);
    assert_code(&place.sweep(&["--out", "it", "--shard", "2/2"]), 0);
    drop((shared, part));
    assert_code(&place.sweep(&["--out", "it"]), 0);
}
