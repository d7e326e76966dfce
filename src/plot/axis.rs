//! Axes: where a number stands on one, and where its ticks are.

/// How numbers are set out along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By their logarithms: positive numbers only.
    Log,
}

/// What the numbers of an axis are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes, in KiB, MiB and so on.
    Bytes,
    /// Whole numbers, in thousands (k), millions (M) and so on.
    Count,
    /// Any others.
    Number,
}

/// An axis with its range.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What stands beside it.
    pub label: String,
    /// How numbers are set out.
    pub scale: Scale,
    /// What they are.
    pub unit: Unit,
    /// The least number.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

/// A place on an axis that is marked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) text: String,
    /// What stands raised behind the text.
    pub(super) raised: String,
}

/// What an axis shows beside its line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ticks {
    pub(super) major: Vec<Tick>,
    /// Without texts.
    pub(super) minor: Vec<f64>,
    /// In which unit the texts are, if they do not say it: it stands behind the label.
    pub(super) in_unit: String,
}

/// Texts stand at so many places at most.
const TICKS_MAX: usize = 7;

impl Axis {
    /// An axis for some numbers, with some room around them. Numbers that a log axis cannot show are passed
    /// over; none at all are taken for 0 to 1, or 1 to 10.
    pub fn around(label: &str, unit: Unit, scale: Scale, numbers: impl Iterator<Item = f64>) -> Axis {
        let shown = numbers.filter(|&number| number.is_finite() && (scale == Scale::Linear || number > 0.0));
        let (least, most) =
            shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let (low, high) = match (least <= most, scale) {
            (false, Scale::Linear) => (0.0, 1.0),
            (false, Scale::Log) => (1.0, 10.0),
            (true, Scale::Linear) => with_room(least, most, unit),
            // The same number all along stands in the middle of two decades.
            (true, Scale::Log) if least >= most => (least / 10.0, least * 10.0),
            (true, Scale::Log) => {
                let room = libm::pow(most / least, 0.04);
                ((least / room).max(f64::MIN_POSITIVE), most * room)
            }
        };
        Axis { label: label.to_owned(), scale, unit, low, high }
    }

    /// Where a number stands: 0 at the low end, 1 at the high one. None where a log axis cannot show it.
    pub fn place(&self, number: f64) -> Option<f64> {
        match self.scale {
            Scale::Linear => Some((number - self.low) / (self.high - self.low)),
            Scale::Log if number <= 0.0 => None,
            Scale::Log => {
                let (low, high) = (libm::log(self.low), libm::log(self.high));
                Some((libm::log(number) - low) / (high - low))
            }
        }
    }

    pub(super) fn ticks(&self) -> Ticks {
        match (self.scale, self.unit) {
            (Scale::Linear, _) => self.linear(),
            (Scale::Log, Unit::Bytes) => self.binary(),
            (Scale::Log, _) => self.decades(),
        }
    }

    fn within(&self, number: f64) -> bool {
        // Ends that are ticks are shown, whatever their rounding: on a log axis it is as small as they are.
        let slack = match self.scale {
            Scale::Linear => [1e-9 * (self.high - self.low); 2],
            Scale::Log => [self.low, self.high].map(|end| 1e-9 * end),
        };
        self.low - slack[0] <= number && number <= self.high + slack[1]
    }

