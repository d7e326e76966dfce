//! DETERMINISM.md is enough to run again: a script in plain Python, written from it, gives the bits of the
//! program's runs.

use crate::whole_run::whole_run;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/tests/reexecute.py");

/// Rows of four and five outcomes, rewards that fill their range, nothing seen before the first action.
const PROBLEM: &str = "
discount: 0.97
values: reward
states: 4
actions: 3
observations: 5
start: 0.1 0.2 0.3 0.4
T: 0
0.07 0.23 0.41 0.29
0.31 0.17 0.39 0.13
0.53 0.11 0.19 0.17
0.05 0.61 0.27 0.07
T: 1
0.11 0.37 0.23 0.29
0.26 0.33 0.14 0.27
0.19 0.43 0.21 0.17
0.47 0.13 0.09 0.31
T: 2
uniform
O: *
0.05 0.47 0.13 0.28 0.07
0.33 0.09 0.11 0.06 0.41
0.17 0.03 0.52 0.19 0.09
0.22 0.14 0.08 0.25 0.31
R: 0 : * : * : * -1.7
R: 1 : 0 : * : * 5.3
R: 1 : 2 : * : * -7.9
R: 2 : 3 : * : * 2.1
";

/// 130 clients are 43 blocks of three and one of one. Steps of a trajectory share components, so that it
/// shows which come first.
const DPTD: &str = r#"
algorithm = "dptd"
seed = 21
problem = { file = "problem.POMDP", horizon = 5, discount = 0.93 }
federation.clients = 130
critic = { rounds = 5, local_steps = 3, alpha = 0.35, eta = 0.8, features = { kind = "window", length = 1, tied = true } }
"#;

/// Something is seen before the first action, and the range of rewards is declared. 70 clients are 35 blocks
/// of two; three barriers of a round, the last shorter; a warm start; a target into which every bit of the
/// softmax goes.
const DPAC: &str = r#"
algorithm = "dpac"
seed = 20
problem = { builtin = "low-rank-block", parameters = { states = 3, actions = 3, symbols = 1, d = 2 }, horizon = 4 }
federation.clients = 70

[critic]
rounds = 3
local_steps = 4
alpha = 0.31
eta = 0.9
features = { kind = "window", length = 2 }

[actor]
rounds = 3
local_steps = 7
sync_interval = 3
zeta = 0.35
eta = 17.0
target = "advantage"
features = { kind = "window", length = 1, tied = true }
"#;

/// A folder in which both have been run, with both problems as JSON.
struct Runs(TempDir);

