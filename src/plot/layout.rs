//! Where everything of a figure stands on the sheet.

use super::axis::{Axis, Tick, Ticks};
use super::figure::{Figure, Line, Panel, Slope};
use super::look::Look;
use super::scene::{Anchor, BLACK, Color, GREY, Mark, PALE, Scene, Stroke, Text, width_of};

/// Sizes of texts: of the title, of labels and panels, of ticks and the legend, of notes.
const TITLE: f64 = 11.0;
pub(super) const LABEL: f64 = 9.0;
pub(super) const SMALL: f64 = 8.0;
pub(super) const NOTE: f64 = 7.0;

/// Between parts of the figure.
const GAP: f64 = 8.0;
pub(super) const MARGIN: f64 = 8.0;
/// Lengths of ticks with and without a text.
pub(super) const TICK: f64 = 4.0;
const MINOR: f64 = 2.0;
pub(super) const SWATCH: f64 = 24.0;
/// Panels beside one another at most.
const COLUMNS_MAX: usize = 3;

/// Where a system has none of the fonts, its own is wider: so much room is left for that.
pub(super) const WIDER: f64 = 1.2;

pub(super) const FRAME: Stroke = Stroke::whole(BLACK, 0.7);
pub(super) const GRID: Stroke = Stroke::whole(PALE, 0.5);
pub(super) const LINE_WIDTH: f64 = 1.3;
/// Bands of several lines are seen through one another.
const BAND_OPACITY: f64 = 0.18;

/// The scene of a figure.
pub(super) fn scene(figure: &Figure) -> Scene {
    let ticks = (figure.x.ticks(), figure.y.ticks());
    let columns = match figure.panels.len() {
        // In a square.
        4 => 2,
        panels => panels.clamp(1, COLUMNS_MAX),
    };
    let rows = figure.panels.len().div_ceil(columns).max(1);
    let width = match columns {
        1 => 330.0,
        2 => 230.0,
        _ => 180.0,
    };
    let height = if columns == 1 { 230.0 } else { 185.0 };
    let panel_title = if figure.facet.is_some() { LABEL + 5.0 } else { 0.0 };
    let widest = ticks.1.major.iter().map(|tick| tick_text(tick).width()).fold(0.0, f64::max);
    let left = MARGIN + LABEL + 6.0 + WIDER * widest + TICK + 3.0;
    let title = if figure.title.is_some() { TITLE + GAP } else { 0.0 };
    let top = MARGIN + title + panel_title;
    let (step_x, step_y) = (width + 12.0, height + panel_title + 12.0);
    let right = left + step_x * (columns - 1) as f64 + width;
    let bottom = top + step_y * (rows - 1) as f64 + height;
    let below = bottom + TICK + SMALL + 4.0 + LABEL + 4.0;
    let legend = Legend::of(figure);
    let sheet = right + GAP + legend.width + MARGIN;
    let mut marks = Vec::new();
    if let Some(title) = &figure.title {
        marks.push(text(title, (left, MARGIN + TITLE), TITLE, BLACK, Anchor::Start));
    }
    for (number, panel) in figure.panels.iter().enumerate() {
        let (column, row) = (number % columns, number / columns);
        let place = Place {
            left: left + step_x * column as f64,
            top: top + step_y * row as f64,
            width,
            height,
            has_x_texts: number + columns >= figure.panels.len(),
            has_y_texts: column == 0,
        };
        place.draw(figure, panel, &ticks, &mut marks);
    }
    let middle = (left + (right - left) / 2.0, below - 4.0);
    marks.push(text(&axis_text(&figure.x, &ticks.0), middle, LABEL, BLACK, Anchor::Middle));
    let beside = text(
        &axis_text(&figure.y, &ticks.1),
        (MARGIN + LABEL, top + (bottom - top) / 2.0),
        LABEL,
        BLACK,
        Anchor::Middle,
    );
    marks.push(upward(beside));
    legend.draw((right + GAP, top), &mut marks);
    let mut line = below + 2.0;
    let notes = [&figure.caption].into_iter().chain(&figure.notes);
    for note in notes.flat_map(|note| wrapped(note, sheet - left - MARGIN)) {
        line += NOTE + 3.0;
        marks.push(text(&note, (left, line), NOTE, GREY, Anchor::Start));
    }
    let lowest = line.max(top + legend.height);
    let named =
        figure.title.clone().unwrap_or_else(|| format!("{} against {}", figure.y.label, figure.x.label));
    Scene { width: libm::ceil(sheet), height: libm::ceil(lowest + MARGIN), title: named, marks }
}

