//! What `dpac run` tells Prometheus: the endpoint, its last scrape, and the push.

use super::console::{BAD_INPUT, complain, remark};
use super::interrupt::Interrupt;
use crate::experiment::{Input, Resolved, RunObservers, arm_of};
use crate::monitoring::{Bound, Endpoint, Gateway, Meter, MeterObserver, RunInfo};
use crate::visible::shown;
use clap::Args;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[derive(Args)]
pub(super) struct MetricsArguments {
    /// Serve metrics for Prometheus while the run goes on, at ADDR:PORT, or at a PORT of this machine alone;
    /// 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", value_parser = address)]
    metrics_listen: Option<SocketAddr>,
    /// Serve the final values for so many seconds more, or until they were scraped
    #[arg(long, value_name = "SECONDS", default_value_t = 0, requires = "metrics_listen")]
    metrics_linger: u32,
    /// Push the final values to a Pushgateway, such as http://127.0.0.1:9091
    #[arg(long, value_name = "URL")]
    metrics_push: Option<String>,
}

/// An address as people write it. A port alone, with or without a colon, is one of the loopback interface.
fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.strip_prefix(':').unwrap_or(text).parse::<u16>() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    let found = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| "an address is like 127.0.0.1:9464, [::1]:9464 or 9464".to_owned())
}

/// The metrics of one run, from before it begins until they have been seen.
pub(super) struct Metrics {
    meter: Arc<Meter>,
    run: String,
    endpoint: Option<Endpoint>,
    gateway: Option<Gateway>,
    linger: Duration,
}

impl Metrics {
    /// Listens, and asks the gateway whether it is there; `Ok(None)` where nobody wants metrics.
    pub(super) fn open(
        arguments: &MetricsArguments,
        (resolved, input): (&Resolved, &Input),
        directory: &Path,
        (threads, placement): (usize, &str),
    ) -> Result<Option<Self>, u8> {
        let MetricsArguments { metrics_listen, metrics_linger, metrics_push } = arguments;
        if metrics_listen.is_none() && metrics_push.is_none() {
            return Ok(None);
        }
        let refuse = |error: String, help| {
            complain(&error, Some(help));
            BAD_INPUT
        };
        let gateway = metrics_push.as_deref().map(Gateway::new).transpose();
        let gateway = gateway.map_err(|error| {
            refuse(error.to_string(), "--metrics-push takes the address of a Pushgateway that is running")
        })?;
        let bound = metrics_listen.map(Bound::new).transpose();
        let unserved = "--metrics-listen 0 takes a port that is free";
        let bound = bound.map_err(|error| refuse(error.to_string(), unserved))?;
        let run =
            directory.file_name().map_or_else(|| "run".to_owned(), |name| shown(Path::new(name)).to_string());
        let meter = Arc::new(Meter::new(&RunInfo {
            run: &run,
            algorithm: resolved.algorithm.name(),
            kinds: resolved.algorithm.kinds(),
            problem: resolved.problem.hidden().name(),
            horizon: resolved.horizon(),
            seed: resolved.config.seed,
            placement,
            clients: resolved.config.federation.clients,
            threads,
            arm: arm_of(resolved, input),
            shape: resolved.shape.clone(),
        }));
        let endpoint = bound.map(|bound| bound.serve(meter.page())).transpose();
        let endpoint = endpoint.map_err(|error| refuse(error.to_string(), unserved))?;
        if let Some(endpoint) = &endpoint {
            remark(&format!("  metrics at http://{}/metrics\n", endpoint.address()));
        }
        let linger = Duration::from_secs(u64::from(*metrics_linger));
        Ok(Some(Metrics { meter, run, endpoint, gateway, linger }))
    }

    /// Lets the metrics watch the run: what happens and what is measured.
    pub(super) fn watch(&self, observers: &mut RunObservers) {
        for list in [&mut observers.live, &mut observers.behind] {
            list.add(Box::new(MeterObserver::new(Arc::clone(&self.meter))));
        }
    }

    /// What is said where a signal comes before the final values are pushed; nothing where nobody wants that.
    pub(super) fn unpushed(&self) -> &'static str {
        match self.gateway {
            Some(_) => "  warning: the final metrics were not pushed: interrupted\n",
            None => "",
        }
    }

    /// The run is over: its final values are pushed, unless somebody wants an end, with `code`.
    pub(super) fn push(&self, interrupt: &Interrupt, code: u8) {
        // The run is what counts, and it is over.
        let unpushed = self.unpushed();
        interrupt.break_off(move |_| (code, unpushed.to_owned()));
        if let Some(endpoint) = &self.endpoint {
            endpoint.settle();
        }
        let Some(gateway) = &self.gateway else { return };
        if interrupt.asked() {
            remark(unpushed);
        } else if let Err(error) = gateway.push(&self.run, &self.meter.page().render()) {
            remark(&format!("  warning: the final metrics were not pushed: {error}\n"));
        }
    }

    /// Final values are served until somebody has seen them, or nobody will, or somebody wants an end, with
    /// `code`.
    pub(super) fn linger(self, interrupt: &Interrupt, code: u8) {
        interrupt.break_off(move |_| (code, String::new()));
        let Some(endpoint) = self.endpoint else { return };
        if !self.linger.is_zero() && !interrupt.asked() {
            let seconds = self.linger.as_secs();
            remark(&format!("  metrics stay for {seconds} s, or until they were scraped once more\n"));
            endpoint.linger(self.linger);
        }
        if let Err(error) = endpoint.close() {
            remark(&format!("  warning: {error}\n"));
        }
    }
}
