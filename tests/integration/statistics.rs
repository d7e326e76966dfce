//! Statistics over seeds: the table of docs/statistics.md is what the program finds, and the numbers that
//! scipy is asked about are the library's.

use dpac::statistics::coverage::{INTERVALS, Law, SEEDS, covered, sweep};
use dpac::statistics::{Arm, Bootstrap, Estimate, Level, Paired, PowerLaw, Sample, Strata, Time, Times};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

const SWEEPS: u32 = 2000;
const ESTIMATES: [Estimate; 3] = [Estimate::Mean, Estimate::Median, Estimate::InterquartileMean];

/// The page's row of a law and a number of seeds: for each interval its coverage and the Monte Carlo error,
/// as they are written.
fn row_of_the_page(law: Law, seeds: u32) -> Vec<String> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/statistics.md"));
    let page = page.expect("a page");
    let numbers = page.lines().find_map(|line| {
        let rest = line.strip_prefix(law.name())?.trim_start();
        rest.strip_prefix(&seeds.to_string())?.strip_prefix(' ')
    });
    let numbers = numbers.expect("a row of the page").replace(" ± ", "±");
    numbers.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_table_of_the_page_is_what_the_program_finds() {
    // All rows of five seeds, in full: a quarter of the table, in a tenth of its time. The other rows come
    // from the same loop.
    for law in Law::ALL {
        let found = covered(law, SEEDS[0], 0..SWEEPS).map(|covered| {
            let share = f64::from(covered) / f64::from(SWEEPS);
            let error = (share * (1.0 - share) / f64::from(SWEEPS)).sqrt();
            format!("{:.1}±{:.1}", 100.0 * share, 100.0 * error)
        });
        assert_eq!(row_of_the_page(law, SEEDS[0]), found, "{}", law.name());
    }
}

#[test]
fn t_has_its_level_under_the_normal_law_in_every_row_of_the_page() {
    for seeds in SEEDS {
        let row = row_of_the_page(Law::Normal, seeds);
        assert_eq!(row.len(), INTERVALS.len());
        let (coverage, _) = row[0].split_once('±').expect("a number and its error");
        let coverage: f64 = coverage.parse().expect("a number");
        // The Monte Carlo error of 2000 sweeps is 0.5 %; the bound is four of them.
        assert!((coverage - 95.0).abs() <= 2.0, "n = {seeds}: {coverage} %");
    }
}

fn coverage(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.args(["statistics", "coverage"]).args(arguments).output().expect("the program runs")
}

#[test]
fn coverage_does_not_depend_on_threads_and_its_json_is_its_table() {
    // 120 sweeps are three parts of a row.
    let output = coverage(&["--sweeps", "120", "--threads", "1"]);
    assert!(output.status.success());
    assert_eq!(coverage(&["--sweeps", "120", "--threads", "3"]).stdout, output.stdout);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let json = coverage(&["--sweeps", "120", "--json"]).stdout;
    let rows: Vec<Json> = serde_json::from_slice(&json).expect("JSON");
    assert_eq!(rows.len(), Law::ALL.len() * SEEDS.len());
    for row in &rows {
        let (law, seeds) = (row["law"].as_str().expect("a name"), &row["seeds"]);
        let line = text.lines().find(|line| {
            line.strip_prefix(law).is_some_and(|rest| rest.trim_start().starts_with(&format!("{seeds} ")))
        });
        let line = line.expect("a row of the table");
        for interval in row["intervals"].as_array().expect("intervals") {
            let share = interval["coverage"].as_f64().expect("a share");
            let covered = interval["covered"].as_f64().expect("a count");
            assert!((120.0 * share - covered).abs() < 1e-9, "{interval}");
            assert!(line.contains(&format!("{:.1} ± ", 100.0 * share)), "{line} and {interval}");
        }
    }
}

#[test]
fn bad_numbers_of_sweeps_and_threads_are_refused() {
    for arguments in [["--sweeps", "0"], ["--sweeps", "many"], ["--threads", "0"]] {
        assert_eq!(coverage(&arguments).status.code(), Some(2), "{arguments:?}");
    }
}

