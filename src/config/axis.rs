//! The values that a key takes in a set of runs, as people write them: one by one, or as a range.

use super::error::{ConfigError, Fault};
use super::limits::AXIS_VALUES_MAX;
use super::place::{Place, SourceText};
use std::ops::Range;
use std::sync::Arc;

/// A key and the values that it takes, each as the text behind the `=` of a `--set`.
///
/// ```
/// use dpac::config::Axis;
///
/// let axis = Axis::of_argument("federation.clients=1,4,16", "--grid")?;
/// assert_eq!((axis.key.as_str(), axis.values.len()), ("federation.clients", 3));
/// let steps = Axis::of_argument("critic.alpha=log:1e-3..1:4", "--grid")?;
/// assert_eq!(steps.texts().collect::<Vec<_>>(), ["0.001", "0.01", "0.1", "1.0"]);
/// # Ok::<(), dpac::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// The dotted key.
    pub key: String,
    /// Where the key stands.
    pub key_place: Place,
    /// The values, and where each of them stands.
    pub values: Vec<(String, Place)>,
}

/// What an axis is like.
const FORM: &str = "an axis is like federation.clients=1,4,16 or critic.alpha=log:0.001..1:4";

impl Axis {
    /// Reads `KEY=VALUES` of a command line's option of this name.
    ///
    /// # Errors
    /// What is wrong, at its place in the argument.
    pub fn of_argument(argument: &str, option: &str) -> Result<Self, ConfigError> {
        let source = Arc::new(SourceText { name: option.to_owned(), text: argument.to_owned() });
        let Some((key, rest)) = argument.split_once('=') else {
            let place = Place::new(&source, 0..argument.len());
            return Err(ConfigError::new(Fault::NoEquals, place, FORM.to_owned()));
        };
        let key_place = Place::new(&source, 0..key.len());
        let key = key.trim().to_owned();
        if key.is_empty() {
            let place = Place::whole(&source);
            return Err(ConfigError::new(Fault::Empty("the key".to_owned()), place, FORM.to_owned()));
        }
        let start = argument.len() - rest.len();
        // An array of TOML says the same.
        let trimmed = rest.trim();
        let (values, start) = match trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(inside) => (inside, start + (rest.len() - rest.trim_start().len()) + 1),
            None => (rest, start),
        };
        let parts = parts(values).into_iter().map(|part| start + part.start..start + part.end);
        let parts: Vec<Place> = parts.map(|part| Place::new(&source, part)).collect();
        Axis { key, key_place, values: Vec::new() }.with_parts(&parts)
    }

    /// The axis with values that stand at these places: each is one, or a range of several.
    pub(super) fn with_parts(mut self, parts: &[Place]) -> Result<Self, ConfigError> {
        let given = parts.iter().filter(|part| !part.written().trim().is_empty());
        for part in given {
            let text = part.written().trim();
            match Points::parse(unquoted(text)) {
                Some(points) => {
                    let points = points.and_then(Points::texts);
                    let points = points.map_err(|why| wrong(why, part))?;
                    self.values.extend(points.into_iter().map(|point| (point, part.clone())));
                }
                None => self.values.push((text.to_owned(), part.clone())),
            }
        }
        if self.values.is_empty() {
            let help = FORM.to_owned();
            let fault = Fault::Rejected(format!("the axis `{}` has no values", self.key));
            return Err(ConfigError::new(fault, self.key_place, help));
        }
        if self.values.len() > AXIS_VALUES_MAX {
            let found = self.values.len();
            let fault = Fault::Rejected(format!(
                "the axis `{}` has {found} values, more than {AXIS_VALUES_MAX}",
                self.key
            ));
            return Err(ConfigError::new(fault, self.key_place, None));
        }
        Ok(self)
    }

    /// The axis, if it takes no value twice.
    ///
    /// # Errors
    /// The first value that stands there again.
    pub fn distinct(self) -> Result<Self, ConfigError> {
        for (number, (text, place)) in self.values.iter().enumerate() {
            if self.values[..number].iter().any(|(other, _)| other == text) {
                let fault = Fault::Rejected(format!("`{}` takes the value {text} twice", self.key));
                return Err(ConfigError::new(fault, place.clone(), "leave one of them out".to_owned()));
            }
        }
        Ok(self)
    }

    /// The values' texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|(text, _)| text.as_str())
    }
}

fn wrong(why: String, place: &Place) -> ConfigError {
    let help = "ranges are 0..9, lin:0..1:5 or log:0.001..1:4, both ends included";
    ConfigError::new(Fault::Rejected(why), place.clone(), help.to_owned())
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// The bytes of values between commas that stand in no string, array or table.
fn parts(text: &str) -> Vec<Range<usize>> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_u32, None);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), byte) => quote = (open != byte).then_some(open),
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'[' | b'{') => depth += 1,
            (None, b']' | b'}') => depth = depth.saturating_sub(1),
            (None, b',') if depth == 0 => {
                parts.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(start..text.len());
    parts
}

/// A range of values.
enum Points {
    /// Whole numbers, one after the other.
    Integers(u64, u64),
    /// So many points from one number to the other, equally far apart, or by equal factors.
    Spaced { log: bool, from: f64, to: f64, number: usize, whole: bool },
}

