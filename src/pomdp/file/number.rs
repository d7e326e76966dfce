//! Numbers as files print them: their values, and how far rounding may have taken them from what was meant.

use super::lexer::{TokenKind, Tokens};
use std::ops::Range;

/// A number as written, perhaps with a sign.
#[derive(Clone, Debug)]
pub(super) struct Number<'s> {
    pub(super) signed: bool,
    pub(super) span: Range<usize>,
    negative: bool,
    /// Without the sign.
    digits: &'s [u8],
}

/// The numbers of a run of number and sign tokens, up to another token.
pub(super) fn numbers(tokens: Tokens<'_>) -> impl Iterator<Item = Number<'_>> {
    let mut tokens = tokens;
    std::iter::from_fn(move || {
        let mut token = tokens.next()?;
        let (start, signed, negative) = (token.start, token.is_sign(), token.kind == TokenKind::Minus);
        if signed {
            token = tokens.next()?;
        }
        let number = Number { signed, span: start..token.end(), negative, digits: token.bytes };
        token.is_number().then_some(number)
    })
}

/// Powers of ten that are exact, as are whole numbers of as many digits.
const POWERS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// A short decimal without exponent: both numbers of the quotient are exact, so that it is rounded once, to
/// the nearest.
fn short_decimal(digits: &[u8]) -> Option<f64> {
    if digits.len() >= POWERS.len() {
        return None;
    }
    let (mut whole, mut point) = (0_u64, digits.len());
    for (place, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => whole = whole * 10 + u64::from(byte - b'0'),
            b'.' => point = place + 1,
            _ => return None,
        }
    }
    Some(whole as f64 / POWERS[digits.len() - point])
}

impl Number<'_> {
    /// The nearest number of 64 bits, sign applied; infinite beyond the largest one.
    pub(super) fn value(&self) -> f64 {
        let size = short_decimal(self.digits)
            .unwrap_or_else(|| self.text().parse().expect("the lexer's numbers are Rust's"));
        if self.negative { -size } else { size }
    }

    /// Whether it is seen without reading it that it lies in [0, 1]: `0`, `1` or `0.` with digits.
    pub(super) fn is_plain_probability(&self) -> bool {
        let plain = match self.digits {
            [b'0' | b'1'] => true,
            [b'0', b'.', decimals @ ..] => decimals.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        plain && !self.signed
    }

    /// Whether all of its digits are zeros.
    pub(super) fn is_written_as_zero(&self) -> bool {
        !self.digits.iter().any(|byte| matches!(byte, b'1'..=b'9'))
    }

    fn text(&self) -> &str {
        str::from_utf8(self.digits).expect("tokens are ASCII")
    }

    /// Half a unit of the last digit: what rounding may have added or taken; zero for whole numbers.
    pub(super) fn half_unit(&self) -> f64 {
        let (mantissa, exponent) = self.text().split_once(['e', 'E']).unwrap_or((self.text(), "0"));
        let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len() as i64);
        match exponent.parse::<i64>().map(|exponent| exponent.saturating_sub(decimals)) {
            Ok(place @ ..0) => format!("5e{}", place.saturating_sub(1)).parse().unwrap_or(0.0),
            _ => 0.0,
        }
    }
}

/// How far a sum may miss 1 because each of its numbers is rounded.
///
/// It is explained if there are numbers that sum to 1 and, rounded, are those of the file. What is printed as
/// zero may have been a little more, but zeros together explain no more than [`ZEROS_MAX`]: in a large sparse
/// table rounding every zero up would explain anything.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slack {
    of_nonzeros: f64,
    of_zeros: f64,
}

/// What may be missing from a row because small probabilities were printed as zeros.
const ZEROS_MAX: f64 = 0.01;

/// All numbers rounded by exactly half a unit, and all to one side, is what chance does not do; so a row of
/// two is not explained by that. The margin is above what adding up in binary leaves.
const MARGIN: f64 = 1e-6;

impl Slack {
    /// Counts one number, or several of the same.
    pub(super) fn add(&mut self, value: f64, half_unit: f64, times: usize) {
        let slack = if value == 0.0 { &mut self.of_zeros } else { &mut self.of_nonzeros };
        *slack += half_unit * times as f64;
    }

    /// Whether numbers of this sum may have been numbers that sum to 1.
    pub(super) fn explains(self, sum: f64) -> bool {
        let most = if sum < 1.0 { self.of_nonzeros + self.of_zeros.min(ZEROS_MAX) } else { self.of_nonzeros };
        sum > 0.0 && (sum - 1.0).abs() < most * (1.0 - MARGIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<Number<'_>> {
        numbers(Tokens::within(text.as_bytes(), 0..text.len())).collect()
    }

    proptest! {
        #[test]
        fn values_are_the_nearest_numbers(text in "[0-9]{1,18}(\\.[0-9]{0,18})?([eE][+-]?[0-9]{1,3})?|\\.[0-9]{1,17}") {
            let expected: f64 = text.parse().expect("a number of Rust's too");
            prop_assert_eq!(read(&text)[0].value().to_bits(), expected.to_bits());
        }
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "these numbers are the nearest ones of their decimals")]
    fn half_a_unit_is_that_of_the_last_digit() {
        for (text, half) in [
            ("1", 0.0),
            ("10", 0.0),
            ("1e3", 0.0),
            ("1.", 0.0),
            ("1.0", 0.05),
            ("0.333", 0.0005),
            (".5", 0.05),
            ("-0.25", 0.005),
            ("3.33e-3", 0.000005),
            ("25E-2", 0.005),
            ("1.5e1", 0.0),
            ("1e-99999999999999999999", 0.0),
            ("1e-400", 0.0),
        ] {
            assert_eq!(read(text)[0].half_unit(), half, "{text}");
        }
    }

    fn explained(row: &str) -> bool {
        let mut slack = Slack::default();
        let mut sum = 0.0;
        for number in read(row) {
            slack.add(number.value(), number.half_unit(), 1);
            sum += number.value();
        }
        slack.explains(sum)
    }

    #[test]
    fn a_sum_is_explained_by_half_a_unit_of_each_number() {
        assert!(
            explained("0.33 0.33 0.33")
                && explained("0.3 0.3 0.3")
                && explained("0.167 0.167 0.167 0.167 0.167 0.167")
        );
        assert!(explained("0.5 0.49") && explained("3.3333e-1 3.3333e-1 3.3333e-1"));
        assert!(
            !explained("0.33 0.33 0.32")
                && !explained("0.5 0.25")
                && !explained("1 0.25")
                && !explained("1 1")
        );
        // Both numbers would have to be rounded by exactly half a unit.
        assert!(!explained("0.5 0.4") && !explained("0.3333 0.6666"));
    }

    #[test]
    fn zeros_explain_a_little_that_is_missing_and_nothing_that_is_too_much() {
        assert!(
            explained("0.99 0.00 0.00") && !explained("0.97 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00 0.00")
        );
        assert!(!explained("0.99 0 0") && !explained("0.0 0.0 0.0") && !explained("1.02 0.00 0.00 0.00"));
        assert!(
            explained(&format!("0.99{}", " 0.0".repeat(1000)))
                && !explained(&format!("0.98{}", " 0.0".repeat(1000)))
        );
    }
}
