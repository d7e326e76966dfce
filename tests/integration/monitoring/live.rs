//! Runs that are watched while they go on: by the real Prometheus with the project's own configuration, and
//! by the real Pushgateway.

use super::export::{counters, labels};
use super::prometheus::{Labels, Prometheus, Running, agent, free_port};
use dpac::monitoring::dashboards::{Variables, queries, recording_rules};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Nine seconds in a test build, however many cores there are, if nobody else wants them.
fn long() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let rounds = 800 * cores;
    format!(
        "problem = {{ builtin = \"tiger\", horizon = 4 }}\nfederation.clients = 20\ncritic = {{ rounds = 2, local_steps = 32 }}\n\
         actor = {{ rounds = {rounds}, local_steps = 10000, sync_interval = 2500 }}\n"
    )
}

/// Less than a second, with many clients as with few.
const SHORT: &str = "problem = { builtin = \"toggle\", horizon = 2 }\noutput.evaluate_every = 0\n\
    critic = { rounds = 1, local_steps = 1 }\nactor = { rounds = 2, local_steps = 2, sync_interval = 1 }\n";

/// A run as a process, and what it says on its way.
struct Watched {
    child: Running,
    said: Receiver<String>,
    heard: Vec<String>,
    address: String,
}

impl Watched {
    /// Starts a run that listens on a port, or on a free one where that is 0, and waits until it says where.
    fn start(directory: &Path, config: &str, port: u16, arguments: &[&str]) -> Self {
        let file = directory.with_extension("toml");
        std::fs::write(&file, config).expect("a configuration");
        let mut child = Command::new(env!("CARGO_BIN_EXE_dpac"))
            .arg("run")
            .arg(&file)
            .args(["--quiet", "--metrics-linger", "20", "--metrics-listen"])
            .arg(format!("127.0.0.1:{port}"))
            .arg("--out")
            .arg(directory)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let (say, said) = channel();
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| say.send(line)).ok();
        });
        let child = Running(child);
        let mut watched = Watched { child, said, heard: Vec::new(), address: String::new() };
        let line = watched.hear("metrics at http://");
        let address = line.split("http://").nth(1).and_then(|rest| rest.strip_suffix("/metrics"));
        watched.address = address.expect("an address").to_owned();
        watched
    }

    /// Waits for a line with these words.
    fn hear(&mut self, words: &str) -> String {
        loop {
            match self.said.recv_timeout(Duration::from_secs(60)) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => self.heard.push(line),
                Err(error) => panic!("it does not say {words:?} ({error}) but {:?}", self.heard),
            }
        }
    }

    fn page(&self) -> String {
        let mut answer = agent().get(format!("http://{}/metrics", self.address)).call().expect("it listens");
        answer.body_mut().read_to_string().expect("text")
    }

    fn runs(&mut self) -> bool {
        self.child.0.try_wait().expect("a child").is_none()
    }

    fn wait(mut self) -> ExitStatus {
        self.child.0.wait().expect("a child")
    }
}

