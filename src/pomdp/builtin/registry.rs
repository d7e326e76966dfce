//! What a built-in problem says of itself: its parameters with their bounds, its source, its known optimum.

use crate::pomdp::{Definition, GaussianModel, Model};
use std::fmt;
use thiserror::Error;

/// Most states of a built-in problem: beyond it, parameters that are each within bounds are refused together.
pub const STATES_MAX: u64 = 16_384;

/// In which features action values are exactly linear in every problem with finitely many observations.
pub const ALWAYS_EXACT: &str =
    "whole histories, for every policy; belief-memory, for every policy that reads the same window of pairs";

/// A built-in problem.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What one calls it by.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub summary: &'static str,
    /// Where its definition comes from.
    pub source: &'static str,
    /// Its parameters, in the order in which they are listed.
    pub parameters: &'static [Parameter],
    /// `V*_H(b_0)` in the problem's own units with discount γ, where there is a closed form.
    pub optimum: Option<&'static str>,
    /// In which features action values are exactly linear, and for which policies, beyond [`ALWAYS_EXACT`];
    /// and what is known of the features' coverage.
    pub exact: Option<&'static str>,
    pub(super) build: Build,
}

/// How a problem comes out of its parameters.
#[derive(Clone, Copy, Debug)]
pub(super) enum Build {
    /// Tables.
    Tabular(fn(&ParameterValues) -> Result<Model, ParameterError>),
    /// Hidden tables and sensors.
    Gaussian(fn(&ParameterValues) -> Result<GaussianModel, ParameterError>),
}

/// A number that a problem depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// What one calls it by.
    pub name: &'static str,
    /// Its value where none is given.
    pub default: f64,
    /// Its bounds.
    pub range: Range,
    /// What it means.
    pub meaning: &'static str,
}

/// The values that a parameter may have, bounds included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// Whole numbers.
    Integer(u64, u64),
    /// Real numbers.
    Real(f64, f64),
}

impl Range {
    /// Whether `value` is one of them.
    pub fn contains(self, value: f64) -> bool {
        match self {
            Range::Integer(least, most) => {
                value.fract().abs() == 0.0 && (least as f64..=most as f64).contains(&value)
            }
            Range::Real(least, most) => (least..=most).contains(&value),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Range::Integer(least, most) => write!(f, "an integer from {least} to {most}"),
            Range::Real(least, most) => write!(f, "a number from {least} to {most}"),
        }
    }
}

/// Parameters for which there is no problem.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ParameterError {
    /// A name that is none of the problem's parameters.
    #[error("`{problem}` has no parameter `{name}`")]
    Unknown {
        /// The problem.
        problem: &'static str,
        /// The name.
        name: String,
    },
    /// A value outside its range.
    #[error("the parameter `{name}` is {value}, not {range}")]
    OutOfRange {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: f64,
        /// Its range.
        range: Range,
    },
    /// More states than [`STATES_MAX`].
    #[error("these parameters together make more than {STATES_MAX} states")]
    TooManyStates,
    /// Parameters that are each within bounds and contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// A value for each parameter of a problem, within its range.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterValues(Vec<(&'static str, f64)>);

impl ParameterValues {
    /// The parameters in the problem's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'static str, f64)> + '_ {
        self.0.iter().copied()
    }

    /// The value of a parameter that the problem lists.
    pub(super) fn real(&self, name: &str) -> f64 {
        self.0.iter().find(|(known, _)| *known == name).expect("a parameter of the problem").1
    }

    /// The value of an integer parameter that the problem lists.
    pub(super) fn integer(&self, name: &str) -> usize {
        self.real(name) as usize
    }
}

/// Parameters that a problem got after runs of it had been published: at their defaults they are not written
/// out, so that the digests of those runs' configurations stay what they were.
const LATER: &[(&str, &str)] = &[("toggle", "accuracy"), ("toggle", "keep")];

impl Entry {
    /// Whether a configuration that is written out leaves out this parameter at this value.
    pub fn leaves_out(&self, parameter: &str, value: f64) -> bool {
        let default = self.parameter(parameter).map(|known| known.default.to_bits());
        LATER.contains(&(self.name, parameter)) && default == Some(value.to_bits())
    }

    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The values given, and defaults for the others. Of a name given twice the last value counts.
    ///
    /// # Errors
    /// [`ParameterError::Unknown`] and [`ParameterError::OutOfRange`].
    pub fn complete<'a>(
        &self,
        given: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Result<ParameterValues, ParameterError> {
        let mut values: Vec<_> = self.parameters.iter().map(|known| (known.name, known.default)).collect();
        for (name, value) in given {
            let Some(at) = self.parameters.iter().position(|known| known.name == name) else {
                return Err(ParameterError::Unknown { problem: self.name, name: name.to_owned() });
            };
            let Parameter { name, range, .. } = self.parameters[at];
            if !range.contains(value) {
                return Err(ParameterError::OutOfRange { name, value, range });
            }
            values[at].1 = value;
        }
        Ok(ParameterValues(values))
    }

    /// The problem with these parameters, and defaults for the others.
    ///
    /// ```
    /// let tiger = dpac::pomdp::builtin::find("tiger").expect("a built-in problem");
    /// let deaf = tiger.definition([("accuracy", 0.5)]).expect("within bounds");
    /// assert_eq!(deaf.hidden().observation().get(0, 0), 0.5);
    /// assert!(tiger.definition([("accuracy", 85.0)]).is_err());
    /// ```
    ///
    /// # Errors
    /// [`ParameterError`] says which parameter is wrong.
    pub fn definition<'a>(
        &self,
        given: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> Result<Definition, ParameterError> {
        let values = self.complete(given)?;
        match self.build {
            Build::Tabular(build) => build(&values).map(Definition::of_model),
            Build::Gaussian(build) => build(&values).map(Definition::Gaussian),
        }
    }
}

/// Refuses more states than [`STATES_MAX`]; `None` is more than any number.
pub(super) fn within_limit(states: Option<u64>) -> Result<usize, ParameterError> {
    match states {
        Some(states) if states <= STATES_MAX => Ok(states as usize),
        _ => Err(ParameterError::TooManyStates),
    }
}

#[cfg(test)]
mod tests {
    use crate::pomdp::builtin::find;

    #[test]
    fn what_is_not_given_has_its_default() {
        let entry = find("n-back").expect("a problem");
        let values = entry.complete([("q", 3.0)]).expect("within bounds");
        assert_eq!(values.iter().collect::<Vec<_>>(), [("q", 3.0), ("length", 2.0)]);
    }

    #[test]
    fn unknown_fractional_and_excessive_parameters_are_refused() {
        let entry = find("n-back").expect("a problem");
        let refused = |given: &[(&str, f64)]| {
            entry.definition(given.iter().copied()).expect_err("a wrong parameter").to_string()
        };
        assert_eq!(refused(&[("n", 3.0)]), "`n-back` has no parameter `n`");
        assert_eq!(refused(&[("q", 2.5)]), "the parameter `q` is 2.5, not an integer from 2 to 16");
        assert_eq!(refused(&[("q", f64::NAN)]), "the parameter `q` is NaN, not an integer from 2 to 16");
        assert_eq!(
            refused(&[("q", 16.0), ("length", 12.0)]),
            "these parameters together make more than 16384 states"
        );
    }
}
