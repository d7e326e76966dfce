//! What tells lines apart: colours that the colour-blind see as different ones, and dashes for a picture in
//! grey.

use super::scene::Color;

/// A line's colour and dashes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) color: Color,
    pub(super) dashes: &'static [f64],
}

/// Okabe and Ito's palette (2008) without its yellow, which is too light for a line on white.
pub(super) const COLORS: [Color; 7] = [
    Color([0, 114, 178]),
    Color([213, 94, 0]),
    Color([0, 158, 115]),
    Color([204, 121, 167]),
    Color([230, 159, 0]),
    Color([86, 180, 233]),
    Color([0, 0, 0]),
];

/// Lengths of dashes and of what is between them.
pub(super) const DASHES: [&[f64]; 5] = [&[], &[5.0, 2.0], &[1.5, 1.5], &[6.0, 2.0, 1.5, 2.0], &[9.0, 2.5]];

/// How many lines a figure can tell apart.
pub const LINES_MAX: usize = COLORS.len() * DASHES.len();

/// The look of a line by its place in the legend. The numbers of colours and of dashes have no common part,
/// so that all pairs are seen before one comes again.
pub(super) fn look(number: usize) -> Look {
    Look { color: COLORS[number % COLORS.len()], dashes: DASHES[number % DASHES.len()] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lines_of_a_figure_look_the_same() {
        for one in 0..LINES_MAX {
            assert!((0..one).all(|other| look(one) != look(other)), "{one}");
        }
    }
}
