//! Table 3's methods where clients differ.

use super::table3_methods::{BATCH_OF_ONE, DPTD, FEW, METHODS, Method, ONCE_AVERAGES, ONCE_LAST, spot};
use super::{Criterion, Curve, Curves, Lacking, Measured, MeasuredArm, Table, Verdict, short};
use crate::paper::{Blind, ClientMeans, MeanRecursion};
use crate::pomdp::{Variation, builtin};

/// T, of each client.
const TRAJECTORIES: [u64; 3] = [1024, 4096, 16384];
const LONGEST: u64 = 16384;

/// In what clients differ.
#[derive(Clone, Copy)]
enum Kind {
    Transitions,
    Rewards,
}

impl Kind {
    const ALL: [Kind; 2] = [Kind::Transitions, Kind::Rewards];

    fn name(self) -> &'static str {
        match self {
            Kind::Transitions => "transitions",
            Kind::Rewards => "rewards",
        }
    }

    fn setting(self) -> (&'static str, &'static str) {
        match self {
            Kind::Transitions => ("problem.clients.transitions", "1.0"),
            Kind::Rewards => ("problem.clients.rewards", "1.0"),
        }
    }

    /// The clients' mean recursions.
    fn means(self) -> ClientMeans {
        let alike = Variation { rewards: 0.0, transitions: 0.0, sensors: 0.0, parts: 0.0, seed: 0 };
        let variation = match self {
            Kind::Transitions => Variation { transitions: 1.0, ..alike },
            Kind::Rewards => Variation { rewards: 1.0, ..alike },
        };
        let models = variation.models(&builtin::toggle(), FEW as u32).expect("small tables");
        ClientMeans::new(models.into_iter().map(|model| MeanRecursion::of(&Blind::of(model, 3))).collect())
    }
}

/// What was found at the largest T, for each kind a row of each method.
pub(super) struct Differing {
    transitions: Vec<Row>,
    rewards: Vec<Row>,
}

struct Row {
    method: &'static Method,
    /// The mean over seeds of the squared distance of a run's result to Ā⁻¹ b̄, and to the mean of Q_m.
    to_ours: f64,
    to_values: f64,
    /// The same of the mean over seeds, without what its variance adds.
    bias_to_ours: f64,
    bias_to_values: f64,
}

impl Row {
    fn of(
        arm: &MeasuredArm<'_>,
        method: &'static Method,
        means: &ClientMeans,
        [ours, values]: &[Vec<f64>; 2],
    ) -> Result<Self, Lacking> {
        let critics = arm.critics()?;
        let seeds = critics.len() as f64;
        let mut mean = vec![0.0; critics[0].len()];
        for critic in &critics {
            mean.iter_mut().zip(critic).for_each(|(mean, psi)| *mean += psi / seeds);
        }
        let over =
            |target: &[f64]| critics.iter().fold(0.0, |sum, psi| sum + means.distance(psi, target)) / seeds;
        let variance = over(&mean) / (seeds - 1.0);
        Ok(Row {
            method,
            to_ours: over(ours),
            to_values: over(values),
            bias_to_ours: means.distance(&mean, ours) - variance,
            bias_to_values: means.distance(&mean, values) - variance,
        })
    }
}

