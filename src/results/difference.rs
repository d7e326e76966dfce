//! In what two runs differ.

use super::Run;

/// A number or text that two runs have, or one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Different<T> {
    /// Its name: a key, or a column of the tables.
    pub name: String,
    /// That of the first run.
    pub a: Option<T>,
    /// That of the second.
    pub b: Option<T>,
}

/// Two runs beside each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Keys of the configurations that differ, in the order of the first; those that only the second has come
    /// last.
    pub keys: Vec<Different<String>>,
    /// What the runs are and ended with: status, digests, versions; the same ones for all runs.
    pub identities: Vec<Different<String>>,
    /// Values and errors, the same ones for all runs.
    pub values: Vec<Different<f64>>,
    /// What was sent and sampled in all, the same counts for all runs.
    pub costs: Vec<Different<u64>>,
}

impl<T: PartialEq> Different<T> {
    /// Whether the two are the same.
    pub fn is_equal(&self) -> bool {
        self.a == self.b
    }
}

impl Difference {
    /// Between two runs.
    pub fn between(a: &Run, b: &Run) -> Self {
        let names = a.keys().iter().chain(b.keys().iter().filter(|(name, _)| a.key(name).is_none()));
        let of = |name: &str, run: &Run| run.key(name).map(str::to_owned);
        let keys = names.map(|(name, _)| Different { name: name.clone(), a: of(name, a), b: of(name, b) });
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let identity = |name: &str, of: &dyn Fn(&Run) -> Option<String>| Different {
            name: name.to_owned(),
            a: of(a),
            b: of(b),
        };
        let value =
            |name: &str, of: fn(&Run) -> Option<f64>| Different { name: name.to_owned(), a: of(a), b: of(b) };
        let cost =
            |name: &str, of: fn(&Run) -> Option<u64>| Different { name: name.to_owned(), a: of(a), b: of(b) };
        Difference {
            keys: keys.filter(|key| !key.is_equal()).collect(),
            identities: vec![
                identity("status", &|run| Some(run.status().name().to_owned())),
                identity("digest", &|run| owned(run.digest())),
                identity("config_digest", &|run| owned(run.config_digest())),
                identity("results_epoch", &|run| Some(run.results_epoch()?.to_string())),
                identity("program", &|run| owned(run.program())),
            ],
            values: vec![
                value("value", Run::value),
                value("gap", Run::gap),
                value("share", Run::share),
                value("mixture", Run::mixture),
                value("uniform", Run::uniform),
                value("optimum", Run::optimum),
                value("bellman_error", Run::bellman_error),
            ],
            costs: vec![
                cost("wire_bytes", |run| Some(run.totals().wire_bytes())),
                cost("payload_bytes", |run| Some(run.totals().payload_bytes())),
                cost("floats", |run| Some(run.totals().floats())),
                cost("messages", |run| Some(run.totals().messages())),
                cost("barriers", |run| Some(run.totals().barriers)),
                cost("broadcasts", |run| Some(run.totals().broadcasts)),
                cost("trajectories_per_client", |run| Some(run.totals().trajectories_per_client)),
                cost("trajectories", |run| Some(run.totals().trajectories(run.clients()?))),
                cost("env_steps", |run| Some(run.totals().env_steps(run.clients()?))),
            ],
        }
    }
}
