//! Numbers as people read them.

use std::io::IsTerminal;
use std::sync::OnceLock;

/// 1234567 as "1 234 567" for a person; as "1234567" where a program may read it, since standard output or
/// standard error is no terminal.
pub(super) fn grouped(number: u64) -> String {
    static FOR_A_PERSON: OnceLock<bool> = OnceLock::new();
    let for_a_person = || std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    if *FOR_A_PERSON.get_or_init(for_a_person) { in_groups(number) } else { number.to_string() }
}

fn in_groups(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// "1 state", "2 states".
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{} {what}{}", grouped(count as u64), if count == 1 { "" } else { "s" })
}

/// A size in bytes, or in KiB and what follows, up to EiB.
pub(super) fn bytes(number: u64) -> String {
    let (mut value, mut unit) = (number as f64, 0);
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{number} B") } else { format!("{value:.2} {}", units[unit]) }
}

/// A rate or count with a metric prefix, as in "12.3 M"; the unit follows after a space.
pub(super) fn metric(value: f64) -> String {
    match value {
        v if v >= 1e9 => format!("{:.2} G", v / 1e9),
        v if v >= 1e6 => format!("{:.1} M", v / 1e6),
        v if v >= 1e3 => format!("{:.1} k", v / 1e3),
        v => format!("{v:.0}"),
    }
}

/// A share of the way from uniform to optimum, in per cent with so many decimals. Rounded down, so that only
/// the optimum is 100 %.
pub(super) fn share(share: f64, decimals: usize) -> String {
    let units = libm::pow(10.0, decimals as f64);
    let down = libm::floor(share * 100.0 * units) / units;
    format!("{down:.decimals$} %")
}

/// A value in the problem's own units: six decimals, or six digits after the first where that shows more, or
/// is shorter.
pub(super) fn value(value: Option<f64>) -> String {
    let Some(value) = value else { return "not available".to_owned() };
    if value == 0.0 || PLAIN.contains(&value.abs()) { format!("{value:.6}") } else { format!("{value:.6e}") }
}

/// A number that a person has written, with all its digits and without long runs of zeros.
pub(super) fn given(number: f64) -> String {
    if number == 0.0 || PLAIN.contains(&number.abs()) { number.to_string() } else { format!("{number:e}") }
}

/// A value on a line that is soon replaced: four decimals, or four digits after the first.
pub(super) fn passing(value: f64) -> String {
    if value == 0.0 || PLAIN.contains(&value.abs()) { format!("{value:.4}") } else { format!("{value:.4e}") }
}

/// Sizes that are written without an exponent.
const PLAIN: std::ops::Range<f64> = 1e-3..1e9;

/// A value with the digits that an error leaves: the last one shown is no smaller than the error.
pub(super) fn certain(value: f64, error: f64) -> String {
    let place = |x: f64| libm::floor(libm::log10(x)) as i32;
    if value == 0.0 || error <= 0.0 || !error.is_finite() {
        return self::value(Some(value));
    }
    let decimals = -place(error) - 1;
    if decimals >= 0 && PLAIN.contains(&value.abs()) {
        return format!("{value:.0$}", decimals as usize);
    }
    let digits = (place(value.abs()) + decimals).max(0);
    format!("{value:.0$e}", digits as usize)
}

/// A time in seconds, milliseconds, minutes, hours or days.
pub(super) fn time(seconds: f64) -> String {
    match seconds {
        s if s < 0.000_5 => "less than 1 ms".to_owned(),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7_200.0 => format!("{:.1} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three_from_the_right() {
        let numbers = [0, 999, 1000, 1_234_567].map(in_groups);
        assert_eq!(numbers, ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567"]);
    }

    #[test]
    fn values_are_written_with_the_digits_that_count() {
        assert_eq!(certain(-13.941_966_527_048, 3.2e-13), "-13.941966527048");
        assert_eq!(certain(1.0 / 3.0, 2e-3), "0.33");
        assert_eq!(certain(1.0 / 3.0, 1e-3), "0.33");
        assert_eq!(certain(-9.833e15, 2.5), "-9.83300000000000e15");
        assert_eq!(certain(4.0 / 3.0 * 1e-12, 3e-27), "1.33333333333333e-12");
        assert_eq!(certain(12.0, 40.0), "1e1");
        assert_eq!(certain(0.0, 0.0), "0.000000");
        let shown = [2.5, -1e12, 2.5e-7, 0.0].map(|v| value(Some(v)));
        assert_eq!(shown, ["2.500000", "-1.000000e12", "2.500000e-7", "0.000000"]);
        assert_eq!([-1e9, 0.0625, 0.0, -100.0].map(given), ["-1e9", "0.0625", "0", "-100"]);
        assert_eq!([1.25, -1.5e-7].map(passing), ["1.2500", "-1.5000e-7"]);
    }
}