fn summary(directory: &Path) -> Value {
    let bytes = std::fs::read(directory.join("summary.json")).expect("a summary");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// The project's own configuration beside its rules, with other ports.
fn configuration(to: &Path, endpoint: &str, gateway: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("dashboards/prometheus");
    for name in ["prometheus.yml", "rules.yml", "alerts.yml"] {
        let text = std::fs::read_to_string(from.join(name)).expect("a file of the project");
        let ported = text.replace("127.0.0.1:9464", endpoint).replace("127.0.0.1:9091", gateway);
        assert!(name != "prometheus.yml" || (ported.contains(endpoint) && ported.contains(gateway)));
        std::fs::write(to.join(name), ported).expect("writable");
    }
}

/// The real Pushgateway: its address, for as long as the second value lives.
fn gateway() -> (String, Running) {
    for _ in 0..3 {
        let address = format!("127.0.0.1:{}", free_port());
        let child = Command::new("prometheus-pushgateway")
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("prometheus-pushgateway (apt-get install prometheus-pushgateway): {error}")
            });
        let mut child = Running(child);
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(20) && child.0.try_wait().expect("a child").is_none() {
            let ready = agent().get(format!("http://{address}/-/ready")).call();
            if ready.is_ok_and(|answer| answer.status() == 200) {
                return (address, child);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    panic!("the Pushgateway does not start");
}

/// Twenty scrapes while every core computes: the median is to be below 100 ms, and none above a second, since
/// tests share the machine with each other.
fn scrapes_are_answered_at_once(run: &mut Watched) {
    let mut took: Vec<Duration> = (0..20)
        .map(|_| {
            std::thread::sleep(Duration::from_millis(50));
            let began = Instant::now();
            assert!(run.page().contains("dpac_rounds_total"));
            began.elapsed()
        })
        .collect();
    assert!(run.runs(), "the run was over before it was scraped twenty times");
    took.sort();
    assert!(took[10] < Duration::from_millis(100) && took[19] < Duration::from_secs(1), "{took:?}");
}

/// `promtool check metrics` has nothing to complain about.
fn linted(page: &str) -> (Option<i32>, String) {
    let mut child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool");
    child.stdin.take().expect("piped").write_all(page.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("promtool ends");
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn a_watched_run_stands_in_prometheus_and_the_gateway_with_every_number_of_its_summary() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let directory = scratch.path().join("watched");
    let (gateway, _gateway) = gateway();
    let push = format!("http://{gateway}");
    let port = free_port();
    let endpoint = format!("127.0.0.1:{port}");
    configuration(scratch.path(), &endpoint, &gateway);
    let prometheus = Prometheus::start(&scratch.path().join("prometheus.yml"), &scratch.path().join("data"));
    let mut run = Watched::start(&directory, &long(), port, &["--metrics-push", &push]);
    assert_eq!(run.address, endpoint);
    scrapes_are_answered_at_once(&mut run);
    let page = run.page();
    assert_eq!(linted(&page), (Some(0), String::new()));
    assert_eq!(
        linted(&page.replace("# HELP dpac_value ", "# ")).0,
        Some(3),
        "a metric without help is found"
    );

    // From now on only Prometheus scrapes: the run waits for that and ends.
    run.hear("metrics stay for 20 s");
    let lingering = Instant::now();
    assert!(run.wait().success());
    let came = lingering.elapsed() < Duration::from_secs(15);
    assert!(came, "nobody came for the final values: {:#?}", prometheus.query("up[5m]", None));
    let summary = summary(&directory);
    assert_eq!(summary["status"], "complete");

    // Prometheus has served the scrape before it has stored it.
    let counters = counters(&summary);
    let rounds = labels(&directory, &endpoint, &[]);
    let stored = |expression: &str| prometheus.query(expression, None);
    let complete = labels(&directory, &endpoint, &[("status", "complete")]);
    let end = (0..100).find_map(|_| {
        std::thread::sleep(Duration::from_millis(100));
        let statuses = stored("dpac_run_status[5m]");
        let (time, status) = *statuses.get(&complete)?.last()?;
        (status > 0.0).then_some(time)
    });
    let end = end.expect("the final values within ten seconds");
    for name in counters.iter().map(|counter| counter.name).collect::<BTreeSet<_>>() {
        let found = prometheus.query(&format!("{name}{{job=\"dpac\"}}"), Some(end));
        let expected: Vec<_> = counters.iter().filter(|counter| counter.name == name).collect();
        assert_eq!(found.len(), expected.len(), "{name}");
        for counter in expected {
            let labels = labels(&directory, &endpoint, &counter.own());
            let value = found.get(&labels).map(|samples| samples[0].1);
            assert_eq!(value, Some(counter.end(&summary) as f64), "{name} {labels:?}");
        }
    }
    let samples = &stored("dpac_rounds_total{job=\"dpac\"}[5m]")[&rounds];
    assert!(samples.len() >= 5, "{} scrapes: {samples:?}", samples.len());

    every_panel_and_rule_has_data(&prometheus, end);
    let firing = prometheus.query("ALERTS{alertstate=\"firing\"}", Some(end));
    assert!(firing.is_empty(), "nothing is wrong with this run: {firing:?}");

    // The gateway has the same.
    let mut answer = agent().get(format!("{push}/metrics")).call().expect("it listens");
    let page = answer.body_mut().read_to_string().expect("text");
    for counter in &counters {
        let line = page.lines().find(|line| {
            let has = |(name, value): &(&str, &str)| line.contains(&format!("{name}=\"{value}\""));
            line.starts_with(&format!("{}{{", counter.name))
                && line.contains("job=\"dpac\"")
                && line.contains("run=\"watched\"")
                && counter.own().iter().all(has)
        });
        let value = line.and_then(|line| line.rsplit(' ').next()).and_then(|value| value.parse::<f64>().ok());
        assert_eq!(value, Some(counter.end(&summary) as f64), "{} {:?}", counter.name, counter.labels);
    }
}

/// Whatever somebody sees of a run is something.
fn every_panel_and_rule_has_data(prometheus: &Prometheus, end: u64) {
    let variables =
        Variables { job: "dpac", run: "watched", rate_interval: "5s", interval: "1s", range: "1m" };
    let queries = queries(&variables);
    let rules = recording_rules();
    assert!(queries.len() > 40 && rules.len() > 10, "{} queries, {} rules", queries.len(), rules.len());
    let empty = |expression: &str| prometheus.query(expression, Some(end)).is_empty();
    let without: Vec<_> = queries.iter().filter(|query| empty(&query.expression)).collect();
    assert!(without.is_empty(), "no data: {without:#?}");
    for rule in &rules {
        assert!(!empty(&format!("last_over_time({}[1m])", rule.name)), "no data: {}", rule.name);
    }
    // The check can fail: each query that names messages has nothing where there is no such metric.
    let named = queries.iter().filter(|query| query.expression.contains("dpac_messages_total"));
    let planted: Vec<_> =
        named.map(|query| query.expression.replace("dpac_messages_total", "dpac_mesages_total")).collect();
    assert!(!planted.is_empty() && planted.iter().all(|expression| empty(expression)));
    assert_eq!(
        prometheus.query("dpac_mesages_total", Some(end)),
        std::collections::BTreeMap::<Labels, _>::new()
    );
}

/// A short run whose final values are scraped once: its digest, and how many series it told.
fn short(directory: &Path, clients: u32) -> (Value, usize) {
    let mut run = Watched::start(directory, &format!("{SHORT}federation.clients = {clients}\n"), 0, &[]);
    run.hear("metrics stay for 20 s");
    let page = run.page();
    assert!(run.wait().success());
    let series = page.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
    (summary(directory)["digest"].clone(), series)
}

#[test]
fn a_hundred_thousand_clients_have_as_many_series_as_ten_and_no_bit_depends_on_them() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let (digest, few) = short(&scratch.path().join("few"), 10);
    let (_, many) = short(&scratch.path().join("many"), 100_000);
    assert_eq!(few, many);
    assert!(few > 100, "{few} series");
    let plain = scratch.path().join("plain");
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.arg("run").arg(scratch.path().join("few.toml")).arg("--out").arg(&plain).arg("-q");
    command.assert().success();
    assert_eq!(summary(&plain)["digest"], digest);
}

#[test]
fn what_cannot_be_served_or_pushed_is_refused_before_there_is_a_run() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let config = scratch.path().join("run.toml");
    std::fs::write(&config, SHORT).expect("a configuration");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().map(|address| address.to_string()).map(|address| (taken, address));
    let (_listener, taken) = taken.expect("an address");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let cases: [(&[&str], &str); 6] = [
        (&["--metrics-listen", &taken], "cannot serve metrics at"),
        (&["--metrics-listen", "127.0.0.1:port"], "an address is like 127.0.0.1:9464"),
        (&["--metrics-listen", "192.0.2.1:0"], "cannot serve metrics at 192.0.2.1:0"),
        (&["--metrics-push", &nobody], "cannot be used"),
        (&["--metrics-push", "localhost:9091"], "is no address of a Pushgateway"),
        (&["--metrics-linger", "5"], "--metrics-listen"),
    ];
    for (arguments, complaint) in cases {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_dpac"));
        command.arg("run").arg(&config).arg("--out").arg(scratch.path().join("out")).args(arguments);
        let output = command.output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(complaint), "{arguments:?}: {said}");
        assert!(!scratch.path().join("out").exists(), "{arguments:?}");
    }
}
