//! Whether an answer has gone out whole: a body that says when it was taken, and a stream that says when
//! everything that was taken is written.
//!
//! An answer that was made is not one that somebody has had: a HEAD leaves its body behind, and a client
//! may go away before it was sent.

use super::last_scrape::LastScrape;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// What body and stream of one connection have in common.
#[derive(Default)]
pub(super) struct Delivery {
    /// The final values were taken from the body, and may not be written yet.
    under_way: AtomicBool,
}

/// A text, sent in one piece.
pub(super) struct Text {
    text: Option<Bytes>,
    /// Told when it is taken, if it is the final values.
    delivery: Option<Arc<Delivery>>,
}

impl Text {
    pub(super) fn plain(text: impl Into<Bytes>) -> Self {
        Text { text: Some(text.into()), delivery: None }
    }

    pub(super) fn final_values(text: impl Into<Bytes>, delivery: &Arc<Delivery>) -> Self {
        Text { text: Some(text.into()), delivery: Some(Arc::clone(delivery)) }
    }
}

impl Body for Text {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let text = self.text.take();
        if let (Some(_), Some(delivery)) = (&text, &self.delivery) {
            delivery.under_way.store(true, Ordering::Relaxed);
        }
        Poll::Ready(text.map(|text| Ok(Frame::data(text))))
    }

    fn is_end_stream(&self) -> bool {
        self.text.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.text.as_ref().map_or(0, |text| text.len() as u64))
    }
}

/// How long the connection of a last scrape is watched once the answer is written: a client that goes away
/// without reading resets it, and on its way is the news of that.
const TAKEN_AFTER: Duration = Duration::from_millis(100);

/// A connection. A client that takes nothing for too long has lost it.
pub(super) struct Stream {
    inner: TokioIo<TcpStream>,
    delivery: Arc<Delivery>,
    last: Arc<LastScrape>,
    longest: Duration,
    /// Runs while a write waits for the client.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Runs when the final values are written.
    taken: Option<Pin<Box<Sleep>>>,
}

impl Stream {
    pub(super) fn new(
        stream: TcpStream,
        delivery: &Arc<Delivery>,
        last: &Arc<LastScrape>,
        longest: Duration,
    ) -> Self {
        let (delivery, last) = (Arc::clone(delivery), Arc::clone(last));
        Stream { inner: TokioIo::new(stream), delivery, last, longest, stalled: None, taken: None }
    }

    /// What became of a write, unless it has waited too long.
    fn timed<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let longest = self.longest;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(longest)));
        stalled.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.timed(context, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.timed(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    /// Called only when everything that was taken from bodies has been given to this stream.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.inner).poll_flush(context))?;
        if self.delivery.under_way.swap(false, Ordering::Relaxed) {
            self.taken = Some(Box::pin(sleep(TAKEN_AFTER)));
        }
        if let Some(taken) = &mut self.taken {
            ready!(taken.as_mut().poll(context));
            self.taken = None;
            if let Some(error) = self.inner.inner().take_error()? {
                return Poll::Ready(Err(error));
            }
            self.last.seen();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
