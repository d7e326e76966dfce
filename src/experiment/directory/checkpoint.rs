//! Checkpoints: what a run directory keeps so that a run that was stopped or killed goes on as if it had not
//! been.
//!
//! ```text
//! checkpoint.bin := MAGIC[16] | version u32 | length u64 of each part | blake3[32]
//!                   | state (JSON) | θ (f64, little endian) | snapshot
//! ```
//!
//! A run begins with one that has no snapshot. The digest is over all but itself. A checkpoint says what it
//! stands on: the program and the epoch of its results, the digests of configuration and inputs, how far
//! every other file had come and what it held up to there. What came after is cut off when the run goes on.
//!
//! There are two generations. Checkpoints that come faster than one a second are not waited for by the disk:
//! they survive the end of the process. The last one that survives a power cut too stays beside them, until
//! there is a newer one that does. Whoever goes on takes the newest of which everything is there.

use super::growing::{Mark, verified};
use super::marker::Marker;
use super::names::{self, CHECKPOINT, CHECKPOINT_SAFE};
use super::policies;
use super::records::{Before, Cumulative, unix_seconds};
use super::resume_error::ResumeError;
use super::{DirectoryError, RunDirectory, digests};
use crate::experiment::resolve::RESULTS_EPOCH;
use crate::experiment::traces::SavedTrace;
use crate::files::platform::How;
use dpac_actors::{CodecError, Kind, Snapshot};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

const MAGIC: &[u8; 16] = b"dpac checkpoint\n";
const VERSION: u32 = 4;
const HEADER_BYTES: usize = 16 + 4 + 3 * 8 + 32;

/// Whether a run directory has a checkpoint to go on from.
pub fn has_checkpoint(directory: &Path) -> bool {
    [CHECKPOINT, CHECKPOINT_SAFE].iter().any(|name| directory.join(name).is_file())
}

/// What the program keeps beside the society's own snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CheckpointState {
    /// Version and commit of the program that wrote it.
    pub(crate) program: String,
    /// See [`RESULTS_EPOCH`].
    pub(crate) results_epoch: u32,
    /// The run, by its marker.
    pub(crate) run: String,
    /// Digest of the configuration and its inputs, as runs are compared by.
    pub(crate) config_digest: String,
    /// Digests of the files of the directory that do not change: marker, configuration, inputs.
    pub(crate) standing: BTreeMap<String, String>,
    /// The configuration of a run that is being made longer, until it stands in its file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) new_config: Option<NewConfig>,
    /// Whether the disk has it, and all that it stands on.
    pub(crate) durable: bool,
    /// The run's trace, if one is recorded.
    pub(crate) trace: Option<SavedTrace>,
    /// How far the trace had come, and the digest of its records.
    pub(crate) trace_mark: Option<Mark>,
    /// What the recorder of rounds has written and found.
    pub(crate) recorder: RecorderState,
}

/// A configuration that takes the place of another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NewConfig {
    pub(crate) text: String,
    /// Digest of the one that it replaces.
    pub(crate) replaces: String,
}

/// What the recorder has written and found, as a checkpoint keeps it. Numbers are kept by their bits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RecorderState {
    pub(crate) rounds: Option<Mark>,
    /// Whether there is a line per barrier.
    pub(crate) logs_barriers: bool,
    pub(crate) barriers: Option<Mark>,
    pub(crate) policies: Option<Mark>,
    /// `record.jsonl`, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) record: Option<Mark>,
    /// The drift of the open barrier, where it is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) local_drift: Option<u64>,
    /// `d_θ`: the columns of the policies.
    pub(crate) columns: usize,
    pub(crate) before: Cumulative,
    /// The last barrier, which has no line yet: phase, round, number, local steps, squared displacement.
    pub(crate) pending: Option<(u8, u32, u32, u64, u64, Cumulative)>,
    pub(crate) drift: [(u64, u32); 2],
    /// What the run had done when the last round was over.
    pub(crate) done: Before,
    pub(crate) value_sum: u64,
    pub(crate) values: u64,
    /// θ of the last round, which a checkpoint has as a part of its own.
    #[serde(skip)]
    pub(crate) last_theta: Option<Arc<[f64]>>,
    pub(crate) seconds: f64,
    /// Unix time at which the run began, where it is known.
    pub(crate) began_unix_seconds: Option<f64>,
}

