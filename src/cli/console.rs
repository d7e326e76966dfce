//! What every subcommand says to the one who called it, and the exit codes.

use crate::visible::{self, as_typed, coloured, on_a_terminal};
use std::borrow::Cow;
use std::io::Write;

/// Everything went well.
pub(super) const FINE: u8 = 0;
/// The run failed or was interrupted.
pub(super) const FAILED: u8 = 1;
/// Usage or bad input.
pub(super) const BAD_INPUT: u8 = 2;
/// Done, as far as a file that is damaged or cut short allows.
pub(super) const INCOMPLETE: u8 = 3;

/// Writes to standard output, with nothing in it that a terminal would obey. A reader that has gone away
/// (`dpac ... | head`) has seen what it wanted; any other failure is the program's.
pub(super) fn say(text: &str) -> u8 {
    write_out(&on_a_terminal(text))
}

/// As [`say`], for JSON with a line end after it.
pub(super) fn say_json(value: &serde_json::Value) -> u8 {
    write_out(&visible::json(&format!("{value:#}\n")))
}

fn write_out(text: &str) -> u8 {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            complain(&format!("cannot write to standard output: {error}"), None);
            FAILED
        }
        _ => FINE,
    }
}

/// Writes to standard error, with nothing in it that a terminal would obey. If nobody can read it, there is
/// nobody to tell.
pub(super) fn remark(text: &str) {
    let _ = std::io::stderr().lock().write_all(on_a_terminal(text).as_bytes());
}

/// As [`remark`], for a drawing with colours, in which strangers' texts have been made visible.
pub(super) fn remark_coloured(text: &str) {
    let _ = std::io::stderr().lock().write_all(coloured(text).as_bytes());
}

/// Prints help, the version, or what is wrong with the arguments, which may be names of files that a shell
/// has filled in.
pub(super) fn print_usage(error: &clap::Error) {
    let plain = error.render().to_string();
    match on_a_terminal(&plain) {
        // A broken pipe is nobody's fault.
        Cow::Borrowed(_) => drop(error.print()),
        Cow::Owned(visible) => remark(&visible),
    }
}

/// Prints one error, for which there is no place in a file.
pub(super) fn complain(message: &str, help: Option<&str>) {
    remark(&complaint(message, help));
}

/// The lines of one such error.
pub(super) fn complaint(message: &str, help: Option<&str>) -> String {
    let help = help.map_or_else(String::new, |help| format!("  help: {}\n", as_typed(help)));
    format!("  × {message}\n{help}")
}
