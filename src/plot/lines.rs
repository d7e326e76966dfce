//! From runs to the numbers of lines.

use super::arms::{Arm, Arms, Member, Selection};
use super::axis::{Axis, Scale, Unit};
use super::band::Band;
use super::error::PlotError;
use super::figure::{Figure, Line, Panel, Point, Slope};
use super::look::LINES_MAX;
use super::rounds::{POINTS_MAX, Round, thin};
use crate::results::{Cost, Quantity, Results};
use crate::statistics::{Arm as AtX, Bootstrap, Estimate, PowerLaw, Sample};
use std::collections::BTreeMap;

/// What to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What lines run along.
    pub x: Cost,
    /// What they are of.
    pub y: Quantity,
    /// What tells them apart.
    pub selection: Selection,
    /// What stands for all seeds.
    pub center: Estimate,
    /// What is drawn around it.
    pub band: Band,
    /// How numbers are set out along x; where nothing is said, the numbers decide.
    pub x_scale: Option<Scale>,
    /// The same along y.
    pub y_scale: Option<Scale>,
    /// From where to where the y axis goes, if not as far as the numbers.
    pub y_range: Option<(f64, f64)>,
    /// Whether power laws are fitted: both axes are log axes then, where nothing else is said.
    pub fit: bool,
    /// What stands above the figure.
    pub title: Option<String>,
}

impl Figure {
    /// The figure of some runs. Where nothing says how numbers are set out, an axis is a log axis if what is
    /// on it spans more than two decades: costs always, values only if they are errors.
    ///
    /// # Errors
    /// [`PlotError`].
    pub fn of(results: &Results, request: &Request) -> Result<Figure, PlotError> {
        Figure::of_at_most(POINTS_MAX, results, request)
    }

    /// As [`Figure::of`], with so many points of a line at most.
    ///
    /// # Errors
    /// [`PlotError`].
    pub fn of_at_most(most: usize, results: &Results, request: &Request) -> Result<Figure, PlotError> {
        request.band.check(request.center)?;
        let Arms { facets, labels, arms, mut notes } = Arms::of(results, &request.selection)?;
        if labels.len() > LINES_MAX {
            return Err(PlotError::TooManyLines { lines: labels.len(), most: LINES_MAX });
        }
        let mut rounds = Vec::new();
        for arm in &arms {
            rounds.push(rounds_of(arm, request, &mut notes)?);
        }
        if rounds.iter().all(Vec::is_empty) {
            return Err(PlotError::NoNumbers { quantity: request.y.name() });
        }
        let without = rounds.iter().filter(|rounds| rounds.is_empty()).count();
        if without > 0 {
            let lines = rounds.len();
            notes
                .push(format!("{without} of {lines} lines are left out, which have no {}", request.y.name()));
        }
        let all_x = || rounds.iter().flatten().map(|round| round.x as f64);
        let x_scale =
            request.x_scale.unwrap_or_else(|| if request.fit { Scale::Log } else { scale_of(all_x()) });
        let x = Axis::around(request.x.label(), request.x.unit(), x_scale, all_x());
        thin(&mut rounds, &x, most, &mut notes);
        let mut panels: Vec<Panel> =
            facets.into_iter().map(|name| Panel { name, lines: Vec::new(), mark: None }).collect();
        for (arm, rounds) in arms.iter().zip(&rounds).filter(|(_, rounds)| !rounds.is_empty()) {
            let slope = request.fit.then(|| slope(rounds, &labels[arm.label], &mut notes)).flatten();
            panels[arm.facet].lines.push(Line { label: arm.label, points: points(rounds, request)?, slope });
        }
        for (number, panel) in panels.iter_mut().enumerate() {
            let runs = arms.iter().filter(|arm| arm.facet == number).flat_map(|arm| &arm.members);
            let best = request.y.best(runs.map(|member| member.run));
            panel.mark = best.map(|number| (number, "optimum".to_owned()));
        }
        let y = y_axis(&panels, request, x_scale)?;
        let Selection { color, facet, .. } = request.selection.clone();
        let interval = request.band.name(request.center);
        let caption = caption(&panels, request);
        let figure = Figure {
            title: request.title.clone(),
            x,
            y,
            facet,
            color,
            labels,
            continued: Vec::new(),
            panels,
            caption,
            interval,
            notes,
        };
        figure.with_log_notes(request)
    }