/// Texts in a row, or every second of them, or every third, so that none touches the next.
fn apart(texts: Vec<Text>) -> Vec<Text> {
    let touch = |one: &Text, next: &Text| next.at.0 - one.at.0 < (one.width() + next.width()) / 2.0 + 4.0;
    let each = |step: usize| texts.iter().step_by(step).collect::<Vec<_>>();
    let stands = |step: &usize| each(*step).windows(2).all(|two| !touch(two[0], two[1]));
    let step = (1..=texts.len()).find(stands).unwrap_or(1);
    texts.into_iter().step_by(step).collect()
}

/// What stands along an axis.
pub(super) fn axis_text(axis: &Axis, ticks: &Ticks) -> String {
    match ticks.in_unit.as_str() {
        "" => axis.label.clone(),
        unit => format!("{} ({unit})", axis.label),
    }
}

/// A panel's place, and what stands beside it.
pub(super) struct Place {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) has_x_texts: bool,
    pub(super) has_y_texts: bool,
}

impl Place {
    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    fn x(&self, axis: &Axis, number: f64) -> Option<f64> {
        axis.place(number).map(|part| self.left + part * self.width)
    }

    fn y(&self, axis: &Axis, number: f64) -> Option<f64> {
        axis.place(number).map(|part| self.bottom() - part * self.height)
    }

    fn draw(&self, figure: &Figure, panel: &Panel, ticks: &(Ticks, Ticks), marks: &mut Vec<Mark>) {
        if let Some(key) = &figure.facet {
            let at = (self.left + self.width / 2.0, self.top - 5.0);
            marks.push(text(&format!("{key} = {}", panel.name), at, LABEL, BLACK, Anchor::Middle));
        }
        self.draw_grid(figure, ticks, marks);
        let mut within = Vec::new();
        for line in &panel.lines {
            self.draw_band(figure, line, &mut within);
        }
        if let Some((number, name)) = &panel.mark {
            self.draw_mark(&figure.y, *number, name, &mut within);
        }
        for line in &panel.lines {
            self.draw_line(figure, line, &mut within);
        }
        let frame = [self.left, self.top, self.width, self.height];
        marks.push(Mark::Within { frame, marks: within });
        self.draw_frame(marks);
        self.draw_ticks(figure, ticks, marks);
    }

    pub(super) fn draw_frame(&self, marks: &mut Vec<Mark>) {
        let corners = [
            (self.left, self.top),
            (self.right(), self.top),
            (self.right(), self.bottom()),
            (self.left, self.bottom()),
        ];
        // Closed, so that the first corner is a corner as the others are.
        let points = corners.into_iter().chain([corners[0], corners[1]]).collect();
        marks.push(Mark::Line { points, stroke: FRAME });
    }

    pub(super) fn draw_grid(&self, figure: &Figure, (x, y): &(Ticks, Ticks), marks: &mut Vec<Mark>) {
        for x in x.major.iter().filter_map(|tick| self.x(&figure.x, tick.at)) {
            marks.push(Mark::Line { points: vec![(x, self.top), (x, self.bottom())], stroke: GRID });
        }
        for y in y.major.iter().filter_map(|tick| self.y(&figure.y, tick.at)) {
            marks.push(Mark::Line { points: vec![(self.left, y), (self.right(), y)], stroke: GRID });
        }
    }

    /// Ticks stand outside, where no line hides them; texts beside the outermost panels only.
    pub(super) fn draw_ticks(&self, figure: &Figure, (x, y): &(Ticks, Ticks), marks: &mut Vec<Mark>) {
        let mut tick = |from: (f64, f64), to: (f64, f64)| {
            marks.push(Mark::Line { points: vec![from, to], stroke: FRAME });
        };
        for (numbers, length) in [(at(&x.major), TICK), (x.minor.clone(), MINOR)] {
            for x in numbers.into_iter().filter_map(|number| self.x(&figure.x, number)) {
                tick((x, self.bottom()), (x, self.bottom() + length));
            }
        }
        for (numbers, length) in [(at(&y.major), TICK), (y.minor.clone(), MINOR)] {
            for y in numbers.into_iter().filter_map(|number| self.y(&figure.y, number)) {
                tick((self.left, y), (self.left - length, y));
            }
        }
        if self.has_x_texts {
            let placed = x.major.iter().filter_map(|tick| {
                let at = (self.x(&figure.x, tick.at)?, self.bottom() + TICK + SMALL + 1.0);
                Some(Text { at, anchor: Anchor::Middle, ..tick_text(tick) })
            });
            marks.extend(apart(placed.collect()).into_iter().map(Mark::Text));
        }
        if self.has_y_texts {
            for tick in &y.major {
                let Some(y) = self.y(&figure.y, tick.at) else { continue };
                let text = Text { at: (self.left - TICK - 3.0, y + 0.35 * SMALL), ..tick_text(tick) };
                marks.push(Mark::Text(text));
            }
        }
    }

