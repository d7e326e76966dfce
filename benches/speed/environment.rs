//! Environment steps per second: three algorithms on three problems with three kinds of features, each
//! society against the bare loops of its mathematics, in the same run.
//!
//! Before anything is timed, a society of one client must give the bare loops' vectors to the bit, both from
//! the client's streams.
//!
//! The society has one computing thread, and its server's, which folds on another core if there is one. The
//! loops are one thread.

use crate::bare::{Bare, Tabular};
use crate::measure::{Paired, median};
use crate::report::{Report, Row, Wanted};
use crate::society;
use dpac::algorithm::{ActorPlan, Dpac, Dppg, Dptd, Setting, Target};
use dpac::features::{BeliefFilter, BeliefMap, Degree, FeatureMap, FiniteMap};
use dpac::policy::{LogLinear, Policy};
use dpac::pomdp::{
    Generator, Model, ModelParts, Names, Problem, SparseRows, TabularProblem, Values, builtin,
};
use dpac_actors::host::{self, Observer, Observers, Options};
use dpac_actors::{Algorithm, Ledger, Milestone, Phase, Purpose, StepSize, StreamKey};
use rand::Rng;
use std::fmt;
use std::sync::{Arc, Mutex};

/// K, of critic and actor, and I: one message up per local phase.
const LOCAL_STEPS: u64 = 100;
const ALPHA: f64 = 0.01;
const ZETA: f64 = 0.01;
/// Small enough that policies keep all their actions while they move away from uniform.
const ETA: f64 = 0.1;
const SEED: u64 = 1;
/// What is asked of one filter for critic and policy, over two.
const ONE_FILTER_OVER_TWO: f64 = 1.3;
/// Pairs of timings per row.
const PAIRS: usize = 5;

/// M, and R: as many rounds as make a timing some tenths of a second.
#[derive(Clone, Copy)]
struct Size {
    clients: u32,
    rounds: u32,
}

/// The section.
///
/// Histories are those of a shorter horizon, since their components multiply by A·O with each step: at H = 8
/// they would be a million on Tiger, and more than there is memory for on the others.
pub(crate) fn run(report: &mut Report) {
    let of = |rounds| Size { clients: 1000, rounds };
    // A belief takes as long as a hundred windows where there are 60 states.
    let heavy = |rounds| Size { clients: 100, rounds };
    let name = "Tiger";
    let problem = TabularProblem::new(builtin::tiger());
    windows::<8>(&problem, name).rows(report, of(15));
    histories::<6>(&problem, name).rows(report, of(15));
    beliefs::<8>(&problem, name).rows(report, of(2));
    let name = "hallway-sized (60 states, 21 observations)";
    let problem = TabularProblem::new(hallway_sized());
    windows::<8>(&problem, name).rows(report, of(12));
    histories::<3>(&problem, name).rows(report, of(20));
    let subject = beliefs::<8>(&problem, name);
    subject.rows(report, heavy(2));
    subject.row_of_one_belief(report, heavy(2));
    let apart = beliefs_apart::<8>(&problem, name);
    subject.row_of_one_filter(report, heavy(2), &apart);
    let name = "rock-sample (65 states, 3 observations)";
    let problem = TabularProblem::new(builtin::builtin("rock-sample").expect("a built-in problem"));
    let sizes = problem.tables().map(|model| (model.states(), model.observations()));
    assert_eq!(sizes, Some((65, 3)), "the sizes in its name");
    windows::<8>(&problem, name).rows(report, of(12));
    histories::<4>(&problem, name).rows(report, of(15));
    beliefs::<8>(&problem, name).rows(report, heavy(2));
}

fn windows<const H: usize>(problem: &TabularProblem, name: &str) -> Subject<H, FiniteMap> {
    let map = finite(problem, H, 1);
    Subject::new(name, "windows of 1", problem, map.clone(), map)
}

fn histories<const H: usize>(problem: &TabularProblem, name: &str) -> Subject<H, FiniteMap> {
    let map = finite(problem, H, H - 1);
    Subject::new(name, "histories", problem, map.clone(), map)
}

fn finite(problem: &TabularProblem, horizon: usize, length: usize) -> FiniteMap {
    let model = problem.tables().expect("tables");
    let first = model.first_observations();
    FiniteMap::window(horizon, model.actions(), model.observations(), first, length).expect("it fits")
}

