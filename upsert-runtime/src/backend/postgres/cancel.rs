//! Asks a server to stop what nobody waits for any more.

use tokio::runtime::Handle;
use tokio_postgres::{Client, NoTls};

/// Asks the server to stop the statement that is running on a connection, without waiting for it. The connection must be
/// one that is given up: a request that comes late would hit whatever statement is next.
///
/// It is asked by a connection of its own, in plain text, because a pool does not show its TLS connector. What it tells
/// is worth nothing once the connection is gone. Where plain text is not allowed, nobody is asked.
pub(super) fn cancel(client: &Client) {
    let Ok(runtime) = Handle::try_current() else { return };
    if client.is_closed() {
        return;
    }
    let token = client.cancel_token();
    // Nobody is told whether it helped, so there is nothing to do about an error either.
    runtime.spawn(async move { drop(token.cancel_query(NoTls).await) });
}
