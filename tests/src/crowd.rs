//! Many tasks at once.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// Runs so many tasks at once and tells what each came to. Each is on a thread of its own, so that one that blocks is in
/// nobody's way.
pub async fn crowd<T: Send + 'static, F: Future<Output = T>>(
    tasks: usize,
    task: impl Fn(usize) -> F + Send + Sync + 'static,
) -> Vec<T> {
    let task = Arc::new(task);
    let running = (0..tasks).map(|number| {
        let task = Arc::clone(&task);
        spawn_blocking(move || Handle::current().block_on(task(number)))
    });
    join_all(running).await.into_iter().map(|done| done.expect("no task panics")).collect()
}
