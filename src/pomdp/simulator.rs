//! What one must write to bring a problem of one's own, and the tabular model as one such problem.

use super::{AliasRows, Model, Units};
use rand::Rng;
use std::borrow::Cow;
use std::sync::Arc;

/// The generator that every stream of random numbers comes from; DETERMINISM.md says how it is seeded.
pub type Generator = rand_pcg::Pcg64Mcg;

/// A POMDP that can be sampled. This is all that one must write; exact values and belief features need a
/// [`Model`].
///
/// The reward is `r(s, a)`, known before the move; an observation follows the move. An instance holds no
/// state of an episode: that is `State`, so that one instance serves many clients.
pub trait Simulator: Send + Sync {
    /// The hidden state.
    type State: Clone + Send;
    /// What is seen. For the window and history features it is a `u32` below [`Simulator::observations`].
    type Observation: Clone + Send;

    /// Number of actions; they are numbered from 0.
    fn actions(&self) -> usize;

    /// Number of different observations after an action, and before the first one; `None` where they are not
    /// finite.
    fn observations(&self) -> Option<(usize, usize)> {
        None
    }

    /// Lowest and highest reward `r(s, a)`, in the problem's own units.
    fn reward_range(&self) -> (f64, f64);

    /// Draws the first state and what is seen of it.
    fn initial(&self, rng: &mut Generator) -> (Self::State, Self::Observation);

    /// Acts: the reward of (state, action), then the move, then the observation of where one is.
    fn step(&self, state: &mut Self::State, action: usize, rng: &mut Generator) -> (f64, Self::Observation);

    /// How many words of 64 bits an episode of `horizon` steps draws: [`Simulator::initial`], all but one
    /// [`Simulator::step`], and
    /// [`Simulator::last_step`]. `None` where episodes may differ; where they do not, several are sampled
    /// side by side, twice as fast.
    #[inline]
    fn words(&self, _horizon: usize) -> Option<u64> {
        None
    }

    /// The last action of an episode: its reward; nobody sees what comes after.
    fn last_step(&self, state: &mut Self::State, action: usize, rng: &mut Generator) -> f64 {
        self.step(state, action, rng).0
    }
}

/// A problem as a whole: one simulator per client, and tables where there are any.
pub trait Problem: Send + Sync {
    /// The simulator of one client.
    type Simulator: Simulator;

    /// The problem's name in reports.
    fn name(&self) -> &str;

    /// The instance that `client` acts in. Clients may share one, or have one each.
    fn instance(&self, client: u32) -> Arc<Self::Simulator>;

    /// The tables behind the simulator, for exact values and belief features.
    fn tables(&self) -> Option<&Arc<Model>> {
        None
    }
}

/// A [`Model`] ready to be sampled in constant time per step.
///
/// Draws per episode: one word for the state and, with an initial-observation kernel, one for the first
/// observation; then per step one for the successor and one for the observation; none after the last action.
#[derive(Clone, Debug)]
pub struct TabularSimulator {
    states: usize,
    actions: usize,
    observations: (usize, usize),
    units: Units,
    start: AliasRows,
    first: Option<AliasRows>,
    transition: AliasRows,
    observation: AliasRows,
    /// Expected reward in the problem's own units, at `a * S + s`.
    reward: Vec<f64>,
}

impl TabularSimulator {
    /// Builds the sampling tables of a model.
    pub fn new(model: &Model) -> Self {
        let rows = |rows: &super::SparseRows| AliasRows::new((0..rows.rows()).map(|i| rows.row(i)));
        let support = model.start().iter().copied().enumerate().filter(|&(_, p)| p > 0.0);
        TabularSimulator {
            states: model.states(),
            actions: model.actions(),
            observations: (model.observations(), model.first_observations()),
            units: model.units(),
            start: AliasRows::new([support]),
            first: model.initial_observation().map(rows),
            transition: rows(model.transition()),
            observation: rows(model.observation()),
            reward: (0..model.actions())
                .flat_map(|a| (0..model.states()).map(move |s| model.reward(s, a)))
                .collect(),
        }
    }
}

