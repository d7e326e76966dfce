//! What existing runs are known by stays: a directory that was begun yesterday is found and gone on with
//! today.

use crate::whole_run::resolved;
use dpac::experiment::{config_digest, default_directory};

/// Of each algorithm of the paper one configuration; the first is shipped.
const KNOWN: [(&str, &str, &str); 3] = [
    (
        include_str!("../../configs/tiger.toml"),
        "runs/tiger-dpac-57d66103-s0",
        "57d661036018d7c718f7b8ce654e3206435095bcfec0b9ba6f49ea3db168f4c9",
    ),
    (
        "algorithm = \"dptd\"\nseed = 3\nproblem = { builtin = \"toggle\", horizon = 3 }\nfederation.clients = 4\n\
         critic = { rounds = 8, local_steps = 2, alpha = 0.25, features = { kind = \"window\", length = 1 } }\n",
        "runs/toggle-dptd-cfac81ce-s3",
        "cfac81ce5e904738a578ce60fbddf99e24e56ab6387678a526de03e22d9d401c",
    ),
    (
        "algorithm = \"dppg\"\ntrajectories = 4096\nproblem = { builtin = \"tiger\", horizon = 3 }\n\
         federation = { clients = 4, lean = true }\nactor.target = \"advantage\"\n",
        "runs/tiger-dppg-9e911c88-s0",
        "9e911c884bce45ed77baa2c61da7ba21fe82ebe44d6d8ae3786e379005fdfaa9",
    ),
];

#[test]
fn names_and_digests_of_existing_configurations_are_what_they_were() {
    let found = KNOWN.map(|(text, ..)| {
        // Of a file the content counts, not its place.
        let file = text.contains("tiger.POMDP").then_some("problem.file=configs/problems/tiger.POMDP");
        let (resolved, input) = resolved(text, file.as_slice());
        let directory = default_directory(&resolved, &input);
        (directory.display().to_string(), config_digest(&resolved, &input))
    });
    let known = KNOWN.map(|(_, directory, digest)| (directory.to_owned(), digest.to_owned()));
    assert_eq!(found, known);
}
