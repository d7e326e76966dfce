//! From a configuration to everything that a run needs, each number explicit.

mod budgets;
mod course;
mod error;
mod identity;
mod input;
mod prepared;
mod steps;

pub use budgets::{EVALUATION, OPTIMUM_OPERATIONS};
pub use error::ResolveError;
pub use identity::config_digest;
pub use identity::{RESULTS_EPOCH, default_directory};
pub(super) use identity::{final_digest, run_config};
use input::split;
pub use input::{Files, Input, InputError, SavedPolicy};
pub(crate) use input::{policy_path, problem_name};
pub use prepared::{Checked, LoadError, Prepared};

use super::subject::{CriticClass, Subject, SubjectError, subject_of_clients};
use crate::algorithm::{
    ActorPlan, Critic, CriticPlan, Entry, Graph, OMEGA, Plan, Registry, Role, ServerLine, Target, Unfit,
    Unknown, Weights, World,
};
use crate::config::{
    self, Auto, Clients, Config, Features, GraphSource, Init, PolicyClass, PolicySource, PolicyStep,
    ProblemSource, Record, Step,
};
use crate::exact::{Rounded, SolveLimits, optimum, solve_readings};
use crate::pomdp::builtin::{self, Range};
use crate::pomdp::{Definition, LoneReward};
use crate::theory::counts::{CountError, Counts, Shape, closed_form};
use crate::theory::protocol::letter::{COLLECTED, H, K, LINKS, M, O, P, P_SQUARED, Q, REWARDS, SEEN, SLOTS};
use crate::theory::protocol::{Protocol, Values};
use crate::theory::schedule::{self, ActorSchedule, CriticSchedule, StepSize};
use crate::theory::sizes::{SizeError, SizeRequest, Sizes};
use crate::visible::program;
use budgets::GRID_OPERATIONS;
use dpac_actors::{Algorithm, FRAME_BYTES_MAX};
use error::key;
use std::sync::{Arc, OnceLock};
use steps::{Steps, on_the_wire};

/// Operations that the exact critic of one DPPG round may take.
const ORACLE_OPERATIONS: u64 = 1_000_000_000;

/// A run, ready to start.
pub struct Resolved {
    /// The configuration with every size, and every step size that is one number, written out.
    pub config: Config,
    /// What the algorithm says of itself.
    pub entry: &'static Entry,
    /// Where written-out numbers come from: (key, formula).
    pub notes: Vec<(&'static str, String)>,
    /// What the user should know before the run.
    pub warnings: Vec<String>,
    /// The problem.
    pub problem: Definition,
    /// γ.
    pub gamma: f64,
    /// Problem, policy class and critic features.
    pub subject: Arc<dyn Subject>,
    /// What the policy is.
    pub policy_class: PolicyClass,
    /// The sizes.
    pub sizes: Sizes,
    /// The sizes on which counts depend.
    pub shape: Shape,
    /// What the ledger will hold.
    pub closed_form: Counts,
    /// The algorithm.
    pub algorithm: Arc<dyn Algorithm>,
    /// The policy that is evaluated; empty where one is improved.
    pub evaluated: Arc<[f64]>,
    /// The optimum, once somebody has asked for it.
    best: OnceLock<Option<Rounded>>,
}

impl Resolved {
    /// The value of the best policy, in the problem's own units; `None` where it takes too long, and where
    /// clients differ: there is no one problem then whose optimum bounds the mean over them in a useful way.
    /// Computed once, in a second or so.
    ///
    /// Where it is exact it is rounded up, by its own rounding error and as much for that of a policy's
    /// value: no exact value of a policy passes it.
    pub fn optimum(&self) -> Option<Rounded> {
        *self.best.get_or_init(|| self.compute_optimum())
    }

    fn compute_optimum(&self) -> Option<Rounded> {
        let (horizon, gamma) = (self.horizon(), self.gamma);
        let differ = self.config.problem.clients.and_then(Clients::variation).is_some();
        match &self.problem {
            _ if differ => None,
            Definition::Tabular(file) => {
                let best = optimum(&file.model.first_copies(), horizon, gamma, OPTIMUM_OPERATIONS).ok()?;
                let Rounded { value, error } = best.value;
                Some(Rounded { value: value + 2.0 * error, error: 3.0 * error })
            }
            // Bounds of more states take longer and never meet.
            Definition::Gaussian(model) if model.hidden().states() == 2 => {
                let limits = SolveLimits { exact: 0, bounds: GRID_OPERATIONS };
                let solution = solve_readings(model, horizon, gamma, limits).ok()?;
                Some(Rounded { value: solution.value()?, error: solution.error()? })
            }
            Definition::Gaussian(_) => None,
        }
    }

