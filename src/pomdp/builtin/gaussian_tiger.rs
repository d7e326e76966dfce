//! The tiger problem with a voice: what one hears is a real number.

use super::registry::{Build, Entry, Parameter, Range};
use super::tables::rows;
use super::tiger::doors;
use crate::pomdp::{GaussianModel, Model, ModelParts, Names, Sensor};

pub(super) const ENTRY: Entry = Entry {
    name: "gaussian-tiger",
    summary: "The tiger problem where listening gives a number: +1 or -1 with normal noise, by where the tiger is.",
    source: "our own, after Kaelbling, Littman, Cassandra 1998",
    parameters: &[Parameter {
        name: "sigma",
        default: 1.0,
        range: Range::Real(0.05, 20.0),
        meaning: "standard deviation of what is heard",
    }],
    optimum: None,
    exact: Some("beliefs of degree 1, for policies that look at nothing; no features here are for others"),
    build: Build::Gaussian(|values| Ok(gaussian_tiger(values.real("sigma")))),
};

/// Listening shows N(+1, σ²) with the tiger left and N(-1, σ²) with it right; opening shows nothing. Moves
/// and rewards are those of the tiger problem, discount 0.95.
///
/// The log-odds of left against right move by `2 o / σ²` with a reading o, so that one number sums up the
/// history, and
/// [`two_state_bounds`](crate::exact::two_state_bounds) gives the optimum: 4.52212 for σ = 1 and H = 4.
fn gaussian_tiger(sigma: f64) -> GaussianModel {
    let hidden = Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        observations: Names::Count(1),
        observation: rows(1, 3, 2, |_, _| vec![(0, 1.0)]),
        ..doors()
    });
    let heard = |mean| Some(Sensor { mean, deviation: sigma });
    let sensors = vec![heard(1.0), heard(-1.0), None, None, None, None];
    GaussianModel::new(hidden.expect("a valid problem"), sensors).expect("sensors that fit")
}
