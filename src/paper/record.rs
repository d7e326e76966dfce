//! What an experiment leaves behind.

use super::statistics::{Mean, PowerLaw};
use super::{Evaluation, Form, Options, Society};
use serde::Serialize;

/// An experiment that has been run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    /// Its name: `e1`, `e2`.
    pub experiment: &'static str,
    /// What is claimed.
    pub claim: &'static str,
    /// The program's version and commit.
    pub program: String,
    /// How thoroughly it was run.
    pub form: Form,
    /// Seeds per point.
    pub seeds: u32,
    /// What holds of all panels: policy, features, step sizes, averages.
    pub setting: &'static str,
    /// Why the bands are what they are.
    pub bands: &'static str,
    /// One per problem and step size.
    pub panels: Vec<Panel>,
    /// Whether all checks of all panels hold.
    pub passed: bool,
    /// Wall time. The only field that differs from run to run.
    pub seconds: f64,
}

impl Record {
    pub(super) fn of(
        options: &Options,
        seeds: u32,
        (experiment, claim): (&'static str, &'static str),
        (setting, bands): (&'static str, &'static str),
        panels: Vec<Panel>,
    ) -> Self {
        let passed = panels.iter().flat_map(|panel| &panel.checks).all(|check| check.holds);
        Record {
            experiment,
            claim,
            program: options.program.clone(),
            form: options.form,
            seeds,
            setting,
            bands,
            panels,
            passed,
            seconds: 0.0,
        }
    }
}

/// One curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Panel {
    /// The problem's name.
    pub problem: &'static str,
    /// H.
    pub horizon: usize,
    /// γ.
    pub discount: f64,
    /// Pairs (z, a) that occur: the number of unknowns.
    pub unknowns: usize,
    /// What changes along the curve.
    pub varied: &'static str,
    /// What does not, in words; every point has it in numbers.
    pub fixed: String,
    /// The points.
    pub points: Vec<Point>,
    /// How many of the last points the slope is fitted to.
    pub fitted: usize,
    /// The slope.
    pub fit: PowerLaw,
    /// What is required.
    pub checks: Vec<Check>,
}

impl Panel {
    /// A curve with the slope of its last `fitted` points, and nothing required of it yet.
    pub(super) fn new(
        evaluation: &Evaluation,
        (varied, fixed): (&'static str, String),
        points: Vec<Point>,
        fitted: usize,
    ) -> Self {
        let last = &points[points.len() - fitted..];
        let fit = PowerLaw::through(&last.iter().map(|point| (point.x, point.error)).collect::<Vec<_>>());
        Panel {
            problem: evaluation.name(),
            horizon: evaluation.horizon(),
            discount: evaluation.gamma(),
            unknowns: evaluation.recursion().pairs(),
            varied,
            fixed,
            points,
            fitted,
            fit,
            checks: Vec::new(),
        }
    }

    /// The points that the slope is fitted to.
    pub fn last(&self) -> &[Point] {
        &self.points[self.points.len() - self.fitted..]
    }
}

/// One size of society, over all its seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Where on the axis.
    pub x: f64,
    /// The society.
    pub society: Society,
    /// Its seeds are this one and those that follow.
    pub first_seed: u64,
    /// The Bellman error `E(ψ̂)` against the exact Q, normalised rewards.
    pub error: Mean,
    /// The Bellman error of `E ψ̂`, exactly.
    pub bias: f64,
    /// `max |Q - Q̂|` over the pairs that occur, normalised rewards.
    pub largest_gap: Mean,
}

/// A number and where it must lie.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// What the number is.
    pub what: &'static str,
    /// The number.
    pub found: f64,
    /// Least and greatest value that hold.
    pub band: [f64; 2],
    /// Whether it is there.
    pub holds: bool,
}

impl Check {
    pub(super) fn new(what: &'static str, found: f64, band: [f64; 2]) -> Self {
        Check { what, found, band, holds: band[0] <= found && found <= band[1] }
    }
}
