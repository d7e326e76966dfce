//! Signals end every wait at once, and pipes that nobody reads end nothing with a hang or with a success.
//!
//! Limits of time are generous, since tests share the machine with each other; what they are to tell apart
//! lasts for minutes or for ever.

use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A fraction of a second.
const SMALL: &str = "problem = { builtin = \"tiger\", horizon = 4 }\nfederation.clients = 5\n\
    critic = { rounds = 2, local_steps = 16 }\nactor = { rounds = 16, local_steps = 16, sync_interval = 8 }\n";

/// Minutes, with a barrier every few milliseconds.
const LONG: &str = "problem = { builtin = \"tiger\", horizon = 4 }\nfederation.clients = 20\n\
    critic = { rounds = 2, local_steps = 64 }\nactor = { rounds = 100000, local_steps = 512, sync_interval = 64 }\n";

/// Hours from one barrier to the next.
const LONG_BARRIER: &str = "problem = { builtin = \"tiger\", horizon = 4 }\nfederation.clients = 5\n\
    critic = { rounds = 1, local_steps = 16 }\n\
    actor = { rounds = 4, local_steps = 1000000000, sync_interval = 1000000000 }\n";

/// A second of work, and then many of evaluating policies by ten thousand long episodes each.
const SLOW_VALUES: &str = "problem = { builtin = \"rock-sample\", horizon = 200 }\nfederation.clients = 2\n\
    critic = { rounds = 1, local_steps = 2, features = { kind = \"belief\" } }\n\
    actor = { rounds = 12, local_steps = 2, sync_interval = 1, features = { kind = \"belief\" } }\n";

/// As soon as this on any machine that can be worked with; what is broken lasts longer.
const AT_ONCE: Duration = Duration::from_secs(4);
/// A run that is asked to end works on to its next barrier, which on a busy machine takes what is left for
/// it. What is broken lasts many times this.
const AT_A_BARRIER: Duration = Duration::from_secs(60);
/// Somebody waits in vain.
const LONGEST: Duration = Duration::from_secs(60);

const SIGNALS: [(&str, i32); 3] = [("INT", 130), ("TERM", 143), ("HUP", 129)];

/// A scratch directory with a configuration.
struct Place(TempDir);

impl Place {
    fn of(configuration: &str) -> Self {
        let place = Place(tempfile::tempdir().expect("a scratch directory"));
        std::fs::write(place.path("run.toml"), configuration).expect("a file");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn pipe(&self) -> PathBuf {
        let path = self.path("pipe");
        assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
        path
    }

    /// The program, in this directory.
    fn start(&self, arguments: &[&str]) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
        Process::of(command.args(arguments).current_dir(&self.0))
    }