impl Simulator for TabularSimulator {
    type State = u32;
    type Observation = u32;

    #[inline]
    fn actions(&self) -> usize {
        self.actions
    }

    fn observations(&self) -> Option<(usize, usize)> {
        Some(self.observations)
    }

    #[inline]
    fn reward_range(&self) -> (f64, f64) {
        self.units.range()
    }

    #[inline]
    fn words(&self, horizon: usize) -> Option<u64> {
        let first = 1 + u64::from(self.first.is_some());
        Some(first + 2 * (horizon as u64 - 1))
    }

    #[inline(always)]
    fn initial(&self, rng: &mut Generator) -> (u32, u32) {
        let state = self.start.sample(0, rng.next_u64());
        let seen = self.first.as_ref().map_or(0, |rows| rows.sample(state, rng.next_u64()));
        (state as u32, seen as u32)
    }

    #[inline(always)]
    fn step(&self, state: &mut u32, action: usize, rng: &mut Generator) -> (f64, u32) {
        let row = action * self.states + *state as usize;
        let reward = self.reward[row];
        let next = self.transition.sample(row, rng.next_u64());
        let seen = self.observation.sample(action * self.states + next, rng.next_u64());
        *state = next as u32;
        (reward, seen as u32)
    }

    #[inline(always)]
    fn last_step(&self, state: &mut u32, action: usize, _rng: &mut Generator) -> f64 {
        self.reward[action * self.states + *state as usize]
    }
}

/// A tabular problem: the same for every client, or one for each.
#[derive(Clone, Debug)]
pub struct TabularProblem {
    model: Arc<Model>,
    simulator: Arc<TabularSimulator>,
    /// Each client's own tables, for exact values, and its simulator; none where all have those above.
    models: Arc<[Arc<Model>]>,
    simulators: Arc<[Arc<TabularSimulator>]>,
}

impl TabularProblem {
    /// The problem of `model`.
    pub fn new(model: Model) -> Self {
        TabularProblem::of_clients(model, Vec::new())
    }

    /// The problem in which client m acts in `clients[m]`, whose sizes and reward range are those of
    /// `nominal`. Beliefs, and whatever else needs one model for all, are those of `nominal`. Without any
    /// client all act in `nominal`.
    pub fn of_clients(nominal: Model, clients: Vec<Model>) -> Self {
        let simulator = Arc::new(TabularSimulator::new(&nominal));
        let simulators = clients.iter().map(|model| Arc::new(TabularSimulator::new(model))).collect();
        let models = clients.into_iter().map(|model| Arc::new(exact_tables(model))).collect();
        TabularProblem { model: Arc::new(nominal), simulator, models, simulators }
    }

    /// Each client's own tables, of split observations the [first copies](Model::first_copies) only; empty
    /// where clients are alike.
    pub fn client_models(&self) -> &[Arc<Model>] {
        &self.models
    }

    /// Each client's own simulator; empty where clients are alike.
    pub fn client_simulators(&self) -> &[Arc<TabularSimulator>] {
        &self.simulators
    }
}

/// What exact values take: of split observations the first copies only.
fn exact_tables(model: Model) -> Model {
    let first = match model.first_copies() {
        Cow::Owned(first) => Some(first),
        Cow::Borrowed(_) => None,
    };
    first.unwrap_or(model)
}

impl Problem for TabularProblem {
    type Simulator = TabularSimulator;

    fn name(&self) -> &str {
        self.model.name()
    }

    fn instance(&self, client: u32) -> Arc<TabularSimulator> {
        Arc::clone(if self.simulators.is_empty() {
            &self.simulator
        } else {
            &self.simulators[client as usize]
        })
    }

    fn tables(&self) -> Option<&Arc<Model>> {
        Some(&self.model)
    }
}
