//! The commands that read results: what they print, what they write, and what they say of what is wrong.

use dpac::results::{Cost, Quantity};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const QUICK: &str = "problem = { builtin = \"tiger\", horizon = 3 }\nfederation.clients = 3\n\
                     critic = { rounds = 2, local_steps = 8 }\n\
                     actor = { rounds = 8, local_steps = 12, sync_interval = 5 }\n";

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Place(tempfile::tempdir().expect("a scratch directory"));
        std::fs::write(place.path("quick.toml"), QUICK).expect("writable");
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, line: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
        command.current_dir(&self.0).env("COLUMNS", "80").args(line.split_whitespace());
        command.output().expect("the program runs")
    }

    /// What a line that does well prints on standard output.
    fn fine(&self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(0), "{line}\n{}", said(&output));
        text(&output.stdout)
    }

    /// What a line prints on standard error that ends with a code.
    fn ends(&self, line: &str, code: i32) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(code), "{line}\n{}", said(&output));
        said(&output)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn said(output: &Output) -> String {
    text(&output.stderr)
}

/// The day of today in a text, UTC or that of the run, is no part of a snapshot.
fn without_days(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.rfind(" 20") {
            Some(at) if line[at + 1..].trim_end().len() == 10 => format!("{} YYYY-MM-DD\n", &line[..at]),
            _ => line.to_owned(),
        })
        .collect()
}

#[test]
fn tables_are_written_into_a_directory_and_replaced_only_when_asked_to() {
    let place = Place::new();
    for seed in 0..2 {
        place.fine(&format!("run quick.toml -q --seed {seed} --out runs/s{seed}"));
    }
    let told = place.fine("export --csv runs --out tables/of/mine");
    assert_eq!(told.lines().count(), 3, "{told}");
    assert!(told.contains("tables/of/mine/rounds.csv  18 rows, "), "{told}");
    let rounds = place.read("tables/of/mine/rounds.csv");
    assert!(rounds.starts_with("run,seed,round,value,standard_error,optimum,gap,bellman_error,"), "{rounds}");
    assert_eq!((rounds.lines().count(), rounds.matches("\ns1,1,").count()), (19, 9));
    assert_eq!(place.read("tables/of/mine/times.csv").lines().count(), 3);
    let said = place.ends("export --csv runs --out tables/of/mine", 2);
    assert!(said.contains("rounds.csv exists already"), "{said}");
    place.fine("export --csv runs/s0 runs/s1 --out tables/of/mine --force");
    assert_eq!(place.read("tables/of/mine/rounds.csv"), rounds, "runs one by one, or a directory of them");
    assert_eq!(place.fine("export --csv runs --table rounds"), rounds);
    assert!(
        place.fine("export --csv runs --table runs --target share>=2").contains(",reached,rounds_to_target,")
    );
    let inside = place.ends("export --csv runs --out runs/s0", 2);
    assert!(inside.contains("runs/s0 is a run directory"), "{inside}");
    // Here, where no other place is named.
    place.fine("export --csv runs/s0 --table times --out .");
    assert!(place.read("times.csv").starts_with("run,wall_seconds,"));
}

#[test]
fn runs_are_found_three_levels_down_sorted_by_path() {
    let place = Place::new();
    for name in ["r/b/c/deep", "r/a", "r/b/a"] {
        std::fs::create_dir_all(place.path(name).parent().expect("a parent")).expect("writable");
        place.fine(&format!("run quick.toml -q --set actor.rounds=1 --out {name}"));
    }
    std::fs::create_dir_all(place.path("r/x/y/z")).expect("writable");
    std::fs::rename(place.path("r/b/c/deep"), place.path("r/x/y/z/too-deep")).expect("a directory");
    std::fs::create_dir_all(place.path("r/.hidden")).expect("writable");
    place.fine("run quick.toml -q --set actor.rounds=1 --out r/.hidden/run");
    place.fine("run quick.toml -q --set actor.rounds=1 --out r/b/c/deep");
    let json: serde_json::Value = serde_json::from_str(&place.fine("runs r --json")).expect("JSON");
    let found: Vec<&str> =
        json.as_array().expect("a list").iter().map(|run| run["path"].as_str().expect("a path")).collect();
    let found: Vec<_> = found
        .iter()
        .map(|path| Path::new(path).strip_prefix(place.0.path().join("r")).expect("below"))
        .collect();
    assert_eq!(found, [Path::new("a"), Path::new("b/a"), Path::new("b/c/deep")]);
}

