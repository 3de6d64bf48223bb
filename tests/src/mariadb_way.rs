//! Sockets that lead to MariaDB in another way than straight. Its driver opens connections by itself, so it is led to them.

use std::path::PathBuf;

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};
use upsert::mysql_async::OptsBuilder;

use crate::MariaDb;

/// A socket in front of a server's, until it is dropped; all connections end with it.
#[derive(Debug)]
pub struct MariaDbWay {
    folder: TempDir,
    accepting: JoinHandle<()>,
    config: OptsBuilder,
}

impl MariaDbWay {
    /// Each connection, by its number from 0, goes through what is made of that to the server.
    pub fn before<S>(database: &MariaDb, mut way: impl FnMut(usize, UnixStream) -> S + Send + 'static) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let folder = tempfile::Builder::new().prefix("upsert-way-").tempdir().expect("a folder can be made");
        let listener = UnixListener::bind(folder.path().join("socket")).expect("a socket can be made");
        let server = PathBuf::from(database.server.socket());
        let accepting = tokio::spawn(async move {
            // They end with this task.
            let mut passing = JoinSet::new();
            for number in 0.. {
                let (mut client, _) = listener.accept().await.expect("it listens");
                let Ok(server) = UnixStream::connect(&server).await else { continue };
                let mut server = way(number, server);
                // It ends with either side, or breaks.
                passing.spawn(async move { drop(copy_bidirectional(&mut client, &mut server).await) });
            }
        });
        Self { folder, accepting, config: database.config() }
    }

    /// How to connect through it.
    pub fn config(&self) -> OptsBuilder {
        let socket = self.folder.path().join("socket").into_os_string().into_string().expect("it is text");
        self.config.clone().socket(Some(socket))
    }
}

impl Drop for MariaDbWay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
