//! `dpac export --openmetrics`: a run that is over, in the real Prometheus.

use super::prometheus::{Labels, Prometheus, Samples, promtool};
use crate::whole_run::{WholeRun, resolved, run_resolved, whole_run};
use assert_cmd::Command;
use dpac::monitoring::dashboards::{Query, Variables, queries};
use dpac_actors::{Address, Damage, Header, Phase, Place, Plant};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Output;
use std::sync::atomic::AtomicBool;

const DPAC: &str = "problem = { builtin = \"tiger\", horizon = 3 }\nfederation.clients = 5\n\
    critic = { rounds = 3, local_steps = 8 }\nactor = { rounds = 30, local_steps = 48, sync_interval = 20 }\n";

fn export(run: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.args(["export", "--openmetrics"]).arg(run).args(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What was exported, which must have been all of it.
fn exported(run: &Path, arguments: &[&str]) -> String {
    let output = export(run, arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// Every sample of an export, by name and then by labels.
fn samples(openmetrics: &str) -> BTreeMap<String, BTreeMap<String, Samples>> {
    let mut found: BTreeMap<String, BTreeMap<String, Samples>> = BTreeMap::new();
    for line in openmetrics.lines().filter(|line| !line.starts_with('#')) {
        let (name, rest) = line.split_once('{').expect("labels");
        let (labels, rest) = rest.split_once("} ").expect("the end of labels");
        let (value, time) = rest.split_once(' ').expect("a time");
        let time = (time.parse::<f64>().expect("seconds") * 1000.0) as u64;
        let series = found.entry(name.to_owned()).or_default().entry(labels.to_owned()).or_default();
        series.push((time, value.parse().expect("a number")));
    }
    found
}

/// The labels of a series of the run in this directory.
pub(super) fn labels(directory: &Path, instance: &str, own: &[(&str, &str)]) -> Labels {
    let run = directory.file_name().and_then(|name| name.to_str()).expect("UTF-8");
    let common = [("run", run), ("job", "dpac"), ("instance", instance)];
    common.iter().chain(own).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn of_history(run: &WholeRun, own: &[(&str, &str)]) -> Labels {
    labels(&run.directory, "history", own)
}

/// Moments of a run, computed from its files a second time: the time of each, and what the files say at it.
/// Of rounds that end within one millisecond only the last is a moment.
struct Told {
    moments: Vec<(u64, Value)>,
    began: u64,
    end: u64,
    summary: Value,
}

impl Told {
    fn by(run: &WholeRun) -> Self {
        let summary = run.summary_json();
        let began = (summary["began_unix_seconds"].as_f64().expect("a time") * 1000.0).round() as u64;
        let after = |seconds: &Value| began + (seconds.as_f64().expect("seconds") * 1000.0).ceil() as u64;
        let mut moments: Vec<(u64, Value)> = Vec::new();
        for line in run.rounds() {
            let at = after(&line["seconds"]);
            moments.retain(|(time, _)| *time != at);
            moments.push((at, line));
        }
        let last = moments.last().expect("a round").0;
        Told { end: after(&summary["wall_seconds"]).max(last + 1), moments, began, summary }
    }

    /// What a counter must be: 0, then a number of every moment, then one of the summary.
    fn samples(&self, counter: &Counter) -> Samples {
        let rounds = self.moments.iter().map(|(at, line)| {
            let number = match counter.name {
                "dpac_rounds_total" => number(&line["round"]) + 1,
                _ => (counter.of)(&line["ledger"]),
            };
            (*at, number)
        });
        let all = [(self.began, 0)].into_iter().chain(rounds).chain([(self.end, counter.end(&self.summary))]);
        all.map(|(at, number)| (at, number as f64)).collect()
    }
}

pub(super) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

/// A counter of a run: where the run's files have it.
pub(super) struct Counter {
    pub(super) name: &'static str,
    pub(super) labels: Vec<(&'static str, String)>,
    /// Of the ledger in a round's line or in the summary.
    of: Box<dyn Fn(&Value) -> u64>,
}

impl Counter {
    fn new(
        name: &'static str,
        labels: &[(&'static str, &str)],
        of: impl Fn(&Value) -> u64 + 'static,
    ) -> Self {
        let labels = labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Counter { name, labels, of: Box::new(of) }
    }

    /// Its value at the end.
    pub(super) fn end(&self, summary: &Value) -> u64 {
        match self.name {
            "dpac_rounds_total" => number(&summary["sizes"]["rounds"]),
            _ => (self.of)(&summary["ledger"]),
        }
    }

    pub(super) fn own(&self) -> Vec<(&str, &str)> {
        self.labels.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
}

/// Every counter of a run of DPAC, as the kinds in its summary have it.
pub(super) fn counters(summary: &Value) -> Vec<Counter> {
    let mut all = Vec::new();
    for (kind, counts) in summary["communication"]["by_kind"].as_object().expect("kinds") {
        if kind == "barrier" {
            continue;
        }
        let word = |key: &str| counts[key].as_str().expect("a word");
        for link in ["wire", "local"] {
            let own =
                [("link", link), ("direction", word("direction")), ("phase", word("phase")), ("kind", kind)];
            let at = format!("/{link}/{kind}");
            let tally = move |ledger: &Value| ledger.pointer(&at).expect("a tally").clone();
            let of = tally.clone();
            all.push(Counter::new("dpac_messages_total", &own, move |ledger| {
                number(&of(ledger)["messages"])
            }));
            let of = tally.clone();
            all.push(Counter::new("dpac_wire_bytes_total", &own, move |ledger| {
                number(&of(ledger)["wire_bytes"])
            }));
            let of = tally.clone();
            all.push(Counter::new("dpac_payload_bytes_total", &own, move |ledger| {
                let floats = of(ledger);
                8 * floats["floats"].as_object().expect("floats").values().map(number).sum::<u64>()
            }));
            let listed = tally(&summary["ledger"]);
            let vectors = listed["floats"].as_object().expect("floats").keys().cloned();
            for vector in vectors {
                let own = [own.as_slice(), &[("vector", &vector)]].concat();
                let (of, vector) = (tally.clone(), vector.clone());
                // Nothing is written of what no kind carries.
                all.push(Counter::new("dpac_floats_total", &own, move |ledger| {
                    of(ledger)["floats"][&vector].as_u64().unwrap_or(0)
                }));
            }
        }
    }
    for phase in ["critic", "actor"] {
        for (name, key) in [
            ("dpac_local_steps_total", "local_steps"),
            ("dpac_trajectories_total", "trajectories"),
            ("dpac_environment_steps_total", "environment_steps"),
        ] {
            all.push(Counter::new(name, &[("phase", phase)], move |ledger| {
                number(&ledger["effort"][phase][key])
            }));
        }
        for name in ["dpac_barriers_total", "dpac_syncs_total"] {
            all.push(Counter::new(name, &[("phase", phase)], move |ledger| {
                number(&ledger["barriers_by_phase"][phase])
            }));
        }
    }
    all.push(Counter::new("dpac_broadcasts_total", &[], |ledger| number(&ledger["broadcasts"])));
    all.push(Counter::new("dpac_rounds_total", &[], |_| 0));
    all
}

/// What a series is at a time.
fn at(samples: &Samples, time: u64) -> Option<f64> {
    samples.iter().rfind(|(at, _)| *at <= time).map(|(_, value)| *value)
}

#[test]
fn a_run_that_is_over_stands_in_prometheus_with_every_number_of_its_files() {
    let run = whole_run(DPAC, |_| {});
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let (file, data) = (scratch.path().join("run.om"), scratch.path().join("data"));
    let (file, config) = (file.to_str().expect("UTF-8"), scratch.path().join("empty.yml"));
    assert!(exported(&run.directory, &["--out", file]).is_empty());
    promtool(&["tsdb", "create-blocks-from", "openmetrics", file, data.to_str().expect("UTF-8")])
        .unwrap_or_else(|error| panic!("{error}"));
    std::fs::write(&config, "").expect("a file");
    let prometheus = Prometheus::start(&config, &data);
    let told = Told::by(&run);

    let counters = counters(&told.summary);
    assert_eq!(counters.len(), 2 * 6 * 3 + 2 * 7 + 10 + 2);
    for name in counters.iter().map(|counter| counter.name).collect::<BTreeSet<_>>() {
        // As they are stored, and as a panel asks for them.
        let stored = prometheus.query(&format!("{name}[1h]"), Some(told.end));
        let panel = prometheus.query_range(name, told.began..=told.end, 1);
        let expected: Vec<_> = counters.iter().filter(|counter| counter.name == name).collect();
        assert_eq!(stored.len(), expected.len(), "{name}");
        for counter in expected {
            let (labels, samples) = (of_history(&run, &counter.own()), told.samples(counter));
            assert_eq!(stored.get(&labels), Some(&samples), "{name} {labels:?}");
            for &(time, value) in &panel[&labels] {
                assert!(at(&samples, time) == Some(value), "{name} {labels:?} at {time}: {value}");
            }
            assert_eq!(panel[&labels].len() as u64, told.end - told.began + 1);
        }
    }

    // Sums that a dashboard would take are those of the summary.
    let wire = |direction: &str, name: &str| {
        let query = format!("sum(dpac_{name}_total{{link=\"wire\",direction=\"{direction}\"}})");
        prometheus.query(&query, Some(told.end))[&Labels::new()][0].1
    };
    for direction in ["up", "down"] {
        for name in ["messages", "floats", "payload_bytes", "wire_bytes"] {
            let total = number(&told.summary["communication"][direction][name]);
            assert_eq!((direction, name, wire(direction, name) as u64), (direction, name, total));
        }
    }

    // Gauges: values and errors of every round, to the bit.
    let gauge = |name: &str, own: &[(&str, &str)], time| {
        prometheus.query(name, Some(time)).get(&of_history(&run, own)).map(|samples| samples[0].1.to_bits())
    };
    let bits = |value: &Value| Some(value.as_f64().expect("a number").to_bits());
    for (time, line) in &told.moments {
        assert_eq!(gauge("dpac_value", &[("policy", "last")], *time), bits(&line["value"]));
        assert_eq!(gauge("dpac_bellman_error", &[], *time), bits(&line["bellman_error"]));
        for phase in ["critic", "actor"] {
            assert_eq!(gauge("dpac_local_drift", &[("phase", phase)], *time), bits(&line["drift"][phase]));
        }
    }
    let value = &told.summary["value"];
    assert_eq!(gauge("dpac_value", &[("policy", "initial")], told.end), bits(&value["uniform"]));
    assert_eq!(gauge("dpac_value", &[("policy", "last")], told.end), bits(&value["last"]));
    assert_eq!(gauge("dpac_value", &[("policy", "optimum")], told.end), bits(&value["optimum"]));
    assert_eq!(gauge("dpac_run_status", &[("status", "complete")], told.end), Some(1_f64.to_bits()));
    assert_eq!(gauge("dpac_run_status", &[("status", "running")], told.end - 1), Some(1_f64.to_bits()));
    assert_eq!(
        prometheus.query("max_over_time(dpac_ledger_deviation_messages[1h])", Some(told.end))
            [&of_history(&run, &[])][0]
            .1 as u64,
        0
    );
    let slow = prometheus.query("histogram_quantile(1, dpac_round_duration_seconds_bucket)", Some(told.end));
    assert!(slow[&of_history(&run, &[])][0].1 > 0.0);
    assert!(prometheus.query("dpac_no_such_metric", Some(told.end)).is_empty());
    panels_have_the_data_that_files_have(&prometheus, told.end);
}

/// What only a process that goes on can tell.
const LIVE_ONLY: [&str; 12] = [
    "up{",
    "scrape_",
    "process_",
    "dpac_shard_",
    "dpac_recorder_",
    "dpac_trace_",
    "dpac_checkpoints_",
    "dpac_last_checkpoint_",
    "dpac_faults_",
    "dpac_barrier_duration_",
    "dpac_barrier_server_duration_",
    "dpac_aggregation_duration_",
];

/// The dashboards of a run that goes on show one that is over.
fn panels_have_the_data_that_files_have(prometheus: &Prometheus, end: u64) {
    let variables = Variables { job: "dpac", run: "run", rate_interval: "5s", interval: "1s", range: "1m" };
    let queries = queries(&variables);
    let of_files: Vec<_> = (queries.iter())
        .filter(|query| LIVE_ONLY.iter().all(|name| !query.expression.contains(name)))
        .collect();
    assert!(2 * of_files.len() > queries.len(), "{} of {}", of_files.len(), queries.len());
    let empty = |query: &&Query| prometheus.query(&query.expression, Some(end)).is_empty();
    let without: Vec<_> = of_files.iter().copied().filter(empty).collect();
    assert!(without.is_empty(), "no data: {without:#?}");
}

#[test]
fn times_of_every_series_rise_and_whole_numbers_have_all_their_digits() {
    let run = whole_run(DPAC, |_| {});
    let openmetrics = exported(&run.directory, &["--start", "4102444799.9995"]);
    assert!(openmetrics.ends_with("\n# EOF\n"));
    let samples = samples(&openmetrics);
    assert!(samples.len() > 30, "{:?}", samples.keys());
    for (name, series) in &samples {
        for (labels, samples) in series {
            assert!(samples.windows(2).all(|pair| pair[0].0 < pair[1].0), "{name}{{{labels}}}: {samples:?}");
            assert_eq!(samples[0].0, 4_102_444_800_000, "{name}{{{labels}}}");
        }
    }
    for line in openmetrics.lines().filter(|line| line.contains("_total{")) {
        let number = line.split("} ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a number");
        assert!(number.bytes().all(|digit| digit.is_ascii_digit()), "{line}");
    }
}

/// Every sample of the three deviations.
fn deviations(run: &WholeRun) -> Vec<u64> {
    let samples = samples(&exported(&run.directory, &[]));
    ["messages", "floats", "wire_bytes"]
        .iter()
        .flat_map(|what| samples[&format!("dpac_ledger_deviation_{what}")].values().flatten())
        .map(|(_, value)| *value as u64)
        .collect()
}

#[test]
fn what_is_predicted_of_every_round_is_what_was_counted() {
    for algorithm in ["dpac", "dppg", "dptd"] {
        for lean in [false, true] {
            let unread = match algorithm {
                "dptd" => "actor",
                "dppg" => "critic",
                _ => "none",
            };
            let sizes = DPAC.lines().filter(|line| !line.trim_start().starts_with(unread));
            let sizes = sizes.collect::<Vec<_>>().join("\n");
            let text = format!("algorithm = \"{algorithm}\"\n{sizes}\nfederation.lean = {lean}\n");
            let found = deviations(&whole_run(&text, |_| {}));
            let holds = found.len() >= 6 && found.iter().all(|&deviation| deviation == 0);
            assert!(holds, "{algorithm}, lean {lean}: {found:?}");
        }
    }
}

#[test]
fn one_message_too_many_shows_from_its_round_on() {
    let (resolved, input) = resolved(DPAC, &[]);
    let kind = resolved.algorithm.kinds().iter().position(|kind| kind.name == "actor_sync").expect("a kind");
    // The answer to round 1's last barrier, which needs no reply: it goes out after the record of that round.
    let header = Header {
        from: Address::Server,
        to: Address::Client(2),
        place: Place { round: 1, phase: Phase::Actor, barrier: 3 },
        kind: kind as u16,
    };
    let run = run_resolved((resolved, input), |options| {
        options.plant = Some(Plant { header, damage: Damage::Double });
    });
    let samples = samples(&exported(&run.directory, &[]));
    let series = |name: &str| samples[name].values().next().expect("one series").clone();
    let (rounds, deviation) = (series("dpac_rounds_total"), series("dpac_ledger_deviation_messages"));
    for (time, rounds) in rounds {
        let expected = if rounds < 3.0 { 0.0 } else { 1.0 };
        assert_eq!(at(&deviation, time), Some(expected), "after {rounds} rounds");
    }
    let failed =
        samples["dpac_run_status"].iter().find(|(labels, _)| labels.contains("failed")).expect("a series");
    assert_eq!(failed.1.iter().map(|(_, value)| *value as u64).collect::<Vec<_>>(), [0, 1]);
}

/// Changes one file of a run directory.
fn changed(run: &WholeRun, name: &str, change: impl FnOnce(String) -> String) {
    std::fs::write(run.directory.join(name), change(run.read(name))).expect("writable");
}

/// The exit code, and what is said.
fn refused(run: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = export(run, arguments);
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    (output.status.code(), text(&output.stderr))
}

#[test]
fn damaged_rounds_are_refused_by_line() {
    type Damage = fn(&str) -> String;
    let cases: [(Damage, &str); 7] = [
        (|_| "{\n".to_owned(), "rounds.jsonl:7: EOF while parsing an object"),
        (|line| line.replace("\"seconds\"", "\"second\"") + "\n", "rounds.jsonl:7: missing field `seconds`"),
        (|line| format!("{line}\n{line}\n"), "rounds.jsonl:8: round 6 where round 7 is due"),
        (|_| String::new(), "rounds.jsonl:7: round 7 where round 6 is due"),
        (
            |line| line.replace("\"critic_up\":{\"messages\":", "\"critic_up\":{\"messages\":0") + "\n",
            "rounds.jsonl:7: invalid number",
        ),
        (
            |line| line.replace("\"critic\":21", "\"critic\":11") + "\n",
            "rounds.jsonl:7: something was counted less",
        ),
        (
            |line| line.replace("actor_up", "actor_op") + "\n",
            "rounds.jsonl:7: actor_op is no kind of message",
        ),
    ];
    for (damage, complaint) in cases {
        let run = whole_run(DPAC, |_| {});
        changed(&run, "rounds.jsonl", |lines| {
            let damaged = |(number, line): (usize, &str)| match number {
                6 => damage(line),
                _ => format!("{line}\n"),
            };
            lines.lines().enumerate().map(damaged).collect()
        });
        let (code, said) = refused(&run.directory, &[]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("rounds.jsonl is not the one that the run has written"), "{said}");
        unsealed(&run);
        let (code, said) = refused(&run.directory, &[]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(complaint) && said.contains("help: "), "{said}");
    }
    let run = whole_run(DPAC, |_| {});
    unsealed(&run);
    changed(&run, "rounds.jsonl", |lines| lines + &" ".repeat(1 << 19));
    let (code, said) = refused(&run.directory, &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("rounds.jsonl:32: longer than 262144 bytes"), "{said}");
    changed(&run, "summary.json", |summary| summary.replace("\"complete\"", "\"done\""));
    let (code, said) = refused(&run.directory, &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("unknown variant `done`"), "{said}");
}

/// Takes away what holds the files of a run to what was written: older versions left no such thing.
fn unsealed(run: &WholeRun) {
    for name in ["run.json", "digests.json"] {
        std::fs::remove_file(run.directory.join(name)).expect("a file");
    }
}

#[test]
fn what_is_no_run_and_what_exists_already_is_refused() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let (code, said) = refused(&scratch.path().join("nowhere"), &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("nowhere: No such file or directory"), "{said}");

    let run = whole_run(DPAC, |_| {});
    let file = scratch.path().join("run.om");
    let out = file.to_str().expect("UTF-8");
    std::fs::write(&file, "precious").expect("writable");
    let (code, said) = refused(&run.directory, &["--out", out]);
    assert_eq!((code, said.contains("exists already")), (Some(2), true), "{said}");
    assert_eq!(std::fs::read_to_string(&file).expect("there"), "precious");
    exported(&run.directory, &["--out", out, "--force"]);
    assert_eq!(std::fs::read_to_string(&file).expect("there"), exported(&run.directory, &[]));
    assert_eq!(std::fs::read_dir(scratch.path()).expect("a directory").count(), 1, "nothing partial stays");

    for start in ["-1", "soon", "1e12", "NaN"] {
        let (code, said) = refused(&run.directory, &[&format!("--start={start}")]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("--start"), "{said}");
    }
}

#[test]
fn a_last_line_that_was_cut_short_is_left_out_and_said() {
    let run = whole_run(DPAC, |_| {});
    std::fs::remove_file(run.directory.join("summary.json")).expect("a summary");
    changed(&run, "rounds.jsonl", |lines| {
        let rounds = lines.find("{\"policy\"").expect("a last line");
        lines[..rounds - 20].to_owned()
    });
    let output = export(&run.directory, &["--start", "1000000000"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("the last line of rounds.jsonl was cut short"));
    let samples = samples(&text(&output.stdout));
    let rounds = samples["dpac_rounds_total"].values().next().expect("a series").last().expect("a sample");
    assert_eq!(rounds.1 as u64, 29);
    let running = samples["dpac_run_status"].iter().find(|(labels, _)| labels.contains("running"));
    assert!(
        running.expect("a series").1.iter().all(|(_, value)| *value as u64 == 1),
        "nothing says how it ended"
    );
}

#[test]
fn a_run_of_an_older_version_needs_its_start_and_has_no_counts_by_kind() {
    let run = whole_run(DPAC, |_| {});
    let without = |text: &str, keys: &[&str]| {
        let mut json: Value = serde_json::from_str(text).expect("JSON");
        let object = json.as_object_mut().expect("an object");
        keys.iter().for_each(|key| drop(object.remove(*key).unwrap_or_else(|| panic!("no {key}"))));
        format!("{json}\n")
    };
    unsealed(&run);
    changed(&run, "rounds.jsonl", |lines| {
        let rounds = lines.lines().filter(|line| line.contains("\"round\""));
        rounds.map(|line| without(line, &["ledger", "policy", "before"])).collect()
    });
    changed(&run, "summary.json", |summary| {
        without(&summary, &["ledger", "began_unix_seconds", "placement"])
    });
    let (code, said) = refused(&run.directory, &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("says when the run began") && said.contains("--start UNIX_SECONDS"), "{said}");
    let output = export(&run.directory, &["--start", "1000000000"]);
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("without counts by kind"));
    let samples = samples(&text(&output.stdout));
    assert!(!samples.contains_key("dpac_messages_total") && !samples.contains_key("dpac_barriers_total"));
    assert!(!samples.contains_key("dpac_ledger_deviation_messages"));
    let rounds = samples["dpac_rounds_total"].values().next().expect("a series");
    assert_eq!(rounds.last().map(|(_, rounds)| *rounds as u64), Some(30));
    assert_eq!(samples["dpac_value"].len(), 4);
}

#[test]
fn a_run_that_was_stopped_and_taken_up_again_has_one_beginning_and_one_end() {
    let mut first: Option<f64> = None;
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let directory = scratch.path().join("run");
    for resume in [false, true] {
        let run = run_resolved(resolved(DPAC, &[]), |options| {
            options.directory.clone_from(&directory);
            options.resume = resume;
            // Stopped at its first barrier, before a round is over.
            options.stop = AtomicBool::new(!resume).into();
        });
        let began = run.summary.began_unix_seconds.expect("a time");
        assert_eq!(first.get_or_insert(began).to_bits(), began.to_bits());
        let samples = samples(&exported(&directory, &[]));
        let (status, rounds) = if resume { ("complete", 30) } else { ("interrupted", 0) };
        let find = |name: &str, label: &str| {
            let found = samples[name].iter().find(|(labels, _)| labels.contains(label));
            found.expect("a series").1.clone()
        };
        assert_eq!(find("dpac_run_status", status).last().map(|(_, value)| *value as u64), Some(1));
        let counted = find("dpac_rounds_total", "run=");
        assert_eq!(counted.last().map(|(_, value)| *value as u64), Some(rounds));
        assert_eq!(counted[0].0, (began * 1000.0).round() as u64);
        // What passed before the stop is in the end of an interrupted run.
        let sent = find(
            "dpac_messages_total",
            "link=\"wire\",direction=\"down\",phase=\"critic\",kind=\"policy_critic\"",
        );
        assert!(sent.last().is_some_and(|(_, value)| *value >= 5.0), "{sent:?}");
    }
}
