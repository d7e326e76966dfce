//! The centre and the band of a line at one round.

use super::error::PlotError;
use crate::statistics::{Bootstrap, Estimate, Level, Sample, StatisticsError};

/// What is drawn around a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Band {
    /// The bootstrap of the centre.
    Bootstrap,
    /// Student's interval of the mean.
    T,
    /// From the first to the third quartile of the seeds: how they scatter, not how well the centre is known.
    Quartiles,
    /// Nothing.
    None,
}

impl Band {
    /// That the band is of what the lines are of.
    pub(super) fn check(self, center: Estimate) -> Result<(), PlotError> {
        match self {
            Band::T if center != Estimate::Mean => Err(PlotError::TOfAnother { center: center.name() }),
            _ => Ok(()),
        }
    }

    /// The ends for some seeds; none where one seed says nothing of how it varies.
    pub(super) fn ends(
        self,
        center: Estimate,
        sample: &Sample,
    ) -> Result<Option<(f64, f64)>, StatisticsError> {
        if sample.seeds() < 2 {
            return Ok(None);
        }
        let interval = match self {
            Band::None => return Ok(None),
            Band::Quartiles => {
                return Ok(Some((quantile(sample.ascending(), 0.25), quantile(sample.ascending(), 0.75))));
            }
            Band::Bootstrap => Bootstrap::default().interval(center, sample)?,
            Band::T => sample.t_interval(Level::default())?,
        };
        Ok(Some((interval.low, interval.high)))
    }

    /// What it is, as it stands in a caption and in the table of numbers.
    pub(super) fn name(self, center: Estimate) -> String {
        let percent = 100.0 * Level::default().get();
        match self {
            Band::Bootstrap => format!("{percent} % bootstrap of the {}", center.name()),
            Band::T => format!("{percent} % t interval of the mean"),
            Band::Quartiles => "first to third quartile of the seeds".to_owned(),
            Band::None => String::new(),
        }
    }
}

/// On a straight line between neighbours, as `numpy.percentile` has it.
fn quantile(ascending: &[f64], part: f64) -> f64 {
    let place = part * (ascending.len() - 1) as f64;
    let below = libm::floor(place) as usize;
    let above = (below + 1).min(ascending.len() - 1);
    let rest = place - below as f64;
    ascending[below] + rest * (ascending[above] - ascending[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_numpys() {
        // numpy.percentile([1, 2, 4, 8, 9], [25, 75]) and of [1, 2, 4, 8].
        let of =
            |values: &[f64]| Band::Quartiles.ends(Estimate::Median, &Sample::of(values).expect("finite"));
        assert_eq!(of(&[8.0, 1.0, 9.0, 4.0, 2.0]), Ok(Some((2.0, 8.0))));
        assert_eq!(of(&[1.0, 2.0, 4.0, 8.0]), Ok(Some((1.75, 5.0))));
        assert_eq!(of(&[1.0]), Ok(None), "of one seed there is no band");
    }

    #[test]
    fn a_t_interval_is_of_the_mean_alone() {
        assert!(Band::T.check(Estimate::Median).is_err());
        assert!(Band::T.check(Estimate::Mean).is_ok() && Band::Bootstrap.check(Estimate::Median).is_ok());
    }
}
