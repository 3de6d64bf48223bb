//! A network that falls silent: what is sent is swallowed, nothing comes back, and nobody is told.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use upsert::deadpool_postgres::{Connect, Manager, ManagerConfig, RecyclingMethod};
use upsert::tokio_postgres::{Client, Config};

use crate::mariadb_way::MariaDbWay;
use crate::raw_connection::{Connected, connect_through};
use crate::{MariaDb, Postgres};

/// The way to a database, on which messages get lost.
#[derive(Clone)]
pub struct BlackHole<D = Postgres> {
    database: D,
    opening: Arc<Mutex<Option<Opening>>>,
}

/// When a connection falls silent.
#[derive(Clone, Copy, Debug)]
struct Opening {
    /// With a message that holds this text,
    text: &'static str,
    /// after so many others that do.
    others: usize,
    lost: Lost,
    swallows: Swallows,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Swallows {
    OneConnection,
    /// All connections are silent from then on, new ones too.
    All,
}

/// What gets lost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The message: the server never hears of it.
    Question,
    /// The answer: the server has done what it was told.
    Answer,
}

impl<D: Clone> BlackHole<D> {
    pub fn before(database: &D) -> Self {
        Self { database: database.clone(), opening: Arc::default() }
    }

    /// The first connection that sends a message with this text falls silent.
    pub fn opens_at(&self, text: &'static str, lost: Lost) {
        self.opens_after(0, text, lost);
    }

    /// The same, after so many other messages with this text, whatever connections they are of.
    pub fn opens_after(&self, others: usize, text: &'static str, lost: Lost) {
        self.set(Some(Opening { text, others, lost, swallows: Swallows::OneConnection }));
    }

    /// Once a message with this text is sent, all connections are silent.
    pub fn opens_for_all_at(&self, text: &'static str, lost: Lost) {
        self.set(Some(Opening { text, others: 0, lost, swallows: Swallows::All }));
    }

    /// Whether a connection has fallen silent since that was asked for.
    pub fn has_opened(&self) -> bool {
        let opening = self.opening.lock().expect("nobody panics");
        opening.is_none_or(|Opening { text, swallows, .. }| swallows == Swallows::All && text.is_empty())
    }

    /// No other connection falls silent.
    pub fn closes(&self) {
        self.set(None);
    }

    fn set(&self, opening: Option<Opening>) {
        *self.opening.lock().expect("nobody panics") = opening;
    }

    /// What becomes of a message.
    fn hears(&self, message: &[u8]) -> Option<Lost> {
        let mut opening = self.opening.lock().expect("nobody panics");
        let Opening { text, others, lost, swallows } = opening.as_mut()?;
        if !text.is_empty() && !message.windows(text.len()).any(|window| window == text.as_bytes()) {
            return None;
        }
        if *others > 0 {
            *others -= 1;
            return None;
        }
        let lost = *lost;
        *opening = (*swallows == Swallows::All).then_some(Opening {
            text: "",
            others: 0,
            lost: Lost::Question,
            swallows: Swallows::All,
        });
        Some(lost)
    }
}

impl BlackHole {
    /// The database through a pool that goes this way.
    pub fn pool(&self, recycling_method: RecyclingMethod) -> Postgres {
        let config = ManagerConfig { recycling_method };
        self.database.through(Manager::from_connect(self.database.config(), self.clone(), config))
    }

    /// A connection that goes this way. Silent, it does not end by itself.
    pub async fn client(&self) -> (Client, Abort) {
        let (client, connection) = self.connect(&self.database.config()).await.expect("the server takes connections");
        (client, Abort(connection))
    }
}

impl BlackHole<MariaDb> {
    /// A socket that leads this way.
    pub fn socket(&self) -> MariaDbWay {
        let hole = self.clone();
        MariaDbWay::before(&self.database, move |_, server| Way { server, hole: hole.clone(), silent: None })
    }
}

impl Connect for BlackHole {
    fn connect(&self, config: &Config) -> Pin<Box<dyn Future<Output = Connected> + Send + '_>> {
        let way = |server| Way { server, hole: self.clone(), silent: None };
        Box::pin(connect_through(self.database.server.socket(), config.clone(), way))
    }
}

/// Ends a connection when it is dropped.
#[derive(Debug)]
pub struct Abort(JoinHandle<()>);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One connection.
struct Way<D> {
    server: UnixStream,
    hole: BlackHole<D>,
    silent: Option<Lost>,
}

impl<D: Clone + Unpin> AsyncRead for Way<D> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.silent.is_some() {
            return Poll::Pending;
        }
        Pin::new(&mut self.server).poll_read(context, buffer)
    }
}

impl<D: Clone + Unpin> AsyncWrite for Way<D> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, message: &[u8]) -> Poll<io::Result<usize>> {
        if self.silent.is_some() {
            return Poll::Ready(Ok(message.len()));
        }
        let silent = self.hole.hears(message);
        if silent != Some(Lost::Question) {
            let sent = ready!(Pin::new(&mut self.server).poll_write(context, message))?;
            self.silent = silent;
            return Poll::Ready(Ok(sent));
        }
        self.silent = silent;
        Poll::Ready(Ok(message.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.server).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
