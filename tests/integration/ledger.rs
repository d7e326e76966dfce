//! The ledger of a run equals the closed form, to the unit, and a run notices when it does not.

mod sizes;

pub(crate) use sizes::{Sizes, network, sizes};

use crate::whole_run::{resolved, run_resolved, whole_run};
use dpac::algorithm::{ActorPlan, CriticPlan, Plan, Registry, ServerLine, Setting, Target, Weights};
use dpac::experiment::{Status, Summary, differences, measured};
use dpac::features::{FeatureMap, FiniteMap, HistoryFold, OneHot};
use dpac::policy::LogLinear;
use dpac::pomdp::TabularProblem;
use dpac::pomdp::builtin::toggle;
use dpac::theory::counts::{Counts, Shape, Totals, closed_form, closed_form_after};
use dpac::theory::protocol::letter::{H, M, P, Q};
use dpac_actors::host::{self, Placement};
use dpac_actors::{Address, Damage, Header, Ledger, Milestone, Phase, Place, Plant, StepSize};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// What a run on M = 3, R = 4, K = 7, I = 3, R_e = 2, K_e = 5 passes over the wire: messages and floats by
/// direction, then floats (theta, psi, omega) by direction, barriers, broadcasts and trajectories of a
/// client.
#[derive(Debug, PartialEq)]
struct Expected {
    up: (u64, u64),
    down: (u64, u64),
    up_vectors: [u64; 3],
    down_vectors: [u64; 3],
    barriers: u64,
    broadcasts: u64,
    trajectories: u64,
}

impl From<&Counts> for Expected {
    fn from(counts: &Counts) -> Self {
        let of = |name| counts.floats_by_vector.get(name).copied().unwrap_or_default();
        let vectors = ["theta", "psi", "omega"].map(of);
        assert!(counts.floats_by_vector.keys().all(|name| ["theta", "psi", "omega"].contains(&&**name)));
        Expected {
            up: (counts.up.messages, counts.up.floats),
            down: (counts.down.messages, counts.down.floats),
            up_vectors: vectors.map(|vector| vector.up),
            down_vectors: vectors.map(|vector| vector.down),
            barriers: counts.barriers,
            broadcasts: counts.broadcasts,
            trajectories: counts.trajectories_per_client,
        }
    }
}

impl From<&Summary> for Expected {
    fn from(summary: &Summary) -> Self {
        let counts = &summary.communication;
        let of = |name| counts.floats_by_vector.get(name).copied().unwrap_or_default();
        let vectors = ["theta", "psi", "omega"].map(of);
        assert!(counts.floats_by_vector.keys().all(|name| ["theta", "psi", "omega"].contains(&&**name)));
        Expected {
            up: (counts.up.messages, counts.up.floats),
            down: (counts.down.messages, counts.down.floats),
            up_vectors: vectors.map(|vector| vector.up),
            down_vectors: vectors.map(|vector| vector.down),
            barriers: counts.barriers,
            broadcasts: counts.broadcasts,
            trajectories: summary.trajectories_per_client,
        }
    }
}

/// One-hot histories of toggle at H = 2 have 4 + 16 components.
const TWENTY: &str = r#"
problem = { builtin = "toggle", horizon = 2 }
federation.clients = 3
critic = { features = { kind = "history" } }
actor = { features = { kind = "history" } }
"#;

fn twenty(algorithm: &str, lean: bool) -> Expected {
    let lean = format!("federation.lean={lean}");
    let algorithm_setting = format!("algorithm={algorithm}");
    let mut settings = vec![lean.as_str(), algorithm_setting.as_str()];
    if algorithm == "dptd" {
        settings.extend(["critic.rounds=4", "critic.local_steps=7"]);
    } else {
        if algorithm == "dpac" {
            settings.extend(["critic.rounds=2", "critic.local_steps=5"]);
        }
        settings.extend(["actor.rounds=4", "actor.local_steps=7", "actor.sync_interval=3"]);
    }
    let text = if algorithm == "dptd" {
        TWENTY.replace("actor = { features = { kind = \"history\" } }\n", "")
    } else {
        TWENTY.to_owned()
    };
    let run = run_resolved(resolved(&text, &settings), |options| options.wire_check = true);
    assert_eq!(run.summary.status, Status::Complete, "{:?}", run.summary.error);
    assert!(run.summary.closed_form_holds);
    assert_eq!(run.summary.sizes.stacked_critic, 20);
    if algorithm != "dptd" {
        assert_eq!(run.summary.sizes.d_theta, 20);
    }
    Expected::from(&run.summary)
}