fn beliefs<const H: usize>(problem: &TabularProblem, name: &str) -> Subject<H, BeliefMap> {
    let filter = Arc::new(BeliefFilter::new(Arc::clone(problem.tables().expect("tables"))));
    let policy = BeliefMap::for_actor(Arc::clone(&filter), H, Degree::One);
    let critic = BeliefMap::for_critic(filter, H, Degree::One);
    Subject::new(name, "beliefs", problem, policy, critic)
}

/// The same with a filter for each of policy and critic, so that each keeps a belief.
fn beliefs_apart<const H: usize>(problem: &TabularProblem, name: &str) -> Subject<H, BeliefMap> {
    let filter = || Arc::new(BeliefFilter::new(Arc::clone(problem.tables().expect("tables"))));
    let policy = BeliefMap::for_actor(filter(), H, Degree::One);
    let critic = BeliefMap::for_critic(filter(), H, Degree::One);
    Subject::new(name, "beliefs of two filters", problem, policy, critic)
}

/// A problem with features, for all three algorithms.
struct Subject<const H: usize, F> {
    name: String,
    setting: Arc<Tabular<F>>,
    /// The policy that DPTD evaluates.
    theta: Arc<[f64]>,
    /// The critic that DPPG is given.
    psi: Arc<[f64]>,
}

#[derive(Clone, Copy)]
enum Which {
    Dptd,
    Dppg,
    Dpac,
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Which::Dptd => "DPTD",
            Which::Dppg => "DPPG",
            Which::Dpac => "DPAC",
        })
    }
}

