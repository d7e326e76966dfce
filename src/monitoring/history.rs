//! The history of a run that is over, as Prometheus would have seen it: the metrics of [`table`] with times.
//!
//! A [`History`] is a list of moments: the beginning, the end of every outer round, and the run's own end.
//! Between two moments everything stands still. Moments that are far apart are told again in between, because
//! Prometheus forgets a series of which it has heard nothing for five minutes.

use super::arm::Arm;
use super::openmetrics::{Number, head, labels, time};
use super::table::{self, DURATIONS, Metric};
use crate::theory::counts::{Counts, Totals};
use dpac_actors::{Effort, Kind, Phase, Tally};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// A moment is told again where nothing has happened for so long, in milliseconds: a usual interval of
/// scrapes.
pub const TOLD_AGAIN: u64 = 15_000;

/// What everything counted amounts to at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Messages between server and clients, by kind number.
    pub wire: Vec<Tally>,
    /// Messages between clients and their own critics and actors, by kind number.
    pub local: Vec<Tally>,
    /// Work of all clients, by phase number.
    pub effort: [Effort; 2],
    /// Barriers, by phase number.
    pub barriers: [u64; 2],
    /// Fan-outs that follow no barrier.
    pub broadcasts: u64,
    /// What the server did that costs and is no message.
    pub server_work: BTreeMap<String, u64>,
}

impl Counted {
    /// Nothing, of these kinds.
    pub fn nothing(kinds: &[Kind]) -> Self {
        let empty = |kind: &Kind| Tally::of(kind.vectors.len(), kind.integers.len());
        Counted {
            wire: kinds.iter().map(empty).collect(),
            local: kinds.iter().map(empty).collect(),
            effort: [Effort::default(); 2],
            barriers: [0; 2],
            broadcasts: 0,
            server_work: BTreeMap::new(),
        }
    }

    /// Whether nothing is less than it was.
    pub fn follows(&self, earlier: &Counted) -> bool {
        let tallies = |now: &[Tally], then: &[Tally]| {
            now.len() == then.len()
                && now.iter().zip(then).all(|(now, then)| {
                    now.messages >= then.messages
                        && now.wire_bytes >= then.wire_bytes
                        && now.floats.iter().zip(&then.floats).all(|(now, then)| now >= then)
                        && now.integers.iter().zip(&then.integers).all(|(now, then)| now >= then)
                })
        };
        let effort = self.effort.iter().zip(&earlier.effort).all(|(now, then)| {
            now.local_steps >= then.local_steps
                && now.trajectories >= then.trajectories
                && now.environment_steps >= then.environment_steps
        });
        tallies(&self.wire, &earlier.wire)
            && tallies(&self.local, &earlier.local)
            && effort
            && self.barriers.iter().zip(earlier.barriers).all(|(&now, then)| now >= then)
            && self.broadcasts >= earlier.broadcasts
            && earlier.server_work.iter().all(|(name, then)| self.server_work.get(name) >= Some(then))
    }
}

/// What is known of policies and critics at some moment; NaN where nothing is.
#[derive(Clone, Copy, Debug)]
pub struct Values {
    /// Of the first policy that was evaluated.
    pub initial: f64,
    /// Of the last one.
    pub last: f64,
    /// Of the best one.
    pub best: f64,
    /// Of the last one's value; 0 where that is exact.
    pub standard_error: f64,
    /// Of the last critic.
    pub bellman_error: f64,
    /// Mean squared distance over the last round's barriers, by phase number.
    pub drift: [f64; 2],
}

impl Values {
    /// Nothing is known. The standard error of no value is 0, as a run that goes on tells it.
    pub const UNKNOWN: Values = Values {
        initial: f64::NAN,
        last: f64::NAN,
        best: f64::NAN,
        standard_error: 0.0,
        bellman_error: f64::NAN,
        drift: [f64::NAN; 2],
    };

    /// A policy has been evaluated.
    pub fn evaluated(&mut self, value: f64, standard_error: f64) {
        if self.initial.is_nan() {
            self.initial = value;
        }
        self.last = value;
        self.best = if self.best >= value { self.best } else { value };
        self.standard_error = standard_error;
    }
}

