//! Table 2: what becomes of FedNPG without tracking, where its publication has it fail.

use super::table2_map::{FAILS, SUCCEEDS};
use super::table2_numbers::with_error;
use super::table2_way::{Stepped, Steps};
use super::{Criterion, Judged, Lacking, Measured, Table, Verdict, short};
use crate::statistics::{Level, Sample};

/// Maps of one kind, each with all steps, with tracking and without: of every map one of each.
struct Maps<'a> {
    tracked: Vec<Steps<'a>>,
    untracked: Vec<Steps<'a>>,
}

impl<'a> Maps<'a> {
    fn of(measured: &'a Measured, sweep: &str) -> Result<Self, Lacking> {
        let all = Steps::of(measured.sweep(sweep), &["problem.clients.seed", "algorithm.tracking"])?;
        let (tracked, untracked) =
            all.into_iter().partition(|steps| steps.setting("algorithm.tracking") == Some("yes"));
        Ok(Maps { tracked, untracked })
    }

    /// The last shares at one step.
    fn at(maps: &[Steps<'_>], step: usize) -> Result<Sample, Lacking> {
        let last: Vec<f64> = maps.iter().map(|steps| steps.stepped[step].way.last()).collect();
        Ok(Sample::of(&last)?)
    }

    /// The step with the best mixture on average over the maps: nobody could choose better beforehand.
    fn fastest(maps: &[Steps<'_>]) -> usize {
        let mean = |step: usize| maps.iter().fold(0.0, |sum, steps| sum + steps.stepped[step].way.mean());
        (0..maps[0].stepped.len()).fold(0, |best, step| if mean(step) > mean(best) { step } else { best })
    }
}

/// `untracked` is the ring of 8 on the map that is shared out.
pub(super) fn judge(measured: &Measured, untracked: &Stepped<'_>) -> Result<Judged, Lacking> {
    let wide = Maps::of(measured, "table2-map-wide")?;
    let drawn = Maps::of(measured, "table2-map-rewards")?;
    let (mut verdicts, mut rows) = (Vec::new(), Vec::new());
    let (on_wide, on_drawn) = (
        "map of side 6 shared out, H = 6, exact values, ring of 12",
        "maps where every agent has rewards of its own, H = 6, exact values, ring of 8",
    );
    let mut tuned = Vec::new();
    for (what, maps) in [(on_wide, &wide), (on_drawn, &drawn)] {
        let [with, without] = [&maps.tracked, &maps.untracked].map(|maps| (Maps::fastest(maps), maps));
        let last = |(step, maps): (usize, &Vec<Steps<'_>>)| Maps::at(maps, step);
        let (with, without) = (last(with)?, last(without)?);
        let tracked = format!("{what}, with tracking: share of the way to the optimum");
        verdicts.push(Verdict::on(tracked, with.mean(), Criterion::AtLeast(SUCCEEDS)));
        let untracked = "the same without tracking, which is said to fail";
        verdicts.push(Verdict::on(untracked, without.mean(), Criterion::AtMost(FAILS)));
        tuned.push((with, without));
        for step in 0..maps.tracked[0].stepped.len() {
            rows.push(row(what, maps, step)?);
        }
    }
    let caption = "Measured where FedNPG without tracking might fail, at common steps: share of the way to the optimum of the mean of the clients' rewards at the last of 64 rounds, mean over maps ± \
                   the standard error where rewards are drawn, the difference under equal maps, and on how many maps the share without tracking is at most 0.5.";
    let headings = ["maps", "η", "with tracking", "without", "without less with", "maps without at most 0.5"];
    let mut table = Table::of(caption, headings);
    rows.into_iter().for_each(|cells| table.row(cells));
    let fails = verdicts.iter().any(|verdict| verdict.criterion == Criterion::AtMost(FAILS) && verdict.holds)
        || untracked.way.last() <= FAILS;
    let said = if fails { "reproduced on one of these kinds of maps" } else { "not reproduced" };
    let note = format!(
        "That FedNPG fails without tracking, at steps tuned for it, is {said}. Tried were, with exact values and all of the eight steps: the map of side 4, H = 4, shared out among 4, 8 and 16 agents, on rings, \
         with four neighbours and on complete graphs; that of side 6, H = 6, shared out among 12 on a ring ({} of the way without tracking, {} with it); and ten maps of side 4, H = 6, on which each of 8 agents \
         on a ring has rewards drawn for itself ({} and {}). On the last it is worse, and at some common steps it falls back below half of the way, which the table has. A reading of this that is not tested: \
         what an agent's policy lacks of the others' directions stays as large as one step makes it, while the mean policy goes on growing, so that for a finite horizon it ends where tracking does, later.",
        short(tuned[0].1.mean()),
        short(tuned[0].0.mean()),
        short(tuned[1].1.mean()),
        short(tuned[1].0.mean()),
    );
    Ok(Judged { verdicts, tables: vec![table], curves: Vec::new(), notes: vec![note] })
}

fn row(what: &str, maps: &Maps<'_>, step: usize) -> Result<[String; 6], Lacking> {
    let (with, without) = (Maps::at(&maps.tracked, step)?, Maps::at(&maps.untracked, step)?);
    let each = maps.tracked.iter().zip(&maps.untracked);
    let less: Vec<f64> = each
        .map(|(with, without)| without.stepped[step].way.last() - with.stepped[step].way.last())
        .collect();
    let less = Sample::of(&less)?;
    let failing = maps.untracked.iter().filter(|steps| steps.stepped[step].way.last() <= FAILS).count();
    let several = less.seeds() > 1;
    let shown = |sample: &Sample| if several { with_error(sample) } else { Ok(short(sample.mean())) };
    let difference = if several {
        let interval = less.t_interval(Level::default())?;
        let [mean, low, high] = [less.mean(), interval.low, interval.high].map(short);
        format!("{mean} ({low} to {high}, 95 % t interval)")
    } else {
        short(less.mean())
    };
    Ok([
        what.to_owned(),
        maps.tracked[0].stepped[step].eta.to_owned(),
        shown(&with)?,
        shown(&without)?,
        difference,
        format!("{failing} of {}", maps.untracked.len()),
    ])
}