    /// H.
    pub fn horizon(&self) -> usize {
        self.config.problem.horizon as usize
    }
}

/// Resolves a configuration on its input. Its algorithm is one of the registry's.
///
/// # Errors
/// [`ResolveError`] names the key or the file that does not fit.
pub fn resolve(config: Config, input: &Input, registry: Registry) -> Result<Resolved, ResolveError> {
    resolve_within(config, input, registry, u64::MAX)
}

/// [`resolve`], for a configuration that comes from elsewhere: refuses features whose vectors have more than
/// `components_max` components together, before there is a vector.
///
/// # Errors
/// As [`resolve`].
fn resolve_within(
    mut config: Config,
    input: &Input,
    registry: Registry,
    components_max: u64,
) -> Result<Resolved, ResolveError> {
    let problem = input.problem.clone();
    let model = problem.hidden();
    let horizon = config.problem.horizon as usize;
    let gamma = config.problem.discount.unwrap_or(model.discount());
    let Some(entry) = registry.find(&config.algorithm.name) else {
        let message = format!("no algorithm is called \"{}\"", config.algorithm.name);
        return Err(key("algorithm", message, &format!("`{} algorithms` lists them", program())));
    };
    let mut notes = Vec::new();
    if config.problem.discount.is_none() {
        notes.push(("problem.discount", "the problem's own".to_owned()));
    }
    config.problem.discount = Some(gamma);
    let (policy_class, evaluated) = policy(&config, entry, input, horizon)?;
    let differing = config.problem.clients.and_then(Clients::variation);
    let differing = differing.map(|variation| (variation, config.federation.clients));
    // Who has no critic never asks for its features; the policy's, or its state, are made in any case.
    let of_policy = policy_class.features().unwrap_or(Features::Policy);
    let critic_class = match entry.critic {
        Critic::Network { units } => {
            let units = config.algorithm.integer(units).unwrap_or_default();
            CriticClass::Network { units: units as usize }
        }
        Critic::None => CriticClass::Features(&of_policy),
        _ => CriticClass::Features(&config.critic.features),
    };
    let alike = differing.is_none();
    let subject = subject_of_clients(&problem, differing, horizon, gamma, policy_class, critic_class)
        .map_err(|error| unfit(&error, &config, entry, policy_class))?;
    let subject: Arc<dyn Subject> = Arc::from(subject);
    if !evaluated.is_empty() && evaluated.len() != subject.d_theta() {
        let (found, expected) = (evaluated.len(), subject.d_theta());
        let message = format!("the saved policy has {found} parameters; on this problem it has {expected}");
        return Err(key("policy", message, "set problem to the one that the policy is for"));
    }
    let graph = graph(&config, entry, input)?;
    let own = own_values(entry, &config.algorithm);
    let sizes = resolve_sizes(&mut config, entry, &own, &mut notes)?;
    let lean = config.federation.lean;
    let values = own.iter().fold(sizes.values(), |values, (letter, value)| values.with(letter, value));
    let protocol = (entry.protocol)(lean, &config.algorithm);
    let sizes_of = (horizon as u64, u64::from(config.federation.clients));
    let values = with_sizes_of_rollouts(values, &protocol, &problem, &*subject, sizes_of);
    let shape = Shape {
        protocol,
        lean,
        values: values
            .with(M, u64::from(config.federation.clients))
            .with(P, subject.d_theta() as u64)
            .with(P_SQUARED, (subject.d_theta() as u64).saturating_pow(2))
            .with(Q, subject.stacked_critic() as u64)
            .with(H, horizon as u64)
            .with(LINKS, graph.links()),
    };
    let components = shape.get(P).saturating_add(shape.get(Q));
    if components > components_max {
        let message = format!(
            "its vectors have {components} components together; at most {components_max} are made because a trace says so"
        );
        return Err(key(
            if entry.critic == Critic::None { policy_class.key() } else { "critic.features" },
            message,
            &format!("`{} replay --large` makes them, whatever memory they take", program()),
        ));
    }
    check_message(&shape, entry, policy_class)?;
    let counts = closed_form(&shape)
        .map_err(|error: CountError| key("federation.clients", error.to_string(), "choose smaller sizes"))?;
    let mut warnings = Vec::new();
    if let Some(lone) = LoneReward::of(model) {
        warnings.push(format!(
            "{lone}. Where a penalty stands for an action that does not exist, people choose one of the size of the other \
             rewards, or let the action do what a harmless one does; exact values have no part in this"
        ));
    }
    let zero = vec![0.0; subject.d_theta()];
    let theta = if evaluated.is_empty() { &zero[..] } else { &evaluated[..] };
    let steps = Steps { config: &config, entry, subject: &*subject, theta, model, gamma, sizes };
    let course = match policy_class {
        PolicyClass::Network(network) if entry.role == Role::Improves => {
            course::warn(entry, &sizes, &mut warnings);
            Some(course::course(&config, network, &*subject, gamma, &sizes)?)
        }
        _ => None,
    };
    let critic = match entry.critic {
        Critic::Learned => Some(steps.critic(&mut warnings)?),
        Critic::Network { .. } => Some(steps.critic_network()),
        Critic::Exact | Critic::None => None,
    };
    let actor = (entry.role == Role::Improves).then(|| steps.actor()).transpose()?;
    let (oracle, client_oracle) = (Arc::clone(&subject), Arc::clone(&subject));
    let built = (entry.build)(Plan {
        workers: subject.workers(),
        lean,
        own: config.algorithm.clone(),
        theta: Arc::clone(&evaluated),
        clients: config.federation.clients,
        graph: Arc::new(graph),
        policy: policy_class,
        critic_features: config.critic.features,
        alike,
        world: world(&config, &problem),
        client_oracle: Arc::new(move |client: u32, theta: &[f64], temperature: f64| {
            client_oracle.exact_critic_of(client, theta, temperature, ORACLE_OPERATIONS)
        }),
        oracle: Arc::new(move |theta: &[f64]| oracle.exact_critic(theta, ORACLE_OPERATIONS)),
        critic: critic.as_ref().map(|schedule| critic_plan(&config, schedule, &sizes)),
        actor: actor.as_ref().map(|schedule| actor_plan(&config, schedule, &sizes)),
        course,
        critic_network: course::critic(&config, &*subject, gamma),
    });
    let algorithm = built.map_err(|Unfit { key: at, message, help }| key(at, message, help))?;
    if algorithm.name() != entry.name() {
        // The names of run directories and traces are the algorithm's, and what reads them looks for the
        // entry's.
        let (package, name, found) = (entry.package, entry.name(), algorithm.name());
        let message =
            format!("the entry \"{name}\" of {package} builds an algorithm that is called \"{found}\"");
        return Err(key("algorithm", message, "let both have one name"));
    }
    if entry.critic == Critic::Exact {
        // Whether there is an exact critic shows at the first policy, before anything is written.
        algorithm.coordinator().start().map_err(|cause| {
            let name = entry.name();
            let help = format!(
                "{name} needs features in which Q is exact, as {{ kind = \"history\" }} is; dpac learns Q on any"
            );
            key("critic.features", cause.to_string(), &help)
        })?;
    }
    check_record(&config, entry, &*algorithm)?;
    write_back(&mut config, entry, critic.as_ref(), actor.as_ref(), &mut notes);
    Ok(Resolved {
        config,
        entry,
        notes,
        warnings,
        problem,
        gamma,
        subject,
        policy_class,
        sizes,
        shape,
        closed_form: counts,
        algorithm,
        evaluated,
        best: OnceLock::new(),
    })
}

/// The values with those of letters that say how much rollouts and policies that are tables have in them,
/// where the protocol has these.
fn with_sizes_of_rollouts(
    values: Values,
    protocol: &Protocol,
    problem: &Definition,
    subject: &dyn Subject,
    (horizon, clients): (u64, u64),
) -> Values {
    let steps = values.get(K).unwrap_or_default().saturating_mul(horizon);
    let actions = problem.hidden().actions() as u64;
    let sizes = [
        (SLOTS, subject.d_theta() as u64 / actions),
        // Who plans for finitely many readings refuses others.
        (O, problem.observations().unwrap_or(1) as u64),
        (SEEN, steps.saturating_mul(2)),
        (REWARDS, steps),
    ];
    let letters = protocol.letters();
    let asked = sizes.into_iter().filter(|(letter, _)| letters.contains(letter));
    let values = asked.fold(values, |values, (letter, size)| values.with(letter, size));
    if !letters.contains(&SEEN) {
        return values;
    }
    values.with(COLLECTED, steps.saturating_mul(3).saturating_mul(clients))
}

/// The problem for servers that plan.
fn world(config: &Config, problem: &Definition) -> Option<World> {
    let Definition::Tabular(file) = problem else { return None };
    let model = Arc::new(file.model.clone());
    let ProblemSource::Builtin { name, parameters } = &config.problem.source else {
        let with = |_: &[f64]| Err("the problem is that of a file".to_owned());
        return Some(World { model, parameters: Vec::new(), with: Arc::new(with) });
    };
    let entry = builtin::find(name)?;
    let real = entry.parameters.iter().filter_map(|parameter| match parameter.range {
        Range::Real(least, most) => Some(Unknown { name: parameter.name, least, most }),
        Range::Integer(..) => None,
    });
    let unknown: Vec<Unknown> = real.collect();
    let (problem, given, names) = (config.problem.clone(), parameters.clone(), unknown.clone());
    let with = move |values: &[f64]| {
        let changed = names.iter().map(|unknown| unknown.name).zip(values.iter().copied());
        let all = given.iter().map(|(name, &value)| (name.as_str(), value)).chain(changed);
        let definition = entry.definition(all).map_err(|error| error.to_string())?;
        let definition = split(definition, &problem).map_err(|error| error.to_string())?;
        match definition {
            Definition::Tabular(file) => Ok(file.model.clone()),
            Definition::Gaussian(_) => Err("its observations are real numbers".to_owned()),
        }
    };
    Some(World { model, parameters: unknown, with: Arc::new(with) })
}

/// Who writes to whom; nobody where the algorithm has clients that do not write to one another.
fn graph(config: &Config, entry: &Entry, input: &Input) -> Result<Graph, ResolveError> {
    let clients = config.federation.clients;
    let graph = match (&config.federation.graph, &input.links) {
        _ if !entry.words.reads("federation.graph") => return Ok(Graph::ring(1)),
        (GraphSource::File(_), Some(links)) => Graph::of_links(clients, links),
        (GraphSource::Complete, _) => Graph::complete(clients),
        _ => Ok(Graph::ring(clients)),
    };
    graph.map_err(|error| {
        key("federation.graph", error.to_string(), "a file has the numbers of two clients in each line")
    })
}

/// Refuses what an algorithm cannot be asked to record.
fn check_record(config: &Config, entry: &Entry, algorithm: &dyn Algorithm) -> Result<(), ResolveError> {
    for &word in &config.output.record {
        let directs = algorithm.kinds().iter().any(|kind| kind.vectors.contains(&OMEGA));
        let lacks = match word {
            Record::Psi | Record::PsiBar | Record::Drift
                if matches!(entry.critic, Critic::Exact | Critic::None) =>
            {
                "learns no critic in rounds"
            }
            Record::Omega if !directs => "has no direction ω",
            Record::Drift if algorithm.learner().step_by_step().is_none() => {
                "has local steps of its own, of which none but the last is shown"
            }
            Record::ExactQ | Record::MaxQError | Record::FixedPointError if entry.critic == Critic::None => {
                "has no critic"
            }
            Record::ExactQ | Record::MaxQError | Record::FixedPointError
                if matches!(entry.critic, Critic::Network { .. }) =>
            {
                "has a critic over no features"
            }
            _ => continue,
        };
        let message = format!("\"{word}\" cannot be recorded: {} {lacks}", entry.name());
        return Err(key("output.record", message, "leave the word out"));
    }
    Ok(())
}

/// The numbers of the letters that are the algorithm's own.
fn own_values(entry: &Entry, algorithm: &config::Algorithm) -> Values {
    let own = entry.letters.iter().filter_map(|(letter, key)| Some((*letter, algorithm.integer(key)?)));
    own.fold(Values::default(), |values, (letter, value)| values.with(letter, value))
}

/// What the policy is, and where one is evaluated its parameter.
fn policy(
    config: &Config,
    entry: &Entry,
    input: &Input,
    horizon: usize,
) -> Result<(PolicyClass, Arc<[f64]>), ResolveError> {
    if entry.role == Role::Improves {
        return Ok((config.actor.class(), Arc::new([])));
    }
    let model = input.problem.hidden();
    match (&config.policy, &input.policy) {
        (PolicySource::Saved(_), Some(SavedPolicy { class, horizon: saved, theta })) => {
            if *saved != horizon {
                let message = format!("the saved policy is for horizon {saved}, not {horizon}");
                return Err(key("policy", message, "set problem.horizon to the policy's"));
            }
            Ok((*class, theta.as_slice().into()))
        }
        _ => {
            // A policy that looks at nothing and has no preference: a window of length 0 at θ = 0.
            let parameters = (model.first_observation_classes() + horizon - 1) * model.actions();
            Ok((Features::Window { length: 0, tied: false }.into(), vec![0.0; parameters].into()))
        }
    }
}

/// Refuses vectors that one message cannot carry: what is planned can be encoded, checked on the wire and
/// recorded.
fn check_message(shape: &Shape, entry: &Entry, policy: PolicyClass) -> Result<(), ResolveError> {
    let of_actor = entry.critic == Critic::None || shape.get(P) > shape.get(Q);
    let (at, help) = match policy {
        PolicyClass::Network(_) if of_actor => (policy.key(), FEWER_UNITS),
        _ if of_actor => (policy.key(), FEWER),
        _ => ("critic.features", FEWER),
    };
    let too_large = |error: CountError| key(at, error.to_string(), help);
    let (floats, bytes) = shape.protocol.largest_message(&shape.values).map_err(too_large)?;
    if bytes <= FRAME_BYTES_MAX as u64 {
        return Ok(());
    }
    let message = format!(
        "a message would carry {floats} numbers and have {bytes} bytes; at most {FRAME_BYTES_MAX} bytes fit in one"
    );
    Err(key(at, message, help))
}

const FEWER_UNITS: &str = "give the network fewer units: actor.policy.hidden";

const FEWER: &str = "use features with fewer components, such as kind \"window\" or \"belief\"";

/// Features that do not fit, at the key that is to blame.
fn unfit(error: &SubjectError, config: &Config, entry: &Entry, actor: PolicyClass) -> ResolveError {
    let critic = &config.critic.features;
    let none = entry.critic == Critic::None;
    let of_actor = |kind: &str| kind == actor.kind() && (none || kind != critic.kind());
    let at = match error {
        SubjectError::Clients(_) => "problem.clients",
        SubjectError::Network(_) | SubjectError::NothingToRead => "actor.policy",
        SubjectError::CriticNetwork(_) => "algorithm.units",
        SubjectError::NoState if of_actor("policy") => "actor.features",
        SubjectError::RealObservations { kind } | SubjectError::NumberedObservations { kind }
            if of_actor(kind) =>
        {
            actor.key()
        }
        SubjectError::Reservoir(_) if of_actor("reservoir") => "actor.features",
        SubjectError::NoOwnFeatures { .. } if of_actor("problem") => {
            if entry.role == Role::Evaluates {
                "policy"
            } else {
                "actor.features"
            }
        }
        _ if none => "actor.features",
        _ => "critic.features",
    };
    key(at, error.to_string(), &error.help())
}

fn resolve_sizes(
    config: &mut Config,
    entry: &Entry,
    own: &Values,
    notes: &mut Vec<(&'static str, String)>,
) -> Result<Sizes, ResolveError> {
    let request = SizeRequest {
        clients: u64::from(config.federation.clients),
        trajectories: config.trajectories,
        rounds: config.actor.rounds.map(u64::from),
        actor_local_steps: config.actor.local_steps.map(u64::from),
        actor_sync_interval: config.actor.sync_interval.map(u64::from),
        critic_trajectories: None,
        critic_rounds: config.critic.rounds.map(u64::from),
        critic_local_steps: config.critic.local_steps.map(u64::from),
    };
    let sizes = entry.sizing.resolve(&request, own).map_err(|error: SizeError| match error {
        SizeError::OneAgent { clients } => {
            let message = format!("{} is for a single agent, and here are {clients} clients", entry.name());
            key("federation.clients", message, "set federation.clients = 1; dpac is for any number")
        }
        _ => key("trajectories", error.to_string(), "give the sizes themselves, or trajectories alone"),
    })?;
    if let Some(trajectories) = config.trajectories.take() {
        let budget = format!("T = {trajectories}, M = {}", request.clients);
        let formulas = entry.sizing.formulas.iter();
        notes.extend(formulas.map(|(key, formula)| (*key, format!("{formula}, {budget}"))));
    }
    for (at, kept, size) in [
        ("critic.rounds", &mut config.critic.rounds, sizes.critic_rounds),
        ("critic.local_steps", &mut config.critic.local_steps, sizes.critic_local_steps),
        ("actor.rounds", &mut config.actor.rounds, sizes.rounds),
        ("actor.local_steps", &mut config.actor.local_steps, sizes.actor_local_steps),
        ("actor.sync_interval", &mut config.actor.sync_interval, sizes.actor_sync_interval),
    ] {
        if entry.words.reads(at) {
            let narrow = u32::try_from(size).map_err(|_| {
                key("trajectories", format!("a size of {size} steps or rounds"), "the largest is 4294967295")
            })?;
            *kept = (narrow > 0).then_some(narrow);
        }
    }
    Ok(sizes)
}

fn critic_plan(config: &Config, schedule: &CriticSchedule, sizes: &Sizes) -> CriticPlan {
    CriticPlan {
        rounds: sizes.critic_rounds as u32,
        local_steps: sizes.critic_local_steps,
        alpha: on_the_wire(schedule.alpha),
        eta: on_the_wire(schedule.eta),
        average_from: schedule.average_from as u32,
        weights: match config.critic.weights {
            config::Weights::Quadratic => Weights::Quadratic,
            config::Weights::Uniform => Weights::Uniform,
            config::Weights::Last => Weights::Last,
        },
        server_line: match config.critic.server_line {
            config::ServerLine::Repaired => ServerLine::Repaired,
            config::ServerLine::Printed => ServerLine::Printed,
        },
        warm: config.critic.init == Init::Warm,
    }
}

fn actor_plan(config: &Config, schedule: &ActorSchedule, sizes: &Sizes) -> ActorPlan {
    ActorPlan {
        rounds: sizes.rounds as u32,
        local_steps: sizes.actor_local_steps,
        sync_interval: sizes.actor_sync_interval,
        zeta: on_the_wire(schedule.zeta),
        eta: schedule.eta,
        target: match config.actor.target {
            config::Target::Q => Target::Q,
            config::Target::Advantage => Target::Advantage,
            config::Target::Compatible => Target::Compatible,
        },
    }
}

/// Writes the schedules into the configuration, as far as the algorithm reads their keys: a step that is one
/// number as that number, any other stays "auto", with its formula beside it in either case.
fn write_back(
    config: &mut Config,
    entry: &Entry,
    critic: Option<&CriticSchedule>,
    actor: Option<&ActorSchedule>,
    notes: &mut Vec<(&'static str, String)>,
) {
    let formula = |formulas: &[schedule::Formula], symbol: &str| {
        formulas.iter().find(|formula| formula.symbol == symbol).map(|formula| formula.text.clone())
    };
    let mut note = |key, text: Option<String>| {
        if let Some(text) = text {
            notes.push((key, text));
        }
    };
    // A step that the server measures in every round is no number.
    let number_of = |step: f64| (!step.is_nan()).then_some(step);
    let constant = |step: StepSize| number_of(step.cap).filter(|_| step.scale.is_infinite());
    let reads = |key: &str| entry.words.reads(key);
    let number = |key: &str, auto: &mut Auto<Step>, value: Option<f64>| {
        let was_auto = *auto == Auto::Auto && reads(key);
        if let (true, Some(value)) = (was_auto, value) {
            *auto = Auto::Given(Step::Constant(value));
        }
        was_auto
    };
    if let Some(critic) = critic {
        if number("critic.alpha", &mut config.critic.alpha, constant(critic.alpha)) {
            note("critic.alpha", formula(&critic.formulas, "alpha_r"));
        }
        if number("critic.eta", &mut config.critic.eta, constant(critic.eta)) {
            note("critic.eta", formula(&critic.formulas, "eta_r"));
        }
        if config.critic.average_from == Auto::Auto && reads("critic.average_from") {
            config.critic.average_from = Auto::Given(critic.average_from as u32);
            note("critic.average_from", formula(&critic.formulas, "R_0"));
        }
    }
    if let Some(actor) = actor {
        if number("actor.zeta", &mut config.actor.zeta, constant(actor.zeta)) {
            note("actor.zeta", formula(&actor.formulas, "zeta_k"));
        }
        if config.actor.eta == Auto::Auto && reads("actor.eta") {
            if let Some(eta) = number_of(actor.eta) {
                config.actor.eta = Auto::Given(PolicyStep::Constant(eta));
            }
            note("actor.eta", formula(&actor.formulas, "eta"));
        }
    }
}
