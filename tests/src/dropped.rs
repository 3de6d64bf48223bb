//! Futures that are dropped before they are done.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

/// Polls a future so many times, each time when it asks for it, and drops it; tells what it came to, if it was done before.
pub async fn dropped_after<F: Future>(polls: u32, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Runs a future for so long, and drops it; tells what it came to, if it was done before. The runtime's own timers count
/// milliseconds, in which a short call is done.
pub async fn dropped_at<F: Future>(moment: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let began = Instant::now();
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if began.elapsed() >= moment => Poll::Ready(None),
        Poll::Pending => {
            // To be asked again at once.
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}
