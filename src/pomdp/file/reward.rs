//! `R(a, s, s', o)` as the file gives it, and its expectation `r(s, a)`.

use super::space::Selector;
use crate::pomdp::{Model, SparseRows};

/// A place in a key that stands for every element. Sizes are bounded well below it.
const ANY: u32 = u32::MAX;

/// One number of the file, for the outcomes that match its key.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rule {
    /// Action, state, successor, observation; each an index or [`ANY`].
    key: [u32; 4],
    /// Rank in file order among the rules kept; the highest that matches an outcome gives its reward.
    rank: u32,
    value: f64,
}

/// The reward of an outcome: `R(a, s, s', o)`, zero where the file says nothing.
///
/// One rule is kept per number of the file, except those that one later number overrides; wildcards are not
/// expanded. Values are rewards, also where the file counts costs.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeReward {
    /// Sorted by (wildcards, key), so that each wildcard pattern is one run in which elements can be
    /// searched.
    rules: Vec<Rule>,
    /// Where the runs end.
    runs: Vec<usize>,
}

/// Expected rewards at `a * S + s`.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    /// `r(s, a)`.
    pub(super) rewards: Vec<f64>,
    /// `E max(R, 0)`: what the outcomes above 0 contribute.
    pub(super) gains: Vec<f64>,
}

impl Expected {
    fn push(&mut self, mean: Mean) {
        self.rewards.push(mean.reward);
        self.gains.push(mean.gain);
    }
}

/// The rules that can match an outcome of which a part is known: one sorted run per wildcard pattern.
#[derive(Clone, Copy)]
struct Candidates<'r> {
    runs: [&'r [Rule]; 16],
    len: usize,
}

impl<'r> Candidates<'r> {
    fn runs(&self) -> &[&'r [Rule]] {
        &self.runs[..self.len]
    }

    fn push(&mut self, run: &'r [Rule]) {
        if !run.is_empty() {
            self.runs[self.len] = run;
            self.len += 1;
        }
    }

    /// Those that match `index` at `place`, when all earlier places are already narrowed.
    fn narrow(&self, place: usize, index: usize) -> Self {
        let mut narrowed = Candidates { runs: [&[]; 16], len: 0 };
        for run in self.runs() {
            if run[0].key[place] == ANY {
                narrowed.push(run);
            } else {
                let first = run.partition_point(|rule| (rule.key[place] as usize) < index);
                let len = run[first..].partition_point(|rule| rule.key[place] as usize == index);
                narrowed.push(&run[first..first + len]);
            }
        }
        narrowed
    }

    /// The value of the latest rule, when all places are narrowed or irrelevant.
    fn latest(&self) -> f64 {
        let rules = self.runs().iter().flat_map(|run| run.iter());
        rules.max_by_key(|rule| rule.rank).map_or(0.0, |rule| rule.value)
    }

    /// The mean over the observations that are seen, when all other places are narrowed or irrelevant.
    fn mean(&self, seen: impl Iterator<Item = (usize, f64)>) -> Mean {
        if !self.depends_on(3) {
            return Mean::of(self.latest());
        }
        mean(seen.map(|(o, p)| (p, Mean::of(self.narrow(3, o).latest()))))
    }

    /// Whether a rule names an element at `place`.
    fn names(&self, place: usize) -> bool {
        self.runs().iter().any(|run| run[0].key[place] != ANY)
    }

    /// Whether a rule names an element at `place` or later.
    fn depends_on(&self, place: usize) -> bool {
        self.runs().iter().any(|run| run[0].key[place..].iter().any(|&index| index != ANY))
    }
}

impl OutcomeReward {
    /// The reward of acting `a` in `s`, moving to `s2` and seeing `o`.
    pub fn get(&self, a: usize, s: usize, s2: usize, o: usize) -> f64 {
        let outcome = [a, s, s2, o];
        (0..4).fold(self.candidates(), |rules, place| rules.narrow(place, outcome[place])).latest()
    }

    /// Whether some number of the file names a successor.
    pub fn depends_on_successor(&self) -> bool {
        self.rules.iter().any(|rule| rule.key[2] != ANY)
    }

    /// Whether some number of the file names an observation.
    pub fn depends_on_observation(&self) -> bool {
        self.rules.iter().any(|rule| rule.key[3] != ANY)
    }

