//! What a problem file may lack, as the command line supplies it.

use crate::pomdp::file::ReadOptions;
use clap::Args;

/// Options that all commands on problems share.
#[derive(Args, Clone, Copy)]
pub(super) struct ReadingArguments {
    /// Divide rows of a problem file by their sums, whatever these are
    #[arg(long)]
    pub(super) normalize: bool,
    /// The discount, from 0 to 1 [default: the problem's own]
    #[arg(long, value_parser = discount)]
    pub(super) discount: Option<f64>,
}

impl ReadingArguments {
    /// The same options, with these.
    pub(super) fn added_to(self, options: ReadOptions) -> ReadOptions {
        ReadOptions { normalize: self.normalize, discount: self.discount, ..options }
    }

    /// The keys of a configuration that say the same.
    pub(super) fn settings(self) -> impl Iterator<Item = String> {
        let normalize = self.normalize.then(|| "problem.normalize=true".to_owned());
        let discount = self.discount.map(|discount| format!("problem.discount={discount:?}"));
        normalize.into_iter().chain(discount)
    }

    /// Whether any of them is given.
    pub(super) fn is_given(self) -> bool {
        self.normalize || self.discount.is_some()
    }
}

/// A discount as the command line gives it.
fn discount(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(gamma) if (0.0..=1.0).contains(&gamma) => Ok(gamma),
        _ => Err("a discount is a number from 0 to 1".to_owned()),
    }
}
