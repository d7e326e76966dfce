//! Some runs side by side, and the tables that are made of them.

use super::table::{Column, Field, Kind, Table};
use super::target::{Reached, Target};
use super::{Costs, ResultsError, RoundRow, Run};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Runs in the order in which they were given, each once.
#[derive(Debug, Default)]
pub struct Results {
    runs: Vec<Run>,
    /// What tables call each run.
    names: Vec<String>,
    /// Keys that are columns of the table of rounds.
    keys: Vec<String>,
    targets: Vec<Target>,
}

impl Results {
    /// Of some runs. The keys in which they differ are columns of the table of rounds.
    pub fn new(runs: Vec<Run>) -> Self {
        let mut seen = BTreeSet::new();
        let runs: Vec<Run> = runs.into_iter().filter(|run| seen.insert(place(run))).collect();
        let names = names(&runs.iter().map(place).collect::<Vec<_>>());
        let keys = differing(&runs);
        Results { runs, names, keys, targets: Vec::new() }
    }

    /// Reads run directories.
    ///
    /// # Errors
    /// The first that cannot be read.
    pub fn read(paths: &[PathBuf]) -> Result<Self, ResultsError> {
        Ok(Results::new(paths.iter().map(|path| Run::read(path)).collect::<Result<_, _>>()?))
    }

    /// With other keys as columns of the table of rounds, as those that a sweep changes.
    #[must_use]
    pub fn with_keys(self, keys: Vec<String>) -> Self {
        Results { keys, ..self }
    }

    /// With keys that sweeps change as columns. Where runs that have the same values of these differ in
    /// others, as do those of sweeps of different configurations, the first such key is one more, and so on:
    /// steps that follow from other keys are none.
    #[must_use]
    pub fn keyed_by(self, changed: Vec<String>) -> Self {
        let mut seen = BTreeSet::new();
        let mut keys: Vec<String> = changed.into_iter().filter(|key| seen.insert(key.clone())).collect();
        let differ = self.keys.iter().filter(|key| *key != "seed");
        for key in differ {
            let mut alike: BTreeMap<Vec<Option<&str>>, Option<&str>> = BTreeMap::new();
            let differs = self.runs.iter().any(|run| {
                let values = keys.iter().map(|key| run.key(key)).collect();
                *alike.entry(values).or_insert(run.key(key)) != run.key(key)
            });
            if differs {
                keys.push(key.clone());
            }
        }
        Results { keys, ..self }
    }

    /// With columns of the table of runs that say where each has reached these.
    #[must_use]
    pub fn with_targets(self, targets: Vec<Target>) -> Self {
        Results { targets, ..self }
    }

    /// The runs.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// What tables call each of the runs: the name of its directory, with as many of the names above it as
    /// tell all of them apart.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The keys that are columns of the table of rounds.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// Epochs of results among the runs, where there is more than one: equal configurations and seeds need
    /// not have given equal bits.
    pub fn mixed_epochs(&self) -> Option<BTreeSet<u32>> {
        let epochs: BTreeSet<u32> = self.runs.iter().filter_map(Run::results_epoch).collect();
        (epochs.len() > 1).then_some(epochs)
    }

