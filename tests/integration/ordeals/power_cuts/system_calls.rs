//! The system calls by which a run changes files, as `strace` records them.

use super::super::place::{Place, said};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One call that has returned without an error, in the order of their returns.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// How many calls had returned when it began: what it can have made durable.
    pub(super) began: usize,
    pub(super) what: What,
}

/// Paths are absolute, or relative to what is open as `at`.
#[derive(Clone, Debug)]
pub(super) enum What {
    Open {
        path: At,
        create: bool,
        exclusive: bool,
        truncate: bool,
        append: bool,
        unnamed: bool,
        result: i32,
    },
    Close {
        file: i32,
    },
    Duplicate {
        file: i32,
        result: i32,
    },
    /// `None` writes at the file's own place.
    Write {
        file: i32,
        at: Option<u64>,
        bytes: Vec<u8>,
    },
    Seek {
        file: i32,
        result: u64,
    },
    Read {
        file: i32,
        length: u64,
    },
    Truncate {
        file: i32,
        length: u64,
    },
    Sync {
        file: i32,
    },
    SyncAll,
    MakeDirectory {
        path: At,
    },
    Rename {
        from: At,
        to: At,
        exchange: bool,
    },
    Link {
        from: At,
        to: At,
    },
    Remove {
        path: At,
    },
}

#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) folder: Option<i32>,
    pub(super) path: PathBuf,
}

const CALLS: &str = "open,openat,openat2,creat,close,dup,dup2,dup3,fcntl,read,readv,write,writev,pwrite64,pwritev,lseek,ftruncate,\
    truncate,fsync,fdatasync,sync,syncfs,sync_file_range,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,\
    unlink,unlinkat,rmdir,copy_file_range,sendfile,fallocate,mmap";

/// Runs the program to its end under `strace`.
pub(super) fn record(place: &Place, arguments: &str) -> Vec<Call> {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let log = scratch.path().join("calls");
    let mut command = std::process::Command::new("strace");
    command.args([
        "-f",
        "-q",
        "-xx",
        "-s",
        "100000000",
        "-e",
        &format!("trace={CALLS}"),
        "-e",
        "signal=none",
        "-o",
    ]);
    command.arg(&log).arg(env!("CARGO_BIN_EXE_dpac")).args(arguments.split_whitespace());
    let output = command.current_dir(place.path("")).output().expect("strace, which ./ci.sh installs");
    assert!(output.status.success(), "{}", said(&output));
    let text = std::fs::read_to_string(&log).expect("a log of calls");
    let calls = parse(&text);
    assert!(calls.len() > 20, "{} calls; may processes be traced here?", calls.len());
    calls
}

fn parse(text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    // By thread: a call that has begun and not returned.
    let mut begun: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    for line in text.lines() {
        let (thread, rest) = line.trim_start().split_once(' ').expect("a thread's number");
        let rest = rest.trim_start();
        if rest.starts_with("+++") || rest.starts_with("---") {
            continue;
        }
        if let Some(head) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(thread, (calls.len(), head.to_owned()));
            continue;
        }
        let (began, whole) = match rest.strip_prefix("<... ") {
            None => (calls.len(), rest.to_owned()),
            Some(resumed) => {
                let tail = resumed.split_once(" resumed>").expect("the rest of a call").1;
                let (began, head) = begun.remove(thread).expect("a call that has begun");
                (began, head + tail)
            }
        };
        calls.extend(call(&whole).map(|what| Call { began, what }));
    }
    calls
}

