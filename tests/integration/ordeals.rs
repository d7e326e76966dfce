//! Ordeals of run directories and traces: processes killed anywhere, begun together, files changed byte by
//! byte, and power cuts. Whatever happens, nothing of a stranger is lost, nothing is mixed, nothing is called
//! complete that is not, and every run goes on to the bits of one that nothing happened to.
//!
//! Each has a quick form, which every test run takes, and a long one, asked for by variables:
//! `DPAC_ORDEAL_KILLS`, `DPAC_ORDEAL_PAIRS`, `DPAC_ORDEAL_FLIPS` and `DPAC_ORDEAL_IMAGES` are counts
//! (`DPAC_ORDEAL_FLIPS=all` takes every byte), `DPAC_ORDEAL_SEED` another seed of all that is random here.

#![expect(
    clippy::print_stdout,
    reason = "what was tried and found is shown with --nocapture, and where a test fails"
)]

mod flips;
mod kills;
mod pairs;
mod place;
#[cfg(target_os = "linux")]
mod power_cuts;
