//! Dashboards, rows and panels, laid out from left to right and written as Grafana's JSON.

use serde_json::{Value, json};

/// Grafana's columns.
const COLUMNS: u32 = 24;

/// The schema of Grafana 12; later versions bring it up to date as they load it.
pub(crate) const SCHEMA_VERSION: u32 = 41;

/// The tag by which dashboards link to each other.
const TAG: &str = "dpac";

/// One page.
#[derive(Clone, Debug)]
pub(crate) struct Dashboard {
    /// The file is `grafana/{name}.json`, the uid `dpac-{name}`.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// Panels under one heading.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) title: &'static str,
    pub(crate) height: u32,
    pub(crate) panels: Vec<Panel>,
}

/// One chart.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    /// An id of Grafana's units.
    pub(crate) unit: &'static str,
    /// In columns, of which there are 24.
    pub(crate) width: u32,
    pub(crate) view: View,
    pub(crate) targets: Vec<Target>,
}

/// How a panel shows its numbers.
#[derive(Clone, Debug)]
pub(crate) enum View {
    /// Lines against time.
    Lines,
    /// Areas against time, one upon the other.
    Stacked,
    /// The last number, large.
    Number,
    /// The last series' name, large: for metrics that are 1 where their label holds.
    Name,
    /// A table with one line per run; each target is a column of this unit.
    Columns(Vec<&'static str>),
    /// The first target is x, of this unit; the others are y, joined by time and drawn run by run.
    Against(&'static str),
    /// A histogram's buckets against time.
    Heatmap,
}

/// One query.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) expression: String,
    /// What the series is called: words and `{{label}}`. In tables it is a column's heading, where nothing
    /// means that only the labels are shown; in charts against others it is the name of an axis.
    pub(crate) legend: &'static str,
}

pub(crate) fn target(legend: &'static str, expression: impl Into<String>) -> Target {
    Target { expression: expression.into(), legend }
}

impl Dashboard {
    /// The file's contents.
    pub(crate) fn json(&self) -> Value {
        let mut panels = Vec::new();
        let (mut id, mut top) = (0, 0);
        for row in &self.rows {
            id += 1;
            panels.push(json!({
                "id": id,
                "type": "row",
                "title": row.title,
                "collapsed": false,
                "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": top},
                "panels": [],
            }));
            top += 1;
            let mut left = 0;
            for panel in &row.panels {
                if left + panel.width > COLUMNS {
                    (left, top) = (0, top + row.height);
                }
                id += 1;
                let place = json!({"h": row.height, "w": panel.width, "x": left, "y": top});
                panels.push(panel.json(id, &place));
                left += panel.width;
            }
            top += row.height;
        }
        json!({
            "uid": format!("dpac-{}", self.name),
            "title": self.title,
            "description": self.description,
            "tags": [TAG],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": false,
            "graphTooltip": 1,
            "refresh": "5s",
            "time": {"from": "now-15m", "to": "now"},
            "timezone": "browser",
            "links": [{
                "title": "dpac",
                "type": "dashboards",
                "tags": [TAG],
                "asDropdown": false,
                "icon": "external link",
                "includeVars": true,
                "keepTime": true,
                "targetBlank": false,
                "tooltip": "The other dashboards, of the same runs and time",
            }],
            "templating": {"list": variables()},
            "panels": panels,
        })
    }
}

fn source() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}

/// The data source, jobs and runs to choose from.
fn variables() -> Value {
    use crate::monitoring::table::{RUN_INFO, STATUS};
    let all = json!({"selected": true, "text": ["All"], "value": ["$__all"]});
    let choice = |name: &str, label: &str, description: &str, query: String| {
        json!({
            "name": name,
            "label": label,
            "description": description,
            "type": "query",
            "datasource": source(),
            "query": {"query": query, "refId": name},
            "multi": true,
            "includeAll": true,
            "allValue": ".*",
            "current": all,
            "refresh": 2,
            "sort": 1,
        })
    };
    json!([
        {
            "name": "datasource",
            "label": "Data source",
            "description": "The Prometheus that scrapes the runs.",
            "type": "datasource",
            "query": "prometheus",
            "multi": false,
            "includeAll": false,
        },
        choice("job", "Job", "Prometheus' name for how it came by the series.", format!("label_values({}, job)", STATUS.name)),
        choice("run", "Run", "Names of run directories.", format!("label_values({}{{job=~\"$job\"}}, run)", RUN_INFO.name)),
    ])
}

