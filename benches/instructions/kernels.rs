//! What is counted: each kernel does a work of a given size, so that two sizes tell what one unit costs.

use crate::trivial::{Step, Trivial};
use crate::{networks, society};
use dpac::algorithm::{ActorPlan, Dppg, Dptd, Setting, Target};
use dpac::features::{BeliefFilter, BeliefMap, Degree, FeatureMap, FiniteMap};
use dpac::policy::{LogLinear, Policy};
use dpac::pomdp::{AliasRows, TabularProblem, builtin};
use dpac_actors::host::{self, Observers, Options};
use dpac_actors::trace::{Kept, Level, Sink, SinkError, TraceRecorder};
use dpac_actors::{
    Address, Algorithm, BlockFold, Body, Header, Named, Phase, Place, StepSize, decode, encode,
};
use std::hint::black_box;
use std::sync::Arc;

/// One thing that is counted.
pub(crate) struct Kernel {
    pub(crate) name: &'static str,
    /// What it does, with its sizes.
    pub(crate) work: &'static str,
    pub(crate) unit: &'static str,
    /// Units in a work of size 1.
    pub(crate) units: u64,
    /// Work of this size and of twice this size are counted.
    pub(crate) size: u64,
    /// A kernel whose work of the same size is taken off.
    pub(crate) less: Option<&'static str>,
    /// A kernel of which a unit is to take as much, within [`EQUAL`](crate::EQUAL).
    pub(crate) like: Option<&'static str>,
    pub(crate) run: fn(u64),
}

const HORIZON: usize = 8;
const CLIENTS: u32 = 1000;
const DIMENSION: usize = 1000;
/// Of the society whose messages are counted: so short that the message is what costs.
const SHORT: usize = 8;
/// Clients of societies whose messages are counted: so many to a block that what threads do when they wait
/// hardly counts.
const CROWD: u32 = 16_384;
/// Steps of the society whose clients have little to do, and of those with much.
const FEW: u64 = 10;
const MANY: u64 = 100;

const fn environment_steps(local_steps: u64) -> u64 {
    CLIENTS as u64 * local_steps * HORIZON as u64
}

