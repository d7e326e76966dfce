//! What the theory predicts from the configuration alone: counts, sizes, schedules, constants.

mod constants;
mod moments;
mod policy_gradients;
mod spectrum;

pub use constants::DENSE_DIMENSION_MAX;
pub use moments::Moments;
pub use policy_gradients::PolicyGradients;
pub use spectrum::DenseLimitExceeded;