#[test]
fn ledger_of_dpac_is_the_first_test_vector() {
    let literal = Expected {
        up: (60, 1200),
        down: (84, 1920),
        up_vectors: [0, 480, 720],
        down_vectors: [240, 960, 720],
        barriers: 20,
        broadcasts: 8,
        trajectories: 68,
    };
    let lean = Expected { down: (60, 1200), down_vectors: [240, 480, 480], ..literal };
    assert_eq!(twenty("dpac", false), literal);
    assert_eq!(twenty("dpac", true), lean);
}

#[test]
fn ledger_of_dppg_is_the_first_test_vector() {
    let literal = Expected {
        up: (36, 720),
        down: (48, 1200),
        up_vectors: [0, 0, 720],
        down_vectors: [240, 240, 720],
        barriers: 12,
        broadcasts: 4,
        trajectories: 28,
    };
    let lean = Expected { down: (36, 960), down_vectors: [240, 240, 480], ..literal };
    assert_eq!(twenty("dppg", false), literal);
    assert_eq!(twenty("dppg", true), lean);
}

#[test]
fn ledger_of_dptd_is_the_first_test_vector() {
    let literal = Expected {
        up: (12, 240),
        down: (12, 240),
        up_vectors: [0, 240, 0],
        down_vectors: [0, 240, 0],
        barriers: 4,
        broadcasts: 0,
        trajectories: 28,
    };
    let lean = Expected { down: (9, 180), down_vectors: [0, 180, 0], ..literal };
    assert_eq!(twenty("dptd", false), literal);
    assert_eq!(twenty("dptd", true), lean);
}

/// A map with components that no history reaches, so that `d_theta` and the critic's length can be any
/// numbers.
struct Padded {
    map: FiniteMap,
    extra: usize,
}

impl HistoryFold for Padded {
    type Observation = u32;
    type Memory = <FiniteMap as HistoryFold>::Memory;

    fn memory(&self) -> Self::Memory {
        self.map.memory()
    }

    fn start(&self, memory: &mut Self::Memory, first: &u32) {
        self.map.start(memory, first);
    }

    fn advance(&self, memory: &mut Self::Memory, h: usize, action: usize, seen: &u32) {
        self.map.advance(memory, h, action, seen);
    }
}

impl FeatureMap for Padded {
    type Row = OneHot;

    fn horizon(&self) -> usize {
        self.map.horizon()
    }

    fn actions(&self) -> usize {
        self.map.actions()
    }

    fn dimension(&self, h: usize) -> usize {
        self.map.dimension(h) + if h + 1 == self.horizon() { self.extra } else { 0 }
    }

    fn stacked(&self) -> usize {
        self.map.stacked() + self.extra
    }

    fn row(&self, memory: &Self::Memory, h: usize, action: usize, row: &mut OneHot) {
        self.map.row(memory, h, action, row);
    }

    fn norm_squared_bound(&self) -> f64 {
        self.map.norm_squared_bound()
    }

    fn slots(&self, h: usize) -> Option<usize> {
        self.map.slots(h)
    }

    fn slot(&self, memory: &Self::Memory, h: usize) -> usize {
        self.map.slot(memory, h)
    }

    fn memory_of_slot(&self, h: usize, slot: usize) -> Self::Memory {
        self.map.memory_of_slot(h, slot)
    }
}

/// Holds the ledger of every milestone against the closed form of as many rounds.
struct AtMilestones {
    shape: Shape,
    rounds: u64,
}

impl host::Observer for AtMilestones {
    fn round_ended(&mut self, milestone: &Milestone, ledger: &Ledger) {
        assert_eq!(u64::from(milestone.round), self.rounds);
        self.rounds += 1;
        let expected = closed_form_after(&self.shape, self.rounds).expect("small sizes");
        let counts = measured(ledger, 3, |kind| expected.by_kind.contains_key(kind));
        assert_eq!(differences(&counts, &expected), [""; 0], "after {} rounds", self.rounds);
    }
}

