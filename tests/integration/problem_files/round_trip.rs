//! Reading never panics, writing loses nothing, and both are linear.

use super::*;
use dpac::pomdp::builtin;
use std::time::{Duration, Instant};

/// The file written and read back says the same, bit for bit, and is written the same again.
fn survives(file: &ProblemFile) {
    let text = file::write(file);
    let again =
        file::parse(text.as_bytes(), file.model.name()).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    assert_eq!(again.model, file.model, "{text}");
    assert_eq!(again.outcome_reward, file.outcome_reward, "{text}");
    for s in 0..file.model.states() {
        for a in 0..file.model.actions() {
            assert_eq!(again.model.reward(s, a).to_bits(), file.model.reward(s, a).to_bits());
        }
    }
    assert_eq!(file::write(&again), text);
}

#[test]
fn shipped_files_survive_writing() {
    for name in ["tiger", "load-unload", "crying-baby"] {
        survives(&file::parse(&shipped(name), name).unwrap());
    }
}

#[test]
fn built_in_tiger_survives_writing() {
    survives(&ProblemFile::of_model(tiger()));
}

#[test]
fn initial_observation_is_said_to_be_lost() {
    let text = file::write(&ProblemFile::of_model(builtin::toggle()));
    assert!(text.starts_with("# The problem shows an observation before the first action"));
    assert!(file::parse(text.as_bytes(), "toggle").unwrap().model.initial_observation().is_none());
}

/// A row of weights as a distribution of a file: `weights` over their sum.
fn row_text(weights: &[u32]) -> String {
    let sum: u32 = weights.iter().sum();
    let numbers: Vec<String> =
        weights.iter().map(|&w| format!("{}", f64::from(w) / f64::from(sum))).collect();
    numbers.join(" ")
}

fn weights(columns: usize) -> impl Strategy<Value = Vec<u32>> {
    let row = prop::collection::vec(prop_oneof![Just(0_u32), 1_u32..50], columns);
    (row, 0..columns, 1_u32..50).prop_map(|(mut row, nonzero, weight)| {
        row[nonzero] = weight;
        row
    })
}

/// A field: an index or a wildcard.
fn field(count: usize) -> impl Strategy<Value = String> {
    prop_oneof![Just("*".to_owned()), (0..count).prop_map(|i| i.to_string())]
}

fn reward_lines(s: usize, a: usize, o: usize) -> impl Strategy<Value = String> {
    let value = prop_oneof![Just(0.0), -1e3..1e3_f64, Just(1e-7), Just(-3e20)];
    let line = (field(a), field(s), field(s), field(o), value)
        .prop_map(|(a, s, s2, o, value)| format!("R: {a} : {s} : {s2} : {o} {value:?}\n"));
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.concat())
}

prop_compose! {
    fn sizes()(s in 1_usize..6, a in 1_usize..4, o in 1_usize..5) -> (usize, usize, usize) { (s, a, o) }
}

prop_compose! {
    fn problem_text()(sizes in sizes())(
        sizes in Just(sizes),
        cost in any::<bool>(),
        start in weights(sizes.0),
        transition in prop::collection::vec(weights(sizes.0), sizes.0 * sizes.1),
        observation in prop::collection::vec(weights(sizes.2), sizes.0 * sizes.1),
        rewards in reward_lines(sizes.0, sizes.1, sizes.2),
    ) -> String {
        let (s, a, o) = sizes;
        let values = if cost { "cost" } else { "reward" };
        let mut text = format!("discount: 0.95\nvalues: {values}\nstates: {s}\nactions: {a}\nobservations: {o}\n");
        // A vector of one integer would be a position.
        if s > 1 {
            text += &format!("start: {}\n", row_text(&start));
        }
        for row in 0..s * a {
            text += &format!("T: {} : {}\n{}\n", row / s, row % s, row_text(&transition[row]));
            text += &format!("O: {} : {}\n{}\n", row / s, row % s, row_text(&observation[row]));
        }
        text + &rewards
    }
}

/// `R(a, s, s', o)` by going through the lines, the last one that matches.
fn reward_by_lines(text: &str, outcome: [usize; 4]) -> f64 {
    let sign = if text.contains("values: cost") { -1.0 } else { 1.0 };
    let mut matching = text.lines().filter(|line| line.starts_with("R:")).filter_map(|line| {
        let (fields, value) = line[2..].rsplit_once(' ').unwrap();
        let matches = fields.split(':').zip(outcome).all(|(field, index)| {
            let field = field.trim();
            field == "*" || field == index.to_string()
        });
        matches.then(|| sign * value.parse::<f64>().unwrap())
    });
    matching.next_back().unwrap_or(0.0)
}

