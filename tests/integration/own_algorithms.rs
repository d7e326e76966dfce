//! A program with one more algorithm: the registry that is handed on is all that anything knows of
//! algorithms. The crate `examples/own-algorithm` is such a program, of an evaluation; here an improvement is
//! one.

use crate::whole_run::run_resolved;
use dpac::algorithm::{Dpac, Entry, Registry};
use dpac::cli::watched;
use dpac::config::{self, Key, Loaded, Takes, Words};
use dpac::experiment::{Files, LoadError, Prepared, TraceOptions, assert_replays};
use dpac_actors::trace::{Kept, Level};
use dpac_actors::{Address, Algorithm, Cause, Coordinator, Ended, Kind, Learner, Phase, State, Turn};
use std::ffi::OsString;
use std::process::Command;
use std::sync::{Arc, LazyLock};

const GAIN: Key = Key {
    name: "gain",
    meaning: "what each mean of directions is multiplied by",
    takes: Takes::Positive { default: Some(1.0) },
};

/// Which entries the program has that a test runs itself as.
const PROGRAM: &str = "DPAC_TEST_ENTRIES";

/// DPAC whose server takes `gain` times the mean of the directions.
static ENTRIES: LazyLock<&'static [Entry]> = LazyLock::new(|| {
    let dpac = *Registry::BUILTIN.find("dpac").expect("it is listed");
    let words = Words { name: "gained", summary: "DPAC with a gain.", keys: &[GAIN], ..dpac.words };
    vec![Entry {
        words,
        package: "tests",
        source: "a test",
        protocol: |lean, own| {
            let dpac = Registry::BUILTIN.find("dpac").expect("it is listed");
            let mut protocol = (dpac.protocol)(lean, own);
            protocol.name = "gained";
            protocol
        },
        build: |plan| {
            let gain = plan.own.real(&GAIN).unwrap_or(1.0);
            let dpac = Dpac::new(Arc::clone(&plan.workers), plan.critic(), plan.actor(), plan.lean);
            Ok(Arc::new(Gained { dpac, gain }))
        },
        ..dpac
    }]
    .leak()
});

fn registry() -> Registry {
    Registry::with(*ENTRIES).expect("a fair entry")
}

struct Gained {
    dpac: Dpac,
    gain: f64,
}

impl Algorithm for Gained {
    fn name(&self) -> &str {
        "gained"
    }

    fn kinds(&self) -> &[Kind] {
        self.dpac.kinds()
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        Box::new(Server { dpac: self.dpac.coordinator(), gain: self.gain })
    }

    fn learner(&self) -> Box<dyn Learner> {
        self.dpac.learner()
    }
}

struct Server {
    dpac: Box<dyn Coordinator>,
    gain: f64,
}

impl Coordinator for Server {
    fn start(&mut self) -> Result<Turn, Cause> {
        self.dpac.start()
    }

    fn next(&mut self, mut ended: Ended) -> Result<Turn, Cause> {
        if ended.place.phase == Phase::Actor {
            ended.aggregate.iter_mut().flatten().for_each(|omega| *omega *= self.gain);
        }
        self.dpac.next(ended)
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        self.dpac.state(state)
    }
}

fn load(algorithm: &str, registry: Registry) -> Result<Prepared, LoadError> {
    let text = format!(
        "algorithm = {algorithm}\nproblem = {{ builtin = \"toggle\", horizon = 2 }}\nfederation.clients = 3\n\
         critic = {{ rounds = 2, local_steps = 3 }}\nactor = {{ rounds = 3, local_steps = 5, sync_interval = 2 }}\n"
    );
    Prepared::load(Loaded::from_str("run.toml", &text)?, registry, &Files::named())
}

#[test]
fn an_improvement_of_one_s_own_runs_is_counted_and_replays() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let digest = |algorithm: &str, trace: Option<&str>| {
        let prepared = load(algorithm, registry()).unwrap_or_else(|error| panic!("{error}"));
        let run = run_resolved((prepared.resolved, prepared.input), |options| {
            options.trace = trace.map(|name| TraceOptions {
                path: scratch.path().join(name),
                level: Level::Full,
                kept: Kept::Everyone,
            });
        });
        assert!(run.summary.closed_form_holds, "{:?}", run.summary.error);
        run.digest().to_owned()
    };
    let dpac = digest("'dpac'", None);
    assert_eq!(digest("'gained'", None), dpac, "a gain of 1");
    assert_ne!(digest("{ kind = 'gained', gain = 0.5 }", Some("run.dpt")), dpac);
    let trace = scratch.path().join("run.dpt");
    assert_replays(&trace, registry(), None);
    for role in [Address::Server, Address::Client(1), Address::Critic(1), Address::Actor(2)] {
        assert_replays(&trace, registry(), Some(role));
    }
}

#[test]
fn a_program_without_the_algorithm_says_that_it_has_none() {
    let Err(LoadError::Config(errors)) = load("'gained'", Registry::BUILTIN).map(|_| ()) else {
        panic!("read")
    };
    assert_eq!(errors.as_slice()[0].fault.to_string(), "`algorithm` cannot be \"gained\"");
    let words: Vec<Words> = registry().words();
    assert!(config::schema_json(&words).contains("\"gained\""));
    assert!(!config::schema_json(&Registry::BUILTIN.words()).contains("\"gained\""));
}

#[test]
fn entries_that_cannot_stand_beside_the_others_end_the_program_at_once() {
    let dptd = *Registry::BUILTIN.find("dptd").expect("it is listed");
    let twice: &'static [Entry] = vec![Entry { package: "tests", ..dptd }].leak();
    let program = |own| watched(own, ["dpac", "problems"].map(OsString::from), None);
    // The program takes over what panics say, so it is a process of its own.
    if let Ok(which) = std::env::var(PROGRAM) {
        std::process::exit(program(if which == "twice" { twice } else { *ENTRIES }).into());
    }
    let said = |which: &str| {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        let name = "own_algorithms::entries_that_cannot_stand_beside_the_others_end_the_program_at_once";
        command.args([name, "--exact", "--nocapture"]).env(PROGRAM, which);
        let output = command.output().expect("this program runs");
        (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
    };
    assert_eq!(said("fair"), (Some(0), String::new()));
    let (code, told) = said("twice");
    assert_eq!(code, Some(2));
    insta::assert_snapshot!(told, @r#"
      × the algorithm "dptd" of tests has the name of one of dpac
      help: give it another name, in `words` of its entry
    "#);
}

#[test]
fn an_entry_and_its_algorithm_have_one_name() {
    let renamed = Entry {
        build: |plan| {
            Ok(Arc::new(Dpac::new(Arc::clone(&plan.workers), plan.critic(), plan.actor(), plan.lean)))
        },
        ..ENTRIES[0]
    };
    let registry = Registry::with(vec![renamed].leak()).expect("what an entry says fits");
    let Err(LoadError::Resolve { error, .. }) = load("'gained'", registry) else { panic!("it can be run") };
    assert_eq!(error.message, "the entry \"gained\" of tests builds an algorithm that is called \"dpac\"");
}
