//! The transaction or savepoint that a call works in.

use std::sync::atomic::Ordering;

use rusqlite::{Connection, Result};

use super::facts::{LookedUp, Wanted, look_up};
use super::write::{Abandoned, interrupted};

/// The transaction or savepoint of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transaction {
    Own,
    /// A savepoint in the caller's open transaction.
    InCallers,
}

impl Transaction {
    /// Takes the write lock at once: a transaction that reads first and writes later fails if another one wrote between.
    pub(super) fn begin(self, connection: &Connection) -> Result<()> {
        connection.execute_batch(match self {
            Self::Own => "BEGIN IMMEDIATE",
            Self::InCallers => "SAVEPOINT upsert_call",
        })
    }

    pub(super) fn commit(self, connection: &Connection) -> Result<()> {
        connection.execute_batch(match self {
            Self::Own => "COMMIT",
            Self::InCallers => "RELEASE upsert_call",
        })
    }

    /// Some errors (a full disk) have rolled back already.
    pub(super) fn rollback(self, connection: &Connection) -> Result<()> {
        if connection.is_autocommit() {
            return Ok(());
        }
        connection.execute_batch(match self {
            Self::Own => "ROLLBACK",
            Self::InCallers => "ROLLBACK TO upsert_call; RELEASE upsert_call",
        })
    }
}

/// Creates the table in a transaction of its own, or in the caller's, unless somebody has made it meanwhile. Returns what is
/// found then.
pub(super) fn create(
    connection: &Connection,
    transaction: Transaction,
    wanted: &Wanted,
    statement: &str,
    abandoned: &Abandoned,
) -> Result<LookedUp> {
    transaction.begin(connection)?;
    // Whoever wanted it may not have waited so long for the lock.
    let still_wanted = if abandoned.load(Ordering::Relaxed) { Err(interrupted()) } else { Ok(()) };
    let created = still_wanted.and_then(|()| match look_up(connection, wanted)? {
        LookedUp::NoTable | LookedUp::NoDatabase => {
            connection.execute_batch(statement)?;
            look_up(connection, wanted)
        }
        found @ LookedUp::Table(_) => Ok(found),
    });
    match created {
        Ok(found) => transaction.commit(connection).map(|()| found),
        Err(error) => {
            // If this fails too, the first error says why.
            drop(transaction.rollback(connection));
            Err(error)
        }
    }
}
