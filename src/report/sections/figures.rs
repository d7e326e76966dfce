//! The figures of a page.

use super::parts::paragraph;
use crate::plot::{Strip, strip_element};
use crate::report::Report;
use crate::report::figures::{DrawnFigure, FigureGroup};
use crate::report::html::Html;

pub(in crate::report) fn figures(report: &Report) -> Html {
    if report.figures.is_empty() {
        return paragraph("There is no figure: no run has come to its end with numbers to draw.");
    }
    Html::all(report.figures.iter().map(group))
}

fn group(group: &FigureGroup) -> Html {
    let mut parts = Vec::new();
    // Headings leave no level out.
    let level = if group.conditions.is_empty() { "h3" } else { "h4" };
    if !group.conditions.is_empty() {
        let conditions: Vec<String> =
            group.conditions.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        parts.push(Html::of_text("h3", "", &conditions.join(", ")));
    }
    let wide = group.figures.iter().any(|figure| figure.panels.len() > 1);
    let class = if wide { "class=\"figures wide\"" } else { "class=\"figures\"" };
    parts.push(Html::element("div", class, group.figures.iter().map(|drawn| figure(drawn, level))));
    Html::all(parts)
}

fn figure(figure: &DrawnFigure, level: &str) -> Html {
    let mut parts = vec![Html::of_text(level, "class=\"figure\"", &figure.title)];
    if let Some(color) = &figure.color {
        let mut legend = vec![Html::of_text("span", "class=\"key-name\"", color)];
        legend.extend(figure.labels.iter().zip(&figure.swatches).enumerate().map(|(at, (label, swatch))| {
            let content = [Html::own(swatch.as_str()), Html::of_text("span", "", label)];
            Html::element("span", &format!("class=\"key\" data-label=\"{at}\""), content)
        }));
        parts.push(Html::element("div", "class=\"legend\"", legend));
    }
    let panels = figure.panels.iter().enumerate().map(|(at, panel)| {
        let mut parts = Vec::new();
        if let Some(facet) = &figure.facet {
            parts.push(Html::of_text("p", "class=\"facet\"", &format!("{facet} = {}", panel.name)));
        }
        parts.push(Html::element("div", "class=\"plot\"", [Html::own(panel.svg.as_str())]));
        Html::element("div", &format!("class=\"panel\" data-panel=\"{at}\""), parts)
    });
    parts.push(Html::element("div", "class=\"panels\"", panels));
    let mut caption = vec![Html::text(&figure.caption)];
    caption
        .extend(figure.notes.iter().map(|note| Html::of_text("span", "class=\"note\"", &format!("{note}."))));
    parts.push(Html::element("figcaption", "", caption));
    Html::element("figure", &format!("id=\"{}\"", figure.id), parts)
}

/// The most arms whose seeds are drawn.
const STRIPS_MAX: usize = 40;

/// Every seed as a point: an estimate does not say whether there are two groups of them.
pub(super) fn every_seed(report: &Report) -> Html {
    let values = &report.values[0];
    let several = values.arms.iter().any(|arm| arm.by_seed.len() > 1);
    if !several || report.arms.len() > STRIPS_MAX {
        return Html::default();
    }
    let strips = report.arms.iter().zip(&values.arms).filter_map(|(arm, of)| {
        let found = of.found.as_ref()?;
        Some(Strip {
            name: arm.label.clone(),
            points: of.by_seed.iter().map(|(_, value)| *value).collect(),
            center: found.median,
            interval: found.median_interval.map(|interval| (interval.low, interval.high)),
        })
    });
    let strips: Vec<Strip> = strips.collect();
    // The figures have found it to be the same for all runs.
    let marks =
        report.figures.iter().flat_map(|group| group.figures.first()).flat_map(|figure| &figure.panels);
    let mark = marks.filter_map(|panel| panel.mark.clone()).next();
    let label = format!("{} at the end of the runs", values.name);
    let parts = [
        Html::of_text("h3", "", "Every seed"),
        Html::element("div", "class=\"plot\"", [Html::own(strip_element(&label, &strips, mark.as_ref()))]),
        Html::of_text(
            "figcaption",
            "",
            "point: a seed; thick line: median; thin line: 95 % bootstrap of the median",
        ),
    ];
    Html::element("figure", "class=\"strips\"", parts)
}