/// In the order of the table. Societies run on one computing thread, ledger on; a size is a number of rounds
/// there.
pub(crate) const KERNELS: [Kernel; 15] = [
    Kernel {
        name: "dptd-100",
        work: "DPTD on Tiger, H = 8, window of 1, M = 1000, K = 100: the whole society",
        unit: "environment step",
        units: environment_steps(MANY),
        size: 1,
        less: None,
        like: None,
        run: |rounds| dptd(rounds, MANY),
    },
    Kernel {
        name: "dptd-10",
        work: "the same, K = 10",
        unit: "environment step",
        units: environment_steps(FEW),
        size: 5,
        less: None,
        like: None,
        run: |rounds| dptd(rounds, FEW),
    },
    Kernel {
        name: "belief-td",
        work: "DPTD on rock-sample, H = 8, window of 1 for the policy, beliefs for the critic, M = 1000, K = 10",
        unit: "environment step",
        units: environment_steps(FEW),
        size: 1,
        less: None,
        like: None,
        run: belief,
    },
    Kernel {
        name: "regression",
        work: "DPPG's regression on Tiger, H = 8, window of 1, M = 1000, K = 100",
        unit: "environment step",
        units: environment_steps(MANY),
        size: 1,
        less: None,
        like: None,
        run: regression,
    },
    Kernel {
        name: "dpac-2",
        work: "DPAC on Tiger with 2 observations, H = 8, window of 1, M = 1000, K = 50: the whole society",
        unit: "trajectory",
        units: TRAJECTORIES_OF_DPAC,
        size: 2,
        less: None,
        like: None,
        run: |rounds| dpac(rounds, 1),
    },
    Kernel {
        name: "dpac-8",
        work: "the same, each observation in 4 copies",
        unit: "trajectory",
        units: TRAJECTORIES_OF_DPAC,
        size: 2,
        less: None,
        like: Some("dpac-2"),
        run: |rounds| dpac(rounds, 4),
    },
    Kernel {
        name: "gru-act",
        work: "a step of a GRU of 8 units on Tiger's inputs, H = 8, with its logits",
        unit: "environment step",
        units: HORIZON as u64,
        size: 1000,
        less: None,
        like: None,
        run: networks::act,
    },
    Kernel {
        name: "gru-tangent",
        work: "the tangent pass along such a trajectory",
        unit: "environment step",
        units: HORIZON as u64,
        size: 1000,
        less: None,
        like: None,
        run: networks::tangents,
    },
    Kernel {
        name: "gru-cotangent",
        work: "the cotangent pass",
        unit: "environment step",
        units: HORIZON as u64,
        size: 1000,
        less: None,
        like: None,
        run: networks::cotangents,
    },
    Kernel {
        name: "alias",
        work: "a draw from one of 64 alias tables of 8 outcomes",
        unit: "draw",
        units: 1,
        size: 1_000_000,
        less: None,
        like: None,
        run: alias,
    },
    Kernel {
        name: "fold",
        work: "the fold of a dense reply of 1000 floats",
        unit: "float",
        units: DIMENSION as u64,
        size: 2000,
        less: None,
        like: None,
        run: fold,
    },
    Kernel {
        name: "message",
        work: "a society with one trivial local step on d = 8 floats, M = 16384",
        unit: "message",
        // One down, one up.
        units: 2 * CROWD as u64,
        size: 3,
        less: None,
        like: None,
        run: |rounds| messages(rounds, None),
    },
    Kernel {
        name: "message-sparse",
        work: "the same with 10 one-hot local steps on d = 1000 floats",
        unit: "message",
        units: 2 * CROWD as u64,
        size: 3,
        less: None,
        like: None,
        run: |rounds| society::run(&sparse(rounds), CROWD, 1),
    },
    Kernel {
        name: "trace-order",
        work: "`message`, traced at level order: what that adds",
        unit: "delivery",
        // Each message and its twin between the client and its critic.
        units: 4 * CROWD as u64,
        size: 3,
        less: Some("message"),
        like: None,
        run: |rounds| messages(rounds, Some(Level::Order)),
    },
    Kernel {
        name: "codec",
        work: "a reply of 1000 floats, encoded and decoded",
        unit: "float",
        units: DIMENSION as u64,
        size: 1000,
        less: None,
        like: None,
        run: codec,
    },
];

/// Trajectories of a round of DPAC: those of its evaluation, and as many of its regression.
const TRAJECTORIES_OF_DPAC: u64 = CLIENTS as u64 * 2 * HALF;
const HALF: u64 = 50;

/// The kernel of this name.
pub(crate) fn find(name: &str) -> Option<&'static Kernel> {
    KERNELS.iter().find(|kernel| kernel.name == name)
}

fn dptd(rounds: u64, local_steps: u64) {
    let setting = society::tiger(HORIZON, 1);
    let theta = society::theta(setting.policy.parameters());
    let plan = society::plan(rounds as u32, local_steps, 0.01);
    society::run(&society::dptd(setting, plan, theta), CLIENTS, 1);
}

fn belief(rounds: u64) {
    let model = builtin::builtin("rock-sample").expect("a built-in problem");
    let (actions, observations) = (model.actions(), model.observations());
    let (first, gamma) = (model.first_observations(), model.discount());
    let filter = Arc::new(BeliefFilter::new(Arc::new(model.clone())));
    let critic = BeliefMap::for_critic(filter, HORIZON, Degree::One);
    let map = FiniteMap::window(HORIZON, actions, observations, first, 1).expect("a small window");
    let setting = Setting::new(TabularProblem::new(model), LogLinear::new(map), critic, gamma);
    let theta = society::theta(setting.policy.parameters());
    let plan = society::plan(rounds as u32, FEW, 0.01);
    let algorithm: Arc<dyn Algorithm> = Arc::new(Dptd::new(setting, plan, false, theta));
    society::run(&algorithm, CLIENTS, 1);
}

