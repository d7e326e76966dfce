//! The rounds of a line, and fewer of them where more would not be seen.

use super::axis::Axis;
use std::collections::BTreeMap;

/// The seeds of an arm after some rounds.
pub(super) struct Round {
    pub(super) round: u64,
    pub(super) x: u64,
    pub(super) values: BTreeMap<u64, f64>,
}

/// As many points of a line as a figure of this size shows.
pub(super) const POINTS_MAX: usize = 1000;

/// Of lines of more than `most` points leaves those that come first in each of so many parts of the axis, all
/// points that are not on the axis, and the last.
pub(super) fn thin(lines: &mut [Vec<Round>], axis: &Axis, most: usize, notes: &mut Vec<String>) {
    let longest = lines.iter().map(Vec::len).max().unwrap_or(0);
    if longest <= most {
        return;
    }
    for line in lines.iter_mut().filter(|line| line.len() > most) {
        let last = line.last().map(|at| at.round);
        let mut free = f64::NEG_INFINITY;
        line.retain(|at| {
            let part =
                axis.place(at.x as f64).map_or(f64::NEG_INFINITY, |part| libm::floor(part * most as f64));
            let is_first = part > free;
            if is_first {
                free = part;
            }
            is_first || part.is_infinite() || Some(at.round) == last
        });
    }
    notes.push(format!(
        "lines have up to {longest} points: of longer ones {most} or fewer are drawn, evenly along the axis"
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Scale, Unit};

    fn line(points: u64) -> Vec<Round> {
        (0..points).map(|round| Round { round, x: 7 * round, values: BTreeMap::new() }).collect()
    }

    #[test]
    fn long_lines_keep_their_ends_and_a_point_for_every_part_of_the_axis() {
        for scale in [Scale::Linear, Scale::Log] {
            let mut lines = [line(5000), line(900)];
            let numbers = lines.iter().flatten().map(|at| at.x as f64);
            let axis = Axis::around("", Unit::Count, scale, numbers);
            let mut notes = Vec::new();
            thin(&mut lines, &axis, POINTS_MAX, &mut notes);
            let kept: Vec<u64> = lines[0].iter().map(|at| at.round).collect();
            assert_eq!(
                (kept[0], kept[1], kept[kept.len() - 1]),
                (0, if scale == Scale::Log { 1 } else { 6 }, 4999)
            );
            // One for each part that the line passes, the last and, on a log axis, round 0 beside.
            assert!(kept.len() <= POINTS_MAX + 2 && kept.len() > POINTS_MAX / 4, "{}", kept.len());
            assert_eq!(lines[1].len(), 900, "a short line stays as it is");
            assert_eq!(notes.len(), 1);
        }
        let mut short = [line(1000)];
        let axis = Axis::around("", Unit::Count, Scale::Linear, [0.0, 7000.0].into_iter());
        let mut notes = Vec::new();
        thin(&mut short, &axis, POINTS_MAX, &mut notes);
        assert_eq!((short[0].len(), notes.len()), (1000, 0));
    }
}
