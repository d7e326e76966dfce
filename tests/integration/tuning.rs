//! Tuning: what is chosen is the best of what was run, on seeds that nothing else uses, and what is written
//! runs.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const CONFIG: &str = "# An experiment.
algorithm = 'dpac'
problem = { file = 'problems/tiger.POMDP', horizon = 2 }
federation.clients = 2
critic = { rounds = 2, local_steps = 8 }

[actor]
rounds = 12
local_steps = 12
sync_interval = 5
eta = 1.0 # a guess
";

struct Place(TempDir);

impl Place {
    fn new() -> Place {
        let place = Place(tempfile::tempdir().expect("a scratch directory"));
        std::fs::create_dir(place.path("problems")).expect("a folder");
        let problem = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/problems/tiger.POMDP");
        std::fs::copy(problem, place.path("problems/tiger.POMDP")).expect("a problem");
        std::fs::write(place.path("mine.toml"), CONFIG).expect("a configuration");
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

    fn fine(&self, arguments: &[&str]) -> String {
        let output = self.dpac(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{}", said(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a text")
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Rows of a table as fields by column.
fn rows(csv: &str) -> Vec<Vec<(String, String)>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headers = reader.headers().expect("headers").clone();
    let fields = |record: csv::StringRecord| {
        headers.iter().zip(&record).map(|(name, field)| (name.to_owned(), field.to_owned())).collect()
    };
    reader.records().map(|record| fields(record.expect("a row"))).collect()
}

fn field<'a>(row: &'a [(String, String)], name: &str) -> &'a str {
    &row.iter().find(|(of, _)| of == name).unwrap_or_else(|| panic!("no column {name}")).1
}

#[test]
fn what_is_chosen_has_the_best_mean_of_the_table_of_runs() {
    let place = Place::new();
    let json = place.fine(&["tune", "mine.toml", "--out", "tuning", "--json", "--quiet"]);
    let said: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    // The mean of every candidate, from what the sweep has written.
    let mut sums: Vec<(String, f64, usize)> = Vec::new();
    for row in rows(&place.text("tuning/runs.csv")) {
        let (eta, value) = (field(&row, "actor.eta"), field(&row, "value").parse::<f64>());
        let value = value.expect("a value");
        match sums.iter_mut().find(|(of, ..)| of == eta) {
            Some((_, sum, seeds)) => (*sum, *seeds) = (*sum + value, *seeds + 1),
            None => sums.push((eta.to_owned(), value, 1)),
        }
    }
    assert_eq!(sums.len(), 5);
    assert!(sums.iter().all(|(_, _, seeds)| *seeds == 3));
    let best = sums.iter().max_by(|one, other| one.1.total_cmp(&other.1)).expect("a candidate");
    assert_eq!(said["choices"][0]["chosen"]["actor.eta"], best.0.as_str());
    // The very numbers stand in the report.
    let candidates = said["choices"][0]["candidates"].as_array().expect("candidates");
    for (candidate, (eta, sum, _)) in candidates.iter().zip(&sums) {
        assert_eq!(candidate["settings"]["actor.eta"], eta.as_str());
        let mean = candidate["mean"].as_f64().expect("a mean");
        // Three numbers of size 100 at most, added in another order.
        assert!((mean - sum / 3.0).abs() < 1e-12, "{mean} {sum}");
    }
}

#[test]
fn what_is_written_runs_with_the_choice_and_keeps_the_rest_of_the_file() {
    let place = Place::new();
    place.fine(&["tune", "mine.toml", "--out", "tuning", "--set", "actor.target=advantage", "--quiet"]);
    let text = place.text("tuning/tuned.toml");
    assert!(
        text.starts_with("# actor.eta: chosen by value on the held-out seeds 1000..1002\n# An experiment.")
    );
    let line = text.lines().find(|line| line.starts_with("eta = ")).expect("the step");
    assert!(line.contains("  # value ") && line.contains("(standard error, 3 seeds), the best of 5; next "));
    assert!(text.contains("target = \"advantage\""), "{text}");
    assert!(text.contains("file = \"../problems/tiger.POMDP\""), "paths are seen from the new file: {text}");
    let chosen = line["eta = ".len()..].split(' ').next().expect("a number");
    let run = place.fine(&["run", "tuning/tuned.toml", "--out", "run", "--json"]);
    assert!(run.contains("complete"), "{run}");
    assert!(place.text("run/config.toml").contains(&format!("eta = {chosen}")), "{chosen}");
    // Again there is nothing to do, and another configuration is not written over this one.
    place.fine(&["tune", "mine.toml", "--out", "tuning", "--set", "actor.target=advantage", "--quiet"]);
    std::fs::write(place.path("tuning/tuned.toml"), "# my own\n").expect("a file");
    let refused =
        place.dpac(&["tune", "mine.toml", "--out", "tuning", "--set", "actor.target=advantage", "-q"]);
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert_eq!(place.text("tuning/tuned.toml"), "# my own\n");
}

