//! Prometheus' own checks of its configuration, rules and alerts.

use std::path::Path;
use std::process::{Command, Output};

use super::expressions::VARIABLES;
use super::files::root;
use dpac::monitoring::dashboards::queries;

fn promtool(arguments: &[&str], directory: &Path) -> Output {
    Command::new("promtool").args(arguments).current_dir(directory).output().unwrap_or_else(|error| {
        panic!("promtool cannot be run ({error}); it comes with the distribution's package `prometheus`")
    })
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const CHECKS: [&[&str]; 3] = [
    &["check", "config", "--lint-fatal", "prometheus.yml"],
    &["check", "rules", "--lint-fatal", "rules.yml", "alerts.yml"],
    &["test", "rules", "tests.yml"],
];

#[test]
fn configuration_rules_and_alerts_pass() {
    for arguments in CHECKS {
        let output = promtool(arguments, &root().join("dashboards/prometheus"));
        assert!(output.status.success(), "promtool {arguments:?}:\n{}", told(&output));
    }
}

/// Expressions as a file of recording rules, which Prometheus' own parser reads without a server.
fn as_rules(expressions: &[String]) -> String {
    let mut text = "groups:\n  - name: panels\n    rules:\n".to_owned();
    for (index, expression) in expressions.iter().enumerate() {
        text += &format!("      - record: panel:query:{index}\n        expr: >-\n          {expression}\n");
    }
    text
}

#[test]
fn prometheus_reads_every_query_of_every_panel() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let mut expressions: Vec<String> =
        queries(&VARIABLES).into_iter().map(|query| query.expression).collect();
    let refused = |expressions: &[String]| {
        std::fs::write(scratch.path().join("panels.yml"), as_rules(expressions)).expect("a scratch file");
        let output = promtool(&["check", "rules", "panels.yml"], scratch.path());
        (!output.status.success()).then(|| told(&output))
    };
    assert_eq!(refused(&expressions), None);
    // What is no mistake of syntax alone: a function of a range gets none.
    expressions.push("rate(dpac_rounds_total)".to_owned());
    assert!(refused(&expressions).is_some_and(|told| told.contains("expected type range vector")));
}

/// Every alert is tested to fire and to resolve, and every recording rule has a value tested.
#[test]
fn every_rule_and_alert_has_a_test() {
    let tests =
        std::fs::read_to_string(root().join("dashboards/prometheus/tests.yml")).expect("tests are committed");
    for alert in dpac::monitoring::dashboards::alerts() {
        assert_eq!(untested(&tests, alert.name), [""; 0]);
    }
    for rule in dpac::monitoring::dashboards::recording_rules() {
        assert!(tests.contains(&format!("expr: {}\n", rule.name)), "no test of {}", rule.name);
    }
    assert_eq!(untested(&tests, "DpacAnother").len(), 2);
}

/// What no case says of an alert: that it fires, and that it does not.
fn untested(tests: &str, alert: &str) -> Vec<&'static str> {
    let cases = tests.split("- eval_time:").filter(|case| {
        case.lines().any(|line| line.trim().strip_prefix("alertname: ").is_some_and(|name| name == alert))
    });
    let (mut fires, mut rests) = (false, false);
    for case in cases {
        let quiet = case.contains("exp_alerts: []");
        (fires, rests) = (fires || !quiet, rests || quiet);
    }
    [(fires, "it never fires"), (rests, "it never rests")]
        .into_iter()
        .filter(|(is, _)| !is)
        .map(|(_, what)| what)
        .collect()
}

/// In a copy, one file at a time has one mistake: promtool must refuse what reads it.
#[test]
fn every_planted_mistake_is_found() {
    let copy = tempfile::tempdir().expect("a scratch directory");
    for entry in std::fs::read_dir(root().join("dashboards/prometheus")).expect("committed files") {
        let path = entry.expect("a readable directory").path();
        if path.is_file() {
            std::fs::copy(&path, copy.path().join(path.file_name().expect("a file"))).expect("a copy");
        }
    }
    let passes = |check: usize| {
        let output = promtool(CHECKS[check], copy.path());
        (output.status.success(), told(&output))
    };
    for check in 0..CHECKS.len() {
        let (passes, told) = passes(check);
        assert!(passes, "the copy itself: {told}");
    }
    for (check, file, right, wrong) in [
        (0, "prometheus.yml", "scrape_interval:", "scrape_intervall:"),
        (0, "prometheus.yml", "rules.yml", "rule.yml"),
        (1, "rules.yml", "sum by (job, run) (", "sum by (job, run ("),
        (1, "alerts.yml", "for: 1m", "for: soon"),
        (2, "rules.yml", "link=\"wire\"", "link=\"local\""),
        (2, "alerts.yml", "> 600", "> 60000"),
        (2, "tests.yml", "value: 18000", "value: 18001"),
    ] {
        let planted = copy.path().join(file);
        let contents = std::fs::read_to_string(&planted).expect("a copy");
        assert!(contents.contains(right), "{file} has no {right}");
        std::fs::write(&planted, contents.replace(right, wrong)).expect("a copy");
        let (passes, told) = passes(check);
        assert!(!passes, "{file} with {wrong} passes:\n{told}");
        std::fs::write(&planted, contents).expect("a copy");
    }
}
