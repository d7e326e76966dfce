//! The configuration of a run: TOML, checked and located.
