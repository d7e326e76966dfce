//! Numbers as people read them.

/// 1234567 as "1 234 567".
pub(super) fn grouped(number: u64) -> String {
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

/// A size in bytes, KiB, MiB, GiB or TiB.
pub(super) fn bytes(number: u64) -> String {
    let (mut value, mut unit) = (number as f64, 0);
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
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

/// A value in the problem's own units.
pub(super) fn value(value: Option<f64>) -> String {
    value.map_or_else(|| "not available".to_owned(), |value| format!("{value:.6}"))
}

/// A time in seconds, milliseconds, or minutes.
pub(super) fn time(seconds: f64) -> String {
    match seconds {
        s if s < 0.000_5 => "less than 1 ms".to_owned(),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s => format!("{:.1} min", s / 60.0),
    }
}
