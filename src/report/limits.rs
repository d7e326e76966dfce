//! How much a page has room for.

/// The most runs of a report.
pub const RUNS_MAX: usize = 5000;

/// The most arms of a report: as many rows have its tables.
pub const ARMS_MAX: usize = 200;

/// The most points of a line of its figures.
pub const POINTS_MAX: usize = 200;