impl Panel {
    fn json(&self, id: u32, place: &Value) -> Value {
        let (kind, options, custom) = self.view.settings();
        let targets: Vec<Value> = ('A'..='Z')
            .zip(&self.targets)
            .map(|(letter, target)| {
                let instant = self.view.is_instant();
                json!({
                    "refId": letter.to_string(),
                    "datasource": source(),
                    "editorMode": "code",
                    "expr": target.expression,
                    "format": self.view.format(),
                    "instant": instant,
                    "range": !instant,
                    "legendFormat": target.legend,
                })
            })
            .collect();
        assert_eq!(targets.len(), self.targets.len(), "{}: too many queries", self.title);
        let mut defaults = json!({"unit": self.unit, "color": {"mode": "palette-classic"}});
        if !custom.is_null() {
            defaults["custom"] = custom;
        }
        let mut panel = json!({
            "id": id,
            "type": kind,
            "title": self.title,
            "description": self.description,
            "datasource": source(),
            "gridPos": place,
            "fieldConfig": {"defaults": defaults, "overrides": self.overrides()},
            "options": options,
            "targets": targets,
        });
        let transformations = self.transformations();
        if !transformations.is_empty() {
            panel["transformations"] = transformations.into();
        }
        panel
    }

    /// Grafana's names for the numbers of each target in a table.
    fn columns(&self) -> impl Iterator<Item = (String, &Target)> {
        ('A'..='Z').zip(&self.targets).map(|(letter, target)| (format!("Value #{letter}"), target))
    }

    fn overrides(&self) -> Vec<Value> {
        let units = match &self.view {
            View::Columns(units) => units.as_slice(),
            View::Against(x) => &[*x],
            _ => &[],
        };
        self.targets
            .iter()
            .zip(units)
            .filter(|(target, _)| !target.legend.is_empty())
            .map(|(target, unit)| {
                json!({
                    "matcher": {"id": "byName", "options": target.legend},
                    "properties": [{"id": "unit", "value": unit}],
                })
            })
            .collect()
    }

    /// Tables of several queries are merged by run (and time), and their columns named.
    fn transformations(&self) -> Vec<Value> {
        let against = matches!(self.view, View::Against(_));
        if !against && !matches!(self.view, View::Columns(_)) {
            return Vec::new();
        }
        let (mut names, mut excluded) = (serde_json::Map::new(), serde_json::Map::new());
        excluded.insert("Time".to_owned(), true.into());
        if against {
            excluded.insert("job".to_owned(), true.into());
        }
        for (column, target) in self.columns() {
            if target.legend.is_empty() {
                excluded.insert(column, true.into());
            } else {
                names.insert(column, target.legend.into());
            }
        }
        let mut steps = vec![
            json!({"id": "merge", "options": {}}),
            json!({"id": "organize", "options": {"excludeByName": excluded, "renameByName": names}}),
        ];
        if against {
            steps.push(json!({
                "id": "partitionByValues",
                "options": {"fields": ["run"], "keepFields": false, "naming": {"asLabels": true}},
            }));
        }
        steps
    }
}

impl View {
    fn is_instant(&self) -> bool {
        matches!(self, View::Number | View::Name | View::Columns(_))
    }

    fn format(&self) -> &'static str {
        match self {
            View::Columns(_) | View::Against(_) => "table",
            View::Heatmap => "heatmap",
            View::Lines | View::Stacked | View::Number | View::Name => "time_series",
        }
    }

    /// Grafana's type of panel, its options, and what is special to the type in the configuration of fields.
    fn settings(&self) -> (&'static str, Value, Value) {
        let legend = json!({"showLegend": true, "displayMode": "list", "placement": "bottom", "calcs": []});
        let lines = |fill: u32, mode: &str| {
            json!({
                "drawStyle": "line",
                "lineWidth": 1,
                "fillOpacity": fill,
                "showPoints": "auto",
                "spanNulls": false,
                "stacking": {"group": "A", "mode": mode},
            })
        };
        let time = json!({"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}});
        let number = |text: &str| {
            json!({
                "colorMode": "none",
                "graphMode": "none",
                "justifyMode": "auto",
                "orientation": "auto",
                "textMode": text,
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": false},
            })
        };
        match self {
            View::Lines => ("timeseries", time, lines(0, "none")),
            View::Stacked => ("timeseries", time, lines(20, "normal")),
            View::Number => ("stat", number("auto"), Value::Null),
            View::Name => ("stat", number("name"), Value::Null),
            View::Columns(_) => ("table", json!({"showHeader": true, "cellHeight": "sm"}), Value::Null),
            View::Against(_) => (
                "xychart",
                json!({"mapping": "auto", "series": [], "legend": legend, "tooltip": {"mode": "single", "sort": "none"}}),
                json!({"show": "points+lines"}),
            ),
            View::Heatmap => (
                "heatmap",
                json!({
                    "calculate": false,
                    "cellGap": 1,
                    "color": {"mode": "scheme", "scheme": "Oranges", "fill": "dark-orange", "scale": "exponential", "exponent": 0.5, "steps": 64, "reverse": false},
                    "filterValues": {"le": 1e-9},
                    "legend": {"show": true},
                    "rowsFrame": {"layout": "auto"},
                    "tooltip": {"mode": "single", "yHistogram": false, "showColorScale": false},
                    "yAxis": {"axisPlacement": "left", "reverse": false, "unit": "s"},
                }),
                Value::Null,
            ),
        }
    }
}
