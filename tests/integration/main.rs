//! One binary for all integration tests: each module is one promise of the product.

mod configuration;
mod exact_values;
mod problem_files;
mod theory;
