//! Configurations are read as their schema says; what is wrong is found where it stands.

use dpac::cli::diagnose::{Style, of_configuration, render};
use dpac::config::{
    Actor, Algorithm, Auto, Config, ConfigErrors, Critic, Fault, Features, Federation, Init, KeepPolicies,
    Loaded, Output, PolicySource, Problem, ProblemSource, SETTING, Schedule, Target, resolved_toml,
    schema_json,
};
use dpac::features::Degree;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

const BUILTINS: [&str; 3] = ["tiger", "toggle", "hallway"];
const TIGER: &str = include_str!("../../configs/tiger.toml");

fn load(text: &str, settings: &[&str]) -> Result<Config, ConfigErrors> {
    Loaded::from_str("run.toml", text)?.with_overrides(settings)?.config(&BUILTINS)
}

fn read(text: &str) -> Config {
    load(text, &[]).unwrap_or_else(|errors| panic!("{errors}"))
}

fn drawn(text: &str, settings: &[&str]) -> String {
    let errors = load(text, settings).expect_err("the configuration is malformed");
    render(&of_configuration(&errors), Style { color: false, width: 80 })
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

/// One test per malformed configuration: its text, then line and column (0:0 for the text as a whole), the message, and
/// a part of the help. The text stands behind `[problem] builtin = "tiger"`, line 1, unless it brings a problem along.
macro_rules! malformed {
    ($($name:ident: $text:expr, $line:literal : $column:literal, $message:expr, $help:expr;)*) => {
        mod malformed {
            $(#[test] fn $name() { super::check_malformed($text, ($line, $column), $message, $help); })*
        }
    };
}

fn check_malformed(text: &str, at: (usize, usize), message: &str, help: &str) {
    let text = if text.contains("problem") {
        text.to_owned()
    } else {
        format!("problem.builtin = \"tiger\"\n{text}")
    };
    let (source, line, column, found, found_help) = only_error(&text, &[]);
    assert_eq!(source, "run.toml");
    assert_eq!((line, column), at, "{found}");
    assert_eq!(found, message);
    assert!(found_help.contains(help), "{found_help:?} lacks {help:?}");
}

malformed! {
    unclosed_section_is_no_toml:
        "[critic\n", 2:8, "not TOML: unclosed table, expected `]`", "";
    missing_value_is_no_toml:
        "seed =\n", 2:7, "not TOML: string values must be quoted, expected literal string", "";
    key_that_stands_twice_is_found_at_its_second_place:
        "seed = 1\nseed = 2\n", 3:1, "not TOML: duplicate key", "";
    section_that_stands_twice_is_found_at_its_second_place:
        "[critic]\nrounds = 1\n[critic]\n", 4:2, "not TOML: duplicate key", "";
    unknown_key_at_the_top_has_the_nearest_key:
        "sead = 1\n", 2:1, "unknown key `sead`", "did you mean `seed`?";
    unknown_key_in_a_section_has_the_nearest_key_of_the_section:
        "[critic]\nlocal_step = 3\n", 3:1, "unknown key `local_step` in [critic]", "did you mean `local_steps`?";
    key_with_hyphens_has_the_key_with_underscores:
        "[actor]\nsync-interval = 3\n", 3:1, "unknown key `sync-interval` in [actor]", "`sync_interval`";
    key_of_a_section_at_the_top_is_sent_to_its_sections:
        "local_steps = 3\n", 2:1, "unknown key `local_steps`", "`local_steps` belongs in [critic] or [actor]";
    key_of_the_top_in_a_section_is_sent_to_the_top:
        "[output]\nalgorithm = \"dpac\"\n", 3:1, "unknown key `algorithm` in [output]", "first lines";
    key_that_is_near_nothing_has_the_list_of_keys:
        "[federation]\nbandwidth = 3\n", 3:1, "unknown key `bandwidth` in [federation]",
        "expected `clients` or `lean`";
    streams_is_no_key:
        "streams = \"by-trajectory\"\n", 2:1, "unknown key `streams`", "expected `algorithm`";
    output_directory_is_no_key:
        "[output]\ndir = \"runs\"\n", 3:1, "unknown key `dir` in [output]", "`evaluate_every` or `keep_policies`";
    unknown_section_has_the_nearest_section:
        "[critics]\nrounds = 1\n", 2:2, "unknown key `critics`", "did you mean `critic`?";
    section_that_is_a_number_has_its_keys:
        "output = 3\n", 2:10, "`output` is an integer, not a table", "`evaluate_every` or `keep_policies`";
    string_in_place_of_an_integer:
        "[actor]\nrounds = \"many\"\n", 3:10, "`actor.rounds` is a string, not an integer",
        "expected an integer from 1 to 1000000000";
    float_in_place_of_an_integer:
        "seed = 1.0\n", 2:8, "`seed` is a floating-point number, not an integer", "0 to 18446744073709551615";
    string_in_place_of_a_boolean:
        "federation.lean = \"yes\"\n", 2:19, "`federation.lean` is a string, not a boolean", "`true` or `false`";
    array_in_place_of_a_step_size:
        "critic.alpha = [0.1]\n", 2:16, "`critic.alpha` is an array, not a number or \"auto\"",
        "a number above 0 or \"auto\"";
    date_in_place_of_an_algorithm:
        "algorithm = 2024-10-01\n", 2:13, "`algorithm` is a date or time, not a string", "\"dptd\"";
    columns_count_characters_not_bytes:
        "critic = { \"ψ̂ψ\" = 1 }\n", 2:12, "unknown key `ψ̂ψ` in [critic]", "`rounds`";
    unknown_algorithm_has_the_nearest:
        "algorithm = \"dpca\"\n", 2:13, "`algorithm` cannot be \"dpca\"",
        "did you mean \"dpac\"? Expected \"dpac\", \"dppg\" or \"dptd\"";
    algorithm_in_capitals_has_the_name_in_small_letters:
        "algorithm = \"DPTD\"\n", 2:13, "`algorithm` cannot be \"DPTD\"", "did you mean \"dptd\"?";
    unknown_schedule_has_the_list:
        "schedule = \"cosine\"\n", 2:12, "`schedule` cannot be \"cosine\"", "expected \"practical\" or \"theory\"";
    unknown_target_has_the_list:
        "actor.target = \"v\"\n", 2:16, "`actor.target` cannot be \"v\"", "\"q\", \"advantage\" or \"compatible\"";
    unknown_init_has_the_list:
        "critic.init = \"random\"\n", 2:15, "`critic.init` cannot be \"random\"", "\"warm\" or \"zero\"";
    unknown_keep_policies_has_the_list:
        "output.keep_policies = \"some\"\n", 2:24, "`output.keep_policies` cannot be \"some\"",
        "\"all\", \"last\" or \"none\"";
    unknown_kind_of_features_has_the_nearest:
        "critic.features.kind = \"windows\"\n", 2:24, "`critic.features.kind` cannot be \"windows\"",
        "did you mean \"window\"?";
    features_without_a_kind:
        "critic.features = { length = 2 }\n", 2:19, "missing key `critic.features.kind`", "\"belief-memory\"";
    features_as_a_word:
        "critic.features = \"history\"\n", 2:19, "`critic.features` is a string, not a table", "a table with `kind`";
    kind_that_is_no_word:
        "critic.features.kind = 1\n", 2:24, "`critic.features.kind` is an integer, not a string", "\"window\"";
    length_of_whole_histories:
        "actor.features = { kind = \"history\", length = 2 }\n", 2:38,
        "`actor.features.length` does not apply to the kind \"history\"", "\"window\" or \"belief-memory\"";
    degree_of_a_window:
        "actor.features = { kind = \"window\", length = 2, degree = 2 }\n", 2:49,
        "`actor.features.degree` does not apply to the kind \"window\"", "a key of the kind \"belief\"";
    tied_beliefs:
        "actor.features = { kind = \"belief-memory\", length = 2, tied = true }\n", 2:56,
        "`actor.features.tied` does not apply to the kind \"belief-memory\"", "a key of the kind \"window\"";
    unknown_key_of_features:
        "critic.features = { kind = \"window\", length = 2, width = 1 }\n", 2:50,
        "unknown key `width` in [critic.features]", "`kind`, `length` or `tied`";
    window_without_length:
        "[critic.features]\nkind = \"window\"\n", 3:8, "missing key `critic.features.length`", "from 0 to 10000";
    window_longer_than_any_history:
        "critic.features = { kind = \"window\", length = 10001 }\n", 2:47,
        "`critic.features.length` is out of range: 10001", "from 0 to 10000";
    third_degree:
        "critic.features = { kind = \"belief\", degree = 3 }\n", 2:47,
        "`critic.features.degree` is out of range: 3", "from 1 to 2";
    no_horizon:
        "problem = { builtin = \"tiger\", horizon = 0 }", 1:42, "`problem.horizon` is out of range: 0", "1 to 10000";
    horizon_above_its_limit:
        "problem = { builtin = \"tiger\", horizon = 10_001 }", 1:42,
        "`problem.horizon` is out of range: 10_001", "1 to 10000";
    discount_above_one:
        "problem = { builtin = \"tiger\", discount = 95 }", 1:43, "`problem.discount` is out of range: 95", "0 to 1";
    discount_below_zero:
        "problem = { builtin = \"tiger\", discount = -0.5 }", 1:43,
        "`problem.discount` is out of range: -0.5", "0 to 1";
    no_clients:
        "federation.clients = 0\n", 2:22, "`federation.clients` is out of range: 0", "1 to 1000000";
    negative_seed:
        "seed = -1\n", 2:8, "`seed` is out of range: -1", "from 0";
    seed_beyond_64_bits:
        "seed = 18446744073709551616\n", 2:8, "`seed` is out of range: 18446744073709551616", "18446744073709551615";
    integer_beyond_128_bits:
        "seed = -999999999999999999999999999999999999999999\n", 2:8,
        "`seed` is out of range: -999999999999999999999999999999999999999999", "from 0";
    no_trajectories:
        "trajectories = 0\n", 2:16, "`trajectories` is out of range: 0", "1 to 1000000000000";
    rounds_beyond_32_bits:
        "actor.rounds = 0x1_0000_0000\n", 2:16, "`actor.rounds` is out of range: 0x1_0000_0000", "1 to 1000000000";
    no_local_steps:
        "critic.local_steps = 0\n", 2:22, "`critic.local_steps` is out of range: 0", "1 to 1000000000";
    no_sync_interval:
        "actor.sync_interval = 0\n", 2:23, "`actor.sync_interval` is out of range: 0", "1 to 1000000000";
    step_size_that_is_no_number:
        "critic.alpha = nan\n", 2:16, "`critic.alpha` is not finite: nan", "a number above 0 or \"auto\"";
    infinite_step_size:
        "actor.zeta = +inf\n", 2:14, "`actor.zeta` is not finite: +inf", "a number above 0 or \"auto\"";
    step_size_beyond_the_largest_number:
        "actor.eta = 1e999\n", 2:13, "`actor.eta` is not finite: 1e999", "a number above 0 or \"auto\"";
    step_size_zero:
        "actor.zeta = 0\n", 2:14, "`actor.zeta` is out of range: 0", "a number above 0 or \"auto\"";
    step_size_negative_zero:
        "critic.eta = -0.0\n", 2:14, "`critic.eta` is out of range: -0.0", "a number above 0 or \"auto\"";
    negative_step_size:
        "critic.eta = -0.3\n", 2:14, "`critic.eta` is out of range: -0.3", "a number above 0 or \"auto\"";
    step_size_as_another_word:
        "critic.alpha = \"fast\"\n", 2:16, "`critic.alpha` cannot be \"fast\"", "a number above 0 or \"auto\"";
    average_from_beyond_the_last_round:
        "critic.rounds = 4\ncritic.average_from = 4\n", 3:23, "`critic.average_from` is out of range: 4",
        "less than `critic.rounds`, 4";
    no_problem:
        "# problem\n", 0:0, "missing key `problem`", "add a section [problem]";
    problem_without_a_source:
        "[problem]\nhorizon = 3\n", 1:2, "missing key `problem.file`", "\"tiger\", \"toggle\" or \"hallway\"";
    problem_with_two_sources:
        "[problem]\nfile = \"a.POMDP\"\nbuiltin = \"tiger\"\n", 3:1,
        "`problem.builtin` and `problem.file` exclude each other", "`problem.file` is given at run.toml:2:1";
    file_without_a_name:
        "problem.file = \"\"", 1:16, "`problem.file` is empty", "Path of a .POMDP file";
    builtin_without_a_name:
        "problem.builtin = \"\"", 1:19, "`problem.builtin` is empty", "Name of a built-in problem";
    unknown_builtin_has_the_nearest:
        "problem.builtin = \"tigre\"", 1:19, "`problem.builtin` cannot be \"tigre\"", "did you mean \"tiger\"?";
    trajectories_with_the_rounds_of_the_actor:
        "trajectories = 4096\n[actor]\nrounds = 3\n", 4:1, "`actor.rounds` and `trajectories` exclude each other",
        "`trajectories` is given at run.toml:2:1";
    trajectories_with_the_sync_interval_of_dppg:
        "algorithm = \"dppg\"\ntrajectories = 4096\nactor.sync_interval = 3\n", 4:7,
        "`actor.sync_interval` and `trajectories` exclude each other", "run.toml:3:1";
    trajectories_with_the_local_steps_of_dptd:
        "algorithm = \"dptd\"\ntrajectories = 4096\ncritic.local_steps = 3\n", 4:8,
        "`critic.local_steps` and `trajectories` exclude each other", "run.toml:3:1";
    policy_of_dpac:
        "policy = \"uniform\"\n", 2:1, "`policy` has no meaning for the algorithm \"dpac\"", "a key of \"dptd\"";
    policy_without_a_name:
        "algorithm = \"dptd\"\npolicy = \"\"\n", 3:10, "`policy` is empty", "\"uniform\"";
    actor_of_dptd:
        "algorithm = \"dptd\"\n[actor]\nzeta = 0.5\n", 3:2, "`actor` has no meaning for the algorithm \"dptd\"",
        "remove the actor's keys";
}

const MINIMAL: &str = "problem.builtin = \"tiger\"\n";

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
            algorithm: Algorithm::Dpac,
            seed: 0,
            schedule: Schedule::Practical,
            trajectories: None,
            policy: PolicySource::Uniform,
            problem: Problem {
                source: ProblemSource::Builtin("tiger".to_owned()),
                horizon: 4,
                discount: None
            },
            federation: Federation { clients: 16, lean: false },
            critic: Critic {
                rounds: None,
                local_steps: None,
                features: Features::History,
                alpha: Auto::Auto,
                eta: Auto::Auto,
                init: Init::Warm,
                average_from: Auto::Auto,
            },
            actor: Actor {
                rounds: None,
                local_steps: None,
                sync_interval: None,
                target: Target::Q,
                features: Features::History,
                zeta: Auto::Auto,
                eta: Auto::Auto,
            },
            output: Output { evaluate_every: 1, keep_policies: KeepPolicies::All },
        }
    );
}

