//! Curves over a key, as figures.

use crate::plot::{Axis, Figure, Line, Panel, Point, Scale, Unit};
use crate::statistics::{Bootstrap, Estimate, Sample, StatisticsError};
use serde::{Deserialize, Serialize};

/// H along an axis: what is exponential in it is a straight line where y is drawn by its logarithm.
pub(super) const HORIZON: &str = "H, steps of an episode";

/// What labels of curves end with that nothing was measured of.
pub(super) const BY_FORMULA: &str = ", by formula";

/// A figure of curves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// Its file's name, without the extension.
    pub name: String,
    /// What stands above it.
    pub title: String,
    /// What stands beside its axes; "H, steps of an episode" is set out evenly, all else by its logarithm.
    pub x: String,
    /// The same of the other one.
    pub y: String,
    /// Whether y is drawn by its logarithm.
    pub log_y: bool,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// A curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// What it is of. One that nothing was measured of ends with ", by formula": it continues the curve that
    /// is called as what stands before that, and is dashed.
    pub label: String,
    /// Its points, from the left.
    pub spots: Vec<Spot>,
}

/// A point of a curve, over seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// Where.
    pub x: u64,
    /// The mean.
    pub mean: f64,
    /// The ends of the bootstrap of the mean; none of one seed.
    pub band: Option<(f64, f64)>,
    /// How many seeds.
    pub seeds: usize,
}

impl Spot {
    /// The mean of a sample with its bootstrap.
    ///
    /// # Errors
    /// What the bootstrap refuses.
    pub fn of(x: f64, sample: &Sample) -> Result<Self, StatisticsError> {
        let band = match sample.seeds() {
            1 => None,
            _ => Some(Bootstrap::default().interval(Estimate::Mean, sample)?),
        };
        let band = band.map(|interval| (interval.low, interval.high));
        Ok(Spot { x: x as u64, mean: sample.mean(), band, seeds: sample.seeds() })
    }
}

impl Curve {
    /// A curve of one number for each x.
    pub fn of_numbers(label: impl Into<String>, numbers: impl IntoIterator<Item = (u64, f64)>) -> Self {
        let spot = |(x, mean)| Spot { x, mean, band: None, seeds: 1 };
        Curve { label: label.into(), spots: numbers.into_iter().map(spot).collect() }
    }
}

impl Curves {
    /// As a figure.
    pub fn figure(&self) -> Figure {
        let spots = || self.curves.iter().flat_map(|curve| &curve.spots);
        let scale = if self.log_y { Scale::Log } else { Scale::Linear };
        let ends = spots().flat_map(|spot| {
            let (low, high) = spot.band.unwrap_or((spot.mean, spot.mean));
            [low, spot.mean, high]
        });
        let point = |spot: &Spot| Point {
            round: 0,
            x: spot.x,
            center: spot.mean,
            band: spot.band,
            seeds: spot.seeds,
        };
        let lines = self.curves.iter().enumerate().map(|(label, curve)| Line {
            label,
            points: curve.spots.iter().map(point).collect(),
            slope: None,
        });
        let of = |label: &str| self.curves.iter().position(|curve| curve.label == label);
        let continued = |(number, curve): (usize, &Curve)| {
            Some((number, curve.label.strip_suffix(BY_FORMULA).and_then(of)?))
        };
        let x_scale = if self.x == HORIZON { Scale::Linear } else { Scale::Log };
        let seeds = spots().map(|spot| spot.seeds).max().unwrap_or(0);
        let interval = if seeds > 1 { "95 % bootstrap of the mean" } else { "" };
        Figure {
            title: Some(self.title.clone()),
            x: Axis::around(&self.x, Unit::Count, x_scale, spots().map(|spot| spot.x as f64)),
            y: Axis::around(&self.y, Unit::Number, scale, ends),
            facet: None,
            color: Some(String::new()),
            labels: self.curves.iter().map(|curve| curve.label.clone()).collect(),
            continued: self.curves.iter().enumerate().filter_map(continued).collect(),
            panels: vec![Panel { name: String::new(), lines: lines.collect(), mark: None }],
            caption: if seeds > 1 {
                format!("line: mean of {seeds} seeds; band: {interval}")
            } else {
                "one number each".to_owned()
            },
            interval: interval.to_owned(),
            notes: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::Format;

    fn svg(curves: Vec<Curve>) -> String {
        let (name, title, y) = ("planning".to_owned(), "Plans".to_owned(), "nodes".to_owned());
        let curves = Curves { name, title, x: HORIZON.to_owned(), y, log_y: true, curves };
        String::from_utf8(curves.figure().drawn(Format::Svg)).expect("SVG is text")
    }

    #[test]
    fn what_a_formula_continues_is_dashed_in_the_colour_of_what_was_measured() {
        let measured = |label: &str| Curve::of_numbers(label, [(2, 10.0), (3, 100.0)]);
        let formula = |label: &str| Curve::of_numbers(label.to_owned() + BY_FORMULA, [(3, 100.0), (4, 1e3)]);
        let drawn = svg(vec![measured("few"), formula("few"), measured("many"), formula("many")]);
        // Each line of two stands in the figure and in its legend.
        assert_eq!(drawn.matches("stroke-dasharray").count(), 4, "{drawn}");
        // Without a formula the second line is told apart by dashes as well.
        assert_eq!(svg(vec![measured("few"), measured("many")]).matches("stroke-dasharray").count(), 2);
    }

    #[test]
    fn horizons_are_set_out_evenly() {
        let curves = |x: &str| Curves {
            name: String::new(),
            title: String::new(),
            x: x.to_owned(),
            y: String::new(),
            log_y: true,
            curves: vec![Curve::of_numbers("", [(2, 1.0), (8, 2.0)])],
        };
        assert_eq!(curves(HORIZON).figure().x.scale, Scale::Linear);
        assert_eq!(curves("M, clients").figure().x.scale, Scale::Log);
    }
}
