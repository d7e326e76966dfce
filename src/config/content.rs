//! What a file is, told from its content: its name need not say it, and may be wrong.

use std::cmp::Ordering;
use std::fmt;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A problem in the `.POMDP` format, though perhaps with errors.
    Problem,
    /// A configuration, though perhaps with errors.
    Configuration,
    /// Something that is known, and neither.
    Foreign(Foreign),
    /// Text, or nothing at all, that could be anything.
    Unclear,
}

/// Files that are met where a problem or a configuration is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Foreign {
    /// A problem in XML, as SARSOP reads it.
    Pomdpx,
    /// A model of the model checker Storm.
    Drn,
    /// A model in the language of the model checker PRISM.
    Prism,
    /// A problem of several agents, of the MADP toolbox.
    Dpomdp,
    /// Compressed with gzip.
    Gzip,
    /// Compressed with xz.
    Xz,
    /// Compressed with bzip2.
    Bzip2,
    /// Compressed with Zstandard.
    Zstd,
    /// A zip archive.
    Zip,
    /// An array of NumPy.
    Npy,
    /// A recorded run.
    Trace,
    /// A saved policy, as in a run directory.
    Policy,
    /// A problem that `dpac convert` has written as JSON.
    ProblemJson,
    /// Any other JSON.
    Json,
    /// A web page.
    Html,
    /// Any other XML.
    Xml,
    /// The place holder of a file that Git LFS keeps elsewhere.
    LfsPointer,
    /// Text in UTF-16.
    Utf16,
    /// Bytes that are no text.
    Binary,
}

impl Foreign {
    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self {
            Foreign::Pomdpx => {
                "if it was made of a .POMDP file, as by pomdpconvert, give that one; else write it as one: \
                 `dpac convert tiger` shows what it looks like"
            }
            Foreign::Drn | Foreign::Prism => {
                "write its tables as a .POMDP file: `dpac convert tiger` shows what one looks like"
            }
            Foreign::Dpomdp => {
                "here clients have one agent's problem each: a .POMDP file has `states`, `actions` and \
                 `observations` of one agent, and no `agents`"
            }
            Foreign::Gzip => "`gunzip` it first, or give `<(gunzip -c FILE)` in its place",
            Foreign::Xz => "`unxz` it first, or give `<(unxz -c FILE)` in its place",
            Foreign::Bzip2 => "`bunzip2` it first, or give `<(bunzip2 -c FILE)` in its place",
            Foreign::Zstd => "`unzstd` it first, or give `<(unzstd -c FILE)` in its place",
            Foreign::Zip => "`unzip` it first",
            Foreign::Npy => "the policies of a run are read with its directory: `dpac evaluate RUN_DIR`",
            Foreign::Trace => "`dpac trace info` and `dpac replay` read it",
            Foreign::Policy => {
                "`dpac simulate PROBLEM --policy FILE` plays it; the key `policy` of DPTD evaluates it"
            }
            Foreign::ProblemJson => "`dpac convert PROBLEM` without `--to json` writes what is read",
            Foreign::Json => "a problem is in the .POMDP format, a configuration in TOML",
            Foreign::Html => "save the file that the page shows, rather than the page",
            Foreign::Xml => "a problem is in the .POMDP format, a configuration in TOML",
            Foreign::LfsPointer => "`git lfs pull` fetches the file itself",
            Foreign::Utf16 => "save it as UTF-8",
            Foreign::Binary => "a problem is text in the .POMDP format, a configuration text in TOML",
        }
    }
}

/// With its article.
impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Foreign::Pomdpx => "a problem in XML (POMDPX)",
            Foreign::Drn => "a model of Storm (DRN)",
            Foreign::Prism => "a model in PRISM's language",
            Foreign::Dpomdp => "a problem of several agents (.dpomdp)",
            Foreign::Gzip => "compressed with gzip",
            Foreign::Xz => "compressed with xz",
            Foreign::Bzip2 => "compressed with bzip2",
            Foreign::Zstd => "compressed with Zstandard",
            Foreign::Zip => "a zip archive",
            Foreign::Npy => "an array of NumPy",
            Foreign::Trace => "a recorded run, a trace",
            Foreign::Policy => "a saved policy",
            Foreign::ProblemJson => "a problem as JSON, which is written but not read",
            Foreign::Json => "JSON",
            Foreign::Html => "a web page",
            Foreign::Xml => "XML",
            Foreign::LfsPointer => "the place holder of a file that Git LFS keeps elsewhere",
            Foreign::Utf16 => "text in UTF-16",
            Foreign::Binary => "no text",
        })
    }
}

