//! A short program for matplotlib that draws the same from the table, to be edited.

use super::axis::{Axis, Scale};
use super::figure::Figure;
use super::look::Look;
use super::scene::Color;
use serde_json::json;

impl Figure {
    /// The program. It reads the table with the same name as its own, and writes a picture beside it.
    pub fn script(&self) -> String {
        let looks: Vec<String> = (0..self.labels.len()).map(|label| python_look(self.look(label))).collect();
        let texts: Vec<&str> = [&self.caption].into_iter().chain(&self.notes).map(String::as_str).collect();
        let marks: Vec<Option<f64>> =
            self.panels.iter().map(|panel| panel.mark.as_ref().map(|(number, _)| *number)).collect();
        let names: Vec<&str> = self.panels.iter().map(|panel| panel.name.as_str()).collect();
        let labels: Vec<&str> = self.labels.iter().map(String::as_str).collect();
        let filled = |name: &str| match name {
            "FACETS" => list(&names),
            "LABELS" => list(&labels),
            "LOOKS" => format!("[{}]", looks.join(", ")),
            "MARKS" => json!(marks).to_string().replace("null", "None"),
            "FACET" => optional(self.facet.as_deref()),
            "COLOR" => optional(self.color.as_deref()),
            "TITLE" => optional(self.title.as_deref()),
            "X" => axis(&self.x),
            "Y" => axis(&self.y),
            "NOTES" => literal(&texts.join("\n")),
            text => text.to_owned(),
        };
        // Every second part is the name of what stands there.
        TEMPLATE.split('@').map(filled).collect()
    }
}

/// JSON's texts are Python's too.
fn literal(text: &str) -> String {
    json!(text).to_string()
}

fn optional(text: Option<&str>) -> String {
    text.map_or_else(|| "None".to_owned(), literal)
}

fn list(texts: &[&str]) -> String {
    json!(texts).to_string()
}

fn axis(axis: &Axis) -> String {
    let scale = match axis.scale {
        Scale::Linear => "linear",
        Scale::Log => "log",
    };
    format!("{}, {}, ({:?}, {:?})", literal(&axis.label), literal(scale), axis.low, axis.high)
}

fn python_look(look: Look) -> String {
    let Look { color: Color([red, green, blue]), dashes } = look;
    let dashes: Vec<String> = dashes.iter().map(ToString::to_string).collect();
    let style = if dashes.is_empty() { "\"-\"".to_owned() } else { format!("(0, ({}))", dashes.join(", ")) };
    format!("(\"#{red:02x}{green:02x}{blue:02x}\", {style})")
}

const TEMPLATE: &str = r#"# Draws the numbers beside this file with matplotlib. Usage: python3 THIS.py [PICTURE.pdf|.svg|.png]
import csv
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

here = pathlib.Path(__file__)
facets, facet_key = @FACETS@, @FACET@
labels, color_key = @LABELS@, @COLOR@
looks = @LOOKS@
optimum = @MARKS@
notes = @NOTES@
with open(here.with_suffix(".csv"), newline="") as file:
    rows = list(csv.DictReader(file))



def shown(values, scale):
    """Numbers that a log axis cannot show are left out."""
    return [value if scale == "linear" or value > 0 else float("nan") for value in values]


(x_label, x_scale, x_range), (y_label, y_scale, y_range) = (@X@), (@Y@)
figure, axes = plt.subplots(1, len(facets), sharex=True, sharey=True, squeeze=False, layout="constrained",
                            figsize=(1.6 + 3.2 * len(facets), 3.4))
for axis, facet, best in zip(axes[0], facets, optimum):
    for label, (color, dashes) in zip(labels, looks):
        line = [row for row in rows if row["facet"] == facet and row["color"] == label]
        x, center = ([float(row[name]) for row in line] for name in ("x", "center"))
        low, high = ([float(row[name] or "nan") for row in line] for name in ("low", "high"))
        axis.fill_between(shown(x, x_scale), low, high, color=color, alpha=0.18, linewidth=0)
        axis.plot(shown(x, x_scale), shown(center, y_scale), color=color, linestyle=dashes, linewidth=1.3, label=label)
    if best is not None:
        axis.axhline(best, color="grey", linestyle=":", linewidth=0.8)
    axis.set_title(f"{facet_key} = {facet}" if facet_key else None, fontsize=9)
    axis.set(xlabel=x_label, xscale=x_scale, xlim=x_range, yscale=y_scale, ylim=y_range)
axes[0][0].set_ylabel(y_label)
if color_key:
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside right upper", title=color_key)
figure.suptitle(@TITLE@)
figure.supxlabel(notes, fontsize=6)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else f"{here.stem}-matplotlib.pdf")
"#;
