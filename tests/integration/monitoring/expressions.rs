//! Expressions of panels, rules and alerts, taken apart: metrics and labels exist, and functions suit the
//! types of metrics.

use promql_parser::label::MatchOp;
use promql_parser::parser::{self, Expr, LabelModifier, VectorMatchCardinality, VectorSelector};

use dpac::monitoring::dashboards::{Variables, alerts, queries, recording_rules};
use dpac::monitoring::table::{LABELS, METRICS, Type};

/// What Grafana might put in the place of variables.
pub(super) const VARIABLES: Variables<'static> =
    Variables { job: "dpac", run: "tiger-1|tiger-2", rate_interval: "5s", interval: "2s", range: "15m" };

/// Labels that Prometheus adds, and the one that every series has.
const EVERYWHERE: &[&str] = &["job", "instance", "run"];

/// Series that Prometheus writes about its targets.
const OF_TARGETS: &[&str] = &["up", "scrape_duration_seconds", "scrape_samples_scraped"];

/// What may be done with a counter over a range of time. Without one, it is the sum since the run began. The
/// slope of a regression suits a range of which the run has only a part, where a rate would be too low.
const OF_COUNTERS: &[&str] = &["rate", "increase", "last_over_time", "deriv"];

/// What may be done with a gauge over a range of time.
const OF_GAUGES: &[&str] =
    &["last_over_time", "min_over_time", "max_over_time", "avg_over_time", "deriv", "delta"];

/// A metric's part that an expression names.
#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Counter,
    Gauge,
    /// A histogram's `_bucket`, `_sum` or `_count`.
    Part,
}

/// What the name stands for, and its labels.
fn known(name: &str) -> Option<(Sort, Vec<&'static str>)> {
    if OF_TARGETS.contains(&name) {
        return Some((Sort::Gauge, vec!["job", "instance"]));
    }
    METRICS.iter().find_map(|metric| {
        let mut labels: Vec<&'static str> = EVERYWHERE.iter().chain(metric.labels).copied().collect();
        let part = name.strip_prefix(metric.name)?;
        match (metric.kind, part) {
            (Type::Counter, "") => Some((Sort::Counter, labels)),
            (Type::Gauge, "") => Some((Sort::Gauge, labels)),
            (Type::Histogram(_), "_bucket") => {
                labels.push("le");
                Some((Sort::Part, labels))
            }
            (Type::Histogram(_), "_sum" | "_count") => Some((Sort::Part, labels)),
            _ => None,
        }
    })
}

/// An expression's findings, and the labels that its result has.
pub(super) struct Reading {
    pub(super) findings: Vec<String>,
    pub(super) labels: Vec<String>,
    /// For each selector, the labels that it matches on, and whether the metric is of a run.
    pub(super) selectors: Vec<(bool, Vec<String>)>,
}

/// Reads an expression in which variables are substituted.
pub(super) fn read(expression: &str) -> Reading {
    let mut reading = Reading { findings: Vec::new(), labels: Vec::new(), selectors: Vec::new() };
    match parser::parse(expression) {
        Ok(parsed) => reading.labels = reading.visit(&parsed, None),
        Err(error) => reading.findings.push(format!("does not parse: {error}")),
    }
    reading
}

impl Reading {
    fn find(&mut self, finding: String) {
        self.findings.push(finding);
    }

