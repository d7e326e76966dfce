//! Intervals, as a page shows them.

use crate::statistics::Interval;

/// The ends of an interval, with as many digits as its width deserves.
pub(super) fn both_ends(interval: &Interval) -> (String, String) {
    let shown = interval.to_string();
    let ends = shown.split_once(']').map_or(shown.as_str(), |(ends, _)| ends).trim_start_matches('[');
    let (low, high) = ends.split_once(", ").unwrap_or((ends, ends));
    (low.replace('-', "\u{2212}"), high.replace('-', "\u{2212}"))
}
