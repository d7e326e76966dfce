//! The endpoint that Prometheus scrapes: one thread, which only connections wake.

use super::registry::Page;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE as CONTENT_TYPE_HEADER;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::oneshot;

/// How long the end of a process waits for answers that are being sent.
const LAST_ANSWERS: Duration = Duration::from_secs(1);
/// How long a listener rests that the system gives no connections, as for want of file descriptors.
const REST: Duration = Duration::from_millis(100);

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
        self.listener.set_nonblocking(true).map_err(fail)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(fail)?;
        let last = Arc::new(LastScrape::default());
        let seen = Arc::clone(&last);
        let (stop, stopped) = oneshot::channel();
        let (ready, listening) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("dpac-metrics".into())
            .spawn(move || {
                runtime.block_on(async move {
                    match tokio::net::TcpListener::from_std(self.listener) {
                        Ok(listener) => {
                            // Whoever waits for this has gone only if the thread that waits has.
                            let _ = ready.send(Ok(()));
                            answer_all(&listener, &page, &seen, stopped).await;
                        }
                        Err(error) => drop(ready.send(Err(error))),
                    }
                });
            })
            .map_err(fail)?;
        listening.recv().unwrap_or_else(|_| Err(io::Error::other("its thread has ended"))).map_err(fail)?;
        Ok(Endpoint { stop: Some(stop), address, last, thread: Some(thread) })
    }
}

/// An endpoint that answers until it is dropped.
pub struct Endpoint {
    stop: Option<oneshot::Sender<()>>,
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
    /// Sends what is being sent, for a second at most, and ends the thread.
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A thread that is gone needs no telling.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic there has ended the endpoint and concerns nobody else.
            let _ = thread.join();
        }
    }
}

async fn answer_all(
    listener: &tokio::net::TcpListener,
    page: &Page,
    last: &Arc<LastScrape>,
    mut stopped: oneshot::Receiver<()>,
) {
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let (page, last) = (page.clone(), Arc::clone(last));
        let answer = service_fn(move |request| {
            let answer = answer(&request, &page, &last);
            async move { Ok::<_, Infallible>(answer) }
        });
        let connection =
            http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            // A client that goes away before it has its answer is no loss.
            let _ = connection.await;
        });
    }
    let _ = tokio::time::timeout(LAST_ANSWERS, connections.shutdown()).await;
}

fn answer<B>(request: &Request<B>, page: &Page, last: &LastScrape) -> Response<Full<Bytes>> {
    let plain = "text/plain; charset=utf-8";
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n".into(), plain);
    }
    match request.uri().path() {
        "/metrics" => {
            let is_final = last.is_final.load(Ordering::SeqCst);
            let answer = text(StatusCode::OK, page.render(), CONTENT_TYPE);
            if is_final {
                // The endpoint is not dropped before the answer has been sent.
                *last.served.lock().expect("no holder panics") = true;
                last.changed.notify_all();
            }
            answer
        }
        "/health" => text(StatusCode::OK, "OK\n".into(), plain),
        "/" => text(StatusCode::OK, "dpac: the metrics are at /metrics\n".into(), plain),
        _ => text(StatusCode::NOT_FOUND, "there is /metrics and /health\n".into(), plain),
    }
}

fn text(status: StatusCode, text: String, kind: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE_HEADER, hyper::header::HeaderValue::from_static(kind));
    response
}
