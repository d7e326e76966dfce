//! The claims of the paper: the experiments in their quick form, and what else is known of what they run.

mod checks;
mod claims;
mod societies;
