//! Configurations are read as their schema says; what is wrong is found where it stands.

pub(crate) mod arbitrary;
mod drawings;
mod malformed;
mod round_trips;
mod unread;

use dpac::algorithm::Registry;
use dpac::config::{
    Actor, Algorithm, Auto, Config, ConfigErrors, Critic, Fault, Features, Federation, GraphSource, Harmonic,
    Init, KeepPolicies, Loaded, Output, Own, PolicySource, Problem, ProblemSource, SETTING, Schedule,
    ServerLine, SplitSeen, Step, Target, Weights, schema_json,
};
use dpac::features::Degree;
use dpac::pomdp::file::Reset;
use std::path::{Path, PathBuf};

const MINIMAL: &str = "problem.builtin = \"tiger\"\n";
const TIGER: &str = include_str!("../../configs/tiger.toml");

fn load(text: &str, settings: &[&str]) -> Result<Config, ConfigErrors> {
    Loaded::from_str("run.toml", text)?.with_overrides(settings)?.config(&Registry::BUILTIN.words())
}

fn read(text: &str) -> Config {
    load(text, &[]).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The one error of a configuration, as its place (source, line, column), message and help.
fn only_error(text: &str, settings: &[&str]) -> (String, usize, usize, String, String) {
    let errors = load(text, settings).expect_err("the configuration is malformed");
    let [error] = errors.as_slice() else { panic!("one error expected:\n{errors}") };
    let place = &error.place;
    let help = error.help.clone().unwrap_or_default();
    (
        place.source.name.clone(),
        place.line().unwrap_or(0),
        place.column().unwrap_or(0),
        error.fault.to_string(),
        help,
    )
}

#[test]
fn every_error_of_a_file_and_its_settings_is_reported_in_order() {
    let text = "critic.rounds = 0\nproblem.builtin = \"tigre\"\nalgorithm = \"dpca\"\n[output]\nkeep = 1\n";
    let errors = load(text, &["actor.zeta=0", "sead=3"]).expect_err("five mistakes");
    let places: Vec<String> = errors.as_slice().iter().map(|error| error.place.to_string()).collect();
    assert_eq!(
        places,
        ["run.toml:1:17", "run.toml:2:19", "run.toml:3:13", "run.toml:5:1", "--set:1:12", "--set:1:1"]
    );
}

#[test]
fn trajectories_exclude_every_size() {
    let sizes =
        "[critic]\nrounds = 1\nlocal_steps = 1\n[actor]\nrounds = 1\nlocal_steps = 1\nsync_interval = 1\n";
    let errors = load(&format!("trajectories = 9\n{MINIMAL}{sizes}"), &[]).expect_err("five conflicts");
    let conflicts: Vec<&str> = errors
        .as_slice()
        .iter()
        .map(|error| match &error.fault {
            Fault::Conflict { key, .. } => key.as_str(),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(
        conflicts,
        ["critic.rounds", "critic.local_steps", "actor.rounds", "actor.local_steps", "actor.sync_interval"]
    );
}

#[test]
fn defaults_are_those_of_the_schema() {
    let config = read(MINIMAL);
    assert_eq!(
        config,
        Config {
            algorithm: Algorithm::default(),
            seed: 0,
            schedule: Schedule::Practical,
            trajectories: None,
            policy: PolicySource::Uniform,
            problem: Problem {
                source: ProblemSource::Builtin {
                    name: "tiger".to_owned(),
                    parameters: [("accuracy".to_owned(), 0.85)].into(),
                },
                reset: Reset::Continue,
                normalize: false,
                horizon: 4,
                discount: None,
                split: 1,
                split_seen: SplitSeen::Class,
                clients: None,
            },
            federation: Federation { clients: 16, lean: false, graph: GraphSource::Ring },
            critic: Critic {
                rounds: None,
                local_steps: None,
                features: Features::History,
                alpha: Auto::Auto,
                eta: Auto::Auto,
                init: Init::Warm,
                average_from: Auto::Auto,
                weights: Weights::Quadratic,
                server_line: ServerLine::Repaired,
            },
            actor: Actor {
                rounds: None,
                local_steps: None,
                sync_interval: None,
                target: Target::Q,
                features: Features::History,
                policy: None,
                zeta: Auto::Auto,
                eta: Auto::Auto,
                largest_move: None,
            },
            output: Output {
                evaluate_every: 1,
                keep_policies: KeepPolicies::All,
                log_every: 1,
                record: Vec::new(),
            },
        }
    );
}

#[test]
fn integers_are_step_sizes_too() {
    assert_eq!(read(&format!("{MINIMAL}critic.eta = 1\n")).critic.eta, Auto::Given(Step::Constant(1.0)));
}

#[test]
fn steps_may_fall_harmonically() {
    let config = read(&format!(
        "{MINIMAL}critic.alpha = {{ scale = 2, offset = 4, cap = 0.3 }}\nactor.zeta.scale = 1\nactor.zeta.offset = 2.5\n"
    ));
    let alpha = Harmonic { scale: 2.0, offset: 4.0, cap: Some(0.3) };
    assert_eq!(config.critic.alpha, Auto::Given(Step::Harmonic(alpha)));
    assert_eq!(
        config.actor.zeta,
        Auto::Given(Step::Harmonic(Harmonic { scale: 1.0, offset: 2.5, cap: None }))
    );
    let refused = |line: &str| {
        Loaded::from_str("a file", &format!("{MINIMAL}{line}\n"))
            .expect("TOML")
            .config(&[])
            .expect_err("no step")
            .to_string()
    };
    for (line, expected) in [
        ("critic.alpha = { scale = 2 }", "offset"),
        ("critic.alpha = { scale = 2, offset = 0 }", "offset"),
        ("critic.alpha = { scale = 2, offset = 1, cup = 1 }", "cup"),
        ("critic.alpha = true", "critic.alpha"),
        ("actor.eta = { scale = 2, offset = 1 }", "unknown key `offset` in [actor.eta]"),
    ] {
        assert!(refused(line).contains(expected), "{line}: {}", refused(line));
    }
}

#[test]
fn dptd_evaluates_a_saved_policy() {
    let config = read(&format!("algorithm = \"dptd\"\npolicy = \"runs/a/policy.json\"\n{MINIMAL}"));
    assert_eq!(config.policy, PolicySource::Saved(PathBuf::from("runs/a/policy.json")));
}

#[test]
fn shipped_tiger_reads_as_its_comments_say() {
    assert!(TIGER.starts_with("#:schema ./schema.json\n"));
    let config = read(TIGER);
    assert_eq!(
        config.problem,
        Problem {
            source: ProblemSource::File(PathBuf::from("problems/tiger.POMDP")),
            reset: Reset::Continue,
            normalize: false,
            horizon: 4,
            discount: Some(0.95),
            split: 1,
            split_seen: SplitSeen::Class,
            clients: None,
        }
    );
    let (actor, critic) = (&config.actor, &config.critic);
    let rounds = actor.rounds.expect("R is given");
    assert_eq!(actor.eta, Auto::Auto);
    assert_eq!(actor.local_steps.zip(actor.sync_interval).map(|(k, i)| k.div_ceil(i)), Some(8));
    assert_eq!(actor.local_steps.map(|k| k * rounds), Some(65536));
    assert_eq!(critic.rounds.zip(critic.local_steps).map(|(r, k)| r * k), Some(256));
}

#[test]
fn own_keys_of_an_algorithm_are_given_in_a_table_or_beside_its_name() {
    let batch = |text: &str, settings: &[&str]| {
        let config = load(&format!("{text}{MINIMAL}"), settings).unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(config.algorithm.name, "minibatch");
        config.algorithm.own["batch"].clone()
    };
    assert_eq!(batch("algorithm = \"minibatch\"\n", &[]), Own::Integer(16), "its default");
    assert_eq!(batch("algorithm = { kind = \"minibatch\", batch = 3 }\n", &[]), Own::Integer(3));
    assert_eq!(
        batch("algorithm = { kind = \"minibatch\", batch = 3 }\n", &["algorithm.batch=4"]),
        Own::Integer(4)
    );
    assert_eq!(batch("algorithm = \"minibatch\"\n", &["algorithm.batch=4"]), Own::Integer(4));
    assert_eq!(batch("", &["algorithm=minibatch", "algorithm.batch=4"]), Own::Integer(4));
    let (_, line, column, message, help) =
        only_error("algorithm = { kind = \"fed-td\", batch = 3 }\nproblem.builtin = \"tiger\"\n", &[]);
    assert_eq!((line, column), (1, 32));
    assert_eq!(message, "`algorithm.batch` does not apply to the kind \"fed-td\"");
    assert_eq!(help, "`batch` is a key of the kind \"minibatch\"");
}

#[test]
fn settings_replace_values_and_the_last_one_wins() {
    let settings = [
        "seed=7",
        "seed=0x10",
        "schedule=theory",
        "problem.file = a b.POMDP ",
        "actor.features.kind=window",
        "actor.features.length=2",
        "critic.features={kind=\"belief\",degree=2}",
        "\"critic\".alpha=auto",
    ];
    let config = load(TIGER, &settings).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(config.seed, 16);
    assert_eq!(config.schedule, Schedule::Theory);
    assert_eq!(config.problem.source, ProblemSource::File(PathBuf::from("a b.POMDP")));
    assert_eq!(config.actor.features, Features::Window { length: 2, tied: false });
    assert_eq!(config.critic.features, Features::Belief { degree: Degree::Two, span: false });
    assert_eq!(config.critic.alpha, Auto::Auto);
    assert_eq!(config.critic.rounds, Some(4), "what is not set stays");
}

#[test]
fn malformed_settings_are_found_inside_the_setting() {
    let cases = [
        ("actor.rounds", 1, "a setting without `=`", "--set key=value"),
        ("=3", 1, "not TOML: expected a key before `=`", "`actor.rounds`"),
        ("a b=3", 1, "not TOML: expected a key before `=`", "`actor.rounds`"),
        ("actor={rounds", 14, "not TOML: unclosed inline table, expected `}`", ""),
        ("seed=1\nactor.rounds=2", 1, "not TOML: more than one value", "one `--set` for each key"),
        ("actor.round=3", 7, "unknown key `round` in [actor]", "did you mean `rounds`?"),
        ("seed.low=3", 1, "`seed` is a table, not an integer", "an integer from 0"),
        ("problem.builtin.name=3", 17, "`problem.builtin` is a table, not a string", "Name of a built-in"),
        ("actor.rounds= 1e", 15, "`actor.rounds` is a string, not an integer", "1 to 1000000000"),
        ("problem.builtin=tigre", 17, "`problem.builtin` cannot be \"tigre\"", "did you mean \"tiger\"?"),
        ("policy=uniform", 1, "`policy` has no meaning for the algorithm \"dpac\"", "\"dptd\""),
        (
            "problem.file=a.POMDP",
            1,
            "`problem.builtin` and `problem.file` exclude each other",
            "`problem.file` is given at --set:1:9",
        ),
    ];
    for (setting, column, message, help) in cases {
        let (source, line, found_column, found, found_help) = only_error(MINIMAL, &[setting]);
        // The conflict is shown in the file, and names the setting.
        let expected_source = if setting.starts_with("problem.file") { "run.toml" } else { SETTING };
        assert_eq!(source, expected_source, "{setting}");
        if expected_source == SETTING {
            assert_eq!((line, found_column), (1, column), "{setting}");
        }
        assert_eq!(found, message, "{setting}");
        assert!(found_help.contains(help), "{setting}: {found_help:?} lacks {help:?}");
    }
}

#[test]
fn files_are_read_and_paths_start_at_their_directory() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let path = directory.path().join("run.toml");
    std::fs::write(&path, MINIMAL).expect("a scratch file");
    let loaded = Loaded::read(&path).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.locate(Path::new("a.POMDP")), directory.path().join("a.POMDP"));
    assert_eq!(loaded.locate(Path::new("/a.POMDP")), Path::new("/a.POMDP"));
    assert_eq!(loaded.config(&Registry::BUILTIN.words()), Ok(read(MINIMAL)));
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let path = directory.path().join("run.toml");
    let error = |path: &Path| Loaded::read(path).expect_err("unreadable").as_slice()[0].clone();

    let missing = error(&path);
    assert!(matches!(missing.fault, Fault::Unreadable(_)), "{missing}");
    assert!(missing.to_string().starts_with(&format!("{}: cannot read", path.display())), "{missing}");

    std::fs::write(&path, b"seed = 1\npolicy = \"\xff\"\n").expect("a scratch file");
    let latin = error(&path);
    assert_eq!(latin.fault, Fault::NotToml("not UTF-8".to_owned()));
    assert_eq!((latin.place.line(), latin.place.column()), (Some(2), Some(11)));

    std::fs::write(&path, vec![b'#'; dpac::config::limits::TEXT_BYTES_MAX + 1]).expect("a scratch file");
    assert!(matches!(error(&path).fault, Fault::Unreadable(_)));
}

#[test]
fn later_rejections_are_located_at_the_key_or_what_is_above_it() {
    let loaded = Loaded::from_str("run.toml", "problem.builtin = \"tiger\"\n[critic]\nalpha = 3.0\n")
        .unwrap_or_else(|errors| panic!("{errors}"));
    let place = |key: &str| loaded.reject(key, "diverges".to_owned(), None).place.to_string();
    assert_eq!(place("critic.alpha"), "run.toml:3:9");
    assert_eq!(place("critic.features.length"), "run.toml:2:2");
    assert_eq!(place("actor.eta"), "run.toml");
}

#[test]
fn committed_schema_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/schema.json");
    if std::env::var_os("DPAC_UPDATE_SCHEMA").is_some() {
        std::fs::write(path, schema_json(&Registry::BUILTIN.words()))
            .expect("configs/schema.json is writable");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == schema_json(&Registry::BUILTIN.words()),
        "configs/schema.json is not that of the configuration's types; to refresh it:\n  \
         DPAC_UPDATE_SCHEMA=1 cargo test --test integration committed_schema_is_fresh"
    );
}

#[test]
fn every_key_is_documented() {
    fn check(path: &str, schema: &serde_json::Value) {
        for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{key}");
            // What `kind` means is said by each kind.
            assert!(key == "kind" || schema["description"].is_string(), "{path} has no description");
            check(&path, schema);
        }
        for alternative in schema["oneOf"].as_array().into_iter().flatten() {
            assert!(
                alternative["description"].is_string() || alternative["required"].is_array(),
                "{path}: {alternative}"
            );
            check(path, alternative);
        }
    }
    check("", &serde_json::from_str(&schema_json(&Registry::BUILTIN.words())).expect("the schema is JSON"));
}
