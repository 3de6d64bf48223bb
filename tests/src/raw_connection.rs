//! Connections to PostgreSQL whose bytes go through a stream of the test's.

use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use upsert::tokio_postgres::{Client, Config, Error, NoTls};

/// What a pool's connector returns.
pub type Connected = Result<(Client, JoinHandle<()>), Error>;

/// Connects to a server's socket through what is made of the stream.
pub async fn connect_through<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    socket: PathBuf,
    config: Config,
    through: impl FnOnce(UnixStream) -> S,
) -> Connected {
    let server = UnixStream::connect(socket).await.expect("the server takes connections");
    let (client, connection) = config.connect_raw(through(server), NoTls).await?;
    Ok((client, tokio::spawn(async move { drop(connection.await) })))
}