#[test]
fn integers_are_step_sizes_too() {
    assert_eq!(read(&format!("{MINIMAL}critic.eta = 1\n")).critic.eta, Auto::Given(1.0));
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
            source: ProblemSource::File(PathBuf::from("../problems/tiger.POMDP")),
            horizon: 4,
            discount: Some(0.95)
        }
    );
    let (actor, critic) = (&config.actor, &config.critic);
    let rounds = actor.rounds.expect("R is given");
    assert_eq!(actor.eta, Auto::Given(12.0 / f64::from(rounds).sqrt()));
    assert_eq!(actor.local_steps.zip(actor.sync_interval).map(|(k, i)| k.div_ceil(i)), Some(8));
    assert_eq!(actor.local_steps.map(|k| k * rounds), Some(65536));
    assert_eq!(critic.rounds.zip(critic.local_steps).map(|(r, k)| r * k), Some(256));
}

#[test]
fn settings_replace_values_and_the_last_one_wins() {
    let settings = [
        "seed=7",
        "seed=0x10",
        "algorithm=dppg",
        "problem.file = a b.POMDP ",
        "actor.features.kind=window",
        "actor.features.length=2",
        "critic.features={kind=\"belief\",degree=2}",
        "\"critic\".alpha=auto",
    ];
    let config = load(TIGER, &settings).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(config.seed, 16);
    assert_eq!(config.algorithm, Algorithm::Dppg);
    assert_eq!(config.problem.source, ProblemSource::File(PathBuf::from("a b.POMDP")));
    assert_eq!(config.actor.features, Features::Window { length: 2, tied: false });
    assert_eq!(config.critic.features, Features::Belief { degree: Degree::Two });
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
    assert_eq!(loaded.config(&BUILTINS), Ok(read(MINIMAL)));
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
        std::fs::write(path, schema_json()).expect("configs/schema.json is writable");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == schema_json(),
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
    check("", &serde_json::from_str(&schema_json()).expect("the schema is JSON"));
}

