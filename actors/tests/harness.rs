//! The harness passes an algorithm that keeps the rules, and says of one that breaks a rule which, and
//! where.

#[path = "harness/reducers.rs"]
mod reducers;
#[path = "harness/server_work.rs"]
mod server_work;

use dpac_actors::host::Placement;
use dpac_actors::*;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The rule that the algorithm breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slip {
    None,
    /// What client 3 sends is one ulp larger.
    OneUlp,
    /// A learner adds up what it has done for all clients of its thread.
    LearnerRemembers,
    /// A learner reads what another run has left.
    LearnerLooksAround,
    /// The coordinator does not save its momentum.
    MomentumForgotten,
    /// The coordinator's momentum has no length until the first barrier.
    MomentumGrows,
    /// The coordinator does not save itself.
    NotSaved,
    /// Client 3 divides by zero in round 1.
    NotANumber,
}

/// A kind for each phase, and one that nobody sends.
const KINDS: [Kind; 3] = [
    Kind::up("update", Phase::Actor, &["model", "gradient"]).with_integers(&["samples"]),
    Kind::down("model", Phase::Actor, &["model"]).answered_by(0),
    Kind::down("news", Phase::Critic, &["model"]),
];

const ROUNDS: u32 = 4;
const BARRIERS: u32 = 3;
const DIMENSION: usize = 2;

struct Server {
    slip: Slip,
    round: u32,
    barrier: u32,
    model: Vec<f64>,
    momentum: Vec<f64>,
}

impl Server {
    fn turn(&self) -> Turn {
        let model = Named::new("model", self.model.clone());
        if self.round == ROUNDS {
            return Turn::finish(vec![model]);
        }
        let first_step = 5 * u64::from(self.barrier);
        let order = Order { first_step, steps: 5, step_size: StepSize::constant(0.125) };
        let ask = Message::new(1, self.round, self.barrier, vec![model.clone()]);
        let gradient = Named::new("gradient", vec![0.0; DIMENSION]);
        Turn::work(Work { base: vec![model, gradient], ..Work::mean(ask, order) })
    }
}

impl Coordinator for Server {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.turn())
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.momentum.resize(DIMENSION, 0.0);
        for (i, x) in self.model.iter_mut().enumerate() {
            self.momentum[i] = 0.5 * self.momentum[i] + ended.aggregate[0][i] - *x;
            *x += self.momentum[i];
        }
        self.barrier += 1;
        if self.barrier < BARRIERS {
            return Ok(self.turn());
        }
        (self.round, self.barrier) = (self.round + 1, 0);
        let vectors = vec![Named::new("model", self.model.clone())];
        Ok(self.turn().with(Milestone { round: self.round - 1, vectors }))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        if self.slip == Slip::NotSaved {
            return Err(State::NONE);
        }
        state.integer(&mut self.round)?;
        state.integer(&mut self.barrier)?;
        state.numbers(&mut self.model)?;
        if self.slip == Slip::MomentumForgotten { Ok(()) } else { state.numbers(&mut self.momentum) }
    }
}

struct Client {
    slip: Slip,
    model: Vec<f64>,
    calls: u64,
}

static CALLS: AtomicU64 = AtomicU64::new(0);

impl Learner for Client {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        self.model = broadcast.vectors[0].values.to_vec();
        Ok(())
    }

    fn steps(&mut self, job: &Job<'_>, state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        self.calls += 1;
        let bias = match self.slip {
            Slip::LearnerRemembers => self.calls as f64,
            Slip::LearnerLooksAround => CALLS.fetch_add(1, Ordering::Relaxed) as f64,
            Slip::NotANumber if (job.client, job.place.round) == (3, 1) => f64::NAN,
            _ => 0.0,
        };
        let mut gradients = vec![0.0; self.model.len()];
        for (x, gradient) in reply.copy_of(0, &self.model).iter_mut().zip(&mut gradients) {
            for k in 0..job.order.steps {
                let noise = f64::from(rng.next_u32()) / f64::from(u32::MAX) - 0.5;
                *gradient = *x - f64::from(job.client) + noise + state[0];
                *x -= job.order.step_size.at(k) * *gradient;
            }
            *x += bias;
            if (self.slip, job.client) == (Slip::OneUlp, 3) {
                *x = x.next_up();
            }
        }
        state[0] += 0.25;
        reply.copy_of(1, &gradients);
        *reply.integers(0) = vec![5];
        Effort { local_steps: job.order.steps, ..Effort::default() }
    }
}

