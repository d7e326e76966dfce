//! A problem as it is read or built, before anyone acts in it.

use super::file::{ProblemFile, ResetRows};
use super::{GaussianModel, Model, ModelError};

/// What a file or a built-in problem defines.
#[derive(Clone, Debug, PartialEq)]
pub enum Definition {
    /// Finitely many observations.
    Tabular(ProblemFile),
    /// Real-valued observations with normal noise.
    Gaussian(GaussianModel),
}

impl Definition {
    /// A tabular problem whose rewards are the model's.
    pub fn of_model(model: Model) -> Self {
        Definition::Tabular(ProblemFile::of_model(model))
    }

    /// States, actions, start, moves, rewards, discount, name. Of its observations nothing is said here:
    /// those of a problem with real-valued ones are in its sensors.
    pub fn hidden(&self) -> &Model {
        match self {
            Definition::Tabular(file) => &file.model,
            Definition::Gaussian(model) => model.hidden(),
        }
    }

    /// The same problem with another discount.
    ///
    /// # Errors
    /// Where it is not in [0, 1].
    pub fn with_discount(self, discount: f64) -> Result<Self, ModelError> {
        Ok(match self {
            Definition::Tabular(file) => {
                Definition::Tabular(ProblemFile { model: file.model.with_discount(discount)?, ..file })
            }
            Definition::Gaussian(model) => Definition::Gaussian(model.with_discount(discount)?),
        })
    }

    /// The same problem, whose features see which copy an observation is: see
    /// [`Model::telling_copies_apart`].
    pub fn telling_copies_apart(self) -> Self {
        match self {
            Definition::Tabular(file) => {
                Definition::Tabular(ProblemFile { model: file.model.telling_copies_apart(), ..file })
            }
            Definition::Gaussian(model) => Definition::Gaussian(model),
        }
    }

    /// The tables, if observations are finitely many.
    pub fn tabular(&self) -> Option<&ProblemFile> {
        match self {
            Definition::Tabular(file) => Some(file),
            Definition::Gaussian(_) => None,
        }
    }

    /// The `reset` rows of the file, and what they were read as; none of a problem that is from no file.
    pub fn resets(&self) -> ResetRows {
        self.tabular().map(|file| file.resets).unwrap_or_default()
    }

    /// Number of observations, "none" not counted; `None` where they are real numbers.
    pub fn observations(&self) -> Option<usize> {
        self.tabular().map(|file| file.model.observations())
    }
}