    /// Even steps of 1, 2 or 5.
    fn linear(&self) -> Ticks {
        let largest = self.low.abs().max(self.high.abs());
        let (unit, in_unit) = match self.unit {
            Unit::Bytes => prefix(largest, 1024.0, &["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]),
            Unit::Count => (1.0, String::new()),
            Unit::Number if !(1e-3..1e5).contains(&largest) => {
                let exponent = libm::floor(libm::log10(largest)) as i32;
                (libm::pow(10.0, f64::from(exponent)), format!("1e{exponent}"))
            }
            Unit::Number => (1.0, String::new()),
        };
        let (low, high) = (self.low / unit, self.high / unit);
        let (step, parts) = self.step(low, high);
        let decimals = (-libm::floor(libm::log10(step) + 1e-9)).max(0.0) as usize;
        let multiples = |step: f64| {
            let first = libm::ceil(low / step - 1e-9);
            let last = libm::floor(high / step + 1e-9);
            (0..=(last - first).max(-1.0) as i64).map(move |number| (first + number as f64) * step)
        };
        let text = |number: f64| match self.unit {
            Unit::Count => counted(number),
            _ => signed(&format!("{number:.decimals$}")),
        };
        let major = multiples(step);
        let major = major.map(|at| Tick { at: at * unit, text: text(at), raised: String::new() }).collect();
        let minor = multiples(step / parts).map(|at| at * unit).collect();
        Ticks { major, minor, in_unit }
    }

    /// The step between texts, and in how many parts it is divided.
    fn step(&self, low: f64, high: f64) -> (f64, f64) {
        let raw = (high - low) / TICKS_MAX as f64;
        let decade = libm::pow(10.0, libm::floor(libm::log10(raw)));
        let (factor, parts) = match raw / decade {
            factor if factor <= 1.0 => (1.0, 5.0),
            factor if factor <= 2.0 => (2.0, 4.0),
            factor if factor <= 5.0 => (5.0, 5.0),
            _ => (10.0, 5.0),
        };
        // There is nothing between whole numbers.
        if self.unit == Unit::Count && factor * decade <= 1.0 { (1.0, 1.0) } else { (factor * decade, parts) }
    }

    /// Powers of ten; where there are few of them, two and five times these too.
    fn decades(&self) -> Ticks {
        let (first, last) = (libm::floor(libm::log10(self.low)), libm::floor(libm::log10(self.high)));
        let decades = (last - first) as usize + 1;
        let every = decades.div_ceil(TICKS_MAX);
        let mut ticks = Ticks::default();
        for number in 0..decades {
            let exponent = first as i32 + number as i32;
            for digit in 1..10 {
                // Of a negative exponent by division: 10^-3 as such is 0.001 and nothing beside it.
                let ten = libm::pow(10.0, f64::from(exponent.abs()));
                let at = if exponent < 0 { f64::from(digit) / ten } else { f64::from(digit) * ten };
                if !self.within(at) {
                    continue;
                }
                let has_text = digit == 1 && exponent.rem_euclid(every as i32) == 0
                    || decades <= 3 && matches!(digit, 2 | 5) && self.is_narrow();
                if has_text {
                    ticks.major.push(self.power(digit, exponent, at));
                } else if every == 1 || digit == 1 {
                    ticks.minor.push(at);
                }
            }
        }
        ticks
    }

    /// Whether there are fewer than two powers of ten within.
    fn is_narrow(&self) -> bool {
        libm::floor(libm::log10(self.high)) - libm::ceil(libm::log10(self.low)) < 1.0
    }

    fn power(&self, digit: i32, exponent: i32, at: f64) -> Tick {
        let plain = |text: String| Tick { at, text, raised: String::new() };
        match (self.unit, exponent) {
            (Unit::Count, _) => plain(counted(at)),
            // One form all along the axis.
            _ if self.low >= 1e-3 && self.high < 1e5 => {
                plain(format!("{at:.*}", (-exponent).max(0) as usize))
            }
            _ if digit == 1 => Tick { at, text: "10".to_owned(), raised: signed(&exponent.to_string()) },
            _ => Tick { at, text: format!("{digit}×10"), raised: signed(&exponent.to_string()) },
        }
    }

    /// Powers of two, with texts at every first, second, fourth, fifth or tenth.
    fn binary(&self) -> Ticks {
        let first = libm::ceil(libm::log2(self.low) - 1e-9).max(0.0) as i32;
        let last = libm::floor(libm::log2(self.high) + 1e-9) as i32;
        let steps = [1, 2, 4, 5, 10, 20];
        let count = |step: i32| last.div_euclid(step) - (first - 1).div_euclid(step);
        let step = steps.into_iter().find(|&step| count(step) <= TICKS_MAX as i32).unwrap_or(20);
        let mut ticks = Ticks::default();
        for exponent in first..=last {
            let at = libm::exp2(f64::from(exponent));
            if exponent % step == 0 {
                ticks.major.push(Tick { at, text: bytes(at), raised: String::new() });
            } else {
                ticks.minor.push(at);
            }
        }
        ticks
    }
}

/// A linear range with some room at both ends, which does not go below zero where counts begin there.
fn with_room(least: f64, most: f64, unit: Unit) -> (f64, f64) {
    if least >= most {
        let room = if least == 0.0 { 1.0 } else { least.abs() / 10.0 };
        return (least - room, least + room);
    }
    let room = 0.04 * (most - least);
    let low = if unit != Unit::Number && least >= 0.0 { (least - room).max(0.0) } else { least - room };
    (low, most + room)
}

/// The largest of some units that a number has at least one of.
fn prefix(largest: f64, base: f64, units: &[&str]) -> (f64, String) {
    let (mut size, mut at) = (1.0, 0);
    while largest >= size * base && at + 1 < units.len() {
        size *= base;
        at += 1;
    }
    (size, units[at].to_owned())
}

/// A power of two as "16 KiB".
fn bytes(number: f64) -> String {
    let (size, unit) = prefix(number, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB", "PiB"]);
    format!("{} {unit}", number / size)
}

/// 1500 as "1.5 k".
fn counted(number: f64) -> String {
    let (size, unit) = prefix(number.abs(), 1000.0, &["", " k", " M", " G", " T"]);
    // Sums of steps have rounding in their last digits.
    let value = libm::round(number / size * 1e6) / 1e6;
    signed(&format!("{value}{unit}"))
}

/// With the sign that is as wide as a plus, and none before zero.
fn signed(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|digit| matches!(digit, '0' | '.')) => digits.to_owned(),
        Some(digits) => format!("\u{2212}{digits}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(unit: Unit, scale: Scale, low: f64, high: f64) -> Vec<String> {
        let axis = Axis { label: String::new(), scale, unit, low, high };
        let ticks = axis.ticks();
        assert!(ticks.major.iter().all(|tick| axis.within(tick.at)), "{ticks:?}");
        let with = |tick: Tick| {
            if tick.raised.is_empty() { tick.text } else { format!("{}^{}", tick.text, tick.raised) }
        };
        ticks.major.into_iter().map(with).collect()
    }

    #[test]
    fn ticks_are_round_numbers_in_readable_units() {
        let number = |low, high| texts(Unit::Number, Scale::Linear, low, high);
        assert_eq!(number(-0.02, 1.83), ["0.0", "0.5", "1.0", "1.5"]);
        assert_eq!(
            number(-113.0, 6.0),
            ["\u{2212}100", "\u{2212}80", "\u{2212}60", "\u{2212}40", "\u{2212}20", "0"]
        );
        assert_eq!(number(0.0, 3e-5), ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0"]);
        assert_eq!(texts(Unit::Count, Scale::Linear, 0.0, 4.0), ["0", "1", "2", "3", "4"]);
        assert_eq!(
            texts(Unit::Count, Scale::Linear, 0.0, 3100.0),
            ["0", "500", "1 k", "1.5 k", "2 k", "2.5 k", "3 k"]
        );
        let mib = 1024.0 * 1024.0;
        assert_eq!(texts(Unit::Bytes, Scale::Linear, 0.0, 21.0 * mib), ["0", "5", "10", "15", "20"]);
        assert_eq!(
            texts(Unit::Bytes, Scale::Log, 300.0, 900.0 * mib),
            ["4 KiB", "64 KiB", "1 MiB", "16 MiB", "256 MiB"]
        );
        assert_eq!(texts(Unit::Bytes, Scale::Log, 1000.0, 5000.0), ["1 KiB", "2 KiB", "4 KiB"]);
    }

    #[test]
    fn log_axes_have_powers_of_ten_and_ticks_between_them() {
        let axis = Axis { label: String::new(), scale: Scale::Log, unit: Unit::Number, low: 2e-5, high: 3.0 };
        let ticks = axis.ticks();
        assert_eq!(
            texts(Unit::Number, Scale::Log, 2e-5, 3.0),
            ["10^\u{2212}4", "10^\u{2212}3", "10^\u{2212}2", "10^\u{2212}1", "10^0"]
        );
        // 2 to 9 of each of four decades, 2 to 9 of the first, and 2 and 3 of the last.
        assert_eq!(ticks.minor.len(), 8 * 5 + 2);
        assert_eq!(texts(Unit::Number, Scale::Log, 0.3, 4.0), ["0.5", "1", "2"]);
        assert_eq!(
            texts(Unit::Number, Scale::Log, 1e-12, 1.5),
            [
                "10^\u{2212}12",
                "10^\u{2212}10",
                "10^\u{2212}8",
                "10^\u{2212}6",
                "10^\u{2212}4",
                "10^\u{2212}2",
                "10^0"
            ]
        );
        assert_eq!(
            texts(Unit::Count, Scale::Log, 1.0, 2e6),
            ["1", "10", "100", "1 k", "10 k", "100 k", "1 M"]
        );
    }

    #[test]
    fn no_tick_of_a_log_axis_stands_beyond_its_ends_however_many_decades_it_has() {
        let axis =
            Axis { label: String::new(), scale: Scale::Log, unit: Unit::Number, low: 2e-15, high: 3.0 };
        let Ticks { major, minor, .. } = axis.ticks();
        let places = major.iter().map(|tick| tick.at).chain(minor).filter_map(|at| axis.place(at));
        assert!(places.clone().count() > 4 && places.into_iter().all(|place| (0.0..=1.0).contains(&place)));
        // Ends that are ticks are there.
        assert_eq!(
            texts(Unit::Number, Scale::Log, 1e-15, 1e3).first().map(String::as_str),
            Some("10^\u{2212}15")
        );
    }

    #[test]
    fn equal_numbers_and_none_at_all_have_an_axis() {
        for scale in [Scale::Linear, Scale::Log] {
            for numbers in [vec![2.5, 2.5], vec![], vec![0.0], vec![-1.0, -1.0], vec![f64::NAN]] {
                let axis = Axis::around("", Unit::Number, scale, numbers.iter().copied());
                assert!(axis.low < axis.high && axis.low.is_finite() && axis.high.is_finite(), "{axis:?}");
                assert!(!axis.ticks().major.is_empty(), "{axis:?}");
            }
        }
        let axis = Axis::around("", Unit::Number, Scale::Log, [2.5, 2.5].into_iter());
        assert!((axis.place(2.5).expect("positive") - 0.5).abs() < 1e-12);
        assert_eq!(axis.place(0.0), None);
    }
}