impl RecorderState {
    /// That of a run that begins.
    pub(crate) fn beginning(log_barriers: bool) -> Self {
        RecorderState {
            logs_barriers: log_barriers,
            began_unix_seconds: Some(unix_seconds()),
            ..RecorderState::default()
        }
    }
}

/// A run between two turns.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoint {
    pub(crate) state: CheckpointState,
    /// Encoded; empty before the first one, with which a run begins: that says what is recorded.
    snapshot: Vec<u8>,
}

impl Checkpoint {
    /// A checkpoint of a run that has a snapshot, or has none yet.
    pub(crate) fn new(state: CheckpointState, snapshot: Option<&Snapshot>) -> Result<Self, CodecError> {
        let snapshot = snapshot.map(Snapshot::encode).transpose()?.unwrap_or_default();
        Ok(Checkpoint { state, snapshot })
    }

    pub(crate) fn has_snapshot(&self) -> bool {
        !self.snapshot.is_empty()
    }

    /// The society's own part, if there is one yet.
    pub(crate) fn snapshot(&self, kinds: &[Kind]) -> Option<Result<Snapshot, CodecError>> {
        (!self.snapshot.is_empty()).then(|| Snapshot::decode(&self.snapshot, kinds))
    }

    /// Replaces the directory's newest checkpoint. A durable one is on the disk when this returns; one that
    /// is not leaves the last durable one where it is.
    pub(crate) fn write(
        &self,
        directory: &RunDirectory,
        newest_is_durable: bool,
    ) -> Result<(), DirectoryError> {
        let bytes = self.encode();
        if !self.state.durable && newest_is_durable && directory.has(CHECKPOINT)? {
            directory.rename(CHECKPOINT, CHECKPOINT_SAFE)?;
        }
        directory.replace(CHECKPOINT, &bytes, self.state.durable)?;
        if self.state.durable { directory.sync() } else { Ok(()) }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let state = serde_json::to_vec(&self.state).expect("a state is plain data");
        let theta = self.state.recorder.last_theta.as_deref().unwrap_or_default();
        sealed([state.len(), 8 * theta.len(), self.snapshot.len()], |bytes| {
            bytes.extend_from_slice(&state);
            theta.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
            bytes.extend_from_slice(&self.snapshot);
        })
    }

    /// The inverse of [`Checkpoint::encode`]. A file takes no more memory than it has bytes.
    fn read(directory: &RunDirectory, name: &str) -> Result<Self, ResumeError> {
        let path = directory.file(name);
        let unreadable = |error| ResumeError::Unreadable { path: path.clone(), error };
        let mut file = match directory.open_file(name, How::Read) {
            Ok(file) => file,
            Err(DirectoryError::Io { path, error }) => return Err(ResumeError::Unreadable { path, error }),
            Err(_) => return Err(ResumeError::Damaged(path)),
        };
        let mut header = [0; HEADER_BYTES];
        let length = file.metadata().map_err(unreadable)?.len();
        if length < HEADER_BYTES as u64 {
            return Err(ResumeError::Damaged(path));
        }
        file.read_exact(&mut header).map_err(unreadable)?;
        let Some(lengths) = lengths(&header, length) else {
            let older = is_older(&header, &mut file, length);
            return Err(if older { ResumeError::Format(path) } else { ResumeError::Damaged(path) });
        };
        // Held to its digest before it is read: a file with a hole says that it is as long as it likes.
        let mut hasher = blake3::Hasher::new();
        hasher.update(&header[..HEADER_BYTES - 32]);
        io::copy(&mut file, &mut hasher).map_err(unreadable)?;
        if hasher.finalize().as_bytes() != &header[HEADER_BYTES - 32..] {
            return Err(ResumeError::Damaged(path));
        }
        file.seek(SeekFrom::Start(HEADER_BYTES as u64)).map_err(unreadable)?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(lengths.iter().sum()).map_err(|_| ResumeError::Damaged(path.clone()))?;
        file.take(length - HEADER_BYTES as u64).read_to_end(&mut bytes).map_err(unreadable)?;
        Checkpoint::decode(&bytes, lengths).ok_or(ResumeError::Damaged(path))
    }

