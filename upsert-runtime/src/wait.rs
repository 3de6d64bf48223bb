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

/// Lets other tasks of the thread have a turn, and the runtime look for what has come in meanwhile.
pub(crate) async fn breathe() {
    tokio::task::yield_now().await;
}

pub(crate) async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

/// Drives two futures to their ends: when one gives others a turn, the other has one too. An error of the first is not kept
/// waiting for the second.
pub(crate) async fn both<T, E, B: Future>(
    first: impl Future<Output = Result<T, E>>,
    second: B,
) -> Result<(T, B::Output), E> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let mut outputs = (None, None);
    poll_fn(|context| {
        poll_unless_done(&mut outputs.0, first.as_mut(), context);
        if let Some(Err(_)) = outputs.0 {
            return Poll::Ready(());
        }
        poll_unless_done(&mut outputs.1, second.as_mut(), context);
        if outputs.0.is_some() && outputs.1.is_some() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    let first = outputs.0.expect("it is done in any case")?;
    Ok((first, outputs.1.expect("it is done where the first has no error")))
}

fn poll_unless_done<F: Future>(output: &mut Option<F::Output>, future: Pin<&mut F>, context: &mut Context<'_>) {
    if output.is_none()
        && let Poll::Ready(done) = future.poll(context)
    {
        *output = Some(done);
    }
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn both_have_turns_until_each_is_done() {
        let turns = RefCell::new(Vec::new());
        let worker = async |name, turns_to_take, is_well| {
            for turn in 0..turns_to_take {
                turns.borrow_mut().push((name, turn));
                breathe().await;
            }
            if is_well { Ok(name) } else { Err(name) }
        };
        assert_eq!(ready(both(worker("a", 1, true), worker("b", 3, true))), Ok(("a", Ok("b"))));
        assert_eq!(turns.take(), [("a", 0), ("b", 0), ("b", 1), ("b", 2)]);
        assert_eq!(ready(both(worker("a", 2, true), worker("b", 1, false))), Ok(("a", Err("b"))));
        assert_eq!(turns.take(), [("a", 0), ("b", 0), ("a", 1)]);
        assert_eq!(ready(both(worker("a", 1, false), worker("b", 9, true))), Err("a"));
        assert_eq!(turns.take(), [("a", 0), ("b", 0)]);
        assert_eq!(ready(both(worker("a", 0, true), worker("b", 0, true))), Ok(("a", Ok("b"))));
    }
}