impl<const H: usize, F> Subject<H, F>
where
    F: FeatureMap<Observation = u32> + 'static,
{
    fn new(name: &str, features: &str, problem: &TabularProblem, policy: F, critic: F) -> Self {
        let gamma = problem.tables().expect("tables").discount();
        let name = format!("{name}, H = {H}, {features} (d = {})", critic.stacked());
        let setting = Setting::new(problem.clone(), LogLinear::new(policy), critic, gamma);
        let theta = society::theta(setting.policy.parameters());
        let psi = society::theta(setting.critic.stacked());
        Subject { name, setting, theta, psi }
    }

    fn rows(&self, report: &mut Report, size: Size) {
        for which in [Which::Dptd, Which::Dppg, Which::Dpac] {
            self.assert_agreement(which);
            let society = self.society(which, size.rounds);
            let paired =
                Paired::time(PAIRS, || self.bare(which, size), || society::run(&society, size.clients, 1));
            let phases = if let Which::Dpac = which { 2 } else { 1 };
            let steps = phases * u64::from(size.clients) * u64::from(size.rounds) * LOCAL_STEPS * H as u64;
            let rate = |seconds: &[f64]| steps as f64 / median(seconds.iter().copied()) / 1e6;
            let (bare, society) = (rate(&paired.first), rate(&paired.second));
            report.row(Row {
                work: format!("{which}, {}, M = {}, K = {LOCAL_STEPS}, 1 thread", self.name, size.clients),
                figure: format!("{society:.2} M steps/s (bare {bare:.2})"),
                ratio: Some((paired.ratio(), "the bare loop")),
                wanted: None,
            });
        }
    }

    /// What one belief for critic and policy saves a bare loop, which else keeps two.
    fn row_of_one_belief(&self, report: &mut Report, size: Size) {
        let trajectories = u64::from(size.clients) * u64::from(size.rounds) * LOCAL_STEPS;
        let simulator = self.setting.problem.instance(0);
        let evaluated = |one_memory: bool| {
            let mut bare = Bare::<H, F>::new(&self.setting, &simulator, &self.theta);
            let mut psi = vec![0.0; self.psi.len()];
            if one_memory {
                bare.evaluate::<true>(trajectories, ALPHA, stream(0, Phase::Critic), &mut psi);
            } else {
                bare.evaluate::<false>(trajectories, ALPHA, stream(0, Phase::Critic), &mut psi);
            }
            std::hint::black_box(psi)
        };
        assert!(same_bits(&evaluated(true), &evaluated(false)), "{}: one belief is the other", self.name);
        let paired = Paired::time(PAIRS, || drop(evaluated(false)), || drop(evaluated(true)));
        let rate = (trajectories * H as u64) as f64 / median(paired.second.iter().copied()) / 1e6;
        report.row(Row {
            work: format!("DPTD, {}: bare loop with one belief for critic and policy", self.name),
            figure: format!("{rate:.2} M steps/s"),
            ratio: Some((paired.ratio(), "the bare loop with two")),
            wanted: None,
        });
    }

    /// What it saves the society that critic and policy have one filter: then it keeps one belief, and else
    /// two.
    fn row_of_one_filter(&self, report: &mut Report, size: Size, apart: &Self) {
        let [one, two] = [self, apart].map(|subject| subject.society(Which::Dptd, size.rounds));
        let run = |society: &Arc<dyn Algorithm>| society::run(society, size.clients, 1);
        let paired = Paired::time(PAIRS, || run(&two), || run(&one));
        let steps = u64::from(size.clients) * u64::from(size.rounds) * LOCAL_STEPS * H as u64;
        let rate = steps as f64 / median(paired.second.iter().copied()) / 1e6;
        report.row(Row {
            work: format!("DPTD, {}: society whose critic and policy have one filter", self.name),
            figure: format!("{rate:.2} M steps/s"),
            ratio: Some((paired.ratio(), "the society with two filters")),
            wanted: Wanted::at_least(ONE_FILTER_OVER_TWO, paired.ratio()),
        });
    }

    fn society(&self, which: Which, rounds: u32) -> Arc<dyn Algorithm> {
        let setting = Arc::clone(&self.setting);
        let actor = ActorPlan {
            rounds,
            local_steps: LOCAL_STEPS,
            sync_interval: LOCAL_STEPS,
            zeta: StepSize::constant(ZETA),
            eta: ETA,
            target: Target::Q,
        };
        match which {
            Which::Dptd => {
                let plan = society::plan(rounds, LOCAL_STEPS, ALPHA);
                Arc::new(Dptd::new(setting, plan, false, Arc::clone(&self.theta)))
            }
            Which::Dppg => {
                let psi = Arc::clone(&self.psi);
                Arc::new(Dppg::new(setting, actor, false, Arc::new(move |_| Ok(Arc::clone(&psi)))))
            }
            Which::Dpac => {
                let mut critic = society::plan(1, LOCAL_STEPS, ALPHA);
                // From zero in each round, where the fold of one client's reply has the reply's bits.
                critic.warm = false;
                Arc::new(Dpac::new(setting, critic, actor, false))
            }
        }
    }

    /// The work of all clients in one loop: as many trajectories, steps 1/M as long, so that vectors go as
    /// far as the means of M clients do, to first order, and policies move alike.
    fn bare(&self, which: Which, size: Size) {
        let simulator = self.setting.problem.instance(0);
        let clients = f64::from(size.clients);
        let (alpha, zeta) = (ALPHA / clients, ZETA / clients);
        let of_a_round = u64::from(size.clients) * LOCAL_STEPS;
        let mut psi = vec![0.0; self.psi.len()];
        if let Which::Dptd = which {
            let mut bare = Bare::<H, F>::new(&self.setting, &simulator, &self.theta);
            let trajectories = of_a_round * u64::from(size.rounds);
            bare.evaluate::<false>(trajectories, alpha, stream(0, Phase::Critic), &mut psi);
            std::hint::black_box(psi);
            return;
        }
        let mut theta = vec![0.0; self.theta.len()];
        let mut omega = theta.clone();
        let mut bare = Bare::<H, F>::new(&self.setting, &simulator, &theta);
        for round in 0..size.rounds {
            if round > 0 {
                bare.set(&theta);
            }
            let psi = if let Which::Dpac = which {
                psi.fill(0.0);
                bare.evaluate::<false>(of_a_round, alpha, stream(round, Phase::Critic), &mut psi);
                &psi[..]
            } else {
                &self.psi
            };
            omega.fill(0.0);
            bare.regress(of_a_round, zeta, stream(round, Phase::Actor), psi, &mut omega);
            improve(&mut theta, &omega);
        }
        std::hint::black_box(theta);
    }

    /// A society of one client, and the bare loops on that client's streams.
    fn assert_agreement(&self, which: Which) {
        let rounds = if let Which::Dptd = which { 1 } else { 2 };
        let milestones = Milestones::default();
        let options = Options::new(1, 1, SEED);
        host::run(&self.society(which, rounds), &options, Observers::default().with(milestones.clone()))
            .expect("a run without faults");
        let milestones = milestones.0.lock().expect("nobody panics");
        assert_eq!(milestones.len(), rounds as usize);
        let assert_same = |round: u32, name: &str, values: &[f64]| {
            let of_society = milestones[round as usize].vectors.iter().find(|vector| vector.name == name);
            let of_society = &of_society.expect("a milestone has it").values;
            assert!(values.iter().any(|&value| value != 0.0) || (round, name) == (0, "theta"));
            assert!(same_bits(of_society, values), "{which}, {}: {} of round {round}", self.name, name);
        };
        let simulator = self.setting.problem.instance(0);
        let mut psi = vec![0.0; self.psi.len()];
        if let Which::Dptd = which {
            let mut bare = Bare::<H, F>::new(&self.setting, &simulator, &self.theta);
            bare.evaluate::<false>(LOCAL_STEPS, ALPHA, stream(0, Phase::Critic), &mut psi);
            assert_same(0, "psi", &psi);
            return;
        }
        let mut theta = vec![0.0; self.theta.len()];
        let mut omega = theta.clone();
        for round in 0..rounds {
            let mut bare = Bare::<H, F>::new(&self.setting, &simulator, &theta);
            assert_same(round, "theta", &theta);
            if let Which::Dpac = which {
                psi.fill(0.0);
                bare.evaluate::<false>(LOCAL_STEPS, ALPHA, stream(round, Phase::Critic), &mut psi);
                // The weighted average of one round, w = (1 + 2)².
                psi.iter_mut().for_each(|psi| *psi = 9.0 * *psi / 9.0);
            } else {
                psi.copy_from_slice(&self.psi);
            }
            assert_same(round, "psi", &psi);
            omega.fill(0.0);
            bare.regress(LOCAL_STEPS, ZETA, stream(round, Phase::Actor), &psi, &mut omega);
            assert_same(round, "omega", &omega);
            improve(&mut theta, &omega);
        }
    }
}