impl Differing {
    pub(super) fn of(measured: &Measured) -> Result<Self, Lacking> {
        let rows = |kind: Kind| -> Result<Vec<Row>, Lacking> {
            let means = kind.means();
            let targets = [means.fixed_point(), means.mean_values()];
            let row = |method| {
                Row::of(
                    &Method::differing(method, measured, LONGEST, kind.setting())?,
                    method,
                    &means,
                    &targets,
                )
            };
            METHODS.iter().map(row).collect()
        };
        Ok(Differing { transitions: rows(Kind::Transitions)?, rewards: rows(Kind::Rewards)? })
    }

    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        let at = format!("M = {FEW}, T = {LONGEST}");
        let dptd = of(&self.transitions, DPTD);
        verdicts.push(Verdict::on(
            format!("transitions differ, {at}, DPTD: squared distance of the mean over seeds to Ā⁻¹ b̄ by that to the mean of Q_m"),
            dptd.bias_to_ours / dptd.bias_to_values,
            Criterion::AtMost(0.5),
        ));
        for method in [ONCE_LAST, ONCE_AVERAGES] {
            let row = of(&self.transitions, method);
            verdicts.push(Verdict::on(
                format!("the same, {}: that to the mean of Q_m by that to Ā⁻¹ b̄", method.name),
                row.bias_to_values / row.bias_to_ours,
                Criterion::AtMost(0.5),
            ));
        }
        let ratio = |rows: &[Row]| of(rows, ONCE_AVERAGES).to_ours / of(rows, DPTD).to_ours;
        verdicts.push(Verdict::on(
            "transitions differ: mean squared distance to Ā⁻¹ b̄ of one-shot with clients' averages by that of DPTD",
            ratio(&self.transitions),
            Criterion::AtLeast(1.5),
        ));
        verdicts.push(Verdict::on(
            "control, rewards alone differ: the same",
            ratio(&self.rewards),
            Criterion::Within(0.8, 1.25),
        ));
        let apart = dptd.bias_to_values - dptd.bias_to_ours;
        let farthest = self.rewards.iter().map(|row| row.bias_to_ours).fold(f64::NEG_INFINITY, f64::max);
        verdicts.push(Verdict::on(
            "control, rewards alone differ, all methods: squared distance of the mean over seeds to Ā⁻¹ b̄ by how far DPTD's is from being the mean of Q_m where \
             transitions differ, the largest",
            farthest / apart,
            Criterion::AtMost(0.1),
        ));
        verdicts
    }

    pub(super) fn table(&self) -> Table {
        let mut table = Table::of(
            format!(
                "Clients that differ, M = {FEW}, T = {LONGEST}: mean over seeds of the squared distance, weighted as the Bellman error is, to Ā⁻¹ b̄, where clients come to \
                 rest that synchronise after every step, and to the mean of the clients' own values Q_m. Where rewards alone differ the two are one."
            ),
            [
                "method",
                "transitions differ: to Ā⁻¹ b̄",
                "transitions differ: to the mean of Q_m",
                "rewards differ: to Ā⁻¹ b̄",
                "rewards differ: to the mean of Q_m",
            ],
        );
        for (row, control) in self.transitions.iter().zip(&self.rewards) {
            let numbers = [row.to_ours, row.to_values, control.to_ours, control.to_values];
            table.row([row.method.name.to_owned()].into_iter().chain(numbers.map(short)));
        }
        table
    }

    /// Which of the two limits a method is to be held to, and what differing rewards do.
    pub(super) fn notes(&self) -> [String; 2] {
        let [dptd, once] = [DPTD, ONCE_AVERAGES].map(|method| of(&self.transitions, method));
        let transitions = format!(
            "Where transitions differ, one-shot and DPTD have limits of their own, and who loses depends on the one that is asked for: to Ā⁻¹ b̄ one-shot with clients' \
             averages is at {} and DPTD at {}, to the mean of Q_m at {} and {}.",
            short(once.to_ours),
            short(dptd.to_ours),
            short(once.to_values),
            short(dptd.to_values)
        );
        let [dptd, once, one] = [DPTD, ONCE_AVERAGES, BATCH_OF_ONE].map(|method| of(&self.rewards, method));
        let rewards = format!(
            "Expected and not found: rewards that differ were to change nothing between one-shot and DPTD, since they leave no trace of local steps in the mean. In the \
             mean they do not. But the squared distance of a run is {} for one-shot with clients' averages, {} for DPTD and {} with K = 1. A reading of this that is \
             not tested: at an iterate that is shared every client's steps have the difference between its rewards and the mean's in them, which visits make noise, \
             and a client that is left alone comes to rest where it has none.",
            short(once.to_ours),
            short(dptd.to_ours),
            short(one.to_ours)
        );
        [transitions, rewards]
    }
}

fn of<'a>(rows: &'a [Row], method: &Method) -> &'a Row {
    rows.iter().find(|row| row.method.name == method.name).expect("every method was measured")
}

/// Error against bytes, a figure for each kind.
pub(super) fn figures(measured: &Measured) -> Result<Vec<Curves>, Lacking> {
    let figure = |kind: Kind| -> Result<Curves, Lacking> {
        let means = kind.means();
        let ours = means.fixed_point();
        let distances = |arm: &MeasuredArm<'_>| -> Result<Vec<f64>, Lacking> {
            Ok(arm.critics()?.iter().map(|psi| means.distance(psi, &ours)).collect())
        };
        let curve = |method: &'static Method| -> Result<Curve, Lacking> {
            let spot = |t| spot(method.differing(measured, t, kind.setting())?, distances);
            let spots = TRAJECTORIES.into_iter().map(spot).collect::<Result<_, _>>()?;
            Ok(Curve { label: method.name.to_owned(), spots })
        };
        Ok(Curves {
            name: format!("table3-{}", kind.name()),
            title: format!(
                "Clients whose {} differ, M = 16, T from 1024 to 16384: error against bytes",
                kind.name()
            ),
            x: "bytes of all messages".to_owned(),
            y: "squared distance to Ā⁻¹ b̄".to_owned(),
            log_y: true,
            curves: METHODS.iter().map(curve).collect::<Result<_, _>>()?,
        })
    };
    Kind::ALL.into_iter().map(figure).collect()
}
