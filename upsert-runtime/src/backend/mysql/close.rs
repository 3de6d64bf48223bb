//! Ends connections that are in the middle of something. mysql_async has no task that would read what is still to come: the
//! answer to a statement whose future was dropped would be taken for that to the next one.

use std::pin::pin;
use std::sync::OnceLock;
use std::task::{Context, Waker};
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, Params, Statement};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

use super::error::{from_driver, number};
use super::link::Connected;
use crate::error::Error;
use crate::sql::mysql as sql;
use crate::wait::in_runtime;

/// A statement that takes a value, of any connection.
static FUSE: OnceLock<Statement> = OnceLock::new();

/// Makes sure that a connection that the caller lends can be broken off, before anything is asked of it. Once in the life of
/// a process that takes one more connection, unless a statement was prepared before.
pub(super) async fn lay_fuse(connected: &mut dyn Connected) -> Result<(), Error> {
    if FUSE.get().is_none() {
        let opts = connected.connection().opts().clone();
        in_runtime()?;
        match Conn::new(opts).await {
            Ok(mut other) => {
                keep_fuse(&other.prep("DO ?").await.map_err(from_driver)?);
                drop(other.disconnect().await);
            }
            // It may be the only one that its user has. (Whoever drops us at this moment has to close it.)
            Err(_) => keep_fuse(&connected.prepare("DO ?").await.map_err(from_driver)?),
        }
    }
    Ok(())
}

/// Keeps a statement for that, if it takes values.
pub(super) fn keep_fuse(statement: &Statement) {
    if statement.num_params() > 0 {
        FUSE.get_or_init(|| statement.clone());
    }
}

/// Closes a connection that the caller lent, and still holds: each use of it fails from now on. That takes a detour, for
/// mysql_async closes only what it is given; but so it does, at once and without a word to the server, where a statement is
/// executed with another number of values than it takes.
pub(super) fn break_off(connected: &mut dyn Connected) {
    if let Some(fuse) = FUSE.get() {
        poll(connected.execute(fuse, Params::Empty));
    }
}

/// Closes a connection of a pool. The pool makes another one in its place: it takes none that is marked as disconnected, as
/// this does before it waits for anything.
pub(super) fn close(connection: Conn) {
    poll(connection.disconnect());
}

/// Goes as far as can be gone without waiting.
fn poll<T>(future: impl Future<Output = T>) {
    drop(pin!(future).poll(&mut Context::from_waker(Waker::noop())));
}

/// Has the server stop what it does on a connection that is about to be closed: it would notice that only after the
/// statement, which may wait long for a lock, and hold others meanwhile. One more connection asks for that, and nobody waits
/// for it. Several servers may answer at one address: another one than the connection's is asked nothing.
pub(super) fn stop(connection: &Conn, identity: Vec<u8>) {
    let Ok(runtime) = Handle::try_current() else { return };
    drop(runtime.spawn(timeout(LONGEST_EFFORT, kill(connection.opts().clone(), connection.id(), identity))));
}

/// It must not go on for ever where the network is silent.
const LONGEST_EFFORT: Duration = Duration::from_secs(10);

async fn kill(opts: Opts, id: u32, identity: Vec<u8>) {
    // If this fails, the server goes on to the end of the statement, and rolls back.
    let Ok(mut connection) = Conn::new(opts).await else { return };
    let answer: mysql_async::Result<Option<Vec<u8>>> =
        connection.query_first(format!("SELECT {}", sql::IDENTITY)).await;
    if !answer.is_ok_and(|found| found == Some(identity)) {
        return;
    }
    // While a trigger runs, the statement is for a moment that of whoever defined it.
    while connection.query_drop(sql::kill(id)).await.is_err_and(|error| number(&error) == Some(NOT_OWNER)) {
        sleep(PAUSE).await;
    }
    drop(connection.disconnect().await);
}

/// `ER_KILL_DENIED_ERROR`.
const NOT_OWNER: u16 = 1095;
const PAUSE: Duration = Duration::from_millis(20);
