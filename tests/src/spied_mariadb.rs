//! What is sent to MariaDB, command by command.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;

use crate::MariaDb;
use crate::mariadb_way::MariaDbWay;

/// The database through a pool whose connections are listened to, and for as long as the way to it is there.
pub fn spied_mariadb(database: &MariaDb, bulk: Bulk, found_rows: bool) -> (MariaDb, Spy, MariaDbWay) {
    let spy = Spy::default();
    let listening = spy.clone();
    let way = MariaDbWay::before(database, move |_, server| SpiedStream {
        server,
        spy: listening.clone(),
        greeting: bulk == Bulk::Concealed,
        header: Vec::new(),
        left: 0,
    });
    (database.through(way.config().client_found_rows(found_rows)), spy, way)
}

/// Whether the server says that it has a protocol for many rows of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bulk {
    Offered,
    Concealed,
}

/// Counts commands.
#[derive(Clone, Debug, Default)]
pub struct Spy {
    bulk: Arc<AtomicUsize>,
    executed: Arc<AtomicUsize>,
}

impl Spy {
    /// Since it was last asked: executions with many rows, and all others of prepared statements.
    pub fn take(&self) -> (usize, usize) {
        (self.bulk.swap(0, Ordering::Relaxed), self.executed.swap(0, Ordering::Relaxed))
    }

    fn note(&self, command: u8) {
        match command {
            COM_STMT_BULK_EXECUTE => self.bulk.fetch_add(1, Ordering::Relaxed),
            COM_STMT_EXECUTE => self.executed.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
    }
}

const COM_STMT_EXECUTE: u8 = 0x17;
const COM_STMT_BULK_EXECUTE: u8 = 0xFA;

struct SpiedStream {
    server: UnixStream,
    spy: Spy,
    /// Whether the greeting is still to come, in which the protocol is to be concealed.
    greeting: bool,
    /// Of the packet that is being sent: its length and number,
    header: Vec<u8>,
    /// and how many of its bytes are still to come.
    left: usize,
}

impl SpiedStream {
    fn see(&mut self, mut sent: &[u8]) {
        while let Some((&byte, others)) = sent.split_first() {
            if self.header.len() < 4 {
                self.header.push(byte);
                sent = others;
                if let [low, middle, high, _] = self.header[..] {
                    self.left = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
                    if let (0, Some(&command)) = (self.header[3], sent.first()) {
                        self.spy.note(command);
                    }
                }
            } else {
                let passed = self.left.min(sent.len());
                self.left -= passed;
                sent = &sent[passed..];
            }
            if self.header.len() == 4 && self.left == 0 {
                self.header.clear();
            }
        }
    }
}

/// The server's own capabilities stand behind its version, and 27 bytes that are the same for MySQL.
fn conceal(greeting: &mut [u8]) {
    let version = greeting[5..].iter().position(|&byte| byte == 0).expect("its version ends");
    greeting[5 + version + 1 + 27..][..4].fill(0);
}

impl AsyncRead for SpiedStream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.server).poll_read(context, out))?;
        if std::mem::take(&mut self.greeting) {
            conceal(out.filled_mut());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for SpiedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = ready!(Pin::new(&mut self.server).poll_write(context, bytes))?;
        self.see(&bytes[..sent]);
        Poll::Ready(Ok(sent))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.server).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.server).poll_shutdown(context)
    }
}
