//! What a run leaves behind: every file, and what can be done with it.

use crate::whole_run::{WholeRun, whole_run};
use assert_cmd::Command;
use dpac::experiment::{read_policies, summary_schema_json};
use serde_json::Value;
use std::path::Path;

const DPAC: &str = r#"
problem = { file = "configs/problems/tiger.POMDP", horizon = 3 }
federation.clients = 3
critic = { rounds = 2, local_steps = 8 }
actor = { rounds = 5, local_steps = 12, sync_interval = 5 }
"#;

fn dpac(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.args(arguments);
    command
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

/// The values at dotted paths, where `{a,b}` stands for several keys.
fn paths(pattern: &str) -> Vec<String> {
    match pattern.split_once('{') {
        None => vec![pattern.to_owned()],
        Some((head, rest)) => {
            let (keys, tail) = rest.split_once('}').expect("a closed brace");
            keys.split(',').flat_map(|key| paths(&format!("{head}{key}{tail}"))).collect()
        }
    }
}

#[test]
fn summary_has_every_key_with_its_type() {
    let run = whole_run(DPAC, |_| {});
    let summary = run.summary_json();
    let words = "status,problem.name,value.method,digest,program,algorithm,config_digest";
    let counts = "problem.{states,actions,observations,horizon},\
        sizes.{clients,rounds,actor_local_steps,actor_sync_interval,critic_rounds,critic_local_steps,d_theta,d_q,stacked_critic},\
        trajectories_per_client,env_steps_per_client,local_steps.{critic,actor},barriers_by_phase.{critic,actor},seed,threads,\
        {communication,closed_form}.{up,down,local}.{messages,floats,payload_bytes,wire_bytes},\
        {communication,closed_form}.by_phase.{critic,actor}.{up,down}.{messages,floats,payload_bytes,wire_bytes},\
        {communication,closed_form}.by_kind.{critic_up,critic_sync,policy_critic,q_broadcast,actor_up,actor_sync,barrier}.{messages,floats,payload_bytes,wire_bytes},\
        {communication,closed_form}.floats_by_vector.{theta,psi,omega}.{up,down},\
        {communication,closed_form}.{barriers,broadcasts}";
    let numbers = "value.{uniform,last,mixture,optimum},problem.discount,bellman_error,wall_seconds,env_steps_per_second";
    // A comma between braces separates keys of one pattern, any other one patterns.
    let split = |list: &str| -> Vec<String> {
        let (mut depth, mut patterns) = (0, vec![String::new()]);
        for c in list.chars() {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if c == ',' && depth == 0 {
                patterns.push(String::new());
            } else {
                patterns.last_mut().expect("one at least").push(c);
            }
        }
        patterns.iter().flat_map(|pattern| paths(pattern)).collect()
    };
    let at = |path: &str| summary.pointer(&format!("/{}", path.replace('.', "/")));
    for (list, fits) in [
        (words, Value::is_string as fn(&Value) -> bool),
        (counts, Value::is_u64),
        (numbers, Value::is_f64),
        ("closed_form_holds", Value::is_boolean),
        ("closed_form_differences", Value::is_array),
        ("value.standard_error,error", Value::is_null),
    ] {
        for path in split(list) {
            let value = at(&path).unwrap_or_else(|| panic!("no {path}"));
            assert!(fits(value), "{path} is {value}");
        }
    }
    assert_eq!(summary["reward_range"], serde_json::json!([-100.0, 10.0]));
    assert_eq!(summary["status"], "complete");
    assert_eq!(summary["closed_form"], summary["communication"]);
    let digest = summary["digest"].as_str().expect("a digest");
    assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

/// Checks a value against the part of JSON schema that the summary's types produce.
fn conforms(schema: &Value, root: &Value, value: &Value, path: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).expect("a definition");
        return conforms(target, root, value, path);
    }
    if let Some(alternatives) = schema["anyOf"].as_array().filter(|_| !value.is_null()) {
        let alternative = alternatives.iter().find(|schema| schema["type"] != "null").expect("a type");
        return conforms(alternative, root, value, path);
    }
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = |schema: &Value| match &schema["type"] {
        Value::String(only) => only == name || (only == "number" && name == "integer"),
        Value::Array(several) => several.iter().any(|one| one == name),
        _ => schema["enum"].is_array() || schema["const"].is_string() || schema["oneOf"].is_array(),
    };
    let null_allowed = schema["anyOf"].as_array().is_some_and(|all| all.iter().any(allowed));
    assert!(allowed(schema) || null_allowed, "{path} is {value}, not {schema}");
    if let Some(object) = value.as_object() {
        for required in schema["required"].as_array().into_iter().flatten() {
            assert!(object.contains_key(required.as_str().expect("a key")), "{path} lacks {required}");
        }
        for (key, value) in object {
            let property = schema["properties"].get(key).or(schema.get("additionalProperties"));
            let property = property.unwrap_or_else(|| panic!("{path}.{key} is in no schema"));
            conforms(property, root, value, &format!("{path}.{key}"));
        }
    }
}

