//! The program as a user calls it: screens, exit codes, and what bad input leaves behind.

mod first_minutes;
mod help;
mod refusals;

use assert_cmd::Command;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Output, Stdio};
use tempfile::TempDir;

const SMALL: &str = "problem = { builtin = \"toggle\", horizon = 2 }\nfederation.clients = 3\n\
    critic = { rounds = 2, local_steps = 4 }\nactor = { rounds = 20, local_steps = 6, sync_interval = 4 }\n";

/// The program in a directory of its own, which holds `run.toml`.
fn dpac(scratch: &TempDir, arguments: &[&str]) -> Command {
    let path = scratch.path().join("run.toml");
    if !path.exists() {
        std::fs::write(path, SMALL).expect("a configuration");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.current_dir(scratch).env("COLUMNS", "80").args(arguments);
    command
}

fn scratch() -> TempDir {
    tempfile::tempdir().expect("a scratch directory")
}

fn output(scratch: &TempDir, arguments: &[&str]) -> Output {
    dpac(scratch, arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// Every path under a directory with the content of its files, in order.
fn listing(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(&path).expect("readable").map(|entry| entry.expect("an entry").path()),
            );
            found.push((path.display().to_string(), Vec::new()));
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).expect("readable")));
        }
    }
    found.sort();
    found
}

#[test]
fn version_has_a_commit() {
    let version = text(&output(&scratch(), &["--version"]).stdout);
    let rest = version
        .trim_end()
        .strip_prefix(concat!("dpac ", env!("CARGO_PKG_VERSION"), " ("))
        .expect("a version");
    let commit = rest.strip_suffix(')').expect("a commit");
    let hash = commit.trim_end_matches("+changes");
    let is_hash = hash.len() == 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(is_hash || commit == "unknown commit", "{version}");
}

#[test]
fn completions_come_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = output(&scratch(), &["completions", shell]);
        assert!(output.status.success());
        assert!(text(&output.stdout).contains("placement"));
    }
}

/// A screen with what differs between runs replaced: times, rates, the digest.
fn settled(screen: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in screen.lines() {
        let line = if let Some((head, _)) = line.split_once(" · complete in ") {
            format!("{head} · complete in TIME")
        } else if line.starts_with("  speed ") {
            assert!(
                line.contains(" environment steps in ") && line.ends_with(" per second on 2 threads"),
                "{line}"
            );
            "  speed    SPEED".to_owned()
        } else {
            line.to_owned()
        };
        lines.push(line);
    }
    lines.join("\n")
}