    pub(super) fn draw_band(&self, figure: &Figure, line: &Line, marks: &mut Vec<Mark>) {
        let floor = self.bottom() + 1.0;
        let mut area: Vec<[(f64, f64); 2]> = Vec::new();
        let mut finish = |area: &mut Vec<[(f64, f64); 2]>| {
            if area.len() > 1 {
                let upper = area.iter().map(|[_, upper]| *upper);
                let points = upper.chain(area.iter().rev().map(|[lower, _]| *lower)).collect();
                let color = figure.look(line.label).color;
                marks.push(Mark::Area { points, color, opacity: BAND_OPACITY });
            }
            area.clear();
        };
        for point in &line.points {
            let drawn = point.band.and_then(|(low, high)| {
                let x = self.x(&figure.x, point.x as f64)?;
                // Of a point that is not drawn there is no band; a lower end that a log axis cannot show is
                // below everything.
                self.y(&figure.y, point.center)?;
                Some([(x, self.y(&figure.y, low).unwrap_or(floor)), (x, self.y(&figure.y, high)?)])
            });
            match drawn {
                Some(ends) => area.push(ends),
                None => finish(&mut area),
            }
        }
        finish(&mut area);
    }

    /// A line is broken where a point cannot be shown.
    pub(super) fn draw_line(&self, figure: &Figure, line: &Line, marks: &mut Vec<Mark>) {
        let Look { color, dashes } = figure.look(line.label);
        let stroke = Stroke { color, width: LINE_WIDTH, dashes };
        let places = line
            .points
            .iter()
            .map(|point| Some((self.x(&figure.x, point.x as f64)?, self.y(&figure.y, point.center)?)))
            .collect::<Vec<_>>();
        for part in places.split(Option::is_none) {
            let points: Vec<(f64, f64)> = part.iter().flatten().copied().collect();
            match points.as_slice() {
                [] => {}
                // A point on its own has no length.
                &[(x, y)] => marks.push(Mark::Line {
                    points: vec![(x - 2.0, y), (x + 2.0, y)],
                    stroke: Stroke::whole(color, 4.0),
                }),
                _ => marks.push(Mark::Line { points, stroke }),
            }
        }
    }

    pub(super) fn draw_mark(&self, axis: &Axis, number: f64, name: &str, marks: &mut Vec<Mark>) {
        let Some(y) = self.y(axis, number) else { return };
        let stroke = Stroke { color: GREY, width: 0.8, dashes: &[2.0, 2.0] };
        marks.push(Mark::Line { points: vec![(self.left, y), (self.right(), y)], stroke });
        let above = if y - self.top > NOTE + 4.0 { y - 3.0 } else { y + NOTE + 2.0 };
        marks.push(text(name, (self.left + 4.0, above), NOTE, GREY, Anchor::Start));
    }
}

/// The legend, with the size that it takes.
struct Legend {
    head: Option<String>,
    entries: Vec<(Look, String, Vec<String>)>,
    width: f64,
    height: f64,
}

const LEGEND_LINE: f64 = SMALL + 5.0;
const LEGEND_BELOW: f64 = NOTE + 3.0;

impl Legend {
    fn of(figure: &Figure) -> Self {
        let label = |at: usize| figure.labels.get(at).cloned().unwrap_or_default();
        let several = figure.panels.len() > 1;
        let mut entries = Vec::new();
        for (at, _) in figure.labels.iter().enumerate() {
            let of_panel = |panel: &Panel| {
                let line = panel.lines.iter().find(|line| line.label == at)?;
                let slope = slope_text(line.slope?);
                Some(if several { format!("{}: {slope}", panel.name) } else { slope })
            };
            entries.push((
                figure.look(at),
                label(at),
                figure.panels.iter().filter_map(of_panel).collect::<Vec<_>>(),
            ));
        }
        // A line that has no name and no fit needs no legend.
        entries.retain(|(_, name, below)| !name.is_empty() || !below.is_empty());
        let head = figure.color.clone().filter(|_| !entries.is_empty());
        let of_entry = |(_, name, below): &(Look, String, Vec<String>)| {
            let below = below.iter().map(|text| width_of(text, NOTE)).fold(0.0, f64::max);
            SWATCH + 5.0 + WIDER * width_of(name, SMALL).max(below)
        };
        let named = head.as_ref().map_or(0.0, |head| WIDER * width_of(head, SMALL));
        let width = entries.iter().map(of_entry).fold(named, f64::max);
        let height = entries.iter().map(|(_, _, below)| LEGEND_LINE + LEGEND_BELOW * below.len() as f64);
        let height = height.sum::<f64>() + if head.is_some() { LEGEND_LINE } else { 0.0 };
        Legend { head, entries, width, height }
    }