    /// The labels of what `expression` results in; `function` is what it is an argument of.
    fn visit(&mut self, expression: &Expr, function: Option<&'static str>) -> Vec<String> {
        match expression {
            Expr::Paren(inner) => self.visit(&inner.expr, function),
            Expr::Unary(inner) => self.visit(&inner.expr, function),
            Expr::Subquery(inner) => self.visit(&inner.expr, function),
            Expr::VectorSelector(selector) => self.select(selector, None),
            Expr::MatrixSelector(range) => {
                if function.is_none() {
                    self.find(format!("a range outside of a function: {range}"));
                }
                self.select(&range.vs, function)
            }
            Expr::Call(call) => {
                let mut labels = Vec::new();
                for argument in &call.args.args {
                    labels.extend(self.visit(argument, Some(call.func.name)));
                }
                if call.func.name == "histogram_quantile" {
                    if !labels.iter().any(|label| label == "le") {
                        self.find("a quantile of something without the label `le`".to_owned());
                    }
                    labels.retain(|label| label != "le");
                }
                labels
            }
            Expr::Aggregate(aggregate) => {
                if let Some(parameter) = &aggregate.param {
                    self.visit(parameter, None);
                }
                let labels = self.visit(&aggregate.expr, None);
                match &aggregate.modifier {
                    None => Vec::new(),
                    Some(LabelModifier::Include(by)) => {
                        self.require(&by.labels, &labels, "by");
                        by.labels.clone()
                    }
                    Some(LabelModifier::Exclude(without)) => {
                        self.require(&without.labels, &labels, "without");
                        labels.into_iter().filter(|label| !without.labels.contains(label)).collect()
                    }
                }
            }
            Expr::Binary(binary) => {
                let left = self.visit(&binary.lhs, None);
                let right = self.visit(&binary.rhs, None);
                let scalar = |side: &Expr| side.value_type() == parser::value::ValueType::Scalar;
                if scalar(&binary.lhs) {
                    return right;
                }
                if scalar(&binary.rhs) {
                    return left;
                }
                let Some(modifier) = &binary.modifier else {
                    self.same(&left, &right);
                    return left;
                };
                match &modifier.matching {
                    Some(LabelModifier::Include(on)) => {
                        self.require(&on.labels, &left, "on");
                        self.require(&on.labels, &right, "on");
                    }
                    Some(LabelModifier::Exclude(ignoring)) => {
                        self.require(&ignoring.labels, &[left.clone(), right.clone()].concat(), "ignoring");
                    }
                    None => self.same(&left, &right),
                }
                match &modifier.card {
                    VectorMatchCardinality::OneToMany(_) => right,
                    VectorMatchCardinality::ManyToOne(brought) => {
                        self.require(&brought.labels, &right, "group_left");
                        [left, brought.labels.clone()].concat()
                    }
                    VectorMatchCardinality::OneToOne | VectorMatchCardinality::ManyToMany => left,
                }
            }
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => Vec::new(),
        }
    }

    fn require(&mut self, asked: &[String], there: &[String], place: &str) {
        for label in asked {
            if !there.contains(label) {
                self.find(format!("`{place}` names the label `{label}`, which is not there"));
            }
        }
    }

    /// Vectors that are matched by all their labels find partners only where these are the same.
    fn same(&mut self, left: &[String], right: &[String]) {
        let sorted = |labels: &[String]| {
            let mut labels = labels.to_vec();
            labels.sort();
            labels
        };
        if sorted(left) != sorted(right) {
            self.find(format!("{left:?} and {right:?} are matched by labels that differ"));
        }
    }

    fn select(&mut self, selector: &VectorSelector, function: Option<&str>) -> Vec<String> {
        let name = selector.name.as_deref().unwrap_or_default();
        let Some((sort, labels)) = known(name) else {
            self.find(format!("there is no metric `{name}`"));
            return Vec::new();
        };
        let suits = match (sort, function) {
            (Sort::Counter, Some(function)) => OF_COUNTERS.contains(&function),
            (Sort::Gauge, Some(function)) => OF_GAUGES.contains(&function),
            (Sort::Part, function) => matches!(function, Some("rate" | "increase")),
            (Sort::Counter | Sort::Gauge, None) => true,
        };
        if !suits {
            let what = match sort {
                Sort::Counter => "a counter",
                Sort::Gauge => "a gauge",
                Sort::Part => "part of a histogram",
            };
            self.find(format!(
                "`{name}`, {what}, {}",
                function.map_or("by itself".to_owned(), |f| format!("in {f}()"))
            ));
        }
        let mut matched = Vec::new();
        for matcher in &selector.matchers.matchers {
            matched.push(matcher.name.clone());
            if !labels.contains(&matcher.name.as_str()) {
                self.find(format!("`{name}` has no label `{}`", matcher.name));
            } else if matcher.op == MatchOp::Equal && !is_value(&matcher.name, &matcher.value) {
                self.find(format!("`{}` is never `{}`", matcher.name, matcher.value));
            }
        }
        self.selectors.push((labels.contains(&"run"), matched));
        labels.into_iter().map(str::to_owned).collect()
    }
}

/// Whether the label can have the value: the table writes values of closed sets between backticks.
fn is_value(label: &str, value: &str) -> bool {
    let Some(values) = LABELS.iter().find(|known| known.name == label).map(|known| known.values) else {
        return true;
    };
    !values.contains('`') || values.contains(&format!("`{value}`"))
}

/// Words like `{{label}}`, or `$labels.label`, that are not among the labels.
pub(super) fn unknown_words(text: &str, labels: &[String]) -> Vec<String> {
    let mut unknown = Vec::new();
    for part in text.split("{{").skip(1) {
        let Some((word, _)) = part.split_once("}}") else {
            unknown.push(format!("an open {{{{ in {text}"));
            continue;
        };
        let word = word.trim();
        let word = word.strip_prefix("$labels.").unwrap_or(word);
        if !word.starts_with("$value") && !labels.iter().any(|label| label == word) {
            unknown.push(format!("the text names the label `{word}`, which is not there"));
        }
    }
    unknown
}

