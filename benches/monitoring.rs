//! What monitoring costs: DPTD on Tiger, M = 1000, K = 100, with and without metrics that somebody scrapes
//! every second, in pairs that take turns at going first.
//!
//! CPU time of the whole process from the kernel's own account (Linux): that of the endpoint's thread is in
//! it, and that of the one who scrapes.
//!
//! `cargo bench --bench monitoring`; `cargo bench --bench monitoring -- once with` (or `without`) runs one
//! society only, for `valgrind --tool=callgrind`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod tiger;

use dpac::monitoring::{Arm, Bound, Meter, MeterObserver, RunInfo};
use dpac::theory::counts::Shape;
use dpac::theory::protocol::Values;
use dpac::theory::protocol::letter::{H, K_E, M, Q, R_E};
use dpac_actors::Algorithm;
use dpac_actors::host::{self, Observers, Options};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tiger::{CLIENTS, HORIZON, LOCAL_STEPS, PAIRS, algorithm, cpu_time_ratio};

const ROUNDS: u32 = 120;
const SCRAPE_EVERY: Duration = Duration::from_secs(1);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, once, with, ..] = &arguments[..]
        && once == "once"
    {
        println!("{} scrapes", run(&algorithm(6), with == "with"));
        return;
    }
    let algorithm = algorithm(ROUNDS);
    println!(
        "DPTD on Tiger, H = {HORIZON}, window of 1, M = {CLIENTS}, K = {LOCAL_STEPS}, {ROUNDS} rounds, one computing thread; {PAIRS} pairs"
    );
    let mut scrapes = 0;
    let ratio = cpu_time_ratio(|with| scrapes += run(&algorithm, with));
    println!("  metrics {ratio}; {scrapes} scrapes in {PAIRS} runs");
}

/// Runs the society once; how often it was scraped.
fn run(algorithm: &Arc<dyn Algorithm>, with: bool) -> usize {
    let meter = with.then(|| meter(&**algorithm));
    let endpoint = meter.as_ref().map(|meter| {
        let bound = Bound::new(([127, 0, 0, 1], 0).into()).expect("a free port");
        bound.serve(meter.page()).expect("a thread")
    });
    let over = Arc::new(AtomicBool::new(false));
    let scraper = endpoint.as_ref().map(|endpoint| {
        let (address, over) = (endpoint.address(), Arc::clone(&over));
        std::thread::spawn(move || {
            let mut scrapes = 0;
            while !over.load(Ordering::Relaxed) {
                assert!(scrape(address) > 10_000, "a whole page");
                scrapes += 1;
                std::thread::park_timeout(SCRAPE_EVERY);
            }
            scrapes
        })
    });
    let observers = match &meter {
        None => Observers::default(),
        Some(meter) => Observers::default().with(MeterObserver::new(Arc::clone(meter))),
    };
    let options = Options::new(CLIENTS, 1, 1);
    host::run(algorithm, &options, observers).expect("no fault");
    over.store(true, Ordering::Relaxed);
    scraper.map_or(0, |scraper| {
        scraper.thread().unpark();
        scraper.join().expect("scrapes that were answered")
    })
}

fn scrape(address: SocketAddr) -> usize {
    let mut stream = TcpStream::connect(address).expect("an endpoint");
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: dpac\r\nConnection: close\r\n\r\n").expect("a request");
    let mut page = Vec::new();
    stream.read_to_end(&mut page).expect("an answer");
    page.len()
}

fn meter(algorithm: &dyn Algorithm) -> Arc<Meter> {
    let values =
        [(M, u64::from(CLIENTS)), (Q, 1), (H, HORIZON as u64), (R_E, u64::from(ROUNDS)), (K_E, LOCAL_STEPS)];
    let shape = Shape {
        protocol: dpac::algorithm::Registry::BUILTIN
            .find("dptd")
            .expect("it is listed")
            .usual_protocol(false),
        lean: false,
        values: values
            .into_iter()
            .fold(Values::default(), |values, (letter, size)| values.with(letter, size)),
    };
    Arc::new(Meter::new(&RunInfo {
        run: "bench",
        algorithm: algorithm.name(),
        kinds: algorithm.kinds(),
        problem: "tiger",
        horizon: HORIZON,
        seed: 1,
        placement: "shard",
        clients: CLIENTS,
        threads: 1,
        arm: Arm::default(),
        shape,
    }))
}