#[test]
fn resolved_configuration_says_the_formula_behind_each_value() {
    let config = load(MINIMAL, &["critic.alpha=0.25"]).unwrap_or_else(|errors| panic!("{errors}"));
    let text = resolved_toml(&config, &[("critic.alpha", "c / (t_0 + r K)")]);
    assert!(text.contains("\nalpha = 0.25  # c / (t_0 + r K)\n"), "{text}");
    assert!(text.contains("\n# rounds: not given\n"), "{text}");
    assert_eq!(read(&text), config);
}

mod drawings {
    use super::{MINIMAL, drawn};

    #[test]
    fn misspelt_key() {
        insta::assert_snapshot!(drawn("problem.builtin = \"tiger\"\n\n[critic]\nrounds = 4\nlocal_step = 64  # K_e\nalpha = 0.3\n", &[]), @r#"
         × unknown key `local_step` in [critic]
          ╭─[run.toml:5:1]
        4 │ rounds = 4
        5 │ local_step = 64  # K_e
          · ──────────
        6 │ alpha = 0.3
          ╰────
         help: did you mean `local_steps`?
        "#);
    }

    #[test]
    fn features_that_lack_a_key() {
        insta::assert_snapshot!(drawn(&format!("{MINIMAL}[actor]\nfeatures = {{ kind = \"window\" }}\n"), &[]), @r#"
         × missing key `actor.features.length`
          ╭─[run.toml:3:21]
        2 │ [actor]
        3 │ features = { kind = "window" }
          ·                     ────────
          ╰────
         help: an integer from 0 to 10000: Number of pairs L; with H - 1 of them the
               window is the whole history
        "#);
    }

    #[test]
    fn conflict_between_a_file_and_a_setting() {
        insta::assert_snapshot!(drawn(&format!("{MINIMAL}[actor]\nrounds = 128\n"), &["trajectories=65536"]), @r#"
         × `actor.rounds` and `trajectories` exclude each other
          ╭─[run.toml:3:1]
        2 │ [actor]
        3 │ rounds = 128
          · ──────
          ╰────
         help: a budget of trajectories decides all sizes; `trajectories` is given at
               --set:1:1: remove one of the two
        "#);
    }

    #[test]
    fn several_errors_at_once() {
        insta::assert_snapshot!(drawn("algorithm = \"dpca\"\n[critic]\nalpha = -0.3\n", &["actor.rounds=many"]), @r#"
         × run.toml: missing key `problem`
         help: add a section [problem]. The problem: either `file` or `builtin`

         × `algorithm` cannot be "dpca"
          ╭─[run.toml:1:13]
        1 │ algorithm = "dpca"
          ·             ──────
        2 │ [critic]
          ╰────
         help: did you mean "dpac"? Expected "dpac", "dppg" or "dptd"

         × `critic.alpha` is out of range: -0.3
          ╭─[run.toml:3:9]
        2 │ [critic]
        3 │ alpha = -0.3
          ·         ────
          ╰────
         help: expected a number above 0 or "auto"

         × `actor.rounds` is a string, not an integer
          ╭─[--set:1:14]
        1 │ actor.rounds=many
          ·              ────
          ╰────
         help: expected an integer from 1 to 1000000000
        "#);
    }

    #[test]
    fn unclosed_string() {
        insta::assert_snapshot!(drawn("problem.builtin = \"tiger", &[]), @r#"
         × not TOML: invalid basic string, expected `"`
          ╭─[run.toml:1:25]
        1 │ problem.builtin = "tiger
          ·                         ▲
          ╰────
        "#);
    }
}

fn features() -> impl Strategy<Value = Features> {
    prop_oneof![
        Just(Features::History),
        (0..=10_000_u32, any::<bool>()).prop_map(|(length, tied)| Features::Window { length, tied }),
        prop_oneof![Just(Degree::One), Just(Degree::Two)].prop_map(|degree| Features::Belief { degree }),
        (0..=10_000_u32).prop_map(|length| Features::BeliefMemory { length }),
    ]
}

fn step_size() -> impl Strategy<Value = Auto<f64>> {
    let positive = (f64::MIN_POSITIVE.to_bits()..f64::INFINITY.to_bits()).prop_map(f64::from_bits);
    prop_oneof![Just(Auto::Auto), positive.prop_map(Auto::Given)]
}

fn size() -> impl Strategy<Value = Option<u32>> {
    proptest::option::of(1..=1_000_000_000_u32)
}

prop_compose! {
    fn critic()(
        rounds in size(),
        local_steps in size(),
        features in features(),
        alpha in step_size(),
        eta in step_size(),
        init in prop_oneof![Just(Init::Warm), Just(Init::Zero)],
        from in proptest::option::of(0..1_000_000_000_u32),
    ) -> Critic {
        let from = from.map(|from| rounds.map_or(from, |rounds| from % rounds));
        let average_from = from.map_or(Auto::Auto, Auto::Given);
        Critic { rounds, local_steps, features, alpha, eta, init, average_from }
    }
}

prop_compose! {
    fn actor()(
        rounds in size(),
        local_steps in size(),
        sync_interval in size(),
        target in prop_oneof![Just(Target::Q), Just(Target::Advantage), Just(Target::Compatible)],
        features in features(),
        zeta in step_size(),
        eta in step_size(),
    ) -> Actor {
        Actor { rounds, local_steps, sync_interval, target, features, zeta, eta }
    }
}

prop_compose! {
    fn problem()(
        file in proptest::option::of("\\PC{1,20}|[\\x00-\\x7f]{1,20}"),
        horizon in 1..=10_000_u32,
        discount in proptest::option::of(0.0..=1.0),
    ) -> Problem {
        let builtin = || ProblemSource::Builtin("toggle".to_owned());
        let source = file.map_or_else(builtin, |file| ProblemSource::File(PathBuf::from(file)));
        Problem { source, horizon, discount }
    }
}

prop_compose! {
    fn config()(
        algorithm in prop_oneof![Just(Algorithm::Dpac), Just(Algorithm::Dppg), Just(Algorithm::Dptd)],
        seed in any::<u64>(),
        schedule in prop_oneof![Just(Schedule::Practical), Just(Schedule::Theory)],
        trajectories in proptest::option::of(1..=1_000_000_000_000_u64),
        policy in "\\PC{1,20}",
        problem in problem(),
        federation in (1..=1_000_000_u32, any::<bool>()).prop_map(|(clients, lean)| Federation { clients, lean }),
        mut critic in critic(),
        mut actor in actor(),
        evaluate_every in 0..=1_000_000_000_u32,
        keep_policies in
            prop_oneof![Just(KeepPolicies::All), Just(KeepPolicies::Last), Just(KeepPolicies::None)],
    ) -> Config {
        if trajectories.is_some() {
            critic = Critic { rounds: None, local_steps: None, ..critic };
            actor = Actor { rounds: None, local_steps: None, sync_interval: None, ..actor };
        }
        let dptd = algorithm == Algorithm::Dptd;
        Config {
            algorithm,
            seed,
            schedule,
            trajectories,
            policy: if dptd { PolicySource::from(policy) } else { PolicySource::Uniform },
            problem,
            federation,
            critic,
            actor: if dptd { Actor::default() } else { actor },
            output: Output { evaluate_every, keep_policies },
        }
    }
}

proptest! {
    #[test]
    fn resolved_configuration_reads_back_the_same(config in config()) {
        let text = resolved_toml(&config, &[("seed", "as given")]);
        prop_assert_eq!(load(&text, &[]), Ok(config), "{}", text);
    }

    #[test]
    fn damaged_configurations_are_read_or_located(
        at in 0..TIGER.len(),
        removed in 0..40_usize,
        inserted in "[\\[\\]{}=.,\"'#\\n a-e0-9ψ]{0,8}",
    ) {
        let (start, end) = (boundary(at), boundary((at + removed).min(TIGER.len())));
        let text = format!("{}{inserted}{}", &TIGER[..start], &TIGER[end..]);
        if let Err(errors) = load(&text, &[]) {
            for error in errors.as_slice() {
                let span = error.place.span.clone().unwrap_or(0..0);
                prop_assert!(text.get(span).is_some(), "{}", error);
            }
            let drawing = render(&of_configuration(&errors), Style { color: false, width: 80 });
            prop_assert!(drawing.contains("run.toml"), "{}", drawing);
        }
    }

    #[test]
    fn any_setting_is_taken_or_located(setting in "[a-c]{0,3}(\\.[a-c\"]{0,2})?=?[\\[\\]{}=.,\"'#\\n a-e0-9ψ]{0,8}") {
        if let Err(errors) = load(MINIMAL, &[setting.as_str()]) {
            for error in errors.as_slice() {
                prop_assert_eq!(&error.place.source.name, SETTING);
                let span = error.place.span.clone().unwrap_or(0..0);
                prop_assert!(setting.get(span).is_some(), "{}", error);
            }
        }
    }
}

fn boundary(at: usize) -> usize {
    (0..=at).rev().find(|&at| TIGER.is_char_boundary(at)).unwrap_or(0)
}
