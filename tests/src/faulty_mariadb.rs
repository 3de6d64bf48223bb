//! Connections to MariaDB that break. The driver opens them by itself, so it is led to a socket in between.

use std::path::PathBuf;

use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use upsert::mysql_async::{OptsBuilder, Pool};

use crate::MariaDb;
use crate::faulty_stream::{Cut, FaultyStream, Meter};

/// A socket in front of a server's.
#[derive(Debug)]
pub struct FaultyMariaDb {
    folder: TempDir,
    accepting: JoinHandle<()>,
    config: OptsBuilder,
    pub meter: Meter,
}

impl FaultyMariaDb {
    /// Says of each connection, by its number from 0, where it breaks. Both sides see it.
    pub fn before(database: &MariaDb, cut: impl Fn(usize) -> Option<Cut> + Send + 'static) -> Self {
        let folder = tempfile::Builder::new().prefix("upsert-faulty-").tempdir().expect("a folder can be made");
        let listener = UnixListener::bind(folder.path().join("socket")).expect("a socket can be made");
        let (server, meter) = (PathBuf::from(database.server.socket()), Meter::default());
        let accepting = tokio::spawn({
            let meter = meter.clone();
            async move {
                for number in 0.. {
                    let (client, _) = listener.accept().await.expect("it listens");
                    tokio::spawn(pass(client, server.clone(), cut(number), meter.clone()));
                }
            }
        });
        Self { folder, accepting, config: database.config(), meter }
    }

    /// How to connect through it.
    pub fn config(&self) -> OptsBuilder {
        let socket = self.folder.path().join("socket").into_os_string().into_string().expect("it is text");
        self.config.clone().socket(Some(socket))
    }

    /// A pool of such connections.
    pub fn pool(&self) -> Pool {
        Pool::new(self.config())
    }
}

impl Drop for FaultyMariaDb {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(mut client: UnixStream, server: PathBuf, cut: Option<Cut>, meter: Meter) {
    let Ok(server) = UnixStream::connect(server).await else { return };
    let mut server = FaultyStream::new(server, cut, meter);
    // It ends with either side, or breaks.
    drop(copy_bidirectional(&mut client, &mut server).await);
}