/// What certain files begin with.
const MAGIC: [(&[u8], Foreign); 10] = [
    (b"\x1f\x8b", Foreign::Gzip),
    (b"\xfd7zXZ\0", Foreign::Xz),
    (b"BZh", Foreign::Bzip2),
    (b"\x28\xb5\x2f\xfd", Foreign::Zstd),
    (b"PK\x03\x04", Foreign::Zip),
    (b"PK\x05\x06", Foreign::Zip),
    (b"\x93NUMPY", Foreign::Npy),
    (b"\x89DPT", Foreign::Trace),
    (b"\xff\xfe", Foreign::Utf16),
    (b"\xfe\xff", Foreign::Utf16),
];

/// How much of a file is looked at: what it is shows at its beginning, if not before a long comment.
const LOOKED_AT_BYTES: usize = 1 << 20;

impl Content {
    /// What a file is, from its content or the beginning of it.
    pub fn of(bytes: &[u8]) -> Self {
        if let Some((_, foreign)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
            return Content::Foreign(*foreign);
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let bytes = &bytes[..bytes.len().min(LOOKED_AT_BYTES)];
        marked_up(bytes).map_or_else(|| Statements::of(bytes).content(bytes), Content::Foreign)
    }
}

/// Formats that a few words near the beginning give away.
fn marked_up(bytes: &[u8]) -> Option<Foreign> {
    let bytes = bytes.trim_ascii_start();
    let beginning = &bytes[..bytes.len().min(4096)];
    let has =
        |word: &str| beginning.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()));
    match beginning {
        [b'<', ..] if has("<pomdpx") => Some(Foreign::Pomdpx),
        [b'<', ..] if has("<!doctype html") || has("<html") => Some(Foreign::Html),
        [b'<', ..] => Some(Foreign::Xml),
        [b'{', ..] if has("\"theta\"") => Some(Foreign::Policy),
        [b'{', ..] if has("\"states\"") && has("\"actions\"") => Some(Foreign::ProblemJson),
        [b'{', ..] => Some(Foreign::Json),
        _ if bytes.starts_with(b"version https://git-lfs") => Some(Foreign::LfsPointer),
        _ => None,
    }
}

/// The statements of a text that one kind of file has and the others have not.
#[derive(Default)]
struct Statements {
    /// `states: 2` and the like.
    problem: usize,
    /// `agents: 2`.
    agents: usize,
    /// `key = value` and `[section]`.
    configuration: usize,
    /// `@type: POMDP` and the like.
    drn: usize,
    /// A line that is `pomdp` or `endmodule`, or begins with `module`.
    prism: usize,
}

impl Statements {
    /// Counted in the beginning of a text; a comment begins with `#`, or where there are no such with `//`.
    fn of(bytes: &[u8]) -> Self {
        let mut counted = Statements::default();
        for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')) {
            let end = line.iter().position(|&byte| byte == b'#').unwrap_or(line.len());
            let line = line[..end].trim_ascii();
            // Rows of numbers, of which most of a problem file may consist, say nothing.
            if line.is_empty() || line[0].is_ascii_digit() || line.starts_with(b"//") {
                continue;
            }
            counted.line(line);
        }
        counted
    }

    fn line(&mut self, line: &[u8]) {
        let first = line.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').next().unwrap_or(line);
        let rest = line[first.len()..].trim_ascii_start();
        match first {
            b"" if line.starts_with(b"@") => self.drn += 1,
            b"" if line.starts_with(b"[") => self.configuration += 1,
            b"pomdp" | b"mdp" | b"dtmc" | b"endmodule" if rest.is_empty() => self.prism += 1,
            b"module" if !rest.is_empty() && !rest.contains(&b'=') => self.prism += 1,
            b"agents" if rest.starts_with(b":") => self.agents += 1,
            b"discount" | b"values" | b"states" | b"actions" | b"observations" | b"start" | b"T" | b"O"
            | b"R"
                if rest.starts_with(b":") =>
            {
                self.problem += 1;
            }
            b"start" if rest.starts_with(b"include") || rest.starts_with(b"exclude") => self.problem += 1,
            // A key may be dotted, and its parts quoted.
            _ if line.iter().find(|byte| matches!(byte, b'=' | b':')) == Some(&b'=') => {
                self.configuration += 1;
            }
            _ => {}
        }
    }

    fn content(&self, bytes: &[u8]) -> Content {
        let Statements { problem, agents, configuration, drn, prism } = *self;
        if drn > 0 && problem == 0 {
            return Content::Foreign(Foreign::Drn);
        }
        if prism > 0 && problem == 0 {
            return Content::Foreign(Foreign::Prism);
        }
        match problem.cmp(&configuration) {
            _ if problem == 0 && configuration == 0 && is_binary(bytes) => Content::Foreign(Foreign::Binary),
            Ordering::Greater if agents > 0 => Content::Foreign(Foreign::Dpomdp),
            Ordering::Greater => Content::Problem,
            Ordering::Less => Content::Configuration,
            Ordering::Equal => Content::Unclear,
        }
    }
}