impl Drop for AtMilestones {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.rounds, 4);
        }
    }
}

/// The counts of a society on toggle, H = 2, with a policy that sees the first observation alone (6
/// components, padded to 7) and a critic of histories (20, padded to 22); they equal the closed form.
fn seven_and_twenty_two(name: &str, lean: bool) -> Expected {
    let map = |length| FiniteMap::window(2, 2, 2, 2, length).expect("a small map");
    let policy = LogLinear::new(Padded { map: map(0), extra: 1 });
    let critic = Padded { map: map(1), extra: 2 };
    let setting = Setting::new(TabularProblem::new(toggle()), policy, critic, 0.9);
    let (critic_rounds, critic_local_steps) = if name == "dptd" { (4, 7) } else { (2, 5) };
    let critic = CriticPlan {
        rounds: critic_rounds,
        local_steps: critic_local_steps,
        alpha: StepSize::constant(0.3),
        eta: StepSize::constant(1.0),
        average_from: 0,
        weights: Weights::Quadratic,
        server_line: ServerLine::Repaired,
        warm: true,
    };
    let actor = ActorPlan {
        rounds: 4,
        local_steps: 7,
        sync_interval: 3,
        zeta: StepSize::constant(0.5),
        eta: 1.0,
        target: Target::Q,
    };
    let entry = Registry::BUILTIN.find(name).expect("it is listed");
    let own = entry.words.complete(&Default::default());
    let protocol = (entry.protocol)(lean, &own);
    let society = (entry.build)(Plan {
        lean,
        theta: vec![0.0; 7].into(),
        oracle: Arc::new(|_| Ok(vec![0.0; 22].into())),
        critic: Some(critic),
        actor: Some(actor),
        ..Plan::of(setting, own)
    });
    let society = society.expect("it fits");
    let options = host::Options { wire_check: true, ..host::Options::new(3, 2, 0) };
    let sizes = dpac::theory::sizes::Sizes {
        rounds: 4,
        actor_local_steps: 7,
        actor_sync_interval: 3,
        critic_rounds: u64::from(critic_rounds),
        critic_local_steps,
    };
    let values = sizes.values().with(M, 3).with(P, 7).with(Q, 22).with(H, 2);
    let shape = Shape { protocol, lean, values };
    let observers = host::Observers::default().with(AtMilestones { shape: shape.clone(), rounds: 0 });
    let outcome = host::run(&society, &options, observers).expect("no fault");
    let expected = closed_form(&shape).expect("small sizes");
    let counts = measured(&outcome.ledger, 3, |kind| expected.by_kind.contains_key(kind));
    assert_eq!(differences(&counts, &expected), [""; 0]);
    Expected::from(&counts)
}

