//! Runs: from a configuration to a run directory.
