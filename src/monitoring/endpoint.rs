//! The endpoint that Prometheus scrapes: one thread, three paths, no runtime.

use super::registry::Page;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use thiserror::Error;
use tiny_http::{Header, Method, Request, Response, Server};

/// The exposition format, as Prometheus wants to be told.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// An address at which nobody can listen.
#[derive(Debug, Error)]
#[error("cannot serve metrics at {address}: {error}")]
pub struct EndpointError {
    /// The address.
    pub address: SocketAddr,
    /// Why not.
    pub error: io::Error,
}

/// A listening socket; connections wait in its queue until somebody serves them.
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

impl Bound {
    /// Takes the address; port 0 takes a free one.
    ///
    /// # Errors
    /// Where the address is not this machine's, or taken.
    pub fn new(address: SocketAddr) -> Result<Self, EndpointError> {
        let fail = |error| EndpointError { address, error };
        let listener = TcpListener::bind(address).map_err(fail)?;
        let address = listener.local_addr().map_err(fail)?;
        Ok(Bound { listener, address })
    }

    /// Serves a page from a thread of its own.
    ///
    /// # Errors
    /// Where there can be no further thread.
    pub fn serve(self, page: Page) -> Result<Endpoint, EndpointError> {
        let address = self.address;
        let fail = |error| EndpointError { address, error };
        let server = Server::from_listener(self.listener, None)
            .map_err(|error| fail(io::Error::other(error.to_string())))?;
        let (server, last) = (Arc::new(server), Arc::new(LastScrape::default()));
        let (serving, seen) = (Arc::clone(&server), Arc::clone(&last));
        let thread = std::thread::Builder::new()
            .name("dpac-metrics".into())
            .spawn(move || serving.incoming_requests().for_each(|request| answer(request, &page, &seen)))
            .map_err(fail)?;
        Ok(Endpoint { server, address, last, thread: Some(thread) })
    }
}

/// An endpoint that answers until it is dropped.
pub struct Endpoint {
    server: Arc<Server>,
    address: SocketAddr,
    last: Arc<LastScrape>,
    thread: Option<JoinHandle<()>>,
}

/// Whether the values are final, and whether somebody has seen them since.
#[derive(Default)]
struct LastScrape {
    is_final: AtomicBool,
    served: Mutex<bool>,
    changed: Condvar,
}

impl Endpoint {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Nothing changes any more: waits until somebody has scraped the values as they are now, but no longer than `longest`. Whether
    /// somebody has.
    pub fn linger(&self, longest: Duration) -> bool {
        self.last.is_final.store(true, Ordering::SeqCst);
        let served = self.last.served.lock().expect("no holder panics");
        let waited = self.last.changed.wait_timeout_while(served, longest, |served| !*served);
        *waited.expect("no holder panics").0
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            // A panic there has ended the endpoint and concerns nobody else.
            let _ = thread.join();
        }
    }
}

fn answer(request: Request, page: &Page, last: &LastScrape) {
    let text = |status: u16, text: String, kind: &str| {
        let kind = Header::from_bytes("Content-Type", kind).expect("a plain header");
        Response::from_string(text).with_status_code(status).with_header(kind)
    };
    let plain = "text/plain; charset=utf-8";
    let path = request.url().split('?').next().unwrap_or_default();
    // A client that goes away before it has its answer is no loss.
    if !matches!(request.method(), Method::Get | Method::Head) {
        let _ = request.respond(text(405, "only GET\n".into(), plain));
        return;
    }
    match path {
        "/metrics" => {
            let is_final = last.is_final.load(Ordering::SeqCst);
            let served = request.respond(text(200, page.render(), CONTENT_TYPE));
            if is_final && served.is_ok() {
                *last.served.lock().expect("no holder panics") = true;
                last.changed.notify_all();
            }
        }
        "/health" => {
            let _ = request.respond(text(200, "OK\n".into(), plain));
        }
        "/" => {
            let _ = request.respond(text(200, "dpac: the metrics are at /metrics\n".into(), plain));
        }
        _ => {
            let _ = request.respond(text(404, "there is /metrics and /health\n".into(), plain));
        }
    }
}