    fn decode(body: &[u8], [state, theta, snapshot]: [usize; 3]) -> Option<Self> {
        if body.len() != state + theta + snapshot {
            return None;
        }
        let (state, rest) = body.split_at(state);
        let (theta, snapshot) = rest.split_at(theta);
        let mut state: CheckpointState = serde_json::from_slice(state).ok()?;
        let (words, []) = theta.as_chunks::<8>() else { return None };
        state.recorder.last_theta =
            (!words.is_empty()).then(|| words.iter().map(|&word| f64::from_le_bytes(word)).collect());
        Some(Checkpoint { state, snapshot: snapshot.to_vec() })
    }

    /// The newest checkpoint of which everything is there, and why it is not the newest of all, if it is not.
    ///
    /// # Errors
    /// What is wrong with the newest, by name, where no other can take its place.
    pub(crate) fn newest(directory: &RunDirectory) -> Result<(Self, Option<ResumeError>), ResumeError> {
        let newest = Checkpoint::read(directory, CHECKPOINT).and_then(|it| it.hold(directory));
        let passed_over = match newest {
            Ok(checkpoint) => return Ok((checkpoint, None)),
            Err(error) => error,
        };
        // What the run is made of is the same for all its checkpoints.
        let may_be_cut = matches!(
            passed_over,
            ResumeError::Damaged(_) | ResumeError::Lost { .. } | ResumeError::Unreadable { .. }
        );
        if may_be_cut && directory.has(CHECKPOINT_SAFE).unwrap_or(false) {
            let safe = Checkpoint::read(directory, CHECKPOINT_SAFE).and_then(|it| it.hold(directory));
            if let Ok(checkpoint) = safe {
                return Ok((checkpoint, Some(passed_over)));
            }
        }
        Err(passed_over)
    }

    /// The last checkpoint of a run that is complete.
    pub(crate) fn last_of_complete(directory: &RunDirectory) -> Result<Self, ResumeError> {
        Checkpoint::read(directory, names::FINAL)?.hold(directory)
    }

    /// Puts the configuration of a run that is being made longer where the one before it stands, if that has
    /// not been done.
    pub(crate) fn place_new_config(&self, directory: &RunDirectory) -> Result<(), DirectoryError> {
        let Some(NewConfig { text, replaces }) = &self.state.new_config else { return Ok(()) };
        if digests::of_file(directory, names::CONFIG)? == *replaces {
            directory.write(names::CONFIG, text.as_bytes())?;
        }
        Ok(())
    }

    /// The configuration with which the run goes on, where that is not yet the one in its file.
    fn replaces_config(&self, found: &str) -> bool {
        self.state.new_config.as_ref().is_some_and(|new| {
            new.replaces == found
                && self.state.standing.get(names::CONFIG) == Some(&digests::of_bytes(new.text.as_bytes()))
        })
    }

    /// Whether everything that the checkpoint stands on is there, and is what it was.
    fn hold(self, directory: &RunDirectory) -> Result<Self, ResumeError> {
        let CheckpointState { program, results_epoch, run, standing, recorder, .. } = &self.state;
        if *results_epoch != RESULTS_EPOCH {
            let path = directory.path().to_path_buf();
            return Err(ResumeError::Epoch { path, program: program.clone(), epoch: *results_epoch });
        }
        match Marker::read(directory) {
            Ok(marker) if marker.run == *run => {}
            _ => return Err(ResumeError::Changed(directory.file(names::MARKER))),
        }
        for (name, digest) in standing {
            // A name that no run directory has is not looked up.
            let known =
                matches!(name.as_str(), names::MARKER | names::CONFIG) || names::is_input(Path::new(name));
            let found = if known { digests::of_file(directory, name).ok() } else { None };
            let on_its_way = |found: &String| name == names::CONFIG && self.replaces_config(found);
            if !found.is_some_and(|found| found == *digest || on_its_way(&found)) {
                return Err(ResumeError::Changed(directory.file(name)));
            }
        }
        let grown = [
            (names::ROUNDS, &recorder.rounds, 0),
            (names::BARRIERS, &recorder.barriers, 0),
            (names::RECORD, &recorder.record, 0),
            (policies::place(directory), &recorder.policies, policies::HEADER_BYTES as u64),
        ];
        for (name, mark, start) in grown {
            let Some(mark) = mark else { continue };
            let lost = |error| ResumeError::Lost { path: directory.file(name), error };
            let mut file = match directory.open_file(name, How::Read) {
                Ok(file) => file,
                Err(DirectoryError::Io { error, .. }) => return Err(lost(error)),
                Err(_) => return Err(lost(io::ErrorKind::NotFound.into())),
            };
            file.seek(SeekFrom::Start(start)).map_err(lost)?;
            verified(&mut file, mark).map_err(lost)?;
        }
        Ok(self)
    }
}