    fn draw(&self, (left, top): (f64, f64), marks: &mut Vec<Mark>) {
        let mut line = top;
        if let Some(head) = &self.head {
            marks.push(text(head, (left, line + SMALL), SMALL, BLACK, Anchor::Start));
            line += LEGEND_LINE;
        }
        for (at, name, below) in &self.entries {
            let &Look { color, dashes } = at;
            let middle = line + 0.65 * SMALL;
            let stroke = Stroke { color, width: LINE_WIDTH, dashes };
            marks.push(Mark::Line { points: vec![(left, middle), (left + SWATCH, middle)], stroke });
            let text_left = left + SWATCH + 5.0;
            marks.push(text(name, (text_left, line + SMALL), SMALL, BLACK, Anchor::Start));
            line += LEGEND_LINE;
            for slope in below {
                marks.push(text(slope, (text_left, line + NOTE - 2.0), NOTE, GREY, Anchor::Start));
                line += LEGEND_BELOW;
            }
        }
    }
}

/// "slope −0.52 ± 0.03": two digits of the error, and as many decimals of the exponent.
fn slope_text(Slope { exponent, standard_error }: Slope) -> String {
    let decimals = if standard_error > 0.0 {
        (1.0 - libm::floor(libm::log10(standard_error))).clamp(0.0, 6.0) as usize
    } else {
        3
    };
    format!("slope {exponent:.decimals$} ± {standard_error:.decimals$}").replace('-', "\u{2212}")
}

fn at(ticks: &[Tick]) -> Vec<f64> {
    ticks.iter().map(|tick| tick.at).collect()
}

pub(super) fn tick_text(tick: &Tick) -> Text {
    Text {
        at: (0.0, 0.0),
        text: tick.text.clone(),
        raised: tick.raised.clone(),
        size: SMALL,
        color: BLACK,
        anchor: Anchor::End,
        upward: false,
    }
}

pub(super) fn text(text: &str, at: (f64, f64), size: f64, color: Color, anchor: Anchor) -> Mark {
    let raised = String::new();
    Mark::Text(Text { at, text: text.to_owned(), raised, size, color, anchor, upward: false })
}

fn upward(mark: Mark) -> Mark {
    match mark {
        Mark::Text(text) => Mark::Text(Text { upward: true, ..text }),
        mark => mark,
    }
}

/// A note in lines of a width.
fn wrapped(note: &str, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in note.split(' ') {
        match lines.last_mut() {
            Some(line) if WIDER * width_of(&format!("{line} {word}"), NOTE) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_would_touch_are_left_out_evenly() {
        let row = |step: f64, number: usize| -> Vec<String> {
            let placed = |number: usize| Text {
                at: (step * number as f64, 0.0),
                text: format!("{number} of some"),
                raised: String::new(),
                size: SMALL,
                color: BLACK,
                anchor: Anchor::Middle,
                upward: false,
            };
            apart((0..number).map(placed).collect())
                .into_iter()
                .map(|text| text.text[..1].to_owned())
                .collect()
        };
        assert_eq!(row(100.0, 4), ["0", "1", "2", "3"]);
        assert_eq!(row(30.0, 7), ["0", "2", "4", "6"]);
        assert_eq!(row(1.0, 7), ["0"]);
        assert!(row(1.0, 0).is_empty());
    }

    #[test]
    fn notes_are_broken_between_words_and_slopes_have_the_digits_of_their_error() {
        assert_eq!(wrapped("one two three", WIDER * width_of("one two", NOTE) + 0.1), ["one two", "three"]);
        let slope = |exponent, standard_error| slope_text(Slope { exponent, standard_error });
        assert_eq!(slope(-0.5234, 0.0312), "slope \u{2212}0.523 ± 0.031");
        assert_eq!(slope(1.0, 0.0), "slope 1.000 ± 0.000");
    }
}
