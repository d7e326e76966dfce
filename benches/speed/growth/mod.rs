//! How cost grows with the work: affine fits over M, K, R, H and d, exponents over |S| and |O|, curves for
//! large tables.
//!
//! Everything is on one thread, so that no fit depends on how two share their work.

mod generated;
mod tables;
mod work;

use crate::fit;
use crate::report::Report;

/// The curves.
pub(crate) fn run(report: &mut Report) {
    fit::check();
    work::run(report);
    tables::run(report);
}