fn harness(slip: Slip) -> Harness {
    let momentum = vec![0.0; if slip == Slip::MomentumGrows { 0 } else { DIMENSION }];
    let model = vec![1.0; DIMENSION];
    let server =
        move || Server { slip, round: 0, barrier: 0, model: model.clone(), momentum: momentum.clone() };
    let client = move || Client { slip, model: Vec::new(), calls: 0 };
    Harness::new(Bundle::new("fedavg", &KINDS, server, client).with_client_state(1)).clients(5).seed(7)
}

/// Twelve barriers, of two floats down and four up for each client.
fn counts(clients: u64) -> Vec<Count> {
    vec![
        Count::wire("update", 12 * clients, 48 * clients).with_integers(12 * clients),
        Count::local("update", 12 * clients, 48 * clients).with_integers(12 * clients),
        Count::wire("model", 12 * clients, 24 * clients),
    ]
}

fn error<T>(result: Result<T, HarnessError>) -> HarnessError {
    result.err().expect("a slip is found")
}

/// The documentation of the crate.
fn front_page() -> String {
    let lines = include_str!("../src/lib.rs").lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_whole_algorithm_on_the_front_page_takes_sixty_lines_at_most() {
    let page = front_page();
    let code = page.split("```").nth(1).expect("the algorithm");
    assert!(code.contains("Harness::new") && code.contains(".check()"), "{code}");
    // The rest of the fence's line is empty, and the last line is hidden.
    assert!(code.lines().skip(1).filter(|line| !line.starts_with("# ")).count() <= 60, "{code}");
}

/// A file that goes away.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Scratch(std::env::temp_dir().join(format!("dpac-harness-{}-{name}", std::process::id())))
    }
}

