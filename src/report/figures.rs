//! The figures: lines with bands over seeds, drawn here, with the data that a script reads them off.

use super::limits::POINTS_MAX;
use crate::plot::{Band, Figure, Line, Panel, Request, Scale, Selection, Unit, swatch};
use crate::results::{Cost, Quantity, Results, Run};
use crate::statistics::Estimate;
use serde::Serialize;
use std::collections::BTreeSet;

/// The most panels of a figure.
const PANELS_MAX: usize = 12;

/// The most groups of figures.
const GROUPS_MAX: usize = 12;

/// Figures of the same runs.
#[derive(Clone, Debug, Serialize)]
pub struct FigureGroup {
    /// What these runs have in common, where others do not.
    pub conditions: Vec<(String, String)>,
    /// The figures.
    pub figures: Vec<DrawnFigure>,
}

/// A figure.
#[derive(Clone, Debug, Serialize)]
pub struct DrawnFigure {
    /// Its name in the page.
    pub id: String,
    /// What stands above it.
    pub title: String,
    /// The key whose values are lines.
    pub color: Option<String>,
    /// The lines by name.
    pub labels: Vec<String>,
    /// The key whose values are panels.
    pub facet: Option<String>,
    /// The panels.
    pub panels: Vec<DrawnPanel>,
    /// What lines and bands are.
    pub caption: String,
    /// What it does not show.
    pub notes: Vec<String>,
    /// Along x.
    pub x: DrawnAxis,
    /// Along y.
    pub y: DrawnAxis,
    /// How each line looks in a legend.
    #[serde(skip)]
    pub swatches: Vec<String>,
}