#[test]
fn final_screen_is_short_and_says_what_it_cost_and_where_next() {
    let scratch = scratch();
    let output = output(&scratch, &["run", "run.toml", "--out", "out", "--threads", "2"]);
    assert!(output.status.success());
    let screen = text(&output.stdout);
    assert!(screen.lines().count() <= 14, "{screen}");
    assert!(screen.lines().all(|line| line.chars().count() <= 80 && line.trim_end() == line), "{screen}");
    insta::assert_snapshot!(settled(&screen), @r"
    toggle · dpac · seed 0 · complete in TIME
      problem  2 states, 2 actions, 2 observations, H = 2 steps, discount γ = 0.9
      sizes    M = 3 clients, R = 20 rounds, K = 6 local steps,
               a barrier every I = 4, R_e = 2 critic rounds, K_e = 4 critic steps
      value    1.272485 (last policy), 68.4 % of the way from uniform to optimal
               uniform 1.045000, optimum 1.377500, by dynamic programming
      cost     600 messages, 143.55 KiB on the wire in all
               200 messages, 47.85 KiB and 280 trajectories per client
      checked  counts equal the formula, to the unit; digest 7427a6313e0b
      files    out
      next     dpac evaluate out
               dpac sweep run.toml --seeds 0..9
    ");
}

#[test]
fn long_screen_fits_a_terminal_and_says_everything() {
    let scratch = scratch();
    let output = output(&scratch, &["run", "run.toml", "--out", "out", "--threads", "2", "--verbose"]);
    assert!(output.status.success());
    let screen = text(&output.stdout);
    assert!(screen.lines().count() <= 34);
    assert!(screen.lines().all(|line| line.chars().count() <= 80 && line.trim_end() == line), "{screen}");
    insta::assert_snapshot!(settled(&screen), @r"
    toggle · dpac · seed 0 · complete in TIME
      problem  2 states, 2 actions, 2 observations
               H = 2, γ = 0.9, r(s, a) from 0 to 1
      sizes    M = 3, R = 20, K = 6, I = 4 (n = 2), R_e = 2, K_e = 4
               d_θ = 20, d_Q = 16, stacked critic 20
      value    last 1.272485   mixture 1.215162
               uniform 1.045000   optimum 1.377500
               by dynamic programming, exact to 1e-14
      critic   Bellman error 3.180e-3 against the exact Q, normalised rewards
      samples  280 trajectories, 560 environment steps per client

      messages             number  floats     payload  on the wire
      critic_sync    down     120    2400   18.75 KiB    28.24 KiB
      critic_up      up       120    2400   18.75 KiB    24.49 KiB
      policy_critic  down      60    2400   18.75 KiB    23.96 KiB
      critic phase   up       120    2400   18.75 KiB    24.49 KiB
                     down     180    4800   37.50 KiB    52.21 KiB
      actor_sync     down     120    2400   18.75 KiB    28.24 KiB
      actor_up       up       120    2400   18.75 KiB    24.49 KiB
      q_broadcast    down      60    1200    9.38 KiB    14.12 KiB
      actor phase    up       120    2400   18.75 KiB    24.49 KiB
                     down     180    3600   28.12 KiB    42.36 KiB
      all            up       240    4800   37.50 KiB    48.98 KiB
                     down     360    8400   65.62 KiB    94.57 KiB
      local twins             600   13200  103.12 KiB   143.55 KiB
      80 barriers, 40 broadcasts
      closed form: equal to the ledger, to the unit

      speed    SPEED
      digest   7427a6313e0b35a8f8e474d094b0b88db3066bd26641715b5031d0eec37a614d
      files    out
    ");
}

#[test]
fn no_screen_says_that_an_order_is_supported_or_suffices() {
    let scratch = scratch();
    for algorithm in ["dpac", "dppg", "dptd"] {
        let problem = "problem.builtin = \"toggle\"\nproblem.horizon = 2\nfederation.clients = 2\n";
        let run = format!("algorithm = \"{algorithm}\"\ntrajectories = 64\n{problem}");
        std::fs::write(scratch.path().join("budget.toml"), run).expect("a configuration");
        for arguments in [&["plan", "budget.toml"][..], &["run", "budget.toml", "--out", algorithm]] {
            let output = output(&scratch, arguments);
            assert!(output.status.success(), "{}", text(&output.stderr));
            let screen = text(&output.stdout).to_lowercase();
            for claim in ["order", "suffice", "support", "repaired", "as printed", "measurement", "(m t)"] {
                assert!(!screen.contains(claim), "{claim}: {screen}");
            }
        }
    }
}

#[test]
fn plan_counts_what_the_run_will_count() {
    let scratch = scratch();
    let plan = output(&scratch, &["plan", "run.toml", "--threads", "2"]);
    assert!(plan.status.success());
    assert!(!scratch.path().join("runs").exists());
    let run = output(&scratch, &["run", "run.toml", "--out", "out", "-v"]);
    let tables = |screen: &[u8]| -> Vec<String> {
        let text = text(screen);
        let table = text.lines().skip_while(|line| !line.starts_with("  messages"));
        let table = table.take_while(|line| !line.is_empty());
        table.filter(|line| line.contains("KiB")).map(str::to_owned).collect()
    };
    assert!(tables(&run.stdout).len() > 8);
    assert_eq!(tables(&plan.stdout), tables(&run.stdout));
    assert!(text(&plan.stdout).lines().all(|line| line.chars().count() <= 80), "{}", text(&plan.stdout));

    let json = output(&scratch, &["plan", "run.toml", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let summary = std::fs::read(scratch.path().join("out/summary.json")).expect("a summary");
    let summary: serde_json::Value = serde_json::from_slice(&summary).expect("JSON");
    assert_eq!(json["closed_form"]["by_kind"], summary["communication"]["by_kind"]);
    let screen = text(&plan.stdout);
    for (direction, floats) in [("up", "M R (R_e q + n p)"), ("down", "M R ((R_e + 2) q + (n + 1) p)")] {
        assert_eq!(json["formulas"][direction]["floats"], floats);
        assert!(screen.contains(&format!("  {floats}\n")), "{screen}");
    }
}

#[test]
fn quiet_run_prints_nothing() {
    let output = output(&scratch(), &["run", "run.toml", "--out", "out", "--quiet"]);
    assert!(output.status.success());
    assert_eq!((text(&output.stdout), text(&output.stderr)), (String::new(), String::new()));
}

#[test]
fn progress_without_a_terminal_is_a_line_for_each_tenth() {
    let output = output(&scratch(), &["run", "run.toml", "--out", "out"]);
    let log = text(&output.stderr);
    assert_eq!(log.lines().count(), 11, "{log}");
    assert!(!log.contains(['\u{1b}', '\r']), "{log:?}");
    for line in log.lines() {
        assert!(
            line.starts_with("round ") && line.contains("/20  value ") && line.contains(" steps/s  "),
            "{line}"
        );
    }
    assert!(
        log.lines().last().expect("eleven").contains("round 20/20  ") && log.contains("done in "),
        "{log}"
    );
}

#[test]
fn problem_file_runs_by_itself_into_a_directory_named_after_it() {
    let scratch = scratch();
    std::fs::copy("configs/problems/tiger.POMDP", scratch.path().join("den.POMDP")).expect("a copy");
    let settings = ["--set", "actor.rounds=2", "--set", "problem.horizon=2", "--seed", "7"];
    dpac(&scratch, &["run", "den.POMDP"]).args(settings).assert().success();
    let runs: Vec<_> = std::fs::read_dir(scratch.path().join("runs")).expect("runs").collect();
    let [Ok(run)] = runs.as_slice() else { panic!("one run expected") };
    let name = run.file_name().into_string().expect("ASCII");
    let digest = name.strip_prefix("den-dpac-").and_then(|rest| rest.strip_suffix("-s7")).expect("a name");
    assert!(digest.len() == 8 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
    assert!(run.path().join("inputs/den.POMDP").is_file());
    // The same once more is the same directory.
    let again =
        dpac(&scratch, &["run", "den.POMDP"]).args(settings).assert().code(2).get_output().stderr.clone();
    assert!(text(&again).contains("exists already"));
}

#[test]
fn existing_run_directory_is_replaced_only_by_force() {
    let scratch = scratch();
    dpac(&scratch, &["run", "run.toml", "--out", "out"]).assert().success();
    let out = scratch.path().join("out");
    let before = listing(&out);
    let refused = dpac(&scratch, &["run", "run.toml", "--out", "out"]).assert().code(2).get_output().clone();
    assert!(refused.stdout.is_empty());
    insta::assert_snapshot!(text(&refused.stderr), @r"
    × out exists already: the run in it is this one, and is complete
    help: there is nothing to do; --force replaces it, --out DIR writes elsewhere
    ");
    assert_eq!(listing(&out), before);
    dpac(&scratch, &["run", "run.toml", "--out", "out", "--force", "--seed", "9"]).assert().success();
    let config = std::fs::read_to_string(out.join("config.toml")).expect("a configuration");
    assert!(config.contains("seed = 9"));
    let names: Vec<_> = listing(scratch.path()).into_iter().map(|(name, _)| name).collect();
    assert!(names.iter().all(|name| !name.contains("/.out") && !name.contains("partial")), "{names:?}");
}

#[test]
fn force_does_not_replace_what_is_no_run() {
    let scratch = scratch();
    let out = scratch.path().join("thesis");
    std::fs::create_dir(&out).expect("a directory");
    std::fs::write(out.join("chapter.tex"), "years of work").expect("a file");
    let before = listing(&out);
    let refused = dpac(&scratch, &["run", "run.toml", "--out", "thesis", "--force"]).assert().code(2);
    assert!(text(&refused.get_output().stderr).contains("thesis is not certainly a run directory"));
    assert_eq!(listing(&out), before);
}

#[test]
fn wrong_usage_exits_with_two_and_shows_the_right_one() {
    let cases: [(&[&str], &str); 12] = [
        (&[], "Usage: dpac"),
        (&["evaluat"], "a similar subcommand exists: 'evaluate'"),
        (&["run"], "<CONFIG>"),
        (&["run", "run.toml", "--thread", "2"], "--threads"),
        (&["run", "run.toml", "--threads", "0"], "0 is not in 1..=1024"),
        (&["run", "run.toml", "--seed", "-1"], "--seed"),
        (&["run", "run.toml", "--placement", "cloud"], "[possible values: shard, role]"),
        (&["run", "run.toml", "--log", "all"], "[possible values: barriers]"),
        (&["completions", "csh"], "[possible values: bash"),
        (&["evaluate", "out", "--every", "0"], "0 is not in 1.."),
        (&["check"], "<FILE>..."),
        (&["convert", "toggle", "--to", "xml"], "[possible values: pomdp, json]"),
    ];
    for (arguments, part) in cases {
        let scratch = scratch();
        let output = output(&scratch, arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(part), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty());
        assert!(!scratch.path().join("runs").exists());
    }
}

#[test]
fn evaluation_of_what_is_no_run_exits_with_two() {
    let output = output(&scratch(), &["evaluate", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(text(&output.stderr), @r"
    × nowhere: No such file or directory (os error 2)
    help: give a directory that `dpac run` has made
    ");
}

#[test]
fn unwritable_place_exits_with_one() {
    let scratch = scratch();
    std::fs::write(scratch.path().join("file"), "").expect("a file");
    let output = output(&scratch, &["run", "run.toml", "--quiet", "--out", "file/run"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("file: Not a directory"), "{}", text(&output.stderr));
}

#[test]
fn reader_that_leaves_early_causes_no_panic() {
    let commands: [&[&str]; 8] = [
        &["check", "run.toml"],
        &["info", "toggle"],
        &["convert", "toggle"],
        &["completions", "bash"],
        &["run", "run.toml", "--out", "out"],
        &["plan", "run.toml"],
        &["plan", "run.toml", "--json"],
        &["run", "nowhere.toml"],
    ];
    for arguments in commands {
        let scratch = scratch();
        std::fs::write(scratch.path().join("run.toml"), SMALL).expect("a configuration");
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_dpac"))
            .current_dir(&scratch)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        // Nobody reads: every write fails, to either stream.
        drop(child.stdout.take());
        drop(child.stderr.take());
        let code = child.wait().expect("it ends").code();
        let expected = if arguments[1] == "nowhere.toml" { 2 } else { 0 };
        assert_eq!(code, Some(expected), "{arguments:?}");
    }
}

#[test]
fn plans_of_any_size_fit_a_terminal() {
    let scratch = scratch();
    for (clients, rounds, horizon) in [
        ("100000", "128", 4),
        ("1000000", "100000", 6),
        ("1000000", "1000000", 2),
        ("1000000", "1000000000", 2),
    ] {
        let settings = [
            format!("federation.clients={clients}"),
            format!("actor.rounds={rounds}"),
            format!("problem.horizon={horizon}"),
        ];
        let mut arguments = vec!["plan", "run.toml"];
        arguments.extend(settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
        let output = output(&scratch, &arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let screen = text(&output.stdout);
        let wide: Vec<&str> = screen.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{wide:#?}");
        // No number is cut or lost on the way: the sum over kinds is still there.
        assert!(screen.lines().any(|line| line.starts_with("  local twins ")), "{screen}");
    }
}

#[cfg(unix)]
#[test]
fn interrupted_run_exits_with_130_and_leaves_readable_files() {
    let scratch = scratch();
    let path = scratch.path().join("run.toml");
    std::fs::write(&path, SMALL.replace("rounds = 20", "rounds = 100000000")).expect("a configuration");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_dpac"))
        .current_dir(&scratch)
        .args(["run", "run.toml", "--out", "out", "--log", "barriers"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let out = scratch.path().join("out");
    let rounds = out.join("rounds.jsonl");
    let begun = (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        std::fs::metadata(&rounds).is_ok_and(|file| file.len() > 0)
    });
    assert!(begun, "no round within half a minute");
    let signal = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signal.expect("kill").success());
    let mut error = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut error).expect("UTF-8");
    let mut screen = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut screen).expect("UTF-8");
    assert_eq!(child.wait().expect("it ends").code(), Some(130), "{error}");
    assert!(error.contains("interrupted; the run directory holds what was done"), "{error}");
    assert!(screen.contains("interrupted after") && screen.contains("  checked  nothing yet"), "{screen}");

    let summary = std::fs::read(out.join("summary.json")).expect("a summary");
    let summary: serde_json::Value = serde_json::from_slice(&summary).expect("JSON");
    assert_eq!(summary["status"], "interrupted");
    assert_eq!(
        (&summary["digest"], &summary["closed_form_holds"]),
        (&serde_json::Value::Null, &false.into())
    );
    let mut lines = 0;
    for line in BufReader::new(std::fs::File::open(&rounds).expect("rounds")).lines() {
        let line: serde_json::Value = serde_json::from_str(&line.expect("UTF-8")).expect("a whole line");
        assert_eq!(line["round"], lines);
        lines += 1;
    }
    assert!(lines > 0);
    // The value that the progress line showed last, with its round; none that was planned, and none that is
    // missing.
    let round_of_value = screen.lines().find_map(|line| line.strip_prefix("  value    ")).expect("a value");
    let (value, rest) = round_of_value.split_once(" in round ").expect("a round");
    let round = rest.strip_suffix(", the last that was evaluated").expect("that it is the last");
    let round: u64 = round.parse().expect("a number");
    assert!(!screen.contains("last not available"), "{screen}");
    let text = std::fs::read_to_string(&rounds).expect("rounds");
    let record: serde_json::Value =
        serde_json::from_str(text.lines().nth(round as usize).expect("that round")).expect("JSON");
    assert_eq!(format!("{:.6}", record["value"].as_f64().expect("a value")), value);
    assert_eq!(round + 1, lines, "every round was evaluated");
    let done = format!(", {lines} of 100000000 rounds\n");
    assert!(screen.contains(&done), "{done} {screen}");
    let policies = dpac::experiment::read_policies(&out.join("policies.npy"), 20).expect("policies");
    assert_eq!(policies.len() as u64, lines);
}