impl AsRef<Path> for Scratch {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn an_algorithm_that_keeps_the_rules_passes_every_check_with_any_number_of_clients() {
    for clients in [1, 5, 70] {
        let harness = harness(Slip::None).clients(clients).threads(2).expect(counts);
        let checked = harness.check().unwrap();
        let run = harness.placement(Placement::Role).run().unwrap();
        assert_eq!(checked.results, run.results);
        assert_eq!(checked.ledger, run.ledger);
    }
}

#[test]
fn a_learner_that_carries_something_from_client_to_client_is_found() {
    let harness = harness(Slip::LearnerRemembers);
    let HarnessError::Role { role, difference, .. } = error(harness.check()) else { panic!("no role") };
    assert_eq!((role, difference.header.from), (Address::Actor(0), Address::Actor(0)));
    let found = error(harness.same_on(&[2]));
    assert!(
        matches!(found, HarnessError::Differs { rerun: Rerun::Hosted { threads: 2, .. }, .. }),
        "{found}"
    );
}

#[test]
fn a_learner_that_reads_what_the_run_does_not_know_is_found() {
    let found = error(harness(Slip::LearnerLooksAround).check());
    assert!(matches!(found, HarnessError::Differs { rerun: Rerun::Again, .. }), "{found}");
}

#[test]
fn a_coordinator_that_forgets_a_part_of_its_state_is_found_at_the_barrier_after_which_it_was_taken_up() {
    let harness = harness(Slip::MomentumForgotten);
    let found = error(harness.resumes());
    let HarnessError::Differs { rerun: Rerun::Resumed { after }, divergence, .. } = &found else {
        panic!("{found}")
    };
    // Up to the first barrier there is no momentum to forget; after the third, the round ends with the
    // model that it makes.
    assert_eq!((after.round, after.barrier, divergence.round), (0, 2, 0), "{found}");
    let expected = "the run, taken up after barrier 2 of round 0, actor phase, differs:
  round    0 is the first that differs
           the digest of the server's vectors: d56b202cb8201551, recorded was e686e89d3061635a";
    assert_eq!(found.to_string(), expected);
    assert!(matches!(error(harness.check()), HarnessError::Differs { rerun: Rerun::Resumed { .. }, .. }));
}

#[test]
fn a_state_that_cannot_be_taken_up_is_a_fault_of_the_run_that_takes_it_up() {
    let found = error(harness(Slip::MomentumGrows).check());
    let expected = "the run, taken up after barrier 2 of round 0, actor phase, ends with a fault, \
                    which the first one had not: server in round 0: \
                    the saved state cannot be taken up: a vector has another length";
    assert_eq!(found.to_string(), expected);
}

#[test]
fn a_coordinator_that_does_not_save_itself_runs_and_does_not_pass() {
    let harness = harness(Slip::NotSaved);
    harness.run().unwrap();
    harness.same_on(&[2]).unwrap();
    assert!(matches!(error(harness.resumes()), HarnessError::NotSaved));
    assert!(matches!(error(harness.check()), HarnessError::NotSaved));
}

#[test]
fn a_fault_of_the_run_is_told_as_it_is() {
    let (harness, path) = (harness(Slip::NotANumber), Scratch::new("fault"));
    let recorded = error(harness.record(&path));
    // Its trace ends with the same fault, and replays up to there.
    for found in [recorded, error(harness.run()), error(harness.check()), error(harness.replays(&path))] {
        assert_eq!(found.to_string(), "actor:3 in round 1: component 0 of model is NaN");
    }
}

#[test]
fn counts_that_are_not_the_expected_ones_are_named_by_kind_link_and_number() {
    let off_by_one = |clients: u64| {
        let mut counts = counts(clients);
        counts[0].floats += 1;
        counts[1].integers = 0;
        counts.pop();
        counts
    };
    let harness = harness(Slip::None).expect(off_by_one);
    let expected = "what was sent is not what is expected:
  update: 240 floats, expected were 241
  update (local): 60 integers, expected were 0
  model: 60 messages, expected were 0
  model: 120 floats, expected were 0";
    let path = Scratch::new("counts");
    for found in [error(harness.run()), error(harness.check()), error(harness.record(&path))] {
        assert_eq!(found.to_string(), expected);
        assert_eq!(format!("{found:?}"), expected);
    }
    let found = error(harness.expect(|_| vec![Count::wire("modle", 1, 1)]).run());
    let expected = "the expected counts name a kind modle; the algorithm has update, model, news";
    assert_eq!(found.to_string(), expected);
}

#[test]
fn a_recorded_trace_replays_and_one_ulp_is_named_with_its_message_and_number() {
    let path = Scratch::new("recorded");
    let recorded = harness(Slip::None).expect(counts).record(&path).unwrap();
    let run = harness(Slip::None).run().unwrap();
    assert_eq!((recorded.results, recorded.ledger), (run.results, run.ledger));
    harness(Slip::None).threads(2).replays(&path).unwrap();
    let found = error(harness(Slip::OneUlp).replays(&path));
    let expected = "the run, made again, differs:
  round    0 is the first that differs
  message  update from actor:3 to client:3, round 0, actor phase, barrier 0
           digest 89538d78282098c7, recorded was ed400996c0777d51
  number   model[0]
           now             2.0798619008602337  bits 4000a38ea2e320f8
           recorded        2.0798619008602333  bits 4000a38ea2e320f7
           1 ulp apart";
    assert_eq!(found.to_string(), expected);
    // The same text stands on the crate's front page.
    let lines =
        include_str!("../src/lib.rs").lines().map(|line| line.strip_prefix("//! ").unwrap_or_default());
    assert!(lines.collect::<Vec<_>>().join("\n").contains(expected));
}

#[test]
fn a_trace_of_another_run_is_refused_by_what_is_not_the_same() {
    let path = Scratch::new("other");
    harness(Slip::None).record(&path).unwrap();
    let found = error(harness(Slip::None).clients(6).replays(&path));
    assert_eq!(
        found.to_string(),
        "the trace is of another run: its number of clients is 5, and here it is 6"
    );
    let found = error(harness(Slip::None).seed(8).replays(&path));
    assert_eq!(found.to_string(), "the trace is of another run: its seed is 7, and here it is 8");
}

#[test]
fn a_trace_that_is_cut_damaged_or_none_is_refused() {
    let path = Scratch::new("damaged");
    harness(Slip::None).record(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for bytes in [&whole[..whole.len() / 2], &flipped] {
        std::fs::write(&path, bytes).unwrap();
        let found = error(harness(Slip::None).replays(&path));
        assert!(matches!(found, HarnessError::Cut), "{found}");
    }
    std::fs::write(&path, "model = 1.0").unwrap();
    let found = error(harness(Slip::None).replays(&path));
    assert!(matches!(found, HarnessError::Trace { .. }), "{found}");
    drop(std::fs::remove_file(&path));
    let found = error(harness(Slip::None).replays(&path));
    assert!(matches!(found, HarnessError::Trace { .. }), "{found}");
    let found = error(harness(Slip::None).record(path.0.join("below a file that is not there")));
    assert!(matches!(found, HarnessError::Write { .. }), "{found}");
}

/// Letters go around a ring: each client tells its number to the next one, and adds what it was told.
const RING: [Kind; 3] = [
    Kind::up("sum", Phase::Critic, &["number"]),
    Kind::down("go", Phase::Critic, &[]).answered_by(0),
    Kind::peer("tell", Phase::Critic, &["number"]),
];

struct Ring(u32);

impl Coordinator for Ring {
    fn start(&mut self) -> Result<Turn, Cause> {
        let order = Order { first_step: 0, steps: 1, step_size: StepSize::constant(1.0) };
        let base = vec![Named::new("number", [0.0])];
        let ask = Message::new(1, self.0, 0, Vec::new());
        Ok(Turn::work(Work { base, ..Work::mean(ask, order) }))
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.0 += 1;
        let results = vec![Named::new("number", ended.aggregate.concat())];
        if self.0 == 6 { Ok(Turn::finish(results)) } else { self.start() }
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.integer(&mut self.0)
    }
}

/// Knows how many clients there are.
struct Teller(u32);

impl Learner for Teller {
    fn prepare(&mut self, _: &Broadcast) -> Result<(), Cause> {
        Ok(())
    }

    fn steps(&mut self, job: &Job<'_>, state: &mut [f64], _: &mut Generator, reply: &mut Reply) -> Effort {
        let client = job.client;
        state[0] += f64::from(client) + job.letters.iter().map(|letter| letter.vectors[0][0]).sum::<f64>();
        reply.copy_of(0, state);
        reply.post(Letter::new(client, (client + 1) % self.0, 2, vec![state.to_vec().into()]));
        Effort { local_steps: 1, ..Effort::default() }
    }
}

#[test]
fn letters_between_clients_are_held_to_every_check_with_some_of_them_under_way() {
    let clients = 5;
    let ring = Bundle::new("ring", &RING, || Ring(0), move || Teller(clients)).with_client_state(1);
    let counts = |clients| {
        vec![
            Count::wire("sum", 6 * clients, 6 * clients),
            Count::wire("go", 6 * clients, 0),
            Count::wire("tell", 6 * clients, 6 * clients),
            // A letter goes from a worker to its client, and in the end from a client to its worker.
            Count::local("tell", 12 * clients, 12 * clients),
        ]
    };
    let outcome = Harness::new(ring).clients(clients).expect(counts).check().unwrap();
    assert_eq!(outcome.ledger.route(Route::Peer).floats, 30);
    // The mean of what clients have doubles in each turn, and the mean of their numbers, 2, is added.
    let mean = (0..6).fold(0.0, |mean, _| 2.0 * mean + 2.0);
    assert_eq!(outcome.result("number"), Some(&[mean][..]));
}
