//! `policies.npy` and `critic.npy`: matrices in the format that NumPy reads.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Version 1.0 of the format, padded so that the data begin at a multiple of 64 whatever the number of rows.
const HEADER_BYTES: usize = 128;
const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

/// Writes rows as they come; the file has its name only when it is complete.
pub(crate) struct MatrixWriter {
    file: BufWriter<File>,
    partial: PathBuf,
    path: PathBuf,
    columns: usize,
    rows: u64,
}

impl MatrixWriter {
    pub(crate) fn create(path: &Path, columns: usize) -> std::io::Result<Self> {
        let partial = path.with_extension("npy.partial");
        let mut file = BufWriter::new(File::create(&partial)?);
        file.write_all(&header(0, columns))?;
        Ok(MatrixWriter { file, partial, path: path.to_path_buf(), columns, rows: 0 })
    }

    /// Goes on with a file that has at least `rows` rows; what came after is cut off.
    pub(crate) fn resume(path: &Path, columns: usize, rows: u64) -> std::io::Result<Self> {
        let partial = path.with_extension("npy.partial");
        // A run that was stopped has given it its name.
        if !partial.exists() {
            std::fs::rename(path, &partial)?;
        }
        let file = File::options().read(true).write(true).open(&partial)?;
        let length = HEADER_BYTES as u64 + rows * columns as u64 * 8;
        let file = truncated(file, length)?;
        Ok(MatrixWriter { file: BufWriter::new(file), partial, path: path.to_path_buf(), columns, rows })
    }

    /// Rows so far, which are in the file once this returns; with `durable`, on the disk.
    pub(crate) fn settle(&mut self, durable: bool) -> std::io::Result<u64> {
        self.file.flush()?;
        if durable {
            self.file.get_ref().sync_data()?;
        }
        Ok(self.rows)
    }

    pub(crate) fn append(&mut self, row: &[f64]) -> std::io::Result<()> {
        assert_eq!(row.len(), self.columns, "rows have one length");
        for value in row {
            self.file.write_all(&value.to_le_bytes())?;
        }
        self.rows += 1;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header(self.rows, self.columns))?;
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        std::fs::rename(&self.partial, &self.path)
    }
}

/// A file cut to a length that it has at least, positioned at its end.
pub(crate) fn truncated(mut file: File, length: u64) -> std::io::Result<File> {
    let found = file.metadata()?.len();
    if found < length {
        return Err(std::io::Error::other(format!("{found} bytes, where {length} were written")));
    }
    file.set_len(length)?;
    file.seek(SeekFrom::End(0))?;
    Ok(file)
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
    #[error("cannot read {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// It is not what `dpac run` writes.
    #[error("{} is not a matrix of policies with {columns} columns", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// `d_θ`.
        columns: usize,
    },
}

/// The policies of a run, one per row.
///
/// # Errors
/// [`PoliciesError`] where the file is missing or its size does not fit `columns`.
pub fn read_policies(path: &Path, columns: usize) -> Result<Vec<Vec<f64>>, PoliciesError> {
    let unreadable = |error| PoliciesError::Unreadable { path: path.to_path_buf(), error };
    let format = || PoliciesError::Format { path: path.to_path_buf(), columns };
    let mut bytes = Vec::new();
    File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(unreadable)?;
    let row_bytes = columns * 8;
    let data = bytes.get(HEADER_BYTES..).ok_or_else(format)?;
    if row_bytes == 0 || data.len() % row_bytes != 0 {
        return Err(format());
    }
    let rows = data.len() / row_bytes;
    if bytes[..HEADER_BYTES] != header(rows as u64, columns) {
        return Err(format());
    }
    let row = |bytes: &[u8]| bytes.as_chunks::<8>().0.iter().map(|&word| f64::from_le_bytes(word)).collect();
    Ok(data.chunks_exact(row_bytes).map(row).collect())
}
