//! What the theory predicts from the configuration and the problem alone: counts, sizes, step sizes,
//! constants.
//!
//! Nothing here is measured, and nothing here imports what measures: the closed forms are a witness of their
//! own, to which the ledger of a run is compared.

pub mod advice;
pub mod bound;
mod constants;
pub mod corollaries;
pub mod counts;
mod coverage;
pub mod drift;
mod fixed_point;
mod moments;
pub mod orders;
mod policy_gradients;
pub mod protocol;
mod regression;
mod regression_sampled;
mod sampled;
pub mod schedule;
mod semi_gradients;
pub mod sizes;
mod spectrum;
mod step_spectra;
pub mod theorem_1;
pub mod theorem_2;
mod trajectories;

pub use constants::{DENSE_DIMENSION_MAX, Extremes};
pub use coverage::{Coverage, CoverageError, coverage};
pub use fixed_point::{FixedPointError, fixed_point};
pub use moments::Moments;
pub use policy_gradients::PolicyGradients;
pub use regression::{Regression, RegressionError, Task, regression};
pub use regression_sampled::{RegressionBatch, SampledRegression, regression_batches};
pub use sampled::{Batch, semi_gradient_batch};
pub use semi_gradients::{SemiGradients, semi_gradients};
pub use spectrum::DenseLimitExceeded;
pub use step_spectra::{StepSpectra, StepSpectrum, ZERO_EIGENVALUE};
