//! Dashboards, rules and documentation of metrics: what they name exists, and what they ask is sound. What
//! runs tell, asked of the real Prometheus.
//!
//! Each check of a file has a twin with one planted mistake, which it must find.

mod endpoint;
mod export;
mod expressions;
mod files;
mod linter;
mod live;
mod prometheus;
mod promtool;
mod push;