/// The lengths of the parts, if the header is of this format and the file is as long as they say.
fn lengths(header: &[u8; HEADER_BYTES], file_length: u64) -> Option<[usize; 3]> {
    let rest = header.strip_prefix(MAGIC)?.strip_prefix(&VERSION.to_le_bytes())?;
    let (words, _) = rest.as_chunks::<8>();
    let lengths = [0, 1, 2].map(|part| u64::from_le_bytes(words[part]));
    let sum = lengths.iter().try_fold(HEADER_BYTES as u64, |sum, length| sum.checked_add(*length))?;
    (sum == file_length).then_some(())?;
    lengths.into_iter().map(usize::try_from).collect::<Result<Vec<_>, _>>().ok()?.try_into().ok()
}

/// Whether a file that is not of this format is a checkpoint all the same: of another version, or the first,
/// which began with its digest.
fn is_older(header: &[u8; HEADER_BYTES], file: &mut File, length: u64) -> bool {
    if header.starts_with(MAGIC) {
        return header[MAGIC.len()..MAGIC.len() + 4] != VERSION.to_le_bytes();
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(&header[32..]);
    let read = io::copy(&mut file.take(length - HEADER_BYTES as u64), &mut hasher);
    read.is_ok() && hasher.finalize().as_bytes() == &header[..32]
}

/// blake3 of everything but the place where it stands.
fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes[..HEADER_BYTES - 32]);
    hasher.update(&bytes[HEADER_BYTES..]);
    *hasher.finalize().as_bytes()
}

/// A file of parts that have these lengths, which `fill` appends.
fn sealed(lengths: [usize; 3], fill: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + lengths.iter().sum::<usize>());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    for length in lengths {
        bytes.extend_from_slice(&(length as u64).to_le_bytes());
    }
    bytes.extend_from_slice(&[0; 32]);
    fill(&mut bytes);
    let digest = digest(&bytes);
    bytes[HEADER_BYTES - 32..HEADER_BYTES].copy_from_slice(&digest);
    bytes
}

/// A checkpoint file of any parts, with lengths and a digest that are right: for the fuzzer and the tests,
/// which would never find one.
#[doc(hidden)]
pub fn seal_checkpoint(parts: [&[u8]; 3]) -> Vec<u8> {
    sealed(parts.map(<[u8]>::len), |bytes| parts.iter().for_each(|part| bytes.extend_from_slice(part)))
}

/// A checkpoint as it would be written again, and the snapshot in it, if it has one.
#[doc(hidden)]
pub type Reread = (Vec<u8>, Option<Result<Snapshot, CodecError>>);

