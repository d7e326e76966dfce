//! Fewer points, where more would not be seen.

use super::axis::Axis;
use super::lines::Round;

/// As many points of a line as a figure of this size shows.
const POINTS_MAX: usize = 1000;

/// Of lines of more points leaves those that come first in each of so many parts of the axis, all points that
/// are not on the axis, and the last.
pub(super) fn thin(lines: &mut [Vec<Round>], axis: &Axis, notes: &mut Vec<String>) {
    let longest = lines.iter().map(Vec::len).max().unwrap_or(0);
    if longest <= POINTS_MAX {
        return;
    }
    for line in lines.iter_mut().filter(|line| line.len() > POINTS_MAX) {
        let last = line.last().map(|at| at.round);
        let mut free = f64::NEG_INFINITY;
        line.retain(|at| {
            let part = axis
                .place(at.x as f64)
                .map_or(f64::NEG_INFINITY, |part| libm::floor(part * POINTS_MAX as f64));
            let is_first = part > free;
            if is_first {
                free = part;
            }
            is_first || part.is_infinite() || Some(at.round) == last
        });
    }
    notes.push(format!(
        "lines have up to {longest} points: of longer ones {POINTS_MAX} or fewer are drawn, evenly along the axis"
    ));
}