#[test]
fn second_test_vector_tells_d_theta_from_d_q_and_holds_after_every_round() {
    let dpac = Expected {
        up: (60, 780),
        down: (84, 1392),
        up_vectors: [0, 528, 252],
        down_vectors: [84, 1056, 252],
        barriers: 20,
        broadcasts: 8,
        trajectories: 68,
    };
    let lean = Expected { down: (60, 780), down_vectors: [84, 528, 168], ..dpac };
    assert_eq!(seven_and_twenty_two("dpac", false), dpac);
    assert_eq!(seven_and_twenty_two("dpac", true), lean);
    let dppg = Expected {
        up: (36, 252),
        down: (48, 600),
        up_vectors: [0, 0, 252],
        down_vectors: [84, 264, 252],
        barriers: 12,
        broadcasts: 4,
        trajectories: 28,
    };
    let lean = Expected { down: (36, 516), down_vectors: [84, 264, 168], ..dppg };
    assert_eq!(seven_and_twenty_two("dppg", false), dppg);
    assert_eq!(seven_and_twenty_two("dppg", true), lean);
    let dptd = Expected {
        up: (12, 264),
        down: (12, 264),
        up_vectors: [0, 264, 0],
        down_vectors: [0, 264, 0],
        barriers: 4,
        broadcasts: 0,
        trajectories: 28,
    };
    let lean = Expected { down: (9, 198), down_vectors: [0, 198, 0], ..dptd };
    assert_eq!(seven_and_twenty_two("dptd", false), dptd);
    assert_eq!(seven_and_twenty_two("dptd", true), lean);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64, rng_seed: RngSeed::Fixed(14), failure_persistence: None, ..ProptestConfig::default()
    })]

    /// Of every algorithm that has a protocol. Counts are integers: there is no tolerance.
    #[test]
    fn ledger_equals_protocol_after_every_round_and_barriers_add_up_to_it_for_any_sizes(
        sizes in sizes(), threads in 1..4_usize, role: bool,
    ) {
        let resolved = resolved(&sizes.text(), &[]);
        let shape = resolved.0.shape.clone();
        let run = run_resolved(resolved, |options| {
            options.threads = threads;
            options.placement = if role { Placement::Role } else { Placement::Shard };
            options.log_barriers = true;
        });
        prop_assert_eq!(&run.summary.closed_form_differences, &Vec::<String>::new());
        prop_assert_eq!(run.summary.status, Status::Complete);
        prop_assert!(run.summary.closed_form_holds);
        let counts = &run.summary.communication;
        let measured = [(counts.up.messages, counts.up.floats), (counts.down.messages, counts.down.floats)];
        prop_assert_eq!(measured, sizes.by_hand().unwrap_or(measured));

        let rounds = run.rounds();
        prop_assert_eq!(rounds.len() as u64, shape.rounds());
        for (line, number) in rounds.iter().zip(1..) {
            let expected = closed_form_after(&shape, number).expect("small sizes");
            let json = |value| serde_json::to_value(value).expect("plain numbers");
            prop_assert_eq!([&line["up"], &line["down"]], [&json(expected.up), &json(expected.down)]);
            prop_assert_eq!(&line["barriers"], expected.barriers);
            prop_assert_eq!(&line["broadcasts"], expected.broadcasts);
            prop_assert_eq!(&line["trajectories_per_client"], expected.trajectories_per_client);
            prop_assert_eq!(&line["env_steps_per_client"], expected.env_steps_per_client);
        }

        let barriers = run.lines("barriers.jsonl");
        prop_assert_eq!(barriers.len() as u64, counts.barriers);
        let sum = |path: &str| -> u64 {
            barriers.iter().map(|line| line.pointer(path).and_then(serde_json::Value::as_u64).expect("a count")).sum()
        };
        let routes = |of: fn(&Totals) -> u64| of(&counts.up) + of(&counts.down) + of(&counts.peer);
        prop_assert_eq!(sum("/messages"), routes(|totals| totals.messages));
        prop_assert_eq!(sum("/payload_bytes"), routes(|totals| totals.payload_bytes));
        prop_assert_eq!(sum("/wire_bytes"), routes(|totals| totals.wire_bytes));
        for (name, vector) in &counts.floats_by_vector {
            prop_assert_eq!(sum(&format!("/floats_by_vector/{name}")), vector.up + vector.down + vector.peer);
        }
        let steps = run.summary.local_steps;
        prop_assert_eq!(sum("/local_steps") * sizes.clients, steps.critic + steps.actor);
    }
}

#[test]
fn ledger_equals_closed_form_when_interval_exceeds_steps() {
    let sizes = Sizes {
        entry: Registry::BUILTIN.find("dpac").expect("it is listed"),
        lean: false,
        clients: 2,
        rounds: 3,
        local_steps: 4,
        interval: 9,
        critic_rounds: 2,
        critic_local_steps: 3,
        own: 0,
    };
    let run = whole_run(&sizes.text(), |_| {});
    assert!(run.summary.closed_form_holds);
    assert_eq!(run.summary.barriers_by_phase.actor, 3);
}

const PLANTED: &str = r#"
problem = { builtin = "toggle", horizon = 2 }
federation.clients = 5
critic = { rounds = 2, local_steps = 3 }
actor = { rounds = 2, local_steps = 4, sync_interval = 2 }
"#;

/// Whether the message is a client's reply or one of the server's.
#[derive(Clone, Copy)]
enum Way {
    Up,
    Down,
}

