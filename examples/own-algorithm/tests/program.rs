//! What the program gets for its algorithm by having an entry for it: every command, as for those of `dpac`.

use dpac::algorithm::{Entry, Registry};
use dpac::config::Algorithm;
use dpac::dpac_actors::Address;
use dpac::experiment::assert_replays;
use dpac::theory::protocol::letter::R_E;
use dpac::theory::protocol::{PSI, Protocol, Step, repeat};
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const RUN: &str = "algorithm = { kind = \"momentum-td\", memory = 4 }\n\
    problem = { builtin = \"toggle\", horizon = 2 }\nfederation.clients = 3\n\
    critic = { rounds = 6, local_steps = 4 }\n";

/// A directory with `run.toml`.
fn scratch() -> TempDir {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(scratch.path().join("run.toml"), RUN).expect("a configuration");
    scratch
}

fn program(at: &TempDir, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_momentum-td"));
    command.args(line.split_whitespace()).current_dir(at).env("COLUMNS", "80");
    command
}

fn output(at: &TempDir, line: &str) -> Output {
    program(at, line).output().expect("the program runs")
}

/// Standard output of a command that ends well.
fn said(at: &TempDir, line: &str) -> String {
    let Output { status, stdout, stderr } = output(at, line);
    assert!(status.success(), "{line}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("UTF-8")
}

/// Standard error of a command that refuses its input.
fn refused(at: &TempDir, line: &str) -> String {
    let Output { status, stderr, .. } = output(at, line);
    assert_eq!(status.code(), Some(2), "{line}");
    String::from_utf8(stderr).expect("UTF-8")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn summary(run: &Path) -> Value {
    json(&std::fs::read_to_string(run.join("summary.json")).expect("a summary"))
}

#[test]
fn a_configuration_with_a_key_of_its_own_is_checked_planned_run_and_read_back() {
    let at = scratch();
    assert!(said(&at, "check run.toml").contains("run.toml: fine"));
    let plan = json(&said(&at, "plan run.toml --json"));
    said(&at, "run run.toml -q --out run");
    let summary = summary(&at.path().join("run"));
    assert_eq!(summary["status"], "complete");
    assert_eq!(summary["algorithm"], "momentum-td");
    assert_eq!(summary["closed_form_holds"], true);
    // Six rounds of three clients; up and down are one ψ each.
    assert_eq!(plan["closed_form"]["up"]["messages"], 18);
    assert_eq!(summary["communication"]["up"]["messages"], 18);
    let kept = std::fs::read_to_string(at.path().join("run/config.toml")).expect("it is kept");
    assert!(kept.contains("memory = 4"), "{kept}");
    // A run's own configuration is one that runs again, to the same numbers.
    said(&at, "run run/config.toml -q --out again");
    assert_eq!(self::summary(&at.path().join("again"))["digest"], summary["digest"]);
    // Another value of the key, by name, gives other numbers.
    said(&at, "run run.toml -q --out other --set algorithm.memory=1");
    assert_ne!(self::summary(&at.path().join("other"))["digest"], summary["digest"]);
    assert!(said(&at, "export --openmetrics run").contains("algorithm=\"momentum-td\""));
}

#[test]
fn mistakes_in_its_keys_are_refused_where_they_stand() {
    let at = scratch();
    let told = refused(&at, "plan run.toml --set algorithm.memory=0");
    assert!(told.contains("algorithm.memory") && told.contains("an integer from 1 to 1000000"), "{told}");
    std::fs::write(at.path().join("wrong.toml"), RUN.replace("memory", "memroy")).expect("a configuration");
    let told = refused(&at, "run wrong.toml");
    assert!(told.contains("wrong.toml:1") && told.contains("did you mean `memory`?"), "{told}");
    let told = refused(&at, "run run.toml --set actor.rounds=3");
    assert!(told.contains("it evaluates one policy"), "{told}");
    assert!(!at.path().join("runs").exists(), "nothing is left behind");
}

#[test]
fn it_is_listed_with_its_package_and_known_to_editors() {
    let at = scratch();
    let list = said(&at, "algorithms");
    let entry = list.lines().skip_while(|line| !line.starts_with("momentum-td ")).collect::<String>();
    assert!(entry.contains("(package momentum-td)"), "{list}");
    assert!(list.contains("dptd ") && list.contains("one-shot "), "{list}");
    let one = said(&at, "algorithms momentum-td");
    assert!(one.contains("memory: m, the rounds") && one.contains("package  momentum-td"), "{one}");
    let all = json(&said(&at, "algorithms --json"));
    let packages: Vec<&str> =
        all.as_array().expect("a list").iter().filter_map(|it| it["package"].as_str()).collect();
    assert_eq!(packages.iter().filter(|package| **package == "dpac").count(), packages.len() - 1);
    assert!(said(&at, "schema").contains("\"const\": \"momentum-td\""));
    assert!(refused(&at, "algorithms momentum-dt").contains("did you mean `momentum-td`?"));
}

#[test]
fn it_replays_whole_and_role_by_role() {
    let at = scratch();
    said(&at, "run run.toml -q --out run --trace run.dpt --trace-level full");
    said(&at, "replay run.dpt --threads 2");
    for role in ["server", "client:0", "critic:0", "actor:0", "client:2", "critic:2"] {
        said(&at, &format!("replay run.dpt --role {role}"));
    }
    let stats = json(&said(&at, "trace stats run.dpt --json"));
    assert_eq!(stats["closed_form_compared"], true);
    let registry = Registry::with(&[momentum_td::ENTRY]).expect("a fair entry");
    let trace = at.path().join("run.dpt");
    assert_replays(&trace, registry, None);
    assert_replays(&trace, registry, Some(Address::Critic(1)));
    // The program that lacks the algorithm says so.
    let replay = ["dpac", "replay", trace.to_str().expect("UTF-8")].map(OsString::from);
    assert_eq!(dpac::cli::watched(&[], replay, None), 2);
}

#[test]
fn a_run_that_is_killed_goes_on_to_the_same_digest() {
    let at = scratch();
    let long = "run run.toml -q --threads 2 --set federation.clients=8 \
                --set critic.rounds=400 --set critic.local_steps=256";
    said(&at, &format!("{long} --out whole"));
    let mut child = program(&at, &format!("{long} --out parted")).spawn().expect("the program runs");
    let (sign, began) = (at.path().join("parted/rounds.jsonl"), Instant::now());
    while std::fs::metadata(&sign).map_or(0, |metadata| metadata.len()) == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "no sign of life");
        std::thread::sleep(Duration::from_millis(1));
    }
    // On Unix it is SIGKILL.
    child.kill().expect("a child");
    child.wait().expect("a child");
    assert!(!at.path().join("parted/summary.json").exists(), "it had ended before it was killed");
    said(&at, "run --resume parted -q");
    let (whole, parted) = (summary(&at.path().join("whole")), summary(&at.path().join("parted")));
    assert_eq!(parted["digest"], whole["digest"]);
    assert_eq!(parted["ledger"], whole["ledger"]);
    assert_eq!(parted["closed_form_holds"], true);
}