#[test]
fn rules_and_alerts_ask_for_what_exists() {
    let mut findings = Vec::new();
    for rule in recording_rules() {
        findings.extend(rule_findings(rule.name, &rule.expression));
    }
    for alert in alerts() {
        let reading = read(&alert.expression);
        let texts =
            [alert.summary, alert.description].map(|text| unknown_words(text, &reading.labels)).concat();
        findings.extend(
            [reading.findings, texts].concat().iter().map(|finding| format!("{}: {finding}", alert.name)),
        );
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

/// Recording rules are named by their level, which is the labels of their results.
fn rule_findings(name: &str, expression: &str) -> Vec<String> {
    let reading = read(expression);
    let mut findings = reading.findings;
    let level = name.split(':').next().unwrap_or_default();
    if level != reading.labels.join("_") {
        findings.push(format!("its level says {level}, its labels are {:?}", reading.labels));
    }
    if name.split(':').count() != 3 {
        findings.push("not level:metric:operation".to_owned());
    }
    findings.iter().map(|finding| format!("{name}: {finding}")).collect()
}

#[test]
fn panels_are_read_with_every_variable_substituted() {
    let queries = queries(&VARIABLES);
    assert!(queries.len() > 80, "{}", queries.len());
    for query in queries {
        assert!(!query.expression.contains('$'), "{}: {}", query.panel, query.expression);
        let findings = read(&query.expression).findings;
        assert!(
            findings.is_empty(),
            "{}, {}: {findings:?}\n{}",
            query.dashboard,
            query.panel,
            query.expression
        );
    }
}

#[test]
fn every_planted_mistake_in_an_expression_is_found() {
    for (expression, finding) in [
        ("sum by (job (dpac_rounds_total)", "does not parse"),
        ("dpac_round_total", "no metric `dpac_round_total`"),
        ("dpac_round_duration_seconds", "no metric `dpac_round_duration_seconds`"),
        ("rate(dpac_rounds_total_count[1m])", "no metric `dpac_rounds_total_count`"),
        ("dpac_value{polcy=\"last\"}", "`dpac_value` has no label `polcy`"),
        ("dpac_value{policy=\"lst\"}", "`policy` is never `lst`"),
        ("dpac_value{client=\"7\"}", "no label `client`"),
        ("up{run=\"tiger-1\"}", "`up` has no label `run`"),
        ("rate(dpac_value[1m])", "`dpac_value`, a gauge, in rate()"),
        ("increase(dpac_clients[1m])", "a gauge, in increase()"),
        ("delta(dpac_rounds_total[1m])", "a counter, in delta()"),
        ("avg_over_time(dpac_rounds_total[1m])", "a counter, in avg_over_time()"),
        ("dpac_round_duration_seconds_bucket", "part of a histogram, by itself"),
        ("last_over_time(dpac_round_duration_seconds_sum[1m])", "part of a histogram, in last_over_time()"),
        ("sum by (phase) (dpac_rounds_total)", "`by` names the label `phase`"),
        ("sum without (phase) (dpac_rounds_total)", "`without` names the label `phase`"),
        ("dpac_rounds_total * on (seed) dpac_run_info", "`on` names the label `seed`"),
        ("dpac_rounds_total * ignoring (link) dpac_planned_rounds", "`ignoring` names the label `link`"),
        (
            "dpac_rounds_total * on (run) group_left (revision) dpac_run_info",
            "`group_left` names the label `revision`",
        ),
        ("dpac_messages_total - dpac_predicted_messages", "matched by labels that differ"),
        (
            "histogram_quantile(0.9, sum by (run) (rate(dpac_round_duration_seconds_bucket[1m])))",
            "without the label `le`",
        ),
    ] {
        let findings = read(expression).findings.join("; ");
        assert!(findings.contains(finding), "{expression}: {findings}");
    }
    let labels = ["run".to_owned()];
    assert_eq!(unknown_words("{{ $labels.run }} {{run}} {{ $value | humanizeDuration }}", &labels), [""; 0]);
    assert_eq!(unknown_words("{{phase}}", &labels).len(), 1);
    assert_eq!(unknown_words("{{ $labels.phase }}", &labels).len(), 1);
    assert_eq!(unknown_words("{{run", &labels).len(), 1);
    let sum = "sum by (job, run) (dpac_rounds_total)";
    assert_eq!(rule_findings("job_run:dpac_rounds:sum", sum), [""; 0]);
    assert!(rule_findings("run:dpac_rounds:sum", sum)[0].contains("its level says run"));
    assert!(rule_findings("job_run:dpac_rounds", sum)[0].contains("not level:metric:operation"));
}