#[test]
fn summaries_conform_to_the_schema() {
    let schema: Value = serde_json::from_str(&summary_schema_json()).expect("JSON");
    let dptd =
        "algorithm = \"dptd\"\nproblem.builtin = \"toggle\"\ncritic = { rounds = 3, local_steps = 4 }\n";
    for text in [DPAC, dptd] {
        conforms(&schema, &schema, &whole_run(text, |_| {}).summary_json(), "summary");
    }
}

#[test]
fn committed_summary_schema_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/summary.schema.json");
    if std::env::var_os("DPAC_UPDATE_SCHEMA").is_some() {
        std::fs::write(path, summary_schema_json()).expect("docs/summary.schema.json is writable");
    }
    let committed = std::fs::read_to_string(path).expect("docs/summary.schema.json is readable");
    assert!(
        committed == summary_schema_json(),
        "docs/summary.schema.json is not that of the summary's types; to refresh it:\n  \
         DPAC_UPDATE_SCHEMA=1 cargo test --test integration committed_summary_schema_is_fresh"
    );
}

#[test]
fn documentation_of_the_summary_names_every_key_at_the_top() {
    let schema: Value = serde_json::from_str(&summary_schema_json()).expect("JSON");
    let text = include_str!("../../docs/summary.md");
    for key in schema["properties"].as_object().expect("an object").keys() {
        assert!(text.contains(&format!("`{key}`")), "docs/summary.md says nothing of `{key}`");
    }
}

#[test]
fn rounds_have_a_line_each_and_end_at_the_summary() {
    let run = whole_run(DPAC, |_| {});
    let (rounds, summary) = (run.rounds(), run.summary_json());
    let numbers: Vec<_> = rounds.iter().map(|line| line["round"].as_u64()).collect();
    assert_eq!(numbers, (0..5).map(Some).collect::<Vec<_>>());
    assert_eq!(rounds[0]["value"], summary["value"]["uniform"]);
    let last = &rounds[4];
    assert_eq!(last["trajectories_per_client"], summary["trajectories_per_client"]);
    assert_eq!(last["barriers"], summary["communication"]["barriers"]);
    assert_eq!(last["up"], summary["communication"]["up"]);
    assert_eq!(last["bellman_error"], summary["bellman_error"]);
    let values: Vec<f64> = rounds.iter().map(|line| line["value"].as_f64().expect("a value")).collect();
    let mean = values.iter().sum::<f64>() / 5.0;
    assert!((mean - summary["value"]["mixture"].as_f64().expect("a mixture")).abs() < 1e-9);
}