#[test]
fn what_is_missing_empty_or_damaged_is_named_with_what_to_do() {
    let place = Place::new();
    std::fs::create_dir(place.path("empty")).expect("a directory");
    for line in ["runs nowhere", "export --csv nowhere", "compare nowhere nowhere"] {
        let said = place.ends(line, 2);
        assert!(said.contains("nowhere: No such file") && said.contains("help: "), "{said}");
    }
    for line in ["runs empty", "export --csv empty --out t"] {
        let said = place.ends(line, 2);
        assert!(
            said.contains("empty holds no run directory") && said.contains("three levels down"),
            "{said}"
        );
    }
    assert!(place.ends("compare empty empty", 2).contains("empty is not a run directory"));
    assert!(!place.path("t").exists(), "nothing is made where there is nothing to write");
    let said = place.ends("export --csv quick.toml", 2);
    assert!(said.contains("quick.toml holds no run directory"), "{said}");

    place.fine("run quick.toml -q --out runs/fine");
    place.fine("run quick.toml -q --out runs/torn --seed 1");
    let rounds = place.read("runs/torn/rounds.jsonl").replacen("\"round\":3", "\"round\":2", 1);
    std::fs::write(place.path("runs/torn/rounds.jsonl"), &rounds).expect("writable");
    for line in ["export --csv runs --out t", "compare runs/torn runs/fine"] {
        let said = place.ends(line, 2);
        assert!(said.contains("runs/torn/rounds.jsonl is not the one that the run has written"), "{said}");
    }
    // Without the list of digests it is the line that is wrong.
    for name in ["run.json", "digests.json"] {
        std::fs::remove_file(place.path(&format!("runs/torn/{name}"))).expect("a file");
    }
    let said = place.ends("export --csv runs --out t", 2);
    assert!(said.contains("runs/torn/rounds.jsonl:4: round 2 with the policy of round 3"), "{said}");
    std::fs::write(place.path("runs/torn/config.toml"), "seed = 1\nactor = = 3\n").expect("writable");
    std::fs::write(place.path("runs/torn/rounds.jsonl"), "").expect("writable");
    let said = place.ends("runs", 3);
    assert!(said.contains("runs/torn/config.toml:2: ") && said.contains("help: "), "{said}");
    let listed = text(&place.run("runs").stdout);
    assert!(listed.contains("1 run in runs") && listed.contains("fine"), "{listed}");

    for (target, complaint) in [
        ("value=1", "compares nothing"),
        ("worth>=1", "no quantity of a run"),
        ("value>=much", "is no number"),
    ] {
        let said = place.ends(&format!("export --csv runs/fine --table runs --target {target}"), 2);
        assert!(said.contains(complaint), "{said}");
    }
    place.ends("export runs/fine", 2);
    place.ends("export --csv --openmetrics runs/fine", 2);
    let said = place.ends("export --openmetrics runs/fine runs/fine", 2);
    assert!(said.contains("OpenMetrics has the history of one run"), "{said}");
}

