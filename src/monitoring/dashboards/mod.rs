//! Dashboards for Grafana, and rules and alerts for Prometheus, from one source: the table of metrics.
//!
//! `dashboards/` holds what [`files`] writes; a test keeps the two equal.

mod communication;
mod fleet;
mod model;
mod performance;
mod query;
mod rules;
mod run_overview;

pub use rules::{Alert, Rule, alerts, recording_rules};

use model::Dashboard;

/// What Grafana puts in the place of a dashboard's variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variables<'a> {
    /// `$job`: a regular expression.
    pub job: &'a str,
    /// `$run`: a regular expression.
    pub run: &'a str,
    /// `$__rate_interval`: a duration, at least four scrapes long.
    pub rate_interval: &'a str,
    /// `$__interval`: a duration, the distance of two points.
    pub interval: &'a str,
    /// `$__range`: a duration, of all the time that is shown.
    pub range: &'a str,
}

impl Variables<'_> {
    /// An expression as Prometheus gets it.
    pub fn substitute(&self, expression: &str) -> String {
        expression
            .replace("$__rate_interval", self.rate_interval)
            .replace("$__interval", self.interval)
            .replace("$__range", self.range)
            .replace("$job", self.job)
            .replace("$run", self.run)
    }
}

/// One query of one panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The dashboard's title.
    pub dashboard: &'static str,
    /// The panel's title.
    pub panel: &'static str,
    /// What Prometheus is asked, with variables substituted.
    pub expression: String,
}

fn dashboards() -> Vec<Dashboard> {
    vec![run_overview::dashboard(), communication::dashboard(), performance::dashboard(), fleet::dashboard()]
}

/// Every query of every panel, as Prometheus gets it.
pub fn queries(variables: &Variables<'_>) -> Vec<Query> {
    let mut queries = Vec::new();
    for dashboard in dashboards() {
        for panel in dashboard.rows.iter().flat_map(|row| &row.panels) {
            for target in &panel.targets {
                let expression = variables.substitute(&target.expression);
                queries.push(Query { dashboard: dashboard.title, panel: panel.title, expression });
            }
        }
    }
    queries
}

/// Every generated file: its path below `dashboards/`, and what it holds.
pub fn files() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = dashboards()
        .iter()
        .map(|dashboard| (format!("grafana/{}.json", dashboard.name), format!("{:#}\n", dashboard.json())))
        .collect();
    files.push(("prometheus/rules.yml".to_owned(), rules::rules_file()));
    files.push(("prometheus/alerts.yml".to_owned(), rules::alerts_file()));
    files
}
