//! What the theory predicts from the configuration and the problem alone: counts, sizes, step sizes,
//! constants.
//!
//! Nothing here is measured, and nothing here imports what measures: the closed forms are a witness of their
//! own, to which the ledger of a run is compared.

mod constants;
pub mod counts;
mod moments;
mod policy_gradients;
pub mod protocol;
pub mod schedule;
pub mod sizes;
mod spectrum;
mod step_spectra;

pub use constants::{DENSE_DIMENSION_MAX, Extremes};
pub use moments::Moments;
pub use policy_gradients::PolicyGradients;
pub use spectrum::DenseLimitExceeded;
pub use step_spectra::{StepSpectra, StepSpectrum, ZERO_EIGENVALUE};