#[test]
fn runs_of_several_epochs_and_runs_that_have_not_ended_are_remarked_on() {
    let place = Place::new();
    place.fine("run quick.toml -q --out runs/a");
    place.fine("run quick.toml -q --out runs/b");
    // As an older version would have left it.
    for name in ["run.json", "digests.json"] {
        std::fs::remove_file(place.path(&format!("runs/b/{name}"))).expect("a file");
    }
    let summary = place.read("runs/b/summary.json");
    let epoch = format!("\"results_epoch\": {}", dpac::experiment::RESULTS_EPOCH);
    assert!(summary.contains(&epoch));
    std::fs::write(place.path("runs/b/summary.json"), summary.replace(&epoch, "\"results_epoch\": 1"))
        .expect("writable");
    let said = said(&place.run("export --csv runs --table runs"));
    assert!(said.contains("of several epochs of results (1, "), "{said}");
    assert!(said.contains("1 run of an older version"), "{said}");
    let said = self::said(&place.run("compare runs/a runs/b"));
    assert!(said.contains("of several epochs of results (1, "), "{said}");

    std::fs::remove_file(place.path("runs/b/summary.json")).expect("a file");
    let said = self::said(&place.run("export --csv runs --table runs"));
    assert!(said.contains("1 of 2 runs not complete"), "{said}");
    let cut = place.read("runs/b/rounds.jsonl");
    std::fs::write(place.path("runs/b/rounds.jsonl"), &cut[..cut.len() - 20]).expect("writable");
    let said = place.ends("export --csv runs --table rounds", 3);
    assert!(said.contains("cut short in 1 run"), "{said}");
}

#[test]
fn a_quantity_and_a_cost_have_one_name_in_figures_statistics_and_targets() {
    let place = Place::new();
    for seed in 0..2 {
        place.fine(&format!("run quick.toml -q --seed {seed} --out runs/s{seed}"));
    }
    for quantity in Quantity::ALL.map(Quantity::name) {
        place.fine(&format!("plot runs --x rounds --y {quantity} --out {quantity}.svg"));
        assert!(place.read(&format!("{quantity}.csv")).lines().count() > 8, "{quantity}");
        let json: serde_json::Value = serde_json::from_str(
            &place.fine(&format!("statistics of runs --y {quantity} --target {quantity}>=-1e9 --json")),
        )
        .expect("JSON");
        assert_eq!(json["quantity"], quantity);
        assert_eq!(json["arms"][0]["seeds"], 2, "{quantity}: {json}");
    }
    for cost in Cost::ALL.map(Cost::name) {
        place.fine(&format!("plot runs --x {cost} --y value --out by-{cost}.svg"));
        // The uniform policy has such a value, and nothing has been sent for it.
        let line = format!("statistics of runs --target value>=-1e9 --cost {cost} --json");
        let json: serde_json::Value = serde_json::from_str(&place.fine(&line)).expect("JSON");
        assert_eq!(json["cost"], cost);
    }
    for line in ["plot runs --y worth --out f.svg", "statistics of runs --y worth"] {
        let said = place.ends(line, 2);
        assert!(Quantity::ALL.iter().all(|quantity| said.contains(quantity.name())), "{line}: {said}");
    }
    let said = place.ends("statistics of runs --target worth>=1", 2);
    assert!(said.contains(&format!("expected {}", Quantity::names())), "{said}");
}