#[test]
fn prometheus_finds_its_series() {
    let at = scratch();
    let mut child = program(&at, "run run.toml -q --out run --metrics-listen 0 --metrics-linger 60")
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let told = BufReader::new(child.stderr.take().expect("it is piped")).lines();
    let mut told = told.map(|line| line.expect("UTF-8"));
    let address = told.next().expect("a line");
    let address =
        address.trim().strip_prefix("metrics at http://").and_then(|rest| rest.strip_suffix("/metrics"));
    let address = address.expect("an address").to_owned();
    // The run is over where the values stay for whoever has not seen them.
    assert!(told.next().expect("a line").contains("metrics stay"));
    let mut connection = TcpStream::connect(&address).expect("the endpoint");
    write!(connection, "GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .expect("a request");
    let mut page = String::new();
    connection.read_to_string(&mut page).expect("a page");
    assert!(child.wait().expect("a child").success());
    let value = |series: &str, labels: &[&str]| {
        let of = |line: &&str| {
            line.starts_with(&format!("{series}{{")) && labels.iter().all(|label| line.contains(label))
        };
        let line = page.lines().find(of).unwrap_or_else(|| panic!("no {series} {labels:?} in\n{page}"));
        line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok()).expect("a number")
    };
    assert_eq!(value("dpac_run_info", &["algorithm=\"momentum-td\""]), 1.0);
    assert_eq!(value("dpac_messages_total", &["kind=\"critic_up\"", "link=\"wire\""]), 18.0);
    assert_eq!(value("dpac_ledger_deviation_messages", &[]), 0.0);
}