/// `name(arguments) = result`; `None` for what failed or changes nothing.
fn call(line: &str) -> Option<What> {
    let (name, rest) = line.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().strip_suffix(')')?;
    let result = result.split_whitespace().next()?;
    // A call that never returned, as of a thread that was ended, has `?`.
    let result: i64 = match result.strip_prefix("0x") {
        Some(hexadecimal) => i64::from_str_radix(hexadecimal, 16).ok()?,
        None => result.parse().ok()?,
    };
    if result < 0 {
        return None;
    }
    let arguments = split(arguments);
    let text = |index: usize| arguments[index].as_str();
    let file =
        |index: usize| text(index).parse::<i32>().unwrap_or_else(|_| panic!("a descriptor: {line:.200}"));
    let length =
        |index: usize| text(index).parse::<u64>().unwrap_or_else(|_| panic!("a length: {line:.200}"));
    let path = |index: usize| At { folder: None, path: as_path(text(index)) };
    let path_at = |index: usize| At {
        folder: (text(index) != "AT_FDCWD").then(|| file(index)),
        path: as_path(text(index + 1)),
    };
    let open = |path: At, flags: &str| What::Open {
        path,
        create: flags.contains("O_CREAT"),
        exclusive: flags.contains("O_EXCL"),
        truncate: flags.contains("O_TRUNC"),
        append: flags.contains("O_APPEND"),
        unnamed: flags.contains("O_TMPFILE"),
        result: result as i32,
    };
    // No more than the result says was written.
    let written = |bytes: Vec<u8>| bytes[..result as usize].to_vec();
    Some(match name {
        "open" => open(path(0), text(1)),
        "openat" | "openat2" => open(path_at(0), text(2)),
        "creat" => open(path(0), "O_CREAT|O_TRUNC"),
        "close" => What::Close { file: file(0) },
        "dup" | "dup2" | "dup3" => What::Duplicate { file: file(0), result: result as i32 },
        "fcntl" if text(1).starts_with("F_DUPFD") => What::Duplicate { file: file(0), result: result as i32 },
        "fcntl" => return None,
        "read" | "readv" => What::Read { file: file(0), length: result as u64 },
        "write" => What::Write { file: file(0), at: None, bytes: written(bytes(text(1))) },
        "writev" => What::Write { file: file(0), at: None, bytes: written(vectors(text(1))) },
        "pwrite64" => What::Write { file: file(0), at: Some(length(3)), bytes: written(bytes(text(1))) },
        "pwritev" => What::Write { file: file(0), at: Some(length(3)), bytes: written(vectors(text(1))) },
        "lseek" => What::Seek { file: file(0), result: result as u64 },
        "ftruncate" => What::Truncate { file: file(0), length: length(1) },
        "fsync" | "fdatasync" => What::Sync { file: file(0) },
        "sync" | "syncfs" => What::SyncAll,
        "mkdir" => What::MakeDirectory { path: path(0) },
        "mkdirat" => What::MakeDirectory { path: path_at(0) },
        "rename" => What::Rename { from: path(0), to: path(1), exchange: false },
        "renameat" => What::Rename { from: path_at(0), to: path_at(2), exchange: false },
        "renameat2" => {
            What::Rename { from: path_at(0), to: path_at(2), exchange: text(4).contains("RENAME_EXCHANGE") }
        }
        "link" => What::Link { from: path(0), to: path(1) },
        "linkat" => What::Link { from: path_at(0), to: path_at(2) },
        "unlink" | "rmdir" => What::Remove { path: path(0) },
        "unlinkat" => What::Remove { path: path_at(0) },
        // Memory of a file that is shared and written would be changes that no call tells of.
        "mmap"
            if text(3).contains("MAP_SHARED")
                && text(2).contains("PROT_WRITE")
                && !text(3).contains("MAP_ANON") =>
        {
            panic!("a file is changed through memory: {line:.200}")
        }
        "mmap" | "sync_file_range" => return None,
        other => panic!("a call that this test does not know: {other}"),
    })
}

/// Arguments, separated by commas outside of quotes and brackets.
fn split(arguments: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut depth) = (false, 0);
    for character in arguments.chars() {
        match character {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("one at least").push(character);
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// All of a text's bytes are in the form `\x2f`.
fn bytes(quoted: &str) -> Vec<u8> {
    let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let inside = inside.unwrap_or_else(|| panic!("a text that is whole: {quoted:.100}"));
    let byte = |digits: &str| u8::from_str_radix(digits, 16).expect("a byte in hexadecimal");
    inside.split("\\x").skip(1).map(byte).collect()
}

/// `[{iov_base="…", iov_len=3}, …]`.
fn vectors(text: &str) -> Vec<u8> {
    let mut all = Vec::new();
    for part in text.split("iov_base=").skip(1) {
        let quoted = part.split('"').nth(1).expect("a text");
        all.extend(bytes(&format!("\"{quoted}\"")));
    }
    all
}

fn as_path(quoted: &str) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(&bytes(quoted))).to_path_buf()
}