    /// A row for every run and round: the state after so many rounds.
    pub fn rounds(&self) -> Table<'_> {
        let mut columns = vec![column("run", Kind::Text)];
        let kinds: Vec<Kind> = self.keys.iter().map(|key| kind_of(key, &self.runs)).collect();
        let keys = self.keys.iter().zip(&kinds);
        columns.extend(keys.map(|(key, kind)| key_column(key, *kind, &ROUNDS_OWN)));
        columns.extend(ROUNDS_OWN.iter().map(|&(name, kind)| column(name, kind)));
        columns.extend(cost_columns());
        let rows = self.runs.iter().zip(&self.names).flat_map(move |(run, name)| {
            let keys = self.keys.iter().zip(&kinds).map(|(key, kind)| of_key(run.key(key), *kind));
            let head: Vec<Field> = [Field::from(name.as_str())].into_iter().chain(keys).collect();
            run.rounds().iter().map(move |row| [head.clone(), of_round(run, row)].concat())
        });
        Table { columns, rows: Box::new(rows) }
    }

    /// A row for every run.
    pub fn runs_table(&self) -> Table<'_> {
        let keys = union_of_keys(&self.runs);
        let keys: Vec<(&str, Kind)> = keys.into_iter().map(|key| (key, kind_of(key, &self.runs))).collect();
        let mut columns: Vec<Column> = RUNS_HEAD.iter().map(|&(name, kind)| column(name, kind)).collect();
        let own: Vec<(&str, Kind)> = [RUNS_HEAD.as_slice(), &RUNS_OWN, &RUNS_END].concat();
        columns.extend(keys.iter().map(|(key, kind)| key_column(key, *kind, &own)));
        columns.extend(RUNS_OWN.iter().map(|&(name, kind)| column(name, kind)));
        columns.extend(cost_columns());
        columns.extend(RUNS_END.iter().map(|&(name, kind)| column(name, kind)));
        for target in &self.targets {
            // One target's columns need not say whose they are.
            let of = if self.targets.len() > 1 { format!("[{target}]") } else { String::new() };
            columns.extend(TARGET_COLUMNS.iter().map(|(name, kind)| column(&format!("{name}{of}"), *kind)));
        }
        let rows = self.runs.iter().zip(&self.names).map(move |(run, name)| {
            let mut row = of_run(run, name, &keys);
            self.targets.iter().for_each(|target| row.extend(of_target(target.reached(run), run.clients())));
            row
        });
        Table { columns, rows: Box::new(rows) }
    }

    /// A row for every run of what depends on time and machine.
    pub fn times(&self) -> Table<'_> {
        let columns = TIMES.iter().map(|&(name, kind)| column(name, kind)).collect();
        let rows = self.runs.iter().zip(&self.names).map(|(run, name)| {
            let end = run.end.as_ref();
            vec![
                name.as_str().into(),
                end.map(|end| end.wall_seconds).into(),
                end.map(|end| end.env_steps_per_second).into(),
                end.map(|end| end.threads).into(),
                end.and_then(|end| end.placement.as_deref()).into(),
                run.began_unix_seconds().into(),
            ]
        });
        Table { columns, rows: Box::new(rows) }
    }
}

const ROUNDS_OWN: [(&str, Kind); 9] = [
    ("seed", Kind::Integer),
    ("round", Kind::Integer),
    ("value", Kind::Real),
    ("standard_error", Kind::Real),
    ("optimum", Kind::Real),
    ("gap", Kind::Real),
    ("bellman_error", Kind::Real),
    ("drift_critic", Kind::Real),
    ("drift_actor", Kind::Real),
];

const RUNS_HEAD: [(&str, Kind); 5] = [
    ("run", Kind::Text),
    ("status", Kind::Text),
    ("error", Kind::Text),
    ("algorithm", Kind::Text),
    ("problem", Kind::Text),
];

const RUNS_OWN: [(&str, Kind); 9] = [
    ("seed", Kind::Integer),
    ("uniform", Kind::Real),
    ("value", Kind::Real),
    ("standard_error", Kind::Real),
    ("mixture", Kind::Real),
    ("optimum", Kind::Real),
    ("gap", Kind::Real),
    ("share", Kind::Real),
    ("bellman_error", Kind::Real),
];

const RUNS_END: [(&str, Kind); 5] = [
    ("closed_form_holds", Kind::Truth),
    ("digest", Kind::Text),
    ("config_digest", Kind::Text),
    ("results_epoch", Kind::Integer),
    ("program", Kind::Text),
];