/// What `python/tests/statistics.py` holds against scipy.
fn asked_of_scipy() -> Json {
    let samples = Law::ALL.map(|law| [2, 3, 10, 41].map(|seeds| sample(law, seeds)));
    let truths = Law::ALL.map(|law| {
        let truths = ESTIMATES.map(|estimate| (estimate.name(), law.truth(estimate)));
        json!({ "law": law.name(), "truths": BTreeMap::from(truths) })
    });
    json!({
        "samples": samples.as_flattened(),
        "strata": strata(),
        "paired": paired(),
        "power_law": power_law(),
        "times": times(),
        "laws": truths,
    })
}

fn sample(law: Law, seeds: u32) -> Json {
    let (values, seed) = sweep(law, seeds, 0);
    let sample = Sample::of(&values).expect("values");
    let bootstrap = Bootstrap { seed, ..Bootstrap::default() };
    let levels = [0.5, 0.95, 0.999].map(|level| Level::of(level).expect("a level"));
    json!({
        "values": values,
        "estimates": BTreeMap::from(ESTIMATES.map(|estimate| (estimate.name(), estimate.of(&sample)))),
        "t": levels.map(|level| sample.t_interval(level).expect("seeds")),
        "bootstrap_seed": bootstrap.seed,
        "bootstrap": bootstrap.intervals(ESTIMATES, &sample).expect("seeds"),
    })
}

fn strata() -> Json {
    let values = BTreeMap::from([("b", sweep(Law::TwoPeaks, 7, 1).0), ("a", sweep(Law::Normal, 12, 1).0)]);
    let strata: Strata = values
        .iter()
        .map(|(name, values)| ((*name).to_owned(), Sample::of(values).expect("values")))
        .collect();
    let bootstrap = Bootstrap { seed: 3, ..Bootstrap::default() };
    json!({
        "values": values,
        "bootstrap_seed": bootstrap.seed,
        "bootstrap": ESTIMATES.map(|estimate| bootstrap.stratified(estimate, &strata).expect("seeds")),
    })
}

fn paired() -> Json {
    let arm = |law, number, from: u64| (from..).zip(sweep(law, 12, number).0).collect::<BTreeMap<u64, f64>>();
    let (first, second) = (arm(Law::Normal, 2, 0), arm(Law::Lognormal, 3, 2));
    let paired = Paired::of(&first, &second).expect("common seeds");
    json!({ "first": first, "second": second, "t": paired.t_interval(Level::default()) })
}

fn power_law() -> Json {
    let arm = |x: f64, number| Arm {
        x,
        values: (0..).zip(sweep(Law::Lognormal, 6, number).0).map(|(seed, y)| (seed, y / x)).collect(),
    };
    let arms = [arm(1.0, 4), arm(4.0, 5), arm(16.0, 6), arm(64.0, 7)];
    let law = PowerLaw::through(&arms, &Bootstrap::default()).expect("a power law");
    json!({
        "arms": arms.each_ref().map(|arm| json!({ "x": arm.x, "values": arm.values })),
        "exponents": law.exponents,
        "exponent": law.exponent,
        "standard_error": law.standard_error,
        "t": law.t,
    })
}

/// Every third seed is censored, at times among those that get there.
fn times() -> Json {
    let values = sweep(Law::Lognormal, 31, 8).0;
    let of = |(seed, &time): (u64, &f64)| {
        (seed, if seed % 3 == 2 { Time::Censored(time) } else { Time::Reached(time) })
    };
    let times = Times::of(&(0..).zip(&values).map(of).collect()).expect("times");
    json!({ "values": values, "censored_every": 3, "median": times.median(), "reached": times.reached() })
}

#[test]
fn what_scipy_is_asked_about_is_what_the_library_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/tests/statistics.json");
    let found = format!("{:#}\n", asked_of_scipy());
    if std::env::var_os("DPAC_MINT_STATISTICS").is_some() {
        std::fs::write(&path, &found).expect("a file");
    }
    let committed = std::fs::read_to_string(&path).expect("a file");
    let differs = committed.lines().zip(found.lines()).position(|(one, other)| one != other);
    assert!(
        committed == found,
        "line {:?} of {} differs: make it anew with DPAC_MINT_STATISTICS=1, and hold it against scipy",
        differs.map(|line| line + 1),
        path.display()
    );
}