    /// The reward of a model that has none but `r(s, a)`.
    pub fn of_model(model: &Model) -> Self {
        let mut builder = Builder::default();
        for a in 0..model.actions() {
            for s in 0..model.states() {
                let of = [Selector::One(a as u32), Selector::One(s as u32), Selector::All, Selector::All];
                builder.set(0, of, model.reward(s, a));
            }
        }
        builder.finish(&mut [false])
    }

    /// `r(s, a) = Σ_{s'} T(s' | s, a) Σ_o O(o | a, s') R(a, s, s', o)` at `a * S + s`, over rows that sum to
    /// 1; `None` if that takes more than `most` terms.
    ///
    /// A mean over equal rewards is that reward, with no rounding. Hence the result depends on the function R
    /// alone and not on how a file spells it.
    pub(super) fn expected(
        &self,
        transition: &SparseRows,
        observation: &SparseRows,
        most: usize,
    ) -> Option<Expected> {
        let states = transition.columns();
        let mut expected = Expected::default();
        let mut terms = 0;
        // Means by successor under the rules that name no state; most often there are no others.
        let mut shared: Vec<Option<Mean>> = vec![None; states];
        for a in 0..transition.rows() / states {
            let of_action = self.candidates().narrow(0, a);
            shared.fill(None);
            for s in 0..states {
                let of_state = of_action.narrow(1, s);
                if !of_state.depends_on(2) {
                    expected.push(Mean::of(of_state.latest()));
                    continue;
                }
                let own = of_state.names(1);
                let mut mean_at = |s2: usize| {
                    let seen = observation.row(a * states + s2);
                    terms += seen.len();
                    of_state.narrow(2, s2).mean(seen)
                };
                let successors = transition.row(a * states + s).map(|(s2, p)| {
                    let mean = if own { mean_at(s2) } else { *shared[s2].get_or_insert_with(|| mean_at(s2)) };
                    (p, mean)
                });
                expected.push(mean(successors));
                if terms > most {
                    return None;
                }
            }
        }
        Some(expected)
    }

    /// The expected reward of acting `a` in `s`, given where that leads and what is seen there.
    pub(super) fn expected_of<O: Iterator<Item = (usize, f64)>>(
        &self,
        a: usize,
        s: usize,
        successors: impl Iterator<Item = (usize, f64)>,
        seen: impl Fn(usize) -> O,
    ) -> f64 {
        let of_state = self.candidates().narrow(0, a).narrow(1, s);
        mean(successors.map(|(s2, p)| (p, of_state.narrow(2, s2).mean(seen(s2))))).reward
    }

    /// The same reward where each observation has `copies` copies.
    pub(in crate::pomdp) fn split(&self, copies: usize) -> Self {
        let mut builder = Builder::default();
        for (key, value) in self.in_file_order() {
            let [action, state, successor, observation] = key;
            let one = |index: Option<usize>| index.map_or(Selector::All, |i| Selector::One(i as u32));
            let copied = match observation {
                None => vec![Selector::All],
                Some(o) => (o * copies..(o + 1) * copies).map(|o| Selector::One(o as u32)).collect(),
            };
            for seen in copied {
                builder.set(0, [one(action), one(state), one(successor), seen], value);
            }
        }
        builder.finish(&mut [false])
    }

    /// How many rules [`OutcomeReward::split`] makes.
    pub(in crate::pomdp) fn split_rules(&self, copies: usize) -> usize {
        let of_rule = |rule: &Rule| if rule.key[3] == ANY { 1 } else { copies };
        self.rules.iter().map(of_rule).fold(0, usize::saturating_add)
    }

    /// The rules in file order: key (`None` for every element) and value.
    pub(super) fn in_file_order(&self) -> Vec<([Option<usize>; 4], f64)> {
        let mut rules: Vec<&Rule> = self.rules.iter().collect();
        rules.sort_by_key(|rule| rule.rank);
        let shown = |index: u32| (index != ANY).then_some(index as usize);
        rules.iter().map(|rule| (rule.key.map(shown), rule.value)).collect()
    }

    /// Of rules sorted by (wildcards, key).
    fn of_sorted(rules: Vec<Rule>) -> Self {
        let mut end = 0;
        let run_ends = rules.chunk_by(|x, y| wildcards(x) == wildcards(y)).map(|run| {
            end += run.len();
            end
        });
        let runs = run_ends.collect();
        OutcomeReward { rules, runs }
    }