impl Runs {
    fn new() -> Self {
        let runs = Runs(tempfile::tempdir().expect("a scratch directory"));
        for (name, text) in [("problem.POMDP", PROBLEM), ("dptd.toml", DPTD), ("dpac.toml", DPAC)] {
            std::fs::write(runs.path().join(name), text).expect("a file");
        }
        let parameters = ["-p", "states=3", "-p", "actions=3", "-p", "symbols=1", "-p", "d=2"];
        for arguments in [
            &["run", "dptd.toml", "--out", "dptd", "--quiet"][..],
            &["run", "dpac.toml", "--out", "dpac", "--quiet"],
            &["convert", "problem.POMDP", "--to", "json", "--out", "dptd.json"],
            &[&["convert", "low-rank-block", "--to", "json", "--out", "dpac.json"], &parameters[..]].concat(),
        ] {
            let output = Command::new(env!("CARGO_BIN_EXE_dpac"))
                .current_dir(runs.path())
                .args(arguments)
                .output()
                .expect("the program runs");
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        runs
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// The script, on these of the runs.
    fn again(&self, names: &[&str]) -> Output {
        let arguments = names.iter().flat_map(|name| [(*name).to_owned(), format!("{name}.json")]);
        let output = Command::new("python3").arg(SCRIPT).args(arguments).current_dir(self.path()).output();
        output.unwrap_or_else(|error| {
            panic!("python3 cannot be run ({error}); 3.11 or later comes with the distribution's package")
        })
    }

    /// What the script says and how it ends when `change` has been made to a file of a run; the file is
    /// mended afterwards.
    fn again_with(&self, run: &str, file: &str, change: impl FnOnce(&mut Vec<u8>)) -> (Option<i32>, String) {
        let path = self.path().join(run).join(file);
        let whole = std::fs::read(&path).expect("a file of a run");
        let mut changed = whole.clone();
        change(&mut changed);
        assert_ne!(changed, whole, "{file} has been changed");
        std::fs::write(&path, changed).expect("a file of a run");
        let output = self.again(&[run]);
        std::fs::write(&path, whole).expect("a file of a run");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
    }
}

/// The sizes of θ and ψ, and R.
fn sizes(run: &Path) -> [u64; 3] {
    let summary = std::fs::read_to_string(run.join("summary.json")).expect("a summary");
    let summary: serde_json::Value = serde_json::from_str(&summary).expect("JSON");
    ["d_theta", "stacked_critic", "rounds"].map(|key| summary["sizes"][key].as_u64().expect("a size"))
}

#[test]
fn a_script_written_from_the_page_reproduces_a_dptd_and_a_dpac_run_bit_for_bit() {
    let runs = Runs::new();
    let output = runs.again(&["dptd", "dpac"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let [_, evaluated, _] = sizes(&runs.path().join("dptd"));
    let [theta, psi, rounds] = sizes(&runs.path().join("dpac"));
    let compared = [("dptd", evaluated), ("dpac", (rounds + 1) * theta + psi)]
        .map(|(name, numbers)| format!("{name}: {numbers} numbers are the same\n"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), compared.concat());
}

#[test]
fn the_script_names_the_first_number_that_differs() {
    let runs = Runs::new();
    let lowest_bit = |place: usize| move |file: &mut Vec<u8>| file[128 + 8 * place] ^= 1;
    let (code, said) = runs.again_with("dptd", "critic.npy", lowest_bit(7));
    assert_eq!((code, &said[..18]), (Some(1), "dptd: psi[7] is 0x"), "{said}");

    let [theta, ..] = sizes(&runs.path().join("dpac"));
    let (code, said) = runs.again_with("dpac", "policies.npy", lowest_bit(theta as usize + 5));
    assert_eq!((code, &said[..22]), (Some(1), "dpac: theta_1[5] is 0x"), "{said}");

    let other_seed = |file: &mut Vec<u8>| {
        *file = String::from_utf8_lossy(file).replace("seed = 21", "seed = 22").into_bytes();
    };
    let (code, said) = runs.again_with("dptd", "config.toml", other_seed);
    assert_eq!((code, &said[..18]), (Some(1), "dptd: psi[0] is 0x"), "{said}");
}

#[test]
fn the_script_has_at_most_100_lines_and_needs_the_standard_library_alone() {
    let script = std::fs::read_to_string(SCRIPT).expect("the script");
    assert!(script.lines().count() <= 100, "{} lines", script.lines().count());
    let imports: Vec<&str> = script.lines().filter(|line| line.contains("import ")).collect();
    assert_eq!(imports, ["import json, math, pathlib, struct, sys, tomllib", "from functools import reduce"]);
    assert!(script.lines().all(|line| line.chars().count() <= 120), "lines that can be read");
}

#[test]
fn the_digest_is_that_of_theta_and_psi_in_the_run_directory() {
    let settings = r#"
problem = { builtin = "toggle", horizon = 2 }
federation.clients = 2
critic = { rounds = 2, local_steps = 2 }
"#;
    let actor = "actor = { rounds = 2, local_steps = 2, sync_interval = 2 }";
    for (algorithm, settings) in [
        ("dptd", settings.to_owned()),
        ("dpac", format!("{settings}{actor}")),
        ("dppg", format!("{}{actor}", &settings[..settings.find("critic").expect("a critic")])),
    ] {
        let run = whole_run(&format!("algorithm = \"{algorithm}\"\n{settings}"), |_| ());
        let critic = std::fs::read(run.directory.join("critic.npy")).expect("a matrix");
        let mut vectors = vec![("psi", critic[128..].to_vec())];
        if algorithm != "dptd" {
            let policy: serde_json::Value = serde_json::from_str(&run.read("policy.json")).expect("JSON");
            let theta = policy["theta"].as_array().expect("a vector").iter();
            let theta = theta.flat_map(|x| x.as_f64().expect("a number").to_le_bytes()).collect();
            vectors.insert(0, ("theta", theta));
        }
        let mut hasher = blake3::Hasher::new();
        for (name, bits) in &vectors {
            hasher.update(name.as_bytes()).update(&[0]);
            hasher.update(&(bits.len() as u64 / 8).to_le_bytes()).update(bits);
        }
        assert_eq!(run.digest(), hasher.finalize().to_hex().to_string(), "{algorithm}");
    }
}

/// Every vector of these runs was once computed apart, in Python, from DETERMINISM.md ("Features that are not
/// one-hot"), and was the same to the bit; their digests stand here. One-hot features have the script.
#[test]
fn runs_on_beliefs_and_readings_are_those_that_were_once_reexecuted() {
    const TIGER: &str = r#"builtin = "tiger""#;
    const TIGER3: &str = r#"builtin = "tiger3""#;
    const TOGGLE: &str = r#"builtin = "toggle""#;
    const GAUSSIAN: &str = r#"builtin = "gaussian-tiger", parameters = { sigma = 0.8 }"#;
    // Problem; features of the critic and of the actor; target; digest.
    let reexecuted = [
        (
            TIGER,
            r#"kind = "belief", degree = 2"#,
            r#"kind = "belief", degree = 2"#,
            "advantage",
            "aadfa4086e9be7ec28748cca1c705a81e2ece41f2b24c3a6525dcf9a70209134",
        ),
        (
            TIGER3,
            r#"kind = "belief", degree = 1"#,
            r#"kind = "belief", degree = 2"#,
            "compatible",
            "2356ece50ffc4df5c26573aa22204e65bea27c121111ebafac1748f3c76b3db2",
        ),
        (
            TIGER3,
            r#"kind = "log-odds", degree = 3"#,
            r#"kind = "log-odds", degree = 2"#,
            "advantage",
            "0d4cf6c9344c456c006ad08c058277343734997df34e28434880e9eb0ce2530c",
        ),
        (
            TOGGLE,
            r#"kind = "belief-memory", length = 1"#,
            r#"kind = "window", length = 1, tied = true"#,
            "compatible",
            "160d5bb865716a24a85a438f04abd1f9c72c08a7f5a0359fc5875822916c5a18",
        ),
        (
            GAUSSIAN,
            r#"kind = "belief", degree = 2"#,
            r#"kind = "log-odds", degree = 2"#,
            "advantage",
            "8c966c1080edab26f1da37a2049ef63c9f66475289f17920dfa00f05af1d318f",
        ),
        (
            GAUSSIAN,
            r#"kind = "fourier", length = 2, components = 5, scale = 1.5, seed = 3"#,
            r#"kind = "polynomial", length = 2, degree = 2"#,
            "q",
            "7d78953a789cc089c9ddd0b85ef77b8e60d059f5f13856c9f16b20c105b44b8e",
        ),
        (
            GAUSSIAN,
            r#"kind = "polynomial", length = 3, degree = 3"#,
            r#"kind = "fourier", length = 2, components = 4, scale = 1.5"#,
            "compatible",
            "abd779be1a7f05bdd8e2218f4a9993a4196372c204662fdf2e7afe337aed56fe",
        ),
    ];
    for (problem, critic, actor, target, digest) in reexecuted {
        let text = format!(
            "seed = 5\nfederation.clients = 70\nproblem = {{ {problem}, horizon = 4 }}\n\
             critic = {{ rounds = 2, local_steps = 3, alpha = 0.21, eta = 0.9, features = {{ {critic} }} }}\n\
             actor = {{ rounds = 2, local_steps = 5, sync_interval = 2, zeta = 0.11, eta = 3.0, \
             target = \"{target}\", features = {{ {actor} }} }}\n"
        );
        assert_eq!(whole_run(&text, |_| ()).digest(), digest, "{problem}, {critic}, {actor}, {target}");
    }
}

/// The page says which version of a crate decides bits; Cargo.toml has it exact.
#[test]
fn the_page_names_the_versions_of_generator_and_exponential_that_are_built() {
    let page = include_str!("../../DETERMINISM.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let manifest = include_str!("../../Cargo.toml");
    for name in ["rand_pcg", "libm"] {
        let line =
            manifest.lines().find(|line| line.starts_with(&format!("{name} = "))).expect("a dependency");
        let version = line.split("\"=").nth(1).and_then(|rest| rest.split('"').next()).expect("exact");
        assert!(page.contains(&format!("the crate `{name}`, version {version}")), "{name} {version}");
    }
}

#[test]
fn sections_of_the_page_to_which_sources_refer_exist() {
    let page = include_str!("../../DETERMINISM.md");
    let sources = [
        include_str!("../../actors/src/fold.rs"),
        include_str!("../../actors/src/stream.rs"),
        include_str!("../../src/experiment/resolve/identity.rs"),
        include_str!("../../clippy.toml"),
    ];
    for source in sources {
        let after = source.split("DETERMINISM.md, \"").nth(1).expect("a reference to a section");
        let section = after.split('"').next().expect("its name");
        assert!(page.contains(&format!("\n## {section}\n")), "{section}");
    }
}