/// Rows and columns of a matrix in NumPy's format 1.0, and its numbers, read from the format's own
/// description.
fn numpy(bytes: &[u8]) -> (usize, usize, Vec<f64>) {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!((10 + length) % 64, 0, "data are aligned");
    let header = std::str::from_utf8(&bytes[10..10 + length]).expect("ASCII");
    assert!(header.ends_with('\n'));
    let shape = header.trim_end().strip_prefix("{'descr': '<f8', 'fortran_order': False, 'shape': (");
    let shape = shape.and_then(|rest| rest.strip_suffix("), }")).expect("a header of f8 rows");
    let (rows, columns) = shape.split_once(", ").expect("two dimensions");
    let numbers = bytes[10 + length..].as_chunks::<8>().0.iter().map(|&word| f64::from_le_bytes(word));
    (rows.parse().expect("rows"), columns.parse().expect("columns"), numbers.collect())
}

#[test]
fn policies_are_a_matrix_of_every_round() {
    let run = whole_run(DPAC, |_| {});
    let path = run.directory.join("policies.npy");
    let (rows, columns, numbers) = numpy(&std::fs::read(&path).expect("policies"));
    assert_eq!((rows, columns as u64), (5, run.summary.sizes.d_theta));
    assert_eq!(numbers.len(), rows * columns);
    let read = read_policies(&path, columns).expect("policies");
    assert_eq!(read.concat(), numbers);
    assert!(numbers[..columns].iter().all(|theta| theta.to_bits() == 0), "the first policy is uniform");
    assert!(read[4].iter().any(|theta| theta.abs() > 0.0));
    assert!(read_policies(&path, columns + 1).is_err());
}

/// `dpac evaluate --json`.
fn evaluated(run: &WholeRun) -> Value {
    let output =
        dpac(&["evaluate", "--json"]).arg(&run.directory).assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).expect("JSON")
}

fn close(a: &Value, b: &Value) -> bool {
    (a.as_f64().expect("a number") - b.as_f64().expect("a number")).abs() < 1e-9
}

#[test]
fn evaluation_of_a_run_agrees_with_its_summary() {
    let run = whole_run(DPAC, |_| {});
    let (found, summary) = (evaluated(&run), run.summary_json());
    assert!(close(&found["last"], &summary["value"]["last"]), "{found}");
    assert!(close(&found["mixture"], &summary["value"]["mixture"]), "{found}");
    for (round, line) in run.rounds().iter().enumerate() {
        assert!(close(&found["rounds"][round], &line["value"]), "round {round}");
    }
    let screen = dpac(&["evaluate", "--every", "2"]).arg(&run.directory).assert().success();
    let screen = String::from_utf8_lossy(&screen.get_output().stdout).into_owned();
    let listed = screen.lines().filter(|line| line.trim_start().starts_with("round ")).count();
    assert_eq!(listed, 3, "{screen}");
}

#[test]
fn embedded_configuration_runs_again_after_the_problem_file_is_gone() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let problem = scratch.path().join("tiger.POMDP");
    std::fs::copy("configs/problems/tiger.POMDP", &problem).expect("a copy");
    let text = DPAC.replace("configs/problems/tiger.POMDP", problem.to_str().expect("UTF-8"));
    let first = whole_run(&text, |_| {});
    std::fs::remove_file(&problem).expect("the copy was there");
    let out = scratch.path().join("again");
    dpac(&["run", "--quiet", "--out"]).arg(&out).arg(first.directory.join("config.toml")).assert().success();
    let (first, again) = (first.summary_json(), json(&out.join("summary.json")));
    assert_eq!(again["digest"], first["digest"]);
    assert_eq!(again["value"], first["value"]);
    assert_eq!(again["config_digest"], first["config_digest"]);
}