    fn summary(&self, run: &str) -> Option<Value> {
        let bytes = std::fs::read(self.path(run).join("summary.json")).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn rounds(&self, run: &str) -> u64 {
        std::fs::metadata(self.path(run).join("rounds.jsonl")).map_or(0, |metadata| metadata.len())
    }
}

/// A child, and what it says on standard error. It is killed if the test fails before it has ended.
struct Process {
    child: Child,
    lines: Receiver<String>,
    said: String,
}

impl Process {
    fn of(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the program runs");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let (say, lines) = channel();
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| say.send(line)).ok();
        });
        Process { child, lines, said: String::new() }
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(kill.expect("kill").success());
    }

    /// Waits for a line with these words.
    fn hear(&mut self, words: &str) {
        while !self.said.contains(words) {
            match self.lines.recv_timeout(LONGEST) {
                Ok(line) => self.said += &(line + "\n"),
                Err(error) => panic!("it does not say {words:?} ({error:?}) but {:?}", self.said),
            }
        }
    }

    /// Waits for a condition, while the process goes on.
    fn until(&mut self, what: &str, mut holds: impl FnMut() -> bool) {
        let began = Instant::now();
        while !holds() {
            assert!(self.child.try_wait().expect("a child").is_none(), "it has ended before {what}");
            assert!(began.elapsed() < LONGEST, "in vain: {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until it has done some work: what it sets up is then behind it.
    fn at_work(&mut self) {
        let (began, status) = (Instant::now(), format!("/proc/{}/stat", self.child.id()));
        // User and system time in hundredths of a second, where the system tells.
        let worked = || {
            let text = std::fs::read_to_string(&status).ok()?;
            let after_name = text.rsplit(')').next()?.split_whitespace().skip(11).take(2);
            Some(after_name.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>())
        };
        self.until("it is at work", || {
            worked().map_or_else(|| began.elapsed() > Duration::from_secs(3), |ticks| ticks >= 30)
        });
    }

    /// How it ends, which must be within this time, and what it has said.
    fn ends_within(mut self, longest: Duration) -> (ExitStatus, String) {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(began.elapsed() < longest, "it still runs after {longest:?}");
            std::thread::sleep(Duration::from_millis(5));
        };
        loop {
            match self.lines.recv_timeout(LONGEST) {
                Ok(line) => self.said += &(line + "\n"),
                Err(RecvTimeoutError::Disconnected) => return (status, std::mem::take(&mut self.said)),
                Err(RecvTimeoutError::Timeout) => panic!("standard error stays open"),
            }
        }
    }

    fn assert_ends(self, longest: Duration, code: i32, words: &str) {
        let (status, said) = self.ends_within(longest);
        assert_eq!(status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_signal_ends_the_wait_for_a_last_scrape_and_the_run_is_complete() {
    let place = Place::of(SMALL);
    for (signal, _) in SIGNALS {
        let mut run = place.start(&[
            "run",
            "run.toml",
            "-q",
            "--out",
            signal,
            "--metrics-listen",
            "0",
            "--metrics-linger",
            "600",
        ]);
        run.hear("metrics stay for 600 s");
        run.signal(signal);
        run.assert_ends(AT_ONCE, 0, "");
        assert_eq!(place.summary(signal).expect("a summary")["status"], "complete");
    }
}

#[test]
fn after_a_signal_no_wait_begins() {
    let place = Place::of(LONG);
    let gateway = TcpListener::bind("127.0.0.1:0").expect("a port");
    let push = format!("http://{}", gateway.local_addr().expect("an address"));
    for (signal, code) in SIGNALS {
        let metrics = ["--metrics-listen", "0", "--metrics-linger", "600", "--metrics-push", &push];
        let mut run = place.start(&[&["run", "run.toml", "-q", "--out", signal], &metrics[..]].concat());
        run.until("its first round", || place.rounds(signal) > 0);
        run.signal(signal);
        let (status, said) = run.ends_within(AT_A_BARRIER);
        assert_eq!(status.code(), Some(code), "{said}");
        assert!(said.contains("not pushed: interrupted") && said.contains("--resume"), "{said}");
        assert!(!said.contains("metrics stay"), "{said}");
        assert_eq!(place.summary(signal).expect("a summary")["status"], "interrupted");
        // It has looked whether somebody listens, and has not begun to push.
        let (mut probe, _) = gateway.accept().expect("a connection");
        assert_eq!(probe.read(&mut [0]).expect("nothing"), 0);
        gateway.set_nonblocking(true).expect("a socket");
        assert_eq!(gateway.accept().expect_err("a push").kind(), std::io::ErrorKind::WouldBlock);
        gateway.set_nonblocking(false).expect("a socket");
    }
}

#[test]
fn a_signal_ends_a_push_that_nobody_answers() {
    let place = Place::of(SMALL);
    let gateway = TcpListener::bind("127.0.0.1:0").expect("a port");
    let push = format!("http://{}", gateway.local_addr().expect("an address"));
    let run = place.start(&["run", "run.toml", "-q", "--out", "run", "--metrics-push", &push]);
    // The first connection only looks whether somebody listens.
    let (mut probe, _) = gateway.accept().expect("a connection");
    assert_eq!(probe.read(&mut [0]).expect("nothing"), 0);
    let (mut pushed, _) = gateway.accept().expect("a connection");
    pushed.read_exact(&mut [0; 3]).expect("a request");
    let began = Instant::now();
    run.signal("TERM");
    run.assert_ends(AT_ONCE, 0, "not pushed: interrupted");
    assert!(began.elapsed() < Duration::from_secs(4), "the push itself gives up after five seconds");
    assert_eq!(place.summary("run").expect("a summary")["status"], "complete");
}

#[test]
fn a_second_signal_ends_a_long_barrier_and_the_run_goes_on_from_its_last_checkpoint() {
    let place = Place::of(LONG_BARRIER);
    for (number, (signal, code)) in SIGNALS.into_iter().enumerate() {
        let mut run = match number {
            0 => place.start(&["run", "run.toml", "-q", "--out", "run"]),
            _ => place.start(&["run", "--resume", "run", "-q"]),
        };
        run.at_work();
        run.signal(signal);
        // Which it says after a second: until then, and beyond, the first signal has ended nothing.
        run.hear("once more ends it at once");
        let again = Instant::now();
        run.signal(signal);
        run.assert_ends(AT_ONCE, code, "");
        assert!(again.elapsed() < Duration::from_secs(2), "{:?}", again.elapsed());
        assert!(place.path("run").join("checkpoint.bin").exists());
        assert_eq!(place.summary("run"), None, "nobody has come to the end of anything");
    }
}

/// `timeout` sends its signal to the process, and at once again to the whole group.
#[test]
fn signals_that_come_together_are_one() {
    let place = Place::of(LONG);
    let mut run = place.start(&["run", "run.toml", "-q", "--out", "run"]);
    run.until("its first round", || place.rounds("run") > 0);
    let id = run.child.id();
    let twice = format!("kill -s TERM {id}; kill -s TERM {id}; kill -s INT {id}");
    assert!(Command::new("sh").args(["-c", &twice]).status().expect("sh").code().is_some());
    let (status, said) = run.ends_within(AT_A_BARRIER);
    assert!(matches!(status.code(), Some(130 | 143)), "{status}: {said}");
    assert_eq!(place.summary("run").expect("a summary")["status"], "interrupted");
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_wants_a_run_to_outlive_the_terminal_has_that() {
    let place = Place::of(LONG);
    let mut nohup = Command::new("nohup");
    nohup
        .arg(env!("CARGO_BIN_EXE_dpac"))
        .args(["run", "run.toml", "-q", "--out", "run"])
        .current_dir(&place.0);
    let mut run = Process::of(&mut nohup);
    run.until("its first round", || place.rounds("run") > 0);
    run.signal("HUP");
    let so_far = place.rounds("run");
    run.until("rounds after the signal", || place.rounds("run") > so_far + 100_000);
    run.signal("TERM");
    run.assert_ends(AT_A_BARRIER, 143, "interrupted");
}

#[test]
fn a_signal_ends_the_wait_for_values_and_the_run_goes_on_to_the_same_bits() {
    let place = Place::of(SLOW_VALUES);
    let whole = ["run", "run.toml", "-q", "--out", "whole", "--set", "output.evaluate_every=0"];
    place.start(&whole).assert_ends(LONGEST, 0, "");
    let mut run = place.start(&["run", "run.toml", "-q", "--out", "run"]);
    run.until("its first value", || place.rounds("run") > 0);
    run.signal("TERM");
    run.assert_ends(AT_ONCE, 143, "dpac run --resume run goes on with it");
    assert_eq!(place.summary("run"), None);
    place.start(&["run", "--resume", "run", "-q"]).assert_ends(LONGEST, 0, "");
    let digest = |run| place.summary(run).expect("a summary")["digest"].clone();
    assert!(digest("run").is_string());
    assert_eq!(digest("run"), digest("whole"));
}

#[test]
fn a_signal_ends_verification_and_leaves_no_scratch_trace() {
    let place = Place::of(&LONG.replace("100000", "1500"));
    let mut run = place.start(&["run", "run.toml", "-q", "--out", "run", "--verify"]);
    run.until("its end", || place.summary("run").is_some_and(|summary| summary["status"] == "complete"));
    run.signal("INT");
    run.assert_ends(AT_ONCE, 130, "interrupted before it was verified");
    assert!(!place.path("run.verify.dpt").exists());
}

/// A pipe that is full, and both of its ends.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    rustix::io::ioctl_fionbio(&writer, true).expect("a pipe");
    let full = loop {
        if let Err(error) = writer.write(&[b'x'; 4096]) {
            break error;
        }
    };
    assert_eq!(full.kind(), std::io::ErrorKind::WouldBlock);
    rustix::io::ioctl_fionbio(&writer, false).expect("a pipe");
    (reader, writer)
}

#[test]
fn a_signal_ends_a_run_whose_screen_takes_nothing() {
    let place = Place::of(SMALL);
    let (_reader, writer) = full_pipe();
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.args(["run", "run.toml", "--out", "run", "--set", "actor.rounds=3000"]).current_dir(&place.0);
    let errors = writer.try_clone().expect("a pipe");
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(errors).spawn().expect("the program runs");
    let mut run = Process { child, lines: channel().1, said: String::new() };
    // A line of progress is waited for; the queue fills, and nothing goes on.
    let mut last = (0, Instant::now());
    run.until("it stands still", || {
        if place.rounds("run") != last.0 {
            last = (place.rounds("run"), Instant::now());
        }
        place.path("run").join("rounds.jsonl").exists() && last.1.elapsed() > Duration::from_millis(700)
    });
    run.signal("TERM");
    let (status, _) = run.ends_within(AT_ONCE);
    assert_eq!(status.code(), Some(143));
    place.start(&["run", "--resume", "run", "-q"]).until("it goes on", || place.rounds("run") > last.0);
}

#[test]
fn a_signal_ends_a_run_whose_trace_goes_into_a_pipe_that_nobody_empties() {
    let place = Place::of(LONG);
    let pipe = place.pipe();
    for (out, level) in [("full", "full"), ("order", "order")] {
        let mut run =
            place.start(&["run", "run.toml", "-q", "--out", out, "--trace", "pipe", "--trace-level", level]);
        let reader = File::open(&pipe).expect("a pipe");
        let mut last = (0, Instant::now());
        run.until("it stands still", || {
            if place.rounds(out) != last.0 {
                last = (place.rounds(out), Instant::now());
            }
            place.path(out).join("rounds.jsonl").exists() && last.1.elapsed() > Duration::from_millis(1500)
        });
        run.signal("TERM");
        run.assert_ends(AT_ONCE, 143, "interrupted while nobody read the trace");
        drop(reader);
        assert!(place.path(out).join("checkpoint.bin").exists());
    }
}

#[test]
fn a_trace_into_a_pipe_waits_a_moment_for_a_reader_and_no_longer_than_a_signal() {
    let place = Place::of(SMALL);
    let _pipe = place.pipe();
    let mut run = place.start(&["run", "run.toml", "-q", "--out", "asked", "--trace", "pipe"]);
    let began = Instant::now();
    run.until("it waits", || began.elapsed() > Duration::from_millis(1500));
    run.signal("TERM");
    run.assert_ends(AT_ONCE, 143, "interrupted while nobody read the trace");
    let run = place.start(&["run", "run.toml", "-q", "--out", "alone", "--trace", "pipe"]);
    run.assert_ends(LONGEST, 1, "nobody reads it");
    assert!(!place.path("asked").exists() && !place.path("alone").exists());
    let run = place.start(&["run", "run.toml", "-q", "--out", "none", "--trace", "pipe", "--verify"]);
    run.assert_ends(AT_ONCE, 2, "cannot be read again");
    assert!(!place.path("none").exists());
}

#[test]
fn a_trace_through_a_pipe_that_is_read_is_the_one_that_a_file_has() {
    let place = Place::of(SMALL);
    let pipe = place.pipe();
    let run =
        place.start(&["run", "run.toml", "-q", "--out", "piped", "--trace", "pipe", "--trace-level", "full"]);
    let piped = std::fs::read(pipe).expect("a pipe");
    run.assert_ends(LONGEST, 0, "");
    std::fs::write(place.path("piped.dpt"), piped).expect("a file");
    place.start(&["replay", "piped.dpt"]).assert_ends(LONGEST, 0, "");
}

#[test]
fn a_reader_that_goes_away_ends_the_run_with_an_error_and_nothing_hangs_when_it_is_resumed() {
    let place = Place::of(LONG);
    let pipe = place.pipe();
    for level in ["rounds", "order", "full"] {
        let run = place.start(&[
            "run",
            "run.toml",
            "-q",
            "--out",
            level,
            "--trace",
            "pipe",
            "--trace-level",
            level,
        ]);
        let mut head = [0; 1000];
        File::open(&pipe).and_then(|mut reader| reader.read_exact(&mut head)).expect("a trace's head");
        run.assert_ends(LONGEST, 1, "its reader has gone away");
        goes_on_without_its_trace(&place, level);
    }
}

/// A run whose trace went into a pipe is taken up again, and waits for nobody.
fn goes_on_without_its_trace(place: &Place, run: &str) {
    let mut resumed = place.start(&["run", "--resume", run, "-q"]);
    resumed.hear("went into a pipe or a device, and ends there");
    resumed.at_work();
    resumed.signal("TERM");
    resumed.assert_ends(AT_A_BARRIER, 143, "interrupted; the run directory holds what was done");
}

/// What has gone into a pipe has been read, up to beyond the last checkpoint.
#[test]
fn a_trace_into_a_pipe_ends_at_a_barrier_with_the_run_which_goes_on_without_it() {
    let place = Place::of(LONG);
    let pipe = place.pipe();
    let mut run =
        place.start(&["run", "run.toml", "-q", "--out", "run", "--trace", "pipe", "--trace-level", "order"]);
    let reader = std::thread::spawn(move || std::fs::read(pipe).expect("a pipe"));
    run.until("its directory", || place.path("run").join("rounds.jsonl").exists());
    run.signal("TERM");
    run.assert_ends(AT_A_BARRIER, 143, "interrupted; the run directory holds what was done");
    std::fs::write(place.path("run.dpt"), reader.join().expect("a trace")).expect("a file");
    let (status, said) = place.start(&["replay", "run.dpt"]).ends_within(LONGEST);
    // It may lack what a file is given at its end.
    assert!(matches!(status.code(), Some(0 | 3)), "{status}: {said}");
    goes_on_without_its_trace(&place, "run");
}

/// Where no run has a checkpoint to come to, a signal ends the process as it ends every other.
#[test]
fn every_other_command_ends_with_the_first_signal() {
    let place = Place::of(SMALL);
    let commands: [&[&str]; 3] = [
        &["simulate", "tiger", "--policy", "uniform", "--episodes", "4000000000"],
        &["simulate", "rock-sample", "--policy", "uniform", "--episodes", "4000000000", "--horizon", "100"],
        &["paper", "e3"],
    ];
    for arguments in commands {
        for (signal, code) in SIGNALS {
            let mut command = place.start(arguments);
            command.at_work();
            command.signal(signal);
            let (status, said) = command.ends_within(AT_ONCE);
            assert_eq!(
                status.signal().map(|number| 128 + number),
                Some(code),
                "{arguments:?} {status}: {said}"
            );
        }
    }
}

#[test]
fn no_command_minds_a_reader_that_leaves_early() {
    let place = Place::of(SMALL);
    let traced = ["run", "run.toml", "-q", "--out", "run", "--trace", "run.dpt", "--trace-level", "full"];
    place.start(&traced).assert_ends(LONGEST, 0, "");
    let commands: [&[&str]; 16] = [
        &["plan", "run.toml"],
        &["evaluate", "run"],
        &["evaluate", "run", "--json"],
        &["check", "run.toml"],
        &["info", "toggle", "--json"],
        &["convert", "tiger3", "--to", "json"],
        &["solve", "toggle", "--horizon", "2"],
        &["simulate", "toggle", "--policy", "uniform", "--episodes", "100"],
        &["replay", "run.dpt"],
        &["trace", "info", "run.dpt"],
        &["trace", "stats", "run.dpt"],
        &["trace", "dump", "run.dpt", "--limit", "100000"],
        &["trace", "export", "run.dpt", "--format", "jsonl"],
        &["export", "--openmetrics", "run"],
        &["problems"],
        &["completions", "zsh"],
    ];
    for arguments in commands {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
        let output = command.args(arguments).current_dir(&place.0).stdout(writer).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_full_device_as_standard_output_is_an_error_of_every_command_that_prints() {
    let place = Place::of(SMALL);
    if !Path::new("/dev/full").exists() {
        return;
    }
    let commands: [&[&str]; 4] =
        [&["plan", "run.toml"], &["problems"], &["convert", "tiger3"], &["run", "run.toml", "--out", "run"]];
    for arguments in commands {
        let full = File::options().write(true).open("/dev/full").expect("a device");
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
        let output = command.args(arguments).current_dir(&place.0).stdout(full).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("cannot write to standard output"), "{arguments:?}: {said}");
    }
}