/// The run at some time.
#[derive(Clone, Debug)]
pub struct Moment {
    /// Unix time in milliseconds.
    pub milliseconds: u64,
    /// Outer rounds that are over.
    pub rounds: u64,
    /// When the last of them was over, or the run began: Unix time in milliseconds.
    pub last_barrier: u64,
    /// What was counted; none where the run's version did not say.
    pub counted: Option<Counted>,
    /// The closed form at the last round's end, by kind number.
    pub predicted: Vec<Totals>,
    /// Messages, numbers and wire bytes by which the two differ there.
    pub deviation: [u64; 3],
    /// What policies are worth.
    pub values: Values,
    /// How many rounds took at most as long as each bound of [`DURATIONS`], and longer than the bound before.
    pub durations: [u64; DURATIONS.len()],
    /// How long all rounds took, in seconds.
    pub seconds: f64,
    /// One of [`table::STATUSES`].
    pub status: &'static str,
}

impl Moment {
    /// The durations when `rounds` more have taken so many seconds together. Of several only the mean is
    /// known, and each counts as that long.
    pub fn durations_with(&self, rounds: u64, seconds: f64) -> [u64; DURATIONS.len()] {
        let mut durations = self.durations;
        let mean = seconds / rounds as f64;
        if let Some(bucket) = DURATIONS.iter().position(|&bound| mean <= bound) {
            durations[bucket] += rounds;
        }
        durations
    }
}

/// A run from its beginning to its end, or as far as it got.
#[derive(Clone, Debug)]
pub struct History {
    /// The name of the run directory.
    pub run: String,
    /// The algorithm's name.
    pub algorithm: String,
    /// The problem's name.
    pub problem: String,
    /// H.
    pub horizon: u64,
    /// The run's seed.
    pub seed: u64,
    /// "shard" or "role", where it is known.
    pub placement: Option<String>,
    /// What tells it from the other runs of a sweep.
    pub arm: Arm,
    /// The program's version, and the commit that it was built from, where they are known.
    pub version: Option<(String, String)>,
    /// The algorithm's kinds, by number.
    pub kinds: Vec<Kind>,
    /// The closed form of the whole run.
    pub planned: Counts,
    /// Outer rounds of the whole run.
    pub planned_rounds: u64,
    /// M.
    pub clients: u64,
    /// Threads that computed, where it is known.
    pub threads: Option<u64>,
    /// The problem's optimal value, where it is known.
    pub optimum: Option<f64>,
    /// In order of time, no two at one millisecond. The first is the beginning.
    pub moments: Vec<Moment>,
}

/// The wire's totals of each kind in a closed form, by kind number; a kind that it does not list is not sent.
pub fn by_kind(kinds: &[Kind], counts: &Counts) -> Vec<Totals> {
    let totals = |kind: &Kind| counts.by_kind.get(kind.name).map(|counts| counts.totals).unwrap_or_default();
    kinds.iter().map(totals).collect()
}

/// Messages, numbers and wire bytes by which wire and closed form differ, added up over kinds.
pub fn deviation(wire: &[Tally], predicted: &[Totals]) -> [u64; 3] {
    let mut sums = [0_u64; 3];
    for (tally, totals) in wire.iter().zip(predicted) {
        let differences = [
            tally.messages.abs_diff(totals.messages),
            (tally.all_floats().saturating_add(tally.all_integers()))
                .abs_diff(totals.floats.saturating_add(totals.integers)),
            tally.wire_bytes.abs_diff(totals.wire_bytes),
        ];
        for (sum, difference) in sums.iter_mut().zip(differences) {
            *sum = sum.saturating_add(difference);
        }
    }
    sums
}

/// Writes a history as OpenMetrics text: every series of the table that the files of a run tell of.
///
/// # Errors
/// Those of `out`.
pub fn write(history: &History, out: &mut impl Write) -> io::Result<()> {
    let grid = grid(&history.moments);
    let mut text = Text { history, grid: &grid, out };
    text.messages()?;
    text.closed_form()?;
    text.work()?;
    text.policies()?;
    text.run()?;
    writeln!(text.out, "# EOF")
}

/// When which moment is told: each at its own time, and again while nothing follows.
fn grid(moments: &[Moment]) -> Vec<(u64, &Moment)> {
    let mut grid = Vec::with_capacity(moments.len());
    for (index, moment) in moments.iter().enumerate() {
        let until = moments.get(index + 1).map_or(moment.milliseconds + 1, |next| next.milliseconds);
        let times = (moment.milliseconds..until).step_by(TOLD_AGAIN as usize);
        grid.extend(times.map(|milliseconds| (milliseconds, moment)));
    }
    grid
}

struct Text<'a, W> {
    history: &'a History,
    grid: &'a [(u64, &'a Moment)],
    out: &'a mut W,
}

/// Where a link's tallies are, by kind number.
type Tallies = fn(&Moment) -> Option<&[Tally]>;

