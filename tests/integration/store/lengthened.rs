//! A run that is complete can be made longer, where it would have done the same.

use super::Place;

const STEPS: &str = "--set actor.eta=0.5 --set critic.alpha=0.1 --set critic.eta=1.0 --set critic.average_from=1 --set actor.zeta=0.5";

#[test]
fn lengthened_run_has_the_bits_of_one_that_was_as_long_from_the_start() {
    let place = Place::new();
    for (algorithm, key) in [("dpac", "actor.rounds"), ("dppg", "actor.rounds")] {
        let base = format!("run quick.toml -q {STEPS} --set algorithm={algorithm}");
        let base =
            if algorithm == "dppg" { "run quick-dppg.toml -q --set actor.eta=0.5".to_owned() } else { base };
        place.write(
            "quick-dppg.toml",
            "algorithm = \"dppg\"\nproblem = { builtin = \"tiger\", horizon = 4 }\nfederation.clients = 5\n\
             actor = { rounds = 16, local_steps = 16, sync_interval = 8 }\n",
        );
        let (short, long) = (format!("{algorithm}-short"), format!("{algorithm}-long"));
        let base = format!("{base} --set output.record=[\"omega\",\"max_q_error\"]");
        place.fine(&format!("{base} --out {short}"));
        place.fine(&format!("{base} --out {long} --set {key}=40"));
        place.fine(&format!("run --resume {short} --set {key}=29 -q"));
        place.fine(&format!("run --resume {short} --set {key}=40 -q"));
        place.assert_same(&short, &long);
        place.fine(&format!("evaluate {short}"));
    }
}

#[test]
fn run_whose_step_sizes_depend_on_its_length_says_so_and_is_left_alone() {
    let place = Place::new();
    place.fine("run quick.toml -q --out r");
    let before = place.results("r");
    place.refused(
        "run --resume r --set actor.rounds=32 -q",
        &["actor.eta depends on R: it was 3 and would be 2.12"],
    );
    place.fine("run quick.toml -q --out over-root --set actor.eta={scale=8.0}");
    place.refused(
        "run --resume over-root --set actor.rounds=32 -q",
        &["actor.eta depends on R: it was 2 and would be 1.41"],
    );
    place.refused("run --resume r --set actor.rounds=16 -q", &["it has 16 rounds, and 16 are not more"]);
    place.refused("run --resume r --set federation.clients=6 -q", &["not more"]);
    let both = "run --resume r --set actor.rounds=32 --set actor.eta=3.0 --set federation.clients=6 -q";
    place.refused(both, &["only its number of rounds can change"]);
    place.refused("run --resume r --set actor.rounds=many -q", &["actor.rounds"]);
    assert!(place.results("r") == before);
    place.fine("evaluate r");
    place.fine(&format!("run quick.toml -q {STEPS} --out traced --trace t.dpt"));
    place.refused("run --resume traced --set actor.rounds=32 -q", &["trace"]);
    place.killed("run longer.toml -q --threads 1 --out k", "k");
    place.refused(
        "run --resume k --set actor.rounds=300 --set actor.eta=0.8485281374238570 -q",
        &["has not come to its end"],
    );
}
