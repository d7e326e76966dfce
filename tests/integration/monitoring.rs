//! Dashboards, rules and documentation of metrics: what they name exists, and what they ask is sound.
//!
//! Each check has a twin with one planted mistake, which it must find.

mod expressions;
mod files;
mod linter;
mod promtool;
