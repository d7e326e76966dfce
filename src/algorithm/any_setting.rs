//! Settings of any types: what is compiled for a problem and its policy, and what for a critic's features,
//! put together when it runs.

use super::batch::{Batch, LANES};
use super::needs::Needs;
use super::pass::Reads;
use super::sampler::{Acting, Acts};
use super::setting::Setting;
use super::trajectories::{Gathered, Sizes, Trajectories};
use super::workers::Workers;
use crate::features::FeatureMap;
use crate::policy::Policy;
use crate::pomdp::{Problem, Simulator};
use std::sync::Arc;

/// A setting whose types are forgotten: a problem with its policy class, and a critic's features.
pub struct AnySetting<O> {
    acts: Arc<dyn Acts<O>>,
    critic: Arc<dyn Reads<O>>,
    gamma: f64,
}

/// A problem with a policy class, whose types are forgotten.
pub struct AnyActing<O>(Arc<dyn Acts<O>>);

impl<O> AnyActing<O> {
    /// This policy class in this problem.
    pub fn new<B, P>(problem: Arc<B>, policy: Arc<P>) -> Self
    where
        B: Problem + 'static,
        P: Policy<Observation = O> + 'static,
        B::Simulator: Simulator<Observation = O>,
        O: Clone,
    {
        AnyActing(Arc::new(Acting { problem, policy }))
    }
}

impl<O: Clone + Send + 'static> AnySetting<O> {
    /// Puts the parts together.
    ///
    /// # Panics
    /// If they disagree about horizon or actions.
    pub fn new<F: FeatureMap<Observation = O> + 'static>(
        acting: AnyActing<O>,
        critic: Arc<F>,
        gamma: f64,
    ) -> Self {
        let (acts, critic): (_, Arc<dyn Reads<O>>) = (acting.0, critic);
        assert_eq!(acts.horizon(), critic.horizon(), "policy and critic are for the same horizon");
        assert_eq!(acts.actions(), critic.actions(), "policy and critic are for the same actions");
        AnySetting { acts, critic, gamma }
    }

    /// Whether the critic reads what the policy remembers, so that it is folded once.
    fn one_memory(&self) -> bool {
        self.acts.fold().is_some_and(|fold| self.critic.remembers_like(fold))
    }
}

impl<O: Clone + Send + 'static> Workers for AnySetting<O> {
    fn sizes(&self) -> Sizes {
        Sizes {
            horizon: self.critic.horizon(),
            actions: self.critic.actions(),
            gamma: self.gamma,
            d_theta: self.acts.parameters(),
            stacked_critic: self.critic.stacked(),
        }
    }

    fn trajectories(&self) -> Box<dyn Trajectories> {
        Box::new(Gathered {
            sampler: self.acts.sampler(),
            pass: Arc::clone(&self.critic).pass(),
            batch: Batch::new(self.critic.horizon()),
            rewards: Vec::new(),
            taken: Vec::new(),
            one_memory: self.one_memory(),
            sizes: self.sizes(),
            feature_nonzeros: self.critic.nonzeros(),
            gradient_nonzeros: self.acts.gradient_nonzeros(),
            needs: Needs::default(),
        })
    }

    fn logits_are_linear(&self) -> bool {
        self.acts.is_linear()
    }

    fn gradients_are_rows(&self) -> bool {
        self.acts.gradients_are_rows()
    }

    fn trajectory_bytes(&self, needs: Needs) -> u64 {
        let rewards = if needs.rewards { size_of::<f64>() } else { 0 };
        let taken = if needs.actions { size_of::<u32>() } else { 0 };
        let numbers = LANES * self.critic.horizon() * (rewards + taken);
        self.acts.bytes(needs, self.one_memory()) + self.critic.bytes(needs) + numbers as u64
    }
}

impl<B, P, F> Setting<B, P, F>
where
    B: Problem + 'static,
    P: Policy + 'static,
    F: FeatureMap<Observation = P::Observation> + 'static,
    B::Simulator: Simulator<Observation = P::Observation>,
    P::Observation: Clone + 'static,
{
    /// The setting for whoever need not know its types.
    pub fn any(&self) -> AnySetting<P::Observation> {
        let acting = AnyActing::new(Arc::clone(&self.problem), Arc::clone(&self.policy));
        AnySetting::new(acting, Arc::clone(&self.critic), self.gamma)
    }
}

