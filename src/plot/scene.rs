//! A picture as lines, areas and texts on a sheet, in points (1/72 inch) from its upper left corner.

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Color(pub(super) [u8; 3]);

pub(super) const BLACK: Color = Color([0, 0, 0]);
/// Of texts beside the picture.
pub(super) const GREY: Color = Color([85, 85, 85]);
/// Of lines behind the data.
pub(super) const PALE: Color = Color([225, 225, 225]);

/// How a line is drawn: lengths of dashes and of what is between them, none for a whole line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stroke {
    pub(super) color: Color,
    pub(super) width: f64,
    pub(super) dashes: &'static [f64],
}

impl Stroke {
    pub(super) const fn whole(color: Color, width: f64) -> Self {
        Stroke { color, width, dashes: &[] }
    }
}

/// Which of its points a text stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text, its anchor on the base line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    pub(super) at: (f64, f64),
    pub(super) text: String,
    /// What follows it, smaller and higher: an exponent.
    pub(super) raised: String,
    pub(super) size: f64,
    pub(super) color: Color,
    pub(super) anchor: Anchor,
    /// Whether it is read from below.
    pub(super) upward: bool,
}

/// The size of an exponent beside its base, and how far it is raised.
pub(super) const RAISED_SIZE: f64 = 0.72;
pub(super) const RAISED_BY: f64 = 0.38;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Mark {
    Line {
        points: Vec<(f64, f64)>,
        stroke: Stroke,
    },
    Area {
        points: Vec<(f64, f64)>,
        color: Color,
        opacity: f64,
    },
    Text(Text),
    /// Some marks that a script finds again by a name, and where they are a line's by its label.
    Part {
        name: &'static str,
        label: Option<usize>,
        marks: Vec<Mark>,
    },
    /// What lies within a rectangle, `[left, top, width, height]`, of some marks.
    Within {
        frame: [f64; 4],
        marks: Vec<Mark>,
    },
}

/// The sheet, with its marks from the lowest to the highest.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scene {
    pub(super) width: f64,
    pub(super) height: f64,
    /// What programs call the picture.
    pub(super) title: String,
    pub(super) marks: Vec<Mark>,
}

/// The width of a text in Helvetica, and so in Arial and Liberation Sans too.
pub(super) fn width_of(text: &str, size: f64) -> f64 {
    let thousandths: u32 = text.chars().map(|letter| u32::from(width_of_letter(letter))).sum();
    f64::from(thousandths) * size / 1000.0
}

/// In thousandths of the size, from the font's metrics (Adobe, Core14 AFM). What is not in the table is as
/// wide as a digit.
fn width_of_letter(letter: char) -> u16 {
    const FROM_SPACE: [u16; 95] = [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556,
        556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778,
        722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278,
        278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
        556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    ];
    match letter {
        ' '..='~' => FROM_SPACE[letter as usize - ' ' as usize],
        '\u{a0}' | '\u{202f}' | '·' => 278,
        '×' | '±' => 584,
        _ => 556,
    }
}

impl Text {
    /// How wide it is, with what is raised.
    pub(super) fn width(&self) -> f64 {
        width_of(&self.text, self.size) + width_of(&self.raised, self.size * RAISED_SIZE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_as_wide_as_the_font_has_them() {
        // Adobe's Helvetica: V 667, a 556, l 222, u 556, e 556.
        assert!((width_of("Value", 10.0) - 25.57).abs() < 1e-9);
        assert!((width_of("~ z", 1000.0) - 1362.0).abs() < 1e-9);
    }
}