    /// The points that stand somewhere along the x axis.
    fn shown(&self) -> impl Iterator<Item = &Point> {
        self.points().filter(|point| self.x.scale == Scale::Linear || point.x > 0)
    }

    /// With sentences about what its log axes cannot show.
    fn with_log_notes(mut self, request: &Request) -> Result<Figure, PlotError> {
        let points = self.points().count();
        let (x, y) = (request.x.name(), request.y.name());
        let mut more = Vec::new();
        let mut hidden = |name: &'static str, is: &str, instead: &'static str, number: usize| {
            if number == points {
                return Err(PlotError::NothingPositive { name, instead, points });
            }
            if number > 0 {
                more.push(format!(
                    "{name} is {is} in {number} of {points} points, which a log axis cannot show"
                ));
            }
            Ok(())
        };
        if self.x.scale == Scale::Log {
            hidden(x, "0", "--linear-x", self.points().filter(|point| point.x == 0).count())?;
        }
        if self.y.scale == Scale::Log {
            hidden(y, "0 or below", "--linear-y", self.points().filter(|point| point.center <= 0.0).count())?;
        }
        if let Some((low, high)) = request.y_range {
            let beyond = self.shown().filter(|point| point.center < low || point.center > high).count();
            if beyond > 0 {
                more.push(format!(
                    "{beyond} of {points} points lie beyond the y axis, which was asked to end there"
                ));
            }
        }
        let open = |point: &&Point| point.center > 0.0 && point.band.is_some_and(|(low, _)| low <= 0.0);
        let open = self.shown().filter(open).count();
        if self.y.scale == Scale::Log && open > 0 {
            more.push(format!(
                "the band reaches 0 or below in {open} of {points} points, and the axis cuts it there"
            ));
        }
        self.notes.append(&mut more);
        Ok(self)
    }
}

/// The rounds that all runs of an arm have, with each run's number.
fn rounds_of(arm: &Arm<'_>, request: &Request, notes: &mut Vec<String>) -> Result<Vec<Round>, PlotError> {
    struct At<'a> {
        x: u64,
        of: Member<'a>,
        values: BTreeMap<u64, f64>,
    }
    let mut rounds: BTreeMap<u64, At<'_>> = BTreeMap::new();
    for &member in &arm.members {
        for row in member.run.rounds() {
            let x = request.x.of(member.run, row.round, &row.costs);
            let (Some(x), Some(y)) = (x, request.y.of(member.run, row)) else { continue };
            let at = rounds.entry(row.round).or_insert_with(|| At { x, of: member, values: BTreeMap::new() });
            if at.x != x {
                return Err(PlotError::XDiffers {
                    cost: request.x.name(),
                    round: row.round,
                    one: at.x,
                    one_run: at.of.name.to_owned(),
                    other: x,
                    other_run: member.name.to_owned(),
                });
            }
            at.values.insert(member.seed, y);
        }
    }
    let before = rounds.len();
    rounds.retain(|_, at| at.values.len() == arm.members.len());
    if rounds.len() < before {
        let lone = before - rounds.len();
        notes.push(format!(
            "{lone} of {before} rounds of a line are left out, which not all of its seeds have"
        ));
    }
    let round = |(round, at): (u64, At<'_>)| Round { round, x: at.x, values: at.values };
    Ok(rounds.into_iter().map(round).collect())
}

/// A log scale where positive numbers span more than two decades.
fn scale_of(numbers: impl Iterator<Item = f64>) -> Scale {
    let positive = numbers.filter(|&number| number > 0.0);
    let (low, high) = positive.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
    if high > 100.0 * low { Scale::Log } else { Scale::Linear }
}