#[test]
fn what_its_page_tells_people_to_type_can_be_typed() {
    let page = include_str!("../README.md");
    let block = |kind: &str| {
        let (_, rest) = page.split_once(&format!("```{kind}\n")).expect("a block of this kind");
        rest.split_once("```").expect("its end").0
    };
    let at = scratch();
    std::fs::write(at.path().join("run.toml"), block("toml")).expect("a configuration");
    for line in block("sh").lines() {
        said(&at, line.strip_prefix("momentum-td ").expect("the program's name"));
    }
}

/// Lines of a text in which a command is called `dpac`.
fn foreign(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.contains("`dpac ") || line.contains("  dpac ")).collect()
}

#[test]
fn help_texts_and_advice_call_the_program_by_its_own_name() {
    let at = scratch();
    let mut lines = vec!["--help".to_owned()];
    for below in dpac::cli::command().get_subcommands() {
        lines.push(format!("{} --help", below.get_name()));
        lines.extend(
            below.get_subcommands().map(|it| format!("{} {} --help", below.get_name(), it.get_name())),
        );
    }
    assert!(lines.len() > 20, "{lines:?}");
    let mut named = 0;
    for line in lines {
        let help = said(&at, &line);
        assert_eq!(foreign(&help), [""; 0], "{line}");
        named += help.matches("  momentum-td ").count();
    }
    assert!(named > 30, "{named}");
    assert!(said(&at, "replay --help").contains("`momentum-td run --trace`"));
    std::fs::create_dir(at.path().join("nothing")).expect("a folder");
    for line in ["evaluate nothing", "trace info run.toml", "solve run.toml --horizon 2"] {
        let advice = refused(&at, line);
        assert_eq!(foreign(&advice), [""; 0], "{line}");
        assert!(advice.contains("`momentum-td "), "{line}: {advice}");
    }
}

/// The protocol of the entry, and one number in one message of every round that is not sent.
fn off_by_one_float(lean: bool, own: &Algorithm) -> Protocol {
    let protocol = momentum_td::protocol(lean, own);
    let Step::Repeat(_, round) = &protocol.steps else { panic!("R_e rounds") };
    let Step::Sequence(steps) = &**round else { panic!("steps, one after another") };
    let [work, Step::Sync(sync)] = &steps[..] else { panic!("a barrier and a sync") };
    let mut sync = sync.clone();
    sync.vectors.push(dpac::theory::protocol::Vector { length: R_E, ..PSI });
    Protocol { steps: repeat(R_E, [work.clone(), Step::Sync(sync)]), ..protocol }
}

#[test]
fn a_protocol_that_is_off_by_one_float_fails_the_run() {
    static WRONG: [Entry; 1] = [Entry { protocol: off_by_one_float, ..momentum_td::ENTRY }];
    let at = scratch();
    let out = at.path().join("run");
    let line = ["momentum-td", "run", "run.toml", "-q", "--set", "critic.rounds=1", "--out"];
    let mut arguments: Vec<OsString> = line.map(OsString::from).to_vec();
    arguments[2] = at.path().join("run.toml").into();
    arguments.push(out.clone().into());
    assert_eq!(dpac::cli::watched(&WRONG, arguments, None), 1);
    let summary = summary(&out);
    assert_eq!(summary["status"], "failed");
    assert_eq!(summary["closed_form_holds"], false);
    let told = summary["error"].as_str().expect("an error");
    assert!(told.starts_with("the ledger does not equal the closed form: "), "{told}");
}
