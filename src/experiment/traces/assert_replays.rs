//! A recorded trace as a regression test.

use super::divergence;
use super::replay::{ReplayOptions, replay, replay_one};
use crate::algorithm::Registry;
use crate::visible::shown;
use dpac_actors::Address;
use dpac_actors::trace::Verdict;
use std::path::Path;

/// Panics unless the trace replays to its end: whole, or with `role` that role alone. Its algorithm is one of
/// the registry's. Ten lines make a regression test of an algorithm:
///
/// ```
/// use dpac::algorithm::Registry;
/// use dpac::experiment::assert_replays;
/// use dpac_actors::Address;
/// use std::path::Path;
///
/// let golden = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/toggle-dpac.dpt"));
/// assert_replays(golden, Registry::BUILTIN, None);
/// assert_replays(golden, Registry::BUILTIN, Some(Address::Server));
/// assert_replays(golden, Registry::BUILTIN, Some(Address::Critic(1)));
/// ```
///
/// # Panics
/// With the first message and number that differ.
pub fn assert_replays(path: &Path, registry: Registry, role: Option<Address>) {
    let name = shown(path);
    match role {
        None => {
            let replayed = replay(path, registry, ReplayOptions::default())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(
                replayed.verdict == Verdict::Same,
                "{name} does not replay:\n{}",
                divergence::text(&replayed, path)
            );
        }
        Some(role) => {
            let played = replay_one(path, registry, role).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(played.difference.is_none(), "{name}: {role} answers otherwise: {:?}", played.difference);
            assert!(played.complete, "{name} is damaged or was cut short");
        }
    }
}
