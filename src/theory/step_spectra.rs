//! Rank and eigenvalues of the features of every step, and the constants that Definition 3 can be read to
//! mean.

use super::constants::RELATIVE_ZERO;
use super::moments::{Entries, Moments};
use super::spectrum::{DenseLimitExceeded, blocks};
use crate::pomdp::discount_table;
use serde::Serialize;

/// The fraction of the largest eigenvalue of its connected block below which an eigenvalue counts as zero.
///
/// An eigenvalue is computed to some 1e-15 of the largest one of its block, and moments are sums of up to 1e9
/// rounded products, mostly of the same sign. What is above 1e-10 is therefore no rounding error;
/// [`StepSpectrum::zero`] shows how far below it the zeros in fact are. A block of a single entry is exact,
/// and zero only if it is 0.
pub const ZERO_EIGENVALUE: f64 = RELATIVE_ZERO;

/// `E φ_h φ_h'` at one step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StepSpectrum {
    /// h.
    pub step: usize,
    /// `d_h`.
    pub dimension: usize,
    /// Its rank: the dimension of the span of the features on the histories that can be.
    pub rank: usize,
    /// `λ_min⁺`, the smallest eigenvalue that is not zero; infinite where there is none.
    pub smallest: f64,
    /// `λ_max`.
    pub largest: f64,
    /// The largest size of an eigenvalue that counts as zero, by [`ZERO_EIGENVALUE`].
    pub zero: f64,
}

/// The features of all steps.
#[derive(Clone, Debug, PartialEq)]
pub struct StepSpectra {
    /// Step by step.
    pub steps: Vec<StepSpectrum>,
    /// `min_h γ^h λ_min⁺(E φ_h φ_h')`, the least nonzero eigenvalue of the Gram matrix of a ψ that has a
    /// block per step: what this program calls μ_φ.
    pub stacked: f64,
    /// `λ_min(Σ_h γ^h E φ_h φ_h')`: Definition 3 as our copy of the paper prints it, which sums over steps
    /// first and has one identity matrix for all of them. `None` where steps differ in their number of
    /// components, since there is no such sum then.
    pub definition_3: Option<f64>,
}

impl StepSpectra {
    /// The first step at which `γ^h λ_min⁺` is least, if any step has a nonzero eigenvalue.
    pub fn weakest(&self, gamma: f64) -> Option<usize> {
        let discount = discount_table(gamma, self.steps.len());
        let weighted = self.steps.iter().map(|spectrum| discount[spectrum.step] * spectrum.smallest);
        let mut least = (None, f64::INFINITY);
        for (step, value) in weighted.enumerate() {
            if value < least.1 {
                least = (Some(step), value);
            }
        }
        least.0
    }
}

impl Moments {
    /// The spectrum of each step, for the moments of an untied map with γ = 1; `dimensions` are its `d_h`,
    /// and `gamma` is the γ that weighs the steps.
    ///
    /// # Errors
    /// [`DenseLimitExceeded`] where a block is larger than `limit`.
    ///
    /// # Panics
    /// If the moments have components beyond those dimensions.
    pub fn by_step(
        &self,
        dimensions: &[usize],
        gamma: f64,
        limit: usize,
    ) -> Result<StepSpectra, DenseLimitExceeded> {
        let discount = discount_table(gamma, dimensions.len());
        let mut first = 0;
        let mut sum = Entries::new();
        let mut spectra = Vec::with_capacity(dimensions.len());
        for (step, &dimension) in dimensions.iter().enumerate() {
            let after = first + dimension;
            let inside = (first as u32, 0)..(after as u32, 0);
            let entries: Entries = self.gram.range(inside).map(|(&at, &x)| (at, x)).collect();
            let mut spectrum =
                StepSpectrum { step, dimension, rank: 0, smallest: f64::INFINITY, largest: 0.0, zero: 0.0 };
            for block in blocks(&entries, limit)? {
                let largest = block.iter().fold(0.0, |most: f64, pair| most.max(pair.value));
                let bound = if block.len() == 1 { 0.0 } else { RELATIVE_ZERO * largest };
                for pair in &block {
                    if pair.value > bound {
                        spectrum.rank += 1;
                        spectrum.smallest = spectrum.smallest.min(pair.value);
                        spectrum.largest = spectrum.largest.max(pair.value);
                    } else {
                        spectrum.zero = spectrum.zero.max(pair.value.abs());
                    }
                }
            }
            spectra.push(spectrum);
            for ((i, j), x) in entries {
                *sum.entry((i - first as u32, j - first as u32)).or_insert(0.0) += discount[step] * x;
            }
            first = after;
        }
        let beyond = self.gram.keys().next_back().is_some_and(|&(i, _)| i as usize >= first);
        assert!(!beyond, "the moments have {first} components");
        let stacked = spectra.iter().map(|spectrum| discount[spectrum.step] * spectrum.smallest);
        let stacked = stacked.fold(f64::INFINITY, f64::min);
        let alike = dimensions.first().filter(|&first| dimensions.iter().all(|d| d == first));
        let definition_3 = alike.map(|&dimension| least(&sum, dimension, limit)).transpose()?;
        Ok(StepSpectra { steps: spectra, stacked, definition_3 })
    }
}

impl Moments {
    /// `λ_min` of `Σ_h γ^h E φ_h φ_h'` for features that share one block of that dimension over all steps:
    /// Definition 3 as it is printed.
    ///
    /// # Errors
    /// As [`Moments::by_step`].
    pub fn definition_3(&self, dimension: usize, limit: usize) -> Result<f64, DenseLimitExceeded> {
        least(&self.gram, dimension, limit)
    }
}

/// The least eigenvalue of a positive semidefinite matrix of that dimension; 0 by the rule of
/// [`ZERO_EIGENVALUE`].
fn least(matrix: &Entries, dimension: usize, limit: usize) -> Result<f64, DenseLimitExceeded> {
    let (mut found, mut least) = (0, f64::INFINITY);
    for block in blocks(matrix, limit)? {
        let largest = block.iter().fold(0.0, |most: f64, pair| most.max(pair.value));
        found += block.len();
        for pair in &block {
            let zero = block.len() > 1 && pair.value <= RELATIVE_ZERO * largest;
            least = least.min(if zero { 0.0 } else { pair.value });
        }
    }
    // Components without any mass are in no block.
    Ok(if found < dimension { 0.0 } else { least })
}
