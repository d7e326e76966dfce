//! Problems with finitely many observations between which a problem with real-valued readings lies.

use super::{GaussianModel, Model, ModelParts, Names, Sensor, SparseRows};

impl GaussianModel {
    /// The problem in which one sees only between which `cuts` the reading lies: observation i is
    /// `cuts[i - 1] < reading ≤ cuts[i]`, and the last one, where some action is silent, is nothing.
    ///
    /// Whoever sees the reading sees this too, so that its optimum is at most that of this problem.
    ///
    /// # Panics
    /// If cuts do not ascend strictly, or one is not finite.
    pub fn discretised(&self, cuts: &[f64]) -> Model {
        self.with_observations(cuts, Names::Count(0), |sensor, _, row| {
            for (i, (from, to)) in intervals(cuts).enumerate() {
                row.push((i as u32, between(sensor, from, to)));
            }
        })
    }

    /// A problem in which one sees at least what the reading tells: its interval as in
    /// [`GaussianModel::discretised`], or the state entered. Observations are the intervals, the states, and,
    /// where some action is silent, nothing.
    ///
    /// Within an interval I the density of a reading is at least its least value there, m. With probability
    /// `m |I|` it comes from the uniform distribution on I, which tells no more than I does; else the state
    /// itself is shown. From what is shown a reading of the right distribution can be drawn, so that this
    /// problem's optimum is at least the original's.
    ///
    /// # Panics
    /// As [`GaussianModel::discretised`].
    pub fn revealing(&self, cuts: &[f64]) -> Model {
        let states = self.hidden().state_names().clone();
        self.with_observations(cuts, states, |sensor, entered, row| {
            let mut rest = 1.0;
            for (i, (from, to)) in intervals(cuts).enumerate() {
                let length = to - from;
                if length.is_finite() {
                    let mass = length * density(sensor, from).min(density(sensor, to));
                    rest -= mass;
                    row.push((i as u32, mass));
                }
            }
            row.push(((cuts.len() + 1 + entered) as u32, f64::max(rest, 0.0)));
        })
    }

    /// The hidden tables, with the intervals, `further` and perhaps silence as observations. `fill` writes
    /// the row of a sensor in the state entered.
    fn with_observations(
        &self,
        cuts: &[f64],
        further: Names,
        fill: impl Fn(Sensor, usize, &mut Vec<(u32, f64)>),
    ) -> Model {
        assert!(cuts.iter().all(|cut| cut.is_finite()), "cuts are finite");
        assert!(cuts.windows(2).all(|pair| pair[0] < pair[1]), "cuts ascend");
        let hidden = self.hidden();
        let (states, actions) = (hidden.states(), hidden.actions());
        let mut names: Vec<String> = (0..=cuts.len()).map(|i| format!("interval-{i}")).collect();
        names.extend((0..further.len()).map(|s| format!("in-{}", further.name(s))));
        let silence = names.len() as u32;
        if (0..actions).any(|a| self.sensor(a, 0).is_none()) {
            names.push("nothing".to_owned());
        }
        let rows = (0..actions * states).map(|i| {
            let mut row = Vec::new();
            match self.sensor(i / states, i % states) {
                Some(sensor) => fill(sensor, i % states, &mut row),
                None => row.push((silence, 1.0)),
            }
            row
        });
        let all_rewards = (0..actions).flat_map(|a| (0..states).map(move |s| hidden.reward(s, a)));
        Model::new(ModelParts {
            name: hidden.name().to_owned(),
            states: hidden.state_names().clone(),
            actions: hidden.action_names().clone(),
            discount: hidden.discount(),
            values: hidden.values(),
            start: hidden.start().to_vec(),
            transition: hidden.transition().clone(),
            observation: SparseRows::from_rows(names.len(), rows),
            observations: Names::List(names),
            initial_observation: None,
            reward: all_rewards.collect(),
            reward_range: Some(hidden.units().range()),
        })
        .expect("hidden tables are valid, and probabilities of intervals sum to 1")
        .with_gains(hidden.shared_gains())
    }

