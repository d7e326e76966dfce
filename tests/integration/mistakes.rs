//! A panic outside of every role, and threads that cannot be had: a run ends with a message and an exit code,
//! and goes on later.
//!
//! The program has no way to be made to panic. So a test runs itself once more, as a process that is the
//! program but for who watches the run's progress, and that panics.

use dpac_actors::host::{Observer, RoundMeasured};
use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output};

/// The exit code of a mistake of the program's own.
const MISTAKE: Option<i32> = Some(70);

/// Some tenths of a second, with a checkpoint every 38 rounds. The recorder is never so far behind that the
/// run is over when it is at round 20.
const QUICK: &str = "problem = { builtin = \"toggle\", horizon = 2 }\nfederation.clients = 3\n\
    critic = { rounds = 2, local_steps = 4 }\nactor = { rounds = 600, local_steps = 4, sync_interval = 2 }\n";

/// Where a process is told what to do: which panic, and the program's arguments behind it, one a line.
const PLANTED: &str = "DPAC_TEST_PLANTED";

/// Panics on the recorder's thread at the end of round 20, or lets another thread do so.
struct Planted {
    elsewhere: bool,
}

impl Observer for Planted {
    fn round_measured(&mut self, round: &RoundMeasured<'_>) {
        if round.round != 20 {
            return;
        }
        if self.elsewhere {
            let thread = std::thread::Builder::new().name("elsewhere".into());
            let _ = thread.spawn(|| panic!("planted elsewhere")).expect("a thread").join();
        } else {
            panic!("planted in the recorder");
        }
    }
}

/// In a process that a test has started: the program, with what was planted. In all others nothing.
fn be_the_program_where_one_was_planted() {
    let Ok(told) = std::env::var(PLANTED) else { return };
    let mut lines = told.lines();
    let plant = lines.next().expect("what is planted").to_owned();
    let arguments = std::iter::once("dpac").chain(lines).map(OsString::from);
    let code = match plant.as_str() {
        "arguments" => {
            let panicking = arguments.inspect(|_| panic!("planted in the command"));
            dpac::cli::watched(&[], panicking, None)
        }
        plant => {
            dpac::cli::watched(&[], arguments, Some(Box::new(Planted { elsewhere: plant == "elsewhere" })))
        }
    };
    std::process::exit(code.into());
}

/// The process of the test of this name.
fn planted(test: &str, plant: &str, arguments: &[&str], backtrace: bool) -> Output {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args([&format!("mistakes::{test}"), "--exact", "--nocapture", "--test-threads=1"]);
    command.env(PLANTED, [&[plant], arguments].concat().join("\n"));
    command.env_remove("RUST_LIB_BACKTRACE").env("RUST_BACKTRACE", if backtrace { "1" } else { "0" });
    command.output().expect("this program runs")
}

