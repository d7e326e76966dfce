//! Monitoring: what a running society tells Prometheus.
//!
//! [`table`] lists every metric. Nothing here changes a result: numbers come from the ledger, which is there anyway, and are
//! handed over between turns and at fold blocks.

pub mod table;
