//! What is read of `rounds.jsonl`: lines of this version, in which a value stands with what it had taken to
//! come to it, and of older ones, in which it stands with what had been sent when its round was over.

use super::summary::End;
use super::{Costs, ResultsError, RoundRow};
use crate::experiment::{Before, Drift, LedgerRecord, Lines, RunDirectory, Status, TallyRecord};
use crate::theory::counts::Totals;
use serde::Deserialize;
use std::collections::BTreeMap;

const ROUNDS: &str = "rounds.jsonl";

/// The rounds of a run, as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    pub(super) rows: Vec<RoundRow>,
    /// What had been done when the last round of which there is a line was over.
    pub(super) done: Before,
    /// How many rounds that are.
    pub(super) over: u64,
    /// The last line was cut short, and left out.
    pub(super) cut_short: bool,
}

#[derive(Deserialize)]
struct Line {
    /// The last line of a complete run has none.
    round: Option<u64>,
    /// Older versions do not say it: there it is the round.
    policy: Option<u64>,
    value: Option<f64>,
    standard_error: Option<f64>,
    before: Option<Before>,
    bellman_error: Option<f64>,
    drift: Option<Drift>,
    up: Option<Totals>,
    down: Option<Totals>,
    peer: Option<Totals>,
    #[serde(alias = "aggregations")]
    barriers: Option<u64>,
    broadcasts: Option<u64>,
    trajectories_per_client: Option<u64>,
    env_steps_per_client: Option<u64>,
}

/// Of an older line, of which nothing else says what went from client to client.
#[derive(Deserialize)]
struct OlderLine {
    ledger: Option<LedgerRecord>,
}

impl Rounds {
    /// Reads all lines. `optimum` goes into every row.
    pub(super) fn read(directory: &RunDirectory, optimum: Option<f64>) -> Result<Self, ResultsError> {
        let mut lines = match Lines::open(directory, ROUNDS) {
            // A run that was killed before its first round.
            Err(error) if error.is_not_found() => return Ok(Rounds::default()),
            lines => lines?,
        };
        let mut rounds = Rounds::default();
        let mut ended = false;
        while let Some(line) = lines.next::<Line>()? {
            let damaged = |message: String| ResultsError::from(lines.damaged(message));
            if ended {
                return Err(damaged("a line behind the last one, which has no round".to_owned()));
            }
            let Some(policy) = line.policy.or(line.round) else {
                return Err(damaged("missing field `round`".to_owned()));
            };
            if let Some(round) = line.round.filter(|&round| round != policy) {
                return Err(damaged(format!("round {round} with the policy of round {policy}")));
            }
            if policy < rounds.over {
                return Err(damaged(format!("round {policy} behind {} rounds", rounds.over)));
            }
            // Where the lines before do not say what had been done, the line itself must.
            let known = (policy == rounds.over).then(|| rounds.done.clone());
            let Some(before) = line.before.clone().or(known) else {
                return Err(damaged("missing field `before`".to_owned()));
            };
            rounds.rows.push(RoundRow {
                round: policy,
                value: line.value,
                standard_error: line.standard_error,
                optimum,
                bellman_error: before.bellman_error,
                drift_critic: before.drift.critic,
                drift_actor: before.drift.actor,
                costs: Costs::from(&before),
            });
            if line.round.is_some() {
                let older = line.before.is_none() && line.peer.is_none();
                let older = older.then(|| lines.again::<OlderLine>()).transpose()?;
                let after = line.after(older.and_then(|line| line.ledger));
                rounds.done = after.map_err(|field| lines.damaged(format!("missing field `{field}`")))?;
                rounds.over = policy.saturating_add(1);
            } else {
                (rounds.done, rounds.over) = (before, policy);
                ended = true;
            }
        }
        rounds.cut_short = lines.cut_short();
        Ok(rounds)
    }

    /// Gives a complete run of an older version, which has no last line, its last row.
    pub(super) fn end(&mut self, end: &End) {
        let Some(costs) = end.totals().filter(|_| end.status == Status::Complete) else { return };
        if self.rows.last().is_some_and(|row| row.round == self.over) {
            return;
        }
        // Where no line was read, the sizes say how many rounds there were.
        if self.rows.is_empty() {
            self.over = end.rounds();
        }
        self.rows.push(RoundRow {
            round: self.over,
            value: end.value.last,
            standard_error: end.value.standard_error,
            optimum: end.value.optimum,
            bellman_error: self.done.bellman_error,
            drift_critic: self.done.drift.critic,
            drift_actor: self.done.drift.actor,
            costs,
        });
    }
}

impl Line {
    /// What had been done when the line's round was over; else the name of what is missing.
    fn after(self, ledger: Option<LedgerRecord>) -> Result<Before, &'static str> {
        let (up, down) = (self.up.ok_or("up")?, self.down.ok_or("down")?);
        Ok(Before {
            up,
            down,
            peer: self
                .peer
                .unwrap_or_else(|| ledger.map_or_else(Totals::default, |all| rest(&all, up, down))),
            barriers: self.barriers.ok_or("barriers")?,
            broadcasts: self.broadcasts.ok_or("broadcasts")?,
            trajectories_per_client: self.trajectories_per_client.ok_or("trajectories_per_client")?,
            env_steps_per_client: self.env_steps_per_client.ok_or("env_steps_per_client")?,
            bellman_error: self.bellman_error,
            drift: self.drift.unwrap_or_default(),
        })
    }
}

/// What a ledger has counted on the wire besides what went up and down.
fn rest(ledger: &LedgerRecord, up: Totals, down: Totals) -> Totals {
    let all = |of: &dyn Fn(&TallyRecord) -> u64| {
        ledger.wire.values().fold(0, |sum: u64, tally| sum.saturating_add(of(tally)))
    };
    let sum = |numbers: &BTreeMap<_, u64>| numbers.values().fold(0, |sum: u64, &n| sum.saturating_add(n));
    let beside = |all: u64, of: fn(&Totals) -> u64| all.saturating_sub(of(&up)).saturating_sub(of(&down));
    let floats = beside(all(&|tally| sum(&tally.floats)), |totals| totals.floats);
    let integers = beside(all(&|tally| sum(&tally.integers)), |totals| totals.integers);
    Totals {
        messages: beside(all(&|tally| tally.messages), |totals| totals.messages),
        floats,
        integers,
        payload_bytes: floats.saturating_add(integers).saturating_mul(NUMBER_BYTES),
        wire_bytes: beside(all(&|tally| tally.wire_bytes), |totals| totals.wire_bytes),
    }
}

/// Bytes of a parameter or an integer.
const NUMBER_BYTES: u64 = 8;
