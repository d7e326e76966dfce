//! Names of the files in a run directory.

use std::path::{Component, Path};

/// By which a run directory is known; see [`super::marker`].
pub(crate) const MARKER: &str = "run.json";
/// Held by the process that writes, and saying who that is.
pub(crate) const LOCK: &str = crate::files::lock::FOLDER_LOCK;
pub(crate) const CONFIG: &str = "config.toml";
/// The folder of input files.
pub(crate) const INPUTS: &str = "inputs";
pub(crate) const ROUNDS: &str = "rounds.jsonl";
pub(crate) const BARRIERS: &str = "barriers.jsonl";
/// What versions before 0.2 called `barriers.jsonl`.
pub(crate) const BARRIERS_BEFORE: &str = "syncs.jsonl";
/// What `output.record` asks for.
pub(crate) const RECORD: &str = "record.jsonl";
pub(crate) const POLICIES: &str = "policies.npy";
/// The same while rows are added to it.
pub(crate) const POLICIES_PARTIAL: &str = "policies.npy.partial";
pub(crate) const POLICY: &str = "policy.json";
pub(crate) const CRITIC: &str = "critic.npy";
pub(crate) const SUMMARY: &str = "summary.json";
/// Digests of what times and machines go into, and of the summary.
pub(crate) const DIGESTS: &str = "digests.json";
/// The newest checkpoint.
pub(crate) const CHECKPOINT: &str = "checkpoint.bin";
/// The last one that survives a power cut, where the newest need not.
pub(crate) const CHECKPOINT_SAFE: &str = "checkpoint.safe.bin";
/// The last checkpoint of a run that is complete, from which it can be lengthened.
pub(crate) const FINAL: &str = "final.bin";

const OWN: [&str; 16] = [
    MARKER,
    LOCK,
    CONFIG,
    ROUNDS,
    BARRIERS,
    BARRIERS_BEFORE,
    RECORD,
    POLICIES,
    POLICIES_PARTIAL,
    POLICY,
    CRITIC,
    SUMMARY,
    DIGESTS,
    CHECKPOINT,
    CHECKPOINT_SAFE,
    FINAL,
];

/// The end of the name of a file that is being replaced.
pub(super) const PARTIAL: &str = ".partial";

/// Whether a name is one of a file that every run directory can have.
pub(super) fn is_known(name: &str) -> bool {
    OWN.contains(&name)
}

/// Whether a name in the top folder of a run directory is one that the program gives: its own, or
/// `.OWN.DIGITS.partial`.
pub(super) fn is_own(name: &str) -> bool {
    OWN.contains(&name) || is_partial(name)
}

/// Whether a name is that of a file under way, which a process that was killed has left behind.
pub(super) fn is_partial(name: &str) -> bool {
    let inner = name.strip_prefix('.').and_then(|name| name.strip_suffix(PARTIAL));
    let parts = inner.and_then(|inner| inner.rsplit_once('.'));
    parts.is_some_and(|(own, digits)| {
        OWN.contains(&own)
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    })
}

/// Whether a path is that of an input file as run directories have them: `inputs/NAME`.
pub(crate) fn is_input(path: &Path) -> bool {
    let mut parts = path.components();
    parts.next() == Some(Component::Normal(INPUTS.as_ref()))
        && matches!(parts.next(), Some(Component::Normal(_)))
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_strangers_are_not_the_programs_own() {
        for own in ["run.json", "policies.npy.partial", ".summary.json.1f-0.partial"] {
            assert!(is_own(own), "{own}");
        }
        for other in [
            "notes.md",
            "Config.toml",
            ".notes.md.1f-0.partial",
            ".summary.json.x y.partial",
            "summary.json~",
        ] {
            assert!(!is_own(other), "{other}");
        }
        assert!(is_input(Path::new("inputs/tiger.POMDP")));
        for other in ["inputs", "inputs/../config.toml", "/inputs/a", "inputs/a/b", "other/a", "../inputs/a"]
        {
            assert!(!is_input(Path::new(other)), "{other}");
        }
    }
}