proptest! {
    #[test]
    fn random_problems_survive_writing(text in problem_text()) {
        survives(&file::parse(text.as_bytes(), "random").unwrap());
    }

    #[test]
    fn rewards_are_those_of_the_last_matching_line(text in problem_text()) {
        let file = file::parse(text.as_bytes(), "random").unwrap();
        let model = &file.model;
        let (n, z) = (model.states(), model.observations());
        for a in 0..model.actions() {
            for s in 0..n {
                let mut expected = 0.0;
                let mut scale = 0.0;
                for s2 in 0..n {
                    for o in 0..z {
                        let reward = reward_by_lines(&text, [a, s, s2, o]);
                        prop_assert!(file.outcome_reward.get(a, s, s2, o) - reward == 0.0);
                        let p = model.transition().get(a * n + s, s2) * model.observation().get(a * n + s2, o);
                        expected += p * reward;
                        scale += p * reward.abs();
                    }
                }
                prop_assert!((model.reward(s, a) - expected).abs() <= 1e-13 * scale);
            }
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = file::parse(&bytes, "noise");
    }

    #[test]
    fn random_tokens_never_panic(words in prop::collection::vec(prop::sample::select(vec![
        "discount", "values", "states", "actions", "observations", "start", "include", "exclude", "reset", "T", "O",
        "R", "uniform", "identity", "reward", "cost", ":", ":", ":", "*", "-", "+", "0", "1", "2", "0.5", "1e400", ".5",
        "a", "b", "c", "#", "\n", "\n", "\u{e9}",
    ]), 0..80)) {
        let source = words.join(" ");
        if let Err(errors) = file::parse(source.as_bytes(), "noise") {
            prop_assert!(!errors.is_empty());
        }
    }

    /// Bytes changed, dropped or doubled in a good file: it is read, or refused with spans inside the source.
    #[test]
    fn mutations_of_a_good_file_never_panic(
        mutations in prop::collection::vec((0_usize..4, any::<prop::sample::Index>(), any::<u8>()), 1..6),
        strict in any::<bool>(),
    ) {
        let mut source = shipped("load-unload");
        for (what, at, byte) in mutations {
            let at = at.index(source.len());
            match what {
                0 => source[at] = byte,
                1 if source.len() > 1 => drop(source.remove(at)),
                2 => source.insert(at, source[at]),
                _ => source.truncate(at + 1),
            }
        }
        let options = if strict { ReadOptions::strict() } else { ReadOptions::default() };
        if let Err(errors) = file::parse_with(&source, "mutant", options) {
            prop_assert!(errors.iter().any(|error| error.severity == file::Severity::Error));
            prop_assert!(errors.is_sorted_by_key(|error| error.span.start));
            for error in &errors {
                prop_assert!(error.span.end <= source.len() && error.line >= 1 && error.column >= 1);
            }
        }
    }
}

/// A ring of `n` states in which every line sets one number.
fn ring(n: usize) -> String {
    let mut text = format!("discount: 0.95\nvalues: reward\nstates: {n}\nactions: 2\nobservations: 2\n");
    for s in 0..n {
        let (next, before) = ((s + 1) % n, (s + n - 1) % n);
        text += &format!("T: 0 : {s} : {next} 0.75\nT: 0 : {s} : {before} 0.25\nT: 1 : {s} : {s} 1.0\n");
        text += &format!("O: * : {s} : 0 0.5\nO: * : {s} : 1 0.5\nR: * : * : {s} : * {s}.5\n");
    }
    text
}

#[test]
fn a_hundred_thousand_lines_take_well_under_a_second() {
    let text = ring(17_000);
    let start = Instant::now();
    let file = file::parse(text.as_bytes(), "ring").unwrap();
    let elapsed = start.elapsed();
    assert_eq!(file.model.transition().nonzeros(), 3 * 17_000);
    assert!((file.model.reward(1, 0) - (0.75 * 2.5 + 0.25 * 0.5)).abs() < 1e-12);
    assert!(text.lines().count() > 100_000 && elapsed < Duration::from_secs(1), "{elapsed:?}");
}

#[test]
fn a_million_lines_are_read_like_a_few() {
    let n = 170_000;
    let text = ring(n);
    assert!(text.lines().count() > 1_000_000);
    let model = file::parse(text.as_bytes(), "ring").unwrap().model;
    assert_eq!((model.transition().nonzeros(), model.observation().nonzeros()), (3 * n, 4 * n));
    // The reward is that of the state entered: from the first one forward to 1, or back to the last.
    let last = (n - 1) as f64 + 0.5;
    assert!((model.reward(0, 0) - (0.75 * 1.5 + 0.25 * last)).abs() < 1e-9);
}

#[test]
fn an_error_per_token_on_one_long_line_stays_cheap() {
    let head = "discount: 0.95 values: reward states: near far actions: 1 observations: 1 ";
    let text = head.to_owned() + &"T: 9 identity T: 0 : neer uniform .5 \u{e9} ".repeat(50_000);
    let start = Instant::now();
    let errors = file::parse(text.as_bytes(), "bad").unwrap_err();
    let elapsed = start.elapsed();
    assert_eq!(errors.len(), 202, "errors and warnings are limited each, and the others counted");
    let more: Vec<Kind> =
        errors.iter().map(|error| error.kind).filter(|kind| matches!(kind, Kind::More(_))).collect();
    // Each repetition has a wrong position, a wrong name, a stray number and an illegal character; and O is
    // missing.
    assert_eq!(more, [Kind::More(199_901), Kind::More(49_900)]);
    assert!(elapsed < Duration::from_secs(2), "{elapsed:?}");
}

#[test]
fn wildcard_lines_over_many_rows_stay_cheap() {
    // Every line touches all rows; only the last of each column counts.
    let mut text =
        "discount: 0.95\nvalues: reward\nstates: 300\nactions: 4\nobservations: 1\nO: * uniform\n".to_owned();
    for line in 0..100_000 {
        text += &format!("T: * : * : {} {}\n", line % 300, u8::from(line % 300 == 299));
    }
    text += "T: * identity\n";
    let start = Instant::now();
    let file = file::parse(text.as_bytes(), "wild").unwrap();
    let elapsed = start.elapsed();
    assert_eq!(file.model.transition().nonzeros(), 4 * 300);
    assert!(elapsed < Duration::from_secs(1), "{elapsed:?}");
}
