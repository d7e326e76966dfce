//! What runs will write, and what to do where that is much.

use super::numbers::bytes;
use super::screen::listed;
use crate::experiment::{Disk, free_disk_bytes};
use std::path::Path;

/// More than this is said with a warning, however much is free.
const MUCH: u64 = 1 << 30;

/// What a run directory will hold, the largest parts first, and a warning where that is much.
pub(super) fn needed(disk: &Disk, place: &Path) -> String {
    let mut parts = [
        (disk.policies, "policies of all rounds"),
        (disk.rounds, "rounds.jsonl"),
        (disk.record, "record.jsonl"),
        (disk.checkpoints, "checkpoints"),
        (disk.rest, "the last policy, inputs and the rest"),
    ];
    let total = disk.total();
    parts.sort_by_key(|&(size, _)| std::cmp::Reverse(size));
    // Those that make up a hundredth of it or more.
    let shown = parts.iter().filter(|&&(size, _)| size > total / 100);
    let shown: Vec<String> = shown.map(|&(size, what)| format!("{what} {}", bytes(size))).collect();
    let mut text = format!("  disk     about {} in the run directory at most\n", bytes(total));
    text.push_str(&listed("", &shown));
    if let Some(warning) = warning(disk, place) {
        text.push_str(&warning);
    }
    text
}

/// Where runs take more than there is at their place, or much, and by which key they take less.
pub(super) fn warning(disk: &Disk, place: &Path) -> Option<String> {
    let total = disk.total();
    let free = free_disk_bytes(place).filter(|&free| total > free);
    if free.is_none() && total <= MUCH {
        return None;
    }
    let free = free.map_or_else(String::new, |free| format!(", and {} are free there", bytes(free)));
    let thinner = if disk.record >= disk.policies.max(disk.rounds).max(total / 4) {
        "\n             --unset output.record records nothing beside the rounds"
    } else if disk.policies >= disk.rounds.max(total / 4) {
        "\n             --set output.keep_policies=last writes no policies but the last"
    } else if disk.rounds >= total / 4 {
        "\n             --set output.log_every=100 writes a line every 100 rounds"
    } else {
        ""
    };
    Some(format!("           ⚠ this may take {} of disk{free}{thinner}\n", bytes(total)))
}
