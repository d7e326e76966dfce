//! What a run's meter tells is what its ledger holds, and the endpoint hands it out; no result depends on
//! either.

#![expect(clippy::float_cmp, reason = "these numbers are whole, or are the same ones")]

use crate::whole_run::{WholeRun, resolved, run_observed, run_resolved};
use dpac::experiment::{Input, Resolved, RunObservers};
use dpac::monitoring::{Arm, Bound, Meter, MeterObserver, RunInfo, table};
use dpac_actors::host::{Observers, Placement};
use dpac_actors::{Address, Cause, Damage, Header, Phase, Place, Plant};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// A series' value by its name and labels, as the page has them: `name{label="value",…}`.
struct Scraped(BTreeMap<String, f64>);

impl Scraped {
    fn new(page: &str) -> Self {
        let lines = page.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Scraped(
            lines
                .map(|line| line.rsplit_once(' ').expect("a value"))
                .map(|(series, value)| (series.to_owned(), value.parse().expect("a number")))
                .collect(),
        )
    }

    /// The sum over the series of a metric that have all these labels.
    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |series: &str| {
            labels.iter().all(|(label, value)| series.contains(&format!("{label}=\"{value}\"")))
        };
        let of_metric = |series: &str| series.split('{').next() == Some(name) && has(series);
        let found: Vec<f64> =
            self.0.iter().filter(|(it, _)| of_metric(it)).map(|(_, &value)| value).collect();
        assert!(!found.is_empty(), "{name} {labels:?}");
        found.iter().sum()
    }
}

const SIZES: &str = r#"
problem = { builtin = "toggle", horizon = 2 }
federation.clients = 5
critic = { features = { kind = "history" } }
"#;

fn settings(algorithm: &str) -> Vec<String> {
    let mut settings = vec![format!("algorithm={algorithm}")];
    if algorithm == "dptd" {
        settings.extend(["critic.rounds=4", "critic.local_steps=7"].map(str::to_owned));
    } else {
        let of_actor = ["actor.rounds=4", "actor.local_steps=7", "actor.sync_interval=3"];
        settings.extend(of_actor.map(str::to_owned));
    }
    settings
}

/// A run and what its meter tells at its end.
fn metered(algorithm: &str, placement: Placement, plant: Option<Plant>) -> (WholeRun, Scraped) {
    let settings = settings(algorithm);
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    metered_run(resolved(SIZES, &settings), placement, plant)
}

fn metered_run(
    (resolved, input): (Resolved, Input),
    placement: Placement,
    plant: Option<Plant>,
) -> (WholeRun, Scraped) {
    let meter = Arc::new(Meter::new(&RunInfo {
        run: "test \"1\"",
        algorithm: resolved.algorithm.name(),
        kinds: resolved.algorithm.kinds(),
        problem: "toggle",
        horizon: 2,
        seed: resolved.config.seed,
        placement: "shard",
        clients: 5,
        threads: 2,
        arm: Arm::default(),
        shape: resolved.shape.clone(),
    }));
    let observer = || Observers::default().with(MeterObserver::new(Arc::clone(&meter)));
    let observers = RunObservers { live: observer(), behind: observer() };
    let run = run_observed((resolved, input), observers, |options| {
        options.optimum_early = true;
        options.placement = placement;
        options.plant = plant;
    });
    (run, Scraped::new(&meter.page().render()))
}

#[test]
fn work_of_the_server_is_told_by_name_and_is_none_where_nothing_is_counted() {
    let text = "algorithm = 'omle'\nproblem = { builtin = 'toggle', horizon = 2 }\nfederation.clients = 5\n\
                actor = { rounds = 3, local_steps = 2 }";
    let (run, page) = metered_run(resolved(text, &[]), Placement::Shard, None);
    let done = run.summary_json()["server_work"].clone();
    for work in ["planning_nodes", "likelihoods"] {
        let told = page.sum("dpac_server_work_total", &[("work", work)]);
        assert!(told > 0.0 && Some(told) == done[work].as_f64(), "{work}: {told}, {done}");
    }
    let (_, page) = metered("dpac", Placement::Shard, None);
    assert_eq!(page.sum("dpac_server_work_total", &[("work", table::NO_WORK)]), 0.0);
}