/// Reads a checkpoint file's bytes; `None` where it is none: for the fuzzer and the tests.
#[doc(hidden)]
pub fn reread_checkpoint(bytes: &[u8], kinds: &[Kind]) -> Option<Reread> {
    let (header, body) = bytes.split_first_chunk()?;
    let lengths = lengths(header, bytes.len() as u64)?;
    (digest(bytes) == header[HEADER_BYTES - 32..]).then_some(())?;
    let checkpoint = Checkpoint::decode(body, lengths)?;
    Some((checkpoint.encode(), checkpoint.snapshot(kinds)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::directory::Draft;

    /// A run directory whose checkpoint was changed by `change` before it was written.
    fn directory(change: impl FnOnce(&mut CheckpointState)) -> (tempfile::TempDir, RunDirectory, Checkpoint) {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let marker = Marker::new("0.0.0 (test)", Vec::new(), Vec::new());
        let config = b"seed = 0\n".to_vec();
        let standing = [(names::MARKER, marker.encode()), (names::CONFIG, config)];
        let mut recorder = RecorderState::beginning(false);
        recorder.last_theta = Some([0.5, -0.0, f64::MIN_POSITIVE].into());
        let mut state = CheckpointState {
            program: "0.0.0 (test)".to_owned(),
            results_epoch: RESULTS_EPOCH,
            run: marker.run.clone(),
            config_digest: "c0ffee".to_owned(),
            standing: standing
                .iter()
                .map(|(name, bytes)| ((*name).to_owned(), digests::of_bytes(bytes)))
                .collect(),
            new_config: None,
            durable: true,
            trace: None,
            trace_mark: None,
            recorder,
        };
        change(&mut state);
        let checkpoint = Checkpoint::new(state, None).expect("no snapshot");
        let mut files: Vec<_> = standing.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
        files.push((CHECKPOINT.to_owned(), checkpoint.encode()));
        let path = scratch.path().join("run");
        let place = Draft::place_of(&path).expect("a place");
        let draft = Draft::prepare(&path, &place, false, &[], &files).expect("nothing is there");
        let (directory, _) = draft.place().expect("nothing is there").settle();
        (scratch, directory, checkpoint)
    }

    #[test]
    fn checkpoint_comes_back_bit_for_bit() {
        let (_scratch, directory, written) = directory(|_| ());
        let (read, passed_over) = Checkpoint::newest(&directory).expect("what was written");
        assert!(passed_over.is_none());
        assert_eq!(read.encode(), written.encode());
        let bits = |checkpoint: &Checkpoint| {
            checkpoint
                .state
                .recorder
                .last_theta
                .as_ref()
                .map(|theta| theta.iter().map(|it| it.to_bits()).collect::<Vec<_>>())
        };
        assert_eq!(bits(&read), bits(&written));
    }

    #[test]
    fn checkpoint_of_another_epoch_is_refused_with_the_program_that_wrote_it() {
        let (_scratch, directory, _) = directory(|state| state.results_epoch = RESULTS_EPOCH + 1);
        let error = Checkpoint::newest(&directory).expect_err("another epoch");
        assert!(matches!(error, ResumeError::Epoch { .. }), "{error}");
        assert!(error.to_string().contains("0.0.0 (test)"), "{error}");
    }

    #[test]
    fn checkpoint_of_another_format_is_called_so_and_a_damaged_one_damaged() {
        let (_scratch, directory, checkpoint) = directory(|_| ());
        let newest = || Checkpoint::newest(&directory).expect_err("not what was written");
        let write = |bytes: &[u8]| directory.write(CHECKPOINT, bytes).expect("writable");
        // The first format began with the digest of what followed.
        let body = [&4_u32.to_le_bytes()[..], b"null", &[0; 100]].concat();
        write(&[blake3::hash(&body).as_bytes(), body.as_slice()].concat());
        assert!(matches!(newest(), ResumeError::Format(_)));
        let mut other = checkpoint.encode();
        other[16] += 1;
        write(&other);
        assert!(matches!(newest(), ResumeError::Format(_)));
        let whole = checkpoint.encode();
        for at in (0..whole.len()).filter(|at| *at != 16 && !(17..20).contains(at)) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            write(&flipped);
            assert!(matches!(newest(), ResumeError::Damaged(_)), "byte {at}");
        }
        for length in [0, 10, HEADER_BYTES, whole.len() - 1] {
            write(&whole[..length]);
            assert!(matches!(newest(), ResumeError::Damaged(_)), "{length} bytes");
        }
    }

    #[test]
    fn files_that_a_checkpoint_names_outside_of_its_directory_are_not_looked_up() {
        for name in ["../victim", "/etc/passwd", "summary.json", "inputs/../../victim"] {
            let (_scratch, directory, _) = directory(|state| {
                state.standing.insert(name.to_owned(), digests::of_bytes(b""));
            });
            assert!(matches!(Checkpoint::newest(&directory), Err(ResumeError::Changed(_))), "{name}");
        }
    }
}
