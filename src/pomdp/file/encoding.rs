//! What kind of text a file is: where it begins, and how its lines end.

use super::diagnostic::{Kind, Report};
use std::ops::Range;

/// Where the text begins, after a byte order mark; `None` if it is none that can be read, which is reported.
///
/// The format knows neither byte order marks nor lines that end at CR alone. Both are read with a warning,
/// since `pomdp-solve` refuses the first and takes what follows a comment for a part of it after the second.
pub(super) fn text_begins(source: &[u8], report: &mut Report<'_>) -> Option<usize> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    if source.len() > u32::MAX as usize {
        let message = format!("the file has {} bytes: at most {} are read", source.len(), u32::MAX);
        report.error(Kind::TooLarge, 0..0, message);
        return None;
    }
    if source.starts_with(b"\xff\xfe") || source.starts_with(b"\xfe\xff") {
        let help = "save it as UTF-8 or ASCII";
        report.error_with_help(Kind::IllegalCharacter, 0..2, "the file is in UTF-16", help);
        return None;
    }
    if let Some(comment) = comment_ended_by_return(source) {
        let message = "this comment ends at a carriage return, with no line feed after it";
        let help = "other readers take what follows for a part of the comment: save the file with line feeds";
        report.extension(Kind::CarriageReturn, Kind::IllegalCharacter, comment, message, help);
    }
    if !source.starts_with(MARK) {
        return Some(0);
    }
    let message = "the file begins with a byte order mark";
    let help = "other readers refuse it: save the file as UTF-8 without one";
    report.extension(Kind::ByteOrderMark, Kind::IllegalCharacter, 0..MARK.len(), message, help);
    Some(MARK.len())
}

/// The first comment that ends at a CR without LF.
fn comment_ended_by_return(source: &[u8]) -> Option<Range<usize>> {
    // Most files have none at all, which takes little time to find out.
    if !source.contains(&b'\r') {
        return None;
    }
    let mut line = 0;
    for (at, &byte) in source.iter().enumerate() {
        if byte != b'\n' && byte != b'\r' {
            continue;
        }
        let alone = byte == b'\r' && source.get(at + 1) != Some(&b'\n');
        let comment = source[line..at].iter().position(|&byte| byte == b'#').filter(|_| alone);
        if let Some(begin) = comment {
            return Some(line + begin..at);
        }
        line = at + 1;
    }
    None
}
