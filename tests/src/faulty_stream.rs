//! A stream that breaks after so many bytes.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Where a stream breaks: so many bytes still pass in a direction.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    pub direction: Direction,
    pub after: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Sent,
    Received,
}

/// Counts the bytes that pass through streams, how often something is sent upon what was received, and the messages with a text.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    sent: Arc<AtomicUsize>,
    received: Arc<AtomicUsize>,
    heard: Arc<AtomicBool>,
    rounds: Arc<AtomicUsize>,
    text: &'static str,
    sent_with_text: Arc<AtomicUsize>,
}

impl Meter {
    /// Counts messages as well that hold a text.
    pub fn that_looks_for(text: &'static str) -> Self {
        Self { text, ..Self::default() }
    }

    /// How many messages with the text were sent.
    pub fn sent_with_text(&self) -> usize {
        self.sent_with_text.load(Ordering::Relaxed)
    }

    fn look_at(&self, message: &[u8]) {
        let text = self.text.as_bytes();
        if !text.is_empty() && message.windows(text.len()).any(|window| window == text) {
            self.sent_with_text.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often something was sent upon what was received: of one connection, the round trips.
    pub fn rounds(&self) -> usize {
        self.rounds.load(Ordering::Relaxed)
    }

    fn note(&self, direction: Direction, bytes: usize) {
        self.of(direction).fetch_add(bytes, Ordering::Relaxed);
        match direction {
            Direction::Received if bytes > 0 => self.heard.store(true, Ordering::Relaxed),
            Direction::Sent if self.heard.swap(false, Ordering::Relaxed) => {
                self.rounds.fetch_add(1, Ordering::Relaxed);
            }
            Direction::Sent | Direction::Received => {}
        }
    }

    /// Bytes that passed in a direction.
    pub fn passed(&self, direction: Direction) -> usize {
        self.of(direction).load(Ordering::Relaxed)
    }

    fn of(&self, direction: Direction) -> &AtomicUsize {
        match direction {
            Direction::Sent => &self.sent,
            Direction::Received => &self.received,
        }
    }
}

/// A stream that breaks where its cut says: it is closed, and both sides see it.
#[derive(Debug)]
pub struct FaultyStream<S> {
    /// `None` when it is broken.
    inner: Option<S>,
    cut: Option<Cut>,
    meter: Meter,
}

impl<S> FaultyStream<S> {
    pub fn new(inner: S, cut: Option<Cut>, meter: Meter) -> Self {
        Self { inner: Some(inner), cut, meter }
    }

    /// How many of so many bytes may pass in a direction.
    fn most(&self, direction: Direction, bytes: usize) -> usize {
        match self.cut {
            Some(cut) if cut.direction == direction => bytes.min(cut.after),
            _ => bytes,
        }
    }

    /// Counts what passed, and breaks if that was the last.
    fn pass(&mut self, direction: Direction, bytes: usize, context: &Context<'_>) {
        self.meter.note(direction, bytes);
        let Some(cut) = self.cut.as_mut().filter(|cut| cut.direction == direction) else { return };
        cut.after -= bytes;
        if cut.after == 0 {
            self.inner = None;
            // Whoever waits for the other direction hears of it.
            context.waker().wake_by_ref();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for FaultyStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        let mut bytes = [0; 1024];
        let most = self.most(Direction::Received, out.remaining().min(bytes.len()));
        let mut read = ReadBuf::new(&mut bytes[..most]);
        if let Some(inner) = &mut self.inner
            && most > 0
        {
            ready!(Pin::new(inner).poll_read(context, &mut read))?;
        }
        // Nothing is what a stream gives that was closed by the other side.
        out.put_slice(read.filled());
        self.pass(Direction::Received, read.filled().len(), context);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FaultyStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Error>> {
        let most = self.most(Direction::Sent, bytes.len());
        let Some(inner) = self.inner.as_mut().filter(|_| most > 0) else {
            self.pass(Direction::Sent, 0, context);
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        };
        let written = ready!(Pin::new(inner).poll_write(context, &bytes[..most]))?;
        self.meter.look_at(&bytes[..written]);
        self.pass(Direction::Sent, written, context);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.as_mut().map_or(Poll::Ready(Ok(())), |inner| Pin::new(inner).poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.as_mut().map_or(Poll::Ready(Ok(())), |inner| Pin::new(inner).poll_shutdown(context))
    }
}
