//! A panel of a figure as an element of a page: a drawing of its own, whose parts a script finds again, and
//! which is right without one.

use super::figure::{Figure, Panel};
use super::layout::{FRAME, LABEL, LINE_WIDTH, MARGIN, Place, SMALL, TICK, WIDER};
use super::layout::{axis_text, text, tick_text};
use super::look::look;
use super::scene::{Anchor, BLACK, Mark, Scene, Stroke};
use super::svg;

/// So large that its texts can be read where it is as wide as a phone.
const WIDTH: f64 = 232.0;
const HEIGHT: f64 = 150.0;

/// A drawing, and where its data lie in it.
#[derive(Clone, Debug, PartialEq)]
pub struct PagePanel {
    /// The element.
    pub svg: String,
    /// The rectangle that the axes span: left, top, width, height.
    pub frame: [f64; 4],
}

impl Figure {
    /// One of its panels. `name` stands before all names in the drawing, of which a page must have none
    /// twice.
    pub fn page_panel(&self, panel: &Panel, name: &str) -> PagePanel {
        let ticks = (self.x.ticks(), self.y.ticks());
        let widest = ticks.1.major.iter().map(|tick| tick_text(tick).width()).fold(0.0, f64::max);
        let place = Place {
            left: WIDER * widest + TICK + 3.0,
            top: LABEL + 6.0,
            width: WIDTH,
            height: HEIGHT,
            has_x_texts: true,
            has_y_texts: true,
        };
        let mut grid = Vec::new();
        place.draw_grid(self, &ticks, &mut grid);
        let mut within = Vec::new();
        for line in &panel.lines {
            let mut marks = Vec::new();
            place.draw_band(self, line, &mut marks);
            within.push(Mark::Part { name: "band", label: Some(line.label), marks });
        }
        if let Some((number, name)) = &panel.mark {
            let mut marks = Vec::new();
            place.draw_mark(&self.y, *number, name, &mut marks);
            within.push(Mark::Part { name: "mark", label: None, marks });
        }
        for line in &panel.lines {
            let mut marks = Vec::new();
            place.draw_line(self, line, &mut marks);
            within.push(Mark::Part { name: "line", label: Some(line.label), marks });
        }
        let frame = [place.left, place.top, place.width, place.height];
        let mut beside = Vec::new();
        place.draw_ticks(self, &ticks, &mut beside);
        let below = place.bottom() + TICK + SMALL + 4.0 + LABEL;
        let middle = (place.left + WIDTH / 2.0, below);
        beside.push(text(&axis_text(&self.x, &ticks.0), middle, LABEL, BLACK, Anchor::Middle));
        beside.push(text(&axis_text(&self.y, &ticks.1), (0.0, LABEL), LABEL, BLACK, Anchor::Start));
        let mut marks = vec![Mark::Part { name: "grid", label: None, marks: grid }];
        marks.push(Mark::Within { frame, marks: within });
        place.draw_frame(&mut marks);
        marks.push(Mark::Part { name: "axes", label: None, marks: beside });
        let title = match &self.facet {
            Some(key) => format!("{} against {}, {key} = {}", self.y.label, self.x.label, panel.name),
            None => format!("{} against {}", self.y.label, self.x.label),
        };
        // Half of the last tick's text stands beyond the frame.
        let scene =
            Scene { width: place.right() + MARGIN + 8.0, height: below + FRAME.width + 4.0, title, marks };
        PagePanel { svg: svg::element(&scene, name), frame }
    }
}

/// How the line of a label looks, for a legend.
pub fn swatch(label: usize) -> String {
    let look = look(label);
    let stroke = Stroke { color: look.color, width: LINE_WIDTH, dashes: look.dashes };
    let marks = vec![Mark::Line { points: vec![(0.0, 4.0), (24.0, 4.0)], stroke }];
    svg::element(&Scene { width: 24.0, height: 8.0, title: String::new(), marks }, "")
}
