//! Federated averaging (McMahan et al., 2017): client m has ½ (x − m)², and sees its gradient with noise.

use dpac_actors::{
    Broadcast, Bundle, Cause, Coordinator, Count, Effort, Ended, Generator, Harness, HarnessError, Job, Kind,
    Learner, Message, Named, Order, Phase, Reply, Rng, Route, State, StepSize, Turn, Work,
};

/// Messages of number 1 ask for local steps and are answered by those of number 0.
const KINDS: [Kind; 2] = [
    Kind::up("update", Phase::Actor, &["model"]),
    Kind::down("model", Phase::Actor, &["model"]).answered_by(0),
];
const ROUNDS: u32 = 50;

struct Server {
    round: u32,
    model: Vec<f64>,
}

impl Coordinator for Server {
    fn start(&mut self) -> Result<Turn, Cause> {
        let model = vec![Named::new("model", self.model.clone())];
        if self.round == ROUNDS {
            return Ok(Turn::finish(model));
        }
        let order = Order { first_step: 0, steps: 10, step_size: StepSize::constant(0.1) };
        Ok(Turn::work(Work::mean(Message::new(1, self.round, 0, model), order)))
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.model = ended.aggregate.concat();
        self.round += 1;
        self.start()
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.integer(&mut self.round)?;
        state.numbers(&mut self.model)
    }
}

struct Client(Vec<f64>);

impl Learner for Client {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        self.0 = broadcast.vectors[0].values.to_vec();
        Ok(())
    }

    fn steps(&mut self, job: &Job<'_>, _: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        for x in reply.copy_of(0, &self.0) {
            for k in 0..job.order.steps {
                let noise = f64::from(rng.next_u32()) / f64::from(u32::MAX) - 0.5;
                *x -= job.order.step_size.at(k) * (*x - f64::from(job.client) + noise);
            }
        }
        Effort { local_steps: job.order.steps, ..Effort::default() }
    }
}

fn harness() -> Harness {
    let fedavg =
        Bundle::new("fedavg", &KINDS, || Server { round: 0, model: vec![0.0; 3] }, || Client(vec![]));
    let counts = |m| ["model", "update"].map(|kind| Count::wire(kind, 50 * m, 150 * m)).to_vec();
    Harness::new(fedavg).clients(8).threads(2).seed(7).expect(counts)
}

fn main() -> Result<(), HarnessError> {
    let outcome = harness().run()?;
    let [up, down] = [Route::Up, Route::Down].map(|route| outcome.ledger.route(route).floats);
    let model = outcome.result("model").unwrap_or_default();
    println!("the optimum is found at {model:.3?}; {up} floats went up, {down} down");
    Ok(())
}

#[test]
fn every_run_has_the_same_bits_and_comes_near_the_optimum() {
    // Less than 0.1 is four standard deviations of what the noise makes of the mean, by the seed.
    assert!(harness().check().unwrap().result("model").unwrap().iter().all(|x| (x - 3.5).abs() < 0.1));
}