fn dpac(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dpac")).args(arguments).output().expect("the program runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn digest(directory: &Path) -> String {
    let summary = std::fs::read(directory.join("summary.json")).expect("a summary");
    let summary: Value = serde_json::from_slice(&summary).expect("JSON");
    assert_eq!(summary["status"], "complete");
    summary["digest"].as_str().expect("a digest").to_owned()
}

/// One readable error with its place, and none of the words of the runtime's own.
fn assert_readable(said: &str, what: &str) {
    assert!(said.contains(&format!("dpac has made a mistake: {what}")), "{said}");
    assert!(said.contains("mistakes.rs:") && said.contains("please report it"), "{said}");
    assert!(!said.contains("panicked at") && !said.contains("note: run with"), "{said}");
}

fn assert_ends_and_goes_on(test: &str, plant: &str, what: &str) {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = |name: &str| scratch.path().join(name).to_str().expect("UTF-8").to_owned();
    let (config, whole, broken) = (path("run.toml"), path("whole"), path("broken"));
    std::fs::write(&config, QUICK).expect("a file");
    assert!(dpac(&["run", &config, "--out", &whole, "-q"]).status.success());
    let output = planted(test, plant, &["run", &config, "--out", &broken, "-q"], false);
    let said = said(&output);
    assert_eq!(output.status.code(), MISTAKE, "{said}");
    assert_readable(&said, what);
    assert!(said.contains(&format!("dpac run --resume {broken}")), "{said}");
    let summary = std::fs::read_to_string(Path::new(&broken).join("summary.json")).unwrap_or_default();
    assert!(!summary.contains("\"complete\""), "{summary}");
    let output = dpac(&["run", "--resume", &broken, "-q"]);
    assert!(output.status.success(), "{}", self::said(&output));
    assert_eq!(digest(Path::new(&broken)), digest(Path::new(&whole)));
}

#[test]
fn a_panic_of_the_recorder_ends_the_run_and_leaves_it_to_be_resumed() {
    be_the_program_where_one_was_planted();
    let test = "a_panic_of_the_recorder_ends_the_run_and_leaves_it_to_be_resumed";
    assert_ends_and_goes_on(test, "recorder", "planted in the recorder");
}

#[test]
fn a_panic_of_any_other_thread_ends_the_run_and_leaves_it_to_be_resumed() {
    be_the_program_where_one_was_planted();
    let test = "a_panic_of_any_other_thread_ends_the_run_and_leaves_it_to_be_resumed";
    assert_ends_and_goes_on(test, "elsewhere", "planted elsewhere");
}

#[test]
fn a_panic_of_the_command_itself_is_told_and_shows_how_it_came_to_it_where_asked() {
    be_the_program_where_one_was_planted();
    let test = "a_panic_of_the_command_itself_is_told_and_shows_how_it_came_to_it_where_asked";
    let output = planted(test, "arguments", &["problems"], false);
    assert_eq!(output.status.code(), MISTAKE, "{}", said(&output));
    assert_readable(&said(&output), "planted in the command");
    assert!(said(&output).contains("RUST_BACKTRACE=1 shows"), "{}", said(&output));
    let output = planted(test, "arguments", &["problems"], true);
    assert_eq!(output.status.code(), MISTAKE, "{}", said(&output));
    assert!(
        said(&output).contains("0: ") && !said(&output).contains("RUST_BACKTRACE=1"),
        "{}",
        said(&output)
    );
}

/// The program with no more than so many threads in all. The limit counts all threads of a user and does not
/// bind root: so root becomes a user who has none. `None` for other users, of whom nobody knows how many they
/// have, but where none more is allowed.
#[cfg(target_os = "linux")]
fn with_threads(most: u32, scratch: &Path, arguments: &[&str]) -> Option<Output> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let is_root = std::fs::metadata("/proc/self").expect("this process").uid() == 0;
    if !is_root && most > 1 {
        return None;
    }
    // A copy, in a place that everybody can see.
    let program = scratch.join("dpac");
    if !program.exists() {
        std::fs::copy(env!("CARGO_BIN_EXE_dpac"), &program).expect("a copy");
    }
    std::fs::set_permissions(scratch, PermissionsExt::from_mode(0o777)).expect("open to all");
    let user = if is_root { "exec setpriv --reuid=54321 --regid=54321 --clear-groups" } else { "exec" };
    let script = format!("ulimit -u {most}; {user} \"$0\" \"$@\"");
    let mut command = Command::new("bash");
    command.args(["-c", &script]).arg(program).args(arguments);
    Some(command.output().expect("bash runs"))
}

/// The main thread, the recorder's, the server's, and of eight more some or none.
#[test]
#[cfg(target_os = "linux")]
fn threads_that_cannot_be_had_end_the_run_with_what_to_do() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = |name: &str| scratch.path().join(name).to_str().expect("UTF-8").to_owned();
    let config = path("run.toml");
    std::fs::write(&config, QUICK).expect("a file");
    for most in 1..=6 {
        let out = path(&format!("run-{most}"));
        let arguments = ["run", &config, "--out", &out, "-q", "--threads", "8"];
        let Some(output) = with_threads(most, scratch.path(), &arguments) else { continue };
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{most}: {said}");
        assert!(said.contains("could be started") || said.contains("could not be started"), "{most}: {said}");
        assert!(said.contains("raise the limits on processes and memory"), "{most}: {said}");
        assert!(!said.contains("panicked") && !said.contains("mistake"), "{most}: {said}");
    }
}
