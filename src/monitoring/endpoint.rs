//! The endpoint that Prometheus scrapes: one thread, which only connections wake.
//!
//! Whoever can reach it may be slow, silent or many. So connections are few, and the newest take the place
//! of the oldest; each wait has an end; and descriptors are left for the files of the run, which ends where
//! a checkpoint cannot be written.

mod answer;
mod delivery;
mod last_scrape;

pub use self::answer::CONTENT_TYPE;

use self::answer::answer;
use self::delivery::{Delivery, Stream};
use self::last_scrape::{Gone, LastScrape};
use super::registry::Page;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use hyper_util::server::graceful::GracefulShutdown;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

/// Connections at the same time.
pub const CONNECTIONS_MAX: usize = 32;
/// How long a connection may be without a whole request, or without taking anything of an answer.
pub const IDLE: Duration = Duration::from_secs(5);
/// How long the head of a request may be.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// Descriptors that no connection gets, or a quarter of all where that is less.
const DESCRIPTORS_RESERVED: u64 = 32;
/// How long the end of a process waits for answers that are being sent.
const LAST_ANSWERS: Duration = Duration::from_secs(1);
/// How long a listener rests that the system gives no connections, as for want of file descriptors.
const REST: Duration = Duration::from_millis(100);

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
        let (stop, stopped) = oneshot::channel();
        let (ready, listening) = std::sync::mpsc::channel();
        let gone = Gone(Arc::clone(&last));
        let answering = Answering { page, last: Arc::clone(&last), descriptors: Descriptors::new() };
        let thread = std::thread::Builder::new()
            .name("dpac-metrics".into())
            .spawn(move || {
                let _gone = gone;
                runtime.block_on(async move {
                    match tokio::net::TcpListener::from_std(self.listener) {
                        Ok(listener) => {
                            // Whoever waits for this has gone only if the thread that waits has.
                            let _ = ready.send(Ok(()));
                            answering.answer_all(&listener, stopped).await;
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

impl Endpoint {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Nothing changes any more: whoever scrapes from now on has the final values.
    pub fn settle(&self) {
        self.last.settle();
    }

    /// Nothing changes any more: waits until somebody has scraped the values as they are now, but no longer
    /// than `longest`. Whether somebody has: a GET of the metrics, of which the last byte has gone out.
    pub fn linger(&self, longest: Duration) -> bool {
        self.settle();
        self.last.wait(longest)
    }

    /// Sends what is being sent, for a second at most, and ends the thread.
    ///
    /// # Errors
    /// If it has ended before, which only a fault in it can do.
    pub fn close(mut self) -> Result<(), EndpointError> {
        let panic = self.end().and_then(Result::err);
        let Some(panic) = panic else { return Ok(()) };
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic");
        let error = io::Error::other(format!("its thread has ended: {text}"));
        Err(EndpointError { address: self.address, error })
    }

    fn end(&mut self) -> Option<std::thread::Result<()>> {
        if let Some(stop) = self.stop.take() {
            // A thread that is gone needs no telling.
            let _ = stop.send(());
        }
        self.thread.take().map(JoinHandle::join)
    }
}

impl Drop for Endpoint {
    /// As [`Endpoint::close`], with nobody to be told.
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// What the thread answers with.
struct Answering {
    page: Page,
    last: Arc<LastScrape>,
    descriptors: Descriptors,
}

impl Answering {
    async fn answer_all(self, listener: &tokio::net::TcpListener, mut stopped: oneshot::Receiver<()>) {
        let watched = GracefulShutdown::new();
        let mut open: VecDeque<AbortHandle> = VecDeque::new();
        loop {
            let accepted = tokio::select! {
                _ = &mut stopped => break,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else {
                tokio::time::sleep(REST).await;
                continue;
            };
            if self.descriptors.are_scarce() {
                continue;
            }
            open.retain(|connection| !connection.is_finished());
            if open.len() >= CONNECTIONS_MAX
                && let Some(oldest) = open.pop_front()
            {
                oldest.abort();
            }
            open.push_back(self.attend(stream, &watched));
        }
        let _ = tokio::time::timeout(LAST_ANSWERS, watched.shutdown()).await;
    }

    /// Answers what comes over one connection, in a task of its own.
    fn attend(&self, stream: TcpStream, watched: &GracefulShutdown) -> AbortHandle {
        let (page, last) = (self.page.clone(), Arc::clone(&self.last));
        let delivery = Arc::new(Delivery::default());
        let stream = Stream::new(stream, &delivery, &last, IDLE);
        let answer = service_fn(move |request| {
            let answer = answer(&request, &page, &last, &delivery);
            async move { Ok::<_, Infallible>(answer) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .max_header_size(HEAD_BYTES_MAX)
            .serve_connection(stream, answer);
        let connection = watched.watch(connection);
        let task = tokio::spawn(async move {
            // A client that goes away before it has its answer is no loss.
            let _ = connection.await;
        });
        task.abort_handle()
    }
}

/// The file descriptors of the process, where the system tells of them.
struct Descriptors {
    told: bool,
}

impl Descriptors {
    fn new() -> Self {
        Descriptors { told: metrics_process::collector::collect().open_fds.is_some() }
    }

    /// Whether so few are left that the run may come to want them.
    fn are_scarce(&self) -> bool {
        let process = metrics_process::collector::collect();
        let (Some(open), Some(max)) = (process.open_fds, process.max_fds) else {
            // Whoever told before, and does not now, has none left to look with.
            return self.told;
        };
        max.saturating_sub(open) < DESCRIPTORS_RESERVED.min(max / 4)
    }
}