/// `θ + η ω`.
fn improve(theta: &mut [f64], omega: &[f64]) {
    theta.iter_mut().zip(omega).for_each(|(theta, omega)| *theta += ETA * omega);
}

/// The local steps' stream of client 0.
fn stream(round: u32, phase: Phase) -> Generator {
    let phase = phase.number();
    StreamKey { seed: SEED, purpose: Purpose::LocalSteps, client: 0, round, phase, barrier: 0 }.generator()
}

fn same_bits(one: &[f64], other: &[f64]) -> bool {
    one.iter().map(|x| x.to_bits()).eq(other.iter().map(|x| x.to_bits()))
}

/// Keeps what rounds have given.
#[derive(Clone, Default)]
struct Milestones(Arc<Mutex<Vec<Milestone>>>);

impl Observer for Milestones {
    fn round_ended(&mut self, milestone: &Milestone, _ledger: &Ledger) {
        self.0.lock().expect("nobody panics").push(milestone.clone());
    }
}

/// The sizes of Hallway (Littman, Cassandra, Kaelbling 1995): 60 states, 5 actions, 21 observations. Each row
/// has 8 successors or observations, drawn from a fixed stream, with uniform weights before they are
/// normalised.
fn hallway_sized() -> Model {
    const STATES: usize = 60;
    const ACTIONS: usize = 5;
    const OBSERVATIONS: usize = 21;
    const NONZEROS: usize = 8;
    let key = StreamKey {
        seed: 60_521,
        purpose: Purpose::Demonstration,
        client: 0,
        round: 0,
        phase: 0,
        barrier: 0,
    };
    let mut rng = key.generator();
    let mut unit = || ((rng.next_u64() >> 11) + 1) as f64 / 9_007_199_254_740_992.0;
    let mut rows = |columns: usize| {
        let rows = (0..ACTIONS * STATES).map(|_| {
            let mut chosen: Vec<u32> = (0..columns as u32).collect();
            chosen.sort_by_cached_key(|_| unit().to_bits());
            chosen.truncate(NONZEROS);
            chosen.sort_unstable();
            let weights: Vec<f64> = chosen.iter().map(|_| unit()).collect();
            let sum: f64 = weights.iter().sum();
            chosen.into_iter().zip(weights.into_iter().map(|weight| weight / sum)).collect::<Vec<_>>()
        });
        SparseRows::from_rows(columns, rows.collect::<Vec<_>>())
    };
    let (transition, observation) = (rows(STATES), rows(OBSERVATIONS));
    Model::new(ModelParts {
        name: "hallway-sized".to_owned(),
        states: Names::Count(STATES),
        actions: Names::Count(ACTIONS),
        observations: Names::Count(OBSERVATIONS),
        discount: 0.95,
        values: Values::Reward,
        start: vec![1.0 / STATES as f64; STATES],
        transition,
        observation,
        initial_observation: None,
        reward: (0..ACTIONS * STATES).map(|_| unit()).collect(),
        reward_range: Some((0.0, 1.0)),
    })
    .expect("a valid problem")
}
