//! Monitoring: what a running society tells Prometheus.
//!
//! [`table`] lists every metric, [`page`] documents them and [`dashboards`] show them. A [`Meter`] has the
//! series of one run and a [`Page`] that is scraped; a [`MeterObserver`] watches a run and tells the meter,
//! at most every 100 ms what is counted. Nothing here changes a result: counts come from the ledger, which is
//! there anyway. [`history`] tells of runs that are over.
//!
//! ```
//! use dpac::monitoring::{Arm, Bound, Meter, RunInfo};
//! # use dpac::theory::{counts::Shape, protocol::{Values, letter::{H, K_E, M, Q, R_E}}};
//! # let shape = Shape {
//! #     protocol: dpac::algorithm::Registry::BUILTIN.find("dptd").unwrap().usual_protocol(false),
//! #     lean: false,
//! #     values: Values::default().with(M, 3).with(Q, 20).with(H, 2).with(R_E, 4).with(K_E, 7),
//! # };
//! let meter = Meter::new(&RunInfo {
//!     run: "toggle-1",
//!     algorithm: "dptd",
//!     kinds: &[],
//!     problem: "toggle",
//!     horizon: 2,
//!     seed: 1,
//!     placement: "shard",
//!     clients: 3,
//!     threads: 2,
//!     arm: Arm::default(),
//!     shape,
//! });
//! let endpoint = Bound::new("127.0.0.1:0".parse()?)?.serve(meter.page())?;
//! assert_ne!(endpoint.address().port(), 0);
//! assert!(meter.page().render().contains("dpac_clients{run=\"toggle-1\"} 3"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arm;
#[cfg(feature = "program")]
pub mod dashboards;
#[cfg(feature = "program")]
mod endpoint;
pub mod history;
pub mod measures;
#[cfg(feature = "program")]
mod meter;
#[cfg(feature = "program")]
mod observer;
mod openmetrics;
pub mod page;
#[cfg(feature = "program")]
mod push;
#[cfg(feature = "program")]
mod registry;
pub mod table;

pub use arm::Arm;
#[cfg(feature = "program")]
pub use endpoint::{Bound, CONNECTIONS_MAX, CONTENT_TYPE, Endpoint, EndpointError, IDLE};
#[cfg(feature = "program")]
pub use meter::{Meter, RunInfo};
#[cfg(feature = "program")]
pub use observer::MeterObserver;
#[cfg(feature = "program")]
pub use push::{Gateway, PushError};
#[cfg(feature = "program")]
pub use registry::Page;
