//! Traces of whole runs: what stands in their heads, and what it takes to run them again.

use super::options::TraceOptions;
use crate::algorithm::Registry;
use crate::config::{ConfigErrors, Loaded};
use crate::experiment::resolve::{
    Checked, Files, Input, InputError, LoadError, Prepared, ResolveError, Resolved, run_config,
};
use crate::files::ReadError;
use crate::visible::visible;
use dpac_actors::block_size;
use dpac_actors::trace::format::{Head, HeadFile, HeadKind, MINOR};
use dpac_actors::trace::{Kept, Level};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use thiserror::Error;

/// Snapshots of a run's trace, and checkpoints of its directory but for those that time brings.
const SNAPSHOTS: u64 = 16;

/// A run's outer rounds from one checkpoint, or snapshot, to the next: ⌈R/16⌉.
pub(crate) fn snapshot_rounds(resolved: &Resolved) -> u32 {
    resolved.shape.rounds().div_ceil(SNAPSHOTS).clamp(1, u64::from(u32::MAX)) as u32
}

/// The head of a run's trace. `program` is the program's version and commit.
pub(crate) fn head(resolved: &Resolved, input: &Input, options: &TraceOptions, program: &str) -> Head {
    let (version, commit) = program.split_once(" (").unwrap_or((program, ""));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let file = |(name, content): &(String, Vec<u8>)| HeadFile {
        name: name.clone(),
        digest: blake3::hash(content).to_hex().to_string(),
        content: content.clone(),
    };
    let clients = resolved.config.federation.clients;
    Head {
        minor: MINOR,
        program: format!("dpac {version}"),
        commit: commit.trim_end_matches(')').to_owned(),
        target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        cpu_features: cpu_features(),
        created_unix_seconds: now.as_secs(),
        algorithm: resolved.algorithm.name().to_owned(),
        clients,
        block_size: block_size(clients),
        seed: resolved.config.seed,
        level: options.level as u8,
        kept: match &options.kept {
            Kept::Everyone => None,
            Kept::Clients(ranges) => {
                Some(ranges.iter().map(|range| (*range.start(), *range.end())).collect())
            }
        },
        snapshot_rounds: if options.level == Level::Full { snapshot_rounds(resolved) } else { 0 },
        kinds: resolved.algorithm.kinds().iter().map(HeadKind::of).collect(),
        config: run_config(resolved, input),
        files: input.files.iter().map(file).collect(),
    }
}

/// Those features of the CPU that numerical libraries choose their code by.
fn cpu_features() -> Vec<String> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        macro_rules! look_for {
            ($($name:tt),*) => { $( if std::is_x86_feature_detected!($name) { found.push($name.to_owned()); } )* };
        }
        look_for!("sse4.2", "avx", "avx2", "fma", "bmi2", "avx512f");
    }
    #[cfg(target_arch = "aarch64")]
    {
        macro_rules! look_for {
            ($($name:tt),*) => { $( if std::arch::is_aarch64_feature_detected!($name) { found.push($name.to_owned()); } )* };
        }
        look_for!("neon", "fp16", "sve");
    }
    found
}

/// A head from which the run cannot be made again.
#[derive(Debug, Error)]
pub enum HeadError {
    /// Its algorithm is another program's.
    #[error("no algorithm of this program is called \"{}\"", visible(.0))]
    Algorithm(String),
    /// Its configuration is not one that this program reads.
    #[error("the trace's configuration is not one of this version: {0}")]
    Config(#[from] ConfigErrors),
    /// An input file in it cannot be used.
    #[error("the trace's input cannot be used: {0}")]
    Input(#[from] InputError),
    /// Its configuration does not fit its input.
    #[error("the trace's configuration does not fit: {0}")]
    Resolve(#[from] ResolveError),
    /// An input file whose content is not what its digest says.
    #[error("the trace's input file {0} has been changed")]
    Digest(String),
}

/// Most components that the vectors of a run have together which a trace's head alone describes: a vector of
/// them has 8 MiB, and a run some tens of them. Larger runs are those of longer files, which hold such
/// vectors, or that somebody has asked for.
pub const COMPONENTS_MAX: u64 = 1 << 20;

/// How large a run may be that is made again from a head of `bytes` bytes of trace.
pub(super) fn components_max(bytes: u64, large: bool) -> u64 {
    if large { u64::MAX } else { COMPONENTS_MAX.max(bytes / 8) }
}

/// Whether an input file in a head is what its digest says.
pub fn input_is_intact(file: &HeadFile) -> bool {
    blake3::hash(&file.content).to_hex().as_str() == file.digest
}

impl From<LoadError> for HeadError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Config(errors) => HeadError::Config(errors),
            LoadError::Input { error, .. } => HeadError::Input(*error),
            LoadError::Resolve { error, .. } => HeadError::Resolve(*error),
        }
    }
}

/// What was run, from a trace's head alone: of the file system nothing is read, whatever the configuration
/// names. Refuses runs whose vectors have more than `components_max` components together.
///
/// # Errors
/// [`HeadError`], which other versions of this program may run into, and programs with other algorithms.
pub fn resolve_head(
    head: &Head,
    registry: Registry,
    components_max: u64,
) -> Result<(Resolved, Input), HeadError> {
    if let Some(changed) = head.files.iter().find(|file| !input_is_intact(file)) {
        return Err(HeadError::Digest(changed.name.clone()));
    }
    let loaded = Loaded::from_str("the trace's configuration", &head.config)?.kept_by_a_run();
    let content = |path: &Path, _| {
        let file = head.files.iter().find(|file| path.ends_with(&file.name));
        file.map(|file| file.content.clone()).ok_or_else(|| ReadError::Io {
            path: path.to_path_buf(),
            error: std::io::ErrorKind::NotFound.into(),
        })
    };
    let checked = match Checked::read(loaded, registry, &Files::held_by(&content)) {
        // All that the configuration's errors could say is that they do not know it.
        Err(LoadError::Config(_)) if registry.find(&head.algorithm).is_none() => {
            return Err(HeadError::Algorithm(head.algorithm.clone()));
        }
        checked => checked?,
    };
    let Prepared { resolved, input, .. } = checked.resolve_within(components_max)?;
    Ok((resolved, input))
}
