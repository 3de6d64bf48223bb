//! Waiting: not past a deadline, or not at all.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Kind, Wait};
use crate::report::Phase;

/// The moment at which a wait is given up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    wait: Wait,
    limit: Duration,
    /// `None` where that is further than clocks go.
    end: Option<Instant>,
}

impl Deadline {
    /// So long from now.
    pub(crate) fn after(limit: Duration, wait: Wait) -> Self {
        Self { wait, limit, end: Instant::now().checked_add(limit) }
    }

    /// The earlier one of two.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self.end, other.end) {
            (Some(end), Some(others)) if others < end => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }

    /// The later one of two.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self.end, other.end) {
            (Some(end), Some(others)) if end < others => other,
            (Some(_), None) => other,
            _ => self,
        }
    }
}

/// Waits until a deadline. The timer is made only when there is something to wait for, so that blocking places need no
/// runtime.
pub(crate) async fn within<T>(
    deadline: Deadline,
    phase: Phase,
    future: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut future = pin!(future);
    let result = match poll_once(future.as_mut()).await {
        Poll::Ready(result) => result,
        Poll::Pending => match deadline.end {
            None => future.await,
            Some(end) => match in_runtime() {
                Ok(()) => timeout_at(end, future).await.unwrap_or_else(|_| {
                    let Deadline { wait, limit: after, end: _ } = deadline;
                    Err(Error::new(Kind::Timeout { wait, after }, phase))
                }),
                Err(error) => Err(error),
            },
        },
    };
    result.map_err(|error| error.during(phase))
}

/// Refuses to go on where tokio would panic. Whether its timers are enabled it does not tell.
pub(crate) fn in_runtime() -> Result<(), Error> {
    Handle::try_current().map(drop).map_err(|_| {
        Error::plan(
            "there is no tokio runtime here, which pools and everything asynchronous need: await it below `#[tokio::main]` \
             or `Runtime::block_on`; for blocking code there is `upsert`",
        )
    })
}

/// Lets other tasks of the thread have a turn.
pub(crate) async fn breathe() {
    let mut breathed = false;
    poll_fn(|context| {
        if std::mem::replace(&mut breathed, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

pub(crate) async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

/// The result of a future that waits for nothing: blocking places do their work before they return one. It is pending
/// only to let others have a turn.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
    }
}
