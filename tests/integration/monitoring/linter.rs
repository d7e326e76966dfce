//! What the community's linter of dashboards asks for, and some more, of the committed files.

use serde_json::{Value, json};

use super::expressions::{VARIABLES, read, unknown_words};
use super::files::root;
use dpac::monitoring::dashboards::queries;
use dpac::monitoring::table;

const NAMES: [&str; 4] = ["run-overview", "communication", "performance", "fleet"];

fn load(name: &str) -> Value {
    let path = root().join(format!("dashboards/grafana/{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

const SOURCE: &str = "${datasource}";

/// Everything that is wrong with a dashboard.
fn findings(dashboard: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for key in ["uid", "title", "description"] {
        if text(dashboard, key).is_empty() {
            findings.push(format!("the dashboard has no {key}"));
        }
    }
    if dashboard["editable"] != json!(false) {
        findings
            .push("the dashboard can be edited, and edits are lost when it is provisioned again".to_owned());
    }
    if !list(dashboard, "tags").contains(&json!("dpac")) {
        findings.push("the dashboard lacks the tag by which the others link to it".to_owned());
    }
    if !list(dashboard, "links")
        .iter()
        .any(|link| link["type"] == "dashboards" && link["tags"] == json!(["dpac"]))
    {
        findings.push("the dashboard does not link to the others".to_owned());
    }
    findings.extend(variable_findings(&dashboard["templating"]));

    let panels = list(dashboard, "panels");
    for (index, panel) in panels.iter().enumerate() {
        let title = text(panel, "title");
        let mut find = |finding: String| findings.push(format!("panel \"{title}\": {finding}"));
        if title.is_empty() {
            find("no title".to_owned());
        }
        for earlier in &panels[..index] {
            if earlier["id"] == panel["id"] {
                find(format!("its id is also that of \"{}\"", text(earlier, "title")));
            }
            let both_panels = panel["type"] != "row" && earlier["type"] != "row";
            if both_panels && text(earlier, "title") == title {
                find("its title is also that of another".to_owned());
            }
            if overlap(&earlier["gridPos"], &panel["gridPos"]) {
                find(format!("it lies upon \"{}\"", text(earlier, "title")));
            }
        }
        let [x, _, w, _] = place(&panel["gridPos"]);
        if w == 0 || x + w > 24 {
            find("it is not within the 24 columns".to_owned());
        }
        if panel["type"] != "row" {
            panel_findings(panel).into_iter().for_each(find);
        }
    }
    findings
}

fn variable_findings(templating: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    let variable = |name: &str| list(templating, "list").iter().find(|variable| variable["name"] == name);
    match variable("datasource") {
        Some(source) if source["type"] == "datasource" && source["query"] == "prometheus" => {}
        _ => findings.push("no variable for a Prometheus as data source".to_owned()),
    }
    for name in ["job", "run"] {
        let Some(variable) = variable(name) else {
            findings.push(format!("no variable `{name}`"));
            continue;
        };
        for key in ["multi", "includeAll"] {
            if variable[key] != json!(true) {
                findings.push(format!("variable `{name}`: {key} is not set"));
            }
        }
        if text(&variable["datasource"], "uid") != SOURCE {
            findings.push(format!("variable `{name}`: its data source is fixed"));
        }
        // label_values(metric{...}, label)
        let query = text(&variable["query"], "query");
        let parts =
            query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')?.rsplit_once(", "));
        let Some((metric, label)) = parts else {
            findings.push(format!("variable `{name}`: {query} asks for no label"));
            continue;
        };
        let reading = read(&VARIABLES.substitute(metric));
        findings.extend(reading.findings.iter().map(|finding| format!("variable `{name}`: {finding}")));
        if label != name || !reading.labels.iter().any(|known| known == label) {
            findings.push(format!("variable `{name}`: {query} does not give its values"));
        }
    }
    findings
}

fn panel_findings(panel: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    if text(panel, "description").is_empty() {
        findings.push("no description".to_owned());
    }
    if text(&panel["fieldConfig"]["defaults"], "unit").is_empty() {
        findings.push("no unit".to_owned());
    }
    if text(&panel["datasource"], "uid") != SOURCE {
        findings.push("its data source is fixed".to_owned());
    }
    let targets = list(panel, "targets");
    if targets.is_empty() {
        findings.push("no query".to_owned());
    }
    // In tables a target without a heading shows only its labels.
    let needs_legend = panel["type"] != "table";
    let draws_table = panel["type"] == "table" || panel["type"] == "xychart";
    for (index, target) in targets.iter().enumerate() {
        let name = text(target, "refId");
        let mut find = |finding: String| findings.push(format!("query {name}: {finding}"));
        if targets[..index].iter().any(|earlier| earlier["refId"] == target["refId"]) {
            find("another has its letter".to_owned());
        }
        if text(&target["datasource"], "uid") != SOURCE {
            find("its data source is fixed".to_owned());
        }
        if draws_table != (target["format"] == "table") {
            find(format!("its format is {}", target["format"]));
        }
        let (expression, legend) = (text(target, "expr"), text(target, "legendFormat"));
        let reading = read(&VARIABLES.substitute(expression));
        reading.findings.iter().cloned().for_each(&mut find);
        unknown_words(legend, &reading.labels).into_iter().for_each(&mut find);
        if needs_legend && legend.is_empty() {
            find("no legend".to_owned());
        }
        for (of_run, matched) in &reading.selectors {
            for label in ["job", "run"] {
                if (*of_run || label == "job") && !matched.iter().any(|name| name == label) {
                    find(format!("`{label}` is not chosen by the variable"));
                }
            }
        }
        for choice in ["job=~\"$job\"", "run=~\"$run\""] {
            let label = &choice[..3];
            if expression.matches(&format!("{label}=")).count() != expression.matches(choice).count() {
                find(format!("`{label}` is chosen by something else than the variable"));
            }
        }
        for function in ["rate(", "increase("] {
            let calls = expression.match_indices(function).filter(|(at, _)| {
                !expression[..*at].ends_with(|before: char| before.is_ascii_alphanumeric() || before == '_')
            });
            for (at, _) in calls {
                let range = expression[at..].split_once('[').map_or("", |(_, rest)| rest);
                if !range.starts_with("$__rate_interval]") {
                    find(format!("{function}…) over something else than $__rate_interval"));
                }
            }
        }
    }
    findings
}

fn place(position: &Value) -> [u64; 4] {
    ["x", "y", "w", "h"].map(|key| position[key].as_u64().unwrap_or(0))
}

fn overlap(first: &Value, second: &Value) -> bool {
    let ([ax, ay, aw, ah], [bx, by, bw, bh]) = (place(first), place(second));
    ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah
}

#[test]
fn dashboards_keep_the_rules() {
    let mut all = Vec::new();
    for name in NAMES {
        all.extend(findings(&load(name)).into_iter().map(|finding| format!("{name}: {finding}")));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn committed_queries_are_those_that_are_told() {
    let identity = dpac::monitoring::dashboards::Variables {
        job: "$job",
        run: "$run",
        rate_interval: "$__rate_interval",
        interval: "$__interval",
        range: "$__range",
    };
    let told: Vec<String> = queries(&identity).into_iter().map(|query| query.expression).collect();
    let mut committed = Vec::new();
    for name in NAMES {
        for panel in list(&load(name), "panels") {
            committed.extend(list(panel, "targets").iter().map(|target| text(target, "expr").to_owned()));
        }
    }
    assert_eq!(told, committed);
}

#[test]
fn every_metric_is_shown() {
    let texts: Vec<String> = queries(&VARIABLES).into_iter().map(|query| query.expression).collect();
    let shown = |name: &str| texts.iter().any(|text| text.contains(name));
    let old = |name: &str| table::ALIASES.iter().any(|(old, _)| old.name == name);
    for metric in table::METRICS {
        // What leaves is asked for by nothing that stays.
        assert_ne!(shown(metric.name), old(metric.name), "{}", metric.name);
    }
    assert!(!shown("dpac_another_total"));
}

/// Makes a mistake in a dashboard.
type Plant = fn(&mut Value);

#[test]
fn every_planted_mistake_in_a_dashboard_is_found() {
    // Panels 0 and 1 of the performance dashboard are a row and a time series with one query, a rate.
    let plants: [(&str, Plant); 24] = [
        ("has no uid", |d| d["uid"] = json!("")),
        ("has no description", |d| d["description"] = json!("")),
        ("can be edited", |d| d["editable"] = json!(true)),
        ("lacks the tag", |d| d["tags"] = json!([])),
        ("does not link", |d| d["links"] = json!([])),
        ("no variable for a Prometheus", |d| d["templating"]["list"][0]["type"] = json!("query")),
        ("no variable `run`", |d| d["templating"]["list"][2]["name"] = json!("runs")),
        ("variable `job`: multi is not set", |d| d["templating"]["list"][1]["multi"] = json!(false)),
        ("variable `run`: there is no metric", |d| {
            d["templating"]["list"][2]["query"]["query"] = json!("label_values(dpac_run, run)");
        }),
        ("does not give its values", |d| {
            d["templating"]["list"][1]["query"]["query"] = json!("label_values(dpac_run_info, run)");
        }),
        ("its id is also that of", |d| d["panels"][2]["id"] = json!(2)),
        ("its title is also that of", |d| d["panels"][2]["title"] = d["panels"][1]["title"].clone()),
        ("it lies upon", |d| d["panels"][2]["gridPos"]["x"] = json!(5)),
        ("not within the 24 columns", |d| d["panels"][4]["gridPos"]["w"] = json!(7)),
        ("no title", |d| d["panels"][1]["title"] = json!("")),
        ("no description", |d| d["panels"][1]["description"] = json!("")),
        ("no unit", |d| d["panels"][1]["fieldConfig"]["defaults"] = json!({})),
        ("its data source is fixed", |d| d["panels"][1]["targets"][0]["datasource"]["uid"] = json!("abc")),
        ("no query", |d| d["panels"][1]["targets"] = json!([])),
        ("no legend", |d| d["panels"][1]["targets"][0]["legendFormat"] = json!("")),
        ("names the label `client`", |d| d["panels"][1]["targets"][0]["legendFormat"] = json!("{{client}}")),
        ("`run` is not chosen", |d| {
            d["panels"][1]["targets"][0]["expr"] = json!(
                "sum by (run, phase) (rate(dpac_environment_steps_total{job=~\"$job\"}[$__rate_interval]))"
            );
        }),
        ("`job` is chosen by something else", |d| {
            d["panels"][1]["targets"][0]["expr"] =
                json!("sum by (run, phase) (dpac_barriers_total{job=\"dpac\", run=~\"$run\"})");
        }),
        ("something else than $__rate_interval", |d| {
            d["panels"][1]["targets"][0]["expr"] =
                json!("sum by (run, phase) (rate(dpac_barriers_total{job=~\"$job\", run=~\"$run\"}[1m]))");
        }),
    ];
    for (finding, plant) in plants {
        let mut dashboard = load("performance");
        plant(&mut dashboard);
        let found = findings(&dashboard).join("\n");
        assert!(found.contains(finding), "planted: {finding}; found: {found}");
    }
}