#[test]
fn policies_are_kept_as_the_configuration_says() {
    for (keep, all, last) in [("all", true, true), ("last", false, true), ("none", false, false)] {
        let run = whole_run(&format!("output.keep_policies = \"{keep}\"\n{DPAC}"), |_| {});
        assert_eq!(run.directory.join("policies.npy").exists(), all, "{keep}");
        assert_eq!(run.directory.join("policy.json").exists(), last, "{keep}");
        let evaluation = dpac(&["evaluate"]).arg(&run.directory).assert();
        if all || last {
            let said = evaluation.success().get_output().stdout.clone();
            let said = String::from_utf8_lossy(&said).into_owned();
            assert!(said.contains("  last ") && said.contains("  mixture ") == all, "{said}");
        } else {
            let error = evaluation.code(2).get_output().stderr.clone();
            assert!(String::from_utf8_lossy(&error).contains("output.keep_policies = \"none\""));
        }
    }
}

#[test]
fn rounds_that_are_not_evaluated_have_no_value_and_no_bit_changes() {
    let every = whole_run(DPAC, |_| {});
    let valued = |run: &WholeRun| -> Vec<usize> {
        let rounds = run.rounds();
        (0..rounds.len()).filter(|&round| rounds[round]["value"].is_f64()).collect()
    };
    for (every_n, expected) in [(0, vec![]), (2, vec![0, 2, 4]), (10, vec![0])] {
        let run = whole_run(&format!("output.evaluate_every = {every_n}\n{DPAC}"), |_| {});
        assert_eq!(valued(&run), expected, "every {every_n}");
        assert_eq!(run.digest(), every.digest());
        assert_eq!(run.summary.value.last, every.summary.value.last);
        assert_eq!(run.summary.value.mixture, None);
        assert!(close(&evaluated(&run)["mixture"], &every.summary_json()["value"]["mixture"]));
    }
}

#[test]
fn saved_policy_is_evaluated_by_dptd_with_the_value_it_had() {
    let saved = whole_run(DPAC, |_| {});
    let text = format!(
        "algorithm = \"dptd\"\npolicy = {:?}\nproblem = {{ file = \"configs/problems/tiger.POMDP\", horizon = 3 }}\n\
         critic = {{ rounds = 64, local_steps = 64 }}\n",
        saved.directory
    );
    let run = whole_run(&text, |_| {});
    assert_eq!(run.summary.value.last, saved.summary.value.last);
    assert_ne!(run.summary.value.last, run.summary.value.uniform);
    let error = run.summary.bellman_error.expect("an exact critic");
    assert!(error < 1e-3, "{error}");
    assert!(run.directory.join("inputs/policy.json").is_file());
    assert!(!run.directory.join("policies.npy").exists());
}

#[test]
fn saved_policy_of_another_problem_is_refused() {
    let saved = whole_run(DPAC, |_| {});
    let out = saved.directory.with_file_name("other");
    let mut command = dpac(&["run", "--set", "algorithm=dptd", "--set", "problem.horizon=3"]);
    command.arg("--set").arg(format!("policy={:?}", saved.directory)).arg("--out").arg(&out);
    let problem = std::path::absolute("configs/problems/crying-baby.POMDP").expect("a path");
    let error = command.arg(problem).assert().code(2).get_output().stderr.clone();
    let error = String::from_utf8_lossy(&error);
    assert!(error.contains("the saved policy has ") && error.contains("--set:1:8"), "{error}");
    assert!(!out.exists());
}

#[test]
fn problem_file_alone_ends_clearly_above_uniform() {
    let mut problems: Vec<_> = std::fs::read_dir("configs/problems")
        .expect("shipped problems")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "POMDP"))
        .collect();
    problems.sort();
    assert!(problems.len() >= 3);
    for problem in problems {
        let run = whole_run(&format!("problem.file = {problem:?}\n"), |_| {});
        let value = &run.summary.value;
        let (Some(uniform), Some(last), Some(optimum)) = (value.uniform, value.last, value.optimum) else {
            panic!("{}: {value:?}", problem.display());
        };
        assert!(optimum > uniform);
        assert!(last - uniform >= 0.5 * (optimum - uniform), "{}: {value:?}", problem.display());
        assert!(last <= optimum, "not by rounding either: {}: {value:?}", problem.display());
    }
}

