//! One binary for all integration tests: each module is one promise of the product.

mod algorithms;
mod architecture;
mod checkpoints;
mod clients_that_differ;
mod command_line;
mod commit;
mod compiled_once;
mod configuration;
mod continuous;
mod determinism;
mod drawn_diagnostics;
mod every_algorithm;
mod exact_values;
mod feature_constants;
mod feature_spans;
mod forgotten_types;
mod identities;
mod layouts;
mod ledger;
mod lenient_reading;
mod limits;
mod memory;
mod metering;
mod mistakes;
mod monitoring;
mod mutations;
mod observers;
#[cfg(unix)]
mod obstacles;
mod one_name;
#[cfg(unix)]
mod ordeals;
mod own_algorithms;
mod own_features;
mod paper;
mod pinned_steps;
mod plots;
mod printed_steps;
mod problem_commands;
mod problem_files;
mod problem_library;
mod protocols;
mod rationals;
mod reexecution;
mod results;
mod resumption;
mod run_directory;
mod saved_policies;
mod sentences;
#[cfg(unix)]
mod signals;
mod solving;
mod solving_commands;
mod split_problems;
mod statistics;
mod store;
mod strangers_files;
mod sweeps;
mod table_three;
mod theory;
mod traces;
#[cfg(unix)]
mod tuning;
mod typed;
mod uniform_policy;
mod whole_run;