/// An axis.
#[derive(Clone, Debug, Serialize)]
pub struct DrawnAxis {
    /// What stands beside it.
    pub label: String,
    /// Whether numbers are set out by their logarithms.
    pub log: bool,
    /// `bytes`, `count` or `number`.
    pub unit: &'static str,
    /// Where it begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

/// A panel.
#[derive(Clone, Debug, Serialize)]
pub struct DrawnPanel {
    /// Its value of the facet's key.
    pub name: String,
    /// Left, top, width and height of the axes in the drawing.
    pub frame: [f64; 4],
    /// A number that is marked on the y axis, and its name.
    pub mark: Option<(f64, String)>,
    /// The lines.
    pub lines: Vec<DrawnLine>,
    /// The drawing.
    #[serde(skip)]
    pub svg: String,
}

/// Round, x, centre, and the ends of the band, where there is one.
pub type DrawnPoint = (u64, u64, f64, Option<f64>, Option<f64>);

/// A line.
#[derive(Clone, Debug, Serialize)]
pub struct DrawnLine {
    /// Which of the labels is its own.
    pub label: usize,
    /// Its points, by round.
    pub points: Vec<DrawnPoint>,
}

/// Which keys are lines, panels and groups.
struct Layout {
    color: Option<String>,
    facet: Option<String>,
    groups: Vec<String>,
}

/// The figures of some quantities, against bytes and against trajectories. What cannot be drawn is noted.
pub(super) fn groups(results: &Results, about: &[Quantity], notes: &mut Vec<String>) -> Vec<FigureGroup> {
    let Layout { color, facet, groups } = layout(results);
    // Those that there are, in the order in which they are met.
    let mut conditions: Vec<Vec<(String, String)>> = Vec::new();
    for run in results.runs() {
        let of_run = groups.iter().map(|key| (key.clone(), value_of(run, key))).collect();
        if !conditions.contains(&of_run) {
            conditions.push(of_run);
        }
    }
    if conditions.len() > GROUPS_MAX {
        notes.push(format!(
            "the first {GROUPS_MAX} of {} groups of figures are drawn; `dpac plot --where` draws the others",
            conditions.len()
        ));
        conditions.truncate(GROUPS_MAX);
    }
    let mut drawn = Vec::new();
    for (number, conditions) in conditions.into_iter().enumerate() {
        let selection =
            Selection { color: color.clone(), facet: facet.clone(), conditions: conditions.clone() };
        let mut figures = Vec::new();
        for &quantity in about {
            for cost in [Cost::WireBytes, Cost::Trajectories] {
                let id = format!("figure-{number}-{}-{}", quantity.name(), cost.name());
                match drawn_figure(results, quantity, cost, &selection, id) {
                    Ok(figure) => figures.push(figure),
                    Err(why) => {
                        let note = format!(
                            "there is no figure of {} against {}: {why}",
                            quantity.name(),
                            cost.name()
                        );
                        if !notes.contains(&note) {
                            notes.push(note);
                        }
                    }
                }
            }
        }
        if !figures.is_empty() {
            drawn.push(FigureGroup { conditions, figures });
        }
    }
    drawn
}

/// The key with the most values has lines, the next panels, and further ones groups. A key that tells all
/// arms apart alone needs no other.
fn layout(results: &Results) -> Layout {
    let runs = results.runs();
    let keys: Vec<&String> = results.keys().iter().filter(|key| *key != "seed").collect();
    let mut varied: Vec<(usize, &String)> =
        keys.iter().map(|key| (values_of(runs, key).len(), *key)).filter(|(values, _)| *values > 1).collect();
    // Stable: of keys with as many values the first comes first.
    varied.sort_by_key(|(values, _)| std::cmp::Reverse(*values));
    let arm = |run: &Run| keys.iter().map(|key| value_of(run, key)).collect::<Vec<_>>();
    let arms: BTreeSet<Vec<String>> = runs.iter().map(arm).collect();
    let alone = varied.iter().find(|(values, _)| *values == arms.len()).map(|(_, key)| (*key).clone());
    if let Some(color) = alone {
        return Layout { color: Some(color), facet: None, groups: Vec::new() };
    }
    let mut keys = varied.into_iter().map(|(_, key)| key.clone());
    Layout { color: keys.next(), facet: keys.next(), groups: keys.collect() }
}

/// As figures have it.
fn value_of(run: &Run, key: &str) -> String {
    let value = match key {
        "algorithm" => run.algorithm(),
        "problem" => run.problem(),
        key => run.key(key),
    };
    value.unwrap_or("not set").to_owned()
}

fn values_of(runs: &[Run], key: &str) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for value in runs.iter().map(|run| value_of(run, key)) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

fn drawn_figure(
    results: &Results,
    y: Quantity,
    x: Cost,
    selection: &Selection,
    id: String,
) -> Result<DrawnFigure, String> {
    let request = Request {
        x,
        y,
        selection: selection.clone(),
        center: Estimate::Median,
        band: Band::Bootstrap,
        x_scale: None,
        y_scale: None,
        y_range: None,
        fit: false,
        title: None,
    };
    let figure = Figure::of_at_most(POINTS_MAX, results, &request).map_err(|error| error.to_string())?;
    if figure.panels.len() > PANELS_MAX {
        return Err(format!("it would have {} panels, more than {PANELS_MAX}", figure.panels.len()));
    }
    let panels = figure.panels.iter().enumerate();
    let panels = panels.map(|(number, panel)| drawn_panel(&figure, panel, &format!("{id}-{number}-")));
    Ok(DrawnFigure {
        title: format!("{} against {}", figure.y.label, figure.x.label),
        color: figure.color.clone(),
        labels: figure.labels.clone(),
        facet: figure.facet.clone(),
        panels: panels.collect(),
        caption: figure.caption.clone(),
        notes: figure.notes.clone(),
        x: drawn_axis(&figure.x),
        y: drawn_axis(&figure.y),
        swatches: (0..figure.labels.len()).map(swatch).collect(),
        id,
    })
}

fn drawn_panel(figure: &Figure, panel: &Panel, name: &str) -> DrawnPanel {
    let drawn = figure.page_panel(panel, name);
    DrawnPanel {
        name: panel.name.clone(),
        frame: drawn.frame,
        mark: panel.mark.clone(),
        lines: panel.lines.iter().map(drawn_line).collect(),
        svg: drawn.svg,
    }
}

fn drawn_line(line: &Line) -> DrawnLine {
    let points = line.points.iter().map(|point| {
        let (low, high) = point.band.unzip();
        (point.round, point.x, point.center, low, high)
    });
    DrawnLine { label: line.label, points: points.collect() }
}

fn drawn_axis(axis: &crate::plot::Axis) -> DrawnAxis {
    DrawnAxis {
        label: axis.label.clone(),
        log: axis.scale == Scale::Log,
        unit: match axis.unit {
            Unit::Bytes => "bytes",
            Unit::Count => "count",
            Unit::Number => "number",
        },
        low: axis.low,
        high: axis.high,
    }
}