#[test]
fn every_arm_gets_its_own_choice_and_the_file_becomes_a_sweep_of_them() {
    let place = Place::new();
    let arms = ["--each", "federation.clients=1,3", "--each", "actor.target=q,advantage"];
    let grid = ["--grid", "actor.eta=log:1..4:2", "--out", "tuning", "--write", "tuned.toml", "--quiet"];
    place.fine(&[&["tune", "mine.toml"][..], &arms, &grid].concat());
    let text = place.text("tuned.toml");
    assert!(text.contains("zip.federation.clients = [1, 1, 3, 3]"), "{text}");
    assert!(text.contains("  # federation.clients=3, actor.target=advantage: value "), "{text}");
    let planned = place.dpac(&["sweep", "tuned.toml", "--dry-run"]);
    assert!(said(&planned).contains("4 arms × 10 seeds = 40 runs"), "{}", said(&planned));
    // A comparison of tuned arms says that their steps differ too.
    let each =
        "zip.federation.clients = [1, 1, 3, 3]\nzip.actor.target = ['q', 'advantage', 'q', 'advantage']\n";
    let steps = "zip.actor.eta = [1.0, 2.0, 3.0, 4.0]\n";
    std::fs::write(place.path("own.toml"), format!("{CONFIG}\n[sweep]\n{each}{steps}"))
        .expect("a configuration");
    place.fine(&["sweep", "own.toml", "--seeds", "0..1", "--out", "sweep", "--quiet"]);
    let against = ["statistics", "of", "sweep", "--against", "actor.target=q"];
    let refused = place.dpac(&against);
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(
        said(&refused).contains("no two arms differ in actor.target alone; --beside KEY"),
        "{}",
        said(&refused)
    );
    let compared = place.fine(&[&against[..], &["--beside", "actor.eta", "--json"]].concat());
    let compared: serde_json::Value = serde_json::from_str(&compared).expect("JSON");
    assert_eq!(compared["compared"].as_array().map(Vec::len), Some(2), "{compared}");
    let unknown = place.dpac(&[&against[..], &["--beside", "critic.alpha"]].concat());
    assert!(said(&unknown).contains("arms do not differ in it"), "{}", said(&unknown));
    // The axes of a file are arms too.
    std::fs::write(
        place.path("swept.toml"),
        format!("{CONFIG}\n[sweep]\ngrid.federation.clients = [1, 3]\n"),
    )
    .expect("a configuration");
    let planned = place.dpac(&["tune", "swept.toml", "--dry-run"]);
    assert!(said(&planned).contains("10 arms × 3 seeds = 30 runs"), "{}", said(&planned));
}

#[test]
fn tuning_that_was_killed_goes_on_to_the_same_file() {
    let place = Place::new();
    let tune =
        |out: &'static str| ["tune", "mine.toml", "--out", out, "--set", "actor.rounds=400", "--quiet"];
    place.fine(&tune("whole"));
    for milliseconds in [30, 90, 200] {
        let mut child = place.command(&tune("killed")).spawn().expect("the program starts");
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().expect("a process");
        child.wait().expect("a process");
    }
    place.fine(&tune("killed"));
    assert_eq!(place.text("whole/tuned.toml"), place.text("killed/tuned.toml"));
    assert_eq!(place.text("whole/runs.csv"), place.text("killed/runs.csv"));
}

/// A learner that plans has no step of a policy, and improves one all the same.
#[test]
fn whatever_improves_a_policy_is_judged_by_its_value_where_nobody_says_by_what() {
    let place = Place::new();
    for (algorithm, key) in
        [("omle", "algorithm.beta"), ("porl2", "algorithm.bonus"), ("mu-lv-rep", "algorithm.bonus")]
    {
        let text = format!(
            "algorithm = '{algorithm}'\nproblem = {{ builtin = 'tiger', horizon = 3 }}\nfederation.clients = 2\n\
             actor = {{ rounds = 2, local_steps = 6 }}\n"
        );
        std::fs::write(place.path("planned.toml"), text).expect("a configuration");
        let grid = format!("{key}=0.1,3");
        let output = place.dpac(&["tune", "planned.toml", "--grid", &grid, "--out", algorithm, "--quiet"]);
        let said = said(&output);
        assert!(
            said.contains(&format!("{key} by value")) || said.contains("the value of every candidate"),
            "{said}"
        );
    }
}

#[test]
fn what_cannot_be_tuned_is_refused_where_it_stands() {
    let place = Place::new();
    let cases: [(&[&str], &str); 6] = [
        (&["--seeds", "8..11"], "the seed 8 is not held out: the seeds that sweeps begin with are 0..9"),
        (&["--grid", "actor.eta=1,2", "--each", "actor.eta=1,2"], "`actor.eta` is tuned, and is an axis"),
        (&["--grid", "actor.eta="], "the axis `actor.eta` has no values"),
        (&["--grid", "actor.etta=1,2"], "unknown key"),
        (&["--grid", "actor.eta=1,1"], "takes the value 1 twice"),
        (&["--each", "federation.clients=0,1"], "federation.clients"),
    ];
    for (arguments, expected) in cases {
        let output = place.dpac(&[&["tune", "mine.toml", "--out", "tuning"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}\n{}", said(&output));
        assert!(said(&output).contains(expected), "{arguments:?}\n{}", said(&output));
        assert!(!place.path("tuning").exists(), "{arguments:?} began something");
    }
    // DPTD improves no policy, so that all values are the same.
    let undecided =
        ["tune", "tiger", "--set", "algorithm=dptd", "--by", "value", "--out", "tuning", "--quiet"];
    let output = place.dpac(&undecided);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("the value of every candidate is the same"), "{}", said(&output));
    assert!(!place.path("tuning/tuned.toml").exists());
}