#[test]
fn budget_of_trajectories_decides_all_sizes() {
    // T = 2048, M = 8: K = √256, I = 16^{2/3} 8^{-1/3} = 3.17; T_e = K, so K_e = 3; DPTD alone: 2048^{2/3}/2
    // = 80.6.
    for (algorithm, sizes) in
        [("dpac", [128, 16, 3, 6, 3]), ("dppg", [128, 16, 3, 0, 0]), ("dptd", [0, 0, 0, 25, 81])]
    {
        let text = format!(
            "algorithm = \"{algorithm}\"\ntrajectories = 2048\nfederation.clients = 8\n\
             problem = {{ builtin = \"toggle\", horizon = 2 }}\noutput.evaluate_every = 0\n"
        );
        let run = whole_run(&text, |_| {});
        let found = &run.summary.sizes;
        let found = [
            found.rounds,
            found.actor_local_steps,
            found.actor_sync_interval,
            found.critic_rounds,
            found.critic_local_steps,
        ];
        assert_eq!(found, sizes, "{algorithm}");
        assert!(run.summary.closed_form_holds);
        assert!(run.read("config.toml").contains("# trajectories: not given"));
    }
}

#[test]
fn exact_critic_of_dppg_has_no_bellman_error() {
    let text =
        format!("algorithm = \"dppg\"\n{DPAC}").replace("critic = { rounds = 2, local_steps = 8 }\n", "");
    let run = whole_run(&text, |_| {});
    assert!(run.summary.bellman_error.expect("an exact critic") < 1e-24);
    for line in run.rounds() {
        assert!(line["bellman_error"].as_f64().expect("an exact critic") < 1e-24, "{line}");
    }
}

#[test]
fn dppg_without_an_exact_critic_is_refused_before_anything_is_written() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let out = scratch.path().join("out");
    let config = scratch.path().join("run.toml");
    let text = "algorithm = \"dppg\"\nproblem = { builtin = \"tiger\", horizon = 4 }\n";
    std::fs::write(&config, text).expect("a configuration");
    let mut command = dpac(&["run"]);
    command.arg(&config).args(["--set", "critic.features={ kind = \"belief\" }", "--out"]).arg(&out);
    let error = command.assert().code(2).get_output().stderr.clone();
    let error = String::from_utf8_lossy(&error);
    assert!(error.contains("functions of the belief alone cannot represent Q exactly"), "{error}");
    assert!(error.contains("--set:1:17") && error.contains("{ kind = \"history\" }"), "{error}");
    assert!(!out.exists());
}

const THEORY: &str = "algorithm = \"dptd\"\nschedule = \"theory\"\n\
    problem = { builtin = \"toggle\", horizon = 2, discount = 0.5 }\n";

#[test]
fn theory_schedule_runs_and_warns_of_the_rounds_it_would_need() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(scratch.path().join("run.toml"), THEORY).expect("a configuration");
    let mut command = dpac(&["run", "run.toml", "--out", "out"]);
    let output = command.current_dir(&scratch).assert().success().get_output().clone();
    let remarks = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        remarks.starts_with("  ⚠ Theorem 1 averages after R_0 = 128 a / nu^2 = 3995488 rounds"),
        "{remarks}"
    );
    assert_eq!(json(&scratch.path().join("out/summary.json"))["status"], "complete");
}

#[test]
fn theory_schedule_without_discounting_is_refused_and_names_gamma() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(scratch.path().join("run.toml"), THEORY.replace("0.5", "1.0")).expect("a configuration");
    let mut command = dpac(&["run", "run.toml", "--out", "out"]);
    let error = command.current_dir(&scratch).assert().code(2).get_output().stderr.clone();
    let error = String::from_utf8_lossy(&error);
    assert!(error.contains("gamma = 1") && error.contains("run.toml:2:12"), "{error}");
    assert!(!scratch.path().join("out").exists());
}