impl Points {
    /// The range that a text names, if it is written like one.
    fn parse(text: &str) -> Option<Result<Self, String>> {
        let (log, rest) = match (text.strip_prefix("log:"), text.strip_prefix("lin:")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => {
                let (from, to) = text.split_once("..")?;
                // Anything else may be a path.
                let number = |text: &str| text.trim().parse::<u64>().ok();
                return number(from).zip(number(to)).map(|(from, to)| Ok(Points::Integers(from, to)));
            }
        };
        Some(Points::spaced(log, rest).ok_or_else(|| format!("{text} is no range of numbers")))
    }

    fn spaced(log: bool, text: &str) -> Option<Self> {
        let (ends, number) = text.rsplit_once(':')?;
        let (from, to) = ends.split_once("..")?;
        let whole = from.trim().parse::<u64>().is_ok() && to.trim().parse::<u64>().is_ok();
        let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
        Some(Points::Spaced { log, from, to, number: number.trim().parse().ok()?, whole })
    }

    /// The values, as they are written.
    fn texts(self) -> Result<Vec<String>, String> {
        let most = format!("a range has at most {AXIS_VALUES_MAX} values");
        match self {
            Points::Integers(from, to) if from > to => Err(format!("{from}..{to} is empty")),
            Points::Integers(from, to) if to - from >= AXIS_VALUES_MAX as u64 => Err(most),
            Points::Integers(from, to) => Ok((from..=to).map(|number| number.to_string()).collect()),
            Points::Spaced { number, .. } if number > AXIS_VALUES_MAX => Err(most),
            Points::Spaced { number, .. } if number < 2 => {
                Err("a range has at least its two ends".to_owned())
            }
            Points::Spaced { from, to, .. } if !(from.is_finite() && to.is_finite() && from < to) => {
                Err("a range goes from a number to a larger one".to_owned())
            }
            Points::Spaced { log: true, from, .. } if from <= 0.0 => {
                Err("a range by equal factors begins above 0".to_owned())
            }
            Points::Spaced { log, from, to, number, whole } => {
                let point = |at: usize| {
                    let share = at as f64 / (number - 1) as f64;
                    let point = match at {
                        0 => from,
                        _ if at + 1 == number => to,
                        _ if log => from * libm::pow(to / from, share),
                        _ => from + (to - from) * share,
                    };
                    // Six digits: a step size is told by fewer.
                    if whole { format!("{}", libm::round(point)) } else { with_point(six_digits(point)) }
                };
                let mut points: Vec<String> = (0..number).map(point).collect();
                points.dedup();
                Ok(points)
            }
        }
    }
}

fn six_digits(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}

/// A number as TOML writes floats.
fn with_point(number: f64) -> String {
    format!("{number:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(argument: &str) -> Vec<String> {
        let axis =
            Axis::of_argument(argument, "--grid").unwrap_or_else(|error| panic!("{argument}: {error}"));
        axis.texts().map(str::to_owned).collect()
    }

    #[test]
    fn values_are_between_commas_that_stand_in_nothing_else() {
        assert_eq!(values("a=1,4, 16"), ["1", "4", "16"]);
        assert_eq!(values("a=[1,4]"), ["1", "4"]);
        assert_eq!(values("a=q,advantage"), ["q", "advantage"]);
        let features = values("critic.features={kind=\"window\",length=1},{kind=\"history\"}");
        assert_eq!(features, ["{kind=\"window\",length=1}", "{kind=\"history\"}"]);
        assert_eq!(values("policy=\"a,b\",'c,d'"), ["\"a,b\"", "'c,d'"]);
        assert_eq!(values("problem.file=../a.POMDP,b.POMDP"), ["../a.POMDP", "b.POMDP"]);
    }

    #[test]
    fn ranges_have_both_ends_and_round_to_what_one_would_write() {
        assert_eq!(values("a=2..5"), ["2", "3", "4", "5"]);
        assert_eq!(values("a=log:1..64:4"), ["1", "4", "16", "64"]);
        assert_eq!(values("a=log:0.01..1:5"), ["0.01", "0.0316228", "0.1", "0.316228", "1.0"]);
        assert_eq!(values("a=lin:0..1:5"), ["0", "1"]);
        assert_eq!(values("a=lin:0.0..1:5"), ["0.0", "0.25", "0.5", "0.75", "1.0"]);
        assert_eq!(values("a=0,log:1e-3..1e-1:3"), ["0", "0.001", "0.01", "0.1"]);
    }

    #[test]
    fn what_is_no_axis_is_refused_where_it_stands() {
        for (argument, written) in [
            ("federation.clients", "federation.clients"),
            ("a=", "a"),
            ("a=1,2,1", "1"),
            ("a=1,5..2", "5..2"),
            ("a=1,log:0.0..2:3", "log:0.0..2:3"),
            ("a=log:2..1:3", "log:2..1:3"),
            ("a=lin:1..2:1", "lin:1..2:1"),
            ("a=0..99999999", "0..99999999"),
        ] {
            let axis = Axis::of_argument(argument, "--grid").and_then(Axis::distinct);
            let error = axis.expect_err(argument);
            assert_eq!(error.place.written(), written, "{argument}");
        }
    }
}
