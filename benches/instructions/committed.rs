//! The committed counts, and what they were counted with.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The file, in the repository.
pub(crate) const PATH: &str = "benches/instructions/counts.toml";

/// The file's content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Committed {
    /// What counts depend on besides the code, by name.
    pub(crate) made: BTreeMap<String, String>,
    /// Instructions per unit, by kernel.
    pub(crate) counts: BTreeMap<String, f64>,
}

impl Committed {
    /// Reads the file; nothing is committed where there is none.
    pub(crate) fn read() -> Result<Self, String> {
        match std::fs::read_to_string(place()) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Committed::default()),
            Err(error) => Err(format!("{PATH}: {error}")),
            Ok(text) => toml::from_str(&text).map_err(|error| format!("{PATH}: {error}")),
        }
    }

    /// Writes the file.
    pub(crate) fn write(&self) -> Result<(), String> {
        let text = toml::to_string(self).map_err(|error| error.to_string())?;
        let head = "# Instructions per unit. Written by `cargo bench -p dpac-instructions -- --accept`.\n\n";
        std::fs::write(place(), head.to_owned() + &text).map_err(|error| format!("{PATH}: {error}"))
    }
}

/// What counts of this machine depend on besides the code.
pub(crate) fn made_here() -> Result<BTreeMap<String, String>, String> {
    let rustc = command("rustc", &["-vV"])?;
    let line =
        |start: &str| rustc.lines().find_map(|line| line.strip_prefix(start)).unwrap_or_default().to_owned();
    let made = [
        ("rustc", line("rustc ")),
        ("target", line("host: ")),
        // Copies of vectors are the C library's.
        ("libc", command("getconf", &["GNU_LIBC_VERSION"]).unwrap_or_default()),
        ("valgrind", command("valgrind", &["--version"])?),
    ];
    Ok(made.map(|(name, value)| (name.to_owned(), value)).into())
}

/// The same, to be shown.
pub(crate) fn shown(made: &BTreeMap<String, String>) -> String {
    made.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
}

fn place() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("counts.toml")
}

fn command(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output =
        Command::new(program).args(arguments).output().map_err(|error| format!("{program}: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
