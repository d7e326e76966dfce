//! Functions of a few real numbers: products of Legendre polynomials, and random Fourier features.

use super::FiniteMapError;
use crate::pomdp::builtin::{Draws, Table};
use thiserror::Error;

/// Which functions of the readings of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReadingFunctions {
    /// All products of Legendre polynomials of different readings whose degrees add up to at most `degree`. A
    /// reading is moved to [-1, 1] from the range of its action's means, widened by three deviations, and
    /// clamped; so no function exceeds 1.
    Polynomials {
        /// The largest total degree.
        degree: u32,
    },
    /// `√(2/D) cos(⟨w_j, readings⟩ + b_j)`, j < D, with `w_j ~ N(0, I / scale²)` and `b_j` uniform on [0, 2π)
    /// (Rahimi, Recht 2007): inner products approximate `exp(-‖x - y‖² / (2 scale²))` for readings in the
    /// problem's own units.
    Fourier {
        /// D.
        components: u32,
        /// The kernel's width.
        scale: f64,
        /// The seed of the draws; each j has a stream of its own.
        seed: u32,
    },
}

/// Features of readings that do not fit.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ReadingMapError {
    /// Too many sequences of actions.
    #[error(transparent)]
    Window(#[from] FiniteMapError),
    /// Too many functions.
    #[error("functions of {length} readings give more than {limit} feature components over all steps")]
    Functions {
        /// L.
        length: usize,
        /// The limit, in components of the stacked vector.
        limit: usize,
    },
    /// No scale.
    #[error("the scale of random features is {0}, not a positive number")]
    Scale(f64),
}

/// Most functions of one window of readings.
const FUNCTIONS_MAX: usize = 1 << 16;

/// Functions, ready to be evaluated. With n readings the functions of m < n readings come first.
#[derive(Debug, PartialEq)]
pub(super) enum Basis {
    Polynomials {
        degree: usize,
        /// Each but the first, the constant, is an earlier one times a polynomial of one reading.
        products: Vec<Product>,
        /// Number of functions of m readings, at m.
        counts: Vec<usize>,
    },
    Fourier {
        length: usize,
        /// `w_j` for the reading of the i-th newest pair, at `j * length + i`.
        frequencies: Vec<f64>,
        phases: Vec<f64>,
    },
}

/// `f(x) = earlier(x) P_degree(x_variable)`.
#[derive(Debug, PartialEq)]
pub(super) struct Product {
    earlier: usize,
    variable: usize,
    degree: usize,
}

impl Basis {
    /// The functions of up to `length` readings; `None` where they are too many.
    pub(super) fn new(functions: ReadingFunctions, length: usize) -> Result<Option<Self>, ReadingMapError> {
        match functions {
            ReadingFunctions::Polynomials { degree } => Ok(Basis::polynomials(degree as usize, length)),
            ReadingFunctions::Fourier { scale, .. } if !(scale.is_finite() && scale > 0.0) => {
                Err(ReadingMapError::Scale(scale))
            }
            ReadingFunctions::Fourier { components, scale, seed } => {
                Ok(Basis::fourier(components as usize, scale, seed, length))
            }
        }
    }

    fn polynomials(degree: usize, length: usize) -> Option<Self> {
        let mut products = Vec::new();
        let (mut degrees, mut counts) = (vec![0], vec![1]);
        for variable in 0..length {
            let earlier = degrees.len();
            for power in 1..=degree {
                for before in 0..earlier {
                    if degrees[before] + power <= degree {
                        degrees.push(degrees[before] + power);
                        products.push(Product { earlier: before, variable, degree: power });
                    }
                }
                if degrees.len() > FUNCTIONS_MAX {
                    return None;
                }
            }
            counts.push(degrees.len());
        }
        Some(Basis::Polynomials { degree, products, counts })
    }

    fn fourier(components: usize, scale: f64, seed: u32, length: usize) -> Option<Self> {
        if components > FUNCTIONS_MAX || components.checked_mul(length)? > super::FiniteMap::COMPONENTS_MAX {
            return None;
        }
        let mut frequencies = Vec::with_capacity(components * length);
        let mut phases = Vec::with_capacity(components);
        for j in 0..components {
            let mut draws = Draws::new(u64::from(seed), Table::Fourier, j);
            frequencies.extend((0..length).map(|_| draws.normal() / scale));
            phases.push(std::f64::consts::TAU * draws.unit());
        }
        Some(Basis::Fourier { length, frequencies, phases })
    }

    /// Number of functions of `readings` numbers; of none there is the constant 1.
    pub(super) fn count(&self, readings: usize) -> usize {
        match self {
            Basis::Polynomials { counts, .. } => counts[readings],
            Basis::Fourier { .. } if readings == 0 => 1,
            Basis::Fourier { phases, .. } => phases.len(),
        }
    }

    /// The largest sum of squares of the first `count` functions, or a bound on it.
    ///
    /// Each product of Legendre polynomials is 1 where all readings are. Of Fourier features each square is
    /// at most 2/D.
    pub(super) fn norm_squared_bound(&self, count: usize) -> f64 {
        match self {
            Basis::Polynomials { .. } => count as f64,
            Basis::Fourier { phases, .. } if phases.len() == count => 2.0,
            Basis::Fourier { .. } => 1.0,
        }
    }

    /// A reading as the functions take it; `range` is where its action's readings are expected.
    pub(super) fn scaled(&self, reading: f64, (low, high): (f64, f64)) -> f64 {
        match self {
            Basis::Polynomials { .. } => ((2.0 * reading - low - high) / (high - low)).clamp(-1.0, 1.0),
            Basis::Fourier { .. } => reading,
        }
    }

    /// The values of the functions of the readings that are not silent, the newest first.
    pub(super) fn evaluate(&self, readings: &[Option<f64>], values: &mut Vec<f64>, scratch: &mut Vec<f64>) {
        values.clear();
        match self {
            Basis::Polynomials { degree, products, counts } => {
                // P_k(x_i) at `i * (degree + 1) + k`, by k P_k = (2k - 1) x P_(k-1) - (k - 1) P_(k-2).
                scratch.clear();
                for &x in readings.iter().flatten() {
                    let (mut before, mut now) = (0.0, 1.0);
                    scratch.push(now);
                    for k in 1..=*degree {
                        let k = k as f64;
                        (before, now) = (now, ((2.0 * k - 1.0) * x * now - (k - 1.0) * before) / k);
                        scratch.push(now);
                    }
                }
                values.push(1.0);
                let heard = scratch.len() / (degree + 1);
                for Product { earlier, variable, degree: power } in &products[..counts[heard] - 1] {
                    values.push(values[*earlier] * scratch[variable * (degree + 1) + power]);
                }
            }
            Basis::Fourier { length, frequencies, phases } => {
                if readings.iter().all(Option::is_none) {
                    values.push(1.0);
                    return;
                }
                let amplitude = libm::sqrt(2.0 / phases.len() as f64);
                for (j, phase) in phases.iter().enumerate() {
                    let row = &frequencies[j * length..(j + 1) * length];
                    let angle = readings.iter().zip(row).fold(*phase, |sum, (reading, w)| match reading {
                        Some(x) => sum + w * x,
                        None => sum,
                    });
                    values.push(amplitude * libm::cos(angle));
                }
            }
        }
    }
}
