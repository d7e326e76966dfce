//! Numbers as a page shows them. The page's data have them with every digit.

/// 1234567 as "1 234 567".
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// "1 run", "30 runs".
pub(super) fn counted(number: usize, what: &str) -> String {
    format!("{} {what}{}", grouped(number as u64), if number == 1 { "" } else { "s" })
}

/// A part of a count, as of one client: whole where it is whole.
pub(super) fn part(number: u64, of: u64) -> String {
    if of == 0 || number.is_multiple_of(of) {
        grouped(number.checked_div(of).unwrap_or(number))
    } else {
        real(number as f64 / of as f64)
    }
}

/// Bytes in KiB and what follows.
pub(super) fn bytes(number: f64) -> String {
    let (mut value, mut unit) = (number, 0);
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    let unit = units[unit];
    if unit == "B" && value.fract() == 0.0 {
        format!("{value}\u{a0}B")
    } else {
        format!("{value:.2}\u{a0}{unit}")
    }
}

/// Five digits, with the sign that is as wide as a plus.
pub(super) fn real(number: f64) -> String {
    let text = if number == 0.0 {
        "0".to_owned()
    } else {
        let decimals = 4.0 - libm::floor(libm::log10(number.abs()));
        if (-4.0..=8.0).contains(&decimals) {
            format!("{number:.0$}", decimals.max(0.0) as usize)
        } else {
            format!("{number:.4e}")
        }
    };
    text.replace('-', "\u{2212}")
}

/// A share in percent, which is not rounded to all or nothing.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let decimals = if (99.0..100.0).contains(&percent) { 3 } else { 1 };
    format!("{percent:.decimals$} %").replace('-', "\u{2212}")
}

/// A time in seconds.
pub(super) fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7_200.0 => format!("{:.1} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}

/// "1, 4 and 16".
pub(super) fn listed<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// "0 to 4" where numbers follow one another; else all of them.
pub(super) fn ranges(numbers: &[u64]) -> String {
    let mut parts: Vec<(u64, u64)> = Vec::new();
    for &number in numbers {
        match parts.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let text = |&(first, last): &(u64, u64)| match last - first {
        0 => first.to_string(),
        1 => format!("{first} and {last}"),
        _ => format!("{first} to {last}"),
    };
    parts.iter().map(text).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_not_rounded_to_what_they_are_not() {
        assert_eq!(
            [real(1.795_544), real(-112.532_8), real(0.0), real(3.2e-12)],
            ["1.7955", "\u{2212}112.53", "0", "3.2000e\u{2212}12"]
        );
        assert_eq!([percent(0.999_99), percent(0.5), percent(1.0)], ["99.999 %", "50.0 %", "100.0 %"]);
        assert_eq!([bytes(12.0), bytes(1536.0)], ["12\u{a0}B", "1.50\u{a0}KiB"]);
        assert_eq!([part(12, 4), part(13, 4)], ["3", "3.2500"]);
        assert_eq!(ranges(&[0, 1, 2, 5, 7, 8]), "0 to 2, 5, 7 and 8");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
    }
}
