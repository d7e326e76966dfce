//! `dpac man`.

use super::console::say;
use super::writing::complain_of_writing;
use crate::files::{make_folder, write_file};
use crate::visible::shown;
use clap::Args;
use clap_mangen::Man;
use std::path::{Path, PathBuf};

/// Print the manual page of the program, or write a page for every command
#[derive(Args)]
#[command(after_help = "Examples:\n  dpac man > dpac.1\n  dpac man man1\n\n\
                        `man -l dpac.1` shows a page; pages in a folder man1 of a folder of MANPATH are found by name.")]
pub(super) struct Arguments {
    /// A folder for the pages, which is made where there is none
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Replace pages that are there
    #[arg(long, requires = "folder")]
    force: bool,
}

pub(super) fn main(arguments: &Arguments, program: clap::Command) -> u8 {
    let mut pages = Vec::new();
    let mut program = program.disable_help_subcommand(true);
    program.build();
    collect(&program, &mut pages);
    match &arguments.folder {
        None => say(&pages[0].text),
        Some(folder) => write(&pages, folder, arguments.force),
    }
}

/// A manual page.
struct Page {
    /// The name of its file.
    name: String,
    text: String,
}

/// The page of a command, then those of the commands below it.
fn collect(command: &clap::Command, pages: &mut Vec<Page>) {
    let man = Man::new(command.clone().mut_args(with_values_in_a_line));
    let mut text = Vec::new();
    man.render(&mut text).expect("memory takes everything");
    pages.push(Page { name: man.get_filename(), text: String::from_utf8_lossy(&text).into_owned() });
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        collect(below, pages);
    }
}

/// Values that need no word of explanation stand behind the help, as on the screen, and not one below the
/// other.
fn with_values_in_a_line(arg: clap::Arg) -> clap::Arg {
    let values = arg.get_possible_values();
    let shown: Vec<&str> = values
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(clap::builder::PossibleValue::get_name)
        .collect();
    if shown.is_empty()
        || arg.is_hide_possible_values_set()
        || values.iter().any(|it| it.get_help().is_some())
    {
        return arg;
    }
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let help = format!("{help} [possible values: {}]", shown.join(", "));
    arg.long_help(help).hide_possible_values(true)
}

fn write(pages: &[Page], folder: &Path, force: bool) -> u8 {
    if let Err(error) = make_folder(folder) {
        return complain_of_writing(&error);
    }
    for Page { name, text } in pages {
        if let Err(error) = write_file(&folder.join(name), force, &[], text.as_bytes()) {
            return complain_of_writing(&error);
        }
    }
    say(&format!("  {} pages in {}\n", pages.len(), shown(folder)))
}
