//! Which rows of a table do not sum to 1, and which of these are taken all the same.

use super::diagnostic::LIMIT;
use super::number::Slack;
use super::options::ReadOptions;
use super::probability::{Sum, is_renormalised};

/// What was found of the sums of one table.
pub(super) struct Sums {
    options: ReadOptions,
    /// The first rows of a wrong sum, and how many more there are.
    pub(super) bad: Vec<BadSum>,
    pub(super) more_bad: usize,
    pub(super) missed: Option<Missed>,
    /// The slack of the last row that one entry gave as a whole, and which one: it may stand for very many
    /// rows.
    last: Option<((u32, u32), Slack)>,
}

/// A row that does not sum to 1, last touched by `entry`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BadSum {
    pub(super) row: usize,
    pub(super) sum: f64,
    pub(super) entry: u32,
}

/// Rows that miss 1 by more than the rounding of binary numbers, and are taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Missed {
    pub(super) rows: usize,
    /// By how much, at most.
    pub(super) most: f64,
    /// The last entry of the first of them.
    pub(super) entry: u32,
}

impl Sums {
    pub(super) fn new(options: ReadOptions) -> Self {
        Sums { options, bad: Vec::new(), more_bad: 0, missed: None, last: None }
    }

    /// Judges a row by its nonzeros; `entry` has touched it last. Rows of the same `whole` have the same
    /// slack, which is asked for only where it matters.
    pub(super) fn judge(
        &mut self,
        row: usize,
        entry: u32,
        nonzeros: &[(u32, f64)],
        whole: Option<(u32, u32)>,
        slack: impl FnOnce() -> Slack,
    ) {
        let sum = nonzeros.iter().fold(0.0, |sum, &(_, value)| sum + value);
        let last = &mut self.last;
        let judged = self.options.judge(sum, || match *last {
            Some((of, slack)) if whole == Some(of) => slack,
            _ => {
                let slack = slack();
                *last = whole.map(|of| (of, slack));
                slack
            }
        });
        if judged == Sum::Wrong {
            if self.bad.len() < LIMIT {
                self.bad.push(BadSum { row, sum, entry });
            } else {
                self.more_bad += 1;
            }
        } else if is_renormalised(sum, nonzeros.len()) {
            let before = self.missed.unwrap_or(Missed { rows: 0, most: 0.0, entry });
            let most = before.most.max((sum - 1.0).abs());
            self.missed = Some(Missed { rows: before.rows + 1, most, ..before });
        }
    }
}