/// The error of a run in which one message of client 2 is damaged. It has to come within a minute.
fn planted(kind: &str, way: Way, round: u32, phase: Phase, barrier: u32, damage: Damage) -> String {
    let (resolved, input) = resolved(PLANTED, &[]);
    let number =
        resolved.algorithm.kinds().iter().position(|known| known.name == kind).expect("a kind") as u16;
    let (from, to) = match way {
        Way::Up => (Address::Client(2), Address::Server),
        Way::Down => (Address::Server, Address::Client(2)),
    };
    let header = Header { from, to, place: Place { round, phase, barrier }, kind: number };
    let (done, ended) = channel();
    std::thread::spawn(move || {
        let run = run_resolved((resolved, input), |options| options.plant = Some(Plant { header, damage }));
        let written = run.summary_json();
        let _ = done.send((run.summary, written));
    });
    let (summary, written) = match ended.recv_timeout(Duration::from_secs(60)) {
        Ok(ended) => ended,
        Err(RecvTimeoutError::Timeout) => panic!("{damage:?} on {kind} makes the run hang"),
        Err(RecvTimeoutError::Disconnected) => panic!("{damage:?} on {kind} makes the run panic"),
    };
    assert_eq!(summary.status, Status::Failed, "{damage:?} on {kind} went unnoticed");
    assert_eq!(written["status"], "failed");
    assert_eq!(written["closed_form_holds"], false);
    summary.error.unwrap_or_else(|| panic!("{damage:?} on {kind} has no message"))
}

const DAMAGES: [Damage; 3] = [Damage::Drop, Damage::Double, Damage::Lengthen];

#[test]
fn damage_to_messages_that_need_no_reply_shows_in_the_ledger_or_at_the_receiver() {
    for (kind, phase) in [("critic_sync", Phase::Critic), ("actor_sync", Phase::Actor)] {
        for damage in DAMAGES {
            let error = planted(kind, Way::Down, 1, phase, 2, damage);
            let of_ledger =
                error.contains("the ledger does not equal the closed form: by_kind.") && error.contains(kind);
            let at_receiver = error.contains(" in round 1: ");
            assert!(of_ledger || at_receiver, "{damage:?} on {kind}: {error}");
        }
    }
}

#[test]
fn damage_to_messages_that_ask_for_local_steps_ends_the_run() {
    for (kind, phase, barrier) in [
        ("policy_critic", Phase::Critic, 0),
        ("critic_sync", Phase::Critic, 1),
        ("q_broadcast", Phase::Actor, 0),
        ("actor_sync", Phase::Actor, 1),
    ] {
        for damage in DAMAGES {
            let error = planted(kind, Way::Down, 1, phase, barrier, damage);
            assert!(error.contains(" in round 1: ") || error.contains(kind), "{damage:?} on {kind}: {error}");
        }
    }
}

#[test]
fn damage_to_replies_ends_the_run() {
    for (kind, phase) in [("critic_up", Phase::Critic), ("actor_up", Phase::Actor)] {
        for damage in DAMAGES {
            let error = planted(kind, Way::Up, 1, phase, 0, damage);
            assert!(error.contains(" in round 1: "), "{damage:?} on {kind}: {error}");
            assert!(
                error.contains("client:2") || error.contains("client 2"),
                "{damage:?} on {kind}: {error}"
            );
        }
    }
}

type Change = fn(&mut Counts);

#[test]
fn one_unit_more_anywhere_in_the_counts_is_a_difference() {
    let (resolved, _) = resolved(PLANTED, &[]);
    let counts = resolved.closed_form;
    assert_eq!(differences(&counts, &counts), [""; 0]);
    let doctor: [(&str, Change); 8] = [
        ("up.messages", |counts| counts.up.messages += 1),
        ("down.floats", |counts| counts.down.floats += 1),
        ("by_phase.actor.up.wire_bytes", |counts| counts.by_phase.actor.up.wire_bytes += 1),
        ("by_kind.barrier.messages", |counts| {
            counts.by_kind.get_mut("barrier").expect("listed").totals.messages += 1;
        }),
        ("floats_by_vector.psi.up", |counts| {
            counts.floats_by_vector.get_mut("psi").expect("it is sent").up += 1;
        }),
        ("peer", |counts| counts.peer.messages += 1),
        ("broadcasts", |counts| counts.broadcasts += 1),
        ("env_steps_per_client", |counts| counts.env_steps_per_client += 1),
    ];
    for (path, change) in doctor {
        let mut doctored = counts.clone();
        change(&mut doctored);
        let found = differences(&doctored, &counts);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("{path}: measured ")), "{found:?}");
    }
}
