//! Numbers as probabilities, and sums of them: what is taken, what is warned of, and what is refused.

use super::diagnostic::{Kind, Report};
use super::number::{Number, Slack};
use super::options::ReadOptions;
use crate::pomdp::ROW_SUM_TOLERANCE;
use std::ops::Range;

/// Reads probabilities, and remembers those that lie outside [0, 1] by no more than noise.
pub(super) struct Probabilities {
    options: ReadOptions,
    clamped: usize,
    /// The furthest from [0, 1].
    most: f64,
    first: Range<usize>,
}

const SIGNED: &str = "a probability has no sign";

impl Probabilities {
    pub(super) fn new(options: ReadOptions) -> Self {
        Probabilities { options, clamped: 0, most: 0.0, first: 0..0 }
    }

    /// The number as a probability; `None` if it is none, which is reported.
    pub(super) fn read(&mut self, number: &Number<'_>, report: &mut Report<'_>) -> Option<f64> {
        let ReadOptions { strict, normalize, .. } = self.options;
        let value = number.value();
        if (0.0..=1.0).contains(&value) && !number.signed {
            return Some(value);
        }
        let below = value.is_sign_negative();
        let outside = if below { -value } else { value - 1.0 };
        if value.is_finite() && !strict && (below || !number.signed) {
            if !below && normalize {
                return Some(value);
            }
            if outside <= ROW_SUM_TOLERANCE {
                if self.clamped == 0 || number.span.start < self.first.start {
                    self.first = number.span.clone();
                }
                self.clamped += 1;
                self.most = self.most.max(outside);
                return Some(value.clamp(0.0, 1.0) + 0.0);
            }
        }
        if !report.passes_over() {
            refuse(number, strict, report);
        }
        None
    }

    /// A number that [`Probabilities::read`] has taken before.
    pub(super) fn again(options: ReadOptions, number: &Number<'_>) -> f64 {
        let most = if options.normalize { f64::INFINITY } else { 1.0 };
        // Adding +0.0 makes a zero positive.
        number.value().clamp(0.0, most) + 0.0
    }

    /// Warns of what was taken for 0 or 1.
    pub(super) fn warn(&self, report: &mut Report<'_>) {
        let (count, most) = (self.clamped, self.most);
        let message = match count {
            0 => return,
            1 => format!(
                "this probability lies outside of [0, 1] by {most:.1e}, and is taken for the end that is near"
            ),
            _ => format!(
                "{count} probabilities lie outside of [0, 1], by {most:.1e} at most, and are taken for the end that is near; \
                 this is the first"
            ),
        };
        report.warning(Kind::Clamped, self.first.clone(), message);
    }
}

fn refuse(number: &Number<'_>, strict: bool, report: &mut Report<'_>) {
    let (value, span) = (number.value(), number.span.clone());
    if number.signed && strict {
        report.error_with_help(Kind::UnexpectedToken, span, SIGNED, "remove the sign");
    } else if !value.is_finite() {
        report_overflow(span, report);
    } else if !(0.0..=1.0).contains(&value) {
        let message = format!("{value} is not a probability: it is not between 0 and 1");
        let help = if (2.0..=100.0).contains(&value) {
            format!("{value} per cent are {}", value / 100.0)
        } else {
            "probabilities lie between 0 and 1; rewards stand in R entries".to_owned()
        };
        report.error_with_help(Kind::ProbabilityOutOfRange, span, message, help);
    } else {
        report.error_with_help(Kind::ProbabilityOutOfRange, span, SIGNED, "remove the sign");
    }
}

/// A number beyond the largest one of 64 bits.
pub(super) fn report_overflow(span: Range<usize>, report: &mut Report<'_>) {
    let help = "numbers are at most 1.797e308, the largest of 64 bits";
    report.error_with_help(Kind::NotFinite, span, "the number is too large", help);
}

/// What there is to say of a sum that should be 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sum {
    /// Within the tolerance that every reader has.
    Near,
    /// Off by what rounding of the numbers' last digits explains.
    Explained,
    /// Normalised because the user wants it.
    Normalised,
    Wrong,
}

impl ReadOptions {
    /// Judges the sum of a row or of the start belief; `slack` is asked for only where it matters.
    pub(super) fn judge(self, sum: f64, slack: impl FnOnce() -> Slack) -> Sum {
        if (sum - 1.0).abs() <= ROW_SUM_TOLERANCE {
            Sum::Near
        } else if self.normalize && !self.strict && sum > 0.0 && sum.is_finite() {
            Sum::Normalised
        } else if !self.strict && slack().explains(sum) {
            Sum::Explained
        } else {
            Sum::Wrong
        }
    }
}

/// Whether a row of this sum is changed when it is renormalised: whether it misses 1 by more than rounding.
pub(super) fn is_renormalised(sum: f64, nonzeros: usize) -> bool {
    (sum - 1.0).abs() > (nonzeros + 1) as f64 * f64::EPSILON
}

/// What to do about a wrong sum: more digits where they may be all that is missing.
pub(super) fn sum_help(sum: f64) -> &'static str {
    if (sum - 1.0).abs() < 1e-3 {
        "a sum may miss 1 by 0.00001, or by half a unit of each number's last digit; --normalize takes more"
    } else {
        "probabilities stand in the order of the states, zeros included; --normalize divides by any sum"
    }
}