fn points(rounds: &[Round], request: &Request) -> Result<Vec<Point>, PlotError> {
    let point = |at: &Round| {
        let values: Vec<f64> = at.values.values().copied().collect();
        let sample = Sample::of(&values)?;
        let band = request.band.ends(request.center, &sample)?;
        let center = request.center.of(&sample);
        Ok(Point { round: at.round, x: at.x, center, band, seeds: sample.seeds() })
    };
    let located = |at: &Round| point(at).map_err(|error| PlotError::Statistics { round: at.round, error });
    rounds.iter().map(located).collect()
}

/// The power law of a line, over the points at which all is positive.
fn slope(rounds: &[Round], label: &str, notes: &mut Vec<String>) -> Option<Slope> {
    let of = if label.is_empty() { "the line".to_owned() } else { format!("the line {label}") };
    let positive = |at: &&Round| at.x > 0 && at.values.values().all(|&value| value > 0.0);
    let arms: Vec<AtX> =
        rounds.iter().filter(positive).map(|at| AtX { x: at.x as f64, values: at.values.clone() }).collect();
    // Round 0 has no logarithm in any line: that goes without saying.
    let without = rounds.iter().filter(|at| at.x > 0).count() - arms.len();
    if without > 0 {
        notes.push(format!("the slope of {of} leaves out {without} points, where a seed is 0 or below"));
    }
    match PowerLaw::through(&arms, &Bootstrap::default()) {
        Ok(law) => Some(Slope { exponent: law.exponent, standard_error: law.standard_error }),
        Err(error) => {
            notes.push(format!("{of} has no slope: {error}"));
            None
        }
    }
}

/// Centres and bands are within it, but for lower ends of bands far below all lines of a log axis.
fn y_axis(panels: &[Panel], request: &Request, x_scale: Scale) -> Result<Axis, PlotError> {
    // What is not on the x axis takes no room on this one.
    let points = || {
        let all = panels.iter().flat_map(|panel| &panel.lines).flat_map(|line| &line.points);
        all.filter(move |point| x_scale == Scale::Linear || point.x > 0)
    };
    let centers = || points().map(|point| point.center);
    let scale = match request.y_scale {
        Some(scale) => scale,
        None if request.fit => Scale::Log,
        None if request.y.is_an_error() => scale_of(centers()),
        None => Scale::Linear,
    };
    if let Some((low, high)) = request.y_range {
        if scale == Scale::Log && low <= 0.0 {
            return Err(PlotError::RangeOnLog { low });
        }
        let label = request.y.label().to_owned();
        return Ok(Axis { label, scale, unit: Unit::Number, low, high });
    }
    let least = centers().filter(|&center| center > 0.0).fold(f64::INFINITY, f64::min);
    let floor = if scale == Scale::Log { least / 3.0 } else { f64::NEG_INFINITY };
    let ends = points().filter_map(|point| point.band).flat_map(|(low, high)| [low.max(floor), high]);
    let best = panels.iter().filter_map(|panel| panel.mark.as_ref()).map(|(number, _)| *number);
    Ok(Axis::around(request.y.label(), Unit::Number, scale, centers().chain(ends).chain(best)))
}

/// "line: mean; band: 95 % bootstrap of the mean, 10 seeds".
fn caption(panels: &[Panel], request: &Request) -> String {
    let lines = || panels.iter().flat_map(|panel| &panel.lines).filter_map(|line| line.points.first());
    let fewest = lines().map(|point| point.seeds).min().unwrap_or(0);
    let most = lines().map(|point| point.seeds).max().unwrap_or(0);
    let seeds = match (fewest, most) {
        (1, 1) => return "line: one seed".to_owned(),
        (fewest, most) if fewest == most => format!("{most} seeds"),
        (fewest, most) => format!("{fewest} to {most} seeds"),
    };
    let alone = if fewest == 1 && request.band != Band::None { " (none of one seed)" } else { "" };
    match request.band {
        Band::None => format!("line: {}, {seeds}", request.center.name()),
        band => {
            let (center, band) = (request.center.name(), band.name(request.center));
            format!("line: {center}; band: {band}, {seeds}{alone}")
        }
    }
}