    /// Whether a later rule with more wildcards overrides all of this one.
    fn covers(&self, rule: &Rule) -> bool {
        let candidates = self.candidates();
        candidates.runs().iter().any(|run| {
            let wider = wildcards(&run[0]);
            let key: [u32; 4] = std::array::from_fn(|i| if wider[i] { ANY } else { rule.key[i] });
            // A run that names an element where the rule has a wildcard covers a part of it at most.
            let found = run.binary_search_by_key(&key, |other| other.key);
            (0..4).all(|i| wider[i] || rule.key[i] != ANY) && found.is_ok_and(|i| run[i].rank > rule.rank)
        })
    }

    /// Its rules, for later ones to be added.
    pub(super) fn revised(&self) -> Builder {
        let mut rules = self.rules.clone();
        rules.sort_by_key(|rule| rule.rank);
        Builder { entries: vec![0; rules.len()], rules }
    }

    fn candidates(&self) -> Candidates<'_> {
        let mut all = Candidates { runs: [&[]; 16], len: 0 };
        let mut first = 0;
        for &end in &self.runs {
            all.push(&self.rules[first..end]);
            first = end;
        }
        all
    }
}

/// A reward's mean, and that of its part above 0.
#[derive(Clone, Copy, Debug)]
struct Mean {
    reward: f64,
    gain: f64,
}

impl Mean {
    fn of(reward: f64) -> Self {
        Mean { reward, gain: reward.max(0.0) }
    }
}

/// The mean of (weight, mean) pairs whose weights sum to 1; of equal means it is that one, with no rounding.
fn mean(weighted: impl Iterator<Item = (f64, Mean)>) -> Mean {
    let (mut reward, mut gain) = (Average::default(), Average::default());
    for (weight, value) in weighted {
        reward.add(weight, value.reward);
        gain.add(weight, value.gain);
    }
    Mean { reward: reward.value(), gain: gain.value() }
}

#[derive(Default)]
struct Average {
    sum: f64,
    common: Option<f64>,
    varied: bool,
}

impl Average {
    fn add(&mut self, weight: f64, value: f64) {
        self.varied |= self.common.is_some_and(|common| common.to_bits() != value.to_bits());
        self.common = Some(value);
        self.sum += weight * value;
    }

    fn value(&self) -> f64 {
        // Adding +0.0 makes a zero positive.
        if self.varied { self.sum + 0.0 } else { self.common.unwrap_or(0.0) }
    }
}

/// Collects rules in file order.
#[derive(Default)]
pub(super) struct Builder {
    rules: Vec<Rule>,
    /// The entry of each rule, by rank.
    entries: Vec<u32>,
}

impl Builder {
    /// Gives `value` to the outcomes selected by (action, state, successor, observation).
    pub(super) fn set(&mut self, entry: u32, of: [Selector; 4], value: f64) {
        let key = of.map(|selector| match selector {
            Selector::All => ANY,
            Selector::One(index) => index,
        });
        let rank = u32::try_from(self.rules.len()).expect("fewer than 2^32 numbers in a file");
        // Adding +0.0 makes a zero positive: costs of zero are rewards of zero.
        self.rules.push(Rule { key, rank, value: value + 0.0 });
        self.entries.push(entry);
    }

    /// The reward; marks by entry whether a number of it is left.
    pub(super) fn finish(self, used: &mut [bool]) -> OutcomeReward {
        let Builder { mut rules, entries } = self;
        rules.sort_by_key(|rule| (wildcards(rule), rule.key));
        rules.dedup_by(|later, kept| {
            let same = later.key == kept.key;
            if same {
                *kept = *later;
            }
            same
        });
        let reward = OutcomeReward::of_sorted(rules);
        let left: Vec<bool> = reward.rules.iter().map(|rule| !reward.covers(rule)).collect();
        for (rule, _) in reward.rules.iter().zip(&left).filter(|(_, left)| **left) {
            used[entries[rule.rank as usize] as usize] = true;
        }
        let mut rules = reward.rules;
        let mut left = left.into_iter();
        rules.retain(|_| left.next().expect("one flag per rule"));
        renumber(&mut rules);
        OutcomeReward::of_sorted(rules)
    }
}

/// Which places of the key are [`ANY`].
fn wildcards(rule: &Rule) -> [bool; 4] {
    rule.key.map(|index| index == ANY)
}

/// Ranks 0, 1, ... in the same order.
fn renumber(rules: &mut [Rule]) {
    let mut order: Vec<u32> = (0..rules.len() as u32).collect();
    order.sort_unstable_by_key(|&i| rules[i as usize].rank);
    for (rank, &i) in order.iter().enumerate() {
        rules[i as usize].rank = rank as u32;
    }
}
