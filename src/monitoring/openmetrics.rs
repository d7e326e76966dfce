//! Text of the OpenMetrics format, with times, as `promtool tsdb create-blocks-from openmetrics` reads it.

use super::table::{Metric, Type, Unit};
use std::io::{self, Write};

/// A number as it is written: whole ones keep every digit, others their bits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Whole(u64),
    Real(f64),
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Number::Whole(number) => write!(f, "{number}"),
            Number::Real(number) if number.is_nan() => f.write_str("NaN"),
            Number::Real(number) if number.is_infinite() => {
                f.write_str(if number > 0.0 { "+Inf" } else { "-Inf" })
            }
            // The shortest digits that read back as the same bits.
            Number::Real(number) => write!(f, "{number:?}"),
        }
    }
}

impl Number {
    /// Whether both would be written alike.
    pub(super) fn same(self, other: Number) -> bool {
        match (self, other) {
            (Number::Whole(a), Number::Whole(b)) => a == b,
            (Number::Real(a), Number::Real(b)) => a.to_bits() == b.to_bits(),
            _ => false,
        }
    }
}

/// The labels of a series in braces, in the order given.
pub(super) fn labels(labels: &[(&str, &str)]) -> String {
    let one = |(name, value): &(&str, &str)| {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{name}=\"{value}\"")
    };
    format!("{{{}}}", labels.iter().map(one).collect::<Vec<_>>().join(","))
}

/// A time in seconds.
///
/// Prometheus multiplies by a thousand and cuts off: a time that would come out a millisecond early gets one
/// digit more.
pub(super) fn time(milliseconds: u64) -> String {
    let text = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    let seconds: f64 = text.parse().expect("digits");
    if (seconds * 1000.0) as u64 == milliseconds { text } else { text + "1" }
}

/// The head of a family: what comes before its samples.
pub(super) fn head(out: &mut impl Write, metric: &Metric) -> io::Result<()> {
    let (family, kind) = match metric.kind {
        Type::Counter => (metric.name.strip_suffix("_total").unwrap_or(metric.name), "counter"),
        Type::Gauge => (metric.name, "gauge"),
        Type::Histogram(_) => (metric.name, "histogram"),
    };
    writeln!(out, "# TYPE {family} {kind}")?;
    if metric.unit != Unit::None {
        writeln!(out, "# UNIT {family} {}", metric.unit.name())?;
    }
    let help = metric.help.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    writeln!(out, "# HELP {family} {help}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Prometheus makes of a time.
    fn read(text: &str) -> u64 {
        (text.parse::<f64>().expect("a number") * 1000.0) as u64
    }

    #[test]
    fn times_are_read_back_to_the_millisecond() {
        for start in
            [0, 17, 1 << 20, 999_999_999_000, 1_763_923_591_000, 4_102_444_800_000, 253_402_300_799_000]
        {
            for ms in start..start + 2000 {
                assert_eq!(read(&time(ms)), ms, "{}", time(ms));
            }
        }
        assert_eq!(time(1_763_923_591_007), "1763923591.007");
        assert!((0..2000).any(|ms| time(ms).len() == 6), "some times would be cut to a millisecond less");
    }

    #[test]
    fn numbers_read_back_as_their_bits() {
        for number in [0.1, -113.66, 1e300, 5e-324, 1.0, f64::INFINITY, f64::NEG_INFINITY] {
            let text = Number::Real(number).to_string();
            assert_eq!(text.parse::<f64>().expect("a number").to_bits(), number.to_bits(), "{text}");
        }
        assert_eq!(Number::Real(f64::NAN).to_string(), "NaN");
        assert_eq!(Number::Whole(u64::MAX).to_string(), "18446744073709551615");
    }

    #[test]
    fn labels_are_escaped() {
        assert_eq!(
            labels(&[("run", "a \"b\" \\ c\nd"), ("job", "dpac")]),
            r#"{run="a \"b\" \\ c\nd",job="dpac"}"#
        );
    }
}
