//! `policies.npy` and `critic.npy`: matrices in the format that NumPy reads.

use super::growing::{GrowingFile, Mark};
use super::names::{POLICIES, POLICIES_PARTIAL};
use super::{DirectoryError, RunDirectory};
use crate::files::{POLICIES_BYTES_MAX, ReadError, read_bounded};
use crate::visible::shown;
use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Version 1.0 of the format, padded so that the data begin at a multiple of 64 whatever the number of rows.
pub(crate) const HEADER_BYTES: usize = 128;
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

/// Writes rows as they come; the file has its name only when it is complete.
pub(crate) struct MatrixWriter {
    directory: RunDirectory,
    file: GrowingFile,
    columns: usize,
    rows: u64,
}

/// Where the policies of a run stand: one that was stopped has given them their name.
pub(crate) fn place(directory: &RunDirectory) -> &'static str {
    let partial = directory.has(POLICIES_PARTIAL).unwrap_or(false);
    if !partial && directory.has(POLICIES).unwrap_or(false) { POLICIES } else { POLICIES_PARTIAL }
}

impl MatrixWriter {
    /// Begins with no row, or behind `mark`, which is what a checkpoint says of the rows; what came after is
    /// cut off.
    pub(crate) fn open(
        directory: &RunDirectory,
        columns: usize,
        mark: Option<&Mark>,
    ) -> Result<Self, DirectoryError> {
        let io = |error| DirectoryError::Io { path: directory.file(POLICIES_PARTIAL), error };
        if place(directory) == POLICIES {
            directory.rename(POLICIES, POLICIES_PARTIAL)?;
        }
        let mut file = directory.open_or_make(POLICIES_PARTIAL)?;
        // Until it is complete it has no rows, as far as its head says.
        file.write_all(&header(0, columns)).map_err(io)?;
        let (file, rows) = match mark {
            Some(mark) => (GrowingFile::resume(file, mark).map_err(io)?, mark.bytes / (8 * columns as u64)),
            None => {
                file.set_len(HEADER_BYTES as u64).map_err(io)?;
                (GrowingFile::begin(file).map_err(io)?, 0)
            }
        };
        Ok(MatrixWriter { directory: directory.clone(), file, columns, rows })
    }

    /// How far the rows have come; they are in the file once this returns; with `durable`, on the disk.
    pub(crate) fn settle(&mut self, durable: bool) -> std::io::Result<Mark> {
        self.file.settle(durable)
    }

    pub(crate) fn append(&mut self, row: &[f64]) -> std::io::Result<()> {
        assert_eq!(row.len(), self.columns, "rows have one length");
        for value in row {
            self.file.write_all(&value.to_le_bytes())?;
        }
        self.rows += 1;
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<(), DirectoryError> {
        let MatrixWriter { directory, file, columns, rows } = self;
        let finished = file.finish(&header(rows, columns));
        finished.map_err(|error| DirectoryError::Io { path: directory.file(POLICIES_PARTIAL), error })?;
        directory.rename(POLICIES_PARTIAL, POLICIES)?;
        directory.sync()
    }
}

/// A matrix of one row, as a file.
pub(crate) fn matrix_of_one_row(row: &[f64]) -> Vec<u8> {
    let mut bytes = header(1, row.len());
    row.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
    bytes
}

fn header(rows: u64, columns: usize) -> Vec<u8> {
    let length = HEADER_BYTES - MAGIC.len() - 2;
    let dict = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&(length as u16).to_le_bytes());
    bytes.extend_from_slice(format!("{dict:<width$}\n", width = length - 1).as_bytes());
    bytes
}

/// A policy file that is not one.
#[derive(Debug, Error)]
pub enum PoliciesError {
    /// It cannot be read.
    #[error("cannot read {}: {_0}", shown(_0.path()))]
    Unreadable(#[from] ReadError),
    /// It is not what `dpac run` writes.
    #[error("{} is not a matrix of policies with {columns} columns", shown(path))]
    Format {
        /// The file.
        path: PathBuf,
        /// `d_θ`.
        columns: usize,
    },
}

/// The policies of a run, one per row; at most 1 GiB of them are read.
///
/// # Errors
/// [`PoliciesError`] where the file is missing or its size does not fit `columns`.
pub fn read_policies(path: &Path, columns: usize) -> Result<Vec<Vec<f64>>, PoliciesError> {
    let format = || PoliciesError::Format { path: path.to_path_buf(), columns };
    let bytes = read_bounded(path, POLICIES_BYTES_MAX)?;
    parse_policies(&bytes, columns).ok_or_else(format)
}

/// The policies in a file's content, one per row; `None` where that is not what `dpac run` writes.
pub fn parse_policies(bytes: &[u8], columns: usize) -> Option<Vec<Vec<f64>>> {
    let row_bytes = columns.checked_mul(8).filter(|&bytes| bytes > 0)?;
    let (head, data) = bytes.split_at_checked(HEADER_BYTES)?;
    let rows = data.len() / row_bytes;
    if data.len() % row_bytes != 0 || head != header(rows as u64, columns) {
        return None;
    }
    let row = |bytes: &[u8]| bytes.as_chunks::<8>().0.iter().map(|&word| f64::from_le_bytes(word)).collect();
    Some(data.chunks_exact(row_bytes).map(row).collect())
}
