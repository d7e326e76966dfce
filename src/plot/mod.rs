//! Figures: from results of runs to lines with bands, to a sheet, to the bytes of a file. Nothing here reads
//! or writes files, and equal runs give equal bytes.
//!
//! A [`Figure`] is made of [`crate::results::Results`] by a [`Request`]; it is drawn as SVG or PDF
//! ([`Format`]), and gives its numbers as a table ([`Figure::numbers`]) and a program that draws them
//! ([`Figure::script`]).
//! A line has the seeds of one configuration, and nothing is interpolated: at each round they have the same
//! costs, and a point is of all seeds after one round. What cannot be shown is told in the figure's notes.

mod arms;
mod axis;
mod band;
mod error;
mod figure;
mod format;
mod layout;
mod lines;
mod look;
mod numbers;
mod page;
mod pdf;
mod quantity;
mod rounds;
mod scene;
mod script;
mod strips;
mod svg;

pub use arms::Selection;
pub use axis::{Axis, Scale, Unit};
pub use band::Band;
pub use error::PlotError;
pub use figure::{Figure, Line, Panel, Point, Slope};
pub use format::Format;
pub use lines::Request;
pub use look::LINES_MAX;
pub use page::{PagePanel, swatch};
pub use strips::{Strip, strip_element};