/// Whether there are more bytes of value 0 than would slip into a text; for one, the reader of texts says
/// where it is.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().filter(|&&byte| byte == 0).nth(7).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_known_however_they_are_written() {
        for text in [
            "discount: 0.9\nvalues: reward\nstates: 2\n",
            "discount : 0.9 values : reward states : 2 actions : 2 observations : 2",
            "# A comment = with an equals sign\n\n  # [section]\r\nstates: a b\r\n",
            "states: 2\rvalues: cost\r",
            "\u{feff}values: reward\n",
            "discont: 0.9\nvalues: reward\nstates: 2\n",
            "start include: a b\n",
            "T: * : * : * 1.0\n",
            "states = 2\nvalues: reward\ndiscount: 0.9\n",
        ] {
            assert_eq!(Content::of(text.as_bytes()), Content::Problem, "{text}");
        }
        let long = "# comment\n".repeat(1000) + "states: 2\n" + &"0.5 0.5\n".repeat(1000);
        assert_eq!(Content::of(long.as_bytes()), Content::Problem);
        assert_eq!(Content::of(b"# caf\xe9\nstates: 2\n"), Content::Problem);
    }

    #[test]
    fn configurations_are_known_however_they_are_written() {
        for text in [
            "problem.builtin = \"tiger\"\n",
            "[problem]\n",
            "# states: 2\nseed=1\n",
            "\u{feff}[critic]\n",
            "problem = { file = \"states: 2\" }\n",
            "\"problem\".builtin = 'tiger'",
            "seed = 1\nstates: 2\n[problem]\n",
        ] {
            assert_eq!(Content::of(text.as_bytes()), Content::Configuration, "{text}");
        }
    }

    #[test]
    fn what_is_neither_is_known_by_name() {
        for (text, expected) in [
            ("<?xml version='1.0'?>\n<!-- tiger -->\n<pomdpx version='0.1'>", Foreign::Pomdpx),
            ("// Exported by storm\n@type: POMDP\n@parameters\n\n@nr_states\n3\n", Foreign::Drn),
            ("@type: MDP\n@model\nstate 0 {0} init\n\taction a\n\t\t1 : 0.5\n", Foreign::Drn),
            (
                "// a maze\npomdp\n\nobservables\n  o\nendobservables\nmodule maze\n  s : [0..3];\n",
                Foreign::Prism,
            ),
            (
                "agents: 2\ndiscount: 1\nvalues: reward\nstates: a b\nactions:\nlisten\nlisten\n",
                Foreign::Dpomdp,
            ),
            ("{\"features\":{\"kind\":\"history\"},\"horizon\":4,\"theta\":[0.0]}", Foreign::Policy),
            ("{\"name\":\"tiger\",\"states\":[\"a\"],\"actions\":[\"b\"]}", Foreign::ProblemJson),
            ("{\"round\":0,\"value\":1}\n{\"round\":1}\n", Foreign::Json),
            ("<!DOCTYPE html>\n<html><body>404</body></html>", Foreign::Html),
            ("<policy version=\"0.1\">", Foreign::Xml),
            ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", Foreign::LfsPointer),
            ("\u{1}\0\0\0\0\0\0\0\0", Foreign::Binary),
            ("d\0i\0s\0c\0o\0u\0n\0t\0:\0", Foreign::Binary),
        ] {
            assert_eq!(Content::of(text.as_bytes()), Content::Foreign(expected), "{text}");
        }
        for (bytes, expected) in [
            (b"\x1f\x8b\x08\0".as_slice(), Foreign::Gzip),
            (b"PK\x03\x04\x14", Foreign::Zip),
            (b"\xfd7zXZ\0\0", Foreign::Xz),
            (b"BZh91AY", Foreign::Bzip2),
            (b"\x28\xb5\x2f\xfd\0", Foreign::Zstd),
            (b"\x93NUMPY\x01\0", Foreign::Npy),
            (b"\x89DPT\x01\r\n\x1a", Foreign::Trace),
            (b"\xff\xfed\0i\0", Foreign::Utf16),
        ] {
            assert_eq!(Content::of(bytes), Content::Foreign(expected));
            assert!(!expected.help().is_empty());
        }
    }

    #[test]
    fn what_could_be_anything_stays_unclear() {
        for text in
            ["", "\0\u{1}\u{2}PK", "\n# nothing\n", "tiger", "problem: tiger\nhorizon: 4\n", "1 2 3\n"]
        {
            assert_eq!(Content::of(text.as_bytes()), Content::Unclear, "{text}");
        }
    }
}
