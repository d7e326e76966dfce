//! Features as one writes them on the command line: `belief-memory:1,span`.

use super::Features;
use super::suggest::{listed, nearest, quoted};
use crate::features::Degree;
use std::fmt::{self, Write};
use std::str::FromStr;
use thiserror::Error;

/// Features that cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct FeaturesError(String);

/// Every kind, and the key that a number alone stands for.
const KINDS: [(&str, Option<&str>); 10] = [
    ("history", None),
    ("window", Some("length")),
    ("belief", Some("degree")),
    ("log-odds", Some("degree")),
    ("belief-memory", Some("length")),
    ("polynomial", Some("length")),
    ("fourier", Some("length")),
    ("reservoir", Some("width")),
    ("problem", None),
    ("policy", None),
];

/// `KIND` or `KIND:PART,PART,...`: a part is `key=value`, a key that becomes true, or a number for the key
/// that the kind cannot do without.
impl FromStr for Features {
    type Err = FeaturesError;

    fn from_str(text: &str) -> Result<Self, FeaturesError> {
        let (kind, parts) = text.split_once(':').unwrap_or((text, ""));
        let Some((_, number)) = KINDS.iter().find(|(name, _)| *name == kind) else {
            let names = KINDS.map(|(name, _)| name);
            let help = match nearest(kind, &names) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("expected {}", listed(&names, "\"")),
            };
            return Err(FeaturesError(format!("no features are of kind \"{}\"; {help}", quoted(kind))));
        };
        if number.is_none() && !parts.is_empty() {
            return Err(FeaturesError(format!("features of kind \"{kind}\" have no keys")));
        }
        let mut toml = format!("kind = \"{kind}\"\n");
        for part in parts.split(',').filter(|part| !part.is_empty()) {
            let (key, value) = match (part.split_once('='), number) {
                (Some(pair), _) => pair,
                (None, Some(key)) if part.bytes().all(|byte| byte.is_ascii_digit()) => (*key, part),
                (None, _) => (part, "true"),
            };
            // Writing to a string cannot fail.
            let _ = writeln!(toml, "{key} = {value}");
        }
        toml::from_str(&toml).map_err(|error| FeaturesError(error.message().to_owned()))
    }
}

/// As one writes them: defaults are left out.
impl fmt::Display for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        let flag = |is: bool, name| if is { name } else { "" };
        let seeded = |seed: u32| if seed == 0 { String::new() } else { format!(",seed={seed}") };
        match *self {
            Features::History | Features::Problem | Features::Policy => Ok(()),
            Features::Window { length, tied } => write!(f, ":{length}{}", flag(tied, ",tied")),
            Features::Belief { degree, span } => {
                let degree = if degree == Degree::One { 1 } else { 2 };
                write!(f, ":{degree}{}", flag(span, ",span"))
            }
            Features::LogOdds { degree } => write!(f, ":{}", degree.degree()),
            Features::BeliefMemory { length, span } => write!(f, ":{length}{}", flag(span, ",span")),
            Features::Polynomial { length, degree } => write!(f, ":{length},degree={degree}"),
            Features::Fourier { length, components, scale, seed } => {
                write!(f, ":{length},components={components},scale={scale}{}", seeded(seed))
            }
            Features::Reservoir { width, seed } => write!(f, ":{width}{}", seeded(seed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::LogOdds;

    #[test]
    fn numbers_keys_and_flags_are_the_keys_of_a_configuration() {
        let three = LogOdds::new(3).expect("a degree");
        for (text, expected) in [
            ("history", Features::History),
            ("problem", Features::Problem),
            ("policy", Features::Policy),
            ("window:2", Features::Window { length: 2, tied: false }),
            ("window:length=2,tied", Features::Window { length: 2, tied: true }),
            ("belief", Features::Belief { degree: Degree::One, span: false }),
            ("belief:2,span", Features::Belief { degree: Degree::Two, span: true }),
            ("log-odds:3", Features::LogOdds { degree: three }),
            ("belief-memory:1,span=false", Features::BeliefMemory { length: 1, span: false }),
            ("polynomial:3,degree=2", Features::Polynomial { length: 3, degree: 2 }),
            (
                "fourier:1,components=9,scale=0.5",
                Features::Fourier { length: 1, components: 9, scale: 0.5, seed: 0 },
            ),
            ("reservoir:64", Features::Reservoir { width: 64, seed: 0 }),
            ("reservoir:8,seed=3", Features::Reservoir { width: 8, seed: 3 }),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
            assert_eq!(expected.to_string().parse(), Ok(expected), "{expected}");
        }
    }

    #[test]
    fn every_kind_of_a_configuration_is_one_here() {
        let schema = schemars::schema_for!(Features).to_value();
        let kinds = schema["oneOf"].as_array().expect("a kind of features each");
        let names: Vec<_> =
            kinds.iter().filter_map(|kind| kind["properties"]["kind"]["const"].as_str()).collect();
        assert_eq!(names.len(), KINDS.len());
        for name in names {
            assert!(KINDS.iter().any(|(kind, _)| *kind == name), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for (text, message) in [
            ("beleif:1", "no features are of kind \"beleif\"; did you mean \"belief\"?"),
            ("window", "missing field `length`"),
            ("window:1,width=2", "unknown field `width`, expected `length` or `tied`"),
            ("belief:3", "expected degree 1 or 2, found 3"),
            ("history:1", "features of kind \"history\" have no keys"),
            ("problem:1", "features of kind \"problem\" have no keys"),
        ] {
            let error = text.parse::<Features>().expect_err(text).to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
