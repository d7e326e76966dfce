//! `dpac schema`.

use super::console::say;
use crate::algorithm::Registry;
use crate::config::schema_json;
use clap::Args;

/// Print the JSON schema of configurations, which editors read
#[derive(Args)]
#[command(after_help = "Example:\n  dpac schema > schema.json\n\n\
                        Editors find it by a configuration's first line, `#:schema ./schema.json`.")]
pub(super) struct Arguments {}

pub(super) fn main(_: &Arguments, registry: Registry) -> u8 {
    say(&schema_json(&registry.words()))
}