/// The labels of a kind of message.
fn of_kind(kind: &Kind) -> [(&'static str, &'static str); 3] {
    [("direction", kind.route.name()), ("phase", kind.phase.name()), ("kind", kind.name)]
}

impl<W: Write> Text<'_, W> {
    fn labels(&self, own: &[(&str, &str)]) -> String {
        let common = [("run", self.history.run.as_str()), ("job", "dpac"), ("instance", "history")];
        labels(&[&common, own].concat())
    }

    /// One series. What has not changed is told at the beginning, at the end and once in a while; a counter
    /// at every moment, since rates are computed between two of its samples.
    fn series(
        &mut self,
        metric: &Metric,
        own: &[(&str, &str)],
        value: impl Fn(&Moment) -> Option<Number>,
    ) -> io::Result<()> {
        let labels = self.labels(own);
        let counter = metric.kind == table::Type::Counter;
        let mut told: Option<(u64, Number)> = None;
        for (index, (milliseconds, moment)) in self.grid.iter().enumerate() {
            let Some(number) = value(moment) else { continue };
            let stands = told.is_some_and(|(at, told)| told.same(number) && milliseconds - at < TOLD_AGAIN)
                && !counter;
            if !stands || index + 1 == self.grid.len() {
                writeln!(self.out, "{}{labels} {number} {}", metric.name, time(*milliseconds))?;
                told = Some((*milliseconds, number));
            }
        }
        Ok(())
    }

    /// What passed both links, by kind.
    fn messages(&mut self) -> io::Result<()> {
        if self.history.moments.iter().all(|moment| moment.counted.is_none()) {
            return Ok(());
        }
        type Count = fn(&Tally) -> u64;
        let metrics: [(&Metric, Count); 3] = [
            (&table::MESSAGES, |tally| tally.messages),
            (&table::PAYLOAD_BYTES, Tally::payload_bytes),
            (&table::WIRE_BYTES, |tally| tally.wire_bytes),
        ];
        for (metric, count) in metrics {
            head(self.out, metric)?;
            self.each_kind(|text, link, tallies, number, kind| {
                let [direction, phase, kind] = of_kind(kind);
                let own = [("link", link), direction, phase, kind];
                text.series(metric, &own, |moment| Some(Number::Whole(count(&tallies(moment)?[number]))))
            })?;
        }
        head(self.out, &table::FLOATS)?;
        self.each_kind(|text, link, tallies, number, kind| {
            for (place, &name) in kind.vectors.iter().chain(kind.integers).enumerate() {
                let floats = |moment: &Moment| {
                    let Tally { floats, integers, .. } = &tallies(moment)?[number];
                    floats.iter().chain(integers).nth(place).copied()
                };
                let [direction, phase, kind] = of_kind(kind);
                let own = [("link", link), direction, phase, kind, ("vector", name)];
                text.series(&table::FLOATS, &own, |moment| floats(moment).map(Number::Whole))?;
            }
            Ok(())
        })
    }

    /// Calls for every kind on every link, with where its tallies are.
    fn each_kind(
        &mut self,
        mut tell: impl FnMut(&mut Self, &str, Tallies, usize, &Kind) -> io::Result<()>,
    ) -> io::Result<()> {
        let links: [(&str, Tallies); 2] = [
            ("wire", |moment| Some(&moment.counted.as_ref()?.wire)),
            ("local", |moment| Some(&moment.counted.as_ref()?.local)),
        ];
        for (link, tallies) in links {
            for (number, kind) in self.history.kinds.iter().enumerate() {
                tell(self, link, tallies, number, kind)?;
            }
        }
        Ok(())
    }

    /// The closed form so far and of the whole run, and where the wire departs from it.
    fn closed_form(&mut self) -> io::Result<()> {
        let history = self.history;
        type Count = fn(&Totals) -> u64;
        let predicted: [(&Metric, Count); 4] = [
            (&table::PREDICTED_MESSAGES, |totals| totals.messages),
            (&table::PREDICTED_FLOATS, |totals| totals.floats),
            (&table::PREDICTED_PAYLOAD_BYTES, |totals| totals.payload_bytes),
            (&table::PREDICTED_WIRE_BYTES, |totals| totals.wire_bytes),
        ];
        for (metric, count) in predicted {
            head(self.out, metric)?;
            for (number, kind) in history.kinds.iter().enumerate() {
                self.series(metric, &of_kind(kind), |moment| {
                    Some(Number::Whole(count(&moment.predicted[number])))
                })?;
            }
        }
        let planned = by_kind(&history.kinds, &history.planned);
        for (metric, count) in
            [(&table::PLANNED_MESSAGES, predicted[0].1), (&table::PLANNED_WIRE_BYTES, predicted[3].1)]
        {
            head(self.out, metric)?;
            for (totals, kind) in planned.iter().zip(&history.kinds) {
                self.series(metric, &of_kind(kind), |_| Some(Number::Whole(count(totals))))?;
            }
        }
        for (index, metric) in
            [&table::DEVIATION_MESSAGES, &table::DEVIATION_FLOATS, &table::DEVIATION_WIRE_BYTES]
                .iter()
                .enumerate()
        {
            head(self.out, metric)?;
            let known = |moment: &Moment| moment.counted.as_ref().map(|_| moment.deviation[index]);
            self.series(metric, &[], |moment| known(moment).map(Number::Whole))?;
        }
        Ok(())
    }

    /// Steps, rounds and barriers.
    fn work(&mut self) -> io::Result<()> {
        type Count = fn(&Counted, usize) -> u64;
        let by_phase: [(&Metric, Count); 5] = [
            (&table::LOCAL_STEPS, |counted, phase| counted.effort[phase].local_steps),
            (&table::TRAJECTORIES, |counted, phase| counted.effort[phase].trajectories),
            (&table::ENVIRONMENT_STEPS, |counted, phase| counted.effort[phase].environment_steps),
            (&table::BARRIERS, |counted, phase| counted.barriers[phase]),
            (&table::SYNCS, |counted, phase| counted.barriers[phase]),
        ];
        for (metric, count) in by_phase {
            head(self.out, metric)?;
            for phase in Phase::ALL {
                self.series(metric, &[("phase", phase.name())], |moment| {
                    let counted = moment.counted.as_ref()?;
                    Some(Number::Whole(count(counted, usize::from(phase.number()))))
                })?;
            }
        }
        self.one(&table::BROADCASTS, |moment| Some(Number::Whole(moment.counted.as_ref()?.broadcasts)))?;
        let sorts = table::sorts_of_work(&self.history.planned);
        head(self.out, &table::SERVER_WORK)?;
        for name in sorts {
            self.series(&table::SERVER_WORK, &[("work", name)], |moment| {
                let counted = moment.counted.as_ref()?;
                Some(Number::Whole(counted.server_work.get(name).copied().unwrap_or_default()))
            })?;
        }
        self.one(&table::ROUNDS, |moment| Some(Number::Whole(moment.rounds)))?;
        let rounds = self.history.planned_rounds;
        self.one(&table::PLANNED_ROUNDS, |_| Some(Number::Whole(rounds)))?;
        self.round_durations()?;
        for metric in [&table::LAST_BARRIER_TIMESTAMP, &table::LAST_SYNC_TIMESTAMP] {
            self.one(metric, |moment| Some(Number::Real(moment.last_barrier as f64 / 1000.0)))?;
        }
        Ok(())
    }

    /// A family of one series.
    fn one(&mut self, metric: &Metric, value: impl Fn(&Moment) -> Option<Number>) -> io::Result<()> {
        head(self.out, metric)?;
        self.series(metric, &[], value)
    }

    /// The histogram: all of its buckets at one time, then at the next.
    fn round_durations(&mut self) -> io::Result<()> {
        let metric = &table::ROUND_DURATION;
        head(self.out, metric)?;
        let bounds = DURATIONS.iter().map(|&bound| Number::Real(bound).to_string());
        let buckets: Vec<String> =
            bounds.chain(["+Inf".to_owned()]).map(|bound| self.labels(&[("le", bound.as_str())])).collect();
        let labels = self.labels(&[]);
        for (milliseconds, moment) in self.grid {
            let at = time(*milliseconds);
            let mut sum = 0;
            for (bucket, labels) in buckets.iter().enumerate() {
                sum = moment.durations.get(bucket).map_or(moment.rounds, |rounds| sum + rounds);
                writeln!(self.out, "{}_bucket{labels} {sum} {at}", metric.name)?;
            }
            writeln!(self.out, "{}_count{labels} {} {at}", metric.name, moment.rounds)?;
            writeln!(self.out, "{}_sum{labels} {} {at}", metric.name, Number::Real(moment.seconds))?;
        }
        Ok(())
    }

    /// What policies and critics are worth.
    fn policies(&mut self) -> io::Result<()> {
        let optimum = self.history.optimum.unwrap_or(f64::NAN);
        head(self.out, &table::VALUE)?;
        for policy in table::POLICIES {
            self.series(&table::VALUE, &[("policy", policy)], |moment| {
                Some(Number::Real(match *policy {
                    "initial" => moment.values.initial,
                    "last" => moment.values.last,
                    "best" => moment.values.best,
                    _ => optimum,
                }))
            })?;
        }
        self.one(&table::VALUE_STANDARD_ERROR, |moment| Some(Number::Real(moment.values.standard_error)))?;
        self.one(&table::BELLMAN_ERROR, |moment| Some(Number::Real(moment.values.bellman_error)))?;
        head(self.out, &table::DRIFT)?;
        for phase in Phase::ALL {
            self.series(&table::DRIFT, &[("phase", phase.name())], |moment| {
                Some(Number::Real(moment.values.drift[usize::from(phase.number())]))
            })?;
        }
        Ok(())
    }

    /// How the run stands, and what it is.
    fn run(&mut self) -> io::Result<()> {
        let history = self.history;
        head(self.out, &table::STATUS)?;
        for status in table::STATUSES {
            self.series(&table::STATUS, &[("status", status)], |moment| {
                Some(Number::Whole(u64::from(moment.status == *status)))
            })?;
        }
        self.one(&table::CLIENTS, |_| Some(Number::Whole(history.clients)))?;
        if let Some(threads) = history.threads {
            self.one(&table::THREADS, |_| Some(Number::Whole(threads)))?;
        }
        let always = |_: &Moment| Some(Number::Whole(1));
        if let Some((version, revision)) = &history.version {
            head(self.out, &table::BUILD_INFO)?;
            self.series(&table::BUILD_INFO, &[("version", version), ("revision", revision)], always)?;
        }
        let (horizon, seed) = (history.horizon.to_string(), history.seed.to_string());
        let mut own: Vec<(&str, &str)> = vec![
            ("algorithm", &history.algorithm),
            ("problem", &history.problem),
            ("horizon", &horizon),
            ("seed", &seed),
        ];
        if let Some(placement) = &history.placement {
            own.push(("placement", placement));
        }
        own.extend(table::ARM.into_iter().zip(history.arm.values()));
        head(self.out, &table::RUN_INFO)?;
        self.series(&table::RUN_INFO, &own, always)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(milliseconds: u64, rounds: u64) -> Moment {
        Moment {
            milliseconds,
            rounds,
            last_barrier: milliseconds,
            counted: None,
            predicted: Vec::new(),
            deviation: [0; 3],
            values: Values::UNKNOWN,
            durations: [0; DURATIONS.len()],
            seconds: 0.0,
            status: "running",
        }
    }

    fn history(moments: Vec<Moment>) -> String {
        let history = History {
            run: "hours".to_owned(),
            algorithm: "dpac".to_owned(),
            problem: "tiger".to_owned(),
            horizon: 4,
            seed: 0,
            placement: None,
            arm: Arm::default(),
            version: None,
            kinds: Vec::new(),
            planned: Counts::default(),
            planned_rounds: 2,
            clients: 3,
            threads: None,
            optimum: None,
            moments,
        };
        let mut text = Vec::new();
        write(&history, &mut text).expect("memory takes everything");
        String::from_utf8(text).expect("text")
    }

    fn times(text: &str, series: &str) -> Vec<(String, String)> {
        let lines = text.lines().filter(|line| line.starts_with(series));
        let pair = |line: &str| {
            let mut words = line.rsplit(' ').map(str::to_owned);
            let (time, value) = (words.next().expect("a time"), words.next().expect("a value"));
            (time, value)
        };
        lines.map(pair).collect()
    }

    #[test]
    fn long_rounds_are_told_again_so_that_nobody_forgets_them() {
        let text = history(vec![moment(1_000_000, 0), moment(1_050_000, 1), moment(1_050_001, 2)]);
        let expected = [("1000.000", "0"), ("1015.000", "0"), ("1030.000", "0"), ("1045.000", "0")];
        let expected = expected.iter().chain(&[("1050.000", "1"), ("1050.001", "2")]);
        let expected: Vec<_> =
            expected.map(|(time, value)| ((*time).to_owned(), (*value).to_owned())).collect();
        assert_eq!(times(&text, "dpac_rounds_total"), expected);
    }

    #[test]
    fn gauges_that_do_not_change_are_told_once_in_a_while_and_at_the_end() {
        let moments = (0..=20).map(|second| moment(1_000_000 + 1000 * second, second)).collect();
        let text = history(moments);
        let told: Vec<_> = times(&text, "dpac_clients").into_iter().map(|(time, _)| time).collect();
        assert_eq!(told, ["1000.000", "1015.000", "1020.000"]);
        assert_eq!(times(&text, "dpac_rounds_total").len(), 21);
    }
}
