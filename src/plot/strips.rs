//! Every seed as a point, in a row for each arm.

use super::axis::{Axis, Scale, Unit};
use super::layout::{FRAME, GRID, LABEL, MARGIN, NOTE, SMALL, TICK, axis_text, text, tick_text};
use super::scene::{Anchor, BLACK, GREY, Mark, Scene, Stroke, Text};
use super::svg;

/// The seeds of an arm.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// The arm's name.
    pub name: String,
    /// What every seed has come to.
    pub points: Vec<f64>,
    /// What stands for all of them.
    pub center: f64,
    /// Its interval.
    pub interval: Option<(f64, f64)>,
}

const WIDTH: f64 = 268.0;
/// Of a row: its name, and below it the points.
const ROW: f64 = 25.0;
const RADIUS: f64 = 2.6;
/// Points that lie upon one another are seen.
const OPACITY: f64 = 0.5;

/// The rows as an element of a page, above one another. `mark` is a number with its name.
pub fn strip_element(label: &str, strips: &[Strip], mark: Option<&(f64, String)>) -> String {
    let ends = strips.iter().filter_map(|strip| strip.interval).flat_map(|(low, high)| [low, high]);
    let points = strips.iter().flat_map(|strip| strip.points.iter().copied());
    let marked = mark.map(|(number, _)| *number);
    let axis = Axis::around(label, Unit::Number, Scale::Linear, points.chain(ends).chain(marked));
    let ticks = axis.ticks();
    let (left, top) = (MARGIN, NOTE + 6.0);
    let bottom = top + ROW * strips.len() as f64 + 3.0;
    let along = |number: f64| axis.place(number).map(|part| left + part * WIDTH);
    let mut marks = Vec::new();
    for x in ticks.major.iter().filter_map(|tick| along(tick.at)) {
        marks.push(Mark::Line { points: vec![(x, top), (x, bottom)], stroke: GRID });
    }
    if let Some((x, name)) = mark.and_then(|(number, name)| Some((along(*number)?, name))) {
        let stroke = Stroke { color: GREY, width: 0.8, dashes: &[2.0, 2.0] };
        marks.push(Mark::Line { points: vec![(x, top), (x, bottom)], stroke });
        marks.push(text(name, (x + 3.0, top - 3.0), NOTE, GREY, Anchor::End));
    }
    for (row, strip) in strips.iter().enumerate() {
        let upper = top + ROW * row as f64;
        marks.push(text(&strip.name, (left + 2.0, upper + SMALL + 2.0), SMALL, BLACK, Anchor::Start));
        let y = upper + SMALL + 9.0;
        if let Some((low, high)) = strip.interval.and_then(|(low, high)| Some((along(low)?, along(high)?))) {
            marks.push(Mark::Line { points: vec![(low, y), (high, y)], stroke: Stroke::whole(BLACK, 0.8) });
        }
        let circles = strip.points.iter().filter_map(|&number| along(number)).map(|x| circle((x, y)));
        marks.extend(circles.map(|points| Mark::Area { points, color: BLACK, opacity: OPACITY }));
        if let Some(x) = along(strip.center) {
            let stroke = Stroke::whole(BLACK, 2.0);
            marks.push(Mark::Line { points: vec![(x, y - 5.0), (x, y + 5.0)], stroke });
        }
    }
    marks.push(Mark::Line { points: vec![(left, bottom), (left + WIDTH, bottom)], stroke: FRAME });
    for tick in &ticks.major {
        let Some(x) = along(tick.at) else { continue };
        marks.push(Mark::Line { points: vec![(x, bottom), (x, bottom + TICK)], stroke: FRAME });
        let at = (x, bottom + TICK + SMALL + 1.0);
        marks.push(Mark::Text(Text { at, anchor: Anchor::Middle, ..tick_text(tick) }));
    }
    let below = bottom + TICK + SMALL + 4.0 + LABEL;
    let middle = (left + WIDTH / 2.0, below);
    marks.push(text(&axis_text(&axis, &ticks), middle, LABEL, BLACK, Anchor::Middle));
    let title = format!("{label}, every seed");
    svg::element(&Scene { width: left + WIDTH + MARGIN + 8.0, height: below + 4.0, title, marks }, "")
}

/// As many corners as are seen.
fn circle((x, y): (f64, f64)) -> Vec<(f64, f64)> {
    let corner = |number: u32| {
        let angle = f64::from(number) * std::f64::consts::TAU / 16.0;
        (x + RADIUS * libm::cos(angle), y + RADIUS * libm::sin(angle))
    };
    (0..16).map(corner).collect()
}
