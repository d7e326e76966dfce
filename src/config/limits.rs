//! Bounds of what a configuration may ask for.
//!
//! They bound each key alone. The sizes that the theorems give for [`CLIENTS_MAX`] and [`TRAJECTORIES_MAX`]
//! together, R = (MT)^(1/2) = 1e9 outer rounds, stay inside [`ROUNDS_MAX`].

use crate::policy::network::Network;

/// Most copies of each observation.
pub const SPLIT_MAX: u32 = 4096;

/// Largest horizon H.
pub const HORIZON_MAX: u32 = 10_000;

/// Largest number of clients M.
pub const CLIENTS_MAX: u32 = 1_000_000;

/// Largest number of rounds, R or R_e.
pub const ROUNDS_MAX: u32 = 1_000_000_000;

/// Largest number of local steps, K or K_e, and largest synchronisation interval I.
pub const LOCAL_STEPS_MAX: u32 = 1_000_000_000;

/// Largest budget T of trajectories per client.
pub const TRAJECTORIES_MAX: u64 = 1_000_000_000_000;

/// Longest window of features, in pairs of action and observation: no history is longer.
pub const WINDOW_MAX: u32 = HORIZON_MAX;

/// Largest degree of polynomials of readings.
pub const POLYNOMIAL_DEGREE_MAX: u32 = 16;

/// Most random Fourier features of one window of readings.
pub const FOURIER_COMPONENTS_MAX: u32 = 1 << 16;

/// Most units of a random recurrent network of features.
pub const RESERVOIR_WIDTH_MAX: u32 = 1 << 12;

/// Most units of a network.
pub const UNITS_MAX: u32 = Network::UNITS_MAX as u32;

/// Most values of an axis of a sweep, and most seeds.
pub const AXIS_VALUES_MAX: usize = 10_000;

/// Longest file that is read as a configuration, and longest `--set`, in bytes.
pub const TEXT_BYTES_MAX: usize = crate::files::CONFIGURATION_BYTES_MAX as usize;

/// The most parts of a dotted key, and the deepest that tables lie in each other: no key that there is has
/// more than four.
pub(super) const DEPTH_MAX: usize = 16;