fn regression(rounds: u64) {
    let setting = society::tiger(HORIZON, 1);
    let critic = society::theta(setting.critic.stacked());
    let plan = ActorPlan {
        rounds: rounds as u32,
        local_steps: MANY,
        sync_interval: MANY,
        zeta: StepSize::constant(0.01),
        eta: 0.1,
        target: Target::Q,
    };
    let algorithm: Arc<dyn Algorithm> =
        Arc::new(Dppg::new(setting, plan, false, Arc::new(move |_| Ok(Arc::clone(&critic)))));
    society::run(&algorithm, CLIENTS, 1);
}

/// Features see of which observation one is a copy.
fn dpac(rounds: u64, copies: usize) {
    let model = builtin::tiger().split(copies).expect("few copies");
    let classes: Vec<u32> = (0..model.observations()).map(|o| model.observation_class(o) as u32).collect();
    let map =
        FiniteMap::classes(HORIZON, model.actions(), &classes, vec![0], 1, false).expect("a small window");
    let gamma = model.discount();
    let setting = Setting::new(TabularProblem::new(model), LogLinear::new(map.clone()), map, gamma);
    society::run(&society::dpac(setting, rounds as u32, HALF, 0.01), CLIENTS, 1);
}

fn alias(draws: u64) {
    let row = |row: usize| (0..8).map(move |i| (i, ((row + i) % 8) as f64 / 28.0));
    let tables = AliasRows::new((0..64).map(row));
    let mut x = 0_u64;
    for i in 0..draws {
        // A Weyl sequence: words that are spread out, for one addition each.
        x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
        black_box(tables.sample(i as usize % 64, x));
    }
}

fn fold(replies: u64) {
    let base = [Named::new("psi", society::theta(DIMENSION))];
    let reply = [vec![0.5; DIMENSION]];
    let mut fold = BlockFold::new(0, &base, &[]);
    for client in 0..replies as u32 {
        fold.add(client, black_box(&reply), &[]).expect("a reply of the right shape");
    }
    black_box(fold.finish());
}

fn codec(replies: u64) {
    let header = Header {
        from: Address::Client(7),
        to: Address::Server,
        place: Place { round: 3, phase: Phase::Critic, barrier: 0 },
        kind: 0,
    };
    let kinds = dense(1, DIMENSION);
    let vectors = vec![society::theta(DIMENSION).to_vec()];
    let body = Body::LocalStepsDone { steps: 10, vectors, integers: Vec::new() };
    for _ in 0..replies {
        let frame = encode(&header, black_box(&body)).expect("a small frame");
        black_box(decode(&frame, kinds.kinds()).expect("the frame of a reply"));
    }
}

fn dense(rounds: u64, dimension: usize) -> Trivial {
    Trivial { dimension, rounds: rounds as u32, local_steps: 1, step: Step::Dense }
}

fn sparse(rounds: u64) -> Arc<dyn Algorithm> {
    let rounds = rounds as u32;
    Arc::new(Trivial { dimension: DIMENSION, rounds, local_steps: FEW, step: Step::Sparse })
}

fn messages(rounds: u64, level: Option<Level>) {
    let algorithm: Arc<dyn Algorithm> = Arc::new(dense(rounds, SHORT));
    let Some(level) = level else { return society::run(&algorithm, CROWD, 1) };
    let recorder = TraceRecorder::start(level, Kept::Everyone, Nowhere).expect("a thread");
    let options = Options { tracer: Some(recorder.tracer()), ..Options::new(CROWD, 1, 1) };
    let outcome = host::run(&algorithm, &options, Observers::default());
    drop(options);
    recorder.finish(&outcome).1.expect("a sink that takes everything");
    black_box(outcome.expect("a run without faults").results);
}

/// A sink that forgets.
struct Nowhere;

impl Sink for Nowhere {
    fn record(&mut self, _op: u8, body: &[u8]) -> Result<(), SinkError> {
        black_box(body);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}