    /// `count - 1` cuts between which a reading is equally likely to lie, when every pair of action and state
    /// entered that shows one is equally likely; fewer where two of them would coincide, none where nothing
    /// is ever shown.
    ///
    /// # Panics
    /// If there is no interval.
    pub fn equally_likely_cuts(&self, count: usize) -> Vec<f64> {
        assert!(count > 0, "a reading lies in some interval");
        let hidden = self.hidden();
        let pairs = (0..hidden.actions()).flat_map(|a| (0..hidden.states()).map(move |s| (a, s)));
        let sensors: Vec<Sensor> = pairs.filter_map(|(a, s)| self.sensor(a, s)).collect();
        let ends = |sign: f64| sensors.iter().map(move |sensor| sensor.mean + sign * FAR * sensor.deviation);
        let below = |x: f64| sensors.iter().fold(0.0, |sum, sensor| sum + sensor.below(x));
        let mut cuts: Vec<f64> = Vec::new();
        for i in 1..count {
            let wanted = i as f64 / count as f64 * sensors.len() as f64;
            let mut low = ends(-1.0).fold(f64::INFINITY, f64::min);
            let mut high = ends(1.0).fold(f64::NEG_INFINITY, f64::max);
            for _ in 0..BISECTIONS {
                let middle = 0.5 * (low + high);
                if below(middle) < wanted {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            if high.is_finite() && cuts.last().is_none_or(|&last| last < high) {
                cuts.push(high);
            }
        }
        cuts
    }
}

/// Deviations beyond which no reading is expected: 2e-23 of them.
const FAR: f64 = 10.0;
/// Halvings that find a cut.
const BISECTIONS: usize = 60;

/// The intervals between cuts, from the one below all to the one above all.
fn intervals(cuts: &[f64]) -> impl Iterator<Item = (f64, f64)> {
    let from = std::iter::once(f64::NEG_INFINITY).chain(cuts.iter().copied());
    from.zip(cuts.iter().copied().chain([f64::INFINITY]))
}

/// `P(from < reading ≤ to)`, as a difference of the smaller tails.
fn between(sensor: Sensor, from: f64, to: f64) -> f64 {
    let mass = if from > sensor.mean {
        sensor.above(from) - sensor.above(to)
    } else {
        sensor.below(to) - sensor.below(from)
    };
    mass.max(0.0)
}

fn density(sensor: Sensor, reading: f64) -> f64 {
    const SQRT_TAU: f64 = 2.506_628_274_631_000_5;
    libm::exp(sensor.log_likelihood(reading)) / SQRT_TAU
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::Definition;
    use crate::pomdp::builtin::definition;

    fn model(name: &str) -> GaussianModel {
        let Some(Definition::Gaussian(model)) = definition(name) else { panic!("a problem with sensors") };
        model
    }

    /// Φ(-1), Φ(0), ... from a table of the normal distribution.
    #[test]
    fn intervals_have_their_normal_probabilities() {
        let table = model("gaussian-tiger").discretised(&[0.0, 1.0, 2.0]);
        let expected =
            [0.158_655_253_931_457, 0.341_344_746_068_543, 0.341_344_746_068_543, 0.158_655_253_931_457];
        for (i, expected) in expected.into_iter().enumerate() {
            assert!((table.observation().get(0, i) - expected).abs() < 1e-14);
        }
        // Opening shows the last observation, nothing.
        assert_eq!(table.observation().row(2).collect::<Vec<_>>(), [(4, 1.0)]);
        assert_eq!(table.observation_names().name(4), "nothing");
        assert_eq!(
            (table.transition(), table.start()),
            (model("gaussian-tiger").hidden().transition(), &[0.5, 0.5][..])
        );
    }

    #[test]
    fn readings_reveal_the_state_as_far_as_their_density_is_above_its_least() {
        let table = model("gaussian-tiger").revealing(&[0.0, 1.0]);
        // φ(1) at the end of [0, 1], the smaller one of N(1, 1), and φ(2) of N(-1, 1).
        let least = [0.241_970_724_519_143, 0.053_990_966_513_188];
        for (state, least) in least.into_iter().enumerate() {
            let row: Vec<_> = table.observation().row(state).collect();
            assert_eq!(row.iter().map(|&(o, _)| o).collect::<Vec<_>>(), [1, 3 + state]);
            assert!((row[0].1 - least).abs() < 1e-14 && (row[1].1 - (1.0 - least)).abs() < 1e-14);
        }
        assert_eq!(table.observation_names().name(3), "in-tiger-left");
    }

    #[test]
    fn cuts_make_intervals_of_equal_probability() {
        for name in ["gaussian-tiger", "simple-light-dark"] {
            let model = model(name);
            let cuts = model.equally_likely_cuts(8);
            assert_eq!(cuts.len(), 7);
            let table = model.discretised(&cuts);
            let rows = (0..table.observation().rows()).filter(|&row| table.observation().get(row, 8) < 0.5);
            let rows: Vec<usize> = rows.collect();
            for i in 0..8 {
                let sum = rows.iter().fold(0.0, |sum, &row| sum + table.observation().get(row, i));
                assert!((sum / rows.len() as f64 - 0.125).abs() < 1e-9, "{name}: {i}");
            }
        }
        let silent = GaussianModel::new(model("gaussian-tiger").hidden().clone(), vec![None; 6]);
        let silent = silent.expect("no sensors");
        assert!(silent.equally_likely_cuts(8).is_empty());
        assert_eq!(silent.discretised(&[]).observation().get(0, 1).to_bits(), f64::to_bits(1.0));
    }
}