const TARGET_COLUMNS: [(&str, Kind); 6] = [
    ("reached", Kind::Truth),
    ("rounds_to_target", Kind::Integer),
    ("wire_bytes_to_target", Kind::Integer),
    ("payload_bytes_to_target", Kind::Integer),
    ("floats_to_target", Kind::Integer),
    ("trajectories_to_target", Kind::Integer),
];

const TIMES: [(&str, Kind); 6] = [
    ("run", Kind::Text),
    ("wall_seconds", Kind::Real),
    ("env_steps_per_second", Kind::Real),
    ("threads", Kind::Integer),
    ("placement", Kind::Text),
    ("began_unix_seconds", Kind::Real),
];

/// The name of what is counted, and where totals have it.
type Counted = (&'static str, fn(&crate::theory::counts::Totals) -> u64);

/// What is counted of messages, by way and in all.
const COUNTED: [Counted; 5] = [
    ("messages", |totals| totals.messages),
    ("floats", |totals| totals.floats),
    ("integers", |totals| totals.integers),
    ("payload_bytes", |totals| totals.payload_bytes),
    ("wire_bytes", |totals| totals.wire_bytes),
];

/// Keys that have a column of another name, or of the same.
const TOLD_ELSEWHERE: [&str; 3] = ["seed", "algorithm", "algorithm.kind"];

fn column(name: &str, kind: Kind) -> Column {
    Column { name: name.to_owned(), kind }
}

/// A key's column. A key that has the name of another column says that it is of the configuration.
fn key_column(key: &str, kind: Kind, own: &[(&str, Kind)]) -> Column {
    let taken = own.iter().any(|(name, _)| *name == key)
        || cost_columns().iter().any(|column| column.name == key)
        || TARGET_COLUMNS.iter().any(|(name, _)| *name == key);
    let name = if taken { format!("config.{key}") } else { key.to_owned() };
    column(&name, kind)
}

/// What a key's values are, in all runs that have it.
fn kind_of(key: &str, runs: &[Run]) -> Kind {
    let all = |is: fn(&str) -> bool| runs.iter().filter_map(|run| run.key(key)).all(is);
    if all(|text| text.parse::<u64>().is_ok()) {
        Kind::Integer
    } else if all(|text| text.parse().is_ok_and(f64::is_finite)) {
        Kind::Real
    } else if all(|text| text.parse::<bool>().is_ok()) {
        Kind::Truth
    } else {
        Kind::Text
    }
}

fn of_key(text: Option<&str>, kind: Kind) -> Field {
    let Some(text) = text else { return Field::Missing };
    match kind {
        Kind::Text => Field::from(text),
        Kind::Integer => Field::from(text.parse::<u64>().ok()),
        Kind::Real => Field::from(text.parse::<f64>().ok()),
        Kind::Truth => Field::from(text.parse::<bool>().ok()),
    }
}

fn cost_columns() -> Vec<Column> {
    let mut columns = Vec::new();
    for (name, _) in COUNTED {
        columns.extend(["up", "down", "peer"].map(|way| column(&format!("{name}_{way}"), Kind::Integer)));
    }
    let sums = COUNTED.iter().map(|(name, _)| *name);
    let others = [
        "barriers",
        "broadcasts",
        "trajectories_per_client",
        "env_steps_per_client",
        "trajectories",
        "env_steps",
    ];
    columns.extend(sums.chain(others).map(|name| column(name, Kind::Integer)));
    columns
}

fn of_costs(costs: &Costs, clients: Option<u64>) -> Vec<Field> {
    let by_way = COUNTED.iter().flat_map(|(_, of)| costs.routes().map(|(_, totals)| of(totals).into()));
    let sums = COUNTED.iter().map(|(_, of)| costs.sum(of).into());
    let others = [
        costs.barriers.into(),
        costs.broadcasts.into(),
        costs.trajectories_per_client.into(),
        costs.env_steps_per_client.into(),
        clients.map(|clients| costs.trajectories(clients)).into(),
        clients.map(|clients| costs.env_steps(clients)).into(),
    ];
    by_way.chain(sums).chain(others).collect()
}

fn of_round(run: &Run, row: &RoundRow) -> Vec<Field> {
    let own = vec![
        run.seed().into(),
        row.round.into(),
        row.value.into(),
        row.standard_error.into(),
        row.optimum.into(),
        row.gap().into(),
        row.bellman_error.into(),
        row.drift_critic.into(),
        row.drift_actor.into(),
    ];
    [own, of_costs(&row.costs, run.clients())].concat()
}

fn of_run(run: &Run, name: &str, keys: &[(&str, Kind)]) -> Vec<Field> {
    let head = vec![
        name.into(),
        run.status().name().into(),
        run.error().into(),
        run.algorithm().into(),
        run.problem().into(),
    ];
    let values = vec![
        run.seed().into(),
        run.uniform().into(),
        run.value().into(),
        run.standard_error().into(),
        run.mixture().into(),
        run.optimum().into(),
        run.gap().into(),
        run.share().into(),
        run.bellman_error().into(),
    ];
    let end = vec![
        run.end.as_ref().map(|end| end.closed_form_holds).into(),
        run.digest().into(),
        run.config_digest().into(),
        run.results_epoch().map(u64::from).into(),
        run.program().into(),
    ];
    let keys = keys.iter().map(|(key, kind)| of_key(run.key(key), *kind)).collect();
    [head, keys, values, of_costs(run.totals(), run.clients()), end].concat()
}

fn of_target(reached: Reached, clients: Option<u64>) -> Vec<Field> {
    let (truth, price) = match reached {
        Reached::Yes { round, costs } => (Some(true), Some((round, costs))),
        Reached::No => (Some(false), None),
        Reached::Unknown => (None, None),
    };
    let costs = price.map(|(_, costs)| costs);
    vec![
        truth.into(),
        price.map(|(round, _)| round).into(),
        costs.map(|costs| costs.wire_bytes()).into(),
        costs.map(|costs| costs.payload_bytes()).into(),
        costs.map(|costs| costs.floats()).into(),
        costs.and_then(|costs| Some(costs.trajectories(clients?))).into(),
    ]
}

/// All keys of all runs, in the order in which they are first seen.
fn union_of_keys(runs: &[Run]) -> Vec<&str> {
    let mut seen: BTreeSet<&str> = TOLD_ELSEWHERE.into();
    let all = runs.iter().flat_map(Run::keys).map(|(key, _)| key.as_str());
    all.filter(|key| seen.insert(key)).collect()
}

/// The keys in which runs differ.
fn differing(runs: &[Run]) -> Vec<String> {
    let Some((first, others)) = runs.split_first() else { return Vec::new() };
    let mut differ = union_of_keys(runs);
    let indexed: Vec<BTreeMap<&str, &str>> = others
        .iter()
        .map(|run| run.keys().iter().map(|(key, value)| (key.as_str(), value.as_str())).collect())
        .collect();
    differ.retain(|key| indexed.iter().any(|run| run.get(key).copied() != first.key(key)));
    differ.into_iter().map(str::to_owned).collect()
}

/// Where a run is, whatever links lead there.
fn place(run: &Run) -> PathBuf {
    run.path().canonicalize().unwrap_or_else(|_| run.path().to_path_buf())
}

/// The shortest ends of paths, of one length in names, that tell them apart.
fn names(places: &[PathBuf]) -> Vec<String> {
    let end = |path: &Path, length: usize| -> String {
        let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        parts[parts.len().saturating_sub(length)..].join("/")
    };
    let longest = places.iter().map(|path| path.components().count()).max().unwrap_or(1);
    let ends = |length| places.iter().map(|path| end(path, length)).collect::<Vec<_>>();
    let apart = |names: &Vec<String>| names.iter().collect::<BTreeSet<_>>().len() == names.len();
    (1..=longest).map(ends).find(apart).unwrap_or_else(|| ends(longest))
}