#[test]
fn counters_equal_the_ledger_of_the_summary_for_every_algorithm_and_placement() {
    for algorithm in ["dptd", "dppg", "dpac"] {
        for placement in [Placement::Shard, Placement::Role] {
            let (run, page) = metered(algorithm, placement, None);
            let summary = run.summary_json();
            assert_eq!(summary["status"], "complete", "{}", summary["error"]);
            let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
            let communication = &summary["communication"];
            for (kind, counts) in communication["by_kind"].as_object().expect("kinds") {
                if kind == "barrier" {
                    continue;
                }
                for quantity in ["messages", "floats", "payload_bytes", "wire_bytes"] {
                    let labels = [("link", "wire"), ("kind", kind.as_str())];
                    let measured = page.sum(&format!("dpac_{quantity}_total"), &labels);
                    assert_eq!(measured, number(&counts[quantity]), "{algorithm} {kind} {quantity}");
                    let predicted = page.sum(&format!("dpac_predicted_{quantity}"), &labels[1..]);
                    assert_eq!(predicted, measured, "{algorithm} {kind} {quantity}");
                }
            }
            for quantity in ["messages", "floats", "payload_bytes", "wire_bytes"] {
                let name = format!("dpac_{quantity}_total");
                assert_eq!(page.sum(&name, &[("link", "local")]), number(&communication["local"][quantity]));
            }
            for phase in ["critic", "actor"] {
                let labels = [("phase", phase)];
                assert_eq!(
                    page.sum("dpac_local_steps_total", &labels),
                    number(&summary["local_steps"][phase])
                );
                assert_eq!(
                    page.sum("dpac_barriers_total", &labels),
                    number(&summary["barriers_by_phase"][phase])
                );
            }
            let trajectories = page.sum("dpac_trajectories_total", &[]);
            assert_eq!(trajectories, 5.0 * number(&summary["trajectories_per_client"]));
            assert_eq!(page.sum("dpac_environment_steps_total", &[]), 2.0 * trajectories);
            assert_eq!(page.sum("dpac_rounds_total", &[]), 4.0);
            assert_eq!(page.sum("dpac_round_duration_seconds_count", &[]), 4.0);
            assert_eq!(page.sum("dpac_broadcasts_total", &[]), number(&communication["broadcasts"]));
            for quantity in ["messages", "floats", "wire_bytes"] {
                assert_eq!(page.sum(&format!("dpac_ledger_deviation_{quantity}"), &[]), 0.0);
            }
            for (policy, value) in [("last", "last"), ("optimum", "optimum")] {
                let told = page.sum("dpac_value", &[("policy", policy)]);
                assert_eq!(told, number(&summary["value"][value]), "{algorithm} {policy}");
            }
            assert_eq!(page.sum("dpac_run_status", &[("status", "complete")]), 1.0);
            assert_eq!(page.sum("dpac_run_status", &[]), 1.0);
            assert_eq!(page.sum("dpac_faults_total", &[]), 0.0);
            assert_eq!(page.sum("dpac_shard_queue_depth", &[]), 0.0);
        }
    }
}

#[test]
fn an_old_name_tells_what_the_new_one_tells() {
    let (_, page) = metered("dpac", Placement::Shard, None);
    for (old, new) in table::ALIASES {
        assert_eq!((old.kind, old.unit, old.labels), (new.kind, new.unit, new.labels));
        assert_eq!(old.help, format!("Alias of `{}`, leaves with 0.3.", new.name));
        let of = |name: &str| -> Vec<(String, u64)> {
            let own = page.0.iter().filter_map(|(series, value)| {
                let rest = series.strip_prefix(name)?;
                let own = ["{", "_bucket{", "_sum{", "_count{"].iter().any(|start| rest.starts_with(start));
                own.then(|| (rest.to_owned(), value.to_bits()))
            });
            own.collect()
        };
        assert!(!of(new.name).is_empty(), "{}", new.name);
        assert_eq!(of(old.name), of(new.name));
    }
}

#[test]
fn no_result_depends_on_a_meter() {
    let settings = settings("dpac");
    let without =
        run_resolved(resolved(SIZES, &settings.iter().map(String::as_str).collect::<Vec<_>>()), |_| {});
    let (with, _) = metered("dpac", Placement::Shard, None);
    assert_eq!(with.digest(), without.digest());
}

#[test]
fn every_cause_of_a_fault_has_a_series_of_its_own_name() {
    let (_, page) = metered("dptd", Placement::Shard, None);
    let documented = dpac::monitoring::page::page();
    for cause in Cause::NAMES {
        assert_eq!(page.sum("dpac_faults_total", &[("cause", cause)]), 0.0);
        assert!(documented.contains(&format!("`{cause}`")), "{cause}");
    }
    let series = page.0.keys().filter(|series| series.starts_with("dpac_faults_total{"));
    assert_eq!(series.count(), Cause::NAMES.len());
}

