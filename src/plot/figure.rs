//! What a figure shows, before it is known where: panels with lines, axes, a legend, notes.

use super::axis::Axis;
use super::look::{COLORS, DASHES, Look, look};

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What stands above it, where anything does.
    pub title: Option<String>,
    /// The axis along the lower side, of all panels.
    pub x: Axis,
    /// The axis along the left side, of all panels.
    pub y: Axis,
    /// The key whose values are the panels' names.
    pub facet: Option<String>,
    /// The key whose values are the lines' labels.
    pub color: Option<String>,
    /// The labels of lines, in the order of the legend: a line's look is that of its label.
    pub labels: Vec<String>,
    /// Labels of lines that nothing was measured of, each with the label of the line that a formula continues
    /// in it. Where there are any, they alone are dashed, in the colours of the others.
    pub continued: Vec<(usize, usize)>,
    /// The panels.
    pub panels: Vec<Panel>,
    /// What lines and bands are.
    pub caption: String,
    /// What the band is, where there is one.
    pub interval: String,
    /// What could not be shown, and whatever else has to be known.
    pub notes: Vec<String>,
}

/// A part of a figure with axes of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Its value of the facet's key.
    pub name: String,
    /// Its lines.
    pub lines: Vec<Line>,
    /// A number on the y axis that is marked, and its name.
    pub mark: Option<(f64, String)>,
}

/// A line with its band.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which of the figure's labels is its own.
    pub label: usize,
    /// Its points, by round.
    pub points: Vec<Point>,
    /// A fitted law, where one was asked for.
    pub slope: Option<Slope>,
}

/// A point of a line: what the seeds of an arm have come to after some rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// How many rounds.
    pub round: u64,
    /// Where it stands.
    pub x: u64,
    /// The centre of the seeds' values.
    pub center: f64,
    /// The ends of the band.
    pub band: Option<(f64, f64)>,
    /// How many seeds.
    pub seeds: usize,
}

/// The exponent of a power law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// The exponent.
    pub exponent: f64,
    /// Its standard error over seeds.
    pub standard_error: f64,
}

impl Figure {
    /// All points of all lines.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.panels.iter().flat_map(|panel| &panel.lines).flat_map(|line| &line.points)
    }

    /// The look of the lines of a label.
    pub(super) fn look(&self, label: usize) -> Look {
        if self.continued.is_empty() {
            return look(label);
        }
        match self.continued.iter().find(|(formula, _)| *formula == label) {
            Some((_, measured)) => Look { color: COLORS[measured % COLORS.len()], dashes: DASHES[1] },
            None => Look { color: COLORS[label % COLORS.len()], dashes: &[] },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Axis, Scale, Unit};

    #[test]
    fn lines_by_formula_have_the_colour_of_the_lines_that_they_continue_and_alone_are_dashed() {
        let axis = || Axis::around("", Unit::Count, Scale::Linear, [1.0, 2.0].into_iter());
        let figure = Figure {
            title: None,
            x: axis(),
            y: axis(),
            facet: None,
            color: None,
            labels: ["few", "few, by formula", "many", "many, by formula"].map(str::to_owned).to_vec(),
            continued: vec![(1, 0), (3, 2)],
            panels: Vec::new(),
            caption: String::new(),
            interval: String::new(),
            notes: Vec::new(),
        };
        let looks: Vec<Look> = (0..4).map(|label| figure.look(label)).collect();
        assert_eq!((looks[1].color, looks[3].color), (looks[0].color, looks[2].color));
        assert_ne!(looks[0].color, looks[2].color);
        assert_eq!(
            looks.iter().map(|look| look.dashes.is_empty()).collect::<Vec<_>>(),
            [true, false, true, false]
        );
        assert_eq!(Figure { continued: Vec::new(), ..figure }.look(1), look(1));
    }
}