impl<B, P, F> Workers for Setting<B, P, F>
where
    B: Problem + 'static,
    P: Policy + 'static,
    F: FeatureMap<Observation = P::Observation> + 'static,
    B::Simulator: Simulator<Observation = P::Observation>,
    P::Observation: Clone + 'static,
{
    fn sizes(&self) -> Sizes {
        self.any().sizes()
    }

    fn trajectories(&self) -> Box<dyn Trajectories> {
        self.any().trajectories()
    }

    fn logits_are_linear(&self) -> bool {
        self.policy.is_linear()
    }

    fn gradients_are_rows(&self) -> bool {
        self.policy.network().is_none()
    }

    fn trajectory_bytes(&self, needs: Needs) -> u64 {
        self.any().trajectory_bytes(needs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::Of;
    use crate::features::{
        BeliefFilter, BeliefMap, BeliefMemoryMap, Degree, FiniteMap, GaussianFilter, HistoryFold, LogOdds,
        OwnMap, ReadingFunctions, ReadingMap,
    };
    use crate::policy::network::{Cell, Clock, Inputs, Network};
    use crate::policy::{LogLinear, Neural, StateFeatures};
    use crate::pomdp::{Definition, GaussianProblem, Generator, Model, TabularProblem, builtin};
    use std::fmt::Write as _;

    const HORIZON: usize = 5;

    /// A map that always folds histories again.
    struct Apart<F>(Arc<F>);

    impl<F: FeatureMap> HistoryFold for Apart<F> {
        type Observation = F::Observation;
        type Memory = F::Memory;

        fn memory(&self) -> F::Memory {
            self.0.memory()
        }

        fn start(&self, memory: &mut F::Memory, first: &F::Observation) {
            self.0.start(memory, first);
        }

        fn advance(&self, memory: &mut F::Memory, h: usize, action: usize, seen: &F::Observation) {
            self.0.advance(memory, h, action, seen);
        }
    }

    impl<F: FeatureMap> FeatureMap for Apart<F> {
        type Row = F::Row;

        fn horizon(&self) -> usize {
            self.0.horizon()
        }

        fn actions(&self) -> usize {
            self.0.actions()
        }

        fn dimension(&self, h: usize) -> usize {
            self.0.dimension(h)
        }

        fn row(&self, memory: &F::Memory, h: usize, action: usize, row: &mut F::Row) {
            self.0.row(memory, h, action, row);
        }

        fn norm_squared_bound(&self) -> f64 {
            self.0.norm_squared_bound()
        }
    }

    fn bits(numbers: &[f64]) -> Vec<u64> {
        numbers.iter().map(|number| number.to_bits()).collect()
    }

    /// Everything that trajectories tell, of batches of eight, two and one.
    fn told<O: Clone + Send + 'static>(setting: &AnySetting<O>) -> String {
        let Sizes { d_theta, stacked_critic, .. } = setting.sizes();
        let scattered = |n: usize| (0..n).map(|i| ((7 * i + 3) % 11) as f64 / 11.0 - 0.4).collect::<Vec<_>>();
        let (theta, psi) = (scattered(d_theta), scattered(stacked_critic));
        let mut trajectories = setting.trajectories();
        trajectories.set_policy(&theta);
        let (mut text, mut rng, mut values) = (String::new(), Generator::new(7), Vec::new());
        for of in [Of::Taken, Of::All] {
            let needs = Needs {
                features: Some(of),
                gradients: Some(of),
                rewards: true,
                actions: true,
                probabilities: true,
            };
            let mut left = 11;
            while left > 0 {
                left -= trajectories.sample(0, left, needs, &mut rng) as u64;
                trajectories.values(&psi, of, &mut values);
                for rows in [trajectories.features(), trajectories.gradients()] {
                    assert!(!rows.is_empty());
                    let each = |i| {
                        let mut row = Vec::new();
                        rows.for_each(i, |at, x| row.push((at, x.to_bits())));
                        row
                    };
                    let rows: Vec<_> = (0..rows.len()).map(each).collect();
                    writeln!(text, "{rows:?}").expect("a string");
                }
                let numbers = [trajectories.rewards(), trajectories.probabilities(), &values].map(bits);
                writeln!(text, "{numbers:?} {:?}", trajectories.taken()).expect("a string");
            }
        }
        text
    }

    /// The pair tells the same as one whose critic folds by itself, and `shares` its memory or does not.
    fn holds<B, P, F>(name: &str, problem: &Arc<B>, policy: P, critic: F, shares: bool)
    where
        B: Problem + 'static,
        P: Policy + 'static,
        F: FeatureMap<Observation = P::Observation> + 'static,
        B::Simulator: Simulator<Observation = P::Observation>,
        P::Observation: Clone + 'static,
    {
        let (policy, critic) = (Arc::new(policy), Arc::new(critic));
        let acting = || AnyActing::new(Arc::clone(problem), Arc::clone(&policy));
        let setting = AnySetting::new(acting(), Arc::clone(&critic), 0.9);
        assert_eq!(setting.one_memory(), shares, "{name}");
        let apart = AnySetting::new(acting(), Arc::new(Apart(critic)), 0.9);
        assert!(!apart.one_memory());
        assert_eq!(told(&setting), told(&apart), "{name}");
    }

    fn window(model: &Model, length: usize) -> FiniteMap {
        let first = model.first_observations();
        FiniteMap::window(HORIZON, model.actions(), model.observations(), first, length).expect("small")
    }

    #[test]
    fn critics_that_remember_what_the_policy_does_read_it_and_tell_the_same_bits() {
        for name in ["tiger", "toggle", "block-ring"] {
            let model = builtin::builtin(name).expect("a built-in problem");
            let problem = Arc::new(TabularProblem::new(model.clone()));
            let filter = || Arc::new(BeliefFilter::new(Arc::new(model.clone())));
            let one = filter();
            let log_odds = LogOdds::new(2).expect("a degree");
            let beliefs = || LogLinear::new(BeliefMap::for_actor(Arc::clone(&one), HORIZON, Degree::One));
            let critic = BeliefMap::for_critic(Arc::clone(&one), HORIZON, log_odds);
            holds(&format!("{name}, one filter"), &problem, beliefs(), critic, true);
            let critic = BeliefMap::for_critic(filter(), HORIZON, Degree::Two);
            holds(&format!("{name}, two filters"), &problem, beliefs(), critic, false);
            let windows = || LogLinear::new(window(&model, 1));
            holds(&format!("{name}, windows"), &problem, windows(), window(&model, 1), true);
            holds(&format!("{name}, another window"), &problem, windows(), window(&model, 2), false);
            let memories = |filter, length| BeliefMemoryMap::new(filter, window(&model, length));
            let policy = || LogLinear::new(memories(Arc::clone(&one), 1));
            let pairs = [(memories(Arc::clone(&one), 1), true), (memories(Arc::clone(&one), 0), false)];
            for (critic, shares) in pairs.into_iter().chain([(memories(filter(), 1), false)]) {
                holds(&format!("{name}, beliefs and windows"), &problem, policy(), critic, shares);
            }
            if let Some(own) = OwnMap::new(&model, HORIZON) {
                holds(&format!("{name}, own"), &problem, LogLinear::new(own.clone()), own, true);
            }
        }
    }

    /// Rows of trajectories, as they are told and by the definition at the parameter.
    #[test]
    fn critics_on_a_network_s_state_read_what_the_policy_keeps() {
        let model = builtin::builtin("tiger").expect("a built-in problem");
        let problem = Arc::new(TabularProblem::new(model.clone()));
        let inputs = Inputs::recurrent(HORIZON, 3, 2, false, Clock::Fraction);
        let network = Network::new(Cell::Gru, inputs.len(), 4, 3).expect("a small network");
        let policy = Arc::new(Neural::new(network, inputs, vec![0, 1], vec![0]));
        let theta: Vec<f64> =
            (0..network.parameters()).map(|i| ((7 * i + 3) % 11) as f64 / 11.0 - 0.4).collect();
        let state = StateFeatures::of(Arc::clone(&policy));
        let moved = state.at(&theta).expect("they move with the policy");
        let acting = || AnyActing::new(Arc::clone(&problem), Arc::clone(&policy));
        let setting = AnySetting::new(acting(), Arc::new(state), 0.9);
        let apart = AnySetting::new(acting(), Arc::new(Apart(Arc::new(moved))), 0.9);
        assert!(setting.one_memory() && !apart.one_memory());
        let rows = |setting: &AnySetting<u32>| {
            let mut trajectories = setting.trajectories();
            trajectories.set_policy(&theta);
            let (mut rng, mut values, mut told) = (Generator::new(7), Vec::new(), Vec::new());
            for of in [Of::Taken, Of::All] {
                let needs = Needs { features: Some(of), ..Needs::default() };
                let sampled = trajectories.sample(0, 8, needs, &mut rng);
                let psi: Vec<f64> =
                    (0..setting.sizes().stacked_critic).map(|i| ((5 * i + 1) % 7) as f64 / 7.0).collect();
                trajectories.values(&psi, of, &mut values);
                let rows = trajectories.features();
                for i in 0..rows.len() {
                    let mut squares = 0.0;
                    rows.for_each(i, |at, x| {
                        squares += x * x;
                        told.push((at, x.to_bits()));
                    });
                    assert!(squares > 0.19 && squares <= 1.0 + 1e-15, "{squares}");
                }
                told.extend(values.iter().map(|value| (sampled, value.to_bits())));
            }
            told
        };
        assert_eq!(rows(&setting), rows(&apart));
    }

    #[test]
    fn critics_of_real_valued_readings_do_so_too() {
        let Some(Definition::Gaussian(model)) = builtin::definition("gaussian-tiger") else {
            panic!("a problem with readings")
        };
        let problem = Arc::new(GaussianProblem::new(model.clone()));
        let filter = Arc::new(GaussianFilter::new(Arc::new(model.clone())));
        let policy = LogLinear::new(BeliefMap::for_actor(Arc::clone(&filter), HORIZON, Degree::One));
        holds("beliefs", &problem, policy, BeliefMap::for_critic(filter, HORIZON, Degree::Two), true);
        let polynomials = ReadingFunctions::Polynomials { degree: 2 };
        let readings = |length| ReadingMap::for_critic(&model, HORIZON, length, polynomials).expect("small");
        let policy =
            || LogLinear::new(ReadingMap::for_actor(&model, HORIZON, 2, polynomials).expect("small"));
        holds("readings", &problem, policy(), readings(2), true);
        holds("fewer readings", &problem, policy(), readings(1), false);
    }
}