#[test]
fn faults_and_deviations_are_told() {
    let header = |kind, phase| Header {
        from: Address::Server,
        to: Address::Client(1),
        place: Place { round: 1, phase, barrier: 1 },
        kind,
    };
    let (resolved, _) = resolved(SIZES, &["algorithm=dpac"]);
    let number = |name| {
        let kinds = resolved.algorithm.kinds();
        kinds.iter().position(|kind| kind.name == name).expect("a kind of DPAC") as u16
    };
    let dropped = Plant { header: header(number("actor_sync"), Phase::Actor), damage: Damage::Drop };
    let (run, page) = metered("dpac", Placement::Shard, Some(dropped));
    assert_eq!(run.summary_json()["status"], "failed");
    assert_eq!(page.sum("dpac_run_status", &[("status", "failed")]), 1.0);
    assert_eq!(page.sum("dpac_faults_total", &[("cause", "missing_reply")]), 1.0);
    assert_eq!(page.sum("dpac_faults_total", &[]), 1.0);

    // The message after a round's last barrier asks for nothing, so that nobody but the ledger misses it.
    let mut last = header(number("actor_sync"), Phase::Actor);
    last.place.barrier = 3;
    let (run, page) = metered("dpac", Placement::Shard, Some(Plant { header: last, damage: Damage::Drop }));
    assert_eq!(run.summary_json()["status"], "failed");
    assert_eq!(page.sum("dpac_faults_total", &[]), 0.0);
    assert_eq!(page.sum("dpac_ledger_deviation_messages", &[]), 1.0);
    // omega has the 20 components of the histories of two steps.
    assert_eq!(page.sum("dpac_ledger_deviation_floats", &[]), 20.0);
}

#[test]
fn the_page_has_the_tables_metrics_with_their_labels_and_no_others() {
    let (_, page) = metered("dpac", Placement::Shard, None);
    let mut seen = BTreeSet::new();
    for series in page.0.keys() {
        let (name, labels) = series.split_once('{').expect("every series has a run");
        let metric = table::METRICS.iter().find(|metric| match metric.kind {
            table::Type::Histogram(_) => {
                ["_bucket", "_sum", "_count"].iter().any(|end| name.strip_suffix(end) == Some(metric.name))
            }
            _ => name == metric.name,
        });
        let metric = metric.unwrap_or_else(|| panic!("{series} is not in the table"));
        seen.insert(metric.name);
        assert!(labels.starts_with(r#"run="test \"1\"""#), "{series}");
        for label in metric.labels {
            assert!(labels.contains(&format!(",{label}=\"")), "{series} has no {label}");
        }
        let listed = 1 + metric.labels.len() + usize::from(name.ends_with("_bucket"));
        assert_eq!(labels.matches("=\"").count(), listed, "{series}");
    }
    let all: BTreeSet<&str> = table::METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(seen, all);
    let labels: BTreeSet<&str> = table::LABELS.iter().map(|label| label.name).collect();
    let used = table::METRICS.iter().flat_map(|metric| metric.labels).copied().chain(["run"]).collect();
    assert_eq!(labels, used);
}

#[test]
fn the_endpoint_serves_two_pages_and_waits_for_the_last_scrape() {
    let (resolved, _) = resolved(SIZES, &["algorithm=dpac"]);
    let meter = Meter::new(&RunInfo {
        run: "test",
        algorithm: "dpac",
        kinds: resolved.algorithm.kinds(),
        problem: "toggle",
        horizon: 2,
        seed: 0,
        placement: "shard",
        clients: 5,
        threads: 2,
        arm: Arm::default(),
        shape: resolved.shape.clone(),
    });
    let bound = Bound::new(([127, 0, 0, 1], 0).into()).expect("a free port");
    let endpoint = bound.serve(meter.page()).expect("a thread");
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let url = |path: &str| format!("http://{}{path}", endpoint.address());
    let status = |path: &str| agent.get(url(path)).call().expect("an answer").status().as_u16();
    assert_eq!((status("/health"), status("/"), status("/other")), (200, 200, 404));
    assert_eq!(agent.post(url("/metrics")).send("x").expect("an answer").status().as_u16(), 405);
    let mut answer = agent.get(url("/metrics?a=b")).call().expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let page = answer.body_mut().read_to_string().expect("text");
    assert_eq!(Scraped::new(&page).sum("dpac_clients", &[("run", "test")]), 5.0);

    assert!(!endpoint.linger(Duration::from_millis(20)), "nobody has seen the final values");
    std::thread::scope(|scope| {
        let lingering = scope.spawn(|| endpoint.linger(Duration::from_secs(60)));
        // Whoever goes away without reading resets the connection, and has had nothing.
        let mut answer = agent.get(url("/metrics")).call().expect("an answer");
        assert!(!answer.body_mut().read_to_string().expect("text").is_empty());
        assert!(lingering.join().expect("no panic"));
    });
    let taken = Bound::new(endpoint.address()).err().expect("the port is taken").to_string();
    assert!(taken.starts_with(&format!("cannot serve metrics at {}: ", endpoint.address())), "{taken}");
}