#[test]
fn screen_of_runs_fits_eighty_columns() {
    let place = Place::new();
    let names = ["tiger-dpac-1234abcd-s0", "tiger-dpac-1234abcd-s1"];
    for (seed, name) in names.iter().enumerate() {
        place.fine(&format!("run quick.toml -q --seed {seed} --out runs/{name}"));
    }
    let evaluated = "algorithm = \"dptd\"
problem = { builtin = \"toggle\", horizon = 3 }
federation.clients = 4
\
                     critic = { rounds = 6, local_steps = 4 }
";
    std::fs::write(place.path("dptd.toml"), evaluated).expect("writable");
    place.fine("run dptd.toml -q --out runs/evaluated");
    let screen = place.fine("runs");
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    insta::assert_snapshot!(without_days(&screen), @r"
    toggle · dptd
      run                     status    M  R     last   share      sent        when
      evaluated               complete  4  6   1.4905   0.0 %  34.5 KiB  YYYY-MM-DD

    tiger · dpac
      run                     status    M  R     last   share      sent        when
      tiger-dpac-1234abcd-s0  complete  3  8  -0.9364  96.3 %   333 KiB  YYYY-MM-DD
      tiger-dpac-1234abcd-s1  complete  3  8  -7.5491  88.9 %   333 KiB  YYYY-MM-DD

    3 runs in runs
    ");
    let long = "a-name-that-says-all-there-is-to-say-of-a-run-and-more-than-that";
    place.fine(&format!("run quick.toml -q --out runs/{long}"));
    let screen = place.fine("runs");
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    assert!(screen.contains(&format!("\n  {long}\n  complete  3  8  ")), "{screen}");
}

#[test]
fn runs_of_a_sweep_have_a_line_each_below_their_folder() {
    let place = Place::new();
    let axes = "--grid actor.target=q,advantage --grid actor.rounds=8,16 --seeds 0";
    place.fine(&format!("sweep quick.toml {axes} -q --out it"));
    let screen = place.fine("runs it");
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    let lines: Vec<&str> = screen.lines().collect();
    let first: Vec<&str> = lines[2].split_whitespace().take(4).collect();
    assert_eq!(first, ["0-target=q,rounds=8-s0", "complete", "3", "8"], "{screen}");
    assert_eq!(lines.len(), 2 + 4 + 2, "{screen}");
    assert!(lines[7].starts_with("4 runs in it/runs"), "{screen}");
    // Longer names leave no room for the day, which is then said once.
    for number in 0..2 {
        let name = format!("{number}-target=advantage,rounds=8-more-s0");
        place.fine(&format!("run quick.toml -q --seed {number} --out runs/{name}"));
    }
    let screen = place.fine("runs");
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    assert!(
        screen.lines().last().is_some_and(|line| line.starts_with("2 runs in runs, begun on 20")),
        "{screen}"
    );
}

#[test]
fn screen_of_two_runs_says_in_what_they_differ_and_what_is_equal() {
    let place = Place::new();
    place.fine("run quick.toml -q --out runs/a");
    place.fine("run quick.toml -q --out runs/b --set federation.clients=6 --set actor.target=advantage");
    let screen = place.fine("compare runs/a runs/b");
    assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
    insta::assert_snapshot!(without_version(&screen), @r"
    A  a
    B  b

    configuration
                                          A                  B
      federation.clients                  3                  6
      actor.target                        q          advantage
      actor.eta           4.242640687119285  14.14213562373095

    values
                              A           B         B − A
      value           -0.936363   -3.412583     -2.476220
      gap              3.246163    5.722383     +2.476220
      share             96.34 %     93.55 %       -2.79 %
      mixture        -34.545360  -22.857999    +11.687362
      uniform        -86.525833  -86.525833         equal
      optimum          2.309800    2.309800         equal
      bellman error    0.002169    0.002622  +4.527654e-4

    costs
                                    A           B     B / A
      on the wire          333.66 KiB  667.31 KiB  × 2.0000
      payload              314.44 KiB  628.88 KiB  × 2.0000
      floats                    40248       80496  × 2.0000
      messages                    288         576  × 2.0000
      barriers                     40          40     equal
      broadcasts                   16          16     equal
      trajectories/client         224         224     equal
      trajectories                672        1344  × 2.0000
      steps                      2016        4032  × 2.0000

    identity
      status         equal: complete
      digest         A  e6c811926c7d87cb…
                     B  cd4e122187719f16…
      config digest  A  1271fa9fca7baee4…
                     B  b135ae1505d235c3…
      results epoch  equal: 3
      program        equal: VERSION
    ");
    let same = place.fine("compare runs/a runs/a");
    assert!(same.contains("configuration\n  equal\n") && !same.contains(" × "), "{same}");
    let json: serde_json::Value =
        serde_json::from_str(&place.fine("compare runs/a runs/b --json")).expect("JSON");
    assert_eq!(json["keys"]["federation.clients"], serde_json::json!({ "a": "3", "b": "6", "equal": false }));
    assert_eq!(json["costs"]["barriers"]["equal"], true);
}

/// The program's version, which changes with every commit, is no part of a snapshot.
fn without_version(screen: &str) -> String {
    screen.replace(dpac::VERSION, "VERSION")
}
