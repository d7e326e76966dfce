//! Statistics of few runs: estimates over seeds, and intervals that say what they are.
//!
//! An [`Interval`] has its kind, what it is of, its level and the number of seeds behind it; there is no
//! other form of one. Values are finite, one of each seed, and what refuses them is a typed error. Everything
//! here is a function of its arguments: sums run in one order, resamples come from keyed streams
//! ([`dpac_actors::StreamKey`], purpose [`dpac_actors::Purpose::Statistics`]), and so the bits are the same
//! on every machine and for every order in which seeds are given.
//!
//! `docs/statistics.md` has the coverage of the intervals, as [`coverage`] simulates it, and says which one
//! to take.
//!
//! ```
//! use dpac::statistics::{Bootstrap, Estimate, Level, Sample};
//! let values = Sample::of(&[1.62, 1.48, 1.55, 1.31, 1.66, 1.59, 1.40, 1.58, 1.71, 1.52])?;
//! assert_eq!(
//!     values.t_interval(Level::default())?.to_string(),
//!     "[1.456, 1.628] (95 % t interval of the mean, 10 seeds)"
//! );
//! let interval = Bootstrap::default().interval(Estimate::InterquartileMean, &values)?;
//! assert_eq!(
//!     interval.to_string(),
//!     "[1.462, 1.623] (95 % bootstrap of the interquartile mean, 10 seeds)"
//! );
//! # Ok::<(), dpac::statistics::StatisticsError>(())
//! ```

mod bootstrap;
pub mod coverage;
mod error;
mod estimate;
mod interval;
mod kolmogorov;
mod line;
mod marks;
mod paired;
mod power_law;
mod student;
mod times;

pub use bootstrap::{Bootstrap, Strata};
pub use error::StatisticsError;
pub use estimate::{Estimate, Sample, mean_and_standard_error};
pub use interval::{Interval, Kind, Level, Quantity};
pub use kolmogorov::kolmogorov_smirnov;
pub use line::Line;
pub use marks::{Mark, MarkLaw};
pub use paired::Paired;
pub use power_law::{Arm, PowerLaw};
pub use student::t_quantile;
pub use times::{Time, Times};
